"""A tile is as dark as its figure is bad, whichever way is bad; what is done recedes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.command.ioc import judging
from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.queries import state_of

SHARE = Indicator(
    "x.share", "Tỉ lệ", "%", "Thử", "Thử", Measure("x.fact", lambda t: t.count()), direction="up", target=97,
    amber=90, red=80,
)  # fmt: skip
SIZE = replace(SHARE, name="x.size", direction="down", target=35, amber=40, red=45)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(98, 0), (90.1, 0), (90, 1), (86, 2), (83, 3), (80, 4), (75, 4), (70, 5), (0, 5), (None, 0)],
)
def test_a_share_that_should_be_high_grows_darker_as_it_falls(value: float | None, expected: int) -> None:
    assert judging.shade(SHARE, value) == expected


@given(st.floats(0, 200), st.floats(0, 200))
def test_the_worse_of_two_figures_is_never_lighter(one: float, other: float) -> None:
    assert judging.shade(SHARE, min(one, other)) >= judging.shade(SHARE, max(one, other))
    assert judging.shade(SIZE, max(one, other)) >= judging.shade(SIZE, min(one, other))


@given(st.floats(0, 200))
def test_shade_and_word_say_the_same(value: float) -> None:
    for indicator in (SHARE, SIZE):
        said = {"ok": (0,), "wait": (1, 2, 3), "bad": (4, 5)}[state_of(indicator, value)]
        assert judging.shade(indicator, value) in said


@given(st.floats(0, 200))
def test_the_legend_names_the_shade_of_every_figure(value: float) -> None:
    steps = judging.steps_of(SHARE)
    reached = [shade for shade, bound in steps if value <= bound + 1e-9]
    assert abs(judging.shade(SHARE, value) - max(reached, default=0)) <= (
        1 if any(abs(value - bound) < 1e-6 for _s, bound in steps) else 0
    )


def test_without_bounds_nothing_is_coloured() -> None:
    plain = replace(SHARE, amber=None, red=None)
    assert judging.shade(plain, 1) == 0
    assert judging.steps_of(plain) == []
    assert not judging.has_bounds(plain)


def test_a_target_is_met_from_its_own_side() -> None:
    assert judging.meets_target(SHARE, 97)
    assert not judging.meets_target(SHARE, 96.9)
    assert judging.meets_target(SIZE, 34)
    assert judging.meets_target(replace(SIZE, target=None), 34) is None
