"""Semester and year averages of a subject (A3), in integer tenths, half up; none while anything is missing.

    semester = (sum of regular + 2 mid + 3 end) / (number of regular + 5)
    year     = (semester I + 2 x semester II) / 3, of the rounded averages

The quick functions take and give bare numbers and cost about a microsecond; the explained ones say which columns are
missing. Both agree (tested). The weights make TT 58/2011 the same formula with more tests of weight 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.columns import Column, weights
from khue.school.gradebook.rules.marks import EXEMPT, FAIL, NOT_TAKEN, PASS, ZEROED, Assessed, Cell
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say


def half_up(numerator: int, denominator: int) -> int:
    """Divide two natural numbers, rounding half up: 835 tenths over 10 gives 84."""
    return (2 * numerator + denominator) // (2 * denominator)


def quick_average(cells: Sequence[Cell], column_weights: Sequence[int]) -> Cell:
    """Average one row of marks in tenths: None while a mark is open, EXEMPT when no column counts."""
    total = weight = 0
    for cell, each in zip(cells, column_weights, strict=True):
        if cell is None:
            return None
        if cell >= 0:
            total += cell * each
            weight += each
        elif cell == ZEROED:
            weight += each
        elif cell != EXEMPT and cell != NOT_TAKEN:
            return None
    if not weight:
        return EXEMPT if EXEMPT in cells else NOT_TAKEN
    return (2 * total + weight) // (2 * weight)


def quick_comment(cells: Sequence[Cell], *, passes: int = 3) -> Cell:
    """Judge one row of Đ and CĐ: Đ when all are Đ (TT 22), CĐ otherwise, None while one is open.

    With `passes` 2, two thirds are enough if the last, the end-of-semester assessment, is Đ (TT 58/2011).
    """
    good = counted = 0
    last = NOT_TAKEN
    for cell in cells:
        if cell is None:
            return None
        if cell > 0:
            good += 1
        elif cell in (EXEMPT, NOT_TAKEN):
            continue
        elif cell not in (FAIL, ZEROED):
            return None
        counted += 1
        last = cell
    if not counted:
        return EXEMPT if EXEMPT in cells else NOT_TAKEN
    if passes >= 3:
        return PASS if good == counted else FAIL
    return PASS if 3 * good >= passes * counted and last > 0 else FAIL


def year_average(first: Cell, second: Cell) -> Cell:
    """Average a scored subject over the year from its rounded semester averages.

    A subject not taught, or exempt, in one semester has the other semester's average; None while one is unknown.
    """
    if first is None or second is None:
        return None
    if first >= 0 and second >= 0:
        return (2 * (first + 2 * second) + 3) // 6
    if first >= 0 or second >= 0:
        return max(first, second)
    return EXEMPT if EXEMPT in (first, second) else NOT_TAKEN


def year_comment(first: Cell, second: Cell) -> Cell:
    """Give the year of a comment subject: semester II, or semester I when it is not taught or exempt in II."""
    if second is None:
        return None
    if second in (EXEMPT, NOT_TAKEN) and first != NOT_TAKEN:
        return first
    return second


def semester_result(
    rules: RuleSet, assessed: Assessed | str, shown: Sequence[Column], cells: Sequence[Cell]
) -> Cell:
    """Give the semester's result of a subject: an average in tenths, PASS or FAIL, a state, or None."""
    if assessed == Assessed.COMMENTS:
        return quick_comment(cells, passes=rules.comment_passes)
    return quick_average(cells, weights(tuple(shown)))


def year_result(assessed: Assessed | str, first: Cell, second: Cell) -> Cell:
    """Give the year's result of a subject from its two semesters."""
    return year_comment(first, second) if assessed == Assessed.COMMENTS else year_average(first, second)


@dataclass(frozen=True, slots=True)
class Average:
    """A semester's result with its reason: the columns that count, or those that are missing."""

    value: Cell
    missing: tuple[Column, ...]
    zeroed: tuple[Column, ...]
    reason: Message


def semester_average(
    rules: RuleSet, assessed: Assessed | str, shown: Sequence[Column], cells: Sequence[Cell]
) -> Average:
    """Give the semester's result of a subject and say how it came, or what is missing."""
    value = semester_result(rules, assessed, shown, cells)
    pairs = list(zip(shown, cells, strict=True))
    missing = tuple(column for column, cell in pairs if cell in marks.OPEN)
    zeroed = tuple(column for column, cell in pairs if cell == ZEROED)
    if value is None:
        reason = say(words.AVERAGE_MISSING, columns=", ".join(column.short for column in missing))
    elif value < 0 or assessed == Assessed.COMMENTS:
        reason = marks.label(value, assessed)
    else:
        counted = [
            (column, cell) for column, cell in pairs if cell is not None and (cell >= 0 or cell == ZEROED)
        ]
        reason = say(
            words.AVERAGE_FORMULA,
            sum=" + ".join(_term(column, cell) for column, cell in counted),
            weight=sum(column.weight for column, _ in counted),
            value=marks.show(value),
        )
    return Average(value, missing, zeroed, reason)


def _term(column: Column, cell: int) -> str:
    mark = words.show_mark(max(cell, 0))
    return f"{column.weight} × {mark}" if column.weight > 1 else mark


def missing_for_year(assessed: Assessed | str, first: Cell, second: Cell) -> Message | None:
    """Say which semester a year's result waits for, or None when it can be given."""
    if year_result(assessed, first, second) is not None:
        return None
    looked_at = (("II", second),) if assessed == Assessed.COMMENTS else (("I", first), ("II", second))
    open_ones = [name for name, value in looked_at if value is None]
    return say(words.YEAR_MISSING, semesters=", ".join(open_ones))
