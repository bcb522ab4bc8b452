"""Schools in order of a ratio, among like schools only, and only as far as the numbers carry it. Pure.

A school with few pupils, classes or teachers behind its ratio moves by chance, so it is listed apart, unranked. Of
shares the range that chance alone explains is given (Wilson, 95 %), and schools whose ranges overlap the next one's are
said to be alike. Nobody ranks children.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from khue.kernel.indicators.declare import SHARE, Indicator
from khue.kernel.indicators.queries import Below

SMALL: Final = 30  # fewer behind a ratio, and one more or less moves it by over three points
FEWEST: Final = 5  # like schools for a ranking to say anything
Z: Final = 1.96


@dataclass(frozen=True)
class Place:
    """A school in the order; schools with the same figure share a place."""

    number: int | None  # None: not ranked
    school: Below
    low: float | None = None  # what chance alone explains, of shares
    high: float | None = None
    is_like_next: bool = False


def can_rank(indicator: Indicator) -> bool:
    """Whether an order means anything: of ratios with a better and a worse end; counts say only who is large."""
    return indicator.bottom is not None and bool(indicator.direction)


def groups(schools: Sequence[Below]) -> list[tuple[str, int]]:
    """The groups of like schools there are: highest level taught and region, the largest group first."""
    counted: dict[tuple[str, int], int] = {}
    for school in schools:
        key = group_of(school)
        counted[key] = counted.get(key, 0) + 1
    return sorted(counted, key=lambda key: (-counted[key], key))


def group_of(school: Below) -> tuple[str, int]:
    """The levels a school teaches together, and its region (1 mountains and islands, 2 rural, 3 cities)."""
    return "-".join(school.levels), school.region


def ranked(indicator: Indicator, schools: Sequence[Below]) -> tuple[list[Place], list[Below]]:
    """Schools of one group in order, the best first; and those left out: too small, hidden or without the figure."""
    shown = [one for one in schools if one.figure.value is not None and (one.figure.bottom or 0) >= SMALL]
    left = [one for one in schools if one.figure.value is None or (one.figure.bottom or 0) < SMALL]
    sign = -1 if indicator.direction == "up" else 1
    shown.sort(key=lambda one: (sign * _rounded(one), one.name))
    places: list[Place] = []
    for at, school in enumerate(shown):
        value = _rounded(school)
        number = places[-1].number if places and _rounded(places[-1].school) == value else at + 1
        low, high = interval(indicator, school)
        places.append(Place(number, school, low, high))
    return [
        _beside(place, places[at + 1] if at + 1 < len(places) else None) for at, place in enumerate(places)
    ], left


def interval(indicator: Indicator, school: Below) -> tuple[float | None, float | None]:
    """Between what a share lies when chance is allowed for (Wilson, 95 %), in percent; nothing for other ratios."""
    n, top = school.figure.bottom, school.figure.top
    if indicator.scale != SHARE or not n or top is None or not 0 <= top <= n:
        return None, None
    share = top / n
    middle = share + Z * Z / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    below = 1 + Z * Z / n
    return max(0.0, SHARE * (middle - half) / below), min(float(SHARE), SHARE * (middle + half) / below)


def _rounded(school: Below) -> float:
    return round(school.figure.value or 0, school.figure.indicator.decimals)


def _beside(place: Place, after: Place | None) -> Place:
    if after is None or place.low is None or after.low is None or place.high is None or after.high is None:
        return place
    return Place(
        place.number, place.school, place.low, place.high, place.low <= after.high and after.low <= place.high
    )
