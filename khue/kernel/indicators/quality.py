"""How good a figure is: how many schools stand behind it, from which it is missing, how fresh it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.db import connection
from django.utils import timezone

from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import value_of
from khue.kernel.indicators.queries import may_see, schools, sees_rows

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor
    from khue.kernel.org.models import Unit

STALE: Final = timedelta(hours=26)  # a copy is made at least once a day
SHOWN: Final = 8
BINS: Final = 12
KEPT: Final = 512  # spreads a process remembers


@dataclass(frozen=True, slots=True)
class School:
    """A school in the spread of a figure."""

    unit_id: int
    code: str
    name: str
    parent: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure lies over the schools under a unit, and from which it is missing."""

    expected: int  # schools that should have it
    present: int
    quartiles: tuple[float, ...] = ()  # least, lower quarter, middle, upper quarter, most
    bins: tuple[tuple[float, float, int], ...] = ()  # from, to, schools
    behind: tuple[School, ...] = ()  # the worst by the indicator's direction; without one the least
    missing: tuple[School, ...] = ()  # the first few

    @property
    def percent(self) -> int | None:
        """How much of what is expected is there, rounded down; None when nothing is."""
        return 100 * self.present // self.expected if self.expected else None

    @property
    def lacking(self) -> int:
        """Schools without the figure."""
        return self.expected - self.present


_SPREAD = """
with s as materialized (
    select u.id, case when %s then %s * f.top / nullif(f.bottom, 0) else %s * f.top end as v
    from org_unit u left join lateral (
        select top, bottom from indicators_figure
        where unit_id = u.id and indicator = %s and day <= %s order by day desc limit 1
    ) f on true
    where u.path like %s and u.kind = 'school' and u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
    and (cardinality(%s::varchar[]) = 0 or u.levels && %s::varchar[])
), e as (select min(v) as low, max(v) as high from s)
select (select count(*) from s), (select count(v) from s),
    (select percentile_cont(array[0, 0.25, 0.5, 0.75, 1]) within group (order by v) from s where v is not null),
    (select json_agg(json_build_array(b, n) order by b) from (
        select least(width_bucket(v, low, high, %s::int), %s::int) as b, count(*) as n from s cross join e
        where v is not null and high > low group by 1) h)::text,
    (select json_agg(json_build_array(u.id, u.code, u.name, p.name, w.v) order by w.v * %s::int desc, u.sort_key)
     from (select * from s where v is not null order by v * %s::int desc, id limit %s) w
     join org_unit u on u.id = w.id join org_unit p on p.id = u.parent_id)::text,
    (select json_agg(json_build_array(u.id, u.code, u.name, p.name) order by u.sort_key)
     from (select id from s where v is null order by id limit %s) m
     join org_unit u on u.id = m.id join org_unit p on p.id = u.parent_id)::text
"""


def spread(
    actor: Actor, name: str, unit: Unit, day: date | None = None, *, computed_at: datetime | None = None
) -> Spread | None:
    """How a figure lies over the schools under a unit; None when it is not the actor's. One query, worked out there.

    Who may not see the rows gets no school by name whose number is hidden. With `computed_at`, of the day's figures,
    the answer is kept in this process until they are computed anew: it is the same for everybody who may see it.
    """
    indicator = catalogue.indicators().get(name)
    if indicator is None or unit.is_school or not may_see(actor, indicator, unit):
        return None
    on = day or timezone.localdate()
    if not sees_rows(actor, indicator, unit):
        return _guarded(actor, name, unit, on)
    if computed_at is None:
        return _over_schools(name, unit.path, on)
    return _kept(connection.settings_dict["NAME"], name, unit.path, on, computed_at)


@lru_cache(maxsize=KEPT)
def _kept(database: str, name: str, path: str, on: date, computed_at: datetime) -> Spread:
    return _over_schools(name, path, on)


def forget() -> None:
    """Let go of the spreads this process remembers: measurements of a first visit begin so."""
    _kept.cache_clear()


def _over_schools(name: str, path: str, on: date) -> Spread:
    """Planned with its values each time: a plan that fits any of them would not use the index."""
    indicator = catalogue.indicators()[name]
    worse = 1 if indicator.direction == "down" else -1
    levels = list(indicator.levels)
    scale = float(indicator.scale)
    with connection.cursor() as cursor:
        cursor.execute(
            _SPREAD,
            [indicator.bottom is not None, scale, scale, name, on, f"{path}%", on, on, levels, levels,
             BINS, BINS, worse, worse, SHOWN, SHOWN],
        )  # fmt: skip
        expected, present, quartiles, bins, behind, missing = cursor.fetchone()
    return Spread(
        expected, present, tuple(quartiles or ()), _bins(_read(bins), quartiles),
        tuple(School(*one) for one in _read(behind)), tuple(School(*one) for one in _read(missing)),
    )  # fmt: skip


def _read(text: str | None) -> list[Any]:
    return orjson.loads(text) if text else []


def _bins(
    counted: Sequence[tuple[int, int]], quartiles: Sequence[float] | None
) -> tuple[tuple[float, float, int], ...]:
    if not counted or not quartiles:
        return ()
    low, high = quartiles[0], quartiles[-1]
    width = (high - low) / BINS
    by_number = dict(counted)
    return tuple((low + width * at, low + width * (at + 1), by_number.get(at + 1, 0)) for at in range(BINS))


def _guarded(actor: Actor, name: str, unit: Unit, day: date) -> Spread:
    """The same where small numbers are hidden: hidden schools count as present, and are neither named nor placed."""
    rows = schools(actor, name, unit, day)
    shown = [one for one in rows if one.figure.value is not None]
    gone = [one for one in rows if one.figure.value is None and not one.figure.is_hidden]
    worse = 1 if catalogue.indicators()[name].direction == "down" else -1
    shown.sort(key=lambda one: (-worse * (one.figure.value or 0), one.name))
    return Spread(
        len(rows), len(rows) - len(gone),
        behind=tuple(School(o.unit_id, o.code, o.name, o.parent, o.figure.value) for o in shown[:SHOWN]),
        missing=tuple(School(o.unit_id, o.code, o.name, o.parent) for o in gone[:SHOWN]),
    )  # fmt: skip


def missing(actor: Actor, name: str, unit: Unit, day: date | None = None) -> list[School]:
    """Every school under a unit that should have the figure and has none."""
    indicator = catalogue.indicators().get(name)
    if indicator is None or not may_see(actor, indicator, unit):
        return []
    rows = schools(actor, name, unit, day)
    return [
        School(one.unit_id, one.code, one.name, one.parent)
        for one in rows
        if not one.figure.is_hidden and value_of(indicator, one.figure.top, one.figure.bottom) is None
    ]


def is_stale(copied_at: datetime, asked: date | None = None) -> bool:
    """Whether the copy behind the newest figures is older than it should be; a past day somebody asked for is as fresh
    as it can be."""
    is_past = asked is not None and asked < timezone.localdate()
    return not is_past and timezone.now() - copied_at > STALE
