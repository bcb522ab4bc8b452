"""What the store does behind the pages: taking in what schools handed in, the nightly verification."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.org.models import Unit
from khue.school.report_cards import rationing, verifying
from khue.school.report_cards.actions import store
from khue.school.report_cards.queries import store as queries

AT_ONCE: Final = 25

log = logging.getLogger("khue.report_cards")


@background("report_cards.receive")
def receive(run: RunHandle, *, school_id: int, year_id: int, classroom_ids: Sequence[int] = ()) -> None:
    """Check and take in what a school handed in, a handful a step; what does not hold is listed and left."""
    waiting = queries.handed_in(run.actor, school_id, year_id, classroom_ids)
    if run.only is not None:
        waiting = [pk for pk in waiting if pk in set(run.only)]
    if run.cursor is None:
        run.step(done=0, total=len(waiting), cursor=0)
    todo = [pk for pk in waiting if pk > int(run.cursor or 0)]
    for begin in range(0, len(todo), AT_ONCE):
        piece = todo[begin : begin + AT_ONCE]
        with run.stepping(count=0, cursor=piece[-1]):
            cards = queries.some(run.actor, "report_cards.receive", piece)
            left = store.accept(run.actor, cards) if cards else []
            run.done += len(piece)
            if left:
                failures = [
                    {"key": one.card_id, "label": one.label[:200], "message": one.why} for one in left
                ]
                run.step(failures=failures)


def verify() -> int:
    """Check every register and card and tonight's share of files; gives how many things do not hold."""
    report = verifying.verify(share=verifying.tonight(timezone.now()))
    for fault in report.faults:
        log.error("register of report cards: %s", fault)
    department = Unit.objects.filter(parent__isnull=True).order_by("pk").first()
    if department is not None:
        store.note_verification(Actor.system("report_cards.verify"), department, report=report)
    rationing.sweep()
    return len(report.faults)
