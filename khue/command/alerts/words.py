"""How an alert says what it is about: its figure in words, how that stands to the bound, the colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.command.alerts.readings import Source
from khue.command.alerts.rules import CHANGES
from khue.ui.templatetags.ui import badge, quiet
from khue.ui.words import date_vi, number_vi

STEPS: Final[Mapping[str, Any]] = {"red": gettext_lazy("Báo động"), "amber": gettext_lazy("Cần chú ý")}
_LOOKS: Final = {"red": ("bad", "alert-circle"), "amber": ("wait", "alert-triangle")}


@dataclass(frozen=True)
class Figure:
    """A figure in words: the number and its unit."""

    text: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.unit}".strip()


def number(value: float | None, decimals: int) -> str:
    """A number with the decimals of its figure at most, and no more than it needs."""
    if value is None:
        return "–"
    shown = round(value, decimals)
    return number_vi(shown, next(n for n in range(decimals + 1) if n == decimals or round(shown, n) == shown))


def figure(source: Source | None, value: float | None) -> Figure:
    """A value of a figure."""
    if source is None:
        return Figure(number(value, 1))
    return Figure(number(value, source.decimals), source.unit_of(value))


def said(
    compare: str, source: Source | None, value: float | None, past: float | None, measured: float | None, window: int
) -> str:  # fmt: skip
    """What has been noticed, in a few words: `12,4 %`, `tăng 8 % trong 7 ngày (1.200 → 1.296 em)`."""
    if compare == "missing":
        return _("%(n)s ngày không có số liệu") % {"n": number(measured, 0)}
    if compare not in CHANGES or measured is None:
        return str(figure(source, value))
    way = _("tăng") if (value or 0) >= (past or 0) else _("giảm")
    return _("%(way)s %(n)s %% trong %(days)s ngày (%(past)s → %(now)s)") % {
        "way": way, "n": number(abs(measured), 1), "days": window,
        "past": figure(None, past) if source is None else number(past, source.decimals), "now": figure(source, value),
    }  # fmt: skip


def bound(compare: str, source: Source | None, value: float | None) -> str:
    """A bound in words: `từ 10 % trở lên`."""
    if value is None:
        return "–"
    if compare == "missing":
        return _("từ %(n)s ngày") % {"n": number(value, 0)}
    if compare in CHANGES:
        ways = {
            "rise": _("tăng từ %(n)s %%"),
            "fall": _("giảm từ %(n)s %%"),
            "jump": _("lệch từ %(n)s %%"),
        }
        return ways[compare] % {"n": number(value, 1)}
    words = str(
        Figure(
            number(value, max(1, source.decimals if source else 1)), source.unit_of(value) if source else ""
        )
    )
    return (
        _("từ %(n)s trở xuống") % {"n": words} if compare == "below" else _("từ %(n)s trở lên") % {"n": words}
    )


def mark(step: str, state: str = "open") -> SafeString:
    """The colour in colour, sign and word; what is closed recedes."""
    if state == "closed":
        return format_html('<span class="nowrap">{}</span>', quiet("ok", _("Đã đóng"), "circle-check"))
    kind, icon = _LOOKS.get(step, ("", ""))
    return format_html('<span class="nowrap">{}</span>', badge(kind, str(STEPS.get(step, step)), icon))


def since(day: date) -> str:
    """`từ 20/11/2026`."""
    return _("từ %(day)s") % {"day": date_vi(day)}
