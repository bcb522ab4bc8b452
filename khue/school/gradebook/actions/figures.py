"""Keeping `SchoolProgress` true: derived figures, counted by one statement for as many schools as need it.

They follow from sheets, days, enrolments, requests and reviews, all of which have their own entries in the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from khue.registry.calendar.models import Term
from khue.school.gradebook import plan
from khue.school.gradebook.progress import Shape

_SHAPES = """
select distinct s.rule_set, s.kind, k.grade, coalesce(c.subject_id, ''), s.term, s.regular, s.has_topic,
       coalesce(c.assessed_by, '') = 'marks'
from gradebook_sheet s join roster_classroom k on k.id = s.classroom_id
left join curriculum_course c on c.id = s.course_id
where s.year_id = %s and s.term = %s and (%s or s.school_id = any(%s::bigint[]))
"""

_NAMES: Final = ("rule_set", "kind", "grade", "subject", "regular", "has_topic", "is_scored")
_SHAPE_ARRAYS: Final = (
    "unnest(%(no)s::int[], %(rule_set)s::text[], %(kind)s::text[], %(grade)s::int[], %(subject)s::text[], "
    "%(regular)s::int[], %(has_topic)s::bool[], %(is_scored)s::bool[]) "
    "as h(no, rule_set, kind, grade, subject, regular, has_topic, is_scored)"
)

# Sheets of the schools with their columns, each with the day it is due: the school's, else the department's, else the
# usual one, by the column's own code before the one it is like (plan.days_of says the same).
CELLS = f"""
shape as materialized (select * from {_SHAPE_ARRAYS}),
col as materialized (
    select * from unnest(%(col_no)s::int[], %(slot)s::int[], %(code)s::text[], %(like)s::text[], %(usual)s::date[])
    as c(no, slot, code, like_code, usual_on)
),
day as materialized (
    select d.unit_id, d."column", d.due_on from gradebook_deadline d
    where d.year_id = %(year)s and d.term = %(term)s
),
root as materialized (select id from org_unit where parent_id is null limit 1),
due as materialized (
    select u.school_id, c.code,
           coalesce(o1.due_on, o2.due_on, r1.due_on, r2.due_on, c.usual_on) as due_on
    from (select unnest(%(schools)s::bigint[]) as school_id) u
    cross join (select distinct code, like_code, usual_on from col) c
    cross join root
    left join day o1 on o1.unit_id = u.school_id and o1."column" = c.code
    left join day o2 on o2.unit_id = u.school_id and o2."column" = c.like_code
    left join day r1 on r1.unit_id = root.id and r1."column" = c.code
    left join day r2 on r2.unit_id = root.id and r2."column" = c.like_code
),
class_size as materialized (
    select e.classroom_id, count(*)::int as pupils from roster_enrolment e
    where e.school_id = any(%(schools)s::bigint[]) and e.year_id = %(year)s
    and e.status in ('studying', 'suspended', 'completed') and e.classroom_id is not null
    group by e.classroom_id
),
page as materialized (
    select s.id, s.school_id, s.classroom_id, s.course_id, s.kind, s.filled, s.touched_at, s.rule_set, s.regular,
           s.has_topic, k.grade, coalesce(c.subject_id, '') as subject,
           coalesce(c.assessed_by, '') = 'marks' as is_scored
    from gradebook_sheet s
    join roster_classroom k on k.id = s.classroom_id
    left join curriculum_course c on c.id = s.course_id
    where s.school_id = any(%(schools)s::bigint[]) and s.year_id = %(year)s and s.term = %(term)s
),
sheet as materialized (
    select s.id, s.school_id, s.classroom_id, s.course_id, s.kind, s.filled, s.touched_at, h.no,
           coalesce(z.pupils, 0) as pupils
    from page s
    join shape h on h.subject = s.subject and h.grade = s.grade and h.rule_set = s.rule_set and h.kind = s.kind
      and h.regular = s.regular and h.has_topic = s.has_topic and h.is_scored = s.is_scored
    left join class_size z on z.classroom_id = s.classroom_id
),
cell as materialized (
    select s.id, s.school_id, s.classroom_id, s.course_id, s.touched_at, s.pupils, c.code,
           least(coalesce(s.filled[c.slot + 1], 0), s.pupils) as there
    from sheet s join col c on c.no = s.no
)
"""  # noqa: S608 (our own SQL)

# Who answers for a sheet today: a substitute before the main teacher before a second one; the homeroom teacher.
TEACHER = """
coalesce(
    (select a.teacher_id from curriculum_teaching_assignment a
     where a.course_id = s.course_id and a.starts_on <= %(today)s and a.ends_on > %(today)s
     order by array_position(array['substitute', 'main', 'co'], a.role::text), a.id limit 1),
    (select m.teacher_id from roster_homeroom m
     where s.course_id is null and m.classroom_id = s.classroom_id and m.starts_on <= %(today)s
     and m.ends_on > %(today)s order by m.id limit 1)
)
"""

_REFRESH = f"""
with {CELLS},
counted as materialized (
    select s.id, s.school_id, s.classroom_id, s.course_id, s.touched_at, sum(s.pupils) as expected,
           sum(s.there) as entered, sum(s.pupils) filter (where d.due_on < %(today)s) as due,
           sum(s.there) filter (where d.due_on < %(today)s) as done
    from cell s join due d on d.school_id = s.school_id and d.code = s.code
    group by s.id, s.school_id, s.classroom_id, s.course_id, s.touched_at
),
late as (
    select s.school_id, count(*)::int as sheets, count(distinct {TEACHER})::int as teachers
    from counted s where s.due > s.done group by s.school_id
),
total as (
    select s.school_id, count(*)::int as sheets, sum(s.expected)::int as expected, sum(s.entered)::int as entered,
           coalesce(sum(s.due), 0)::int as due, coalesce(sum(s.done), 0)::int as done, max(s.touched_at) as touched_at,
           count(distinct s.classroom_id)::int as classes
    from counted s group by s.school_id
),
waiting as (
    select s.school_id, count(*)::int as n from gradebook_unlock n join sheet s on s.id = n.sheet_id
    where n.state = 'asked' group by s.school_id
),
odd as (
    select s.school_id, count(*)::int as n from gradebook_finding f join sheet s on s.id = f.sheet_id
    where f.state <> 'accepted' group by s.school_id
),
approved as (
    select r.school_id, count(*)::int as n from gradebook_review r
    where r.school_id = any(%(schools)s::bigint[]) and r.year_id = %(year)s and r.term = %(term)s
    and r.state = 'approved' group by r.school_id
)
insert into gradebook_school_progress
    (school_id, year_id, term, sheets, expected, entered, due, done, late_sheets, late_teachers, unlocks, findings,
     approved, classes, touched_at, refreshed_at)
select t.school_id, %(year)s, %(term)s, t.sheets, t.expected, t.entered, t.due, t.done, coalesce(l.sheets, 0),
       coalesce(l.teachers, 0),
       coalesce(w.n, 0), coalesce(o.n, 0), coalesce(a.n, 0),
       t.classes, t.touched_at, %(now)s
from total t left join late l on l.school_id = t.school_id left join waiting w on w.school_id = t.school_id
left join odd o on o.school_id = t.school_id left join approved a on a.school_id = t.school_id
on conflict (year_id, term, school_id) do update set
    sheets = excluded.sheets, expected = excluded.expected, entered = excluded.entered, due = excluded.due,
    done = excluded.done, late_sheets = excluded.late_sheets, late_teachers = excluded.late_teachers,
    unlocks = excluded.unlocks, findings = excluded.findings, approved = excluded.approved, classes = excluded.classes,
    touched_at = excluded.touched_at, refreshed_at = excluded.refreshed_at
"""  # noqa: S608 (our own SQL)


def refresh(
    schools: Iterable[int], year_id: int, term: int, *, now: datetime | None = None, shapes: list[Shape] | None = None
) -> int:  # fmt: skip
    """Count the progress of schools in a term anew; gives how many rows were written. Three statements."""
    ids = sorted(set(schools))
    moment = now or timezone.now()
    values = arguments(ids, year_id, term, timezone.localdate(moment), shapes)
    if values is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, {**values, "now": moment})
        return int(cursor.rowcount)


def arguments(
    schools: list[int], year_id: int, term: int, today: date, shapes: list[Shape] | None = None
) -> dict[str, Any] | None:
    """The values for `CELLS`: the shapes of the sheets, their columns with usual days; None when there is nothing."""
    span = Term.objects.filter(year_id=year_id, number=term).first()
    if span is None or not schools:
        return None
    known = shapes if shapes is not None else shapes_of(year_id, term, schools)
    columns = [
        (no, column.slot, column.code, plan.LIKE.get(column.code, column.code), usual.due_on)
        for no, shape in enumerate(known)
        for column in shape.owed
        for usual in [plan.usual(column.code, span.starts_on, span.ends_on)]
    ]
    return {
        "schools": schools, "year": year_id, "term": term, "today": today, "no": list(range(len(known))),
        **{name: [getattr(shape, name) for shape in known] for name in _NAMES},
        **{
            name: [row[at] for row in columns]
            for at, name in enumerate(("col_no", "slot", "code", "like", "usual"))
        },
    }  # fmt: skip


def shapes_of(year_id: int, term: int, schools: list[int] | None = None) -> list[Shape]:
    """The shapes that sheets of a term have, in some schools or in all."""
    with connection.cursor() as cursor:
        cursor.execute(_SHAPES, [year_id, term, schools is None, schools or []])
        return [Shape(*row) for row in cursor.fetchall()]


def mark_stale(year_id: int, term: int, school_id: int | None) -> None:
    """After a change of days: count a school at once; for the whole province leave it to the next minute's job."""
    if school_id is not None:
        refresh([school_id], year_id, term)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update gradebook_school_progress set refreshed_at = refreshed_at - interval '1 day' "
            "where year_id = %s and term = %s",
            [year_id, term],
        )
