from datetime import date

import pytest

from khue.lib.class_sizes import (
    ClassKind,
    SchoolKind,
    SizeLimit,
    class_count_warning,
    class_size_warnings,
    kind_of_grade,
    size_limit,
)

TODAY = date(2026, 9, 7)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("NT1", 15),
        ("NT2", 20),
        ("NT3", 25),
        ("MG3", 25),
        ("MG4", 30),
        ("MG5", 35),
        ("TH", 35),
        ("THCS", 45),
        ("THPT", 45),
        ("CHUYEN", 35),
    ],
)
def test_a_class_is_full_at_its_limit_and_over_it_at_one_more(kind, most):
    assert size_limit(ClassKind(kind), TODAY).most == most
    assert class_size_warnings(ClassKind(kind), most, TODAY) == []
    assert class_size_warnings(ClassKind(kind), most + 1, TODAY)[0].over == 1


def test_the_warning_says_how_many_too_many_and_by_which_act():
    assert class_size_warnings(ClassKind.PRIMARY, 38, TODAY)[0].message == (
        "Lớp có 38 em, quá 3 em so với mức 35 (TT 28/2020/TT-BGDĐT)."
    )


def test_limits_hold_from_the_day_of_their_act_and_a_province_may_set_lower():
    assert size_limit(ClassKind.PRIMARY, date(2019, 9, 1)) is None
    assert class_size_warnings(ClassKind.PRIMARY, 99, date(2019, 9, 1)) == []
    ours = [
        SizeLimit(ClassKind.LOWER_SECONDARY, 45, date(2020, 11, 1), "TT"),
        SizeLimit(ClassKind.LOWER_SECONDARY, 40, date(2026, 8, 1), "QĐ của tỉnh"),
    ]
    assert size_limit(ClassKind.LOWER_SECONDARY, date(2026, 7, 31), ours).most == 45
    assert size_limit(ClassKind.LOWER_SECONDARY, date(2026, 8, 1), ours).most == 40


def test_inclusive_classes_of_the_young_take_two_pupils_with_disability():
    assert class_size_warnings(ClassKind.PRIMARY, 30, TODAY, with_disability=2) == []
    assert len(class_size_warnings(ClassKind.PRIMARY, 36, TODAY, with_disability=3)) == 2
    assert class_size_warnings(ClassKind.UPPER_SECONDARY, 30, TODAY, with_disability=3) == []


def test_grades_belong_to_levels():
    kinds = [kind_of_grade(grade) for grade in range(1, 13)]
    assert (
        kinds == [ClassKind.PRIMARY] * 5 + [ClassKind.LOWER_SECONDARY] * 4 + [ClassKind.UPPER_SECONDARY] * 3
    )
    assert kind_of_grade(10, specialised=True) is ClassKind.SPECIALISED
    with pytest.raises(ValueError, match="no grade 13"):
        kind_of_grade(13)


@pytest.mark.parametrize(
    ("kind", "fewest", "most"),
    [("MN", 9, 20), ("TH", 10, 30), ("THCS", 8, 45), ("THPT", 15, 45), ("LIENCAP", 9, 45)],
)
def test_schools_have_a_fewest_and_most_number_of_classes(kind, fewest, most):
    assert class_count_warning(SchoolKind(kind), fewest) is None
    assert class_count_warning(SchoolKind(kind), most) is None
    assert f"ít hơn mức {fewest}" in class_count_warning(SchoolKind(kind), fewest - 1)
    assert f"nhiều hơn mức {most}" in class_count_warning(SchoolKind(kind), most + 1)


def test_a_lower_secondary_school_in_a_hard_area_may_have_three_classes():
    assert class_count_warning(SchoolKind.LOWER_SECONDARY, 3, hard_area=True) is None
    assert class_count_warning(SchoolKind.LOWER_SECONDARY, 3) is not None
