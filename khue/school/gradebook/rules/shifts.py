"""Do pasted marks stand where they belong? Compared with what is there: a neighbouring column, a row up or down.

Correlations are compared in integers. A warning is worth its stop only if honest pastes hardly ever meet it: the
bounds are wide, and the tests measure both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from khue.school.gradebook.rules.marks import Cell

_LEAST_PAIRS: Final = 5
_LEAST_CORRELATED: Final = 10
_LEAST_CLASS: Final = 20
_OFFSETS: Final = (1, -1, 2, -2)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Marks side by side, and how far they agree."""

    first: tuple[int, ...]
    second: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self.first)

    @property
    def same(self) -> int:
        """How many pairs are equal."""
        return sum(one == two for one, two in zip(self.first, self.second, strict=True))

    @property
    def is_varied(self) -> bool:
        """Whether the first marks differ enough to tell anything."""
        return len(set(self.first)) >= 3

    def correlates(self, hundredths: int) -> bool:
        """Whether the correlation is at least so many hundredths (exact, in integers)."""
        covariance, spread = self._moments()
        if hundredths >= 0:
            return (
                spread > 0 and covariance >= 0 and covariance * covariance * 10_000 >= hundredths**2 * spread
            )
        return covariance >= 0 or covariance * covariance * 10_000 <= hundredths**2 * spread

    def _moments(self) -> tuple[int, int]:
        count = self.count
        sum_1, sum_2 = sum(self.first), sum(self.second)
        product = sum(one * two for one, two in zip(self.first, self.second, strict=True))
        spread_1 = count * sum(one * one for one in self.first) - sum_1 * sum_1
        spread_2 = count * sum(two * two for two in self.second) - sum_2 * sum_2
        return count * product - sum_1 * sum_2, spread_1 * spread_2


def pairs(pasted: Sequence[Cell], existing: Sequence[Cell], offset: int = 0) -> Pairs:
    """Put pasted marks beside existing ones `offset` rows below; rows with a gap on either side drop out."""
    first: list[int] = []
    second: list[int] = []
    for place, mark in enumerate(pasted):
        beside = place + offset
        if mark is None or mark < 0 or not 0 <= beside < len(existing):
            continue
        other = existing[beside]
        if other is not None and other >= 0:
            first.append(mark)
            second.append(other)
    return Pairs(tuple(first), tuple(second))


@dataclass(frozen=True, slots=True)
class LikeColumn:
    """Pasted marks that belong to another column, it seems."""

    other: int
    same: int
    pairs: int
    is_identical: bool


def like_another_column(
    pasted: Sequence[Cell], target: int, columns: Sequence[Sequence[Cell]]
) -> LikeColumn | None:
    """Find the other column whose marks the pasted ones are (four in five the same), or by far more resemble."""
    own = pairs(pasted, columns[target])
    for other, cells in enumerate(columns):
        if other == target:
            continue
        found = pairs(pasted, cells)
        if found.count >= _LEAST_PAIRS and found.is_varied and found.same * 5 >= found.count * 4:
            is_own = own.count >= _LEAST_PAIRS and (
                own.same * found.count * 10 >= (found.same * 10 - found.count * 3) * own.count
            )
            if not is_own:
                return LikeColumn(other, found.same, found.count, True)
    if own.count >= _LEAST_CORRELATED and not own.correlates(75):
        for other, cells in enumerate(columns):
            found = pairs(pasted, cells)
            if other != target and found.count >= _LEAST_CORRELATED and found.correlates(97):
                return LikeColumn(other, found.same, found.count, False)
    return None


def like_shifted_rows(pasted: Sequence[Cell], existing: Sequence[Cell]) -> int | None:
    """Find by how many rows the pasted marks must move to be the existing ones (four in five the same), or None."""
    own = pairs(pasted, existing)
    if own.count >= _LEAST_PAIRS and own.same * 2 > own.count:
        return None
    for offset in _OFFSETS:
        found = pairs(pasted, existing, offset)
        if found.count >= _LEAST_PAIRS + 3 and found.is_varied and found.same * 5 >= found.count * 4:
            return offset
    return None


def abilities(columns: Sequence[Sequence[Cell]], without: int) -> list[Cell]:
    """Give each pupil's mean of the other columns in tenths, None for fewer than two marks."""
    found: list[Cell] = []
    for row in zip(*(cells for place, cells in enumerate(columns) if place != without), strict=True):
        values = [cell for cell in row if cell is not None and cell >= 0]
        found.append(sum(values) // len(values) if len(values) >= 2 else None)
    return found


def misfit_rows(pasted: Sequence[Cell], known: Sequence[Cell]) -> int | None:
    """Find by how many rows the pasted marks must move to follow the pupils' abilities, if they do not already."""
    own = pairs(pasted, known)
    if own.count < _LEAST_CLASS or own.correlates(30):
        return None
    for offset in _OFFSETS:
        found = pairs(pasted, known, offset)
        if found.count >= _LEAST_CLASS and found.correlates(75):
            return offset
    return None


def misfits_class(pasted: Sequence[Cell], target: int, columns: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether pasted marks follow nobody's ability though the class's own columns follow one another."""
    own = pairs(pasted, abilities(columns, target))
    if own.count < _LEAST_CLASS or not own.is_varied or own.correlates(25):
        return False
    others = [place for place in range(len(columns)) if place != target]
    checked = [pairs(columns[place], _beside(columns, place, target)) for place in others]
    enough = [each for each in checked if each.count >= _LEAST_CLASS and each.is_varied]
    return len(enough) >= 2 and all(each.correlates(60) for each in enough)


def _beside(columns: Sequence[Sequence[Cell]], place: int, target: int) -> list[Cell]:
    """Each pupil's mean of the columns other than two, None for none."""
    found: list[Cell] = []
    kept = [cells for number, cells in enumerate(columns) if number not in (place, target)]
    for row in zip(*kept, strict=True):
        values = [cell for cell in row if cell is not None and cell >= 0]
        found.append(sum(values) // len(values) if values else None)
    return found
