"""What teachers type, the states of a cell, and the columns a course has."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules import columns as columns_rules
from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.columns import columns, regular_count, weights
from khue.school.gradebook.rules.marks import Assessed, State
from khue.school.gradebook.rules.rule_sets import Choices, rule_set
from khue.school.gradebook.rules.typed import BLANK, Entered, Question, Refused, Typed, read_mark

TT22 = rule_set("THCS", 8, 2026)
COMMENTS = Assessed.COMMENTS


@pytest.mark.parametrize(
    ("typed", "tenths"),
    [
        ("8,5", 85), ("8.5", 85), ("8", 80), ("10", 100), ("10,0", 100), ("0", 0), ("0,0", 0), ("0,5", 5),
        (" 7,3 ", 73), ("8,50", 85), ("８，５", 85), ("8,5\u200b", 85), ("08,5", 85), (8, 80), (8.5, 85), (10.0, 100),
        (8.299999999999999, 83), (Decimal("6.4"), 64), (0, 0),
    ],
)  # fmt: skip
def test_a_mark_is_read_with_comma_or_point(typed: str | float, tenths: int) -> None:
    assert read_mark(typed) == Entered(tenths)


@pytest.mark.parametrize(
    ("typed", "meant", "shown"),
    [
        ("85", 85, "8,5"), ("75", 75, "7,5"), ("11", 11, "1,1"), ("99", 99, "9,9"), ("100", 100, "10"),
        ("80", 80, "8"), ("05", 5, "0,5"), (",5", 5, "0,5"), (85, 85, "8,5"), (85.0, 85, "8,5"),
    ],
)  # fmt: skip
def test_two_digits_without_a_comma_are_asked_about_and_not_written(
    typed: str | float, meant: int, shown: str
) -> None:
    answer = read_mark(typed)
    assert isinstance(answer, Question)
    assert answer.cell == meant
    assert str(answer.message).endswith(f"Ghi {shown} phải không?")


@pytest.mark.parametrize(
    "typed",
    ["12,5", "10,1", "10,5", "-1", "-8,5", "101", "850", "1000", "8,25", "8,255", "8,", "8,5,5", "8/10", "tám", "8 5",
     "8,5đ", "1e1", "x", "?", "=8", "999999999999", "٨", "Đ", "CĐ", "nan", "inf", float("nan"), float("inf"), True],
)  # fmt: skip
def test_what_is_no_mark_is_refused_with_words_and_never_rounded(typed: str | float) -> None:
    answer = read_mark(typed)
    assert isinstance(answer, Refused)
    assert str(answer.message)


def test_a_refusal_says_what_was_typed_and_what_can_be() -> None:
    assert str(read_mark("12,5").message) == "Chưa ghi “12,5”. Điểm từ 0 đến 10."  # type: ignore[union-attr]
    assert "8,2 hoặc 8,3" in str(read_mark("8,25").message)  # type: ignore[union-attr]
    assert "Đ hoặc CĐ" in str(read_mark("8,5", COMMENTS).message)  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0", None, "\t"])
def test_blank_is_nothing_and_not_nought(typed: str | None) -> None:
    assert read_mark(typed) is BLANK
    assert read_mark(typed, COMMENTS) is BLANK


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("Đ", marks.PASS), ("đ", marks.PASS), ("d", marks.PASS), ("D", marks.PASS), ("Ð", marks.PASS),
        ("Đạt", marks.PASS), ("ĐẠT", marks.PASS), ("dat", marks.PASS),
        ("CĐ", marks.FAIL), ("cđ", marks.FAIL), ("cd", marks.FAIL), ("CD", marks.FAIL), ("Chưa đạt", marks.FAIL),
        ("chưa  đạt", marks.FAIL),
    ],
)  # fmt: skip
def test_comment_subjects_take_pass_and_fail_in_any_spelling(form: str, typed: str, cell: int) -> None:
    assert read_mark(unicodedata.normalize(form, typed), COMMENTS) == Entered(cell)


@pytest.mark.parametrize("typed", ["8,5", "85", "10", "0", "Khá", "x", "Tốt"])
def test_a_comment_subject_takes_no_mark(typed: str) -> None:
    assert isinstance(read_mark(typed, COMMENTS), Refused)


@pytest.mark.parametrize("assessed", list(Assessed))
@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("v", marks.MISSING), ("V", marks.MISSING), ("vắng", marks.MISSING), ("b", marks.MAKEUP_SCHEDULED),
        ("P", marks.MAKEUP_SCHEDULED), ("vắng có phép", marks.MAKEUP_SCHEDULED), ("M", marks.EXEMPT),
        ("miễn", marks.EXEMPT), ("0*", marks.ZEROED),
    ],
)  # fmt: skip
def test_states_are_typed_by_letters_and_are_no_marks(assessed: Assessed, typed: str, cell: int) -> None:
    assert read_mark(typed, assessed) == Entered(cell)
    assert cell < 0


@pytest.mark.parametrize(("typed", "kind"), [("8", Entered), ("8,0", Entered), ("8,5", Refused), ("85", Refused),
                                             ("100", Refused), ("10", Entered), ("05", Entered)])  # fmt: skip
def test_primary_tests_take_whole_marks_only(typed: str, kind: type[Typed]) -> None:
    assert isinstance(read_mark(typed, is_whole=True), kind)


@given(st.integers(0, 100), st.sampled_from(",."))
def test_every_mark_is_read_back_as_it_is_shown(tenths: int, separator: str) -> None:
    assert read_mark(marks.show(tenths).replace(",", separator)) == Entered(tenths)


@given(st.text(max_size=12), st.sampled_from(Assessed))
def test_no_text_whatever_breaks_the_reader_or_brings_a_number_that_is_no_cell(
    text: str, assessed: Assessed
) -> None:
    answer = read_mark(text, assessed)
    if isinstance(answer, Entered | Question):
        assert marks.is_cell(answer.cell, assessed)
    elif isinstance(answer, Refused):
        assert str(answer.message)


# --- states --------------------------------------------------------------------------------------------------------


def test_the_states_of_a_cell_are_distinct_from_nought() -> None:
    assert marks.state(0) is State.ENTERED
    states = [None, 0, marks.MISSING, marks.MAKEUP_SCHEDULED, marks.ZEROED, marks.EXEMPT, marks.NOT_TAKEN]
    assert len({marks.state(cell) for cell in states}) == len(State) == 7
    assert len({marks.show(cell) for cell in states}) == 7
    with pytest.raises(ValueError, match="no cell"):
        marks.state(101)


@pytest.mark.parametrize(
    ("before", "after", "is_allowed"),
    [
        (marks.MISSING, marks.MAKEUP_SCHEDULED, True),
        (marks.MAKEUP_SCHEDULED, 75, True),
        (marks.MAKEUP_SCHEDULED, marks.ZEROED, True),
        (marks.MISSING, marks.ZEROED, True),
        (marks.MISSING, 80, True),
        (None, marks.ZEROED, False),
        (85, marks.ZEROED, False),
        (marks.ZEROED, 80, False),
        (marks.ZEROED, None, False),
        (marks.ZEROED, marks.MAKEUP_SCHEDULED, True),
        (marks.EXEMPT, 80, False),
        (marks.EXEMPT, marks.ZEROED, False),
        (marks.EXEMPT, None, True),
        (None, 85, True),
        (85, 0, True),
        (marks.MAKEUP_SCHEDULED, None, False),
        (marks.NOT_TAKEN, 80, False),
    ],
)
def test_a_missed_assessment_is_made_up_or_becomes_nought_and_nothing_else(
    before: int | None, after: int | None, is_allowed: bool
) -> None:
    problem = marks.move_problem(before, after)
    assert (problem is None) is is_allowed
    assert problem is None or str(problem)


def test_taking_a_mark_away_or_reopening_a_nought_needs_a_reason() -> None:
    assert marks.move_needs_reason(85, None)
    assert marks.move_needs_reason(marks.ZEROED, marks.MAKEUP_SCHEDULED)
    assert not marks.move_needs_reason(None, 85)
    assert not marks.move_needs_reason(marks.MAKEUP_SCHEDULED, 85)


# --- columns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "count"), [(35, 2), (36, 3), (52, 3), (70, 3), (71, 4), (105, 4), (140, 4), (17, 2)]
)
def test_regular_marks_follow_from_the_periods_a_year(periods: int, count: int) -> None:
    assert regular_count(periods) == count
    with pytest.raises(ValueError, match="periods"):
        regular_count(0)


def test_a_scored_course_has_its_regular_marks_then_mid_then_end() -> None:
    shown = columns(TT22, assessed="marks", annual_periods=140, semester=1)
    assert [column.short for column in shown] == ["TX1", "TX2", "TX3", "TX4", "GK", "CK"]
    assert [column.code for column in shown] == ["tx1", "tx2", "tx3", "tx4", "gk", "ck"]
    assert weights(shown) == (1, 1, 1, 1, 2, 3)
    assert [str(column.label) for column in shown][:1] == ["Thường xuyên 1"]
    assert sum(weights(shown)) == 4 + 5


def test_a_comment_course_has_two_regular_assessments_whatever_its_periods() -> None:
    for periods in (35, 70, 105):
        shown = columns(TT22, assessed="comments", annual_periods=periods, semester=2)
        assert [column.short for column in shown] == ["TX1", "TX2", "GK", "CK"]


def test_a_topic_cluster_adds_one_regular_mark_in_the_semester_the_school_chose() -> None:
    upper = rule_set("THPT", 10, 2026)
    first = columns(upper, assessed="marks", annual_periods=70, semester=1, topic_clusters=1)
    second = columns(upper, assessed="marks", annual_periods=70, semester=2, topic_clusters=1)
    assert [column.short for column in first] == ["TX1", "TX2", "TX3", "GK", "CK"]
    assert [column.short for column in second] == ["TX1", "TX2", "TX3", "CĐ1", "GK", "CK"]
    assert sum(weights(second)) == 4 + 5
    early = rule_set("THPT", 10, 2026, choices=Choices(topic_semester=1))
    moved = columns(early, assessed="marks", annual_periods=70, semester=1, topic_clusters=1)
    assert "cd1" in [column.code for column in moved]


def test_before_2020_the_older_circular_leaves_the_tests_of_weight_two_to_the_syllabus() -> None:
    before = columns(
        rule_set("THCS", 8, 2019), assessed="marks", annual_periods=140, semester=1, periodic_tests=3
    )
    assert [column.short for column in before][-4:] == ["GK1", "GK2", "GK3", "CK"]
    after = columns(
        rule_set("THCS", 8, 2020), assessed="marks", annual_periods=140, semester=1, periodic_tests=3
    )
    assert [column.short for column in after][-2:] == ["GK", "CK"]
    assert [column.is_periodic for column in after] == [False] * 4 + [True] * 2


def test_levels_without_averages_have_no_such_columns() -> None:
    for rules in (rule_set("TH", 4, 2026), rule_set("MN", -1, 2026)):
        assert columns(rules, assessed="marks", annual_periods=175, semester=1) == ()
    with pytest.raises(ValueError, match="semester"):
        columns(TT22, assessed="marks", annual_periods=35, semester=3)


def test_every_sentence_of_the_rules_can_be_shown() -> None:
    texts = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)]
    assert len(texts) > 100
    assert all("vui lòng" not in text.lower() and "thành công" not in text.lower() for text in texts)
    assert columns_rules.FEW_PERIODS == 35
