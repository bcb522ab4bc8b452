"""How far a sheet has come: cells owed by its columns, those whose day has come, those filled. Pure; no models.

A column owes one cell for each pupil of the class; an exempt or made-up cell is filled, an absence without a make-up
test is not (`cells.is_filled`). A column is due from the day after its `due_on`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from khue.school.gradebook.layout import Column, columns_of
from khue.school.gradebook.plan import Days

STEPS: Final = (90, 75, 50, 25)  # percent; from each on, one step of the shortfall scale


@dataclass(frozen=True, slots=True)
class Shape:
    """What the columns of a sheet follow from; sheets of one shape have the same columns."""

    rule_set: str
    kind: str
    grade: int
    subject: str
    term: int
    regular: int
    has_topic: bool
    is_scored: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order in which they are shown."""
        return columns_of(
            self.rule_set, self.kind, grade=self.grade, subject=self.subject, term=self.term, regular=self.regular,
            has_topic=self.has_topic, is_scored=self.is_scored,
        )  # fmt: skip

    @property
    def owed(self) -> tuple[Column, ...]:
        """The columns in which every pupil of the class owes a cell."""
        return tuple(column for column in self.columns if column.is_required)


@dataclass(frozen=True, slots=True)
class Counted:
    """Cells of one sheet or of many together."""

    expected: int = 0
    entered: int = 0
    due: int = 0
    done: int = 0

    def __add__(self, other: Counted) -> Counted:
        """Both together."""
        return Counted(
            self.expected + other.expected, self.entered + other.entered, self.due + other.due,
            self.done + other.done,
        )  # fmt: skip

    @property
    def late(self) -> int:
        """Cells whose day has passed and which are empty."""
        return self.due - self.done

    @property
    def percent(self) -> int | None:
        """How many of 100 due cells are filled, never 100 while one is missing; None while nothing is due."""
        return percent_of(self.done, self.due)


def percent_of(done: int, due: int) -> int | None:
    """Whole percent rounded down, so that 100 means all of it; None of nothing."""
    return done * 100 // due if due else None


def step_of(percent: int | None) -> int | None:
    """The step of the shortfall scale, 0 (all) to 5 (under 25 %); None while nothing is due."""
    if percent is None:
        return None
    if percent >= 100:
        return 0
    return 1 + sum(percent < bound for bound in STEPS)


def count(
    columns: Sequence[Column], days: Mapping[str, Days], filled: Sequence[int], pupils: int, today: date
) -> Counted:
    """The cells of one sheet; `columns` are those owed."""
    expected = entered = due = done = 0
    for column in columns:
        there = min(filled[column.slot], pupils) if column.slot < len(filled) else 0
        expected += pupils
        entered += there
        if today > days[column.code].due_on:
            due += pupils
            done += there
    return Counted(expected, entered, due, done)


def late_columns(
    columns: Sequence[Column], days: Mapping[str, Days], filled: Sequence[int], pupils: int, today: date
) -> list[tuple[Column, int]]:
    """The columns that are late, each with how many cells are empty."""
    found = []
    for column in columns:
        there = min(filled[column.slot], pupils) if column.slot < len(filled) else 0
        if today > days[column.code].due_on and there < pupils:
            found.append((column, pupils - there))
    return found
