"""Learning results of a semester or a year (A4) with the one-level adjustment (A5), quick or explained.

`quick_level` judges bare numbers in a few microseconds, for classes and provinces; `explain_level` tells a page
"vì sao Khá": every bound of every level, who met it, who did not, what was adjusted. Both agree (tested).
There is no average over all subjects in TT 22 and none is computed here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.marks import FAIL, Assessed, Cell
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say, show_bound


class Level(IntEnum):
    """Levels of learning and of conduct; the rank is stored."""

    CHUA_DAT = 0
    DAT = 1
    KHA = 2
    TOT = 3

    @property
    def label(self) -> Message:
        """The level in words."""
        return say((words.CHUA_DAT, words.DAT, words.KHA, words.TOT)[self])


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a level asks: no scored subject under `floor`, enough from `high` up, few comment subjects failed."""

    level: Level
    floor: int
    high: int
    failures_allowed: int


BOUNDS: Final = (
    Bounds(Level.TOT, 65, 80, 0),
    Bounds(Level.KHA, 50, 65, 0),
    Bounds(Level.DAT, 35, 50, 1),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A level before and after the adjustment."""

    raw: Level
    final: Level

    @property
    def is_adjusted(self) -> bool:
        """Whether A5 raised the level."""
        return self.final != self.raw


_JUDGED: Final = {(raw, final): Judged(raw, final) for raw in Level for final in Level}
TOT, KHA, DAT, CHUA_DAT = Level.TOT, Level.KHA, Level.DAT, Level.CHUA_DAT


def level(scored: Sequence[int], failed: int = 0, *, min_high: int = 6) -> Level:
    """Give the level of scored averages (tenths) and a count of failed comment subjects by A4, unadjusted."""
    return judged(scored, failed, min_high=min_high).raw


def judged(
    scored: Sequence[int], failed: int = 0, *, min_high: int = 6, is_best_case: bool = False
) -> Judged:
    """Give the level of scored averages (tenths) and a count of failed comment subjects, by A4 and A5."""
    ranked = sorted(scored)
    count = len(ranked)
    under_35 = bisect_left(ranked, 35)
    under_50 = bisect_left(ranked, 50, under_35)
    under_65 = bisect_left(ranked, 65, under_50)
    from_65 = count - under_65
    from_80 = count - bisect_left(ranked, 80, under_65)
    if not failed and not under_65 and from_80 >= min_high:
        return _JUDGED[TOT, TOT]
    if not failed and not under_50 and from_65 >= min_high:
        return _JUDGED[KHA, KHA]
    raw = DAT if failed <= 1 and not under_35 and count - under_50 >= min_high else CHUA_DAT
    if under_65 + failed == 1 and from_80 + (is_best_case and under_65) >= min_high:
        return _JUDGED[raw, Level(raw + 1)]  # Tốt but for one subject, which made it Đạt or Chưa đạt
    if not raw and under_50 + failed == 1 and from_65 + (is_best_case and under_50) >= min_high:
        return _JUDGED[raw, DAT]  # Khá but for one subject, which made it Chưa đạt
    return _JUDGED[raw, raw]


def quick_level(rules: RuleSet, scored: Iterable[Cell], comments: Iterable[Cell] = ()) -> Judged | None:
    """Judge a pupil's results: of scored subjects in tenths, of comment subjects PASS (any positive) or FAIL.

    EXEMPT and NOT_TAKEN do not count; None while a subject has no result, or when no subject is judged at all.
    """
    averages: list[int] = []
    for result in scored:
        if result is None:
            return None
        if result >= 0:
            averages.append(result)
    failed = passed = 0
    for result in comments:
        if result is None:
            return None
        if result > 0:
            passed += 1
        elif result == FAIL:
            failed += 1
    if not averages and not passed and not failed:
        return None
    return judged(averages, failed, min_high=rules.min_high, is_best_case=rules.is_best_case)


# --- why -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject with its result: tenths, PASS or FAIL, EXEMPT, NOT_TAKEN or None; `name` is what pages show."""

    key: str
    name: str
    result: Cell
    assessed: Assessed = Assessed.MARKS

    @property
    def shown(self) -> str:
        """The subject with its result: "Toán (4,9)"."""
        return f"{self.name} ({marks.show(self.result, self.assessed)})"


class Condition(StrEnum):
    """Kinds of conditions of a level."""

    COMMENTS = "comments"
    FLOOR = "floor"
    HIGH = "high"
    MEAN = "mean"
    MAIN_SUBJECT = "main_subject"
    SPECIAL_SUBJECT = "special_subject"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of one level: what was asked, what was found, which subjects stand in the way."""

    level: int
    condition: Condition
    bound: int
    needed: int
    found: int
    failing: tuple[Subject, ...]
    is_met: bool
    sentence: Message


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One level up, because of exactly one subject."""

    subject: Subject
    target: Level
    raw: Level
    final: Level
    sentence: Message


@dataclass(frozen=True, slots=True)
class LevelExplanation:
    """A level and why: None with what is missing, or the checks of every level and the adjustment."""

    source: str
    raw: Level | None
    final: Level | None
    checks: tuple[Check, ...]
    adjustment: Adjustment | None
    missing: tuple[Subject, ...]
    excluded: tuple[Subject, ...]

    @property
    def sentences(self) -> tuple[Message, ...]:
        """What a page says: the level; what let it be; what kept it from the next; the adjustment; who is left out."""
        if self.final is None or self.raw is None:
            if not self.missing:
                return (say(words.NO_SUBJECTS),)
            return (say(words.LEVEL_MISSING, subjects=", ".join(each.name for each in self.missing)),)
        said = [say(words.LEVEL_IS, level=self.final.label, source=self.source)]
        said += [check.sentence for check in self.checks if check.level == self.raw and check.is_met]
        said += [
            check.sentence
            for check in self.checks
            if check.level == min(self.raw + 1, Level.TOT) and not check.is_met
        ]
        if self.adjustment:
            said.append(self.adjustment.sentence)
        if self.excluded:
            said.append(say(words.EXCLUDED, subjects=", ".join(each.name for each in self.excluded)))
        return tuple(said)


def explain_level(rules: RuleSet, subjects: Sequence[Subject]) -> LevelExplanation:
    """Judge a pupil's subjects by A4 and A5 and say why; the level is `quick_level`'s."""
    missing = tuple(each for each in subjects if each.result in marks.OPEN)
    excluded = tuple(each for each in subjects if each.result in marks.NOT_JUDGED)
    scored = [each for each in subjects if each.assessed == Assessed.MARKS and (each.result or 0) >= 0]
    comments = [each for each in subjects if each.assessed == Assessed.COMMENTS]
    outcome = None
    if not missing:
        outcome = quick_level(rules, [each.result for each in scored], [each.result for each in comments])
    if outcome is None:
        return LevelExplanation(rules.article_level, None, None, (), None, missing, excluded)
    failed = [each for each in comments if each.result == FAIL]
    checks = tuple(check for bounds in BOUNDS for check in _checks(bounds, scored, failed, rules.min_high))
    adjustment = _adjustment(rules, outcome, scored, failed) if outcome.is_adjusted else None
    return LevelExplanation(
        rules.article_level, outcome.raw, outcome.final, checks, adjustment, missing, excluded
    )


def _checks(bounds: Bounds, scored: list[Subject], failed: list[Subject], min_high: int) -> Iterable[Check]:
    level_name = bounds.level.label
    allowed = bounds.failures_allowed
    names = ", ".join(each.name for each in failed)
    is_met = len(failed) <= allowed
    if not is_met:
        sentence = say(words.COMMENTS_FAILED, level=level_name, subjects=names, allowed=allowed)
    elif failed:
        sentence = say(words.COMMENTS_MET_BUT, level=level_name, found=len(failed), allowed=allowed)
    else:
        sentence = say(words.COMMENTS_MET, level=level_name)
    yield Check(bounds.level, Condition.COMMENTS, 0, allowed, len(failed), tuple(failed), is_met, sentence)
    low = tuple(each for each in scored if (each.result or 0) < bounds.floor)
    text = words.FLOOR_FAILED if low else words.FLOOR_MET
    sentence = say(
        text, level=level_name, bound=show_bound(bounds.floor), subjects=", ".join(each.shown for each in low)
    )
    yield Check(bounds.level, Condition.FLOOR, bounds.floor, 0, len(low), low, not low, sentence)
    high = sum((each.result or 0) >= bounds.high for each in scored)
    text = words.HIGH_MET if high >= min_high else words.HIGH_FAILED
    sentence = say(text, level=level_name, found=high, bound=show_bound(bounds.high), needed=min_high)
    yield Check(bounds.level, Condition.HIGH, bounds.high, min_high, high, (), high >= min_high, sentence)


def _adjustment(
    rules: RuleSet, outcome: Judged, scored: list[Subject], failed: list[Subject]
) -> Adjustment | None:
    for bounds in BOUNDS[:2]:
        low = [each for each in scored if (each.result or 0) < bounds.floor]
        violating = low + failed
        high = sum((each.result or 0) >= bounds.high for each in scored) + (rules.is_best_case and len(low))
        if len(violating) == 1 and high >= rules.min_high and bounds.level - outcome.raw >= 2:
            sentence = say(
                words.LEVEL_ADJUSTED,
                subject=violating[0].shown,
                target=bounds.level.label,
                raw=outcome.raw.label,
                level=outcome.final.label,
                source=rules.article_adjustment,
            )
            return Adjustment(violating[0], bounds.level, outcome.raw, outcome.final, sentence)
    return None
