"""Awards at the end of the year: secondary by Art. 15 of TT 22/2021 (A9), primary by TT 27/2020 (B6), older by TT 58.

There is no Học sinh Tiên tiến in TT 22. The rules propose; the principal awards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from khue.school.gradebook.rules import words
from khue.school.gradebook.rules.levels import Level
from khue.school.gradebook.rules.marks import Cell
from khue.school.gradebook.rules.older import OlderConduct, OlderLevel
from khue.school.gradebook.rules.primary import YearResult
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say

EXCELLENT_FROM: Final = 90


class Award(StrEnum):
    """Titles; the values are stored."""

    EXCELLENT = "XUAT_SAC"
    GOOD = "GIOI"
    ADVANCED = "TIEN_TIEN"
    OUTSTANDING = "TIEU_BIEU"

    @property
    def label(self) -> Message:
        """The title in words."""
        return say(_LABELS[self])


_LABELS: Final = {
    Award.EXCELLENT: words.AWARD_EXCELLENT,
    Award.GOOD: words.AWARD_GOOD,
    Award.ADVANCED: words.AWARD_ADVANCED,
    Award.OUTSTANDING: words.AWARD_OUTSTANDING_PRIMARY,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A title with its reason."""

    award: Award
    reason: Message


def quick_award(
    rules: RuleSet, learning: Level | None, conduct: Level | None, scored: Iterable[Cell]
) -> Award | None:
    """Give the title of a secondary pupil from year levels and year averages (tenths), or None."""
    if learning is not Level.TOT or conduct is not Level.TOT:
        return None
    return Award.EXCELLENT if _excellent(scored) >= rules.min_high else Award.GOOD


def secondary_award(
    rules: RuleSet, learning: Level | None, conduct: Level | None, scored: Sequence[Cell]
) -> Proposal | None:
    """Give the title of a secondary pupil and say why."""
    award = quick_award(rules, learning, conduct, scored)
    if award is None:
        return None
    if award is Award.EXCELLENT:
        return Proposal(award, say(words.AWARD_EXCELLENT_WHY, found=_excellent(scored)))
    return Proposal(award, say(words.AWARD_GOOD_WHY))


def _excellent(scored: Iterable[Cell]) -> int:
    return sum(mark is not None and mark >= EXCELLENT_FROM for mark in scored)


def older_award(learning: OlderLevel | None, conduct: OlderConduct | None) -> Award | None:
    """Give the title by TT 58/2011: Học sinh giỏi (Giỏi, Tốt) or Tiên tiến (Khá and Khá at least). [memory]"""
    if learning is None or conduct is None:
        return None
    if learning is OlderLevel.GIOI and conduct is OlderConduct.TOT:
        return Award.GOOD
    return Award.ADVANCED if learning >= OlderLevel.KHA and conduct >= OlderConduct.KHA else None


def primary_award(
    result: YearResult | None, strengths: Sequence[str] = (), *, is_recognised: bool = False
) -> Proposal | None:
    """Give the title of a primary pupil from the year's result.

    `strengths` names the subjects done outstandingly and the qualities and competences with clear progress, as the
    teacher chose them; `is_recognised` is the class's recognition, both needed for Tiêu biểu.
    """
    if result is YearResult.EXCELLENT:
        return Proposal(Award.EXCELLENT, say(words.AWARD_PRIMARY_EXCELLENT_WHY))
    if result is YearResult.WELL and strengths and is_recognised:
        return Proposal(
            Award.OUTSTANDING, say(words.AWARD_PRIMARY_OUTSTANDING_WHY, strengths=", ".join(strengths))
        )
    return None
