"""How the values of one column lie: a small drawing with its figures in words. Pure; no models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.school.gradebook import cells
from khue.school.gradebook.layout import Column, Kind

BOUNDS: Final = (0, 35, 50, 65, 80, 90)  # tenths: where a level of learning begins (TT 22/2021, Điều 9)
STEP, WIDTH, HEIGHT, LEAST = 48, 40, 58, 292


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it counts and how many."""

    label: str
    count: int


def bars_of(column: Column, values: Iterable[int | None]) -> list[Bar]:
    """The bars of a column; empty where a drawing says nothing (counts, weights)."""
    known = [value for value in values if value is not None and value >= 0]
    if column.kind in (Kind.MARK, Kind.TEST):
        ends = (*BOUNDS[1:], 101)
        labels = [_("dưới 3,5"), *(cells.show_average(bound) for bound in BOUNDS[1:])]
        return [
            Bar(label, sum(low <= value < high for value in known))
            for label, low, high in zip(labels, BOUNDS, ends, strict=True)
        ]
    words = ("CĐ", "Đ") if column.kind == Kind.PASS else cells.WORDS.get(column.kind, ())
    return [Bar(word, sum(value == at for value in known)) for at, word in enumerate(words)]


def _width(bars: list[Bar]) -> int:
    return max(STEP * len(bars) + 4, LEAST)


def draw(column: Column, bars: list[Bar]) -> SafeString:
    """The bars as a drawing that says its figures; the script redraws it by the same measures."""
    most = max((bar.count for bar in bars), default=0) or 1
    spoken = ", ".join(f"{bar.label}: {bar.count}" for bar in bars)
    parts = [
        f'<svg class="gb-chart" viewBox="0 0 {_width(bars)} 102" role="img" aria-label="'
        f'{escape(_("Phân bố %(column)s") % {"column": column.title})}: {escape(spoken)}">'
    ]
    for at, bar in enumerate(bars):
        x = 4 + at * STEP
        height = round(HEIGHT * bar.count / most, 1)
        top = 78 - height
        parts.append(
            f'<rect x="{x}" y="{top}" width="{WIDTH}" height="{height}"/>'
            f'<text class="n" x="{x + WIDTH // 2}" y="{top - 5}">{bar.count or ""}</text>'
            f'<text x="{x + WIDTH // 2}" y="95">{escape(bar.label)}</text>'
        )
    return SafeString("".join([*parts, f'<path d="M0 78.5H{_width(bars)}"/></svg>']))
