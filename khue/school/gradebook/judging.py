"""From the averages of a class to the results of its pupils: pure, quick enough for a province (rules/01 A3-D).

A row of a sheet comes as one number, so that a pupil is one short list: `code = sheet << 24 | payload`. The payload of
a subject is its average, of a primary subject its level and test at the end of the term, of a conduct sheet the level
and the absences; see `queries.results`, which packs them. What a `Verdict` holds goes into a Result as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from khue.school.gradebook.layout import NOT_TAUGHT_BEFORE_3, TESTS, TRAITS
from khue.school.gradebook.rules import averages, awards, conduct, older, primary, promotion
from khue.school.gradebook.rules.levels import Level, Subject, quick_level
from khue.school.gradebook.rules.marks import NOT_TAKEN, Assessed, Cell
from khue.school.gradebook.rules.primary import Completion, YearResult
from khue.school.gradebook.rules.promotion import Outcome, YearCase
from khue.school.gradebook.rules.results import CourseShape, quick_any_level
from khue.school.gradebook.rules.rule_sets import AdjustmentMode, Choices, NoRuleSet, RuleSet, rule_set
from khue.school.gradebook.rules.words import Message

TERMS: Final = (1, 2)
YEAR: Final = 0
PERIODS: Final = (1, 2, YEAR)
PRIMARY: Final = "TH"
TRAIT: Final = "PC."  # key of a quality or competence assessed again: PC.yn
TEST: Final = ".KT"  # key of a primary test beside its subject: TOAN.KT

# Codes of the primary year result, as stored in Result.learning.
YEAR_CODES: Final = {result: result.name for result in YearResult}
YEAR_RESULTS: Final = {code: result for result, code in YEAR_CODES.items()}
SETTINGS: Final = ("gradebook.adjustment_mode", "gradebook.retest_after_summer_training")

FINAL: Final = frozenset({"LEN_LOP", "O_LAI", "HOAN_THANH"})  # nothing more is to come
PENDING: Final = ("KIEM_TRA_LAI", "REN_LUYEN_HE", "BO_SUNG", "HIEU_TRUONG_XET")

NONE: Final = -100  # stands for an empty cell inside a code
NO_ABSENCE: Final = 511


@dataclass(frozen=True, slots=True)
class Course:
    """A subject of a class with its two sheets; 0 where it has none in the term."""

    subject: str
    name: str
    short: str
    is_scored: bool
    first: int
    second: int
    has_test: bool = False

    @property
    def assessed(self) -> Assessed:
        """How the subject is assessed, in the words of the rules."""
        return Assessed.MARKS if self.is_scored else Assessed.COMMENTS


@dataclass(frozen=True, slots=True)
class Room:
    """A class as results see it; scored courses before the others, each in the order of the programme."""

    id: int
    name: str
    level: str
    grade: int
    year_id: int
    school_id: int
    rules: RuleSet
    courses: tuple[Course, ...]
    conduct: tuple[int, int] = (0, 0)
    traits: tuple[int, int] = (0, 0)
    reviews: Mapping[int, str] = field(default_factory=dict)  # term -> state
    scored: int = field(init=False)  # how many courses are assessed by marks

    def __post_init__(self) -> None:
        """Count once what every pupil asks."""
        object.__setattr__(self, "scored", sum(course.is_scored for course in self.courses))

    @property
    def is_primary(self) -> bool:
        """Whether TT 27/2020 or the older circular of primary schools judges it."""
        return self.level == PRIMARY


@dataclass(frozen=True, slots=True)
class Stored:
    """A Result as it is in the database."""

    id: int
    term: int
    subjects: Mapping[str, int]
    values: tuple[Any, ...]  # in the order of FIELDS without subjects
    classroom_id: int
    school_id: int
    is_approved: bool
    retest: Mapping[str, Cell]  # subject to the result of the re-test; None: chosen, not taken yet
    is_retest_over: bool
    summer_task: str
    summer_conduct: str
    summer_signed: bool
    decision: str
    distinction: str
    version: int

    @property
    def outcome(self) -> str:
        """What became of the pupil."""
        return str(self.values[FIELDS.index("outcome") - 1])

    @property
    def verdict(self) -> Verdict:
        """What was stored, as a verdict."""
        return Verdict(self.values[0], dict(self.subjects), *self.values[1:])


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil of the class with what the sheets hold, packed, and what is stored by term."""

    enrolment_id: int
    person_id: int
    name: str
    status: str
    has_plan: bool
    codes: str
    traits: str  # ranks at the end of the year, in the order of layout.TRAITS, parted by commas
    stored: Mapping[int, Stored]
    rolled: Mapping[int, tuple[int, int]] = field(
        default_factory=dict
    )  # absences by term where roll call keeps them


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows for a pupil in a term or the year."""

    rule_set: str
    subjects: dict[str, int]
    missing: int = 0
    learning: str = ""
    learning_raw: str = ""
    conduct: str = ""
    absences: int | None = None
    award: str = ""
    outcome: str = ""
    retest_learning: str = ""

    @property
    def fields(self) -> tuple[Any, ...]:
        """Side by side with FIELDS."""
        return (
            self.rule_set, self.subjects, self.missing, self.learning, self.learning_raw, self.conduct, self.absences,
            self.award, self.outcome, self.retest_learning,
        )  # fmt: skip


FIELDS: Final = (
    "rule_set", "subjects", "missing", "learning", "learning_raw", "conduct", "absences", "award", "outcome",
    "retest_learning",
)  # fmt: skip


def choices_of(values: Mapping[str, Any]) -> Choices:
    """The province's settings as the rules want them."""
    return Choices(
        adjustment_mode=AdjustmentMode(values["gradebook.adjustment_mode"]),
        allow_retest_after_summer_training=bool(values["gradebook.retest_after_summer_training"]),
    )


def rules_of(level: str, grade: int, year: int, choices: Choices) -> RuleSet | None:
    """The circular that judges a class; None for preschool and for grades no circular knows."""
    try:
        found = rule_set(level, grade, year, choices=choices)
    except NoRuleSet:
        return None
    return None if level == "MN" else found


def tested(grade: int, subject: str) -> bool:
    """Whether a primary subject has a test at the end of the term (rules/01 B2)."""
    return subject in TESTS.get(grade, ())


# --- unpacking ----------------------------------------------------------------------------------------------------


def cells_of(codes: str) -> dict[int, int]:
    """Sheet to payload, from PostgreSQL's text of an array."""
    return {code >> 24: code & 0xFFFFFF for code in orjson.loads(f"[{codes[1:-1]}]")} if codes else {}


def average(cells: Mapping[int, int], sheet: int) -> Cell:
    """The term's result of a subject: tenths, 0 or more for Đạt, a state, None while it is open."""
    if not sheet:
        return NOT_TAKEN
    payload = cells.get(sheet, 0)
    return None if payload <= 28 else payload - 128


def level_and_test(cells: Mapping[int, int], sheet: int) -> tuple[Cell, Cell]:
    """The level and the test of a primary subject at the end of the term."""
    if not sheet:
        return NOT_TAKEN, NOT_TAKEN
    payload = cells.get(sheet)
    if payload is None:
        return None, None
    level, test = (payload >> 8) - 128, (payload & 255) - 128
    return (None if level == NONE else level), (None if test == NONE else test)


def conduct_and_absences(cells: Mapping[int, int], sheet: int) -> tuple[int | None, int | None]:
    """The conduct of a term, and its half-day sessions of absence with and without leave; None while one is empty."""
    payload = cells.get(sheet)
    if payload is None:
        return None, None
    rank, excused, other = (payload >> 18) - 1, payload >> 9 & 511, payload & 511
    absences = None if NO_ABSENCE in (excused, other) else excused + other
    return (None if rank < 0 else rank), absences


def traits_of(text: str) -> tuple[Cell, ...]:
    """Ranks of qualities and competences, in the order of layout.TRAITS."""
    if not text:
        return (None,) * len(TRAITS)
    found: list[Cell] = [int(one) if one else None for one in text.split(",")]
    return tuple((found + [None] * len(TRAITS))[: len(TRAITS)])


def owed_traits(grade: int, ranks: Sequence[Cell]) -> list[tuple[str, Cell]]:
    """The qualities and competences that count: code and rank; what is not taught yet counts only if it was judged."""
    return [
        (code, rank)
        for (code, *_words), rank in zip(TRAITS, ranks, strict=True)
        if grade > 2 or code not in NOT_TAUGHT_BEFORE_3 or rank is not None
    ]


# --- judging ------------------------------------------------------------------------------------------------------


def judge(room: Room, pupil: Pupil) -> dict[int, Verdict]:
    """The results of a pupil: both terms (1, 2) and the year (0)."""
    cells = cells_of(pupil.codes)
    return _primary(room, pupil, cells) if room.is_primary else _secondary(room, pupil, cells)


def _secondary(room: Room, pupil: Pupil, cells: Mapping[int, int]) -> dict[int, Verdict]:
    rules = room.rules
    results: dict[int, list[Cell]] = {1: [], 2: [], YEAR: []}
    first, second, year = results[1], results[2], results[YEAR]
    for course in room.courses:
        one, two = average(cells, course.first), average(cells, course.second)
        first.append(one)
        second.append(two)
        year.append(averages.year_average(one, two) if course.is_scored else averages.year_comment(one, two))
    behaved: dict[int, Any] = {}
    absent: dict[int, int | None] = {}
    for term, sheet in zip(TERMS, room.conduct, strict=True):
        behaved[term], absent[term] = conduct_and_absences(cells, sheet)
        rolled = pupil.rolled.get(term)  # what the class's own roll says comes before what was typed
        if rolled is not None:
            absent[term] = sum(rolled)
    scale: Any = older.OlderConduct if rules.has_subject_mean else Level
    behaved = {term: None if rank is None else scale(rank) for term, rank in behaved.items()}
    year_of = older.proposed_year_conduct if rules.has_subject_mean else conduct.year_conduct
    behaved[YEAR] = year_of(behaved[1], behaved[2])
    absent[YEAR] = None if absent[1] is None or absent[2] is None else absent[1] + absent[2]
    found = {
        period: _verdict(room, pupil, period, results[period], behaved[period], absent[period])
        for period in PERIODS
    }
    return _settled(room, pupil, found)


def _verdict(
    room: Room, pupil: Pupil, period: int, results: Sequence[Cell], behaved: Any, absent: int | None
) -> Verdict:
    subjects = {
        course.subject: result
        for course, result in zip(room.courses, results, strict=True)
        if result is not None
    }
    judged = level_of(room, results)
    award = outcome = ""
    if period == YEAR:
        final = judged.final if judged else None
        outcome = str(_outcome(room, pupil, final, behaved, absent))
        given = _award(room, final, behaved, results)
        award = str(given) if given else ""
    return Verdict(
        str(room.rules.code), subjects, len(results) - len(subjects), judged.final.name if judged else "",
        judged.raw.name if judged else "", "" if behaved is None else behaved.name, absent, award, outcome,
    )  # fmt: skip


def level_of(room: Room, results: Sequence[Cell]) -> Any:
    """The level of learning from results side by side with the courses; None while one is missing."""
    if room.rules.has_subject_mean:
        shapes = [CourseShape(one.subject, one.assessed, (), ()) for one in room.courses]
        return quick_any_level(room.rules, shapes, results)
    marked = room.scored
    return quick_level(room.rules, results[:marked], results[marked:])


def _outcome(room: Room, pupil: Pupil, learning: Any, behaved: Any, absent: int | None) -> Outcome:
    if absent is None:
        found = Outcome.INCOMPLETE
    else:
        found = promotion.quick_outcome(room.rules, learning, behaved, absent)
    if pupil.has_plan and found not in (Outcome.PROMOTED, Outcome.INCOMPLETE):
        return Outcome.PRINCIPAL_DECIDES
    return found


def _award(room: Room, learning: Any, behaved: Any, results: Sequence[Cell]) -> awards.Award | None:
    if room.rules.has_subject_mean:
        return awards.older_award(learning, behaved)
    return awards.quick_award(room.rules, learning, behaved, results[: room.scored])


def _primary(room: Room, pupil: Pupil, cells: Mapping[int, int]) -> dict[int, Verdict]:
    code = str(room.rules.code)
    found: dict[int, Verdict] = {}
    for term in TERMS:
        subjects, missing = _levels(room, cells, term)
        found[term] = Verdict(code, subjects, missing)
    owed = owed_traits(room.grade, traits_of(pupil.traits))
    ended = found[2]
    missing = ended.missing + sum(rank is None for _code, rank in owed)
    result = None
    if not missing:
        result = year_result(room, ended.subjects, [rank for _code, rank in owed])
    outcome = primary.class_completion(result)
    if outcome is Completion.SUPPLEMENT and pupil.has_plan:
        outcome = Completion.PRINCIPAL_DECIDES
    kept = pupil.stored.get(YEAR)
    words = kept.distinction if kept else ""
    proposal = primary_award(result, words)
    name = YEAR_CODES[result] if result is not None else ""
    found[YEAR] = Verdict(
        code, ended.subjects, missing, name, name, award=str(proposal) if proposal else "",
        outcome=str(outcome or Outcome.INCOMPLETE),
    )  # fmt: skip
    return _settled(room, pupil, found)


def _levels(room: Room, cells: Mapping[int, int], term: int) -> tuple[dict[str, int], int]:
    subjects: dict[str, int] = {}
    missing = 0
    for course in room.courses:
        level, test = level_and_test(cells, course.first if term == 1 else course.second)
        if level is None:
            missing += 1
        else:
            subjects[course.subject] = level
        if course.has_test:
            if test is None or test in (-1, -2):  # absent, or a make-up to come
                missing += level is None or level >= 0
            else:
                subjects[course.subject + TEST] = test
    return subjects, missing


def year_result(room: Room, subjects: Mapping[str, Cell], traits: Iterable[Cell]) -> YearResult | None:
    """The year's result of a primary pupil from levels and tests by key, and ranks of traits."""
    levels = [subjects.get(course.subject) for course in room.courses]
    tests = [
        subjects.get(course.subject + TEST)
        for course in room.courses
        if course.has_test and (subjects.get(course.subject) or 0) >= 0
    ]
    return primary.quick_year_result(room.rules, levels, traits, tests)


def primary_award(result: YearResult | None, distinction: str) -> awards.Award | None:
    """The title of a primary pupil; `distinction` says in what the class recognised them."""
    strengths = [distinction] if distinction else []
    proposal = awards.primary_award(result, strengths, is_recognised=bool(distinction))
    return proposal.award if proposal else None


# --- after the year -----------------------------------------------------------------------------------------------


def _settled(room: Room, pupil: Pupil, found: dict[int, Verdict]) -> dict[int, Verdict]:
    kept = pupil.stored.get(YEAR)
    if kept is not None and (kept.retest or kept.is_retest_over or kept.summer_conduct or kept.decision):
        found[YEAR] = settle(room, pupil, found[YEAR], kept)
    return found


def settle(room: Room, pupil: Pupil, verdict: Verdict, kept: Stored) -> Verdict:
    """The year with what followed it: re-test or supplement, summer training, the principal's decision."""
    if room.is_primary:
        return _settled_primary(room, pupil, verdict, kept)
    found = promotion.promotion(room.rules, year_case(room, pupil, verdict, kept))
    outcome = str(found.outcome)
    waits = outcome == Outcome.PRINCIPAL_DECIDES or (pupil.has_plan and outcome == Outcome.INCOMPLETE)
    if waits and kept.decision and kept.outcome in FINAL:
        outcome = kept.outcome
    after = found.after_retest.final if found.after_retest else None
    return replace(verdict, outcome=outcome, retest_learning=after.name if after is not None else "")


def subjects_of(room: Room, results: Mapping[str, Cell]) -> list[Subject]:
    """The subjects of a class with a pupil's results, as the rules explain them."""
    return [
        Subject(course.subject, course.name, results.get(course.subject), course.assessed)
        for course in room.courses
    ]


def year_case(room: Room, pupil: Pupil, verdict: Verdict, kept: Stored | None) -> YearCase:
    """A pupil at the end of the year, as the rules of promotion want it."""
    subjects = subjects_of(room, verdict.subjects)
    eligible = {each.key for each in promotion.retest_subjects(subjects)}
    scale: Any = older.OlderConduct if room.rules.has_subject_mean else Level
    summer = kept.summer_conduct if kept else ""
    retest = kept.retest if kept else {}
    return YearCase(
        subjects, scale[verdict.conduct] if verdict.conduct else None, verdict.absences or 0,
        summer_conduct=scale[summer] if summer else None,
        retests={key: mark for key, mark in retest.items() if key in eligible},
        is_retest_over=bool(kept and kept.is_retest_over), has_individual_plan=pupil.has_plan,
    )  # fmt: skip


def _settled_primary(room: Room, pupil: Pupil, verdict: Verdict, kept: Stored) -> Verdict:
    result = YEAR_RESULTS.get(verdict.learning)
    supplement = None
    if kept.retest or kept.is_retest_over:
        owed = owed_traits(room.grade, traits_of(pupil.traits))
        traits = [kept.retest.get(TRAIT + code, rank) for code, rank in owed]
        supplement = year_result(room, {**verdict.subjects, **kept.retest}, traits)
    promoted = None if not kept.decision or kept.outcome not in FINAL else kept.outcome == Outcome.PROMOTED
    if result is None and pupil.has_plan and promoted is not None:
        return replace(verdict, outcome=kept.outcome)
    if pupil.has_plan and supplement is None:
        supplement = YearResult.NOT_DONE
    completion = primary.class_completion(result, supplementary=supplement, is_promoted=promoted)
    code = YEAR_CODES[supplement] if supplement is not None and kept.retest else ""
    return replace(verdict, outcome=str(completion or Outcome.INCOMPLETE), retest_learning=code)


# --- words --------------------------------------------------------------------------------------------------------


def learning_label(rule: str, code: str) -> Message | None:
    """A stored level of learning in words."""
    if not code:
        return None
    if code in YEAR_RESULTS:
        return YEAR_RESULTS[code].label
    return older.OlderLevel[code].label if rule == "TT58_2011" else Level[code].label


def conduct_label(rule: str, code: str) -> Message | None:
    """A stored level of conduct in words."""
    if not code:
        return None
    return older.OlderConduct[code].label if rule == "TT58_2011" else Level[code].label


def outcome_label(code: str, grade: int) -> Message | None:
    """A stored outcome of the year in words."""
    if not code:
        return None
    if code == Completion.COMPLETED or code == Completion.SUPPLEMENT:
        return Completion(code).label(grade)
    return Outcome(code).label


def award_label(code: str) -> Message | None:
    """A stored title in words."""
    return awards.Award(code).label if code else None
