"""Who may write to whom today: a child's teachers, the families of a teacher's classes; and the teachers' hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from khue.citizen.threads.hours import Hours
from khue.citizen.threads.models import OfficeHours
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import values_of
from khue.kernel.statements import fetch
from khue.registry.roster.models import COUNTED, Enrolment

WRITE: Final = "threads.write"
SETTINGS: Final = ("threads.open_days", "threads.open_from", "threads.open_until")

_TEACHERS: Final = """
select e.id, e.person_id, p.full_name, p.given_name, k.name, e.school_id, u.name, t.teacher_id, q.full_name,
       q.given_name, q.sex, bool_or(t.is_homeroom), array_remove(array_agg(distinct t.subject), null)
from roster_enrolment e
join people_person p on p.id = e.person_id
join roster_classroom k on k.id = e.classroom_id
join org_unit u on u.id = e.school_id
join lateral (
  select h.teacher_id, true as is_homeroom, null::text as subject from roster_homeroom h
  where h.classroom_id = e.classroom_id and h.starts_on <= %s and h.ends_on > %s
  union all
  select a.teacher_id, false, s.short_name from curriculum_course c
  join curriculum_teaching_assignment a on a.course_id = c.id and a.starts_on <= %s and a.ends_on > %s
  join curriculum_subject s on s.code = c.subject_id where c.classroom_id = e.classroom_id
) t on true
join people_person q on q.id = t.teacher_id
where e.person_id = any(%s) and e.is_current and e.status in ('studying', 'suspended')
group by e.id, e.person_id, p.full_name, p.given_name, p.birth_date, k.name, e.school_id, u.name, t.teacher_id,
         q.full_name, q.given_name, q.sex, q.sort_key
order by p.birth_date, e.person_id, bool_or(t.is_homeroom) desc, q.sort_key, t.teacher_id
"""
_ROOMS: Final = """
select k.id, k.name, count(e.id) from roster_classroom k
left join roster_enrolment e on e.classroom_id = k.id and e.is_current and e.status in ('studying', 'suspended')
where k.id = any(%s) and k.closed_on is null group by k.id, k.name, k.sort_key order by k.sort_key, k.id
"""
_FAMILIES: Final = """
select e.id, e.person_id, p.full_name,
       array(select g.full_name from roster_guardianship s join people_person g on g.id = s.guardian_id
             where s.pupil_id = e.person_id and s.may_view and s.starts_on <= %s
               and (s.ends_on is null or s.ends_on > %s) order by s.is_main_contact desc, g.sort_key),
       t.id
from roster_enrolment e
join people_person p on p.id = e.person_id
left join threads_thread t on t.enrolment_id = e.id and t.teacher_id = %s
where e.classroom_id = any(%s) and e.classroom_id = %s and e.is_current and e.status in ('studying', 'suspended')
order by e.sort_key, e.id
"""
# Whether a teacher teaches, today, the class in which the pupil of an enrolment sits now.
_TEACHES: Final = """
select exists (
  select from roster_enrolment e where e.id = %s and e.is_current and e.status in ('studying', 'suspended') and (
    exists (select from roster_homeroom h where h.classroom_id = e.classroom_id and h.teacher_id = %s
            and h.starts_on <= %s and h.ends_on > %s)
    or exists (select from curriculum_course c join curriculum_teaching_assignment a on a.course_id = c.id
               where c.classroom_id = e.classroom_id and a.teacher_id = %s and a.starts_on <= %s and a.ends_on > %s)))
"""
_GUARDIANS: Final = """
select g.pupil_id, g.guardian_id from roster_guardianship g
where g.pupil_id = any(%s) and g.may_view and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s)
"""


@dataclass(frozen=True, slots=True)
class Partner:
    """A teacher of an own child: somebody a family may write to."""

    enrolment_id: int
    pupil_id: int
    pupil: str
    pupil_given: str
    class_name: str
    school_id: int
    school: str
    teacher_id: int
    teacher: str
    teacher_given: str
    teacher_sex: int | None
    is_homeroom: bool
    subjects: Sequence[str]


@dataclass(frozen=True, slots=True)
class Family:
    """A pupil of an own class: whose guardians the teacher may write to; none may read when there are none."""

    enrolment_id: int
    pupil_id: int
    pupil: str
    guardians: Sequence[str]
    thread_id: int | None


def own_teachers(actor: Actor) -> list[Partner]:
    """The teachers of the actor's own children, the eldest child first, homeroom teachers first; one statement."""
    people = actor.reach(WRITE).person_ids
    if not people:
        return []
    today = timezone.localdate()
    return [Partner(*row) for row in fetch(_TEACHERS, [today, today, today, today, list(people)])]


def own_rooms(actor: Actor) -> list[tuple[int, str, int]]:
    """The classes the actor teaches today: id, name, pupils; one statement."""
    rooms = actor.reach(WRITE).class_ids
    return [(row[0], row[1], row[2]) for row in fetch(_ROOMS, [list(rooms)])] if rooms else []


def own_families(actor: Actor, classroom_id: int) -> list[Family]:
    """The pupils of an own class with the guardians who would read; one statement, nothing for another class."""
    today, rooms = timezone.localdate(), list(actor.reach(WRITE).class_ids)
    if actor.person_id is None or not rooms:
        return []
    return [Family(*row) for row in fetch(_FAMILIES, [today, today, actor.person_id, rooms, classroom_id])]


def own_enrolments(actor: Actor, ids: Sequence[int]) -> list[Enrolment]:
    """Pupils about whom the actor may write: own children, pupils of own classes."""
    return list(
        Enrolment.objects.visible_to(actor, WRITE)
        .filter(pk__in=ids, is_current=True, status__in=COUNTED)
        .order_by("sort_key", "pk")
    )


def all_teaches(enrolment_id: int, teacher_id: int) -> bool:
    """Whether somebody teaches the class in which a pupil sits today."""
    today = timezone.localdate()
    return bool(fetch(_TEACHES, [enrolment_id, teacher_id, today, today, teacher_id, today, today])[0][0])


def all_guardians(pupil_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who may view each pupil as a guardian today; one statement."""
    today = timezone.localdate()
    found: dict[int, list[int]] = {}
    for pupil, guardian in fetch(_GUARDIANS, [list(pupil_ids), today, today]):
        found.setdefault(pupil, []).append(guardian)
    return found


def all_hours(teacher_id: int, school: Unit) -> Hours:
    """When a teacher answers families of a school: their own hours, else the school's; two statements at most."""
    row = OfficeHours.objects.filter(person_id=teacher_id, school=school).first()
    return Hours(row.days, row.start, row.until) if row else all_school_hours(school)


def all_school_hours(school: Unit) -> Hours:
    """The hours a school has set for those who set none; one statement."""
    values = values_of(SETTINGS, school)
    hours = Hours(
        str(values["threads.open_days"]), int(values["threads.open_from"]), int(values["threads.open_until"])
    )
    return hours if hours.is_sound else Hours()


def own_hours(actor: Actor, school: Unit) -> tuple[Hours, bool]:
    """The actor's hours at a school, and whether they are their own."""
    row = OfficeHours.objects.filter(person_id=actor.person_id or 0, school=school).first()
    return (Hours(row.days, row.start, row.until), True) if row else (all_school_hours(school), False)


def own_school(actor: Actor) -> Unit | None:
    """The school of the actor's capacity."""
    return Unit.objects.filter(pk=actor.unit_id, kind="school").first() if actor.unit_id else None


def school_of(partner: Partner) -> Unit:
    """The school at which somebody teaches an own child."""
    return Unit.objects.get(pk=partner.school_id)
