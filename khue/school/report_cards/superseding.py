"""When a new edition is issued the one it replaces is valid no more, and whoever asked for it hears of it.

Runs inside the issuing, in its transaction: there is no moment with two valid editions of a year, or with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from khue.kernel.actions import Work, written
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.workflow.tasks import close_tasks
from khue.school.report_cards import register
from khue.school.report_cards.models import Card, Correction, CorrectionState, EntryKind
from khue.school.report_cards.rules import ISSUED, State


def follow(work: Work, cards: Sequence[Card], at: datetime) -> list[Card]:
    """Supersede what these issued cards replace: state, register, the correction done; gives the old ones.

    Call it after the new cards have their own lines in the register. Costs nothing when none replaces another.
    """
    new = {card.replaces_id: card for card in cards if card.replaces_id is not None}
    if not new:
        return []
    states = [state.value for state in ISSUED]
    old = list(Card.objects.select_for_update().filter(pk__in=new, state__in=states).order_by("pk"))
    lines: dict[int, list[register.Line]] = {}
    for card in old:
        files = register.files_of(card.pk)
        if files is None:
            raise RuntimeError(f"card {card.pk} is issued and not in the register")
        work.change(card, state=State.SUPERSEDED.value)
        lines.setdefault(card.school_id, []).append(register.Line(card, EntryKind.SUPERSEDED, files))
    for school_id in sorted(lines):
        register.enter(work, school_id, lines[school_id], at)
    wanted = Correction.objects.select_for_update().filter(
        card_id__in=[card.pk for card in old], state=CorrectionState.GRANTED
    )
    for correction in wanted.order_by("pk"):
        made = new[correction.card_id]
        work.change(correction, state=CorrectionState.DONE.value, made_id=made.pk)
        close_tasks(work, reference(correction))
        tell(
            work, people=[correction.asked_by_id], kind="report_cards.correction",
            title=written(
                gettext_noop("Học bạ đã sửa: bản %(edition)s thay bản %(old)s"),
                edition=made.edition, old=made.edition - 1,
            ),
            body=correction.what, url=reverse("report_cards:correction", args=[correction.pk]),
            dedupe_key=f"{reference(correction)}:done",
        )  # fmt: skip
    return old
