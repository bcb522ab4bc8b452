"""Conduct (kết quả rèn luyện) of the year from its two semesters: the table of TT 22/2021, Art. 8 (A7)."""

from __future__ import annotations

from typing import Final

from khue.school.gradebook.rules import words
from khue.school.gradebook.rules.levels import CHUA_DAT, DAT, KHA, TOT, Level
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say

YEAR: Final[dict[Level, dict[Level, Level]]] = {
    TOT: {TOT: TOT, KHA: KHA, DAT: KHA, CHUA_DAT: CHUA_DAT},
    KHA: {TOT: TOT, KHA: KHA, DAT: DAT, CHUA_DAT: CHUA_DAT},
    DAT: {TOT: KHA, KHA: KHA, DAT: DAT, CHUA_DAT: CHUA_DAT},
    CHUA_DAT: {TOT: KHA, KHA: DAT, DAT: DAT, CHUA_DAT: CHUA_DAT},
}
"""Year's level by semester I (rows) and semester II."""


def year_conduct(first: Level | None, second: Level | None) -> Level | None:
    """Give the conduct of the year; None while a semester has not been judged."""
    if first is None or second is None:
        return None
    return YEAR[Level(first)][Level(second)]


def explain_conduct(rules: RuleSet, first: Level | None, second: Level | None) -> Message:
    """Say how the year's conduct came, or which semester is missing."""
    year = year_conduct(first, second)
    if first is None or second is None or year is None:
        gaps = [name for name, value in (("I", first), ("II", second)) if value is None]
        return say(words.CONDUCT_MISSING, semesters=", ".join(gaps))
    return say(
        words.CONDUCT_YEAR,
        first=Level(first).label,
        second=Level(second).label,
        year=year.label,
        source=rules.article_conduct,
    )
