"""What time it was, which way somebody went, what a tap is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from khue.school.gate import rules

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def test_a_wrong_clock_of_a_reader_does_not_move_a_tap() -> None:
    for off in (timedelta(0), timedelta(days=-365), timedelta(days=365), timedelta(minutes=3)):
        told = rules.real_moment(NOON + off - timedelta(seconds=90), NOON + off, NOON)
        assert told == NOON - timedelta(seconds=90)


def test_a_tap_of_the_future_or_of_last_month_is_none() -> None:
    assert rules.real_moment(NOON + timedelta(minutes=1), NOON, NOON) is None
    assert rules.real_moment(NOON - timedelta(days=15), NOON, NOON) is None
    assert rules.real_moment(NOON + timedelta(seconds=2), NOON, NOON) == NOON


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from([1, 2]), st.sampled_from(["in", "out"])), max_size=30
    )
)
def test_taken_taps_of_a_pupil_and_way_lie_a_minute_apart_in_whatever_order_they_come(
    told: list[tuple[int, int, str]],
) -> None:
    taps = [rules.Held(n, who, NOON + timedelta(seconds=at), way) for n, (at, who, way) in enumerate(told)]
    dropped = rules.doubles(taps, {})
    assert rules.doubles(reversed(taps), {}) == dropped
    kept = [tap for tap in taps if tap.key not in dropped]
    for one in kept:
        for other in kept:
            if one.key != other.key and (one.enrolment_id, one.direction) == (
                other.enrolment_id,
                other.direction,
            ):
                assert abs(one.at - other.at) >= rules.AGAIN
    for tap in taps:
        if tap.key in dropped:
            assert any(
                abs(tap.at - one.at) < rules.AGAIN
                for one in kept
                if (one.enrolment_id, one.direction) == (tap.enrolment_id, tap.direction)
            )


def test_codes_and_chips_are_read_however_they_are_written() -> None:
    assert rules.normal(" kh-2f 3g\n") == "KH2F3G"
    assert rules.is_chip("04A2B3C4")
    assert not rules.is_chip("XYZ")
    assert not rules.is_chip("123")
    assert rules.way("in", "out") == "in"
    assert rules.way("both", "out") == "out"
    assert rules.way("both", "sideways") == "both"
