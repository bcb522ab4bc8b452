"""Primary school by TT 27/2020: levels at four points, periodic tests, qualities, the year's result (B1-B5).

T, H, C of subjects and T, Đ, C of qualities are different words: each kind has its own enum and no letter is a key.
Marks are whole, kept in tenths like all marks (9 is 90), and are a reference for levels: there are no averages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final

from khue.lib.names import fold
from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.averages import half_up
from khue.school.gradebook.rules.marks import NOT_JUDGED, Cell
from khue.school.gradebook.rules.rule_sets import RuleSet, RuleSetCode
from khue.school.gradebook.rules.typed import BLANK, Entered, Given, Refused, Typed, as_typed
from khue.school.gradebook.rules.words import Message, say, show_bound


class SubjectLevel(IntEnum):
    """Level of a subject or activity; the rank is stored."""

    NOT_DONE = 0
    DONE = 1
    DONE_WELL = 2

    @property
    def letter(self) -> str:
        """The letter of the book: C, H, T."""
        return "CHT"[self]

    @property
    def label(self) -> Message:
        """The level in words."""
        return say((words.SUBJECT_NOT_DONE, words.SUBJECT_DONE, words.SUBJECT_DONE_WELL)[self])


class TraitLevel(IntEnum):
    """Level of a quality or competence; the rank is stored."""

    NEEDS_EFFORT = 0
    MET = 1
    GOOD = 2

    @property
    def letter(self) -> str:
        """The letter of the book: C, Đ, T."""
        return "CĐT"[self]

    @property
    def label(self) -> Message:
        """The level in words."""
        return say((words.TRAIT_NEEDS_EFFORT, words.TRAIT_MET, words.TRAIT_GOOD)[self])


class Period(StrEnum):
    """The four points of the year at which a pupil is assessed."""

    MID_1 = "mid_1"
    END_1 = "end_1"
    MID_2 = "mid_2"
    END_2 = "end_2"

    @property
    def semester(self) -> int:
        """Semester 1 or 2."""
        return 1 if self in (Period.MID_1, Period.END_1) else 2

    @property
    def is_mid(self) -> bool:
        """Whether it lies in the middle of a semester."""
        return self in (Period.MID_1, Period.MID_2)

    @property
    def label(self) -> Message:
        """The point in words."""
        return say(_PERIOD_LABELS[self])


_PERIOD_LABELS: Final = {
    Period.MID_1: words.PERIOD_MID_1,
    Period.END_1: words.PERIOD_END_1,
    Period.MID_2: words.PERIOD_MID_2,
    Period.END_2: words.PERIOD_END_2,
}


class YearResult(IntEnum):
    """Result of the year (kết quả giáo dục); the rank is stored."""

    NOT_DONE = 0
    DONE = 1
    WELL = 2
    EXCELLENT = 3

    @property
    def label(self) -> Message:
        """The result in words."""
        return say(
            (words.RESULT_NOT_DONE, words.RESULT_DONE, words.RESULT_WELL, words.RESULT_EXCELLENT)[self]
        )


class TraitGroup(StrEnum):
    """Qualities, general and specific competences."""

    QUALITY = "quality"
    GENERAL = "general_competence"
    SPECIFIC = "specific_competence"


@dataclass(frozen=True, slots=True)
class Trait:
    """A quality or competence: code, name, group, the first grade in which it must be judged."""

    code: str
    name: str
    group: TraitGroup
    from_grade: int = 1


TRAITS: Final = tuple(
    Trait(code, name, group, from_grade)
    for code, name, group, from_grade in (
        ("YEU_NUOC", "Yêu nước", TraitGroup.QUALITY, 1),
        ("NHAN_AI", "Nhân ái", TraitGroup.QUALITY, 1),
        ("CHAM_CHI", "Chăm chỉ", TraitGroup.QUALITY, 1),
        ("TRUNG_THUC", "Trung thực", TraitGroup.QUALITY, 1),
        ("TRACH_NHIEM", "Trách nhiệm", TraitGroup.QUALITY, 1),
        ("TU_CHU", "Tự chủ và tự học", TraitGroup.GENERAL, 1),
        ("GIAO_TIEP", "Giao tiếp và hợp tác", TraitGroup.GENERAL, 1),
        ("SANG_TAO", "Giải quyết vấn đề và sáng tạo", TraitGroup.GENERAL, 1),
        ("NGON_NGU", "Ngôn ngữ", TraitGroup.SPECIFIC, 1),
        ("TINH_TOAN", "Tính toán", TraitGroup.SPECIFIC, 1),
        ("KHOA_HOC", "Khoa học", TraitGroup.SPECIFIC, 1),
        ("CONG_NGHE", "Công nghệ", TraitGroup.SPECIFIC, 3),
        ("TIN_HOC", "Tin học", TraitGroup.SPECIFIC, 3),
        ("THAM_MI", "Thẩm mĩ", TraitGroup.SPECIFIC, 1),
        ("THE_CHAT", "Thể chất", TraitGroup.SPECIFIC, 1),
    )
)

_TWO: Final = ("TIENG_VIET", "TOAN")
_END_TESTS: Final = {
    1: _TWO,
    2: _TWO,
    3: (*_TWO, "NGOAI_NGU_1", "TIN_CN"),
    4: (*_TWO, "NGOAI_NGU_1", "LS_DL", "KHOA_HOC", "TIN_CN"),
    5: (*_TWO, "NGOAI_NGU_1", "LS_DL", "KHOA_HOC", "TIN_CN"),
}
_MID_TESTS: Final = {4: _TWO, 5: _TWO}
LAST_GRADE: Final = 5


def subjects_with_tests(grade: int, period: Period) -> tuple[str, ...]:
    """Give the codes of subjects with a test at a point of the year (B2); raises KeyError beyond grades 1 to 5."""
    tests = _END_TESTS[grade]
    return _MID_TESTS.get(grade, ()) if period.is_mid else tests


def required_traits(grade: int, *, with_technology: bool | None = None) -> tuple[Trait, ...]:
    """Give the qualities and competences a grade is judged by; Công nghệ and Tin học from grade 3 unless told."""
    return tuple(
        trait
        for trait in TRAITS
        if trait.from_grade <= (grade if with_technology is None else (LAST_GRADE if with_technology else 1))
    )


def technology_mark(informatics: Cell, technology: Cell) -> Cell:
    """Join the two part marks of Tin học và Công nghệ, in whole marks, half up; None while a part is missing."""
    if informatics is None or technology is None or informatics < 0 or technology < 0:
        return None
    return half_up(informatics + technology, 20) * 10


def counted_attempt(attempts: Sequence[Cell]) -> Cell:
    """Give the mark of the last test taken: another test is set when the first is out of keeping with the year."""
    return next((mark for mark in reversed(attempts) if mark is not None), None)


_SUBJECT_WORDS: Final = {
    "t": SubjectLevel.DONE_WELL, "htt": SubjectLevel.DONE_WELL, "hoan thanh tot": SubjectLevel.DONE_WELL,
    "h": SubjectLevel.DONE, "ht": SubjectLevel.DONE, "hoan thanh": SubjectLevel.DONE,
    "c": SubjectLevel.NOT_DONE, "cht": SubjectLevel.NOT_DONE, "chua hoan thanh": SubjectLevel.NOT_DONE,
}  # fmt: skip
_TRAIT_WORDS: Final = {
    "t": TraitLevel.GOOD, "tot": TraitLevel.GOOD,
    "d": TraitLevel.MET, "dat": TraitLevel.MET,
    "c": TraitLevel.NEEDS_EFFORT, "ccg": TraitLevel.NEEDS_EFFORT, "can co gang": TraitLevel.NEEDS_EFFORT,
}  # fmt: skip
_EXEMPT_WORDS: Final = frozenset({"m", "mien", "duoc mien"})


def read_subject_level(given: Given) -> Typed:
    """Read what a teacher typed for a subject: T, H, C or the words; the cell is the level's rank."""
    return _read(as_typed(given), tuple(_SUBJECT_WORDS.items()), "T, H, C")


def read_trait_level(given: Given) -> Typed:
    """Read what a teacher typed for a quality or competence: T, Đ, C or the words; the cell is the level's rank."""
    return _read(as_typed(given), tuple(_TRAIT_WORDS.items()), "T, Đ, C")


@lru_cache(maxsize=512)
def _read(text: str, known: tuple[tuple[str, int], ...], letters: str) -> Typed:
    folded = fold(text)
    if not folded:
        return BLANK
    if folded in _EXEMPT_WORDS:
        return Entered(marks.EXEMPT)
    found = dict(known).get(folded)
    if found is None:
        return Refused(say(words.LEVEL_UNREADABLE, typed=text[:20], letters=letters))
    return Entered(int(found))


# --- the year ------------------------------------------------------------------------------------------------------

_MARK_BOUNDS: Final = {YearResult.EXCELLENT: 90, YearResult.WELL: 70, YearResult.DONE: 50}
_NEEDED: Final = {
    YearResult.EXCELLENT: (SubjectLevel.DONE_WELL, TraitLevel.GOOD),
    YearResult.WELL: (SubjectLevel.DONE_WELL, TraitLevel.GOOD),
    YearResult.DONE: (SubjectLevel.DONE, TraitLevel.MET),
}


def quick_year_result(
    rules: RuleSet, subjects: Iterable[Cell], traits: Iterable[Cell], tests: Iterable[Cell]
) -> YearResult | None:
    """Give the year's result (Art. 9) from ranks of subjects and traits and end-of-year marks in tenths.

    EXEMPT and NOT_TAKEN do not count; None while anything is missing or nothing is judged. TT 30/2014 knows only
    completed or not. [memory]
    """
    lowest_subject, lowest_trait, lowest_test = _lowest(subjects), _lowest(traits), _lowest(tests)
    if lowest_subject is None or lowest_trait is None or lowest_test is None:
        return None
    if _NOTHING in (lowest_subject, lowest_trait):
        return None
    if lowest_subject == SubjectLevel.NOT_DONE or lowest_trait == TraitLevel.NEEDS_EFFORT or lowest_test < 50:
        return YearResult.NOT_DONE
    if rules.code is RuleSetCode.TT30_2014:
        return YearResult.DONE
    if lowest_subject < SubjectLevel.DONE_WELL or lowest_trait < TraitLevel.GOOD or lowest_test < 70:
        return YearResult.DONE
    return YearResult.WELL if lowest_test < 90 else YearResult.EXCELLENT


_NOTHING: Final = 1000


def _lowest(cells: Iterable[Cell]) -> int | None:
    """The lowest of what is judged, _NOTHING when nothing is, None while a cell is open."""
    lowest = _NOTHING
    for cell in cells:
        if cell is None:
            return None
        if cell < lowest:
            if cell < 0:
                if cell in NOT_JUDGED:
                    continue
                if cell != marks.ZEROED:
                    return None
                cell = 0
            lowest = cell
    return lowest


@dataclass(frozen=True, slots=True)
class Item:
    """A subject, trait or test with its result; `name` is what pages show."""

    key: str
    name: str
    result: Cell


@dataclass(frozen=True, slots=True)
class PrimaryExplanation:
    """The year's result and why; None with what is missing."""

    source: str
    result: YearResult | None
    missing: tuple[str, ...]
    sentences: tuple[Message, ...]


def explain_year_result(
    rules: RuleSet, subjects: Sequence[Item], traits: Sequence[Item], tests: Sequence[Item]
) -> PrimaryExplanation:
    """Give the year's result and say what let it be and what kept it from the next; agrees with the quick one."""
    result = quick_year_result(
        rules,
        [each.result for each in subjects],
        [each.result for each in traits],
        [each.result for each in tests],
    )
    if result is None:
        missing = tuple(each.name for each in (*subjects, *traits) if each.result in marks.OPEN)
        missing += tuple(
            str(say(words.PRIMARY_TEST_OF, subject=each.name)) for each in tests if each.result in marks.OPEN
        )
        said = say(words.PRIMARY_MISSING, subjects=", ".join(missing)) if missing else say(words.NO_SUBJECTS)
        return PrimaryExplanation(rules.article_level, None, missing, (said,))
    said_all: list[Message] = []
    if result is not YearResult.NOT_DONE:
        said_all += [message for message, is_met in _checks(result, subjects, traits, tests) if is_met]
    is_top = result is YearResult.EXCELLENT or (
        rules.code is RuleSetCode.TT30_2014 and result is YearResult.DONE
    )
    if not is_top:
        above = YearResult(result + 1)
        said_all += [message for message, is_met in _checks(above, subjects, traits, tests) if not is_met]
    return PrimaryExplanation(rules.article_level, result, (), tuple(said_all))


def _checks(
    result: YearResult, subjects: Sequence[Item], traits: Sequence[Item], tests: Sequence[Item]
) -> Iterable[tuple[Message, bool]]:
    subject_level, trait_level = _NEEDED[result]
    bound = _MARK_BOUNDS[result]
    name = result.label
    for items, needed, needed_name, failed, met in (
        (subjects, int(subject_level), subject_level.label, words.PRIMARY_SUBJECTS_FAILED,
         words.PRIMARY_SUBJECTS_MET),
        (traits, int(trait_level), trait_level.label, words.PRIMARY_TRAITS_FAILED, words.PRIMARY_TRAITS_MET),
        (tests, bound, "", words.PRIMARY_MARKS_FAILED, words.PRIMARY_MARKS_MET),
    ):  # fmt: skip
        low = [each.name for each in items if each.result is not None and _rank(each.result) < needed]
        yield (
            say(
                failed if low else met,
                result=name,
                subjects=", ".join(low),
                needed=needed_name,
                bound=show_bound(bound),
            ),
            not low,
        )


def _rank(result: int) -> int:
    if result in NOT_JUDGED:
        return _NOTHING
    return max(result, 0)


# --- warnings and completion ---------------------------------------------------------------------------------------


class Inconsistency(StrEnum):
    """Kinds of disagreement between a test and the level of its subject."""

    HIGH_MARK_LOW_LEVEL = "high_mark_low_level"
    LOW_MARK_HIGH_LEVEL = "low_mark_high_level"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A disagreement the teacher should look at; never an error, the level is the teacher's."""

    subject: str
    kind: Inconsistency
    message: Message


def consistency_warning(key: str, name: str, mark: Cell, level: Cell) -> Disagreement | None:
    """Warn of 9 marked H, of 7 marked C, of 4 marked H or T, and of a T under 7, which Art. 9 will not bear."""
    if mark is None or level is None or mark < 0 or level < 0:
        return None
    if (mark >= 90 and level < SubjectLevel.DONE_WELL) or (mark >= 70 and level == SubjectLevel.NOT_DONE):
        kind, text = Inconsistency.HIGH_MARK_LOW_LEVEL, words.WARN_HIGH_MARK
    elif (mark < 50 and level > SubjectLevel.NOT_DONE) or (mark < 70 and level == SubjectLevel.DONE_WELL):
        kind, text = Inconsistency.LOW_MARK_HIGH_LEVEL, words.WARN_LOW_MARK
    else:
        return None
    shown = SubjectLevel(level).label
    return Disagreement(key, kind, say(text, subject=name, mark=show_bound(mark), level=shown))


def consistency_warnings(
    names: Mapping[str, str], tests: Mapping[str, Cell], levels: Mapping[str, Cell]
) -> tuple[Disagreement, ...]:
    """Give the warnings of a pupil at one point of the year; marks and levels by subject code."""
    found = (
        consistency_warning(key, names.get(key, key), mark, levels.get(key)) for key, mark in tests.items()
    )
    return tuple(warning for warning in found if warning)


class Completion(StrEnum):
    """Whether the programme of the class is completed (B5); the values are stored."""

    COMPLETED = "HOAN_THANH"
    SUPPLEMENT = "BO_SUNG"
    PRINCIPAL_DECIDES = "HIEU_TRUONG_XET"
    PROMOTED_BY_PRINCIPAL = "LEN_LOP"
    RETAINED = "O_LAI"

    def label(self, grade: int) -> Message:
        """The completion in words; in grade 5 it is that of primary school."""
        if self is Completion.COMPLETED and grade == LAST_GRADE:
            return say(words.COMPLETION_SCHOOL)
        return say(_COMPLETION_LABELS[self])


_COMPLETION_LABELS: Final = {
    Completion.COMPLETED: words.COMPLETION_CONFIRMED,
    Completion.SUPPLEMENT: words.COMPLETION_SUPPLEMENT,
    Completion.PRINCIPAL_DECIDES: words.COMPLETION_PRINCIPAL,
    Completion.PROMOTED_BY_PRINCIPAL: words.COMPLETION_PROMOTED,
    Completion.RETAINED: words.COMPLETION_RETAINED,
}


def class_completion(
    result: YearResult | None, *, supplementary: YearResult | None = None, is_promoted: bool | None = None
) -> Completion | None:
    """Tell how far a pupil has come with the class: after the supplementary assessment the principal decides.

    None while the year's result is missing. Nobody repeats a grade without a decision (`is_promoted`).
    """
    if result is None:
        return None
    if result > YearResult.NOT_DONE or (supplementary or YearResult.NOT_DONE) > YearResult.NOT_DONE:
        return Completion.COMPLETED
    if supplementary is None:
        return Completion.SUPPLEMENT
    if is_promoted is None:
        return Completion.PRINCIPAL_DECIDES
    return Completion.PROMOTED_BY_PRINCIPAL if is_promoted else Completion.RETAINED
