"""Finding pupils who may be in the books twice: a set of SQL, weighed by `rules.likeness`, kept as open pairs.

Candidates are suggestions of the program, derived from the records and refreshed by a job, so they are no part of the
audit record; what a person decides about a pair is. Looked at: the same number in two systems, the same folded name
and birth date (in one school or in two), and whether one of the two still goes by a temporary code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from khue.registry.roster import rules

LIKELY: Final = 50
LOCAL: Final = ("school", "temporary")  # systems whose numbers say nothing beyond their school

_FIND = """
with held as (
    select e.person_id, e.school_id from roster_enrolment e
    where e.is_current and (%(schools)s::bigint[] is null or e.school_id = any(%(schools)s::bigint[]))
), near as (
    select least(a.id, b.id) as first, greatest(a.id, b.id) as second, true as same, false as number, false as ministry
    from held h join people_person a on a.id = h.person_id
    join people_person b on b.search_key = a.search_key and b.birth_date = a.birth_date and b.id <> a.id
    where a.merged_into_id is null and b.merged_into_id is null
    union all
    select least(a.id, i.person_id), greatest(a.id, i.person_id), false, true, false
    from held h join people_person a on a.id = h.person_id
    join people_identifier i on i.value = a.personal_id and i.person_id <> a.id
    where i.system <> all(%(local)s) and a.merged_into_id is null
    union all
    select least(a.id, i.person_id), greatest(a.id, i.person_id), false, false, true
    from held h join people_person a on a.id = h.person_id
    join people_identifier i on i.value = a.ministry_code and i.person_id <> a.id
    where i.system <> all(%(local)s) and a.merged_into_id is null
    union all
    select least(i.person_id, j.person_id), greatest(i.person_id, j.person_id), false, true, false
    from held h join people_identifier i on i.person_id = h.person_id
    join people_identifier j on j.value = i.value and j.system = i.system and j.person_id <> i.person_id
    where i.system <> all(%(local)s)
), pair as (
    select first, second, bool_or(same) as same, bool_or(number) as number, bool_or(ministry) as ministry
    from near group by 1, 2
)
select p.first, p.second, a.search_key = b.search_key, coalesce(a.birth_date = b.birth_date, false), p.number,
       p.ministry, coalesce(a.sex = b.sex, true), a.ministry_code is null or b.ministry_code is null,
       coalesce(a.personal_id <> b.personal_id, false), case when e.school_id = f.school_id then e.school_id end
from pair p
join people_person a on a.id = p.first and a.merged_into_id is null
join people_person b on b.id = p.second and b.merged_into_id is null
join roster_enrolment e on e.person_id = p.first and e.is_current
join roster_enrolment f on f.person_id = p.second and f.is_current
"""

_KEEP = """
with found as (
    select * from unnest(
        %(first)s::bigint[], %(second)s::bigint[], %(why)s::text[], %(score)s::int[], %(school)s::bigint[]
    ) as f(first_id, second_id, why, score, school_id)
), gone as (
    delete from roster_duplicate_pair p
    where p.decision = 'open' and not exists (
        select 1 from found f where f.first_id = p.first_id and f.second_id = p.second_id)
      and (%(schools)s::bigint[] is null or exists (
        select 1 from roster_enrolment e where e.person_id in (p.first_id, p.second_id) and e.is_current
        and e.school_id = any(%(schools)s::bigint[])))
      and not exists (
        select 1 from people_person q where q.id in (p.first_id, p.second_id) and q.merged_into_id is not null)
)
insert into roster_duplicate_pair as p (first_id, second_id, why, score, school_id, decision, moved)
select first_id, second_id, why, score, school_id, 'open', '{}' from found
on conflict (first_id, second_id) do update
set why = excluded.why, score = excluded.score, school_id = excluded.school_id
where p.decision = 'open'
  and (p.why, p.score, p.school_id) is distinct from (excluded.why, excluded.score, excluded.school_id)
"""


def refresh(schools: Sequence[int] | None) -> int:
    """Look at the pupils of some schools (None: the province) and keep the likely pairs; gives how many are likely."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND, {"schools": list(schools) if schools is not None else None, "local": list(LOCAL)}
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        kept: list[tuple[int, int, str, int, int | None]] = []
        for first, second, name, birth, number, ministry, sex, is_temporary, numbers_differ, school in found:
            like = rules.likeness(
                same_name=name, same_birth=birth, same_personal_id=number, same_ministry_code=ministry, same_sex=sex,
                one_is_temporary=is_temporary, numbers_differ=numbers_differ,
            )  # fmt: skip
            if like.score >= LIKELY:
                kept.append((first, second, "; ".join(like.reasons)[:120], like.score, school))
        columns = list(zip(*kept, strict=True)) or [(), (), (), (), ()]
        names = ("first", "second", "why", "score", "school")
        values = {name: list(column) for name, column in zip(names, columns, strict=True)}
        cursor.execute(_KEEP, {**values, "schools": list(schools) if schools is not None else None})
    return len(kept)
