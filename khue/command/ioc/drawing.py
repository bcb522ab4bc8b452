"""Drawings of the pages of indicators: the trend over the year, and how a figure lies over schools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.command.ioc.wording import number, shown
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.quality import Spread
from khue.kernel.indicators.words import say
from khue.ui import charts

WIDE, NARROW = 640, 340  # on a screen, on a phone: text keeps its size
HEIGHT, FOOT, TOP, SIDE = 190, 34, 22, 6
LEAST: Final = 3  # schools for a drawing to say anything


def trend(
    indicator: Indicator,
    days: Sequence[date],
    now: Sequence[float | None],
    before: Sequence[float | None],
    *,
    where: str,
    width: int = WIDE,
) -> SafeString:
    """The figure over the days, and a year before when it is known."""
    known = [value for value in now if value is not None]
    if len(known) < 2:
        return SafeString("")
    series = [charts.Series(_("Năm nay"), now)]
    if any(value is not None for value in before):
        series.append(charts.Series(_("Cùng kì năm trước"), before))
    said = _("%(what)s của %(where)s: từ %(first)s đến %(last)s") % {
        "what": say(indicator.label), "where": where, "first": shown(indicator, known[0]),
        "last": shown(indicator, known[-1]),
    }  # fmt: skip
    return charts.line(
        series,
        [f"{day:%d/%m}" for day in days],
        label=said,
        goal=indicator.target,
        width=width,
        height=240 if width == WIDE else 200,
        decimals=_places(indicator, [*known, *[value for value in before if value is not None]]),
    )


def _places(indicator: Indicator, values: Sequence[float]) -> int:
    """Decimals of the scale: as few as tell its ticks apart."""
    span = max(values) - min(values)
    return 0 if span >= 4 else min(1, indicator.decimals) if span >= 0.4 else indicator.decimals


def distribution(indicator: Indicator, spread: Spread, *, width: int = WIDE) -> SafeString:
    """A histogram of schools with the middle one marked; nothing for a handful or when all are alike."""
    if spread.present < LEAST or not spread.bins:
        return SafeString("")
    most = max(count for _low, _high, count in spread.bins) or 1
    step = (width - 2 * SIDE) / len(spread.bins)
    low, high = spread.bins[0][0], spread.bins[-1][1]

    def x(value: float) -> float:
        return SIDE + (width - 2 * SIDE) * (value - low) / ((high - low) or 1)

    spoken = ", ".join(
        _("%(low)s đến %(high)s: %(n)s trường")
        % {"low": number(indicator, a), "high": number(indicator, b), "n": count}
        for a, b, count in spread.bins
        if count
    )
    label = _("Phân bố %(what)s theo trường") % {"what": say(indicator.label)}
    parts = [
        f'<svg class="chart hist" viewBox="0 0 {width} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}: {escape(spoken)}">'
    ]
    base = HEIGHT - FOOT
    for at, (_low, _high, count) in enumerate(spread.bins):
        tall = round((base - TOP) * count / most, 1)
        left = SIDE + at * step
        if count:
            parts.append(
                f'<rect x="{left + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" height="{tall:.1f}"/>'
                f'<text class="n" x="{left + step / 2:.1f}" y="{base - tall - 5:.1f}">{count}</text>'
            )
    parts.append(f'<path class="grid" d="M0 {base + 0.5}H{width}"/>')
    for value, anchor in ((low, "start"), (high, "end")):
        place = SIDE if anchor == "start" else width - SIDE
        parts.append(
            f'<text class="tick {anchor}" x="{place}" y="{HEIGHT - 14}">{escape(number(indicator, value))}</text>'
        )
    middle = spread.quartiles[2]
    parts.append(f'<path class="middle" d="M{x(middle):.1f} {TOP - 8}V{base}"/>')
    parts.append("</svg>")
    return SafeString("".join(parts))
