"""What schools have on a day, counted in PostgreSQL: one statement for any number of schools.

Counted here and not over the columnar copy, because a form speaks of a day that has passed: head counts, enrolments
and posts are dated rows and are exact as of any day, the copy is of today. A movement dated back moves these figures,
which is why what was signed is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from khue.command.reports.definition import LEVELS
from khue.command.reports.filling import Fact
from khue.kernel.settings_store.values import value_of
from khue.registry.roster import rules

MOVES: Final = (
    "admitted",
    "transferred_in",
    "returned",
    "transferred_out",
    "dropped",
    "reserved",
    "deceased",
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days a form speaks of: the year and its day; the day it counts from, and the year of that."""

    year: int
    day: date
    year_before: int
    day_before: date
    term: int = 0  # whose results: 1, or 0 for the year


# A pupil counts on a day who has come by it and not left by it; who completed the level counts to the end of the year.
_PUPILS: Final = """
    select e.id, e.person_id, e.school_id, e.level, e.grade, e.classroom_id, e.is_repeat,
           coalesce(p.sex, 0)::int as sex, (p.ethnicity not in ('', '01', '55', '56'))::int as minority, p.birth_date
    from roster_enrolment e join people_person p on p.id = e.person_id
    where e.school_id = any(%(schools)s::bigint[]) and e.year_id = %(year)s and e.joined_on <= %(day)s
      and (e.left_on is null or e.left_on > %(day)s or e.status = 'completed')
      and not (e.status = 'reserved' and e.status_on <= %(day)s)
"""
_BEFORE: Final = _PUPILS.replace("%(year)s", "%(year_before)s").replace("%(day)s", "%(day_before)s")
_COUNTS: Final = """
    select h.*, coalesce(c.sessions_a_week >= 9, false) as is_two, c.combined_with_id is not null as is_combined,
           c.is_special
    from roster_head_count h left join roster_classroom c on c.id = h.classroom_id
    where h.school_id = any(%(schools)s::bigint[]) and h.year_id = %(year)s and h.pupils > 0
      and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s)
"""
_COMMON: Final = """
select 'schools' as measure, u.id as school_id, l as level, 0 as grade, 0 as sex, 0 as minority, '' as tag, 1 as n
from org_unit u, unnest(u.levels[1:1]) l where u.id = any(%(schools)s::bigint[])
union all
select 'campuses', u.id, '', 0, 0, 0, '', greatest(1, count(k.id))::int from org_unit u
left join org_unit k on k.parent_id = u.id and k.kind = 'campus' and k.opened_on <= %(day)s
  and (k.closed_on is null or k.closed_on > %(day)s)
where u.id = any(%(schools)s::bigint[]) group by u.id
union all
select m.measure, h.school_id, h.level, h.grade, 0, 0, '', sum(m.n)::int from counts h
cross join lateral (values
  ('pupils', h.pupils), ('girls', h.girls), ('minority', h.minority),
  ('pupils_in_classes', case when h.classroom_id is not null then h.pupils else 0 end),
  ('pupils_unplaced', case when h.classroom_id is null then h.pupils else 0 end),
  ('pupils_two_sessions', case when h.is_two then h.pupils else 0 end),
  ('classes', (h.classroom_id is not null)::int), ('classes_combined', h.is_combined::int),
  ('classes_two_sessions', h.is_two::int),
  ('classes_over', (h.classroom_id is not null and h.pupils > case when h.is_special
     then least((%(limits)s::int[])[h.grade + 7], %(special)s) else (%(limits)s::int[])[h.grade + 7] end)::int)
) as m(measure, n) group by 1, 2, 3, 4 having sum(m.n) > 0
union all
select 'enrolled', school_id, level, grade, sex, minority, '', count(*)::int from present group by 2, 3, 4, 5, 6
union all
select 'disabled', p.school_id, p.level, p.grade, p.sex, p.minority, '', count(*)::int from present p
join roster_pupil_profile f on f.person_id = p.person_id and f.disability <> '' group by 2, 3, 4, 5, 6
union all
select 'staff', o.unit_id, '', case when o.post in ('principal', 'vice_principal') then 1 when o.post = 'teacher' then 2
       else 3 end, coalesce(p.sex, 0), (p.ethnicity not in ('', '01', '55', '56'))::int,
       case when s.contract ilike 'viên chức%%' then 'officer' when s.contract ilike 'hợp đồng%%' then 'contract'
            else '' end, count(*)::int
from staff_position o join people_person p on p.id = o.person_id left join staff_member s on s.person_id = o.person_id
where o.unit_id = any(%(schools)s::bigint[]) and o.is_main and o.starts_on <= %(day)s
  and (o.ends_on is null or o.ends_on > %(day)s) group by 2, 4, 5, 6, 7
"""
_START: Final = f"""
with counts as materialized ({_COUNTS}), present as materialized ({_PUPILS}), before as materialized ({_BEFORE})
{_COMMON}
union all
select 'repeaters', school_id, level, grade, sex, minority, '', count(*)::int from present where is_repeat
group by 2, 3, 4, 5, 6
union all
select 'age', p.school_id, p.level, 0, p.sex, p.minority,
       case when p.birth_date is null then '?' else
         least(greatest(%(year)s - extract(year from p.birth_date)::int, b.first - 1), b.last + 1)::text end,
       count(*)::int
from present p join unnest(%(levels)s::text[], %(firsts)s::int[], %(lasts)s::int[]) as b(level, first, last)
  on b.level = p.level group by 2, 3, 5, 6, 7
union all
select 'pupils_before', h.school_id, h.level, 0, 0, 0, '', sum(h.pupils)::int from roster_head_count h
where h.school_id = any(%(schools)s::bigint[]) and h.year_id = %(year_before)s and h.valid_from <= %(day_before)s
  and (h.valid_to is null or h.valid_to > %(day_before)s) group by 2, 3
union all
select 'came', p.school_id, p.level, p.grade, p.sex, p.minority, coalesce(k.kind, 'new'), count(*)::int from present p
left join lateral (select v.kind from roster_enrolment_event v where v.enrolment_id = p.id
  and v.kind in ('transferred_in', 'returned') and v."on" <= %(day)s order by v."on" desc limit 1) k on true
where not exists (select from before b where (b.person_id, b.school_id, b.level) = (p.person_id, p.school_id, p.level))
group by 2, 3, 4, 5, 6, 7
union all
select 'went', b.school_id, b.level, 0, b.sex, b.minority,
       case when o.status in ('completed', 'dropped', 'transferred_out') then o.status
            when o.status in ('reserved', 'deceased') then 'other'
            when exists (select from roster_enrolment x where x.person_id = b.person_id and x.year_id = %(year)s
              and (x.school_id <> b.school_id or x.level <> b.level)) then 'transferred_out' else 'unknown' end,
       count(*)::int
from before b
left join lateral (select e.status from roster_enrolment e
  where e.person_id = b.person_id and e.school_id = b.school_id and e.level = b.level
    and e.year_id in (%(year)s, %(year_before)s) and e.status <> 'studying' order by e.year_id desc limit 1) o on true
where not exists (select from present p where (b.person_id, b.school_id, b.level) = (p.person_id, p.school_id, p.level))
group by 2, 3, 5, 6, 7
union all
select 'teachers_trained', o.unit_id, '', 0, coalesce(p.sex, 0), (p.ethnicity not in ('', '01', '55', '56'))::int,
       case when s.qualification ilike any(array['thạc sĩ%%', 'tiến sĩ%%']) then 'post'
            when s.qualification ilike 'đại học%%' then 'degree' when s.qualification ilike 'cao đẳng%%' then 'college'
            else 'other' end, count(*)::int
from staff_position o join people_person p on p.id = o.person_id left join staff_member s on s.person_id = o.person_id
where o.unit_id = any(%(schools)s::bigint[]) and o.is_main and o.post = 'teacher' and o.starts_on <= %(day)s
  and (o.ends_on is null or o.ends_on > %(day)s) group by 2, 5, 6, 7
"""  # noqa: S608 (our own SQL)
_LATER: Final = f"""
with counts as materialized ({_COUNTS}), present as materialized ({_PUPILS}),
judged as materialized (
    select p.*, coalesce(r.learning, '') as learning, coalesce(r.conduct, '') as conduct,
           coalesce(r.outcome, '') as outcome, coalesce(r.award, '') as award
    from present p left join gradebook_result r on r.enrolment_id = p.id and r.term = %(term)s
)
{_COMMON}
union all
select 'pupils_before', h.school_id, h.level, h.grade, 0, 0, '', sum(h.pupils)::int from roster_head_count h
where h.school_id = any(%(schools)s::bigint[]) and h.year_id = %(year_before)s and h.valid_from <= %(day_before)s
  and (h.valid_to is null or h.valid_to > %(day_before)s) group by 2, 3, 4
union all
select 'moved', e.school_id, e.level, e.grade, coalesce(p.sex, 0), (p.ethnicity not in ('', '01', '55', '56'))::int,
       v.kind, count(*)::int
from roster_enrolment_event v join roster_enrolment e on e.id = v.enrolment_id
join people_person p on p.id = e.person_id
where v.school_id = any(%(schools)s::bigint[]) and e.school_id = v.school_id and e.year_id = %(year)s
  and v."on" > %(day_before)s and v."on" <= %(day)s and v.kind = any(%(moves)s) group by 2, 3, 4, 5, 6, 7
union all
select 'dropped', e.school_id, e.level, e.grade, coalesce(p.sex, 0), (p.ethnicity not in ('', '01', '55', '56'))::int,
       case when v.reason_code = any(%(reasons)s) then v.reason_code else 'other' end, count(*)::int
from roster_enrolment_event v join roster_enrolment e on e.id = v.enrolment_id
join people_person p on p.id = e.person_id
where v.school_id = any(%(schools)s::bigint[]) and e.school_id = v.school_id and e.year_id = %(year)s
  and v."on" > %(day_before)s and v."on" <= %(day)s and v.kind = 'dropped' group by 2, 3, 4, 5, 6, 7
union all
select 'learning', school_id, level, grade, sex, minority, learning, count(*)::int from judged group by 2, 3, 4, 5, 6, 7
union all
select 'conduct', school_id, level, grade, sex, minority, conduct, count(*)::int from judged group by 2, 3, 4, 5, 6, 7
union all
select 'award', school_id, level, grade, sex, minority, award, count(*)::int from judged where award <> ''
group by 2, 3, 4, 5, 6, 7
union all
select 'outcome', school_id, level, grade, sex, minority,
       case when outcome in ('LEN_LOP', 'HOAN_THANH') then 'promoted' when outcome = 'O_LAI' then 'retained'
            when outcome in ('REN_LUYEN_HE', 'KIEM_TRA_LAI', 'BO_SUNG', 'HIEU_TRUONG_XET') then 'later' else '' end,
       count(*)::int
from judged group by 2, 3, 4, 5, 6, 7
union all
select 'last_grade', p.school_id, p.level, 0, p.sex, p.minority,
       case when e.status = 'completed' or p.outcome in ('LEN_LOP', 'HOAN_THANH') then 'done' else '' end,
       count(*)::int
from judged p join roster_enrolment e on e.id = p.id
join unnest(%(levels)s::text[], %(tops)s::int[]) as t(level, top) on t.level = p.level and t.top = p.grade
group by 2, 3, 5, 6, 7
"""  # noqa: S608 (our own SQL)


def all_facts(kind: str, schools: Sequence[int], span: Span) -> dict[int, list[Fact]]:
    """The facts of a kind of form by school; one statement."""
    secondary = int(value_of("roster.class_limit_secondary"))
    limits = [
        rules.size_limit(grade, span.day, secondary_limit=secondary) or None if grade else None
        for grade in range(-6, 13)
    ]
    values: dict[str, Any] = {
        "schools": list(schools), "year": span.year, "day": span.day, "year_before": span.year_before,
        "day_before": span.day_before, "term": span.term, "limits": limits,
        "special": rules.size_limit(12, span.day, is_special=True), "levels": list(LEVELS),
        "firsts": [ages[0] for _words, _grades, ages in LEVELS.values()],
        "lasts": [ages[1] for _words, _grades, ages in LEVELS.values()],
        "tops": [grades[-1] for _words, grades, _ages in LEVELS.values()],
        "moves": list(MOVES), "reasons": [code for code in rules.DROP_REASONS if code != "other"],
    }  # fmt: skip
    found: dict[int, list[Fact]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_START if kind == "start" else _LATER, values)
        for measure, school_id, *rest in cursor.fetchall():
            found[school_id].append(Fact(measure, *rest))
    return found
