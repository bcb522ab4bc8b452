"""Office hours, withdrawal and the words around them: pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.citizen.threads import rules, words
from khue.citizen.threads.hours import WEEK, Hours

USUAL = Hours()


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of November 2026; which zone does not matter to the rules."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


FRIDAY = at(20, 19, 42)
WEDNESDAY = at(18, 9, 0)


@pytest.mark.parametrize(
    ("written", "comes"),
    [
        (WEDNESDAY, WEDNESDAY),
        (at(18, 7, 0), at(18, 7, 0)),
        (at(18, 6, 59), at(18, 7, 0)),
        (at(18, 17, 29), at(18, 17, 29)),
        (at(18, 17, 30), at(19, 7, 0)),
        (FRIDAY, at(23, 7, 0)),
        (at(22, 8, 0), at(23, 7, 0)),
    ],
)
def test_a_message_comes_when_the_hours_open(written: datetime, comes: datetime) -> None:
    assert USUAL.opens_at(written) == comes


def test_one_day_a_week_is_waited_for_and_no_day_holds_nothing_back() -> None:
    assert Hours("2").opens_at(at(23, 17, 30)) == at(30, 7, 0)
    assert Hours("").opens_at(FRIDAY) == FRIDAY


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (WEDNESDAY, WEDNESDAY + timedelta(minutes=25), 25),
        (WEDNESDAY.replace(hour=17), at(19, 7, 10), 40),
        (FRIDAY, at(23, 8, 0), 60),
        (at(21, 8, 0), at(22, 20, 0), 0),
        (WEDNESDAY, WEDNESDAY - timedelta(hours=1), 0),
        (at(16, 0, 0), at(23, 0, 0), 5 * 630),
    ],
)
def test_waiting_is_counted_in_office_hours_only(start: datetime, end: datetime, minutes: int) -> None:
    assert USUAL.minutes_between(start, end) == minutes


moments = st.integers(0, 400_000).map(lambda minutes: at(1, 0, 0) + timedelta(minutes=minutes))
hours = st.builds(
    lambda days, start, length: Hours("".join(sorted(days)), start, start + length),
    st.sets(st.sampled_from(WEEK), min_size=1), st.integers(0, 700), st.integers(1, 700),
)  # fmt: skip


@given(hours, moments)
def test_what_is_held_comes_within_a_week_when_the_teacher_answers(own: Hours, written: datetime) -> None:
    comes = own.opens_at(written)
    assert own.is_sound
    assert written <= comes <= written + timedelta(days=7)
    assert own.is_open(comes)
    assert comes == written or own.minutes_between(written, comes) == 0


@given(hours, moments, moments, moments)
def test_minutes_add_up(own: Hours, one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    whole = own.minutes_between(first, third)
    assert own.minutes_between(first, second) + own.minutes_between(second, third) == whole


@pytest.mark.parametrize(
    "wrong",
    [
        Hours(""), Hours("99"), Hours("32"), Hours("22"), Hours("2", 600, 600), Hours("2", -1, 60), Hours("2", 0, 1441),
    ],
)  # fmt: skip
def test_hours_without_day_or_length_are_not_sound(wrong: Hours) -> None:
    assert not wrong.is_sound


def test_a_family_reads_before_writing_when_the_message_comes() -> None:
    evening = WEDNESDAY.replace(hour=20)
    assert words.promise("cô Lan", USUAL, evening) == (
        "Cô Lan trả lời từ 7 giờ đến 17 giờ 30 các ngày thứ Hai đến thứ Sáu; "
        "tin gửi bây giờ sẽ đến cô Lan lúc 7 giờ ngày mai."
    )
    assert words.promise("cô Lan", USUAL, WEDNESDAY).endswith("thứ Hai đến thứ Sáu.")
    assert words.promise("thầy Hà", Hours("26", 480, 690), FRIDAY) == (
        "Thầy Hà trả lời từ 8 giờ đến 11 giờ 30 các ngày thứ Hai, thứ Sáu; "
        "tin gửi bây giờ sẽ đến thầy Hà lúc 8 giờ thứ Hai 23/11."
    )
    assert words.moment(at(18, 7, 0), at(18, 5, 0)) == "7 giờ hôm nay"
    assert words.days(WEEK) == "tất cả các ngày"
    assert words.days("8") == "Chủ nhật"


@pytest.mark.parametrize(
    ("after", "seen", "withdrawn", "may"),
    [
        (4, False, False, True), (5, False, False, True), (6, False, False, False), (1, True, False, False),
        (1, False, True, False),
    ],
)  # fmt: skip
def test_a_message_is_taken_back_within_five_minutes_while_unseen(
    after: int, seen: bool, withdrawn: bool, may: bool
) -> None:
    now = FRIDAY + timedelta(minutes=after)
    assert rules.may_withdraw(FRIDAY, now if seen else None, now if withdrawn else None, now) is may


def test_typed_text_is_tidied() -> None:
    assert rules.tidy("  Thưa cô,\r\n\r\n\r\n\r\nCháu sốt.  \n") == "Thưa cô,\n\nCháu sốt."
    assert rules.tidy(" \n \r\n") == ""


def test_reminding_is_once_a_day_while_it_is_shown() -> None:
    today = date(2026, 11, 20)
    assert rules.may_remind(None, today, today)
    assert rules.may_remind(date(2026, 11, 19), today, today)
    assert not rules.may_remind(today, today, today)
    assert not rules.may_remind(None, date(2026, 11, 19), today)
    assert rules.is_good_expiry(today, today)
    assert not rules.is_good_expiry(date(2026, 11, 19), today)
    assert not rules.is_good_expiry(date(2027, 11, 23), today)
