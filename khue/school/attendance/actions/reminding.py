"""Reminding the teachers of classes whose roll nobody has taken: once a class and session."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import Notice, tell_each
from khue.registry.roster.models import Classroom
from khue.school.attendance.queries import oversight
from khue.school.attendance.words import SESSIONS


@action("attendance.remind_roll")
def remind_roll(work: Work, rooms: list[Classroom], *, session: str) -> int:
    """Tell the homeroom teachers of classes that today's roll is missing; gives how many are told now.

    Once a class and session, whoever presses. Raises DomainError when no roll is missing, or nobody answers for one.
    """
    today = timezone.localdate()
    missing = {
        turn.classroom_id
        for school in {one.school_id for one in rooms}
        for turn in oversight.all_turns([one.pk for one in rooms], school, today)
        if turn.session == session and turn.is_missing
    }
    if not missing:
        raise DomainError(_("Không lớp nào trong đây còn thiếu điểm danh buổi này."))
    teachers = oversight.all_answerers(sorted(missing), today)
    names = {one.pk: one.name for one in rooms}
    notices = [
        Notice(
            one.person_id, oversight.KIND,
            written(gettext_noop("Lớp %(name)s chưa điểm danh buổi %(session)s"), name=names[pk],
                    session=written("%(name)s", name=SESSIONS[session]).lower()),
            written(gettext_noop("Điểm danh xong thì nhà trường và gia đình mới biết em nào có mặt.")),
            f"{reverse('attendance:roll', args=[pk])}?ngay={today:%Y-%m-%d}&buoi={session}",
            oversight.all_key_of(pk, today, session),
        )
        for pk, one in sorted(teachers.items())
        if one.person_id is not None
    ]  # fmt: skip
    if not notices:
        raise DomainError(_("Lớp chưa có giáo viên chủ nhiệm để nhắc."))
    told = tell_each(work, notices)
    work.note(day=f"{today:%Y-%m-%d}", session=session, classes=len(missing), told=told)
    return told
