"""Semester and year averages: the worked examples of A6, four real gradebook rows, and the invariants of section F."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules import marks
from khue.school.gradebook.rules.averages import (
    missing_for_year,
    quick_average,
    quick_comment,
    semester_average,
    semester_result,
    year_average,
    year_comment,
    year_result,
)
from khue.school.gradebook.rules.columns import columns, weights
from khue.school.gradebook.rules.marks import (
    EXEMPT,
    FAIL,
    MAKEUP_SCHEDULED,
    MISSING,
    NOT_TAKEN,
    PASS,
    ZEROED,
    Assessed,
)
from khue.school.gradebook.rules.rule_sets import rule_set

TT22 = rule_set("THCS", 8, 2026)
TT58 = rule_set("THCS", 8, 2019)
FOUR = columns(TT22, assessed="marks", annual_periods=140, semester=1)
COMMENT = columns(TT22, assessed="comments", annual_periods=70, semester=1)
MARK = st.integers(0, 100)


def average(*cells: int) -> int | None:
    return quick_average(cells, (1,) * (len(cells) - 2) + (2, 3))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param((80, 90, 70, 80, 75, 80), 79, id="A6a"),
        pytest.param((80, 84, 84, 90, 80), 84, id="A6b-half-up"),
        pytest.param((70, 80, 65, 70), 70, id="A6c"),
        pytest.param((50, 60, 40, 45, 35), 43, id="A6d"),
        pytest.param((90, 80, 70, 90, 80, 80), 81, id="real-row-1"),
        pytest.param((100, 90, 90, 80, 95, 83), 89, id="real-row-2"),
        pytest.param((70, 70, 60, 80, 68, 80), 73, id="real-row-3"),
        pytest.param((70, 70, 80, 70, 70, 73), 72, id="real-row-4"),
    ],
)
def test_semester_averages_are_those_of_the_circular(cells: tuple[int, ...], expected: int) -> None:
    assert average(*cells) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(79, 80, 80), (64, 65, 65), (34, 35, 35), (48, 50, 49), (78, 80, 79)]
)
def test_year_averages_are_those_of_example_e(first: int, second: int, expected: int) -> None:
    assert year_average(first, second) == expected


@given(st.lists(MARK, min_size=2, max_size=5), MARK, MARK)
def test_semester_averages_round_half_up_as_decimals_do(regular: list[int], mid: int, end: int) -> None:
    total = Decimal(sum(regular) + 2 * mid + 3 * end) / 10 / (len(regular) + 5)
    rounded = total.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    assert average(*regular, mid, end) == int(rounded * 10)


@given(MARK, MARK)
def test_year_averages_round_half_up_as_decimals_do(first: int, second: int) -> None:
    exact = (Decimal(first) + 2 * Decimal(second)) / 30
    assert year_average(first, second) == int(exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) * 10)


@given(st.lists(MARK, min_size=6, max_size=6), st.integers(0, 5), st.integers(1, 100))
def test_raising_a_mark_never_lowers_the_average(cells: list[int], place: int, more: int) -> None:
    better = [*cells]
    better[place] = min(100, cells[place] + more)
    before, after = average(*cells), average(*better)
    assert before is not None
    assert after is not None
    assert after >= before
    assert year_average(after, 50) >= year_average(before, 50)  # type: ignore[operator]


@given(st.lists(MARK, min_size=6, max_size=6), st.sets(st.integers(0, 5), min_size=1), st.data())
def test_there_is_no_average_while_a_mark_is_open(
    cells: list[int], places: set[int], data: st.DataObject
) -> None:
    gapped: list[int | None] = list(cells)
    for place in places:
        gapped[place] = data.draw(st.sampled_from([None, MISSING, MAKEUP_SCHEDULED]))
    explained = semester_average(TT22, "marks", FOUR, gapped)
    assert explained.value is None
    assert [column.short for column in explained.missing] == [FOUR[place].short for place in sorted(places)]
    assert all(column.short in str(explained.reason) for column in explained.missing)


def test_a_missing_column_is_named() -> None:
    explained = semester_average(TT22, "marks", FOUR, [80, 90, None, 80, 75, MAKEUP_SCHEDULED])
    assert str(explained.reason) == "Chưa có trung bình: còn thiếu TX3, CK."


def test_an_average_shows_its_sum() -> None:
    explained = semester_average(TT22, "marks", FOUR, [80, 90, 70, 80, 75, 80])
    assert str(explained.reason) == "(8,0 + 9,0 + 7,0 + 8,0 + 2 × 7,5 + 3 × 8,0) : 9 = 7,9"


def test_a_zeroed_mark_counts_as_nought_and_an_exempt_one_not_at_all() -> None:
    assert average(80, 80, 80, ZEROED) == average(80, 80, 80, 0) == 46
    assert average(80, 90, EXEMPT, 80) == quick_average((80, 90, 80), (1, 1, 3)) == 82
    assert semester_average(TT22, "marks", FOUR, [80, 80, 80, ZEROED, 80, 80]).zeroed == (FOUR[3],)
    assert average(EXEMPT, EXEMPT, EXEMPT, EXEMPT) == EXEMPT
    assert average(NOT_TAKEN, NOT_TAKEN, NOT_TAKEN, NOT_TAKEN) == NOT_TAKEN


def test_a_pupil_without_the_topic_cluster_is_averaged_over_his_own_columns() -> None:
    assert quick_average((80, 90, 70, NOT_TAKEN, 75, 80), (1, 1, 1, 1, 2, 3)) == average(80, 90, 70, 75, 80)


def test_a_subject_of_one_semester_has_that_semesters_average_for_the_year() -> None:
    assert year_average(78, NOT_TAKEN) == year_average(NOT_TAKEN, 78) == 78
    assert year_average(78, EXEMPT) == year_average(EXEMPT, 78) == 78
    assert year_average(EXEMPT, NOT_TAKEN) == EXEMPT
    assert year_average(NOT_TAKEN, NOT_TAKEN) == NOT_TAKEN
    assert year_average(None, 80) is None
    assert year_average(80, None) is None
    assert year_average(0, 0) == 0


def test_a_year_that_waits_says_for_which_semester() -> None:
    assert str(missing_for_year("marks", None, 80)) == "Chưa có trung bình cả năm: còn thiếu học kì I."
    assert str(missing_for_year("marks", None, None)).endswith("học kì I, II.")
    assert str(missing_for_year("comments", None, None)).endswith("học kì II.")
    assert missing_for_year("marks", 80, 80) is None
    assert missing_for_year("comments", None, PASS) is None


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((PASS, PASS, PASS, PASS), PASS),
        ((PASS, PASS, PASS, FAIL), FAIL),
        ((FAIL, PASS, PASS, PASS), FAIL),
        ((PASS, ZEROED, PASS, PASS), FAIL),
        ((PASS, None, PASS, PASS), None),
        ((FAIL, MISSING, PASS, PASS), None),
        ((PASS, EXEMPT, PASS, PASS), PASS),
        ((EXEMPT, EXEMPT, EXEMPT, EXEMPT), EXEMPT),
    ],
)
def test_a_comment_subject_passes_a_semester_when_all_its_assessments_do(
    cells: tuple[int | None, ...], expected: int | None
) -> None:
    assert quick_comment(cells) == expected
    assert semester_average(TT22, "comments", COMMENT, cells).value == expected


def test_under_the_older_circular_two_thirds_and_the_last_one_are_enough() -> None:
    assert quick_comment((PASS, FAIL, PASS, PASS), passes=2) == PASS
    assert quick_comment((PASS, PASS, PASS, FAIL), passes=2) == FAIL
    assert quick_comment((FAIL, FAIL, PASS, PASS), passes=2) == FAIL
    assert quick_comment((PASS, FAIL, PASS), passes=2) == PASS
    assert semester_result(TT58, Assessed.COMMENTS, COMMENT, (PASS, FAIL, PASS, PASS)) == PASS
    assert semester_result(TT22, Assessed.COMMENTS, COMMENT, (PASS, FAIL, PASS, PASS)) == FAIL


def test_the_year_of_a_comment_subject_is_its_second_semester() -> None:
    assert year_result("comments", FAIL, PASS) == PASS
    assert year_result("comments", PASS, FAIL) == FAIL
    assert year_comment(PASS, NOT_TAKEN) == PASS
    assert year_comment(FAIL, EXEMPT) == FAIL
    assert year_comment(PASS, None) is None
    assert year_comment(NOT_TAKEN, EXEMPT) == EXEMPT


@given(st.lists(st.one_of(st.none(), st.integers(-5, 100)), min_size=6, max_size=6))
def test_the_quick_and_the_explained_average_agree(cells: list[int | None]) -> None:
    explained = semester_average(TT22, "marks", FOUR, cells)
    assert explained.value == quick_average(cells, weights(FOUR))
    assert (explained.value is None) == bool(explained.missing)
    assert explained.value is None or marks.is_cell(explained.value, "marks")
