"""Whom a slip or a survey asks, as a rule over today's records; `all_*` are unscoped, for jobs and actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from khue.citizen.surveys.models import Audience, Slip, Survey
from khue.citizen.surveys.queries.named import all_rows
from khue.kernel.statements import fetch

_STUDYING: Final = "e.is_current and e.status in ('studying', 'suspended')"
SLIP_FITS: Final = f"""
e.school_id = s.school_id and {_STUDYING} and (s.campus_id is null or e.campus_id = s.campus_id)
and (s.grade is null or e.grade = s.grade) and (s.classroom_id is null or e.classroom_id = s.classroom_id)
"""
# `u` is the pupil's school; a survey of an office or of the department reaches every school below it.
SURVEY_FITS: Final = f"""
{_STUDYING} and s.unit_id = any(string_to_array(trim(both '/' from u.path), '/')::bigint[])
and (s.grade is null or e.grade = s.grade) and (s.classroom_id is null or e.classroom_id = s.classroom_id)
"""
GUARDS: Final = "g.may_view and g.starts_on <= %(day)s and (g.ends_on is null or g.ends_on > %(day)s)"
_POST: Final = "w.starts_on <= %(day)s and (w.ends_on is null or w.ends_on > %(day)s)"

_SLIP_ASKS: Final = f"""
select e.id, e.person_id, p.birth_date,
       (select array_agg(g.guardian_id) from roster_guardianship g where g.pupil_id = e.person_id and {GUARDS})
from surveys_slip s join roster_enrolment e on {SLIP_FITS} join people_person p on p.id = e.person_id
where s.id = %(pk)s order by e.id
"""  # noqa: S608 (our own SQL)
_SLIP_ASKS_IT: Final = (
    f"select 1 from surveys_slip s join roster_enrolment e on {SLIP_FITS} where s.id = %s and e.id = %s"  # noqa: S608
)

_SCHOOLS: Final = """
select u.id from org_unit a join org_unit u on u.path like a.path || '%%' and u.kind = 'school' and u.closed_on is null
where a.id = %s order by u.id
"""
_PUPILS: Final = f"""
from surveys_survey s join org_unit u on u.id = any(%(schools)s)
join roster_enrolment e on e.school_id = u.id and {SURVEY_FITS}
"""
# Who answers once: a child, a family (named after the eldest record among a guardian's children), a person.
_ASKED: Final[dict[str, str]] = {
    Audience.CHILD: f"""
select u.id, 'c' || e.id, g.guardian_id {_PUPILS}
left join roster_guardianship g on g.pupil_id = e.person_id and {GUARDS} where s.id = %(pk)s
""",
    Audience.PUPIL: f"select u.id, 'p' || e.person_id, e.person_id {_PUPILS} where s.id = %(pk)s",
    # Of a guardian of these schools: the eldest record among all the children the survey asks about, wherever they are.
    Audience.FAMILY: f"""
select f.school, 'f' || f.person, x.guardian_id
from (select distinct g.guardian_id {_PUPILS}
  join roster_guardianship g on g.pupil_id = e.person_id and {GUARDS} where s.id = %(pk)s) x
cross join lateral (
  select e.person_id as person, u.id as school from roster_guardianship g
  join roster_enrolment e on e.person_id = g.pupil_id join org_unit u on u.id = e.school_id
  join surveys_survey s on s.id = %(pk)s and {SURVEY_FITS}
  where g.guardian_id = x.guardian_id and {GUARDS} order by e.person_id limit 1
) f where f.school = any(%(schools)s)
""",  # noqa: S608
    Audience.STAFF: f"""
select u.id, 'p' || w.person_id, w.person_id from surveys_survey s join org_unit u on u.id = any(%(schools)s)
join org_unit c on c.id = u.id or (c.parent_id = u.id and c.kind = 'campus')
join staff_position w on w.unit_id = c.id and {_POST} where s.id = %(pk)s
""",  # noqa: S608
}  # fmt: skip

Asked = tuple[int, int, date | None, Sequence[int] | None]  # enrolment, pupil, born, guardians


def all_asked_by_slip(slip: Slip, day: date) -> list[Asked]:
    """The pupils a slip asks about, with the guardians who may answer; one statement."""
    return all_rows(_SLIP_ASKS, {"pk": slip.pk, "day": day})  # type: ignore[return-value]


def all_slip_asks(slip_id: int, enrolment_id: int) -> bool:
    """Whether a slip asks about a pupil today."""
    return bool(fetch(_SLIP_ASKS_IT, [slip_id, enrolment_id]))


def all_schools(unit_id: int) -> list[int]:
    """The open schools at a unit and below it."""
    return [pk for (pk,) in fetch(_SCHOOLS, [unit_id])]


def all_asked_by_survey(
    survey: Survey, schools: Sequence[int], day: date
) -> list[tuple[int, str, int | None]]:
    """(school, key of who answers once, person to tell) of some schools; one statement."""
    values = {"pk": survey.pk, "schools": list(schools), "day": day}
    return all_rows(_ASKED[survey.audience], values)  # type: ignore[return-value]


def all_keys_answered(survey_id: int, schools: Sequence[int]) -> set[str]:
    """The keys of some schools of which a sheet has come."""
    sql = "select key from surveys_receipt where survey_id = %s and unit_id = any(%s)"
    return {key for (key,) in fetch(sql, [survey_id, list(schools)])}
