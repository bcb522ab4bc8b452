from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.lunar_calendar import LunarDate, from_lunar, hung_kings_day, lunar_new_year, to_lunar
from khue.lib.working_days import (
    SWAPPED_DAYS,
    WorkingCalendar,
    add_working_days,
    calendar_with,
    is_working_day,
    named_holidays,
    public_holidays,
    working_days_between,
)

NEW_YEARS = {
    2020: "01-25", 2021: "02-12", 2022: "02-01", 2023: "01-22", 2024: "02-10", 2025: "01-29", 2026: "02-17",
    2027: "02-06", 2028: "01-26", 2029: "02-13", 2030: "02-02",
}  # fmt: skip
HUNG_KINGS = {
    2020: "04-02", 2021: "04-21", 2022: "04-10", 2023: "04-29", 2024: "04-18", 2025: "04-07", 2026: "04-26",
    2027: "04-16", 2028: "04-04", 2029: "04-23", 2030: "04-12",
}  # fmt: skip
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


@pytest.mark.parametrize("year", range(2020, 2031))
def test_tet_and_the_day_of_the_hung_kings_fall_as_almanacs_say(year):
    assert lunar_new_year(year) == date.fromisoformat(f"{year}-{NEW_YEARS[year]}")
    assert hung_kings_day(year) == date.fromisoformat(f"{year}-{HUNG_KINGS[year]}")


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1968, date(1968, 1, 29)),
        (1985, date(1985, 1, 21)),
        (2007, date(2007, 2, 17)),
        (2030, date(2030, 2, 2)),
    ],
)
def test_tet_comes_before_the_chinese_new_year_where_the_meridian_matters(year, day):
    """In these years China, an hour further east, began its year a day, or in 1985 a month, later."""
    assert lunar_new_year(year) == day


def test_leap_months_stand_where_almanacs_put_them():
    leaps = {2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3, 2033: 11}
    for year, month in leaps.items():
        first = from_lunar(LunarDate(year, month, 1, is_leap_month=True))
        assert to_lunar(first) == LunarDate(year, month, 1, is_leap_month=True)
        with pytest.raises(ValueError, match="no leap month"):
            from_lunar(LunarDate(year, month % 12 + 1, 1, is_leap_month=True))


@given(st.dates(min_value=date(1900, 2, 1), max_value=date(2099, 12, 31)))
def test_every_day_has_one_lunar_date(day):
    lunar = to_lunar(day)
    assert from_lunar(lunar) == day
    assert 1 <= lunar.day <= 30
    tomorrow = to_lunar(day + timedelta(days=1))
    assert tomorrow.day in (lunar.day + 1, 1)


def test_a_short_month_has_no_thirtieth():
    short = next(
        month
        for month in range(1, 13)
        if to_lunar(from_lunar(LunarDate(2026, month, 29)) + timedelta(1)).day == 1
    )
    with pytest.raises(ValueError, match="no day 30"):
        from_lunar(LunarDate(2026, short, 30))


@pytest.mark.parametrize(
    ("limit", "end"), [(3, date(2026, 9, 9)), (5, date(2026, 9, 11)), (8, date(2026, 9, 16))]
)
def test_limits_of_a_transfer_received_on_friday_4_september_2026(limit, end):
    assert add_working_days(date(2026, 9, 4), limit) == end


def test_days_off_of_2025_as_announced():
    off = public_holidays(2025)
    tet = [date(2025, 1, 27) + timedelta(day) for day in range(5)]
    assert [day for day in off if day.month in (1, 2)] == [date(2025, 1, 1), *tet]
    assert date(2025, 4, 7) in off
    assert [day for day in off if day.month == 9] == [date(2025, 9, 1), date(2025, 9, 2)]


def test_days_off_of_2023_made_up_for_their_weekends():
    off = public_holidays(2023)
    assert off[date(2023, 1, 2)] == "Nghỉ bù Tết Dương lịch"
    assert [day for day in off if date(2023, 1, 15) < day < date(2023, 2, 15)] == [
        date(2023, 1, 20) + timedelta(day) for day in range(7)
    ]
    assert [day for day in off if date(2023, 4, 1) < day < date(2023, 6, 1)] == [
        date(2023, 4, 29) + timedelta(day) for day in range(5)
    ]
    assert [day for day in off if day.month == 9] == [date(2023, 9, 1), date(2023, 9, 2), date(2023, 9, 4)]


def test_the_day_of_the_hung_kings_of_2026_is_made_up_on_monday():
    assert public_holidays(2026)[date(2026, 4, 27)] == "Nghỉ bù Giỗ Tổ Hùng Vương"


@pytest.mark.parametrize("year", range(2021, 2031))
def test_a_year_has_eleven_public_holidays_all_given_as_working_days_off(year):
    named = named_holidays(year)
    assert len(named) == 11
    assert sum(day.weekday() < 5 for day in public_holidays(year)) == 11


def test_teachers_day_is_worked():
    assert is_working_day(date(2026, 11, 20))


def test_culture_day_is_off_only_where_switched_on():
    day = date(2026, 11, 24)
    assert is_working_day(day)
    assert not WorkingCalendar(culture_day=True).is_working_day(day)
    assert WorkingCalendar(culture_day=True).is_working_day(date(2025, 11, 24))


def test_a_swapped_day_is_off_and_its_saturday_worked():
    assert not is_working_day(date(2026, 8, 31))
    assert is_working_day(date(2026, 8, 22))
    assert all(off.weekday() < 5 and worked.weekday() == 5 for off, worked in SWAPPED_DAYS.items())
    assert WorkingCalendar(with_swaps=False).is_working_day(date(2026, 8, 31))


def test_a_province_adds_days_off_and_working_saturdays():
    storm = calendar_with(days_off=[date(2026, 9, 7)], working_days=[date(2026, 9, 12)])
    assert add_working_days(date(2026, 9, 4), 5, storm) == date(2026, 9, 12)
    assert storm.next_working_day(date(2026, 9, 5)) == date(2026, 9, 8)


def test_the_days_of_tet_may_be_decided_otherwise():
    decided = WorkingCalendar(days_before_tet={2027: 1})
    assert is_working_day(date(2027, 2, 4)) is False
    assert decided.is_working_day(date(2027, 2, 4)) is True


@given(days, st.integers(min_value=0, max_value=60))
def test_adding_days_and_counting_them_agree(start, count):
    end = add_working_days(start, count)
    assert working_days_between(start, end) == count
    assert count == 0 or is_working_day(end)


@given(days, days)
def test_counting_backwards_is_counting_forwards_negated(one, other):
    assert working_days_between(one, other) == -working_days_between(other, one)


@given(days, days, days)
def test_counts_add_up(first, second, third):
    one, two, three = sorted([first, second, third])
    assert working_days_between(one, three) == working_days_between(one, two) + working_days_between(
        two, three
    )


@given(days, st.integers(min_value=1, max_value=20))
def test_a_negative_count_goes_back(end, count):
    start = add_working_days(end, -count)
    assert is_working_day(start)
    assert working_days_between(start - timedelta(1), end - timedelta(1)) == count


def test_a_calendar_of_days_off_alone_does_not_count_for_ever():
    never = calendar_with(days_off=[date(2026, 1, 1) + timedelta(day) for day in range(4000)])
    with pytest.raises(ValueError, match="no working days"):
        never.add(date(2026, 1, 1), 1)
