"""Which sessions a school, one of its levels or a class has; sheets of days already past follow what is decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.attendance import queries, rules
from khue.school.attendance.models import SessionPlan, Sheet

FIELDS = ("morning_days", "afternoon_days", "evening_days", "main_session", "by_period")
_SHEETS = """
select id, classroom_id, day, session, is_main from attendance_sheet
where school_id = any(%s) and day >= %s and not is_checkin order by classroom_id, day
"""
# Schools below a unit, or the school of a campus.
_SCHOOLS = """
select u.id from org_unit u join org_unit o on o.id = %s
where u.kind = 'school' and (u.path like o.path || '%%' or o.path like u.path || '%%')
"""


@action("attendance.set_plan", permission="attendance.manage")
def set_plan(
    work: Work, school: Unit, *, level: str = "", classroom: Classroom | None = None, starts_on: date,
    morning_days: str, afternoon_days: str, evening_days: str = "", main_session: str = rules.MORNING,
    by_period: bool = False,
) -> SessionPlan:  # fmt: skip
    """Decide the sessions of a school (or of one level or class of it) from a day on. Raises DomainError."""
    if classroom is not None and classroom.school_id != school.pk:
        raise DomainError(_("Lớp này không thuộc trường."))
    if level and level not in school.levels:
        raise DomainError(_("Trường không có cấp học này."))
    days = [_days(text) for text in (morning_days, afternoon_days, evening_days)]
    if main_session not in rules.COUNTED or not days[rules.COUNTED.index(main_session)]:
        raise DomainError(
            _("Buổi học chính phải là buổi có học."), fields={"main_session": _("Chọn buổi có học.")}
        )
    values = dict(zip(FIELDS, (*days, main_session, by_period), strict=True))
    place = {"school_id": school.pk, "level": level, "classroom": classroom, "starts_on": starts_on}
    known = SessionPlan.objects.filter(**place).first()
    plan = work.change(known, **values) if known is not None else work.create(SessionPlan(**place, **values))
    _follow(work, [school.pk], starts_on)
    return plan


@action("attendance.remove_plan", permission="attendance.manage")
def remove_plan(work: Work, plan: SessionPlan) -> None:
    """Take a decision away; what held before holds again."""
    school, starts_on = plan.school_id, plan.starts_on
    work.remove(plan)
    _follow(work, [school], starts_on)


def _days(text: str) -> str:
    if set(text) - set("2345678"):
        raise DomainError(_("Chọn các thứ trong tuần."))
    return "".join(sorted(set(text)))


def follow_closure(work: Work, unit_id: int) -> None:
    """Mark anew which of today's sheets count when a unit and all below it closes or opens; within its action."""
    _follow(work, [pk for (pk,) in fetch(_SCHOOLS, [unit_id])], timezone.localdate())


def _follow(work: Work, school_ids: Sequence[int], since: date) -> None:
    """Mark anew which sheets are of the main session, from the day on which something changed."""
    rows = fetch(_SHEETS, [list(school_ids), since])
    rooms = queries.all_rooms(sorted({row[1] for row in rows}), since)
    changed: dict[int, tuple[list[Any], list[Any]]] = {}
    of_room: dict[int, int] = {}
    for pk, room_id, day, session, is_main in rows:
        is_main_now = session == rooms[room_id].main(day)
        if is_main_now != is_main:
            changed[pk] = ([is_main], [is_main_now])
            of_room[room_id] = pk
    work.change_many(Sheet, ["is_main"], changed, is_touched=False)
    # One sheet a class: its figures are counted anew.
    work.touch(*(f"attendance.sheet:{pk}" for pk in of_room.values()))
