"""Figures of a demo province: today's by the same refresh as everywhere, and a past that the eye can believe.

The past is made up, as everything in a demo is: weekly from the first day of the school year, each school walking back
from what it has today by dice of its own. Head counts follow the dated ones where there are any; marks and signatures
grow from nothing; completeness creeps up. Offices and the province are sums of their schools, as in life, and every
past day is closed with its digest.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khue.command.ioc import cohorts
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.indicators import catalogue, computing, copying, jobs, snapshots
from khue.kernel.indicators.declare import SHARE, Indicator
from khue.registry.calendar.models import SchoolYear

Parts = tuple[float | None, float | None]
PUPILS: Final = "roster.enrolments"
GROWING: Final = ("gradebook", "report_cards")  # modules whose rows come in over the term
MOST_WEEKS: Final = 40
_HEADS: Final = """
select h.school_id, d.day, sum(h.pupils) from roster_head_count h cross join unnest(%s::date[]) as d(day)
where h.year_id = %s and h.valid_from <= d.day and (h.valid_to is null or h.valid_to > d.day) group by 1, 2
"""
_ROWS: Final = "copy indicators_figure (indicator, unit_id, day, year, top, bottom) from stdin"
_DAYS: Final = (
    "copy indicators_snapshot (day, computed_at, copied_at, year, figures, is_closed, parts) from stdin"
)


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Count the intakes, copy, compute, and make the past."""
    loader.end()
    cohorts.count_due()
    if not has_a_place():
        return
    copying.refresh(whole=True)
    today, year = timezone.localdate(), jobs.year_now()
    figures = computing.all_figures(year, today)
    copied_at = computing.copied_at()
    computing.close()
    make_past(figures, year, today, seed)
    snapshots.keep(today, year, figures, copied_at=copied_at)


def has_a_place() -> bool:
    """Whether the copy may be made: a test's province takes no other's place, it gives itself one (`settings.VAR`)."""
    name = connection.settings_dict
    own = import_module(os.environ["DJANGO_SETTINGS_MODULE"]).VAR
    return bool(name["NAME"] != name["TEST"]["NAME"] or Path(settings.VAR) != own)


def make_past(figures: Mapping[str, Mapping[int, Parts]], year: int, today: date, seed: int) -> int:
    """Write weekly figures from the beginning of the school year to yesterday, and close them; gives the rows."""
    days = past_days(year, today)
    if not days or not figures:
        return 0
    schools = _schools()
    heads = _heads(days, year)
    rows = 0
    with connection.cursor() as cursor:
        with cursor.copy(_ROWS) as copy:
            for name, units in figures.items():
                indicator = catalogue.indicators()[name]
                for row in _indicator(indicator, units, days, schools, heads, today, seed):
                    copy.write_row((name, row.unit_id, row.day, year, row.top, row.bottom))
                    rows += 1
        with cursor.copy(_DAYS) as copy:
            for day in days:
                at = timezone.make_aware(datetime.combine(day, time(23, 30)))
                copy.write_row((day, at, at, year, 0, False, "{}"))
        cursor.execute("analyze indicators_figure")
    snapshots.close(days[-1])
    return rows


def past_days(year: int, today: date) -> list[date]:
    """One day a week from the beginning of the year, and yesterday; oldest first."""
    begun = SchoolYear.objects.filter(pk=year).values_list("starts_on", flat=True).first() or today
    first = max(begun + timedelta(days=30), today - timedelta(weeks=MOST_WEEKS))
    weeks = [today - timedelta(weeks=back) for back in range(MOST_WEEKS, 0, -1)]
    found = [day for day in weeks if day >= first]
    return [*found, today - timedelta(days=1)] if found else []


@dataclass(frozen=True, slots=True)
class Row:
    """A figure from a day on."""

    unit_id: int
    day: date
    top: float | None
    bottom: float | None


def _indicator(
    indicator: Indicator, units: Mapping[int, Parts], days: Sequence[date], schools: Mapping[int, tuple[int, ...]],
    heads: Mapping[tuple[int, date], float], today: date, seed: int,
) -> Iterator[Row]:  # fmt: skip
    """The past of one indicator: schools walk, units above add up, only what differs from the day before is given."""
    sums: dict[tuple[int, int], list[float | None]] = {}
    for unit_id, (top, bottom) in units.items():
        if unit_id not in schools:
            continue
        dice = random.Random(f"{seed} {indicator.name} {unit_id}")  # noqa: S311 (a demo, not a secret)
        now = heads.get((unit_id, days[-1]), 0)
        walk = 0.0
        for at in range(len(days) - 1, -1, -1):
            back = (today - days[at]).days / max(1, (today - days[0]).days)
            walk = 0.8 * walk + dice.gauss(0, 0.006)
            share = heads.get((unit_id, days[at]), now) / now if now else 1.0
            then = _then(indicator, top, bottom, back, walk, share)
            for above in schools[unit_id]:
                cell = sums.setdefault((above, at), [None, None])
                for side, value in enumerate(then):
                    if value is not None:
                        cell[side] = (cell[side] or 0.0) + value
    previous: dict[int, Parts] = {}
    for unit_id, at in sorted(sums):
        cell = sums[unit_id, at]
        parts = (_tidy(cell[0]), _tidy(cell[1]))
        if previous.get(unit_id) != parts:
            previous[unit_id] = parts
            yield Row(unit_id, days[at], *parts)


def _then(
    indicator: Indicator, top: float | None, bottom: float | None, back: float, walk: float, share: float
) -> Parts:
    """What a school had: `back` is 0 today and 1 on the first day, `walk` the dice, `share` the head count then."""
    if top is None:
        return None, bottom
    module = indicator.name.partition(".")[0]
    is_whole = float(top).is_integer()
    grown = max(0.0, 1 - 0.9 * back) if module in GROWING else 1.0
    heads = share if indicator.top.fact == PUPILS else 1.0
    if bottom is None:
        return _like(top * heads * (grown if grown < 1 else 1.0), is_whole), None
    under = share if indicator.bottom is not None and indicator.bottom.fact == PUPILS else 1.0
    then_bottom = _like(bottom * under * grown, float(bottom).is_integer())
    if not bottom or not then_bottom:
        return 0.0, then_bottom
    drift = {"up": 1 - 0.07 * back, "down": 1 + 0.1 * back}.get(indicator.direction, 1.0)
    ratio = (
        top
        / bottom
        * (drift + walk if indicator.scale == SHARE else 1 + walk / 4 if module in GROWING else 1.0)
    )
    then_top = _like(max(0.0, ratio * then_bottom), is_whole)
    return (
        min(then_top, then_bottom) if indicator.scale == SHARE and top <= bottom else then_top
    ), then_bottom


def _like(value: float, is_whole: bool) -> float:
    return float(round(value)) if is_whole else round(value, 2)


def _tidy(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _schools() -> dict[int, tuple[int, ...]]:
    """Each school with itself and the units above it."""
    with connection.cursor() as cursor:
        cursor.execute("select id, path from org_unit where kind = 'school'")
        return {pk: tuple(int(part) for part in path.strip("/").split("/")) for pk, path in cursor.fetchall()}


def _heads(days: Sequence[date], year: int) -> dict[tuple[int, date], float]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [list(days), year])
        return {(school, day): float(pupils) for school, day, pupils in cursor.fetchall()}
