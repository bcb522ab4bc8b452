"""Learning at home: own children whose school is closed today, the sessions they have, and who has pressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Enrolment
from khue.school.attendance.queries.frames import all_rooms

PERMISSION = "attendance.check_in"

# Pupils in class whom a closure with lessons at home concerns on a day, with the sessions they pressed at.
_AT_HOME = """
select e.id, e.person_id, p.full_name, p.given_name, k.id, k.name,
       (select json_agg(json_build_array(c.session, c.at)) from attendance_check_in c
          where c.enrolment_id = e.id and c.day = %s)
from roster_enrolment e
join people_person p on p.id = e.person_id
join roster_classroom k on k.id = e.classroom_id
join org_unit u on u.id = coalesce(k.campus_id, k.school_id)
where e.person_id = any(%s) and e.is_current and e.status = 'studying' and exists (
  select from calendar_closure s
  where s.unit_id = any(string_to_array(trim(both '/' from u.path), '/')::bigint[]) and s.at_home
    and not s.is_cancelled and s.starts_on <= %s and (s.ends_on is null or s.ends_on >= %s))
order by p.birth_date, p.id
"""
_PRESSED = """
select c.enrolment_id, c.at from attendance_check_in c join roster_enrolment e on e.id = c.enrolment_id
where e.classroom_id = %s and c.day = %s and c.session = %s
"""


@dataclass(frozen=True, slots=True)
class AtHome:
    """A child who learns at home on a day."""

    enrolment_id: int
    person_id: int
    full_name: str
    given_name: str
    class_name: str
    sessions: tuple[tuple[str, datetime | None], ...]  # and when somebody pressed


def at_home(actor: Actor, day: date) -> list[AtHome]:
    """The actor's own children, or the actor, who learn at home on a day; one statement, two when there are some."""
    people = actor.reach(PERMISSION).person_ids
    rows = fetch(_AT_HOME, [day, list(people), day, day]) if people else []
    if not rows:
        return []
    rooms = all_rooms(sorted({row[4] for row in rows}), day)
    found = []
    for pk, person, name, given, room, class_name, pressed in rows:
        at = {session: datetime.fromisoformat(moment) for session, moment in pressed or ()}
        sessions = tuple((session, at.get(session)) for session in rooms[room].home_sessions(day))
        if sessions:
            found.append(AtHome(pk, person, name, given or name, class_name, sessions))
    return found


def own_place(actor: Actor, enrolment_id: int) -> Enrolment | None:
    """An own child's place, or one's own, as the target of a check-in."""
    found: Enrolment | None = (
        Enrolment.objects.visible_to(actor, PERMISSION).filter(pk=enrolment_id, is_current=True).first()
    )
    return found


def all_pressed(classroom_id: int, day: date, session: str) -> dict[int, datetime]:
    """When each pupil of a class (enrolment) pressed at a session learnt at home."""
    return dict(fetch(_PRESSED, [classroom_id, day, session]))
