"""A week is closed by the homeroom teacher, a month signed by a leader; then nothing changes before it is reopened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotAllowed, Work, action
from khue.registry.roster.models import Classroom
from khue.school.attendance import queries, rules
from khue.school.attendance.models import Closing
from khue.school.attendance.queries import Room
from khue.school.attendance.queries.registers import all_taken_days

WEEK, MONTH = "week", "month"


@action("attendance.close_week", permission="attendance.close")
def close_week(work: Work, classroom: Classroom, *, day: date, reason: str = "") -> Closing:
    """Close the week of a day for a class. Main sessions nobody took need a reason; raises DomainError."""
    return _close(work, classroom, WEEK, *rules.week_of(day), reason)


@action("attendance.sign_month", permission="attendance.sign")
def sign_month(work: Work, classrooms: Sequence[Classroom], *, day: date, reason: str = "") -> list[Closing]:
    """Sign the month of a day for classes. Main sessions nobody took need a reason; raises DomainError."""
    return [_close(work, room, MONTH, *rules.month_of(day), reason) for room in classrooms]


@action("attendance.reopen_week", permission="attendance.manage")
def reopen_week(work: Work, closing: Closing, *, reason: str) -> None:
    """Open a closed week again, with a reason. Raises DomainError while its month is signed."""
    if closing.span != WEEK:
        raise DomainError(_("Đây không phải là tuần đã chốt."))
    _reopen(work, closing, reason)


@action("attendance.reopen_month", permission="attendance.sign")
def reopen_month(work: Work, closing: Closing, *, reason: str) -> None:
    """Take back the signature of a month, with a reason."""
    if closing.span != MONTH:
        raise DomainError(_("Đây không phải là tháng đã ký."))
    _reopen(work, closing, reason)


def _close(work: Work, classroom: Classroom, span: str, first: date, last: date, reason: str) -> Closing:
    found = queries.all_room(classroom.pk, last)
    lessons = [
        day for n in range((last - first).days + 1) if found.sessions(day := first + timedelta(days=n))
    ]
    if not lessons:
        raise DomainError(_("Lớp không học ngày nào trong thời gian này."))
    if lessons[-1] > timezone.localdate():
        raise DomainError(
            _("Lớp %(name)s còn học đến %(day)s, chưa chốt được.")
            % {"name": found.name, "day": f"{lessons[-1]:%d/%m/%Y}"}
        )
    if Closing.objects.filter(classroom=classroom, span=span, starts_on=first).exists():
        raise DomainError(_("Thời gian này đã chốt rồi."))
    open_ones = _untaken(found, lessons)
    words = " ".join(reason.split())[:300]
    if open_ones and not words:
        raise DomainError(
            _("Lớp %(name)s còn %(count)s buổi chưa điểm danh: %(days)s. Ghi lý do nếu vẫn chốt.")
            % {"name": found.name, "count": len(open_ones), "days": ", ".join(f"{day:%d/%m}" for day in open_ones)},
            code="untaken",
        )  # fmt: skip
    if work.actor.person_id is None:
        raise NotAllowed
    work.reason = words
    work.note(untaken=[f"{day:%Y-%m-%d}" for day in open_ones])
    return work.create(
        Closing(
            classroom=classroom, span=span, starts_on=first, ends_on=last, closed_by_id=work.actor.person_id
        )
    )


def _untaken(found: Room, lessons: Sequence[date]) -> list[date]:
    """The days on which nobody took the main session."""
    taken = all_taken_days(found.id, lessons[0], lessons[-1])
    return [day for day in lessons if (day, found.main(day)) not in taken]


def _reopen(work: Work, closing: Closing, reason: str) -> None:
    words = " ".join(reason.split())[:300]
    if not words:
        raise DomainError(_("Ghi lý do."), fields={"reason": _("Ghi lý do.")})
    signed = Closing.objects.filter(
        classroom_id=closing.classroom_id, span=MONTH, starts_on__lte=closing.ends_on, ends_on__gte=closing.starts_on
    )  # fmt: skip
    if closing.span == WEEK and signed.exists():
        raise DomainError(_("Tháng này đã ký duyệt. Mở lại tháng trước."))
    work.reason = words
    work.remove(closing)
