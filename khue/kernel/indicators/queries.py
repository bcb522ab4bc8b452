"""Every read of kept figures: of a unit, of the units below it, over days; as far as the actor's grants reach.

What lies outside the reach does not come back at all; of the unit above, schools and offices get ratios only, rounded
as they are shown, and only when enough others stand behind them (decision 0010). Rows are found in the index (unit,
indicator, day) alone, one step each, so a page costs the same after ten years of days as after one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone

from khue.kernel.indicators import catalogue, hiding, privacy
from khue.kernel.indicators.declare import Indicator, value_of
from khue.kernel.indicators.models import Snapshot
from khue.kernel.statements import fetch

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor
    from khue.kernel.org.models import Unit

VIEW: Final = "indicators.view"
ROWS: Final = (
    "indicators.view_rows"  # who sees small numbers, unless the indicator names a permission of its own
)


@dataclass(frozen=True, slots=True)
class Value:
    """A figure as somebody sees it: of an indicator, at a unit, on a day. Hidden ones carry no numbers."""

    indicator: Indicator
    unit_id: int
    top: float | None = None
    bottom: float | None = None
    since: date | None = None  # the day from which it has been so
    year: int | None = None
    is_hidden: bool = False

    @property
    def value(self) -> float | None:
        """The figure, unrounded; None when there is nothing to count, or it is hidden."""
        return value_of(self.indicator, self.top, self.bottom)

    @property
    def state(self) -> str:
        """'' ok wait bad, by the indicator's bounds."""
        return state_of(self.indicator, self.value)

    def hidden(self) -> Value:
        """The same without its numbers."""
        return replace(self, top=None, bottom=None, is_hidden=True)


@dataclass(frozen=True, slots=True)
class Below:
    """A unit below another, with its figure."""

    unit_id: int
    code: str
    name: str
    kind: str
    levels: tuple[str, ...]
    region: int
    is_public: bool
    parent: str
    figure: Value


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the unit above has, as a ratio rounded as it is shown."""

    unit_id: int
    name: str
    kind: str
    value: float


@dataclass(frozen=True, slots=True)
class Moment:
    """The day whose figures are shown: when they were taken, and whether they may still move."""

    day: date
    copied_at: datetime
    computed_at: datetime
    year: int
    is_closed: bool


def state_of(indicator: Indicator, value: float | None) -> str:
    """'' when it has no bounds or no value; bad or wait at or beyond a bound, else ok."""
    if value is None or not indicator.direction or (indicator.amber is None and indicator.red is None):
        return ""
    sign = 1 if indicator.direction == "down" else -1
    for bound, state in ((indicator.red, "bad"), (indicator.amber, "wait")):
        if bound is not None and sign * value >= sign * bound:
            return state
    return "ok"


def moment(actor: Actor, day: date | None = None) -> Moment | None:
    """The newest day with figures on or before `day` (today); None before the first one. One query."""
    if not actor.holds(VIEW):
        return None
    row = (
        Snapshot.objects.filter(day__lte=day or timezone.localdate())
        .order_by("-day")
        .values_list("day", "copied_at", "computed_at", "year", "is_closed")
        .first()
    )
    return Moment(*row) if row else None


def days(actor: Actor, since: date | None = None) -> list[date]:
    """The days that have figures, oldest first."""
    if not actor.holds(VIEW):
        return []
    rows = Snapshot.objects.filter(day__gte=since) if since else Snapshot.objects.all()
    return list(rows.order_by("day").values_list("day", flat=True))


# --- how far somebody sees ------------------------------------------------------------------------------------------


def reaches(actor: Actor, unit: Unit, permission: str = VIEW) -> bool:
    """Whether a permission holds at a unit itself (asks no database)."""
    reach = actor.reach(permission)
    return (
        reach.everything
        or any(pk in reach.unit_ids for pk in unit.ancestor_ids)
        or any(unit.path.startswith(path) for path in reach.unit_paths)
    )


def may_see(actor: Actor, indicator: Indicator, unit: Unit) -> bool:
    """Whether somebody sees this indicator of this unit."""
    own = not indicator.permission or reaches(actor, unit, indicator.permission)
    return own and reaches(actor, unit)


def sees_rows(actor: Actor, indicator: Indicator, unit: Unit) -> bool:
    """Whether somebody may see the rows behind the figure, so that nothing small needs hiding from them."""
    return not indicator.about_children or reaches(actor, unit, indicator.more.get("rows", ROWS))


def is_hidden(actor: Actor, indicator: Indicator, unit: Unit, day: date | None = None) -> bool:
    """Whether the figure of a unit is kept from somebody because it is small, or stands in for one that is."""
    if sees_rows(actor, indicator, unit):
        return False
    on = day or timezone.localdate()
    return hiding.kept([indicator], unit, [on])[indicator.name, on][1]


def offered(actor: Actor, unit: Unit) -> list[Indicator]:
    """The indicators somebody may see at a unit, in the order of the catalogue."""
    return [
        one for one in catalogue.indicators().values() if may_see(actor, one, unit) and concerns(one, unit)
    ]


def concerns(indicator: Indicator, unit: Unit) -> bool:
    """Whether a unit has the indicator at all: a school only when it teaches one of its levels."""
    return not indicator.levels or not unit.is_school or bool(set(indicator.levels) & set(unit.levels))


# --- figures of one unit --------------------------------------------------------------------------------------------

_AS_OF = """
select i.name, u.id, f.day, f.year, f.top, f.bottom
from unnest(%s::text[]) as i(name) cross join unnest(%s::bigint[]) as u(id) cross join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = u.id and indicator = i.name and day <= %s order by day desc limit 1
) f
"""


def figures(actor: Actor, names: Iterable[str], unit: Unit, day: date | None = None) -> dict[str, Value]:
    """Figures of a unit on a day (today), by indicator; what the actor may not see is not in it.

    One query, below the province another for those of which small numbers are hidden from the actor. An indicator
    without a figure yet is there with nothing to count.
    """
    known = catalogue.indicators()
    wanted = [known[name] for name in dict.fromkeys(names) if name in known]
    wanted = [one for one in wanted if may_see(actor, one, unit)]
    if not wanted:
        return {}
    on = day or timezone.localdate()
    found = {one.name: Value(one, unit.pk) for one in wanted}
    guarded = {one.name for one in wanted if not sees_rows(actor, one, unit)}
    is_top = len(unit.ancestor_ids) == 1  # it stands beside nobody, so one statement reads all alike
    beside = {*found} if guarded and is_top else guarded
    if whole := [name for name in found if name not in beside]:
        for name, unit_id, since, year, top, bottom in fetch(_AS_OF, [whole, [unit.pk], on]):
            found[name] = Value(known[name], unit_id, top, bottom, since, year)
    if beside:
        read = hiding.kept([known[name] for name in beside], unit, [on])
        for (name, _day), (kept, is_gone) in read.items():
            found[name] = _seen(known[name], unit, (kept, is_gone and name in guarded))
    return found


def _seen(indicator: Indicator, unit: Unit, kept: tuple[hiding.Kept, bool]) -> Value:
    (since, year, top, bottom), is_gone = kept
    value = Value(indicator, unit.pk, top, bottom, since, year)
    return value.hidden() if is_gone else value


_TREND = """
select day, year, top, bottom from indicators_figure where unit_id = %s and indicator = %s and day <= %s
and day >= coalesce((select max(day) from indicators_figure where unit_id = %s and indicator = %s and day <= %s), %s)
order by day
"""


def trend(actor: Actor, name: str, unit: Unit, days: Sequence[date]) -> list[Value]:
    """The figure of a unit on each of the days, in their order; empty when it is not the actor's.

    One query. Where small numbers are hidden from the actor each day hides what it hides by itself, and a figure that
    is hidden on the last of them shows no day at all, for it may have stood still since.
    """
    indicator = catalogue.indicators().get(name)
    if indicator is None or not days or not may_see(actor, indicator, unit):
        return []
    first, last = min(days), max(days)
    if not sees_rows(actor, indicator, unit):
        kept = hiding.kept([indicator], unit, days)
        seen = [_seen(indicator, unit, kept[name, day]) for day in days]
        return [value.hidden() for value in seen] if kept[name, last][1] else seen
    rows = fetch(_TREND, [unit.pk, name, last, unit.pk, name, first, first])
    steps = [Value(indicator, unit.pk, top, bottom, since, year) for since, year, top, bottom in rows]
    none = Value(indicator, unit.pk)
    return [
        next((step for step in reversed(steps) if step.since is not None and step.since <= day), none)
        for day in days
    ]


# --- the units below ------------------------------------------------------------------------------------------------

_PARTS = """
select u.id, u.code, u.name, u.kind, u.levels, u.region, u.is_public, '', f.day, f.year, f.top, f.bottom
from org_unit u left join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = u.id and indicator = %s and day <= %s order by day desc limit 1
) f on true
where u.parent_id = %s and u.kind <> 'campus' and u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
order by u.kind, u.sort_key
"""
_SCHOOLS = """
select u.id, u.code, u.name, u.kind, u.levels, u.region, u.is_public, p.name, f.day, f.year, f.top, f.bottom
from org_unit u join org_unit p on p.id = u.parent_id left join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = u.id and indicator = %s and day <= %s order by day desc limit 1
) f on true
where u.path like %s and u.kind = 'school' and u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
order by u.sort_key
"""


def parts(actor: Actor, name: str, unit: Unit, day: date | None = None) -> list[Below]:
    """The units directly below one with their figures, that add up to its own; schools have none. One query."""
    indicator = catalogue.indicators().get(name)
    if indicator is None or unit.is_school or not may_see(actor, indicator, unit):
        return []
    on = day or timezone.localdate()
    if not sees_rows(actor, indicator, unit):
        return _guarded(indicator, hiding.under(indicator, unit, on))
    return _below(indicator, fetch(_PARTS, [name, on, unit.pk, on, on]))


def schools(actor: Actor, name: str, unit: Unit, day: date | None = None) -> list[Below]:
    """Every school under a unit with its figure, for ranking and for the quality of data. One query."""
    indicator = catalogue.indicators().get(name)
    if indicator is None or not may_see(actor, indicator, unit):
        return []
    on = day or timezone.localdate()
    if sees_rows(actor, indicator, unit):
        found = _below(indicator, _planned_anew(_SCHOOLS, [name, on, f"{unit.path}%", on, on]))
    else:
        rows = hiding.under(indicator, unit, on, at_any_depth=True)
        found = [one for one in _guarded(indicator, rows) if one.kind == "school"]
    return [one for one in found if not indicator.levels or set(indicator.levels) & set(one.levels)]


def _planned_anew(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement over hundreds of units: a plan made for any values would not use the index."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _below(indicator: Indicator, rows: list[tuple[Any, ...]]) -> list[Below]:
    return [
        Below(pk, code, name, kind, tuple(levels), region, is_public, parent,
              Value(indicator, pk, top, bottom, since, year))
        for pk, code, name, kind, levels, region, is_public, parent, since, year, top, bottom in rows
    ]  # fmt: skip


def _guarded(indicator: Indicator, rows: list[tuple[tuple[Any, ...], bool]]) -> list[Below]:
    """Units without what is small and what would give it away."""
    below = _below(indicator, [row for row, _is_gone in rows])
    return [
        replace(one, figure=one.figure.hidden()) if is_gone else one
        for one, (_row, is_gone) in zip(below, rows, strict=True)
    ]


# --- the unit above -------------------------------------------------------------------------------------------------

_ABOVE = """
select i.name, u.id, u.name, u.kind, f.top, f.bottom
from unnest(%s::text[]) as i(name) cross join org_unit u cross join lateral (
    select top, bottom from indicators_figure
    where unit_id = u.id and indicator = i.name and day <= %s order by day desc limit 1
) f
where u.id = any(%s::bigint[]) and (
    select count(*) from (
        select from org_unit s cross join lateral (
            select bottom from indicators_figure
            where unit_id = s.id and indicator = i.name and day <= %s order by day desc limit 1
        ) g
        where s.path like u.path || '%%' and s.kind = 'school' and s.closed_on is null
        and s.path not like %s and g.bottom > 0 limit %s
    ) behind
) >= %s
order by length(u.path) desc
"""


def benchmarks(
    actor: Actor, names: Iterable[str], unit: Unit, day: date | None = None
) -> dict[str, list[Benchmark]]:
    """What the units above have, nearest first, by indicator: ratios only, and only with five other schools behind.

    Open to whoever sees the indicator at the unit, for it says nothing of anybody else. One query.
    """
    known = catalogue.indicators()
    wanted = [
        name
        for name in dict.fromkeys(names)
        if name in known and known[name].bottom is not None and may_see(actor, known[name], unit)
    ]
    above = unit.ancestor_ids[:-1]
    if not wanted or not above:
        return {}
    on = day or timezone.localdate()
    needed = privacy.BEHIND
    found: dict[str, list[Benchmark]] = {}
    for name, pk, label, kind, top, bottom in fetch(
        _ABOVE, [wanted, on, above, on, f"{unit.path}%", needed, needed]
    ):
        value = value_of(known[name], top, bottom)
        if value is not None:
            found.setdefault(name, []).append(Benchmark(pk, label, kind, round(value, known[name].decimals)))
    return found


# --- for jobs -------------------------------------------------------------------------------------------------------


def all_figures(
    names: Iterable[str], unit_ids: Iterable[int], day: date
) -> Mapping[tuple[str, int], tuple[float | None, float | None]]:
    """(top, bottom) by indicator and unit as of a day, for jobs that look at every unit. One query."""
    rows = fetch(_AS_OF, [[*names], [*unit_ids], day])
    return {(name, unit_id): (top, bottom) for name, unit_id, _since, _year, top, bottom in rows}
