"""Requests for leave: a guardian asks and withdraws, the homeroom teacher answers; what an answer does to the rolls."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotAllowed, Work, action
from khue.kernel.files.storing import store
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.attendance import queries, rules
from khue.school.attendance.actions.rolls import apply_leave
from khue.school.attendance.events import LeaveAnswered, LeaveAsked
from khue.school.attendance.models import LeaveRequest, LeaveState

KINDS: Final = ("sick", "check_up", "family", "weather", "other")
PROOF: Final = "attendance.leave"
PROOF_KINDS: Final = ("pdf", "jpeg", "png", "webp")
LONGEST: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=90)
BEHIND: Final = timedelta(days=7)
_ROLLS = """
select s.classroom_id, s.day, s.session, s.period from attendance_mark m join attendance_sheet s on s.id = m.sheet_id
where m.enrolment_id = %s and m.code = 'K' and s.day between %s and %s and s.taken_at is not null
order by s.day, s.session, s.period
"""


@action("attendance.ask_leave")
def ask_leave(
    work: Work, enrolment: Enrolment, *, from_day: date, to_day: date, kind: str, note: str = "",
    from_session: str = rules.MORNING, to_session: str = rules.AFTERNOON, proof: File[Any] | None = None,
) -> LeaveRequest:  # fmt: skip
    """Ask that an own child may be away. A span that overlaps another open request is refused; raises DomainError."""
    _check(enrolment, from_day, from_session, to_day, to_session, kind)
    if work.actor.person_id is None:
        raise NotAllowed
    words = " ".join(note.split())[:500]
    if kind == "other" and not words:
        raise DomainError(_("Ghi lý do nghỉ."), fields={"note": _("Ghi lý do nghỉ.")})
    wanted = rules.Leave(from_day, from_session, to_day, to_session)
    others = LeaveRequest.objects.filter(
        enrolment=enrolment, state__in=[LeaveState.ASKED, LeaveState.GRANTED], from_day__lte=to_day,
        to_day__gte=from_day,
    )  # fmt: skip
    for one in others:
        other = rules.Leave(one.from_day, one.from_session, one.to_day, one.to_session)
        if other.covers(from_day, from_session) or wanted.covers(other.from_day, other.from_session):
            raise DomainError(_("Đã có đơn xin nghỉ cho ngày này. Xem trong danh sách đơn."))
    kept = store(work, proof, purpose=PROOF, unit=enrolment.school, kinds=PROOF_KINDS) if proof else None
    leave = work.create(
        LeaveRequest(
            enrolment=enrolment, from_day=from_day, from_session=from_session, to_day=to_day, to_session=to_session,
            kind=kind, note=words, proof=kept, asked_by_id=work.actor.person_id,
        )
    )  # fmt: skip
    work.announce(LeaveAsked(leave.pk))
    return leave


def _check(enrolment: Enrolment, first: date, start: str, last: date, end: str, kind: str) -> None:
    today = timezone.localdate()
    if kind not in KINDS:
        raise DomainError(_("Chọn lý do nghỉ."), fields={"kind": _("Chọn lý do nghỉ.")})
    if start not in rules.TEACHING or end not in rules.TEACHING:
        raise DomainError(_("Chọn buổi nghỉ."))
    if (last, rules.ORDER[end]) < (first, rules.ORDER[start]):
        raise DomainError(_("Ngày hết nghỉ phải sau ngày bắt đầu."), fields={"to_day": _("Sửa ngày này.")})
    if last - first > LONGEST:
        raise DomainError(_("Nghỉ quá 60 ngày thì làm thủ tục bảo lưu với nhà trường."))
    if first < today - BEHIND or first > today + AHEAD:
        raise DomainError(_("Xin nghỉ sớm nhất từ 7 ngày trước, muộn nhất 90 ngày sau."))
    if not enrolment.is_current or enrolment.status != "studying" or enrolment.classroom_id is None:
        raise DomainError(_("Em này hiện không học ở lớp nào nên chưa xin nghỉ được."))


@action("attendance.withdraw_leave", permission="attendance.ask_leave")
def withdraw_leave(work: Work, leave: LeaveRequest) -> LeaveRequest:
    """Take back a request that nobody has answered, or a granted one that has not begun."""
    if leave.state == LeaveState.GRANTED and leave.from_day <= timezone.localdate():
        raise DomainError(_("Đơn đã được cho phép và đã bắt đầu nghỉ. Báo giáo viên chủ nhiệm."))
    if leave.state not in (LeaveState.ASKED, LeaveState.GRANTED):
        raise DomainError(_("Đơn này đã có trả lời."))
    return work.change(leave, state=LeaveState.WITHDRAWN)


@action("attendance.answer_leave")
def answer_leave(
    work: Work, leave: LeaveRequest, *, is_granted: bool, answer: str = "", version: int | None = None
) -> LeaveRequest:
    """Grant or refuse leave; granted, absences without leave it covers are excused where their days are still open."""
    if leave.state != LeaveState.ASKED or (version is not None and version != leave.version):
        raise DomainError(_("Đơn này đã có trả lời, hoặc phụ huynh vừa rút."))
    work.change(
        leave, state=LeaveState.GRANTED if is_granted else LeaveState.REFUSED, decided_by_id=work.actor.person_id,
        decided_at=timezone.now(), answer=" ".join(answer.split())[:300],
    )  # fmt: skip
    if is_granted:
        work.note(excused=_excuse(work, leave))
    work.announce(LeaveAnswered(leave.pk))
    return leave


def _excuse(work: Work, leave: LeaveRequest) -> int:
    """Turn the K of a granted leave into P where three school days have not passed and nothing is closed.

    In the class in which it was noted: the pupil may have been moved to another since.
    """
    rows = fetch(_ROLLS, [leave.enrolment_id, leave.from_day, min(leave.to_day, timezone.localdate())])
    span = rules.Leave(leave.from_day, leave.from_session, leave.to_day, leave.to_session)
    covered = [row for row in rows if span.covers(row[1], row[2])]
    if not covered:
        return 0
    rooms = Classroom.objects.select_for_update().filter(pk__in={row[0] for row in covered}).order_by("pk")
    list(rooms.values_list("pk"))  # as whoever takes the roll does
    done = 0
    for room_id, day, session, period in covered:
        found = queries.all_room(room_id, day)
        sheet = queries.all_sheet(found.id, day, session, period)
        days = found.settings["attendance.proof_days"]
        is_open = not found.window(session, period).is_locked
        if sheet and is_open and rules.may_excuse(day, timezone.localdate(), found.is_school_day, days):
            apply_leave(work, found, sheet, session, period, [leave.enrolment_id], leave.pk)
            done += 1
    return done
