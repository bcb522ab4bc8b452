"""Who is promoted, trains in summer, is tested again or repeats the grade (A8: TT 22/2021, Art. 12-14), and why.

`quick_outcome` gives the state at the year's end from three figures; `promotion` follows a pupil through summer
training and re-test to the end, re-running A4 and A5 with the replaced results. Both agree (tested).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.levels import Level, LevelExplanation, Subject, explain_level
from khue.school.gradebook.rules.marks import FAIL, Assessed, Cell
from khue.school.gradebook.rules.older import OlderConduct, OlderExplanation, OlderLevel, explain_older_level
from khue.school.gradebook.rules.rule_sets import RuleSet
from khue.school.gradebook.rules.words import Message, say

RETEST_UNDER: Final = 50
"""Scored subjects of a year average under 5,0 may be tested again."""


class Outcome(StrEnum):
    """What becomes of a pupil at the end of the year; the values are stored."""

    PROMOTED = "LEN_LOP"
    SUMMER_TRAINING = "REN_LUYEN_HE"
    RETEST = "KIEM_TRA_LAI"
    RETAINED = "O_LAI"
    PRINCIPAL_DECIDES = "HIEU_TRUONG_XET"
    INCOMPLETE = "CHUA_DU"

    @property
    def label(self) -> Message:
        """The outcome in words."""
        return say(_LABELS[self])

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come."""
        return self in (Outcome.PROMOTED, Outcome.RETAINED)


_LABELS: Final = {
    Outcome.PROMOTED: words.OUTCOME_PROMOTED,
    Outcome.SUMMER_TRAINING: words.OUTCOME_SUMMER_TRAINING,
    Outcome.RETEST: words.OUTCOME_RETEST,
    Outcome.RETAINED: words.OUTCOME_RETAINED,
    Outcome.PRINCIPAL_DECIDES: words.OUTCOME_PRINCIPAL_DECIDES,
    Outcome.INCOMPLETE: words.OUTCOME_INCOMPLETE,
}

AnyLevel = Level | OlderLevel
AnyConduct = Level | OlderConduct
AnyExplanation = LevelExplanation | OlderExplanation


@dataclass(frozen=True, slots=True)
class YearCase:
    """A pupil at the end of the year and after the summer; absences in half-day sessions of the main plan."""

    subjects: Sequence[Subject]
    conduct: AnyConduct | None
    absences: int
    summer_conduct: AnyConduct | None = None
    retests: Mapping[str, Cell] = field(default_factory=dict)
    """Subject code to the result of the re-test; None while the pupil is registered and not yet marked."""
    is_retest_over: bool = False
    has_no_conduct: bool = False
    """Self-study learners of continuing education are not judged for conduct."""
    has_individual_plan: bool = False
    special: str | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """The outcome with its reasons, the levels that count in the end, and what may be tested again."""

    outcome: Outcome
    reasons: tuple[Message, ...]
    learning: AnyLevel | None
    conduct: AnyConduct | None
    eligible: tuple[Subject, ...]
    year: AnyExplanation
    after_retest: AnyExplanation | None = None


class RetestProblem(ValueError):
    """A re-test of a subject that may not be tested again; carries a Vietnamese message."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def counted_absences(missed: Iterable[tuple[date, bool]]) -> int:
    """Count absences in the year: days on which the main session was missed; second sessions do not add."""
    return len({day for day, is_main in missed if is_main})


def retest_subjects(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Give the subjects a pupil may be tested in again: comment subjects CĐ, scored ones under 5,0."""
    return tuple(
        each
        for each in subjects
        if each.result is not None
        and (
            each.result == FAIL
            if each.assessed == Assessed.COMMENTS
            else marks.LOWEST <= each.result < RETEST_UNDER
        )
    )


def quick_outcome(
    rules: RuleSet, learning: AnyLevel | None, conduct: AnyConduct | None, absences: int
) -> Outcome:
    """Give the state at the year's end from levels and absences, before any summer training or re-test."""
    if absences > rules.absences_allowed:
        return Outcome.RETAINED
    if learning is None or conduct is None:
        return Outcome.INCOMPLETE
    learns, behaves = _passes(learning), conduct >= 1
    if learns:
        return Outcome.PROMOTED if behaves else Outcome.SUMMER_TRAINING
    if learning is OlderLevel.KEM:
        return Outcome.RETAINED
    if behaves:
        return Outcome.RETEST
    if rules.choices.allow_retest_after_summer_training:
        return Outcome.SUMMER_TRAINING
    return Outcome.RETAINED


def _passes(learning: AnyLevel) -> bool:
    return learning >= (OlderLevel.TRUNG_BINH if isinstance(learning, OlderLevel) else Level.DAT)


def _explained(rules: RuleSet, case: YearCase, subjects: Sequence[Subject]) -> AnyExplanation:
    if rules.has_subject_mean:
        return explain_older_level(rules, subjects, special=case.special)
    return explain_level(rules, subjects)


def promotion(rules: RuleSet, case: YearCase) -> Promotion:
    """Decide a pupil's year, with reasons; raises RetestProblem for a re-test of a subject that is not eligible."""
    if case.absences < 0:
        raise ValueError(str(say(words.NOT_ENDED_YEAR, absences=case.absences)))
    decided = _decided(rules, case)
    if case.has_individual_plan and decided.outcome not in (Outcome.PROMOTED, Outcome.INCOMPLETE):
        reasons = (*decided.reasons, say(words.INDIVIDUAL_PLAN))
        return replace(decided, outcome=Outcome.PRINCIPAL_DECIDES, reasons=reasons)
    return decided


def _decided(rules: RuleSet, case: YearCase) -> Promotion:
    year = _explained(rules, case, case.subjects)
    learning: AnyLevel | None = year.final
    conduct = case.conduct
    eligible = retest_subjects(case.subjects)
    strangers = set(case.retests) - {each.key for each in eligible}
    if strangers:
        names = [each.name for each in case.subjects if each.key in strangers] or sorted(strangers)
        raise RetestProblem(say(words.RETEST_NOT_ELIGIBLE, subjects=", ".join(names)))

    def ends(outcome: Outcome, *reasons: Message, after: AnyExplanation | None = None) -> Promotion:
        may = eligible if outcome is Outcome.RETEST else ()
        return Promotion(outcome, reasons, learning, conduct, may, year, after)

    if case.absences > rules.absences_allowed:
        return ends(
            Outcome.RETAINED,
            say(words.TOO_MANY_ABSENCES, absences=case.absences, limit=rules.absences_allowed),
        )
    gaps = []
    if learning is None:
        gaps += [say(words.INCOMPLETE_LEARNING), *year.sentences]
    if conduct is None and not case.has_no_conduct:
        gaps.append(say(words.INCOMPLETE_CONDUCT))
    if learning is None or gaps:
        return ends(Outcome.INCOMPLETE, *gaps)
    said: list[Message] = []
    behaves = conduct is None or conduct >= 1
    learns = _passes(learning)
    if learning is OlderLevel.KEM:
        return ends(Outcome.RETAINED, say(words.LEARNING_LOWEST))
    if not behaves:
        if not learns:
            said.append(say(words.BOTH_FAILED))
            if not rules.choices.allow_retest_after_summer_training:
                return ends(Outcome.RETAINED, *said)
        said.append(say(words.CONDUCT_FAILED))
        if case.summer_conduct is None:
            return ends(Outcome.SUMMER_TRAINING, *said)
        conduct = case.summer_conduct
        if conduct < 1:
            return ends(Outcome.RETAINED, *said, say(words.SUMMER_FAILED))
        said.append(say(words.SUMMER_PASSED, conduct=conduct.label))
    if learns:
        return ends(Outcome.PROMOTED, *said, _all_met(case, learning, conduct))
    said.append(say(words.LEARNING_FAILED, subjects=", ".join(each.shown for each in eligible)))
    waiting = [each.name for each in eligible if case.retests.get(each.key, 0) is None]
    if waiting and not case.is_retest_over:
        return ends(Outcome.RETEST, *said, say(words.RETEST_WAITING, subjects=", ".join(waiting)))
    taken = {key: result for key, result in case.retests.items() if result is not None}
    if not taken:
        if case.is_retest_over:
            return ends(Outcome.RETAINED, *said, say(words.RETEST_NOT_TAKEN))
        return ends(Outcome.RETEST, *said)
    again = [replace(each, result=taken.get(each.key, each.result)) for each in case.subjects]
    said += [
        say(
            words.RETEST_REPLACED,
            subject=new.name,
            before=marks.show(old.result, old.assessed),
            after=marks.show(new.result, new.assessed),
        )
        for old, new in zip(case.subjects, again, strict=True)
        if old.key in taken
    ]
    after = _explained(rules, case, again)
    if after.final is None:
        return ends(Outcome.INCOMPLETE, *said, *after.sentences)
    learning = after.final
    name = learning.label
    if _passes(learning):
        said += [say(words.RETEST_PASSED, learning=name), _all_met(case, learning, conduct)]
        return ends(Outcome.PROMOTED, *said, after=after)
    return ends(Outcome.RETAINED, *said, say(words.RETEST_FAILED, learning=name), after=after)


def _all_met(case: YearCase, learning: AnyLevel, conduct: AnyConduct | None) -> Message:
    name = learning.label
    if conduct is None:
        return say(words.PROMOTED_WITHOUT_CONDUCT, learning=name, absences=case.absences)
    return say(words.PROMOTED_ALL_MET, conduct=conduct.label, learning=name, absences=case.absences)
