"""A past roll is set right on request: a teacher asks, with a reason; a head grants it or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, NotAllowed, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Classroom
from khue.school.attendance import queries
from khue.school.attendance.actions.rolls import (
    Entry,
    all_wanted,
    apply_correction,
    check_place,
    check_unlocked,
)
from khue.school.attendance.models import Correction, CorrectionState
from khue.school.attendance.queries import Room
from khue.school.attendance.rules import Window

TASK: Final = "attendance.correct_roll"
ANSWERED: Final = "attendance.correction_answered"


@action("attendance.ask_correction", permission="attendance.take")
def ask_correction(
    work: Work, classroom: Classroom, *, day: date, session: str, period: int = 0, exceptions: Sequence[Entry] = (),
    reason: str,
) -> Correction:  # fmt: skip
    """Ask that a roll of a past day be set right, or taken at all: everybody was there but the exceptions.

    One request a session waits at a time. Raises DomainError in a closed span, on its own day, or without a reason.
    """
    words = " ".join(reason.split())[:300]
    if not words:
        raise DomainError(_("Ghi lý do."), fields={"reason": _("Ghi lý do.")})
    if work.actor.person_id is None:
        raise NotAllowed
    found, known = queries.all_opening(classroom.pk, day, session, period)
    check_place(found, session, period)
    window = found.window(session, period)
    check_unlocked(window)
    if window is not Window.OVER:
        raise DomainError(_("Chưa hết ngày nên thầy cô tự sửa được."))
    if Correction.objects.filter(
        classroom=classroom, day=day, session=session, period=period, state=CorrectionState.ASKED
    ).exists():
        raise DomainError(_("Buổi này đang có đề nghị sửa chờ duyệt."))
    is_whole = known is None or known.taken_at is None
    wanted = all_wanted(found, known, {one.enrolment_id: one for one in exceptions})
    if not wanted and not is_whole:
        raise DomainError(_("Chưa có gì khác với sổ."))
    work.reason = words
    row = work.create(
        Correction(
            classroom=classroom, day=day, session=session, period=period, is_whole=is_whole, reason=words,
            wanted=[[pk, before, one.code, one.minutes, one.note] for pk, before, one in wanted],
            asked_by_id=work.actor.person_id,
        )
    )  # fmt: skip
    open_task(
        work, kind=TASK, unit_id=found.school_id, permission="attendance.override",
        title=written(
            gettext_noop("Đề nghị sửa điểm danh lớp %(class)s ngày %(day)s"), day=f"{day:%d/%m/%Y}",
            **{"class": found.name},
        ),
        detail=written(gettext_noop("%(who)s: %(why)s"), who=work.actor.name, why=words),
        url=_address(found, session, period), action_label=written(gettext_noop("Xem và trả lời")),
        subject=_subject(row),
    )  # fmt: skip
    return row


@action("attendance.answer_correction", permission="attendance.override")
def answer_correction(
    work: Work, correction: Correction, *, is_granted: bool, answer: str = ""
) -> Correction:
    """Grant a request, which writes the roll with its reason, or refuse it with words. Raises DomainError, Conflict."""
    if correction.state != CorrectionState.ASKED:
        raise DomainError(_("Đề nghị này đã có trả lời."))
    words = " ".join(answer.split())[:300]
    if not is_granted and not words:
        raise DomainError(_("Ghi lý do không đồng ý."), fields={"answer": _("Ghi lý do không đồng ý.")})
    session, period = correction.session, correction.period
    Classroom.objects.select_for_update().get(pk=correction.classroom_id)  # as whoever takes the roll does
    found, known = queries.all_opening(correction.classroom_id, correction.day, session, period)
    work.reason = correction.reason if is_granted else words
    if is_granted:
        check_place(found, session, period)
        check_unlocked(found.window(session, period))
        apply_correction(
            work, found, known, session, period,
            [(pk, before, Entry(pk, code, minutes, note)) for pk, before, code, minutes, note in correction.wanted],
            whole=correction.is_whole,
        )  # fmt: skip
    work.change(
        correction, state=CorrectionState.GRANTED if is_granted else CorrectionState.REFUSED, answer=words,
        decided_by_id=work.actor.person_id, decided_at=timezone.now(),
    )  # fmt: skip
    close_tasks(work, _subject(correction), [TASK])
    title = (
        gettext_noop("Đã sửa điểm danh lớp %(class)s ngày %(day)s")
        if is_granted
        else gettext_noop("Chưa đồng ý sửa điểm danh lớp %(class)s ngày %(day)s")
    )
    tell(
        work, people=[correction.asked_by_id], kind=ANSWERED,
        title=written(title, day=f"{correction.day:%d/%m/%Y}", **{"class": found.name}), body=words,
        url=_address(found, session, period), dedupe_key=f"{ANSWERED}:{correction.pk}",
    )  # fmt: skip
    return correction


def _subject(row: Correction) -> str:
    return f"attendance.correction:{row.pk}"


def _address(found: Room, session: str, period: int) -> str:
    address = f"{reverse('attendance:roll', args=[found.id])}?ngay={found.day:%Y-%m-%d}&buoi={session}"
    return f"{address}&tiet={period}" if period else address
