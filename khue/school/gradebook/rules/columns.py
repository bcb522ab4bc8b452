"""The columns of a course in a semester: how many assessments the circular asks for, and their weights (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from khue.school.gradebook.rules import words
from khue.school.gradebook.rules.marks import Assessed
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say


class ColumnKind(StrEnum):
    """Kinds of columns; the values are stored."""

    REGULAR = "regular"
    TOPIC = "topic"
    MID = "mid"
    END = "end"


REGULAR_WEIGHT: Final = 1
MID_WEIGHT: Final = 2
END_WEIGHT: Final = 3
COMMENT_REGULARS: Final = 2
OLDER_PERIODIC_TESTS: Final = 1
FEW_PERIODS: Final = 35
MANY_PERIODS: Final = 70

_SHORT: Final = {ColumnKind.REGULAR: "TX", ColumnKind.TOPIC: "CĐ", ColumnKind.MID: "GK", ColumnKind.END: "CK"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kind, its number among those of its kind (0 when there is one only), its weight."""

    kind: ColumnKind
    number: int
    weight: int

    @property
    def code(self) -> str:
        """The key of the column in storage and files: "tx1", "cd1", "gk", "gk2", "ck"."""
        return {"regular": "tx", "topic": "cd", "mid": "gk", "end": "ck"}[self.kind] + (
            str(self.number) if self.number else ""
        )

    @property
    def short(self) -> str:
        """What stands above the column: "TX1", "CĐ1", "GK", "CK"."""
        return _SHORT[self.kind] + (str(self.number) if self.number else "")

    @property
    def label(self) -> Message:
        """The column in words."""
        if self.kind is ColumnKind.REGULAR:
            return say(words.REGULAR, number=self.number)
        if self.kind is ColumnKind.TOPIC:
            return say(words.TOPIC, number=self.number)
        if self.kind is ColumnKind.MID:
            return say(words.PERIODIC, number=self.number) if self.number else say(words.MID)
        return say(words.END)

    @property
    def is_periodic(self) -> bool:
        """Whether it is a mid-semester or end-of-semester assessment."""
        return self.kind in (ColumnKind.MID, ColumnKind.END)


def regular_count(annual_periods: int) -> int:
    """Count the regular marks a semester of a scored subject by its periods a year (A2): 35: 2, to 70: 3, more: 4."""
    if annual_periods <= 0:
        raise ValueError(f"a subject has periods, not {annual_periods}")
    if annual_periods <= FEW_PERIODS:
        return 2
    return 3 if annual_periods <= MANY_PERIODS else 4


def columns(
    rules: RuleSet,
    *,
    assessed: Assessed | str,
    annual_periods: int,
    semester: int,
    topic_clusters: int = 0,
    periodic_tests: int = OLDER_PERIODIC_TESTS,
) -> tuple[Column, ...]:
    """Give the columns of a course in semester 1 or 2, in the order of the book: TX, CĐ, GK, CK.

    `annual_periods` are periods a year of the subject, topic clusters left out. A topic cluster adds one regular mark
    in the semester the school chose; pupils who do not take it have NOT_TAKEN there. `periodic_tests` counts the
    one-period tests of weight 2 which TT 58/2011 left to the syllabus before 2020-2021. Levels without semester
    averages (primary, preschool) have none.
    """
    if semester not in (1, 2):
        raise ValueError(f"semester {semester}")
    if not rules.has_semester_averages:
        return ()
    clusters = topic_clusters if semester == rules.choices.topic_semester else 0
    tests = periodic_tests if rules.free_periodic_tests else 1
    return _columns(Assessed(assessed), annual_periods, clusters, tests)


@lru_cache(maxsize=512)
def _columns(assessed: Assessed, annual_periods: int, clusters: int, tests: int) -> tuple[Column, ...]:
    count = COMMENT_REGULARS if assessed is Assessed.COMMENTS else regular_count(annual_periods)
    found = [Column(ColumnKind.REGULAR, number, REGULAR_WEIGHT) for number in range(1, count + 1)]
    if assessed is Assessed.MARKS:
        found += [Column(ColumnKind.TOPIC, number, REGULAR_WEIGHT) for number in range(1, clusters + 1)]
    if tests == 1:
        found.append(Column(ColumnKind.MID, 0, MID_WEIGHT))
    else:
        found += [Column(ColumnKind.MID, number, MID_WEIGHT) for number in range(1, tests + 1)]
    found.append(Column(ColumnKind.END, 0, END_WEIGHT))
    return tuple(found)


@lru_cache(maxsize=512)
def weights(shown: tuple[Column, ...]) -> tuple[int, ...]:
    """The weights of columns, side by side: 1, 1, 1, 1, 2, 3."""
    return tuple(column.weight for column in shown)
