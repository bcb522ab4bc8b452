"""Learning and conduct levels: L1 to L17, the sixteen cells, the adjustment, the invariants, and why."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules import awards, levels
from khue.school.gradebook.rules.awards import Award
from khue.school.gradebook.rules.conduct import explain_conduct, year_conduct
from khue.school.gradebook.rules.levels import (
    CHUA_DAT,
    DAT,
    KHA,
    TOT,
    Condition,
    Level,
    Subject,
    explain_level,
    judged,
    quick_level,
)
from khue.school.gradebook.rules.marks import EXEMPT, FAIL, NOT_TAKEN, PASS, Assessed
from khue.school.gradebook.rules.rule_sets import AdjustmentMode, Choices, rule_set
from khue.school.gradebook.tests.rules import oracle

TT22 = rule_set("THCS", 8, 2026)
BEST = rule_set("THCS", 8, 2026, choices=Choices(adjustment_mode=AdjustmentMode.BEST_CASE))
TT43 = rule_set("GDTX", 10, 2026)

EXAMPLES = {
    "L1": ([80] * 6 + [65] * 2, 0, TOT, TOT),
    "L2": ([95, 90, 90, 85, 80, 79, 79, 65], 0, KHA, KHA),
    "L3": ([80] * 6 + [90, 64], 0, KHA, KHA),
    "L4": ([85] * 7 + [49], 0, DAT, KHA),
    "L5": ([85] * 7 + [34], 0, CHUA_DAT, DAT),
    "L6": ([65] * 7 + [34], 0, CHUA_DAT, DAT),
    "L7": ([65] * 7 + [49], 0, DAT, DAT),
    "L8": ([85] * 8, 1, DAT, KHA),
    "L9": ([85] * 8, 2, CHUA_DAT, CHUA_DAT),
    "L10": ([85] * 7 + [49], 1, DAT, DAT),
    "L11": ([50] * 6 + [35] * 2, 0, DAT, DAT),
    "L12": ([50] * 5 + [49] + [35] * 2, 0, CHUA_DAT, CHUA_DAT),
    "L13": ([80] * 5 + [65] * 2 + [49], 0, DAT, DAT),
    "L14": ([85] * 6 + [64, 49], 0, DAT, DAT),
    "L15": ([65] * 6 + [50] * 2, 0, KHA, KHA),
    "L16": ([65] * 8, 1, DAT, DAT),
    "L17": ([90] * 6 + [80, 65], 0, TOT, TOT),
}

NEAR = st.sampled_from([0, 19, 20, 34, 35, 36, 49, 50, 51, 64, 65, 66, 79, 80, 81, 89, 90, 100])
MARK = st.one_of(NEAR, st.integers(0, 100))
SCORED = st.lists(MARK, min_size=5, max_size=10)


def subjects(scored: list[int], failed: int, comments: int = 4) -> list[Subject]:
    found = [Subject(f"S{n}", f"Môn {n}", mark) for n, mark in enumerate(scored)]
    results = [FAIL] * failed + [PASS] * (comments - failed)
    found += [
        Subject(f"C{n}", f"Nhận xét {n}", result, Assessed.COMMENTS) for n, result in enumerate(results)
    ]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_seventeen_examples_of_the_law(name: str) -> None:
    scored, failed, raw, final = EXAMPLES[name]
    found = judged(scored, failed)
    assert (found.raw, found.final) == (raw, final)
    assert levels.level(scored, failed) == raw
    assert found.is_adjusted == (raw != final)
    explained = explain_level(TT22, subjects(scored, failed))
    assert (explained.raw, explained.final) == (raw, final)
    assert (explained.adjustment is not None) == (raw != final)


@pytest.mark.parametrize("name", EXAMPLES)
def test_best_case_differs_in_l13_alone(name: str) -> None:
    scored, failed, _, final = EXAMPLES[name]
    expected = KHA if name == "L13" else final
    assert judged(scored, failed, is_best_case=True).final == expected
    assert explain_level(BEST, subjects(scored, failed)).final == expected


def test_l17_with_conduct_tot_is_excellent_and_l1_good() -> None:
    assert awards.quick_award(TT22, TOT, TOT, EXAMPLES["L17"][0]) is Award.EXCELLENT
    assert awards.quick_award(TT22, TOT, TOT, EXAMPLES["L1"][0]) is Award.GOOD
    assert awards.quick_award(TT22, TOT, KHA, EXAMPLES["L17"][0]) is None
    assert awards.quick_award(TT22, KHA, TOT, [100] * 8) is None
    proposal = awards.secondary_award(TT22, TOT, TOT, EXAMPLES["L17"][0])
    assert proposal is not None
    assert str(proposal.reason) == "Rèn luyện Tốt, học tập Tốt, 6 môn từ 9,0 trở lên."
    assert str(Award.EXCELLENT.label) == "Học sinh Xuất sắc"
    assert awards.secondary_award(TT22, DAT, TOT, [100] * 8) is None


def test_continuing_education_asks_for_five_subjects() -> None:
    scored = [80] * 5 + [65] * 2
    assert quick_level(TT43, scored) == judged(scored, min_high=5)
    assert judged(scored, min_high=5).final == TOT
    assert judged(scored).final == KHA
    assert judged([50] * 5 + [35], min_high=5).final == DAT
    assert judged([65] * 5 + [50], min_high=5).final == KHA
    assert judged([50] * 4 + [49], min_high=5).final == CHUA_DAT


def test_exempt_subjects_are_left_out_of_every_condition() -> None:
    scored = [80] * 6 + [65] * 2
    assert quick_level(TT22, [*scored, EXEMPT, NOT_TAKEN], [PASS, EXEMPT]) == judged(scored)
    explained = explain_level(TT22, [*subjects(scored, 0), Subject("GDQP", "GDQP và AN", EXEMPT)])
    assert explained.final == TOT
    assert [each.key for each in explained.excluded] == ["GDQP"]
    assert str(explained.sentences[-1]) == "Không xét môn GDQP và AN (được miễn hoặc không học)."


def test_there_is_no_level_while_a_subject_has_no_result() -> None:
    assert quick_level(TT22, [80] * 7 + [None], [PASS]) is None
    assert quick_level(TT22, [80] * 8, [PASS, None]) is None
    assert quick_level(TT22, [EXEMPT], [EXEMPT]) is None
    explained = explain_level(TT22, [*subjects([80] * 7, 0), Subject("TOAN", "Toán", None)])
    assert explained.final is None
    assert [str(each) for each in explained.sentences] == ["Chưa xếp mức được: còn thiếu kết quả môn Toán."]
    assert str(explain_level(TT22, []).sentences[0]) == "Chưa có môn nào được đánh giá."


def test_a_page_can_say_why_kha() -> None:
    scored = [Subject(f"S{n}", f"Môn {n}", 85) for n in range(7)]
    explained = explain_level(TT22, [*scored, Subject("TOAN", "Toán", 49), *subjects([], 0)])
    assert [str(each) for each in explained.sentences] == [
        "Xếp mức Khá theo khoản 2 Điều 9 Thông tư 22/2021.",
        "Mức Đạt: các môn đánh giá bằng nhận xét đều Đạt.",
        "Mức Đạt: mọi môn có điểm từ 3,5 trở lên.",
        "Mức Đạt: có 7 môn từ 5 trở lên, cần ít nhất 6.",
        "Chưa được mức Khá: dưới 5 có môn Toán (4,9).",
        "Chỉ vì môn Toán (4,9) mà từ mức Tốt xuống mức Đạt, nên được điều chỉnh lên mức Khá"
        " (khoản 3 Điều 9 Thông tư 22/2021).",
    ]
    assert explained.adjustment is not None
    assert explained.adjustment.subject.key == "TOAN"
    assert (explained.adjustment.target, explained.adjustment.final) == (TOT, KHA)
    failed = [check for check in explained.checks if not check.is_met]
    assert {(check.level, check.condition) for check in failed} == {
        (TOT, Condition.FLOOR),
        (KHA, Condition.FLOOR),
    }


def test_why_not_tot_names_the_count_that_is_short() -> None:
    explained = explain_level(TT22, subjects(EXAMPLES["L2"][0], 0))
    assert str(explained.sentences[-1]) == "Chưa được mức Tốt: có 5 môn từ 8 trở lên, cần ít nhất 6."
    by_comment = explain_level(TT22, subjects([85] * 8, 2))
    assert "Nhận xét 0, Nhận xét 1 chưa đạt, được tối đa 1 môn" in str(by_comment.sentences[1])


# --- invariants (section F) ----------------------------------------------------------------------------------------


@given(SCORED, st.integers(0, 4), st.data(), st.booleans(), st.sampled_from([5, 6]))
def test_raising_any_mark_never_lowers_the_level(
    scored: list[int], failed: int, data: st.DataObject, is_best_case: bool, min_high: int
) -> None:
    before = judged(scored, failed, min_high=min_high, is_best_case=is_best_case)
    place = data.draw(st.integers(0, len(scored) - 1))
    better = [*scored]
    better[place] = data.draw(st.one_of(st.integers(scored[place], 100), st.just(100)))
    fewer = data.draw(st.integers(0, failed))
    after = judged(better, fewer, min_high=min_high, is_best_case=is_best_case)
    assert after.raw >= before.raw
    assert after.final >= before.final


@given(SCORED, st.integers(0, 4), st.booleans(), st.sampled_from([5, 6]))
def test_the_adjustment_raises_by_one_level_at_most_and_never_to_tot(
    scored: list[int], failed: int, is_best_case: bool, min_high: int
) -> None:
    found = judged(scored, failed, min_high=min_high, is_best_case=is_best_case)
    assert 0 <= found.final - found.raw <= 1
    assert not found.is_adjusted or found.final is not TOT
    assert (
        judged(scored, failed, min_high=min_high, is_best_case=True).final
        >= judged(scored, failed, min_high=min_high).final
    )


@given(SCORED, st.integers(0, 4), st.booleans())
def test_the_quick_and_the_explained_level_agree(scored: list[int], failed: int, is_best_case: bool) -> None:
    rules = BEST if is_best_case else TT22
    quick = quick_level(rules, scored, [FAIL] * failed + [PASS] * (4 - failed))
    explained = explain_level(rules, subjects(scored, failed))
    assert quick is not None
    assert (explained.raw, explained.final) == (quick.raw, quick.final)
    assert (explained.adjustment is not None) == quick.is_adjusted
    for bounds in levels.BOUNDS:
        are_met = [check.is_met for check in explained.checks if check.level == bounds.level]
        assert len(are_met) == 3
        assert not all(are_met) or quick.raw >= bounds.level


@given(SCORED, st.data())
def test_the_order_of_subjects_does_not_matter(scored: list[int], data: st.DataObject) -> None:
    assert judged(data.draw(st.permutations(scored))) == judged(scored)


# --- conduct -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), list(product(Level, Level)))
def test_conduct_of_the_year_is_the_table_in_all_sixteen_cells(first: Level, second: Level) -> None:
    year = year_conduct(first, second)
    assert year is not None
    assert oracle.ORDER[year] == oracle.conduct(oracle.ORDER[first], oracle.ORDER[second])


@pytest.mark.parametrize(
    ("first", "second", "year"),
    [
        pytest.param(CHUA_DAT, TOT, KHA, id="C1"),
        pytest.param(TOT, DAT, KHA, id="C2"),
        pytest.param(KHA, DAT, DAT, id="C3"),
        pytest.param(TOT, CHUA_DAT, CHUA_DAT, id="C4"),
    ],
)
def test_the_four_examples_of_conduct(first: Level, second: Level, year: Level) -> None:
    assert year_conduct(first, second) == year


def test_conduct_waits_for_both_semesters_and_says_so() -> None:
    assert year_conduct(None, TOT) is None
    assert str(explain_conduct(TT22, TOT, None)) == "Chưa có kết quả rèn luyện học kì II."
    assert str(explain_conduct(TT22, CHUA_DAT, TOT)) == (
        "Rèn luyện học kì I Chưa đạt, học kì II Tốt: cả năm Khá (Điều 8 Thông tư 22/2021)."
    )
