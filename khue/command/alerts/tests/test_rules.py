"""A bound is a switch with a memory: it turns when the figure has stood on its other side long enough."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.command.alerts.rules import (
    NOTHING,
    Held,
    Reading,
    Switch,
    Terms,
    is_due,
    is_quiet,
    is_season,
    look,
    measured,
    ordered,
)

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY = timedelta(days=1)
LATE = Terms("above", amber=10, red=25, margin=1)
SLOW = Terms("above", amber=10, red=25, margin=1, lasts_days=3)


def after(terms: Terms, *values: float | None, held: Held = NOTHING) -> list[str]:
    """The colour after each day's figure."""
    steps = []
    for day, value in enumerate(values):
        held = look(terms, held, Reading(value), NOW + day * DAY)
        steps.append(held.step)
    return steps


@pytest.mark.parametrize(
    ("value", "step"), [(9.9, ""), (10, "amber"), (24.9, "amber"), (25, "red"), (90, "red")]
)
def test_at_or_beyond_a_bound_is_beyond_it(value: float, step: str) -> None:
    assert after(LATE, value) == [step]


def test_where_less_is_worse_the_bounds_are_read_the_other_way() -> None:
    terms = Terms("below", amber=90, red=60, margin=2)
    assert after(terms, 91, 90, 60, 61, 62.1, 91, 92.1) == ["", "amber", "red", "red", "amber", "amber", ""]


def test_it_is_well_only_a_margin_inside_its_bound() -> None:
    assert after(LATE, 10, 9.5, 9, 10) == ["amber", "amber", "", "amber"]
    assert after(LATE, 25, 24.5, 24, 9) == ["red", "red", "amber", ""]


def test_it_must_last_before_it_is_opened_and_before_it_is_closed() -> None:
    assert after(SLOW, 12, 12, 12, 12) == ["", "", "", "amber"]
    assert after(SLOW, 12, 12, 5, 12, 12, 12, 12) == ["", "", "", "", "", "", "amber"]
    assert after(SLOW, 12, 12, 12, 12, 5, 5, 12, 5, 5, 5, 5)[3:] == ["amber"] * 7 + [""]


def test_it_goes_red_in_place_once_red_has_lasted() -> None:
    assert after(SLOW, 12, 12, 12, 30, 30, 30, 30) == ["", "", "", "amber", "amber", "amber", "red"]


def test_what_is_not_known_turns_nothing() -> None:
    assert after(LATE, 30, None, None) == ["red"] * 3
    assert after(LATE, None, None) == ["", ""]


@pytest.mark.parametrize(
    ("compare", "value", "past", "expected"),
    [
        ("rise", 120.0, 100.0, 20.0), ("fall", 80.0, 100.0, 20.0), ("fall", 120.0, 100.0, -20.0),
        ("jump", 80.0, 100.0, 20.0), ("jump", 120.0, 100.0, 20.0), ("jump", 5.0, 0.0, None), ("jump", 5.0, None, None),
        ("above", 5.0, None, 5.0),
    ],
)  # fmt: skip
def test_a_change_is_in_percent_of_what_it_was(
    compare: str, value: float, past: float | None, expected: float | None
) -> None:
    terms = Terms(compare, 10, None, window_days=7)  # type: ignore[arg-type]
    assert measured(terms, Reading(value, past)) == expected


def test_days_without_a_figure_count_only_while_there_is_none() -> None:
    terms = Terms("missing", 3, 7)
    assert look(terms, NOTHING, Reading(None, missing_days=7), NOW).step == "red"
    assert look(terms, NOTHING, Reading(12, missing_days=7), NOW).step == ""


values = st.lists(
    st.one_of(st.none(), st.floats(0, 50, allow_nan=False).map(lambda n: round(n, 1))), max_size=40
)
terms = st.builds(
    lambda amber, wide, margin, lasts: Terms("above", amber, amber + wide, margin=margin, lasts_days=lasts),
    st.integers(5, 20), st.integers(1, 20), st.integers(0, 4), st.integers(0, 5),
)  # fmt: skip


@given(terms, values)
def test_a_colour_never_changes_more_often_than_the_rule_lasts(
    rule: Terms, found: list[float | None]
) -> None:
    held, turned_at = NOTHING, {"amber": -99, "red": -99}
    for day, value in enumerate(found):
        before, held = held, look(rule, held, Reading(value), NOW + day * DAY)
        for name in ("amber", "red"):
            if getattr(before, name).is_on != getattr(held, name).is_on:
                assert day - turned_at[name] >= rule.lasts_days
                turned_at[name] = day


@given(terms, values)
def test_red_always_stands_on_amber(rule: Terms, found: list[float | None]) -> None:
    held = NOTHING
    for day, value in enumerate(found):
        held = look(rule, held, Reading(value), NOW + day * DAY)
        assert held.amber.is_on or not held.red.is_on


@given(terms, values)
def test_looking_twice_at_the_same_moment_changes_nothing_more(
    rule: Terms, found: list[float | None]
) -> None:
    held = NOTHING
    for day, value in enumerate(found):
        now = NOW + day * DAY
        held = look(rule, held, Reading(value), now)
        assert look(rule, held, Reading(value), now) == held


@given(terms, st.lists(st.floats(-0.9, 0.9), min_size=5, max_size=30))
def test_a_figure_that_trembles_within_the_margin_opens_once(rule: Terms, shakes: list[float]) -> None:
    rule = Terms("above", rule.amber, None, margin=1, lasts_days=0)
    assert rule.amber is not None
    steps = after(rule, *(rule.amber + shake for shake in shakes))
    changes = sum(a != b for a, b in zip(["", *steps], steps, strict=False))
    assert changes <= 1


@given(terms, values, st.floats(0, 50))
def test_the_same_figure_for_long_enough_decides_alone(
    rule: Terms, found: list[float | None], last: float
) -> None:
    bounds = [bound for bound in (rule.amber, rule.red) if bound is not None]
    if any(bound - rule.margin - 0.01 <= last <= bound + 0.01 for bound in bounds):
        return
    steady = [last] * (2 * rule.lasts_days + 2)
    assert after(rule, *found, *steady)[-1] == after(rule, *steady)[-1]


def test_months_are_the_ones_in_which_it_watches() -> None:
    watching = Terms("above", 1, None, months=(9, 10))
    assert is_season(watching, date(2026, 9, 1))
    assert not is_season(watching, date(2026, 7, 1))
    assert is_season(LATE, date(2026, 7, 1))


def test_what_somebody_closed_stays_closed_unless_it_is_worse() -> None:
    rule = Terms("above", 1, 5, quiet_days=7)
    assert is_quiet(rule, "amber", "amber", NOW, NOW + 6 * DAY)
    assert not is_quiet(rule, "red", "amber", NOW, NOW + 6 * DAY)
    assert not is_quiet(rule, "amber", "amber", NOW, NOW + 7 * DAY)
    assert is_quiet(rule, "amber", "red", NOW, NOW + 6 * DAY)


@pytest.mark.parametrize(
    ("told", "now", "repeat", "due"),
    [
        (None, 0, 0, True), (-1, 0, 0, True), (1, 9, 0, False), (1, 2, 3, False), (1, 3, 3, True), (3, 4, 3, False),
        (4, 6, 3, True), (6, 8, 3, False),
    ],
)  # fmt: skip
def test_somebody_is_told_when_it_is_new_and_then_every_few_days(
    told: int | None, now: int, repeat: int, due: bool
) -> None:
    told_at = None if told is None else NOW + told * DAY
    assert is_due(NOW, told_at, NOW + now * DAY, repeat) is due


@given(st.integers(1, 14), st.lists(st.integers(1, 20), max_size=20))
def test_told_day_by_day_nobody_hears_of_one_alert_oftener_than_it_repeats(
    repeat: int, gaps: list[int]
) -> None:
    told, now, heard = None, NOW, []
    for gap in gaps:
        if is_due(NOW, told, now, repeat):
            told = now
            heard.append((now - NOW).days // repeat)
        now += gap * DAY
    assert heard == sorted(set(heard))


def test_red_lies_beyond_amber() -> None:
    assert ordered((10, 25), "above")
    assert not ordered((25, 10), "above")
    assert ordered((90, 60), "below")
    assert ordered((None, 60), "below")


def test_a_switch_forgets_what_did_not_last() -> None:
    held = look(SLOW, NOTHING, Reading(12), NOW)
    assert held.amber == Switch(is_on=False, since=NOW)
    assert look(SLOW, held, Reading(2), NOW + DAY).is_still
