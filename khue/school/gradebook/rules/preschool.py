"""Observation of young children (Chương trình giáo dục mầm non): areas, expected results as data, + or -, no rank (C).

Nhà trẻ has four areas, mẫu giáo five. A result is + (achieved) or - (not yet), with a note; children are never
compared. The bank is a beginning from the programme [memory]; each school keeps its own goals in the same shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from khue.lib.names import fold
from khue.school.gradebook.rules import words
from khue.school.gradebook.rules.marks import FAIL, PASS, Cell
from khue.school.gradebook.rules.typed import BLANK, Entered, Given, Refused, Typed, as_typed
from khue.school.gradebook.rules.words import Message, say


class Area(StrEnum):
    """Areas of development; the values are stored."""

    PHYSICAL = "physical"
    COGNITIVE = "cognitive"
    LANGUAGE = "language"
    SOCIAL = "social"
    AESTHETIC = "aesthetic"
    SOCIAL_AESTHETIC = "social_aesthetic"

    @property
    def label(self) -> Message:
        """The area in words."""
        return say(_AREA_LABELS[self])


_AREA_LABELS: Final = {
    Area.PHYSICAL: words.AREA_PHYSICAL,
    Area.COGNITIVE: words.AREA_COGNITIVE,
    Area.LANGUAGE: words.AREA_LANGUAGE,
    Area.SOCIAL: words.AREA_SOCIAL,
    Area.AESTHETIC: words.AREA_AESTHETIC,
    Area.SOCIAL_AESTHETIC: words.AREA_SOCIAL_AESTHETIC,
}
NURSERY_AREAS: Final = (Area.PHYSICAL, Area.COGNITIVE, Area.LANGUAGE, Area.SOCIAL_AESTHETIC)
KINDERGARTEN_AREAS: Final = (Area.PHYSICAL, Area.COGNITIVE, Area.LANGUAGE, Area.SOCIAL, Area.AESTHETIC)
NURSERY_GROUPS: Final = ("NT1", "NT2", "NT3")
KINDERGARTEN_GROUPS: Final = ("MG3", "MG4", "MG5", "MGG")

ACHIEVED: Final = PASS
NOT_YET: Final = FAIL


class StageKind(StrEnum):
    """When a stage evaluation is made."""

    MONTHS = "months"
    THEME = "theme"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Stage:
    """A point of evaluation: an age in months (nhà trẻ), a theme, or the end of an age group (mẫu giáo)."""

    code: str
    kind: StageKind
    label: Message


_MONTHS: Final = {"NT1": (6, 12), "NT2": (18, 24), "NT3": (36,)}
_AGES: Final = {"MG3": (3, 4), "MG4": (4, 5), "MG5": (5, 6)}


def areas(age_group: str) -> tuple[Area, ...]:
    """Give the areas of an age group (NT1 to NT3, MG3 to MG5, MGG); raises KeyError for an unknown one."""
    if age_group in NURSERY_GROUPS:
        return NURSERY_AREAS
    if age_group in KINDERGARTEN_GROUPS:
        return KINDERGARTEN_AREAS
    raise KeyError(age_group)


def stages(age_group: str) -> tuple[Stage, ...]:
    """Give the points of evaluation of an age group: months in nhà trẻ; each theme and the age's end in mẫu giáo."""
    if age_group in _MONTHS:
        return tuple(
            Stage(f"m{months}", StageKind.MONTHS, say(words.STAGE_MONTHS, months=months))
            for months in _MONTHS[age_group]
        )
    ages = [_AGES[age_group]] if age_group in _AGES else list(_AGES.values()) if age_group == "MGG" else []
    if not ages:
        raise KeyError(age_group)
    return (
        Stage("theme", StageKind.THEME, say(words.STAGE_THEME)),
        *(
            Stage(f"a{last}", StageKind.AGE, say(words.STAGE_AGE, first=first, last=last))
            for first, last in ages
        ),
    )


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """What a child of an age group is expected to do; effective-dated data, the school's or the bank's."""

    code: str
    age_group: str
    area: Area
    text: str
    valid_from: int = 2021
    valid_to: int | None = None

    def is_valid_in(self, school_year: int) -> bool:
        """Whether it is judged in the school year that begins in this calendar year."""
        return self.valid_from <= school_year and (self.valid_to is None or school_year <= self.valid_to)


def expected(
    bank: Iterable[ExpectedResult], age_group: str, school_year: int
) -> dict[Area, tuple[ExpectedResult, ...]]:
    """Give the expected results of an age group in a school year, by area in the programme's order."""
    valid = [each for each in bank if each.age_group == age_group and each.is_valid_in(school_year)]
    return {area: tuple(each for each in valid if each.area is area) for area in areas(age_group)}


_SIGNS: Final = {
    "+": ACHIEVED, "d": ACHIEVED, "dat": ACHIEVED, "x": ACHIEVED,
    "-": NOT_YET, "–": NOT_YET, "−": NOT_YET, "cd": NOT_YET, "chua dat": NOT_YET, "c": NOT_YET,
}  # fmt: skip


def read_sign(given: Given) -> Typed:
    """Read what a teacher typed for an expected result: + or -, or the words."""
    text = as_typed(given)
    if not text:
        return BLANK
    found = _SIGNS.get(fold(text))
    if found is None:
        return Refused(say(words.SIGN_UNREADABLE, typed=text[:20]))
    return Entered(found)


@dataclass(frozen=True, slots=True)
class AreaProgress:
    """Where one child stands in one area, against the programme and nobody else."""

    area: Area
    achieved: int
    judged: int
    not_yet: tuple[ExpectedResult, ...]
    unseen: tuple[ExpectedResult, ...]

    @property
    def message(self) -> Message:
        """The progress in words."""
        return say(words.AREA_PROGRESS, area=self.area.label, achieved=self.achieved, judged=self.judged)


def progress(
    goals: Mapping[Area, Sequence[ExpectedResult]], signs: Mapping[str, Cell]
) -> tuple[AreaProgress, ...]:
    """Tell area by area what a child achieves, not yet, or was not seen doing; signs by code of expected result."""
    found = []
    for area, each_goal in goals.items():
        achieved = sum(signs.get(goal.code) == ACHIEVED for goal in each_goal)
        not_yet = tuple(goal for goal in each_goal if signs.get(goal.code) == NOT_YET)
        unseen = tuple(goal for goal in each_goal if signs.get(goal.code) not in (ACHIEVED, NOT_YET))
        found.append(AreaProgress(area, achieved, achieved + len(not_yet), not_yet, unseen))
    return tuple(found)
