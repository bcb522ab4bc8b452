"""What a class's cards are composed of: approved results with everything around them, in five statements a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import orjson

from khue.kernel.statements import TODAY, fetch
from khue.school.gradebook.judging import YEAR, Room
from khue.school.gradebook.judging import Pupil as Judged
from khue.school.gradebook.queries import results


@dataclass(slots=True)
class PersonFacts:
    """A pupil's record as the page about the pupil shows it."""

    full_name: str
    sort_key: str
    born_on: date | None
    born_precision: str
    sex: int | None
    ethnicity: str
    nationality: str
    personal_id: str
    ministry_code: str
    code: str
    birth_place: str
    home_town: str
    address: str
    policy: str
    relatives: list[tuple[str, str]] = field(default_factory=list)  # relation, full name


@dataclass(slots=True)
class ClassFacts:
    """A class whose cards are composed."""

    room: Room
    pupils: list[Judged]
    people: dict[int, PersonFacts]  # by person
    comments: Mapping[
        tuple[int, str], str
    ]  # (enrolment, subject or '' for the homeroom teacher's page) -> comment
    teachers: Mapping[str, str]  # subject -> who teaches it, or taught it last
    homeroom: str
    principal: str
    school_name: str
    school_code: str
    commune: str
    department: str
    is_approved: bool  # the year of the class


_AROUND = f"""
select u.name, u.code, coalesce(m.name, ''),
       (select d.name from org_unit d where d.parent_id is null order by d.id limit 1),
       coalesce((select json_object_agg(c.subject_id, (select p.full_name from curriculum_teaching_assignment a
            join people_person p on p.id = a.teacher_id where a.course_id = c.id and a.starts_on <= {TODAY}
            order by a.ends_on > {TODAY} desc, a.role = 'main' desc, a.ends_on desc limit 1))
          from curriculum_course c where c.classroom_id = k.id)::text, '{{}}'),
       coalesce((select p.full_name from roster_homeroom h join people_person p on p.id = h.teacher_id
          where h.classroom_id = k.id and h.starts_on <= {TODAY} order by h.ends_on desc limit 1), ''),
       coalesce((select p.full_name from staff_position o join people_person p on p.id = o.person_id
          where o.unit_id = k.school_id and o.post = 'principal' and o.starts_on <= {TODAY}
          and (o.ends_on is null or o.ends_on > {TODAY}) limit 1), ''),
       coalesce((select json_agg(json_build_array(r.enrolment_id, coalesce(c.subject_id, ''), r.comment)
            order by s.term) from gradebook_sheet s join gradebook_mark_row r on r.sheet_id = s.id
          left join curriculum_course c on c.id = s.course_id
          where s.classroom_id = k.id and s.kind in ('subject', 'conduct', 'traits') and r.comment <> '')::text, '[]')
from roster_classroom k join org_unit u on u.id = k.school_id
left join org_unit m on m.id = u.parent_id and m.kind in ('commune', 'office')
where k.id = %s
"""  # noqa: S608
_PEOPLE = """
select p.id, p.full_name, p.sort_key, p.birth_date, p.birth_precision, p.sex, p.ethnicity, p.nationality,
       coalesce(p.personal_id, ''), coalesce(p.ministry_code, ''), p.code, p.birth_place, p.home_town, p.address,
       coalesce(f.policy, ''),
       coalesce((select json_agg(json_build_array(g.relation, k.full_name) order by g.relation, g.id)
          from roster_guardianship g join people_person k on k.id = g.guardian_id
          where g.pupil_id = p.id and g.ends_on is null)::text, '[]')
from roster_enrolment e join people_person p on p.id = e.person_id
left join roster_pupil_profile f on f.person_id = p.id
where e.classroom_id = %s
"""


def all_class_facts(classroom_id: int) -> ClassFacts | None:
    """Everything the cards of a class are composed of; None when no circular judges the class. Five statements."""
    rooms = results.all_rooms([classroom_id])
    if not rooms:
        return None
    room = rooms[0]
    ((school, code, commune, department, teachers, homeroom, principal, words),) = fetch(
        _AROUND, [classroom_id]
    )
    people = {}
    for pk, *values, kin in fetch(_PEOPLE, [classroom_id]):
        people[pk] = PersonFacts(*values)
        people[pk].relatives = [(relation, name) for relation, name in orjson.loads(kin)]
    comments = {(one, subject): comment for one, subject, comment in orjson.loads(words)}
    return ClassFacts(
        room, results.all_pupils([classroom_id]).get(classroom_id, []), people, comments,
        {subject: name or "" for subject, name in orjson.loads(teachers).items()}, homeroom, principal, school, code,
        commune, department, room.reviews.get(YEAR) == "approved",
    )  # fmt: skip
