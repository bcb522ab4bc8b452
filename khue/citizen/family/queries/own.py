"""What a family reads of itself: whose children, where they study, what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import FamilyChild
from khue.kernel.statements import fetch

_CHILDREN = """
select e.person_id, e.id, p.full_name, p.given_name, e.classroom_id, coalesce(k.name, ''), e.school_id, u.name,
       coalesce(k.level, e.level), coalesce(k.grade, e.grade), e.year_id, e.status, t.full_name, t.given_name, t.sex,
       t.phone
from roster_enrolment e
join people_person p on p.id = e.person_id
join org_unit u on u.id = e.school_id
left join roster_classroom k on k.id = e.classroom_id
left join lateral (
  select q.full_name, q.given_name, q.sex, q.phone from roster_homeroom h join people_person q on q.id = h.teacher_id
  where h.classroom_id = e.classroom_id and h.starts_on <= %s and h.ends_on > %s
  order by h.starts_on desc limit 1
) t on true
where e.person_id = any(%s) and e.is_current
order by p.birth_date, p.id
"""


@dataclass(frozen=True, slots=True)
class Child:
    """An own child, or oneself, at the school of today, and whom to call there."""

    place: FamilyChild
    status: str
    teacher: str = ""
    teacher_given: str = ""
    teacher_sex: int | None = None
    teacher_phone: str = ""


def children(actor: Actor) -> list[Child]:
    """The actor's own children, the eldest first, or the actor as a pupil; one statement.

    Whose they are is read anew for every request: a guardian who may no longer see a child has no such child.
    """
    people = actor.reach("family.view_day").person_ids
    if not people:
        return []
    today = all_today()
    return [
        Child(FamilyChild(*row[:11]), row[11], row[12] or "", row[13] or "", row[14], row[15] or "")
        for row in fetch(_CHILDREN, [today, today, list(people)])
    ]


_MARKS = """
select m.day, m.session, m.period, m.code, m.minutes, s.is_checkin from attendance_mark m
join attendance_sheet s on s.id = m.sheet_id and s.taken_at is not null
where m.enrolment_id = %s and m.code <> 'T' order by m.day desc, m.session, m.period limit 200
"""


_ROLLS = """
select t.number, count(distinct s.day) from attendance_sheet s
join calendar_term t on t.year_id = %s and s.day between t.starts_on and t.ends_on
where s.classroom_id = %s and s.is_main and not s.is_checkin and s.taken_at is not null group by 1
"""


@dataclass(frozen=True, slots=True)
class Missed:
    """A session, or a period of one, at which a pupil was away, late or left early."""

    day: date
    session: str
    period: int
    code: str
    minutes: int | None
    is_checkin: bool


def all_missed(enrolment_id: int) -> list[Missed]:
    """What roll call noted of a pupil in a year, newest first; the caller has the child by right. One statement."""
    return [Missed(*row) for row in fetch(_MARKS, [enrolment_id])]


def all_days_with_roll(year_id: int, classroom_id: int | None) -> dict[int, int]:
    """On how many days of each term the roll of a class was taken here; a term without any is not in it."""
    return dict(fetch(_ROLLS, [year_id, classroom_id or 0]))


_TASKS = """
select title, detail, url, due_at from workflow_task where person_id = %s and closed_at is null
order by due_at nulls last, id limit 10
"""


def own_tasks(actor: Actor) -> list[tuple[str, str, str, datetime | None]]:
    """What waits for the actor in person, the earliest first: title, detail, address, when it is due."""
    if actor.person_id is None:
        return []
    return [(row[0], row[1], row[2], row[3]) for row in fetch(_TASKS, [actor.person_id])]


def all_today() -> date:
    """The day of the province."""
    return timezone.localdate()
