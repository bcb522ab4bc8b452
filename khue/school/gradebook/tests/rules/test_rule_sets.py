"""Which circular judges whom: by level, grade, school year and kind."""

from __future__ import annotations

import pytest

from khue.lib.school_years import SchoolYear
from khue.school.gradebook.rules.rule_sets import NoRuleSet, RuleSetCode, rule_set

FIRST_YEARS = {6: 2021, 7: 2022, 10: 2022, 8: 2023, 11: 2023, 9: 2024, 12: 2024}


def level_of(grade: int) -> str:
    return "THCS" if grade <= 9 else "THPT"


@pytest.mark.parametrize(("grade", "year"), FIRST_YEARS.items())
def test_tt22_judges_each_grade_from_its_own_year(grade: int, year: int) -> None:
    assert rule_set(level_of(grade), grade, year).code is RuleSetCode.TT22_2021
    assert rule_set(level_of(grade), grade, year - 1).code is RuleSetCode.TT58_2011
    assert rule_set(level_of(grade), grade, year, "continuing").code is RuleSetCode.TT43_2021
    assert rule_set("GDTX", grade, year).code is RuleSetCode.TT43_2021
    assert rule_set("GDTX", grade, year - 1).code is RuleSetCode.TT58_2011


@pytest.mark.parametrize(("grade", "year"), [(1, 2020), (2, 2021), (3, 2022), (4, 2023), (5, 2024)])
def test_tt27_judges_each_primary_grade_from_its_own_year(grade: int, year: int) -> None:
    assert rule_set("TH", grade, year).code is RuleSetCode.TT27_2020
    assert rule_set("TH", grade, year - 1).code is RuleSetCode.TT30_2014


def test_from_2024_every_grade_is_judged_by_the_new_circulars() -> None:
    for grade in range(1, 6):
        assert rule_set("TH", grade, 2024).code is RuleSetCode.TT27_2020
    for grade in range(6, 13):
        assert rule_set(level_of(grade), grade, 2024).code is RuleSetCode.TT22_2021


def test_a_school_year_may_be_given_in_any_form() -> None:
    one = rule_set("THCS", 8, 2026)
    assert rule_set("THCS", 8, "2026-2027") is one
    assert rule_set("THCS", 8, SchoolYear(2026)) is one
    assert (one.min_high, one.absences_allowed) == (6, 45)
    assert rule_set("GDTX", 10, 2026).min_high == 5


def test_tt26_changes_the_older_circular_from_2020() -> None:
    assert not rule_set("THCS", 8, 2019).third_main_subject
    assert rule_set("THCS", 8, 2020).third_main_subject
    assert "26/2020" in rule_set("THCS", 8, 2020).source


def test_preschool_has_its_own_set_and_an_unknown_grade_none() -> None:
    assert rule_set("MN", -1, 2026).code is RuleSetCode.PRESCHOOL
    for level, grade in (("TH", 6), ("THCS", 13), ("", 8), ("XX", 1)):
        with pytest.raises(NoRuleSet) as refused:
            rule_set(level, grade, 2026)
        assert str(grade) in str(refused.value.message)
