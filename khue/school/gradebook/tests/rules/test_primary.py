"""Primary school: B-1 to B-5, tests by grade, letters that mean different things, warnings, completion, awards."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules import marks
from khue.school.gradebook.rules.awards import Award, primary_award
from khue.school.gradebook.rules.primary import (
    Completion,
    Inconsistency,
    Item,
    Period,
    SubjectLevel,
    TraitGroup,
    TraitLevel,
    YearResult,
    class_completion,
    consistency_warning,
    consistency_warnings,
    counted_attempt,
    explain_year_result,
    quick_year_result,
    read_subject_level,
    read_trait_level,
    required_traits,
    subjects_with_tests,
    technology_mark,
)
from khue.school.gradebook.rules.rule_sets import rule_set
from khue.school.gradebook.rules.typed import BLANK, Entered, Refused

TT27 = rule_set("TH", 4, 2026)
TT30 = rule_set("TH", 4, 2020)
T, H, C = SubjectLevel.DONE_WELL, SubjectLevel.DONE, SubjectLevel.NOT_DONE
GOOD, MET, EFFORT = TraitLevel.GOOD, TraitLevel.MET, TraitLevel.NEEDS_EFFORT


def items(results: list[int | None], name: str) -> list[Item]:
    return [Item(f"{name}{n}", f"{name} {n}", result) for n, result in enumerate(results)]


@pytest.mark.parametrize(
    ("levels", "traits", "tests", "expected"),
    [
        pytest.param([T] * 10, [GOOD] * 15, [90, 90, 100, 90, 90, 90], YearResult.EXCELLENT, id="B-1"),
        pytest.param([T] * 10, [GOOD] * 15, [90, 90, 100, 80, 90, 90], YearResult.WELL, id="B-2"),
        pytest.param([T] * 9 + [H], [GOOD] * 15, [100] * 6, YearResult.DONE, id="B-3"),
        pytest.param([T] * 10, [GOOD] * 15, [100] * 5 + [40], YearResult.NOT_DONE, id="B-4"),
        pytest.param([T] * 10, [GOOD] * 14 + [EFFORT], [90] * 6, YearResult.NOT_DONE, id="B-5"),
        pytest.param([T] * 10, [GOOD] * 14 + [MET], [90] * 6, YearResult.DONE, id="one-trait-met"),
        pytest.param([T] * 10, [GOOD] * 15, [70] * 6, YearResult.WELL, id="sevens"),
        pytest.param([T] * 10, [GOOD] * 15, [60] * 6, YearResult.DONE, id="sixes"),
        pytest.param([T] * 9 + [C], [GOOD] * 15, [100] * 6, YearResult.NOT_DONE, id="one-subject-C"),
        pytest.param([T] * 9 + [marks.EXEMPT], [GOOD] * 15, [90] * 6, YearResult.EXCELLENT, id="exempt"),
        pytest.param([T] * 9 + [None], [GOOD] * 15, [90] * 6, None, id="a-level-missing"),
        pytest.param([T] * 10, [GOOD] * 14 + [None], [90] * 6, None, id="a-trait-missing"),
        pytest.param([T] * 10, [GOOD] * 15, [90] * 5 + [marks.MISSING], None, id="a-test-missed"),
        pytest.param([T] * 10, [GOOD] * 15, [90] * 5 + [marks.ZEROED], YearResult.NOT_DONE, id="zeroed"),
        pytest.param([], [GOOD] * 15, [], None, id="nothing"),
        pytest.param([T] * 10, [], [90] * 6, None, id="no-traits"),
    ],
)
def test_the_years_result_is_that_of_article_nine(
    levels: list[int | None], traits: list[int | None], tests: list[int | None], expected: YearResult | None
) -> None:
    assert quick_year_result(TT27, levels, traits, tests) is expected
    explained = explain_year_result(
        TT27, items(levels, "Môn"), items(traits, "Phẩm chất"), items(tests, "Bài")
    )
    assert explained.result is expected
    assert explained.sentences


def test_a_page_can_say_why_not_excellent() -> None:
    explained = explain_year_result(
        TT27, items([T, T], "Môn"), items([GOOD], "Phẩm chất"), items([90, 80], "Toán")
    )
    assert [str(each) for each in explained.sentences] == [
        "Hoàn thành tốt: mọi môn học và hoạt động từ mức Hoàn thành tốt trở lên.",
        "Hoàn thành tốt: mọi phẩm chất, năng lực từ mức Tốt trở lên.",
        "Hoàn thành tốt: các bài kiểm tra cuối năm từ 7 điểm trở lên.",
        "Chưa được Hoàn thành xuất sắc: bài kiểm tra cuối năm môn Toán 1 dưới 9 điểm.",
    ]
    missing = explain_year_result(TT27, items([T], "Môn"), items([None], "Nhân ái"), items([None], "Toán"))
    assert str(missing.sentences[0]) == "Chưa xét được: còn thiếu Nhân ái 0, bài kiểm tra Toán 0."


CELL_RANK = st.integers(0, 2)


@given(
    st.lists(CELL_RANK, min_size=1, max_size=12),
    st.lists(CELL_RANK, min_size=1, max_size=15),
    st.lists(st.integers(0, 10), max_size=6),
    st.data(),
)
def test_better_marks_never_give_a_worse_year(
    levels: list[int], traits: list[int], tests: list[int], data: st.DataObject
) -> None:
    tenths = [mark * 10 for mark in tests]
    before = quick_year_result(TT27, levels, traits, tenths)
    better = [data.draw(st.integers(mark // 10, 10)) * 10 for mark in tenths]
    after = quick_year_result(
        TT27, [max(1, each) for each in levels], [max(1, each) for each in traits], better
    )
    assert before is not None
    assert after is not None
    assert after >= before
    explained = explain_year_result(TT27, items([*levels], "a"), items([*traits], "b"), items([*tenths], "c"))
    assert explained.result is before


def test_the_tests_of_a_year_follow_from_grade_and_point() -> None:
    two = ("TIENG_VIET", "TOAN")
    for grade in (1, 2, 3):
        assert subjects_with_tests(grade, Period.MID_1) == subjects_with_tests(grade, Period.MID_2) == ()
    for grade in (1, 2):
        assert subjects_with_tests(grade, Period.END_1) == subjects_with_tests(grade, Period.END_2) == two
    assert subjects_with_tests(3, Period.END_2) == (*two, "NGOAI_NGU_1", "TIN_CN")
    for grade in (4, 5):
        assert subjects_with_tests(grade, Period.MID_1) == subjects_with_tests(grade, Period.MID_2) == two
        assert (
            len(subjects_with_tests(grade, Period.END_1))
            == len(subjects_with_tests(grade, Period.END_2))
            == 6
        )
    assert [period.semester for period in Period] == [1, 1, 2, 2]
    assert str(Period.END_2.label) == "Cuối năm học"


def test_fifteen_traits_are_judged_and_thirteen_before_grade_three() -> None:
    traits = required_traits(4)
    assert len(traits) == 15
    assert [sum(trait.group is group for trait in traits) for group in TraitGroup] == [5, 3, 7]
    assert len(required_traits(1)) == len(required_traits(2)) == 13
    assert len(required_traits(1, with_technology=True)) == 15
    assert len(required_traits(5, with_technology=False)) == 13


@pytest.mark.parametrize(
    ("one", "two", "joined"), [(90, 80, 90), (80, 80, 80), (70, 80, 80), (100, 90, 100), (90, None, None)]
)
def test_the_two_parts_of_tin_hoc_va_cong_nghe_join_half_up(
    one: int, two: int | None, joined: int | None
) -> None:
    assert technology_mark(one, two) == joined


def test_the_last_attempt_counts() -> None:
    assert counted_attempt([40, 70]) == 70
    assert counted_attempt([40, None]) == 40
    assert counted_attempt([]) is None


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_same_letter_is_read_by_what_it_stands_for(form: str) -> None:
    def spelt(text: str) -> str:
        return unicodedata.normalize(form, text)

    assert read_subject_level("T") == Entered(T)
    assert read_subject_level("h") == Entered(H)
    assert read_subject_level(spelt("Chưa hoàn thành")) == Entered(C)
    assert read_trait_level("T") == Entered(GOOD)
    assert read_trait_level(spelt("Đ")) == Entered(MET)
    assert read_trait_level(spelt("Cần cố gắng")) == Entered(EFFORT)
    assert isinstance(read_subject_level("Đ"), Refused)
    assert isinstance(read_trait_level("H"), Refused)
    assert isinstance(read_subject_level("9"), Refused)
    assert read_trait_level(" ") is BLANK
    assert read_subject_level("m") == Entered(marks.EXEMPT)
    assert [level.letter for level in SubjectLevel] == ["C", "H", "T"]
    assert [level.letter for level in TraitLevel] == ["C", "Đ", "T"]


@pytest.mark.parametrize(
    ("mark", "level", "kind"),
    [
        (90, H, Inconsistency.HIGH_MARK_LOW_LEVEL),
        (40, T, Inconsistency.LOW_MARK_HIGH_LEVEL),
        (45, T, Inconsistency.LOW_MARK_HIGH_LEVEL),
        (40, H, Inconsistency.LOW_MARK_HIGH_LEVEL),
        (60, T, Inconsistency.LOW_MARK_HIGH_LEVEL),
        (70, C, Inconsistency.HIGH_MARK_LOW_LEVEL),
        (90, T, None), (70, T, None), (80, H, None), (50, H, None), (40, C, None), (60, C, None),
        (None, T, None), (90, None, None), (marks.MISSING, T, None), (90, marks.EXEMPT, None),
    ],
)  # fmt: skip
def test_a_test_that_disagrees_with_its_level_is_pointed_out(
    mark: int | None, level: int | None, kind: Inconsistency | None
) -> None:
    found = consistency_warning("TOAN", "Toán", mark, level)
    assert (found.kind if found else None) is kind


def test_warnings_speak_of_the_subject() -> None:
    found = consistency_warnings(
        {"TOAN": "Toán"}, {"TOAN": 90, "TIENG_VIET": 80}, {"TOAN": H, "TIENG_VIET": H}
    )
    assert [each.subject for each in found] == ["TOAN"]
    assert str(found[0].message).startswith("Toán: bài kiểm tra 9 điểm mà mức đạt được là Hoàn thành.")


def test_who_has_not_completed_is_helped_and_then_the_principal_decides() -> None:
    assert class_completion(None) is None
    for result in (YearResult.EXCELLENT, YearResult.WELL, YearResult.DONE):
        assert class_completion(result) is Completion.COMPLETED
    failed = YearResult.NOT_DONE
    assert class_completion(failed) is Completion.SUPPLEMENT
    assert class_completion(failed, supplementary=YearResult.DONE) is Completion.COMPLETED
    assert class_completion(failed, supplementary=failed) is Completion.PRINCIPAL_DECIDES
    assert (
        class_completion(failed, supplementary=failed, is_promoted=True) is Completion.PROMOTED_BY_PRINCIPAL
    )
    assert class_completion(failed, supplementary=failed, is_promoted=False) is Completion.RETAINED
    assert str(Completion.COMPLETED.label(5)) == "Hoàn thành chương trình tiểu học"
    assert str(Completion.COMPLETED.label(4)) == "Hoàn thành chương trình lớp học"


def test_primary_awards_follow_from_the_result_and_the_class() -> None:
    excellent = primary_award(YearResult.EXCELLENT)
    assert excellent is not None
    assert excellent.award is Award.EXCELLENT
    outstanding = primary_award(YearResult.WELL, ["Toán"], is_recognised=True)
    assert outstanding is not None
    assert outstanding.award is Award.OUTSTANDING
    assert "nổi bật ở Toán" in str(outstanding.reason)
    assert primary_award(YearResult.WELL, ["Toán"]) is None
    assert primary_award(YearResult.WELL, [], is_recognised=True) is None
    assert primary_award(YearResult.DONE, ["Toán"], is_recognised=True) is None
    assert primary_award(None) is None


def test_the_older_primary_circular_knows_completed_or_not() -> None:
    assert quick_year_result(TT30, [T] * 9, [GOOD] * 8, [100] * 2) is YearResult.DONE
    assert quick_year_result(TT30, [C] + [T] * 8, [GOOD] * 8, [100] * 2) is YearResult.NOT_DONE
    explained = explain_year_result(TT30, items([T], "Môn"), items([GOOD], "Nhân ái"), items([100], "Toán"))
    assert explained.result is YearResult.DONE
    assert len(explained.sentences) == 3
