"""Promotion, summer training, re-test, retention: P1, P2, the table of A8 and the 45/46 boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules.levels import CHUA_DAT, DAT, KHA, TOT, Level, Subject
from khue.school.gradebook.rules.marks import FAIL, PASS, Assessed
from khue.school.gradebook.rules.older import OlderConduct, OlderLevel
from khue.school.gradebook.rules.promotion import (
    Outcome,
    RetestProblem,
    YearCase,
    counted_absences,
    promotion,
    quick_outcome,
    retest_subjects,
)
from khue.school.gradebook.rules.rule_sets import Choices, rule_set
from khue.school.gradebook.tests.rules import oracle

TT22 = rule_set("THCS", 8, 2026)
LENIENT = rule_set("THCS", 8, 2026, choices=Choices(allow_retest_after_summer_training=True))
TT43 = rule_set("GDTX", 10, 2026)
TT58 = rule_set("THCS", 8, 2021)
GOOD_YEAR = [55] * 5 + [46, 48, 50]
BAD_YEAR = [60] * 5 + [49, 48, 32]


def subjects(scored: list[int], comments: list[int] | None = None) -> list[Subject]:
    found = [Subject(f"S{n}", f"Môn {n}", mark) for n, mark in enumerate(scored)]
    results = [PASS] * 4 if comments is None else comments
    return found + [
        Subject(f"C{n}", f"Nhận xét {n}", each, Assessed.COMMENTS) for n, each in enumerate(results)
    ]


def case(scored: list[int], conduct: Level | None = TOT, absences: int = 0, **more: object) -> YearCase:
    return replace(YearCase(subjects(scored), conduct, absences), **more)  # type: ignore[arg-type]


def test_p1_is_promoted_without_a_retest() -> None:
    decided = promotion(TT22, case(GOOD_YEAR))
    assert decided.outcome is Outcome.PROMOTED
    assert decided.learning is DAT
    assert str(decided.reasons[0]) == "Rèn luyện Tốt, học tập Đạt, nghỉ 0 buổi: đủ điều kiện lên lớp."


def test_p2_may_be_tested_again_in_three_subjects() -> None:
    decided = promotion(TT22, case(BAD_YEAR))
    assert decided.outcome is Outcome.RETEST
    assert [each.result for each in decided.eligible] == [49, 48, 32]
    assert "Môn 5 (4,9), Môn 6 (4,8), Môn 7 (3,2)" in str(decided.reasons[-1])


def test_p2_is_promoted_when_the_retest_gives_five() -> None:
    decided = promotion(TT22, case(BAD_YEAR, retests={"S7": 50}))
    assert decided.outcome is Outcome.PROMOTED
    assert decided.learning is DAT
    assert decided.after_retest is not None
    assert [str(each) for each in decided.reasons[1:]] == [
        "Môn Môn 7: kết quả kiểm tra lại 5,0 thay cho 3,2.",
        "Xếp lại sau kiểm tra: học tập Đạt.",
        "Rèn luyện Tốt, học tập Đạt, nghỉ 0 buổi: đủ điều kiện lên lớp.",
    ]


def test_p2_repeats_when_the_retest_gives_three_and_a_half() -> None:
    decided = promotion(TT22, case(BAD_YEAR, retests={"S7": 35}))
    assert decided.outcome is Outcome.RETAINED
    assert str(decided.reasons[-1]) == "Xếp lại sau kiểm tra: học tập vẫn Chưa đạt."


def test_a_retest_runs_the_adjustment_again() -> None:
    bad = [85] * 6 + [34, 34]
    assert promotion(TT22, case(bad)).learning is CHUA_DAT
    assert (
        promotion(TT22, case(bad, retests={"S6": 70})).learning is DAT
    )  # one bad subject: raised from Chưa đạt
    assert promotion(TT22, case(bad, retests={"S6": 70, "S7": 36})).learning is KHA


def test_a_retest_waits_for_all_registered_subjects_unless_the_round_is_over() -> None:
    waiting = case(BAD_YEAR, retests={"S7": 50, "S6": None})
    assert promotion(TT22, waiting).outcome is Outcome.RETEST
    assert "Môn 6" in str(promotion(TT22, waiting).reasons[-1])
    assert promotion(TT22, replace(waiting, is_retest_over=True)).outcome is Outcome.PROMOTED
    assert promotion(TT22, case(BAD_YEAR, is_retest_over=True)).outcome is Outcome.RETAINED


def test_a_subject_of_five_or_more_is_not_tested_again() -> None:
    with pytest.raises(RetestProblem, match="Môn 0"):
        promotion(TT22, case(BAD_YEAR, retests={"S0": 80}))
    with pytest.raises(RetestProblem, match="KHONG_CO"):
        promotion(TT22, case(BAD_YEAR, retests={"KHONG_CO": 80}))


def test_a_failed_comment_subject_may_be_tested_again() -> None:
    two_failed = YearCase(subjects([60] * 8, [FAIL, FAIL, PASS, PASS]), TOT, 0)
    assert [each.key for each in promotion(TT22, two_failed).eligible] == ["C0", "C1"]
    again = promotion(TT22, replace(two_failed, retests={"C0": PASS}))
    assert again.outcome is Outcome.PROMOTED
    assert "kết quả kiểm tra lại Đ thay cho CĐ" in " ".join(map(str, again.reasons))
    assert [each.key for each in retest_subjects(subjects([50, 49], [FAIL, PASS]))] == ["S1", "C0"]


@pytest.mark.parametrize(("absences", "outcome"), [(45, Outcome.PROMOTED), (46, Outcome.RETAINED)])
def test_forty_five_absences_pass_and_forty_six_do_not(absences: int, outcome: Outcome) -> None:
    assert promotion(TT22, case(GOOD_YEAR, TOT, absences)).outcome is outcome
    assert quick_outcome(TT22, TOT, TOT, absences) is outcome


def test_too_many_absences_have_no_remedy() -> None:
    decided = promotion(TT22, case(BAD_YEAR, CHUA_DAT, 46, summer_conduct=TOT))
    assert decided.outcome is Outcome.RETAINED
    assert str(decided.reasons[0]) == "Nghỉ 46 buổi, quá 45 buổi trong năm học."
    with pytest.raises(ValueError, match="-1"):
        promotion(TT22, case(GOOD_YEAR, TOT, -1))


def test_only_the_main_session_of_a_day_counts_as_an_absence() -> None:
    monday, tuesday = date(2026, 9, 7), date(2026, 9, 8)
    assert counted_absences([(monday, True), (monday, False), (tuesday, False)]) == 1
    assert counted_absences([(monday, True), (monday, True), (tuesday, True)]) == 2
    assert counted_absences([]) == 0


def test_summer_training_replaces_the_conduct_of_the_year() -> None:
    training = case(GOOD_YEAR, CHUA_DAT)
    assert promotion(TT22, training).outcome is Outcome.SUMMER_TRAINING
    passed = promotion(TT22, replace(training, summer_conduct=DAT))
    assert (passed.outcome, passed.conduct) == (Outcome.PROMOTED, DAT)
    assert promotion(TT22, replace(training, summer_conduct=CHUA_DAT)).outcome is Outcome.RETAINED


def test_who_fails_both_repeats_unless_the_province_chose_otherwise() -> None:
    both = case(BAD_YEAR, CHUA_DAT)
    assert promotion(TT22, both).outcome is Outcome.RETAINED
    assert promotion(TT22, replace(both, summer_conduct=TOT)).outcome is Outcome.RETAINED
    assert promotion(LENIENT, both).outcome is Outcome.SUMMER_TRAINING
    assert promotion(LENIENT, replace(both, summer_conduct=DAT)).outcome is Outcome.RETEST
    done = replace(both, summer_conduct=DAT, retests={"S7": 50})
    assert promotion(LENIENT, done).outcome is Outcome.PROMOTED


def test_nothing_is_decided_while_a_result_is_missing() -> None:
    gap = YearCase([*subjects([60] * 7), Subject("TOAN", "Toán", None)], TOT, 0)
    decided = promotion(TT22, gap)
    assert decided.outcome is Outcome.INCOMPLETE
    assert "Toán" in " ".join(map(str, decided.reasons))
    assert promotion(TT22, case(GOOD_YEAR, None)).outcome is Outcome.INCOMPLETE
    assert quick_outcome(TT22, None, TOT, 0) is quick_outcome(TT22, TOT, None, 0) is Outcome.INCOMPLETE


def test_self_study_learners_are_not_judged_for_conduct() -> None:
    learner = case([60] * 7, None, 10, has_no_conduct=True)
    decided = promotion(TT43, learner)
    assert decided.outcome is Outcome.PROMOTED
    assert "không xét rèn luyện" in str(decided.reasons[-1])


def test_an_individual_plan_leaves_the_hard_cases_to_the_principal() -> None:
    planned = case(BAD_YEAR, TOT, 0, has_individual_plan=True)
    assert promotion(TT22, planned).outcome is Outcome.PRINCIPAL_DECIDES
    assert promotion(TT22, replace(planned, subjects=subjects(GOOD_YEAR))).outcome is Outcome.PROMOTED
    assert promotion(TT22, replace(planned, absences=60)).outcome is Outcome.PRINCIPAL_DECIDES


@pytest.mark.parametrize("rules", [TT22, LENIENT], ids=["strict", "lenient"])
def test_the_table_of_outcomes_is_the_laws(rules: object) -> None:
    lenient = rules is LENIENT
    for learning, conduct, absences in product(Level, Level, (0, 45, 46, 100)):
        found = quick_outcome(rules, learning, conduct, absences)  # type: ignore[arg-type]
        names = oracle.ORDER[learning], oracle.ORDER[conduct]
        assert found == oracle.outcome(*names, absences, both_may_retest=lenient)
        assert str(found.label)


@given(
    st.lists(st.sampled_from([30, 34, 35, 49, 50, 65, 80, 90]), min_size=6, max_size=9),
    st.lists(st.sampled_from([PASS, FAIL]), min_size=2, max_size=4),
    st.sampled_from(list(Level)),
    st.sampled_from([0, 44, 45, 46, 47]),
    st.booleans(),
)
def test_the_quick_and_the_explained_outcome_agree(
    scored: list[int], comments: list[int], conduct: Level, absences: int, is_lenient: bool
) -> None:
    rules = LENIENT if is_lenient else TT22
    decided = promotion(rules, YearCase(subjects(scored, comments), conduct, absences))
    year = decided.year.final
    assert decided.outcome is quick_outcome(rules, year, conduct, absences)  # type: ignore[arg-type]
    assert decided.reasons
    assert decided.outcome is not Outcome.RETEST or decided.eligible


@given(st.lists(st.integers(0, 49), min_size=3, max_size=3), st.integers(0, 100))
def test_a_better_retest_never_makes_the_outcome_worse(low: list[int], mark: int) -> None:
    scored = [60] * 5 + low
    ranks = {Outcome.RETAINED: 0, Outcome.RETEST: 1, Outcome.PROMOTED: 2}
    if promotion(TT22, case(scored)).outcome is Outcome.RETEST:
        one = promotion(TT22, case(scored, retests={"S5": mark})).outcome
        two = promotion(TT22, case(scored, retests={"S5": min(100, mark + 7)})).outcome
        assert ranks[two] >= ranks[one]


def test_under_the_older_circular_kem_repeats_and_yeu_is_tested_again() -> None:
    weak = [Subject("TOAN", "Toán", 40), Subject("NGU_VAN", "Ngữ văn", 45), Subject("LICH_SU", "Lịch sử", 60)]
    decided = promotion(TT58, YearCase(weak, OlderConduct.KHA, 10))
    assert (decided.outcome, decided.learning) == (Outcome.RETEST, OlderLevel.YEU)
    after = promotion(TT58, YearCase(weak, OlderConduct.KHA, 10, retests={"TOAN": 60}))
    assert after.outcome is Outcome.PROMOTED
    worst = [replace(each, result=15) for each in weak]
    assert promotion(TT58, YearCase(worst, OlderConduct.TOT, 0)).outcome is Outcome.RETAINED
    assert quick_outcome(TT58, OlderLevel.KEM, OlderConduct.TOT, 0) is Outcome.RETAINED
    assert quick_outcome(TT58, OlderLevel.YEU, OlderConduct.TOT, 0) is Outcome.RETEST
    assert quick_outcome(TT58, OlderLevel.TRUNG_BINH, OlderConduct.YEU, 0) is Outcome.SUMMER_TRAINING
