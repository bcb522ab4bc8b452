from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.retirement import (
    add_months,
    age_label,
    age_reached_on,
    earliest_retirement_day,
    retirement_age_months,
    retirement_day,
)
from khue.lib.sexes import Sex
from khue.lib.workload import (
    WEEKLY_NORM,
    WEEKLY_REDUCTION,
    Duty,
    Post,
    StaffedLevel,
    required_weekly,
    required_yearly,
    teachers_needed,
    teachers_needed_exactly,
    vice_principals,
    weekly_reduction,
    workload,
)


def test_every_post_has_a_norm_and_every_duty_a_reduction_and_a_label():
    assert set(WEEKLY_NORM) == set(Post)
    assert set(WEEKLY_REDUCTION) == set(Duty)
    assert all(duty.label for duty in Duty)


@pytest.mark.parametrize(("post", "periods"), [("TH", 23), ("THCS", 19), ("THPT", 17), ("HT", 2), ("PHT", 4)])
def test_periods_a_week(post, periods):
    assert required_weekly(Post(post)) == periods


def test_an_upper_secondary_homeroom_teacher_who_taught_500_periods_has_45_over():
    assert required_yearly(Post.UPPER_SECONDARY) == 595
    year = workload(Post.UPPER_SECONDARY, 500, [Duty.HOMEROOM])
    assert (year.required, year.overtime, year.remarks) == (455, 45, ())


def test_a_lower_secondary_group_head_with_a_homeroom_owes_420_periods():
    assert required_weekly(Post.LOWER_SECONDARY, [Duty.GROUP_HEAD, Duty.HOMEROOM]) == 12
    assert required_yearly(Post.LOWER_SECONDARY, [Duty.GROUP_HEAD, Duty.HOMEROOM]) == 420


def test_only_the_two_largest_jobs_are_taken_off_but_a_young_child_always():
    three = [Duty.HOMEROOM, Duty.GROUP_HEAD, Duty.GROUP_DEPUTY]
    assert weekly_reduction(three) == 7
    assert weekly_reduction([*three, Duty.YOUNG_CHILD]) == 10
    assert weekly_reduction([Duty.HOMEROOM, Duty.HOMEROOM]) == 4


@given(st.sampled_from(list(Post)), st.sets(st.sampled_from(list(Duty))))
def test_a_duty_never_adds_periods_and_none_go_below_zero(post, duties):
    assert 0 <= required_weekly(post, duties) <= WEEKLY_NORM[post]
    for duty in Duty:
        assert required_weekly(post, duties | {duty}) <= required_weekly(post, duties)


def test_too_few_and_too_many_periods_are_remarked_on():
    assert workload(Post.UPPER_SECONDARY, 550).remarks == ("Còn thiếu 45 tiết so với định mức 595 tiết.",)
    year = workload(Post.UPPER_SECONDARY, 893)
    assert year.remarks == (
        "Dạy thêm giờ 298 tiết, quá mức 297,5 tiết một năm.",
        "Dạy thêm 223,5 giờ, quá mức 200 giờ một năm.",
    )


@pytest.mark.parametrize(
    ("level", "classes", "exactly", "needed"),
    [
        ("TH", 20, "30.0", 30),
        ("THCS", 17, "32.3", 32),
        ("THPT", 30, "67.5", 68),
        ("MG", 10, "22", 22),
        ("NT", 3, "7.5", 8),
    ],
)
def test_teachers_needed_follow_from_classes(level, classes, exactly, needed):
    assert teachers_needed_exactly(StaffedLevel(level), classes) == Decimal(exactly)
    assert teachers_needed(StaffedLevel(level), classes) == needed


def test_primary_classes_of_one_session_need_fewer_teachers():
    assert teachers_needed(StaffedLevel.PRIMARY, 20, sessions=1) == 24
    with pytest.raises(KeyError):
        teachers_needed(StaffedLevel.NURSERY, 5, sessions=1)


@pytest.mark.parametrize(
    ("level", "classes", "region", "number"),
    [
        ("THPT", 28, 2, 3),
        ("THPT", 18, 2, 2),
        ("THPT", 17, 2, 1),
        ("TH", 28, 3, 2),
        ("TH", 27, 2, 1),
        ("THCS", 19, 1, 2),
    ],
)
def test_vice_principals_follow_from_size_and_region(level, classes, region, number):
    assert vice_principals(StaffedLevel(level), classes, region=region) == number


def test_there_are_three_regions():
    with pytest.raises(ValueError, match="no region 4"):
        vice_principals(StaffedLevel.PRIMARY, 20, region=4)


@pytest.mark.parametrize(
    ("year", "male", "female"),
    [
        (2025, "61 tuổi 3 tháng", "56 tuổi 8 tháng"),
        (2026, "61 tuổi 6 tháng", "57 tuổi"),
        (2027, "61 tuổi 9 tháng", "57 tuổi 4 tháng"),
        (2028, "62 tuổi", "57 tuổi 8 tháng"),
        (2035, "62 tuổi", "60 tuổi"),
        (2040, "62 tuổi", "60 tuổi"),
    ],
)
def test_the_table_of_retirement_ages(year, male, female):
    assert age_label(retirement_age_months(Sex.MALE, year)) == male
    assert age_label(retirement_age_months(Sex.FEMALE, year)) == female


@pytest.mark.parametrize(
    ("birth", "sex", "day"),
    [
        (date(1965, 2, 15), Sex.MALE, date(2026, 9, 1)),
        (date(1961, 1, 10), Sex.MALE, date(2021, 5, 1)),
        (date(1961, 9, 30), Sex.MALE, date(2022, 1, 1)),
        (date(1961, 10, 1), Sex.MALE, date(2022, 5, 1)),
        (date(1966, 1, 1), Sex.FEMALE, date(2021, 6, 1)),
        (date(1966, 8, 31), Sex.FEMALE, date(2022, 1, 1)),
        (date(1966, 9, 1), Sex.FEMALE, date(2022, 6, 1)),
    ],
)
def test_retirement_days_of_the_annex_and_the_rule(birth, sex, day):
    assert retirement_day(birth, sex) == day


births = st.dates(min_value=date(1950, 1, 1), max_value=date(2010, 12, 31))


@given(births, st.sampled_from(list(Sex)))
def test_nobody_retires_before_someone_born_earlier_and_always_on_the_first(birth, sex):
    day = retirement_day(birth, sex)
    assert day.day == 1
    assert day > age_reached_on(birth, sex)
    assert day <= retirement_day(birth + timedelta(days=1), sex)
    reached = age_reached_on(birth, sex)
    assert reached == add_months(birth, retirement_age_months(sex, reached.year))


def test_a_preschool_teacher_may_go_five_years_sooner():
    assert earliest_retirement_day(date(1971, 5, 20), Sex.FEMALE) == add_months(
        retirement_day(date(1971, 5, 20), Sex.FEMALE), -60
    )


def test_months_are_added_to_the_last_day_where_the_day_is_missing():
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
