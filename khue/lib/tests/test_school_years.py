from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.lunar_calendar import lunar_new_year
from khue.lib.school_years import (
    Break,
    SchoolYear,
    SchoolYearProblem,
    default_frame,
    teaching_weeks,
    tet_break,
)

years = st.builds(SchoolYear, st.integers(min_value=2015, max_value=2040))


@pytest.mark.parametrize(
    "text",
    ["2026-2027", "2026 – 2027", "Năm học 2026-2027", "2026/2027", "2026-27", 2026, "2026", SchoolYear(2026)],
)
def test_a_school_year_is_read_as_people_write_it(text):
    assert SchoolYear.parse(text) == SchoolYear(2026)


@pytest.mark.parametrize("text", ["", None, "2026-2028", "2026-28", "26-27", "nay", "1826"])
def test_what_is_no_school_year_is_refused(text):
    with pytest.raises(SchoolYearProblem, match="không phải là năm học"):
        SchoolYear.parse(text)


@given(years)
def test_a_school_year_reads_back_and_holds_its_days(year):
    assert SchoolYear.parse(year.code) == year == year.next.previous
    assert SchoolYear.of(year.first_day) == SchoolYear.of(year.last_day) == year
    assert SchoolYear.of(year.last_day + timedelta(1)) == year.next
    assert year.first_day in year
    assert year.last_day + timedelta(1) not in year
    assert year.previous < year < year.next


def test_the_frame_of_2026_2027():
    frame = default_frame(SchoolYear(2026))
    assert frame.opening_day == date(2026, 9, 5)
    assert frame.first_lesson_day == date(2026, 9, 7)
    first, second = frame.terms
    assert (first.label, second.label) == ("HKI", "HKII")
    assert frame.weeks[17].sunday == date(2027, 1, 10)
    assert second.first_day == date(2027, 1, 11)
    assert frame.weeks[-1].sunday < date(2027, 5, 31)
    assert frame.breaks[0] == Break("Nghỉ Tết Nguyên đán", date(2027, 2, 1), date(2027, 2, 14))
    assert frame.problems() == []


@given(years)
def test_the_default_frame_of_any_year_fits_its_own_limits(year):
    frame = default_frame(year)
    assert frame.problems() == []
    assert [week.number for week in frame.weeks] == list(range(1, 36))
    assert [week.term for week in frame.weeks] == [1] * 18 + [2] * 17
    assert all(week.monday.weekday() == 0 for week in frame.weeks)
    assert frame.week_of(lunar_new_year(year.start + 1)) is None
    assert lunar_new_year(year.start + 1) in range_of(tet_break(year.start + 1))


def range_of(pause):
    return {pause.first_day + timedelta(day) for day in range((pause.last_day - pause.first_day).days + 1)}


@given(years, st.integers(min_value=0, max_value=34))
def test_every_day_of_a_week_finds_its_week_and_term(year, index):
    frame = default_frame(year)
    week = frame.weeks[index]
    for day in (week.monday, week.sunday):
        assert frame.week_of(day) == week
        assert frame.term_of(day).number == week.term


def test_a_week_mostly_lost_to_a_storm_is_no_teaching_week():
    storm = Break("Nghỉ bão", date(2026, 9, 14), date(2026, 9, 17))
    weeks = teaching_weeks(date(2026, 9, 7), [storm])
    assert weeks[1].monday == date(2026, 9, 21)
    short = Break("Nghỉ bão", date(2026, 9, 14), date(2026, 9, 16))
    assert teaching_weeks(date(2026, 9, 7), [short])[1].monday == date(2026, 9, 14)


def test_lessons_may_begin_in_the_middle_of_a_week():
    weeks = teaching_weeks(date(2026, 9, 11))
    assert weeks[0].monday == date(2026, 9, 7)
    assert weeks[0].number == 1


def test_a_late_start_runs_over_the_frame_and_is_told():
    frame = default_frame(SchoolYear(2026))
    late = type(frame)(
        **{**{f: getattr(frame, f) for f in frame.__slots__}, "first_lesson_day": date(2026, 9, 21)}
    )
    assert late.problems() == [
        "Học kì I kết thúc 23/01/2027, phải trước 18/01/2027.",
        "Năm học kết thúc 05/06/2027, phải trước 31/05/2027.",
    ]


def test_a_break_ends_after_it_begins():
    with pytest.raises(SchoolYearProblem, match="ngày cuối đứng trước"):
        Break("Nghỉ Tết", date(2027, 2, 2), date(2027, 2, 1))
    with pytest.raises(SchoolYearProblem, match="dài hơn một năm"):
        teaching_weeks(date(2026, 9, 7), [Break("Nghỉ", date(2026, 9, 7), date(2036, 9, 7))])
