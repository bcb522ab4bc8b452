"""The pupil list as it is opened, without conditions: one statement, planned once a connection.

Four of five visits to the list are this one. The order is that of an index of `roster_enrolment`, so fifty rows are
read for fifty names, in a school as in a province.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.statements import fetch

COUNTED = """
with counted as (
    select count(*)::int as n from (
        select 1 from roster_enrolment e
        where e.year_id = %s {where} and e.status in ('studying', 'suspended', 'reserved') limit {most}) few
)
"""
MANY = "with counted as (select {most} as n)"  # there were more than are counted a moment ago
PAGE = """
select e.id, e.person_id, p.full_name, p.birth_date, p.birth_precision, p.sex, p.ethnicity, p.ministry_code,
       p.personal_id, p.code, e.classroom_id, c.name, e.school_id, e.status, e.is_current, e.is_repeat, e.grade,
       u.name, counted.n
from (select * from roster_enrolment e
      where e.year_id = %s {where} and e.status in ('studying', 'suspended', 'reserved')
      order by e.sort_key, e.id limit %s offset %s) e
join people_person p on p.id = e.person_id
left join roster_classroom c on c.id = e.classroom_id
join org_unit u on u.id = e.school_id, counted
order by e.sort_key, e.id
"""
REMEMBERED = 60.0  # seconds: so long "more than 10,000" is believed without counting to 10,000 again
WHERE = {UnitKind.SCHOOL: "and e.school_id = %s", UnitKind.DEPARTMENT: ""}
FIELDS = (
    "id", "person_id", "person__full_name", "person__birth_date", "person__birth_precision", "person__sex",
    "person__ethnicity", "person__ministry_code", "person__personal_id", "person__code", "classroom_id",
    "classroom__name", "school_id", "status", "is_current", "is_repeat", "grade", "school__name",
)  # fmt: skip

_many_until: dict[tuple[int, int, int], float] = {}  # by unit, year and how many are counted; seconds


def all_opened(
    unit: Unit, year_id: int, offset: int, limit: int, most: int
) -> tuple[list[dict[str, Any]], int] | None:
    """Rows of a school or of the province and how many match, counted up to `most` + 1; None for other units.

    Unscoped: only for a unit at which the permission holds.
    """
    where = WHERE.get(UnitKind(unit.kind))
    if where is None or (unit.kind == UnitKind.DEPARTMENT and unit.parent_id is not None):
        return None
    here = [unit.pk] if where else []
    place = (unit.pk, year_id, most)
    if _many_until.get(place, 0.0) > monotonic():
        sql, values = MANY + PAGE, [year_id, *here, limit, offset]
    else:
        sql, values = COUNTED + PAGE, [year_id, *here, year_id, *here, limit, offset]
    found = fetch(sql.format(where=where, most=most + 1), values)
    rows = [dict(zip(FIELDS, row, strict=False)) for row in found]
    counted = found[0][-1] if found else 0
    if counted > most and sql.startswith(COUNTED):
        _many_until[place] = monotonic() + REMEMBERED
    return rows, counted
