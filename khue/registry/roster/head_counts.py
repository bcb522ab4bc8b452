"""Keeping `HeadCount` true: one statement writes the difference between the records and the counts from a day on.

A count row says how many pupils a class had during [valid_from, valid_to). It is derived, never typed, so it is not
part of the audit record; the enrolments it follows from are. A movement may be dated back: then every later row moves
by the same difference, and the row that held on that day is cut in two. The open row always equals the records.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from khue.kernel.actions import Work
from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear

_LOCK = "select pg_advisory_xact_lock(7107, s::int) from (select s from unnest(%(schools)s::bigint[]) s order by s) t"

_RECOUNT = """
with truth as (
    select e.school_id, k.campus_id, e.classroom_id, coalesce(k.level, min(e.level)) as level,
           coalesce(k.grade, e.grade) as grade,
           count(*)::int as pupils, (count(*) filter (where p.sex = 2))::int as girls,
           (count(*) filter (where p.ethnicity not in ('', '01', '55', '56')))::int as minority
    from roster_enrolment e
    join people_person p on p.id = e.person_id
    left join roster_classroom k on k.id = e.classroom_id
    where e.school_id = any(%(schools)s::bigint[]) and e.year_id = %(year)s and e.status in ('studying', 'suspended')
    group by e.school_id, k.campus_id, e.classroom_id, k.level, coalesce(k.grade, e.grade)
), known as (
    select * from roster_head_count
    where school_id = any(%(schools)s::bigint[]) and year_id = %(year)s
), diff as (
    select coalesce(t.school_id, o.school_id) as school_id, coalesce(t.classroom_id, o.classroom_id) as classroom_id,
           coalesce(t.campus_id, case when t.school_id is null then o.campus_id end) as campus_id,
           coalesce(t.level, o.level) as level, coalesce(t.grade, o.grade) as grade,
           coalesce(t.pupils, 0) - coalesce(o.pupils, 0) as pupils,
           coalesce(t.girls, 0) - coalesce(o.girls, 0) as girls,
           coalesce(t.minority, 0) - coalesce(o.minority, 0) as minority
    from truth t
    full join (select * from known where valid_to is null) o
      on o.school_id = t.school_id and coalesce(o.classroom_id, 0) = coalesce(t.classroom_id, 0) and o.grade = t.grade
    where (coalesce(t.pupils, 0), coalesce(t.girls, 0), coalesce(t.minority, 0), t.campus_id)
          is distinct from (coalesce(o.pupils, 0), coalesce(o.girls, 0), coalesce(o.minority, 0),
                            case when t.school_id is null then null else o.campus_id end)
), later as (
    update roster_head_count h
    set pupils = h.pupils + d.pupils, girls = h.girls + d.girls, minority = h.minority + d.minority,
        campus_id = d.campus_id
    from diff d
    where h.school_id = d.school_id and h.classroom_id is not distinct from d.classroom_id and h.grade = d.grade
      and h.year_id = %(year)s and h.valid_from >= %(on)s
), cut as (
    update roster_head_count h set valid_to = %(on)s
    from diff d
    where h.school_id = d.school_id and h.classroom_id is not distinct from d.classroom_id and h.grade = d.grade
      and h.year_id = %(year)s and h.valid_from < %(on)s and (h.valid_to is null or h.valid_to > %(on)s)
)
insert into roster_head_count
    (school_id, campus_id, classroom_id, year_id, level, grade, valid_from, valid_to, pupils, girls, minority)
select d.school_id, d.campus_id, d.classroom_id, %(year)s, d.level, d.grade, %(on)s,
       case when c.id is not null then c.valid_to
            else (select min(n.valid_from) from known n
                  where n.school_id = d.school_id and n.classroom_id is not distinct from d.classroom_id
                    and n.grade = d.grade and n.valid_from > %(on)s) end,
       coalesce(c.pupils, 0) + d.pupils, coalesce(c.girls, 0) + d.girls, coalesce(c.minority, 0) + d.minority
from diff d
left join known c on c.school_id = d.school_id and c.classroom_id is not distinct from d.classroom_id
                 and c.grade = d.grade and c.valid_from < %(on)s and (c.valid_to is null or c.valid_to > %(on)s)
where not exists (
    select 1 from known s
    where s.school_id = d.school_id and s.classroom_id is not distinct from d.classroom_id
      and s.grade = d.grade and s.valid_from = %(on)s)
"""


def recount(
    work: Work | None, schools: Iterable[Unit | int], year: SchoolYear | int, *, on: date | None = None
) -> None:
    """Bring the counts of these schools up to date as of a day (today); two statements, however many classes.

    Call it after every change of enrolments, with the day the change takes effect. Schools are locked one after
    the other, so two clerks at work in one school do not count past each other.
    """
    ids = sorted({school if isinstance(school, int) else school.pk for school in schools})
    if not ids:
        return
    values: dict[str, Any] = {
        "schools": ids,
        "year": year if isinstance(year, int) else year.pk,
        "on": on or timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_RECOUNT, values)
