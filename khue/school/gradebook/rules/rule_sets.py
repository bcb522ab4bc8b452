"""Which circular judges a pupil: by level, grade, school year and kind of schooling (rules/01 A, B, C, D).

A pupil is judged for ever by the circular in force in his school year, whatever comes after.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from khue.lib.school_years import SchoolYear
from khue.school.gradebook.rules import words


class RuleSetCode(StrEnum):
    """The rule sets, by circular; the values are stored."""

    TT22_2021 = "TT22_2021"
    TT43_2021 = "TT43_2021"
    TT58_2011 = "TT58_2011"
    TT27_2020 = "TT27_2020"
    TT30_2014 = "TT30_2014"
    PRESCHOOL = "PRESCHOOL"


class Kind(StrEnum):
    """Kinds of schooling that are judged differently."""

    GENERAL = "general"
    CONTINUING = "continuing"


class AdjustmentMode(StrEnum):
    """May the one bad subject also be the missing sixth high one (A5, the circular is silent)?"""

    STRICT = "strict"
    BEST_CASE = "best_case"


class TechnologyMarks(StrEnum):
    """How a primary school marks Tin học và Công nghệ (B2)."""

    SINGLE = "single"
    TWO_PARTS = "two_parts_average"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a province or school may choose where the circulars leave it open."""

    adjustment_mode: AdjustmentMode = AdjustmentMode.STRICT
    allow_retest_after_summer_training: bool = False
    topic_semester: int = 2
    technology_marks: TechnologyMarks = TechnologyMarks.SINGLE


DEFAULT_CHOICES: Final = Choices()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A circular with its figures; marks in tenths, absences in half-day sessions."""

    code: RuleSetCode
    source: str
    article_level: str = ""
    article_adjustment: str = ""
    article_conduct: str = ""
    min_high: int = 6
    has_semester_averages: bool = True
    has_subject_mean: bool = False
    comment_passes: int = 3  # thirds of a comment subject's assessments that must be Đ
    third_main_subject: bool = False  # Ngoại ngữ beside Toán and Ngữ văn, from TT 26/2020
    free_periodic_tests: bool = False  # one-period tests of weight 2, as many as the school plans
    absences_allowed: int = 45
    choices: Choices = field(default=DEFAULT_CHOICES)

    @property
    def is_best_case(self) -> bool:
        """Whether the violating subject may count as the missing high one."""
        return self.choices.adjustment_mode is AdjustmentMode.BEST_CASE


class NoRuleSet(LookupError):
    """No circular judges this grade; carries a Vietnamese message."""

    def __init__(self, message: words.Message) -> None:
        super().__init__(str(message))
        self.message = message


PRESCHOOL_LEVEL: Final = "MN"
PRIMARY_LEVEL: Final = "TH"
CONTINUING_LEVEL: Final = "GDTX"
SECONDARY_LEVELS: Final = ("THCS", "THPT", CONTINUING_LEVEL)

_FIRST_YEAR_TT22: Final = {6: 2021, 7: 2022, 10: 2022, 8: 2023, 11: 2023, 9: 2024, 12: 2024}
_FIRST_YEAR_TT27: Final = {1: 2020, 2: 2021, 3: 2022, 4: 2023, 5: 2024}
_FIRST_YEAR_TT26: Final = 2020
"""From 2020-2021 TT 26/2020 gives TT 58/2011 one mid-semester mark and a third main subject."""


def rule_set(
    level: str,
    grade: int,
    school_year: SchoolYear | int | str,
    kind: Kind | str = Kind.GENERAL,
    choices: Choices = DEFAULT_CHOICES,
) -> RuleSet:
    """Give the rule set of a grade in a school year; raises NoRuleSet for a grade no circular knows.

    `level` is MN, TH, THCS, THPT or GDTX; `school_year` a SchoolYear, its code or its first calendar year.
    """
    return _rule_set(level, grade, SchoolYear.parse(school_year).start, Kind(kind), choices)


@lru_cache(maxsize=1024)
def _rule_set(level: str, grade: int, start: int, kind: Kind, choices: Choices) -> RuleSet:
    if level == PRESCHOOL_LEVEL:
        return RuleSet(
            RuleSetCode.PRESCHOOL, words.SOURCE_PRESCHOOL, has_semester_averages=False, choices=choices
        )
    if level == PRIMARY_LEVEL and grade in _FIRST_YEAR_TT27:
        code, source = RuleSetCode.TT27_2020, words.SOURCE_TT27
        if start < _FIRST_YEAR_TT27[grade]:
            code, source = RuleSetCode.TT30_2014, words.SOURCE_TT30
        return RuleSet(code, source, words.ARTICLE_TT27, has_semester_averages=False, choices=choices)
    if level in SECONDARY_LEVELS and grade in _FIRST_YEAR_TT22:
        if start < _FIRST_YEAR_TT22[grade]:
            return _older(start, choices)
        if kind is Kind.CONTINUING or level == CONTINUING_LEVEL:
            return RuleSet(
                RuleSetCode.TT43_2021, words.SOURCE_TT43, words.ARTICLE_TT43, words.ARTICLE_TT43,
                words.ARTICLE_TT43, min_high=5, choices=choices,
            )  # fmt: skip
        return RuleSet(
            RuleSetCode.TT22_2021, words.SOURCE_TT22, words.ARTICLE_TT22_LEVEL, words.ARTICLE_TT22_ADJUSTMENT,
            words.ARTICLE_TT22_CONDUCT, choices=choices,
        )  # fmt: skip
    raise NoRuleSet(words.say(words.NO_RULE_SET, level=level, grade=grade))


def _older(start: int, choices: Choices) -> RuleSet:
    is_amended = start >= _FIRST_YEAR_TT26
    return RuleSet(
        RuleSetCode.TT58_2011,
        words.SOURCE_TT58_AMENDED if is_amended else words.SOURCE_TT58,
        words.ARTICLE_TT58_LEVEL,
        words.ARTICLE_TT58_ADJUSTMENT,
        words.SOURCE_TT58,
        has_subject_mean=True,
        comment_passes=2,
        third_main_subject=is_amended,
        free_periodic_tests=not is_amended,
        choices=choices,
    )
