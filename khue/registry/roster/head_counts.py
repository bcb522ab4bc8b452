"""Keeping `HeadCount` true: one statement closes what no longer holds, one writes what holds from today on.

A count row says how many pupils a class had during [valid_from, valid_to). It is derived, never typed, so it is not
part of the audit record; the enrolments it follows from are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.utils import timezone

from khue.kernel.actions import Work
from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear

_NOW = """
    select e.school_id, k.campus_id, e.classroom_id, e.year_id, coalesce(k.level, e.level) as level,
           coalesce(k.grade, e.grade) as grade,
           count(*) as pupils, count(*) filter (where p.sex = 2) as girls,
           count(*) filter (where p.ethnicity not in ('', '01', '55', '56')) as minority
    from roster_enrolment e
    join people_person p on p.id = e.person_id
    left join roster_classroom k on k.id = e.classroom_id
    where e.school_id = any(%(schools)s) and e.year_id = %(year)s and e.status in ('studying', 'suspended')
    group by 1, 2, 3, 4, 5, 6
"""

_CLOSE = f"""
with now as ({_NOW}),
     gone as (
        select h.id, h.valid_from from roster_head_count h
        left join now n on n.school_id = h.school_id and n.classroom_id is not distinct from h.classroom_id
                       and n.grade = h.grade
        where h.school_id = any(%(schools)s) and h.year_id = %(year)s and h.valid_to is null
          and (n.school_id is null or (n.pupils, n.girls, n.minority) is distinct from (h.pupils, h.girls, h.minority)
               or n.campus_id is distinct from h.campus_id)),
     same_day as (delete from roster_head_count where id in (select id from gone where valid_from >= %(on)s))
update roster_head_count set valid_to = %(on)s where id in (select id from gone where valid_from < %(on)s)
"""  # noqa: S608 (our own SQL)

_OPEN = f"""
insert into roster_head_count
    (school_id, campus_id, classroom_id, year_id, level, grade, valid_from, pupils, girls, minority)
select n.school_id, n.campus_id, n.classroom_id, n.year_id, n.level, n.grade, %(on)s, n.pupils, n.girls, n.minority
from ({_NOW}) n
where not exists (
    select 1 from roster_head_count h
    where h.school_id = n.school_id and h.year_id = n.year_id and h.grade = n.grade and h.valid_to is null
      and h.classroom_id is not distinct from n.classroom_id)
"""  # noqa: S608 (our own SQL)


def recount(work: Work | None, schools: Iterable[Unit | int], year: SchoolYear | int, *, on: date | None = None) -> None:
    """Bring the counts of these schools up to date as of a day (today); two statements, however many classes."""
    ids = [school if isinstance(school, int) else school.pk for school in schools]
    values = {
        "schools": ids,
        "year": year if isinstance(year, int) else year.pk,
        "on": on or timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, values)
        cursor.execute(_OPEN, values)
