"""The law of roll call (rules/15): its worked cases, and what must hold of any day, plan and mark."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.attendance import rules
from khue.school.attendance.rules import Bells, Leave, Noted, Plan, PlanRow, Window

MONDAY = date(2026, 11, 16)
ONE = rules.usual_plan("THCS")
TWO = rules.usual_plan("TH")
days = st.dates(date(2026, 9, 1), date(2027, 6, 30))
codes = st.sampled_from(rules.CODES)


def _missed(count: int, session: str, *, is_main: bool) -> list[Noted]:
    return [
        Noted(MONDAY + timedelta(days=n), session, rules.EXCUSED if n % 2 else rules.UNEXCUSED, is_main)
        for n in range(count)
    ]


def test_t1_forty_four_and_two_more_main_sessions_are_forty_six() -> None:
    assert sum(rules.counted(_missed(44, "S", is_main=True) + _missed(2, "S", is_main=True))) == 46


def test_t2_afternoons_of_two_session_days_do_not_count() -> None:
    assert sum(rules.counted(_missed(40, "S", is_main=True) + _missed(8, "C", is_main=False))) == 40


def test_t3_two_of_thirty_five_away_are_94_3_per_cent() -> None:
    assert rules.rate(35, 2) == 943


def test_t4_nothing_is_written_in_a_signed_month() -> None:
    found = rules.window(MONDAY, time(7, 45), datetime(2026, 11, 16, 7, 10, tzinfo=UTC), ["month"])
    assert found is Window.MONTH_SIGNED
    assert found.is_locked
    assert not found.is_open


@given(st.lists(st.tuples(days, st.sampled_from(list(rules.ORDER)), codes, st.booleans(), st.booleans())))
def test_only_p_and_k_of_main_half_days_away_from_home_count(
    rows: list[tuple[date, str, str, bool, bool]],
) -> None:
    marks = [Noted(*row) for row in rows]
    excused, unexcused = rules.counted(marks)
    weighed = [one.code for one in marks if one.is_main and not one.is_checkin and one.session in ("S", "C")]
    assert (excused, unexcused) == (weighed.count("P"), weighed.count("K"))


@given(st.integers(0, 60), st.integers(0, 10))
def test_lates_count_only_where_the_province_says_so(lates: int, make_one: int) -> None:
    marks = [Noted(MONDAY + timedelta(days=n), "S", "M") for n in range(lates)]
    assert rules.counted(marks, lates_make_one=make_one) == (0, lates // make_one if make_one else 0)


@given(days, st.sampled_from(["MN", "TH", "THCS", "THPT", "GDTX"]), st.booleans())
def test_a_day_off_has_no_session_and_a_school_day_only_those_of_its_plan(
    day: date, level: str, is_makeup: bool
) -> None:
    plan = rules.usual_plan(level)
    assert rules.sessions_on(plan, day, is_school_day=False, is_makeup=is_makeup) == ()
    found = rules.sessions_on(plan, day, is_school_day=True, is_makeup=is_makeup)
    usual = rules.sessions_on(plan, day, is_school_day=True)
    assert found == usual or (is_makeup and not usual and found)
    assert (rules.main_of(plan, found) == "S") == bool(found)


def test_a_make_up_day_is_a_school_day_even_where_the_plan_has_none() -> None:
    sunday = MONDAY + timedelta(days=6)
    assert rules.sessions_on(ONE, sunday, is_school_day=True, is_makeup=True) == ("S",)
    assert rules.sessions_on(TWO, sunday - timedelta(days=1), is_school_day=True, is_makeup=True) == (
        "S",
        "C",
    )
    assert rules.sessions_on(TWO, sunday - timedelta(days=1), is_school_day=True) == ()


def test_boarders_have_their_extra_rolls_in_the_order_of_the_day() -> None:
    found = rules.sessions_on(TWO, MONDAY, is_school_day=True, extra=("bed", "meal"))
    assert found == ("S", "meal", "C", "bed")


def test_the_main_session_is_another_where_the_class_comes_only_in_the_afternoon() -> None:
    plan = Plan("246", "357", main="S")
    assert rules.main_of(plan, rules.sessions_on(plan, MONDAY + timedelta(days=1), is_school_day=True)) == "C"
    assert rules.main_of(plan, ()) == ""


def test_the_nearest_newest_plan_holds() -> None:
    rows = [
        PlanRow(Plan("2", ""), "", None, date(2026, 9, 1)),
        PlanRow(Plan("3", ""), "THCS", None, date(2026, 9, 1)),
        PlanRow(Plan("4", ""), "THCS", None, date(2026, 11, 1)),
        PlanRow(Plan("5", ""), "", 7, date(2026, 11, 20)),
        PlanRow(Plan("6", ""), "THPT", None, date(2026, 9, 1)),
    ]
    assert rules.plan_on(rows, MONDAY, "THCS", 7).morning == "4"
    assert rules.plan_on(rows, date(2026, 10, 1), "THCS", 7).morning == "3"
    assert rules.plan_on(rows, date(2026, 11, 20), "THCS", 7).morning == "5"
    assert rules.plan_on(rows, date(2026, 11, 20), "THCS", 8).morning == "4"
    assert rules.plan_on(rows, MONDAY, "TH", 9).morning == "2"
    assert rules.plan_on([], MONDAY, "TH", 9) == TWO


def test_bells_are_those_of_the_rule_book() -> None:
    bells = Bells()
    ends = [rules.period_ends("THCS", "S", period, bells) for period in (0, 1, 2, 3, 4, 5)]
    assert ends == [time(7, 45), time(7, 45), time(8, 35), time(9, 40), time(10, 30), time(11, 20)]
    assert rules.period_ends("TH", "S", 1, Bells(morning=time(7, 15))) == time(7, 50)
    assert rules.period_ends("THPT", "C", 1, bells) == time(14, 15)


@pytest.mark.parametrize(
    ("hour", "minute", "day", "closed", "expected"),
    [
        (7, 10, MONDAY, (), Window.ON_TIME),
        (7, 45, MONDAY, (), Window.ON_TIME),
        (7, 46, MONDAY, (), Window.LATE),
        (23, 59, MONDAY, (), Window.LATE),
        (7, 10, MONDAY + timedelta(days=1), (), Window.FUTURE),
        (7, 10, MONDAY - timedelta(days=1), (), Window.OVER),
        (7, 10, MONDAY, ("week",), Window.WEEK_CLOSED),
    ],
)
def test_windows(hour: int, minute: int, day: date, closed: tuple[str, ...], expected: Window) -> None:
    assert (
        rules.window(day, time(7, 45), datetime(2026, 11, 16, hour, minute, tzinfo=UTC), closed) is expected
    )


def test_an_absence_is_excused_within_three_school_days() -> None:
    def lessons(day: date) -> bool:
        return day.weekday() < 6

    thursday = MONDAY + timedelta(days=3)
    assert rules.may_excuse(thursday, thursday, lessons)
    assert rules.may_excuse(thursday, MONDAY + timedelta(days=7), lessons)  # Fri, Sat, Mon
    assert not rules.may_excuse(thursday, MONDAY + timedelta(days=8), lessons)
    assert not rules.may_excuse(thursday, MONDAY, lessons)


@given(st.lists(codes, max_size=7), st.integers(0, 7))
def test_periods_make_a_session_missed_from_half_of_those_taken(found: list[str], more: int) -> None:
    taken = len(found) + more
    missed = [code for code in found if code in rules.ABSENT]
    code = rules.session_code(found, taken)
    assert bool(code) == (bool(missed) and len(missed) * 2 >= taken)
    assert code != "P" or "K" not in missed


@given(st.integers(1, 3000), st.data())
def test_a_rate_lies_between_none_and_all(expected: int, data: st.DataObject) -> None:
    absent = data.draw(st.integers(0, expected))
    found = rules.rate(expected, absent)
    assert found is not None
    assert 0 <= found <= 1000
    assert abs(found * expected - (expected - absent) * 1000) * 2 <= expected


def test_nobody_expected_has_no_rate() -> None:
    assert rules.rate(0, 0) is None


@given(days, st.integers(0, 10), st.sampled_from(["S", "C"]), st.sampled_from(["S", "C"]))
def test_a_leave_covers_from_its_first_to_its_last_session(
    day: date, length: int, first: str, last: str
) -> None:
    leave = Leave(day, first, day + timedelta(days=length), last)
    for n in range(-1, length + 2):
        for session in ("S", "C"):
            here = (n, rules.ORDER[session])
            within = (0, rules.ORDER[first]) <= here <= (length, rules.ORDER[last])
            assert leave.covers(day + timedelta(days=n), session) == within


def test_a_roll_not_taken_breaks_no_row_of_absences() -> None:
    assert rules.row_of_absences(["K", None, "P", "K", "", "K"]) == 3
    assert rules.row_of_absences(["", "K"]) == 0


@given(days)
def test_weeks_and_months_hold_their_day(day: date) -> None:
    monday, sunday = rules.week_of(day)
    first, last = rules.month_of(day)
    assert monday <= day <= sunday
    assert monday.weekday() == 0
    assert (sunday - monday).days == 6
    assert first <= day <= last
    assert first.day == 1
    assert (last + timedelta(days=1)).day == 1


def test_four_of_five_sessions_taken_keep_the_roll_here() -> None:
    assert rules.is_kept(8, 10)
    assert not rules.is_kept(7, 10)
    assert not rules.is_kept(0, 0)
