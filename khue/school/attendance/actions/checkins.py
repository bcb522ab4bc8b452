"""Learning at home: a pupil or a guardian says that the pupil is there, once a session."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.registry.roster.models import Enrolment
from khue.school.attendance import queries, rules
from khue.school.attendance.actions.rolls import apply_check_in
from khue.school.attendance.models import CheckIn


@action("attendance.check_in")
def check_in(work: Work, enrolment: Enrolment, *, session: str) -> CheckIn:
    """Say that a pupil takes part at home in a session of today; said again, it is as said once.

    A teacher's roll that had the pupil missing is set right. Raises DomainError where the class does not learn at home
    in that session.
    """
    today = timezone.localdate()
    known = CheckIn.objects.filter(enrolment=enrolment, day=today, session=session).first()
    if known is not None:
        return known
    found = queries.all_room(enrolment.classroom_id, today) if enrolment.classroom_id else None
    if found is None or session not in found.home_sessions(today):
        raise DomainError(_("Buổi này lớp không học ở nhà nên không cần báo có mặt."))
    row = CheckIn(
        enrolment=enrolment, day=today, session=session, by_id=work.actor.person_id, at=timezone.now()
    )
    work.create(row)
    work.note(day=f"{today:%Y-%m-%d}", session=session)
    sheet = queries.all_sheet(found.id, today, session, 0)
    if sheet is not None and sheet.is_checkin and sheet.taken_at is not None:
        marks = {one.enrolment_id: one.code for one in queries.all_marks(sheet.id, found.id, today)}
        if marks.get(enrolment.pk) in rules.ABSENT:
            apply_check_in(work, found, sheet, session, enrolment.pk)
    return row
