"""Charts drawn by the server as SVG: a spark, a line with its goal and band, bars. No script, no library.

Every chart is a picture with a sentence (`label`) for those who do not see it; the page puts the table beside it.
Colours come from classes (static/ui/charts.css), so charts follow light, dark and print; lines differ in stroke as
well as in colour. With `paper` the same shapes carry their own strokes, for forms printed by typst.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from khue.ui.words import number_vi

Value = float | None
TICK: Final = 7.4  # how wide a letter under the axis is
SERIES: Final = 4  # as many inks as there are line styles
_PAPER: Final = ('stroke="#1f4e9e"', 'stroke="#c26a14"', 'stroke="#0c6e52"', 'stroke="#7d8aaa"')


@dataclass(frozen=True)
class Series:
    """One line: its name, and its values at the places of the axis (None where there is no figure)."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Bar:
    """One bar: what it is, how long, the figure in words, its state ('' ok wait bad) and where it leads."""

    label: str
    value: Value
    text: str
    kind: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Band:
    """Where figures are expected: from `low` to `high`; an open end reaches the edge of the chart."""

    low: Value = None
    high: Value = None


def spark(values: Sequence[Value], *, goal: Value = None, label: str = "", paper: bool = False) -> SafeString:
    """A small line without axes: how a figure went; nothing for fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return SafeString("")
    width, height = 116.0, 40.0
    low, high = min(known), max(known)
    if goal is not None and _is_near(goal, low, high):
        low, high = min(low, goal), max(high, goal)
    else:
        goal = None
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return 3 + (height - 6) * (1 - (value - low) / span) if high > low else height / 2

    step = (width - 4) / max(1, len(values) - 1)
    points = [(2 + at * step, y(value)) for at, value in enumerate(values) if value is not None]
    own = mark_safe(' fill="none" stroke="#1f4e9e" stroke-width="1.6"' if paper else "")  # noqa: S308 (our own words)
    parts = [
        format_html('<path class="goal" d="M0 {}H116"{}/>', _n(y(goal)), _dashed(paper))
        if goal is not None
        else "",
        format_html('<polyline points="{}"{}/>', _points(points), own),
        format_html('<circle cx="{}" cy="{}" r="2.6"/>', _n(points[-1][0]), _n(points[-1][1])),
    ]
    return _svg("spark", width, height, label, parts, paper)


def line(
    series: Sequence[Series],
    places: Sequence[str],
    *,
    label: str,
    goal: Value = None,
    band: Band | None = None,
    decimals: int = 0,
    width: int = 640,
    height: int = 240,
    paper: bool = False,
) -> SafeString:
    """Lines over the places of an axis (days, years), with a grid, a dashed goal and the band where they should be.

    The scale begins where the figures do, not at nought, and its ticks say so. Nothing for no figure at all.
    """
    every = [value for one in series for value in one.values if value is not None]
    if not every:
        return SafeString("")
    low, high = min(every), max(every)
    if goal is not None and _is_near(goal, low, high):
        low, high = min(low, goal), max(high, goal)
    steps = ticks(low, high, decimals=decimals)
    bottom, top = steps[0], steps[-1]
    left = 14.0 + 7.6 * max(len(number_vi(tick, decimals)) for tick in steps)
    right, foot, head = width - 12.0, height - 26.0, 10.0

    def y(value: float) -> float:
        return head + (foot - head) * (1 - (value - bottom) / ((top - bottom) or 1))

    def x(at: int) -> float:
        return left + (right - left) * at / max(1, len(places) - 1)

    parts: list[str] = []
    if band is not None and not paper:
        up = head if band.high is None else max(head, min(foot, y(band.high)))
        down = foot if band.low is None else max(head, min(foot, y(band.low)))
        if down > up:
            parts.append(
                format_html(
                    '<rect class="band" x="{}" y="{}" width="{}" height="{}"/>',
                    _n(left),
                    _n(up),
                    _n(right - left),
                    _n(down - up),
                )
            )
    for tick in steps:
        parts.append(
            format_html(
                '<path class="grid" d="M{} {}H{}"{}/>',
                _n(left),
                _n(y(tick)),
                _n(right),
                mark_safe(' stroke="#d5ddec"' if paper else ""),  # noqa: S308
            )
        )
        parts.append(
            format_html(
                '<text x="{}" y="{}" class="tick end"{}>{}</text>',
                _n(left - 8),
                _n(y(tick) + 4),
                _spoken(paper, "end"),
                number_vi(tick, decimals),
            )
        )
    if goal is not None and bottom <= goal <= top:
        parts.append(
            format_html(
                '<path class="goal" d="M{} {}H{}"{}/>', _n(left), _n(y(goal)), _n(right), _dashed(paper)
            )
        )
    for number, one in enumerate(series[:SERIES], start=1):
        parts += _stroke(one, number, x, y, paper)
    parts += _feet(places, x, height, paper)
    return _svg("chart", width, height, label, parts, paper)


def _stroke(
    one: Series, number: int, x: Callable[[int], float], y: Callable[[float], float], paper: bool
) -> list[str]:
    """A line in pieces, broken where there is no figure, a dot at its last one."""
    parts: list[str] = []
    piece: list[tuple[float, float]] = []
    own = mark_safe(f' fill="none" {_PAPER[number - 1]} stroke-width="2"' if paper else "")  # noqa: S308
    dot = mark_safe(f" {_PAPER[number - 1].replace('stroke', 'fill')}" if paper else "")  # noqa: S308
    last: tuple[float, float] | None = None
    for at, value in enumerate([*one.values, None]):
        if value is not None:
            last = (x(at), y(value))
            piece.append(last)
        elif piece:
            if len(piece) > 1:
                parts.append(
                    format_html('<polyline class="l{}" points="{}"{}/>', number, _points(piece), own)
                )
            else:
                parts.append(
                    format_html(
                        '<circle class="d{}" cx="{}" cy="{}" r="2.5"{}/>', number, *map(_n, piece[0]), dot
                    )
                )
            piece = []
    if last is not None:
        parts.append(
            format_html(
                '<circle class="d{}" cx="{}" cy="{}" r="4"{}/>', number, _n(last[0]), _n(last[1]), dot
            )
        )
    return parts


def _feet(places: Sequence[str], x: Callable[[int], float], height: int, paper: bool) -> list[str]:
    """At most six names under the axis, the first and the last always, none so near that it runs into another."""
    most = len(places) - 1
    room = 1.5 * TICK * max(len(place) for place in places) + 6  # one from its middle, the other from its end
    step = max(1, ceil(most / 5), ceil(room / ((x(1) - x(0)) or 1)) if most else 1)
    shown = [at for at in range(0, most, step) if x(most) - x(at) >= room] + [most]
    return [
        _foot(places[at], x(at), height, "" if at == 0 else "end" if at == most else "mid", paper)
        for at in shown
    ]


def _foot(text: str, x: float, height: int, side: str, paper: bool) -> str:
    own = _spoken(paper, {"mid": "middle"}.get(side, side))
    kind = f"tick {side}".strip()
    return format_html('<text x="{}" y="{}" class="{}"{}>{}</text>', _n(x), height - 6, kind, own, text)


def bars(rows: Sequence[Bar], *, label: str, goal: Value = None) -> SafeString:
    """Bars one under another: name, bar, figure. A list, so it reads without seeing; lengths come from a <progress>.

    Bars begin at nought. The goal is a mark in the words of `label`, not a line across.
    """
    longest = max((row.value for row in rows if row.value is not None), default=0) or 1
    if goal is not None and 0 < goal < longest * 3:
        longest = max(longest, goal)
    body = format_html_join(
        "",
        '<li class="{}"><span class="bar-l">{}</span><span class="bar-t"><progress max="1000" value="{}"'
        ' aria-hidden="true"></progress></span><span class="bar-v">{}{}</span></li>',
        (
            (
                row.kind,
                format_html('<a href="{}">{}</a>', row.url, row.label) if row.url else row.label,
                max(0, round(1000 * (row.value or 0) / longest)),
                row.text,
                format_html(" <small>{}</small>", row.note) if row.note else "",
            )
            for row in rows
        ),
    )
    return format_html('<ol class="bars" aria-label="{}">{}</ol>', label, body)


def ticks(low: float, high: float, about: int = 4, decimals: int | None = None) -> list[float]:
    """Round places of a scale that holds `low` and `high`: steps of 1, 2 or 5 times a power of ten.

    No step is finer than what is written with so many `decimals`, so no two ticks read alike. A scale of figures that
    are not below nought does not go below it.
    """
    if high <= low:
        pad = abs(low) * 0.05 or 1.0
        low, high = low - pad if low < 0 else max(0.0, low - pad), high + pad
    raw = (high - low) / about
    power = 10.0 ** floor(log10(raw))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= raw * 0.999)
    if decimals is not None:
        step = max(step, 10.0**-decimals)
    first, last = floor(low / step), ceil(high / step)
    return [round(step * at, 10) for at in range(first, last + 1)]


def _is_near(goal: float, low: float, high: float) -> bool:
    """Whether drawing a goal would not press the figures flat."""
    span = (high - low) or abs(high) * 0.05 or 1.0
    return low - 3 * span <= goal <= high + 3 * span


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(px)},{_n(py)}" for px, py in points)


def _dashed(paper: bool) -> SafeString:
    return SafeString(' fill="none" stroke="#7d8aaa" stroke-dasharray="4 4"' if paper else "")


def _spoken(paper: bool, anchor: str) -> SafeString:
    """Text set by itself, where no stylesheet reaches."""
    if not paper:
        return SafeString("")
    return SafeString(
        ' font-family="Khue Serif" font-size="12"' + (f' text-anchor="{anchor}"' if anchor else "")
    )


def _svg(kind: str, width: float, height: float, label: str, parts: Sequence[str], paper: bool) -> SafeString:
    inside = SafeString("".join(parts))
    size = SafeString(f'viewBox="0 0 {_n(width)} {_n(height)}"')
    if paper:
        return format_html('<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>', size, inside)
    if not label:
        return format_html('<svg class="{}" {} aria-hidden="true">{}</svg>', kind, size, inside)
    return format_html('<svg class="{}" {} role="img" aria-label="{}">{}</svg>', kind, size, label, inside)
