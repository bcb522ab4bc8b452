"""Observation of young children."""

from __future__ import annotations

import pytest

from khue.school.gradebook.rules.preschool import (
    ACHIEVED,
    NOT_YET,
    Area,
    ExpectedResult,
    StageKind,
    areas,
    expected,
    progress,
    read_sign,
    stages,
)
from khue.school.gradebook.rules.preschool_bank import BANK
from khue.school.gradebook.rules.typed import BLANK, Entered, Refused


def test_nursery_has_four_areas_and_kindergarten_five() -> None:
    assert len(areas("NT1")) == len(areas("NT3")) == 4
    assert len(areas("MG3")) == len(areas("MG5")) == len(areas("MGG")) == 5
    assert Area.SOCIAL_AESTHETIC in areas("NT2")
    assert Area.AESTHETIC in areas("MG4")
    with pytest.raises(KeyError):
        areas("LOP1")


def test_children_are_looked_at_at_ages_in_months_then_after_themes_and_years() -> None:
    months = [stage.code for group in ("NT1", "NT2", "NT3") for stage in stages(group)]
    assert months == ["m6", "m12", "m18", "m24", "m36"]
    assert [stage.kind for stage in stages("MG5")] == [StageKind.THEME, StageKind.AGE]
    assert str(stages("MG5")[1].label) == "Cuối độ tuổi 5-6 tuổi"
    assert len(stages("MGG")) == 4
    with pytest.raises(KeyError):
        stages("X")


@pytest.mark.parametrize(
    ("typed", "sign"),
    [("+", ACHIEVED), ("đ", ACHIEVED), ("Đạt", ACHIEVED), ("-", NOT_YET), ("–", NOT_YET), ("CĐ", NOT_YET)],
)
def test_plus_and_minus_are_read(typed: str, sign: int) -> None:
    assert read_sign(typed) == Entered(sign)
    assert read_sign("") is BLANK
    assert isinstance(read_sign("8"), Refused)


def test_every_area_of_the_bank_has_goals_and_every_goal_one_code() -> None:
    assert len({goal.code for goal in BANK}) == len(BANK)
    for group in ("NT3", "MG3", "MG4", "MG5"):
        goals = expected(BANK, group, 2026)
        assert list(goals) == list(areas(group))
        assert all(goals.values())


def test_expected_results_are_data_with_dates() -> None:
    own = ExpectedResult("A1", "MG5", Area.LANGUAGE, "Kể chuyện theo tranh", valid_from=2026, valid_to=2027)
    assert not own.is_valid_in(2025)
    assert own.is_valid_in(2027)
    assert not own.is_valid_in(2028)
    assert expected([own], "MG5", 2026)[Area.LANGUAGE] == (own,)
    assert expected([own], "MG4", 2026)[Area.LANGUAGE] == ()


def test_progress_counts_what_was_seen_and_names_what_was_not() -> None:
    goals = expected(BANK, "MG5", 2026)
    language = goals[Area.LANGUAGE]
    signs: dict[str, int | None] = {
        language[0].code: ACHIEVED,
        language[1].code: NOT_YET,
        language[2].code: None,
    }
    found = next(each for each in progress(goals, signs) if each.area is Area.LANGUAGE)
    assert (found.achieved, found.judged, found.not_yet) == (1, 2, (language[1],))
    assert found.unseen == language[2:]
    assert str(found.message) == "Phát triển ngôn ngữ: đạt 1 trong 2 kết quả mong đợi đã đánh giá."
