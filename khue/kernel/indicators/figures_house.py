"""Figures of the house itself: units and their campuses."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Figures
from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, copied

UNITS: Final = copied(
    "indicators.units",
    "Trường và điểm trường",
    """
    year int16, unit_id int32, campus_id int32, kind text, school_level text, has_preschool bool,
    has_primary bool, has_lower bool, has_upper bool, has_continuing bool, ownership text, region int16,
    is_main bool, is_site bool, has_internet bool
    """,
    # A school, and under it its campuses; a site is a campus, or a school that has none.
    f"""
select 0 as year, u.id as unit_id, c.id as campus_id, coalesce(c.kind, u.kind) as kind, {SCHOOL_LEVEL} as school_level,
       'MN' = any(u.levels) as has_preschool, 'TH' = any(u.levels) as has_primary, 'THCS' = any(u.levels) as has_lower,
       'THPT' = any(u.levels) as has_upper, 'GDTX' = any(u.levels) as has_continuing, {OWNERSHIP} as ownership,
       u.region, coalesce(c.is_main, true) as is_main,
       c.id is not null or not exists (
           select from org_unit k where k.parent_id = u.id and k.kind = 'campus' and k.closed_on is null
       ) as is_site, coalesce(c.has_internet, u.has_internet) as has_internet
from org_unit u
left join lateral (
    select null::bigint as id, null::text as kind, null::bool as is_main, null::bool as has_internet
    union all
    select k.id, k.kind, k.is_main, k.has_internet from org_unit k
    where k.parent_id = u.id and k.kind = 'campus' and k.closed_on is null
) c on true
where u.kind = 'school' and u.closed_on is null
""",  # noqa: S608
    rows="khue.kernel.indicators.figures_house.units_rows",
)

FIGURES: Final = Figures(facts=(UNITS,))
