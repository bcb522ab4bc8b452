"""Which figures of units are hidden from who may not see the rows: small ones, and those that stand in for them.

A figure stands beside its siblings under the sum of them all, and that sum beside its own siblings, on a page of its
own each. So what stands in for a small one stands under the same sum, and what is hidden above is hidden below, for
the parts of a hidden figure add up to it. Whatever shows a unit's figure, a page, a ranking, a trend or a file, reads
it together with what stands beside it at every step above, and hides the same units on the same day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from khue.kernel.indicators import privacy
from khue.kernel.indicators.declare import SHARE, Indicator
from khue.kernel.statements import fetch

if TYPE_CHECKING:
    from khue.kernel.org.models import Unit

# From which day, of which year, top, bottom.
Kept = tuple[date | None, int | None, float | None, float | None]
_NOTHING: Final = (None, None, None, None)  # of a campus nothing is kept by day

_AT: Final = """
select i.name, d.day, u.id, u.parent_id, f.day, f.year, f.top, f.bottom
from unnest(%s::text[]) as i(name) cross join unnest(%s::date[]) as d(day) cross join org_unit u left join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = u.id and indicator = i.name and day <= d.day order by day desc limit 1
) f on true
where (u.parent_id = any(%s::bigint[]) or u.id = %s) and u.kind <> 'campus'
order by length(u.path), u.id
"""
_UNDER: Final = """
select u.id, u.code, u.name, u.kind, u.levels, u.region, u.is_public, p.name, f.day, f.year, f.top, f.bottom,
    u.parent_id, u.path, u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
from org_unit u left join org_unit p on p.id = u.parent_id left join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = u.id and indicator = %s and day <= %s order by day desc limit 1
) f on true
where (u.parent_id = any(%s::bigint[]) or u.id = %s or u.path like %s) and u.kind <> 'campus'
order by u.kind, u.sort_key
"""


def hidden_of(
    indicator: Indicator, rows: Iterable[tuple[int, int | None, float | None, float | None]]
) -> set[int]:
    """The units that are hidden among (unit, unit above, top, bottom), those above before those below.

    A unit without one above stands beside nobody: who reads its figure looks at that alone.
    """
    is_share = indicator.scale == SHARE
    sums: dict[int | None, list[tuple[int, float | None, float | None]]] = {}
    for unit, above, top, bottom in rows:
        sums.setdefault(above, []).append((unit, top, bottom))
    found: set[int] = set()
    for above, parts in sums.items():
        if above is None:
            found |= {unit for unit, *value in parts if privacy.is_secret(*value, is_share=is_share)}
            continue
        hidden = privacy.hide(
            [top for _unit, top, _bottom in parts],
            [bottom for _unit, _top, bottom in parts] if indicator.bottom is not None else None,
            is_share=is_share,
        )
        is_all = hidden.total or above in found
        found |= {part[0] for part, is_one in zip(parts, hidden.parts, strict=True) if is_all or is_one}
    return found


def kept(
    indicators: Sequence[Indicator], unit: Unit, days: Iterable[date]
) -> dict[tuple[str, date], tuple[Kept, bool]]:
    """A unit's figures as of some days and whether they are hidden, by indicator and day; one query."""
    known = {one.name: one for one in indicators}
    above = unit.ancestor_ids
    tables: dict[tuple[str, date], list[tuple[Any, ...]]] = {}
    for name, day, *row in fetch(_AT, [[*known], sorted(set(days)), above[:-1], above[0]]):
        tables.setdefault((name, day), []).append(tuple(row))
    found = {}
    for (name, day), rows in tables.items():
        hidden = hidden_of(known[name], [(pk, over, top, bottom) for pk, over, *_when, top, bottom in rows])
        since, year, top, bottom = next((row[2:] for row in rows if row[0] == unit.pk), _NOTHING)
        found[name, day] = (since, year, top, bottom), not hidden.isdisjoint(above)
    return found


def under(
    indicator: Indicator, unit: Unit, day: date, *, at_any_depth: bool = False
) -> list[tuple[tuple[Any, ...], bool]]:
    """The open units below one, each with its columns and figure as in `queries` and whether it is hidden; one query,
    planned with its values: a plan for any of them would not use the index."""
    above = unit.ancestor_ids
    parents, path = (above[:-1], f"{unit.path}%") if at_any_depth else (above, "")
    with connection.cursor() as cursor:
        cursor.execute(_UNDER, [day, day, indicator.name, day, parents, above[0], path])
        rows = cursor.fetchall()
    depths = sorted(
        (len(path), pk, over, top, bottom) for pk, *_of, top, bottom, over, path, _is_open in rows
    )
    hidden = hidden_of(indicator, [row[1:] for row in depths])
    return [
        (tuple(columns), columns[0] in hidden)
        for *columns, over, path, is_open in rows
        if is_open
        and (over == unit.pk or (at_any_depth and path.startswith(unit.path) and path != unit.path))
    ]
