"""What is counted of roll call: the columnar copies (khue.kernel.indicators.declare).

Rolls are summed by class and month, for a province calls some fifteen million of them in a year. Only main sessions
whose roll was taken, never check-ins from home (rules/15 section 2).
"""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, TODAY, copied, touched
from khue.registry.calendar.spans import SPANS
from khue.registry.roster.facts import ENROLMENTS_CHANGED, IS_PUPIL
from khue.school.attendance import rules

RECENT: Final = 7  # days in which a school that calls the roll here has called one
PATIENCE: Final = "interval '1 day'"  # a request for leave is answered within
_OF_SCHOOL: Final = f"{OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level"
_COUNTS: Final = "s.is_main and not s.is_checkin and s.taken_at is not null"

# Classes of which a roll was taken or corrected since, or that changed themselves.
_CLASSES_CHANGED: Final = f"""
select s.classroom_id from {touched("attendance.sheet")} t join attendance_sheet s on s.id = t.id
union select t.id from {touched("roster.classroom")} t
union select k.id from {touched("org.unit")} t join roster_classroom k on k.school_id = t.id
"""  # noqa: S608 (our own SQL)

ROLLS: Final = copied(
    "attendance.rolls",
    "Buổi điểm danh",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, level text, grade int16, month text, rolls int32,
    on_time int32, expected int32, excused int32, unexcused int32, late int32, ownership text, region int16,
    school_level text
    """,
    f"""
select k.year_id as year, k.school_id as unit_id, k.campus_id, k.id as class_id, k.level, k.grade, r.*, {_OF_SCHOOL}
from roster_classroom k join org_unit u on u.id = k.school_id
cross join lateral (
    select to_char(s.day, 'YYYY-MM') as month, count(*)::int as rolls,
           (count(*) filter (where not s.is_late))::int as on_time, sum(s.expected)::int as expected,
           sum(s.excused)::int as excused, sum(s.unexcused)::int as unexcused, sum(s.late)::int as late
    from attendance_sheet s where s.classroom_id = k.id and {_COUNTS} group by 1
) r
""",  # noqa: S608
    key="class_id",
    changed=_CLASSES_CHANGED,
    rows="khue.school.attendance.figures.roll_rows",
)

# Half-day sessions a pupil missed this year: a roll of the whole session, or enough of its periods.
_SHARE: Final = f"""
coalesce((select v.value::text::int from settings_value v join org_unit o on o.id = v.unit_id and o.parent_id is null
          where v.name = 'attendance.half_share' and v.valid_from <= {TODAY} order by v.valid_from desc limit 1),
         {rules.HALF})
"""  # noqa: S608
_MISSED: Final = f"""
select count(distinct (d.day, d.session))::int as missed from (
    select s.day, s.session from attendance_mark m join attendance_sheet s on s.id = m.sheet_id and {_COUNTS}
    join calendar_term t on t.year_id = e.year_id and s.day between t.starts_on and t.ends_on
    where m.enrolment_id = e.id and m.code in ('P', 'K') and s.session in ('S', 'C')
    group by s.classroom_id, s.day, s.session
    having bool_or(s.period = 0) or count(*) * 100 >= {_SHARE} * (
        select count(*) from attendance_sheet o where o.classroom_id = s.classroom_id and o.day = s.day
        and o.session = s.session and o.period > 0 and o.taken_at is not null)
) d
"""  # noqa: S608
_AWAY: Final = """
select count(*) as n from unnest(d.days[1:%s]) as x(day) where exists (
    select from attendance_mark m join attendance_sheet s on s.id = m.sheet_id and s.is_main and not s.is_checkin
    where m.enrolment_id = e.id and m.day = x.day and m.code in ('P', 'K'))
"""

PUPILS: Final = copied(
    "attendance.pupils",
    "Ngày học của học sinh",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16, sex int16,
    missed int32, away_3 bool, away_5 bool, ownership text, region int16, school_level text
    """,
    f"""
select e.year_id as year, e.school_id as unit_id, e.campus_id, e.classroom_id as class_id, e.id as enrolment_id,
       e.level, e.grade, coalesce(p.sex, 0) as sex, a.missed, b.n = 3 as away_3, c.n = 5 as away_5, {_OF_SCHOOL}
from roster_classroom k join {SPANS} y on y.id = k.year_id
cross join lateral (
    select array(select distinct s.day from attendance_sheet s where s.classroom_id = k.id and {_COUNTS}
                 and not y.is_over order by s.day desc limit 5) as days
) d
join roster_enrolment e on e.classroom_id = k.id and {IS_PUPIL}
join people_person p on p.id = e.person_id join org_unit u on u.id = e.school_id
cross join lateral ({_MISSED}) a
cross join lateral ({_AWAY % "3"}) b
cross join lateral ({_AWAY % "5"}) c
""",  # noqa: S608
    key="class_id",
    changed=f"""
{_CLASSES_CHANGED}
union select k.id from ({ENROLMENTS_CHANGED}) t cross join lateral (
          select e.classroom_id as id from roster_enrolment e where e.id = t.id and e.classroom_id is not null
          union select v.classroom_id from roster_enrolment_event v
          where v.enrolment_id = t.id and v.classroom_id is not null
      ) k
""",  # noqa: S608
    rows="khue.school.attendance.figures.pupil_rows",
)

# A line for each school with classes in the running year: today's rolls as last counted, whether it calls them here,
# requests for leave that wait too long.
SCHOOLS: Final = copied(
    "attendance.schools",
    "Trường điểm danh",
    """
    year int16, unit_id int32, due int32, taken int32, overdue int32, calls bool, leaves int32,
    ownership text, region int16, school_level text
    """,
    f"""
select y.id as year, u.id as unit_id, coalesce(t.due, 0) as due, coalesce(t.taken, 0) as taken,
       coalesce(t.overdue, 0) as overdue,
       exists (select from attendance_sheet s where s.school_id = u.id and s.day > {TODAY} - {RECENT}
               and s.day <= {TODAY} and s.taken_at is not null) as calls,
       coalesce(w.n, 0) as leaves, {_OF_SCHOOL}
from {SPANS} y
join org_unit u on u.kind = 'school' and u.closed_on is null
    and exists (select from roster_classroom k where k.school_id = u.id and k.year_id = y.id)
left join attendance_tally t on t.school_id = u.id and t.day = {TODAY}
left join (
    select e.school_id, e.year_id, count(*)::int as n from attendance_leave_request l
    join roster_enrolment e on e.id = l.enrolment_id
    where l.state = 'asked' and l.asked_at < now() - {PATIENCE} group by 1, 2
) w on w.school_id = u.id and w.year_id = y.id
where not y.is_over and y.begins_on <= {TODAY}
""",  # noqa: S608
    rows="khue.school.attendance.figures.school_rows",
)

FACTS: Final = (ROLLS, PUPILS, SCHOOLS)
