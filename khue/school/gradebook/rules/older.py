"""The older circular for older years: TT 58/2011 as amended by TT 26/2020. [memory]

The rules' text has only the table of years; everything here is from general knowledge of the circular and is to be
read against it before an older year is certified: Điều 13 (levels of learning), khoản 6 (one-level adjustment),
Điều 15-18 (promotion, re-test, awards). Conduct of the year is the homeroom teacher's proposal from semester II.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.averages import half_up
from khue.school.gradebook.rules.levels import Check, Condition, Subject
from khue.school.gradebook.rules.marks import FAIL, Assessed, Cell
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say, show_bound, show_mark


class OlderLevel(IntEnum):
    """Levels of learning (học lực); the rank is stored."""

    KEM = 0
    YEU = 1
    TRUNG_BINH = 2
    KHA = 3
    GIOI = 4

    @property
    def label(self) -> Message:
        """The level in words."""
        return say((words.KEM, words.YEU, words.TRUNG_BINH, words.OLDER_KHA, words.GIOI)[self])


class OlderConduct(IntEnum):
    """Levels of conduct (hạnh kiểm); the rank is stored."""

    YEU = 0
    TRUNG_BINH = 1
    KHA = 2
    TOT = 3

    @property
    def label(self) -> Message:
        """The level in words."""
        return say((words.YEU, words.TRUNG_BINH, words.OLDER_KHA, words.TOT)[self])


@dataclass(frozen=True, slots=True)
class OlderBounds:
    """What a level asks: the mean of all subjects, one main subject and the special one; a floor for each subject."""

    level: OlderLevel
    mean: int
    main: int | None
    floor: int
    needs_comments: bool


BOUNDS: Final = (
    OlderBounds(OlderLevel.GIOI, 80, 80, 65, True),
    OlderBounds(OlderLevel.KHA, 65, 65, 50, True),
    OlderBounds(OlderLevel.TRUNG_BINH, 50, 50, 35, True),
    OlderBounds(OlderLevel.YEU, 35, None, 20, False),
)
MAIN_SUBJECTS: Final = ("TOAN", "NGU_VAN")
THIRD_MAIN_SUBJECT: Final = "NGOAI_NGU_1"


@dataclass(frozen=True, slots=True)
class OlderJudged:
    """A level before and after the adjustment, with the mean of all scored subjects in tenths."""

    raw: OlderLevel
    final: OlderLevel
    mean: int

    @property
    def is_adjusted(self) -> bool:
        """Whether khoản 6 raised the level."""
        return self.final != self.raw


def main_subjects(rules: RuleSet) -> tuple[str, ...]:
    """The subjects of which one must reach the level's bound: Toán, Ngữ văn, from 2020-2021 also Ngoại ngữ."""
    return (*MAIN_SUBJECTS, THIRD_MAIN_SUBJECT) if rules.third_main_subject else MAIN_SUBJECTS


def subject_mean(averages: Sequence[int]) -> int | None:
    """Average all scored subjects (ĐTB các môn học), in tenths, half up; None without any."""
    return half_up(sum(averages), len(averages)) if averages else None


def quick_older_level(
    rules: RuleSet, scored: Mapping[str, Cell], comments: Iterable[Cell] = (), *, special: str | None = None
) -> OlderJudged | None:
    """Judge a pupil by Điều 13: averages by subject code, results of comment subjects, the special subject's code.

    None while a subject has no result or when none is scored.
    """
    averages: dict[str, int] = {}
    for key, result in scored.items():
        if result is None:
            return None
        if result >= 0:
            averages[key] = result
    failed = 0
    for result in comments:
        if result is None:
            return None
        failed += result == FAIL
    mean = subject_mean(tuple(averages.values()))
    if mean is None:
        return None
    best_main = max((averages[key] for key in main_subjects(rules) if key in averages), default=-1)
    special_mark = averages.get(special) if special else None
    raw = OlderLevel.KEM
    for bounds in BOUNDS:
        if _has_means(bounds, mean, best_main) and not _violations(bounds, averages, failed, special_mark):
            raw = bounds.level
            break
    for bounds in BOUNDS[:2]:
        if (
            bounds.level - raw >= 2
            and _has_means(bounds, mean, best_main)
            and _violations(bounds, averages, failed, special_mark) == 1
        ):
            return OlderJudged(raw, OlderLevel(raw + 1), mean)
    return OlderJudged(raw, raw, mean)


def _has_means(bounds: OlderBounds, mean: int, best_main: int) -> bool:
    return mean >= bounds.mean and (bounds.main is None or best_main >= bounds.main)


def _violations(bounds: OlderBounds, averages: Mapping[str, int], failed: int, special: int | None) -> int:
    low = sum(mark < bounds.floor for mark in averages.values())
    is_special_short = (
        special is not None and bounds.main is not None and bounds.floor <= special < bounds.main
    )
    return low + is_special_short + (failed if bounds.needs_comments else 0)


@dataclass(frozen=True, slots=True)
class OlderExplanation:
    """A level of TT 58/2011 and why: None with what is missing, or the checks of every level."""

    raw: OlderLevel | None
    final: OlderLevel | None
    mean: int | None
    checks: tuple[Check, ...]
    missing: tuple[Subject, ...]
    excluded: tuple[Subject, ...]
    adjusted_for: Subject | None
    sentences: tuple[Message, ...]


def explain_older_level(
    rules: RuleSet, subjects: Sequence[Subject], *, special: str | None = None
) -> OlderExplanation:
    """Judge a pupil's subjects by TT 58/2011 and say why; the level is `quick_older_level`'s."""
    missing = tuple(each for each in subjects if each.result in marks.OPEN)
    excluded = tuple(each for each in subjects if each.result in marks.NOT_JUDGED)
    scored = [each for each in subjects if each.assessed == Assessed.MARKS and (each.result or 0) >= 0]
    comments = [each for each in subjects if each.assessed == Assessed.COMMENTS]
    outcome = None
    if not missing:
        outcome = quick_older_level(
            rules,
            {each.key: each.result for each in scored},
            [each.result for each in comments],
            special=special,
        )
    if outcome is None:
        names = ", ".join(each.name for each in missing)
        said = say(words.LEVEL_MISSING, subjects=names) if missing else say(words.NO_SUBJECTS)
        return OlderExplanation(None, None, None, (), missing, excluded, None, (said,))
    failed = [each for each in comments if each.result == FAIL]
    checks: list[Check] = []
    blamed = None
    for bounds in BOUNDS:
        found = list(_checks(rules, bounds, outcome.mean, scored, failed, special))
        checks += found
        stops = {each.key: each for check in found if not check.is_met for each in check.failing}
        is_blamed = bounds.level - outcome.raw >= 2 and len(stops) == 1 and blamed is None
        if outcome.is_adjusted and is_blamed and bounds in BOUNDS[:2]:
            blamed = next(iter(stops.values()))
            target = bounds.level
    said_all = [say(words.LEVEL_IS, level=outcome.final.label, source=rules.article_level)]
    said_all += [check.sentence for check in checks if check.level == outcome.raw and check.is_met]
    said_all += [check.sentence for check in checks if check.level == outcome.raw + 1 and not check.is_met]
    if blamed is not None:
        said_all.append(
            say(
                words.LEVEL_ADJUSTED,
                subject=blamed.shown,
                target=target.label,
                raw=outcome.raw.label,
                level=outcome.final.label,
                source=rules.article_adjustment,
            )
        )
    if excluded:
        said_all.append(say(words.EXCLUDED, subjects=", ".join(each.name for each in excluded)))
    return OlderExplanation(
        outcome.raw, outcome.final, outcome.mean, tuple(checks), missing, excluded, blamed, tuple(said_all)
    )


def _checks(
    rules: RuleSet,
    bounds: OlderBounds,
    mean: int,
    scored: list[Subject],
    failed: list[Subject],
    special: str | None,
) -> Iterable[Check]:
    name = bounds.level.label
    is_met = mean >= bounds.mean
    text = words.MEAN_MET if is_met else words.MEAN_FAILED
    sentence = say(text, level=name, mean=show_mark(mean), bound=show_bound(bounds.mean))
    yield Check(bounds.level, Condition.MEAN, bounds.mean, bounds.mean, mean, (), is_met, sentence)
    if bounds.main is not None:
        main = [each for each in scored if each.key in main_subjects(rules)]
        good = [each for each in main if (each.result or 0) >= bounds.main]
        shown = ", ".join(each.shown for each in (good or main))
        text = words.MAIN_MET if good else words.MAIN_FAILED
        sentence = say(text, level=name, subjects=shown, bound=show_bound(bounds.main))
        yield Check(bounds.level, Condition.MAIN_SUBJECT, bounds.main, 1, len(good), (), bool(good), sentence)
        for each in scored:
            if each.key == special:
                is_met = (each.result or 0) >= bounds.main
                text = words.SPECIAL_MET if is_met else words.SPECIAL_FAILED
                sentence = say(text, level=name, subjects=each.shown, bound=show_bound(bounds.main))
                failing = () if is_met else (each,)
                yield Check(
                    bounds.level, Condition.SPECIAL_SUBJECT, bounds.main, 1, is_met, failing, is_met, sentence
                )
    low = tuple(each for each in scored if (each.result or 0) < bounds.floor)
    text = words.FLOOR_FAILED if low else words.FLOOR_MET
    sentence = say(
        text, level=name, bound=show_bound(bounds.floor), subjects=", ".join(each.shown for each in low)
    )
    yield Check(bounds.level, Condition.FLOOR, bounds.floor, 0, len(low), low, not low, sentence)
    if bounds.needs_comments:
        names = ", ".join(each.name for each in failed)
        text = words.COMMENTS_FAILED if failed else words.COMMENTS_MET
        sentence = say(text, level=name, subjects=names, allowed=0)
        yield Check(bounds.level, Condition.COMMENTS, 0, 0, len(failed), tuple(failed), not failed, sentence)


def proposed_year_conduct(first: OlderConduct | None, second: OlderConduct | None) -> OlderConduct | None:
    """Propose the year's conduct: semester II's, which the teacher may change; None while one is missing."""
    return None if first is None else second
