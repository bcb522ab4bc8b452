"""What is known of every unit of a floor, for a rule: from the figures kept by day, or from a module's own count.

A handful of statements however many units: two thousand schools are two index probes each. Figures of another school
year than the latest day's are no figures: a rule starts afresh with the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from khue.command.alerts.counts import COUNTS, Count
from khue.command.alerts.models import Floor
from khue.command.alerts.rules import Reading
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator, value_of
from khue.kernel.indicators.words import say, unit_of
from khue.kernel.org.models import MIDDLE_KINDS, UnitKind
from khue.ui.words import counted

KINDS: Final[dict[str, tuple[str, ...]]] = {
    Floor.DEPARTMENT: (UnitKind.DEPARTMENT,),
    Floor.MIDDLE: tuple(MIDDLE_KINDS),
    Floor.SCHOOL: (UnitKind.SCHOOL,),
}

_LATEST = "select day, year from indicators_snapshot order by day desc limit 1"
_FIRST = "select min(day) from indicators_snapshot where year = %s"
_AT = (
    "left join lateral (select top, bottom, day, year from indicators_figure f where f.indicator = %(name)s "
    "and f.unit_id = u.id and f.day <= {day} order by f.day desc limit 1) {alias} on true"
)
_FIGURES = f"""
select u.id, n.top, n.bottom, n.day, p.top, p.bottom
from org_unit u {_AT.format(day="%(day)s", alias="n")} and n.year = %(year)s
{_AT.format(day="%(before)s", alias="p")} and p.year = %(year)s
where u.kind = any(%(kinds)s) and u.closed_on is null and (%(levels)s = '{{}}' or u.levels && %(levels)s::varchar[])
and (%(units)s::bigint[] is null or u.id = any(%(units)s))
"""  # noqa: S608 (our own SQL)
_COUNTED = """
with c(unit_id, value) as ({sql})
select u.id, c.value from c join org_unit u on u.id = c.unit_id
where u.kind = any(%(kinds)s) and u.closed_on is null and (%(units)s::bigint[] is null or u.id = any(%(units)s))
"""


@dataclass(frozen=True)
class Source:
    """A figure a rule can watch, as pages name it in their reader's language."""

    name: str
    label: str
    unit: str
    decimals: int
    definition: str
    is_indicator: bool
    one: str = ""  # its unit beside a one

    def unit_of(self, value: float | None) -> str:
        """Its unit beside a value: 1 class, 2 classes."""
        return self.one if value == 1 and not self.decimals else self.unit


def source(name: str) -> Source | None:
    """The figure of that name; None when no module declares it."""
    count = COUNTS.get(name)
    if count:
        return Source(
            name, str(count.label), str(count.unit), 0, str(count.definition), False, counted(count.unit, 1)
        )
    found = catalogue.indicators().get(name)
    if found is None:
        return None
    return Source(
        name, say(found.label), say(found.unit), found.decimals, say(found.definition), True, unit_of(found, 1)
    )  # fmt: skip


def sources() -> list[Source]:
    """All figures a rule can watch: the counts, then the catalogue of indicators."""
    names = [*COUNTS, *catalogue.indicators()]
    return [one for one in map(source, names) if one]


def all_readings(
    figure: str, floor: str, window_days: int, today: date, units: Sequence[int] | None = None
) -> dict[int, Reading]:
    """What is known of each open unit of a floor (or of some of them); empty when nobody declares the figure."""
    count = COUNTS.get(figure)
    if count:
        return _counted(count, KINDS[floor], today, units)
    found = catalogue.indicators().get(figure)
    return _kept(found, KINDS[floor], window_days, units) if found else {}


def all_of_kinds(figure: str, kinds: Sequence[str], today: date, units: Sequence[int]) -> dict[int, float]:
    """The figure of some units today, whatever their floor; units without one are left out."""
    count = COUNTS.get(figure)
    indicator = catalogue.indicators().get(figure)
    if count:
        found = _counted(count, kinds, today, units)
    elif indicator:
        found = _kept(indicator, kinds, 0, units)
    else:
        return {}
    return {pk: one.value for pk, one in found.items() if one.value is not None}


def all_latest_day() -> tuple[date, int] | None:
    """The latest day of figures and the school year they are of."""
    found = _fetch(_LATEST, {})
    return (found[0][0], found[0][1]) if found else None


def _kept(
    indicator: Indicator, kinds: Sequence[str], window_days: int, units: Sequence[int] | None
) -> dict[int, Reading]:
    latest = all_latest_day()
    if latest is None:
        return {}
    day, year = latest
    levels = "{" + ",".join(indicator.levels if set(kinds) == {UnitKind.SCHOOL} else ()) + "}"
    rows = _fetch(
        _FIGURES,
        {
            "name": indicator.name, "day": day, "before": day - timedelta(days=window_days), "year": year,
            "kinds": list(kinds), "levels": levels, "units": None if units is None else list(units),
        },
    )  # fmt: skip
    first = _fetch(_FIRST.replace("%s", "%(year)s"), {"year": year})[0][0] or day
    found = {}
    for unit_id, top, bottom, since, past_top, past_bottom in rows:
        value = value_of(indicator, top, bottom)
        past = value_of(indicator, past_top, past_bottom) if window_days else None
        missing = 0 if value is not None else (day - (since or first)).days
        found[unit_id] = Reading(value, past, missing)
    return found


def _counted(
    count: Count, kinds: Sequence[str], today: date, units: Sequence[int] | None
) -> dict[int, Reading]:
    rows = _fetch(
        _COUNTED.format(sql=count.sql),
        {"day": today, "kinds": list(kinds), "units": None if units is None else list(units)},
    )
    return {unit_id: Reading(value) for unit_id, value in rows}


def _fetch(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
