"""Charts say what they show, break where there is no figure, and carry no inline style."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from django.utils.html import escape

from khue.ui import charts
from khue.ui.charts import Bar, Series


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (1, 1), (97.2, 98.1), (0, 870_000), (-3, 4), (0.01, 0.013)]
)
def test_a_scale_has_round_steps_and_holds_its_figures(low: float, high: float) -> None:
    steps = charts.ticks(low, high)
    assert steps[0] <= low
    assert steps[-1] >= high
    assert 2 <= len(steps) <= 8
    gaps = {round(after - before, 8) for before, after in pairwise(steps)}
    assert len(gaps) == 1


@pytest.mark.parametrize("width", [340, 400, 520, 640, 900])
@pytest.mark.parametrize("count", [2, 3, 7, 8, 12, 13, 27, 30, 60])
def test_names_under_the_axis_do_not_run_into_each_other(count: int, width: int) -> None:
    places = [f"{at % 28 + 1:02}/11" for at in range(count)]
    root = ElementTree.fromstring(
        charts.line([Series("a", list(range(count)))], places, label="a", decimals=1, width=width)
    )
    feet = [text for text in root.iter("text") if "/" in (text.text or "")]
    assert [feet[0].text, feet[-1].text] == [places[0], places[-1]]
    shares = {"tick": (0.0, 1.0), "tick mid": (0.5, 0.5), "tick end": (1.0, 0.0)}
    spans = []
    for text in feet:
        left, right = shares[text.get("class", "")]
        wide = charts.TICK * len(text.text or "")
        spans.append((float(text.get("x", 0)) - left * wide, float(text.get("x", 0)) + right * wide))
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize(
    "values",
    [[3.0, 3.0], [0.0, 0.0], [1.0, 2.0], [97.0, 97.4], [12.34, 12.36], [-1.0, -1.0], [870_000.0] * 2],
)
def test_no_two_ticks_of_a_line_read_alike(values: list[float], decimals: int) -> None:
    root = ElementTree.fromstring(
        charts.line([Series("a", values)], ["01/11", "02/11"], label="a", decimals=decimals)
    )
    read = [text.text for text in root.iter("text")][:-2]
    assert len(read) == len(set(read)) >= 2


def test_a_count_that_stays_at_nought_has_no_tick_below_it() -> None:
    assert charts.ticks(0, 0, decimals=0) == [0, 1]


def test_a_line_breaks_where_there_is_no_figure() -> None:
    drawn = charts.line([Series("a", [1, 2, None, 3, 4])], list("vwxyz"), label="a")
    assert drawn.count("<polyline") == 2


def test_a_line_ends_on_its_last_figure_and_names_first_and_last_place() -> None:
    drawn = charts.line([Series("a", [10.0, 20.0])], ["01/11", "02/11"], label="từ 10 lên 20")
    root = ElementTree.fromstring(drawn)
    assert root.get("aria-label") == "từ 10 lên 20"
    assert [text.text for text in root.iter("text")][-2:] == ["01/11", "02/11"]
    assert float(next(root.iter("circle")).get("cx", 0)) == 628


def test_higher_figures_stand_higher() -> None:
    root = ElementTree.fromstring(charts.spark([1, 5, 3]))
    points = next(root.iter("polyline")).get("points", "").split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights[1] < heights[2] < heights[0]


def test_a_goal_far_away_does_not_press_the_figures_flat() -> None:
    assert "goal" not in charts.spark([50.0, 51.0], goal=900)
    assert "goal" in charts.spark([50.0, 51.0], goal=52)


def test_one_figure_is_no_line() -> None:
    assert charts.spark([1]) == ""
    assert charts.spark([None, 2, None]) == ""
    assert charts.line([Series("a", [None])], ["x"], label="a") == ""


def test_names_are_shown_as_text_never_as_markup() -> None:
    name = '<b onmouseover="x">'
    drawn = charts.bars([Bar(name, 3, "3", url="/a?b&c")], label=name)
    assert name not in drawn
    assert escape(name) in drawn
    assert name not in charts.line([Series(name, [1, 2])], [name, name], label=name)


def test_bars_begin_at_nought_and_the_longest_fills_its_place() -> None:
    drawn = charts.bars([Bar("a", 50, "50"), Bar("b", 25, "25", "bad"), Bar("c", None, "–")], label="x")
    assert [part.split('"')[0] for part in drawn.split('value="')[1:]] == ["1000", "500", "0"]
    assert '<li class="bad">' in drawn


def test_no_chart_brings_a_style_of_its_own() -> None:
    for paper in (False, True):
        drawn = charts.line(
            [Series("a", [1, 2]), Series("b", [2, 1])], ["x", "y"], label="a", goal=1.5, paper=paper
        )
        assert "style=" not in drawn
        assert "<style" not in drawn
        ElementTree.fromstring(drawn)
