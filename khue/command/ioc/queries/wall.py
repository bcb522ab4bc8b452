"""Reads behind the wall and the desk: kept figures only, a handful of statements however many figures and units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators import queries as figures
from khue.kernel.indicators.declare import Indicator, value_of
from khue.kernel.indicators.queries import VIEW, Value
from khue.kernel.org.models import MIDDLE_KINDS, Unit, UnitKind
from khue.kernel.statements import fetch
from khue.lib.dates import days_up_to

DAYS = 30
Pair = tuple[Unit, str]  # a unit and the name of an indicator
Kept = tuple[date, int | None, float | None, float | None]

_LATEST = """
select p.unit_id, p.name, f.day, f.year, f.top, f.bottom
from unnest(%s::bigint[], %s::text[]) as p(unit_id, name) cross join lateral (
    select day, year, top, bottom from indicators_figure
    where unit_id = p.unit_id and indicator = p.name and day <= %s order by day desc limit %s) f
order by f.day
"""
_BELOW = """
select p.unit_id, p.name, u.id, u.code, u.name, u.kind, u.region, u.legacy_district, u.levels, f.top, f.bottom
from unnest(%s::bigint[], %s::text[]) as p(unit_id, name) join org_unit u on u.parent_id = p.unit_id left join lateral (
    select top, bottom from indicators_figure
    where unit_id = u.id and indicator = p.name and day <= %s order by day desc limit 1) f on true
where u.kind <> 'campus' and u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
order by u.region, u.legacy_district, u.sort_key, u.id
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of a unit as somebody sees it, with its value on each of the last days (empty where it is hidden)."""

    now: Value
    days: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A unit directly below another with its figure, in the order of the tile map: region, former district, name."""

    pk: int
    code: str
    name: str
    kind: str
    figure: Value

    @property
    def is_middle(self) -> bool:
        """Whether it is an office, a commune or a cluster, and no school."""
        return self.kind in MIDDLE_KINDS


def unit_seen(actor: Actor, code: str) -> Unit | None:
    """A unit where the actor may see figures; None for any other, there or not."""
    return Unit.objects.visible_to(actor, VIEW).filter(code=code).exclude(kind=UnitKind.CAMPUS).first()


def _sorted_out(actor: Actor, pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Pairs whose figures the actor sees whole, and those of which small ones are hidden; others are dropped."""
    known = catalogue.indicators()
    whole: list[Pair] = []
    guarded: list[Pair] = []
    for unit, name in dict.fromkeys(pairs):
        indicator = known.get(name)
        if indicator is not None and figures.may_see(actor, indicator, unit):
            (whole if figures.sees_rows(actor, indicator, unit) else guarded).append((unit, name))
    return whole, guarded


def readings(
    actor: Actor, pairs: Iterable[Pair], *, days: int = DAYS, day: date | None = None
) -> dict[tuple[int, str], Reading]:
    """Figures of units with their last days, by unit and indicator, as far as the actor sees them; one statement.

    Where small numbers are hidden from the actor a figure comes without its days, at two statements a unit.
    """
    until = day or timezone.localdate()
    known = catalogue.indicators()
    whole, guarded = _sorted_out(actor, pairs)
    found = {(unit.pk, name): Reading(Value(known[name], unit.pk)) for unit, name in whole}
    kept: dict[tuple[int, str], list[Kept]] = {}
    if whole:
        ids, names = [unit.pk for unit, _name in whole], [name for _unit, name in whole]
        for unit_id, name, *step in fetch(_LATEST, [ids, names, until, days + 1]):
            kept.setdefault((unit_id, name), []).append(tuple(step))  # type: ignore[arg-type]
    for (unit_id, name), steps in kept.items():
        since, year, top, bottom = steps[-1]
        now = Value(known[name], unit_id, top, bottom, since, year)
        found[unit_id, name] = Reading(now, tuple(_daily(known[name], steps, days, until)))
    for unit in {unit.pk: unit for unit, _name in guarded}.values():
        wanted = [name for other, name in guarded if other.pk == unit.pk]
        for name, value in figures.figures(actor, wanted, unit, until).items():
            found[unit.pk, name] = Reading(value)
    return found


def _daily(indicator: Indicator, kept: Sequence[Kept], days: int, until: date) -> list[float | None]:
    """A value a day, the oldest first: a kept figure holds until the next; None before the first."""
    values: list[float | None] = []
    at, now = 0, None
    for on in days_up_to(until, days):
        while at < len(kept) and kept[at][0] <= on:
            now = value_of(indicator, kept[at][2], kept[at][3])
            at += 1
        values.append(now)
    return values


def parts(
    actor: Actor, pairs: Iterable[Pair], *, day: date | None = None
) -> dict[tuple[int, str], list[Part]]:
    """The units directly below some units with their figures, by unit and indicator; one statement, as `readings`.

    A school without any of the indicator's levels has no such figure and is left out.
    """
    on = day or timezone.localdate()
    known = catalogue.indicators()
    whole, guarded = _sorted_out(actor, [(unit, name) for unit, name in pairs if not unit.is_school])
    found: dict[tuple[int, str], list[Part]] = {(unit.pk, name): [] for unit, name in whole}
    if whole:
        ids, names = [unit.pk for unit, _name in whole], [name for _unit, name in whole]
        rows = fetch(_BELOW, [ids, names, on, on, on])
        for unit_id, name, pk, code, label, kind, _region, _district, levels, top, bottom in rows:
            indicator = known[name]
            if kind == UnitKind.SCHOOL and indicator.levels and not set(indicator.levels) & set(levels):
                continue
            found[unit_id, name].append(Part(pk, code, label, kind, Value(indicator, pk, top, bottom)))
    for unit, name in guarded:
        found[unit.pk, name] = [
            Part(one.unit_id, one.code, one.name, one.kind, one.figure)
            for one in figures.parts(actor, name, unit, on)
        ]
    return found
