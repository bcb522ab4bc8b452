"""The older circular: TT 58/2011, amended by TT 26/2020."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.gradebook.rules.awards import Award, older_award
from khue.school.gradebook.rules.levels import Condition, Subject
from khue.school.gradebook.rules.marks import EXEMPT, FAIL, PASS, Assessed
from khue.school.gradebook.rules.older import (
    OlderConduct,
    OlderLevel,
    explain_older_level,
    proposed_year_conduct,
    quick_older_level,
    subject_mean,
)
from khue.school.gradebook.rules.rule_sets import rule_set

BEFORE = rule_set("THCS", 8, 2019)
AFTER = rule_set("THCS", 8, 2021)
GIOI, KHA, TB, YEU, KEM = (OlderLevel(rank) for rank in (4, 3, 2, 1, 0))
KEYS = ("TOAN", "NGU_VAN", "NGOAI_NGU_1", "VAT_LI", "HOA_HOC", "SINH_HOC", "LICH_SU", "DIA_LI")


def scored(*marks: int) -> dict[str, int | None]:
    return dict(zip(KEYS, marks, strict=True))


@pytest.mark.parametrize(
    ("marks", "failed", "raw", "final"),
    [
        (scored(80, 80, 80, 80, 80, 80, 80, 80), 0, GIOI, GIOI),
        (scored(80, 65, 80, 80, 85, 85, 85, 80), 0, GIOI, GIOI),
        (scored(79, 79, 79, 90, 90, 90, 90, 90), 0, KHA, KHA),  # no main subject from 8,0
        (scored(90, 90, 90, 90, 90, 90, 90, 64), 0, KHA, KHA),  # one level lost: no adjustment
        (scored(90, 90, 90, 90, 90, 90, 90, 49), 0, TB, KHA),  # from Giỏi to Trung bình for one subject
        (scored(95, 95, 95, 95, 95, 95, 95, 34), 0, YEU, TB),  # from Giỏi to Yếu
        (scored(70, 70, 70, 70, 70, 70, 70, 34), 0, YEU, TB),  # from Khá to Yếu
        (scored(75, 75, 75, 75, 75, 75, 75, 19), 0, KEM, YEU),  # from Khá to Kém
        (scored(70, 70, 70, 70, 70, 70, 70, 49), 0, TB, TB),  # Khá to Trung bình is one level
        (scored(90, 90, 90, 90, 90, 90, 90, 90), 1, YEU, TB),  # one comment subject: Giỏi to Yếu
        (scored(90, 90, 90, 90, 90, 90, 90, 90), 2, YEU, YEU),
        (scored(50, 35, 35, 50, 60, 60, 60, 60), 0, TB, TB),
        (scored(49, 49, 49, 60, 60, 60, 60, 60), 0, YEU, YEU),
        (scored(20, 30, 30, 40, 40, 40, 40, 40), 0, YEU, YEU),
        (scored(19, 30, 30, 40, 40, 40, 40, 40), 0, KEM, KEM),
    ],
)
def test_levels_and_adjustments_of_the_older_circular(
    marks: dict[str, int | None], failed: int, raw: OlderLevel, final: OlderLevel
) -> None:
    comments = [FAIL] * failed + [PASS] * (3 - failed)
    found = quick_older_level(AFTER, marks, comments)
    assert found is not None
    assert (found.raw, found.final) == (raw, final)


def test_a_foreign_language_counts_as_main_subject_from_2020() -> None:
    marks = scored(79, 79, 90, 80, 80, 80, 80, 80)
    after, before = quick_older_level(AFTER, marks), quick_older_level(BEFORE, marks)
    assert after is not None
    assert before is not None
    assert (after.final, before.final) == (GIOI, KHA)


def test_a_special_subject_must_reach_the_level_too() -> None:
    marks = scored(90, 90, 90, 79, 90, 90, 90, 90)
    assert quick_older_level(AFTER, marks).final == GIOI  # type: ignore[union-attr]
    assert quick_older_level(AFTER, marks, special="VAT_LI").final == KHA  # type: ignore[union-attr]


def test_the_mean_of_all_subjects_is_rounded_half_up() -> None:
    assert subject_mean([80, 81]) == 81
    assert subject_mean([79, 80, 80]) == 80
    assert subject_mean([]) is None
    assert quick_older_level(AFTER, {"TOAN": 80, "NGU_VAN": None}) is None
    assert quick_older_level(AFTER, {"TOAN": EXEMPT}) is None
    assert quick_older_level(AFTER, {"TOAN": 80}, [None]) is None


def test_a_page_can_say_why() -> None:
    subjects = [Subject(key, key.title(), 90) for key in KEYS[:7]] + [Subject("DIA_LI", "Địa lí", 49)]
    explained = explain_older_level(AFTER, subjects)
    said = [str(each) for each in explained.sentences]
    assert said[0] == "Xếp mức Khá theo Điều 13 Thông tư 58/2011."
    assert "Chưa được mức Khá: dưới 5 có môn Địa lí (4,9)." in said
    assert said[-1].startswith("Chỉ vì môn Địa lí (4,9) mà từ mức Giỏi xuống mức Trung bình")
    assert explained.adjusted_for is not None
    gap = explain_older_level(AFTER, [Subject("TOAN", "Toán", None)])
    assert (gap.final, str(gap.sentences[0])) == (None, "Chưa xếp mức được: còn thiếu kết quả môn Toán.")


MARK = st.one_of(st.sampled_from([19, 20, 34, 35, 49, 50, 64, 65, 79, 80]), st.integers(0, 100))


@given(st.lists(MARK, min_size=8, max_size=8), st.integers(0, 2), st.sampled_from([None, "VAT_LI", "TOAN"]))
def test_the_quick_and_the_explained_older_level_agree(
    marks: list[int], failed: int, special: str | None
) -> None:
    comments = [FAIL] * failed + [PASS] * (3 - failed)
    quick = quick_older_level(AFTER, scored(*marks), comments, special=special)
    subjects = [Subject(key, key, mark) for key, mark in zip(KEYS, marks, strict=True)]
    subjects += [Subject(f"C{n}", f"C{n}", each, Assessed.COMMENTS) for n, each in enumerate(comments)]
    explained = explain_older_level(AFTER, subjects, special=special)
    assert quick is not None
    assert (explained.raw, explained.final, explained.mean) == (quick.raw, quick.final, quick.mean)
    assert (explained.adjusted_for is not None) == quick.is_adjusted
    assert 0 <= quick.final - quick.raw <= 1
    best = max((level for level in OlderLevel if _all_met(explained.checks, level)), default=KEM)
    assert best == quick.raw


def _all_met(checks: tuple[object, ...], level: int) -> bool:
    own = [check for check in checks if check.level == level]  # type: ignore[attr-defined]
    assert not own or Condition.MEAN in {check.condition for check in own}  # type: ignore[attr-defined]
    return bool(own) and all(check.is_met for check in own)  # type: ignore[attr-defined]


@given(st.lists(MARK, min_size=8, max_size=8), st.integers(0, 7), st.integers(1, 40), st.integers(0, 2))
def test_raising_a_mark_never_lowers_the_older_level(
    marks: list[int], place: int, more: int, failed: int
) -> None:
    better = [*marks]
    better[place] = min(100, better[place] + more)
    before = quick_older_level(AFTER, scored(*marks), [FAIL] * failed)
    after = quick_older_level(AFTER, scored(*better), [FAIL] * failed)
    assert before is not None
    assert after is not None
    assert after.raw >= before.raw
    assert after.final >= before.final


def test_older_awards_and_conduct() -> None:
    assert older_award(GIOI, OlderConduct.TOT) is Award.GOOD
    assert older_award(GIOI, OlderConduct.KHA) is Award.ADVANCED
    assert older_award(KHA, OlderConduct.KHA) is Award.ADVANCED
    assert older_award(KHA, OlderConduct.TRUNG_BINH) is None
    assert older_award(TB, OlderConduct.TOT) is None
    assert older_award(None, OlderConduct.TOT) is None
    assert proposed_year_conduct(OlderConduct.TOT, OlderConduct.KHA) is OlderConduct.KHA
    assert proposed_year_conduct(None, OlderConduct.KHA) is None
    assert str(OlderConduct.TRUNG_BINH.label) == "Trung bình"
