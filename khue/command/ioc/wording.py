"""Figures in words: with their unit, their state, beside another, and what their two parts are called. Pure."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Value
from khue.kernel.indicators.words import say, unit_of
from khue.ui.words import HARD_SPACE, number_vi

STATES: Final[dict[str, str | Promise]] = {
    "ok": gettext_lazy("trong mức"),
    "wait": gettext_lazy("cần chú ý"),
    "bad": gettext_lazy("báo động"),
}
SIGNS: Final = {"ok": "check", "wait": "alert-triangle", "bad": "alert-circle"}
KINDS: Final[dict[str, str | Promise]] = {
    "department": gettext_lazy("Tỉnh"),
    "office": gettext_lazy("Phòng"),
    "commune": gettext_lazy("Xã, phường"),
    "cluster": gettext_lazy("Cụm"),
    "school": gettext_lazy("Trường"),
    "campus": gettext_lazy("Điểm trường"),
    "class": gettext_lazy("Lớp"),
}
NONE: Final = "–"


def number(indicator: Indicator, value: float | None) -> str:
    """The figure without its unit; a dash for none."""
    return NONE if value is None else number_vi(value, indicator.decimals)


def shown(indicator: Indicator, value: float | None) -> str:
    """The figure with its unit: 96,4 %."""
    if value is None:
        return NONE
    return f"{number_vi(value, indicator.decimals)}{HARD_SPACE}{unit_of(indicator, value)}".strip()


def told(figure: Value) -> str:
    """A figure as somebody sees it: with its unit, as a dash, or as hidden."""
    return _("số nhỏ, không hiện") if figure.is_hidden else shown(figure.indicator, figure.value)


def in_column(figure: Value) -> str:
    """The same under a heading that names the unit already: shares keep their sign."""
    if figure.is_hidden or figure.indicator.unit == "%":
        return told(figure)
    return number(figure.indicator, figure.value)


def state_word(state: str) -> str:
    """A state in words; nothing for none."""
    return str(STATES.get(state, ""))


def count(value: float | None) -> str:
    """A part of a figure: whole numbers plainly, others with what decimals they have."""
    if value is None:
        return NONE
    return number_vi(int(value)) if float(value).is_integer() else number_vi(value, 1)


def part_names(indicator: Indicator) -> tuple[str, str]:
    """What the two parts are called, from the formula in words; the second is empty when there is one only."""
    if indicator.bottom is None:
        return say(indicator.label), ""
    top, _sign, rest = say(indicator.formula).partition("÷")
    bottom = rest.partition("×")[0]
    if not top.strip() or not bottom.strip():
        return _("Đếm được"), _("Trên tổng số")
    return _tidy(top), _tidy(bottom)


def _tidy(text: str) -> str:
    text = text.strip(" ().,")
    return text[:1].upper() + text[1:]


def bare(indicator: Indicator, value: float) -> str:
    """A bound or target as it is declared: with no more decimals than it has."""
    places = indicator.decimals if not float(value).is_integer() else 0
    return f"{number_vi(float(value), places)}{HARD_SPACE}{unit_of(indicator, value)}".strip()


def difference(
    indicator: Indicator, now: float | None, then: float | None, *, same: str | None = None
) -> str:
    """How much more or less, in points for shares: +1,4 điểm; nothing when either is missing."""
    if now is None or then is None:
        return ""
    by = round(now, indicator.decimals) - round(then, indicator.decimals)
    if not round(by, indicator.decimals):
        return _("không đổi") if same is None else same
    sign = "+" if by > 0 else "−"
    amount = number_vi(abs(by), indicator.decimals)
    what = _("điểm") if indicator.unit == "%" else unit_of(indicator, abs(by))
    return f"{sign}{amount}{HARD_SPACE}{what}"


def direction_of(indicator: Indicator, now: float | None, then: float | None) -> str:
    """Whether a move is for the better (ok) or the worse (bad); nothing when it says neither."""
    if now is None or then is None or not indicator.direction or round(now - then, indicator.decimals) == 0:
        return ""
    return "ok" if (now > then) == (indicator.direction == "up") else "bad"


def target_line(indicator: Indicator, value: float | None) -> str:
    """How far from the target: 'Thấp hơn mục tiêu 11,0 điểm'."""
    if value is None or indicator.target is None:
        return ""
    by = round(value, indicator.decimals) - indicator.target
    if round(by, indicator.decimals) == 0:
        return _("Đúng mục tiêu %(target)s") % {"target": bare(indicator, indicator.target)}
    amount = number_vi(abs(by), indicator.decimals)
    what = _("điểm") if indicator.unit == "%" else unit_of(indicator, abs(by))
    text = _("Cao hơn mục tiêu %(by)s %(what)s") if by > 0 else _("Thấp hơn mục tiêu %(by)s %(what)s")
    return text % {"by": amount, "what": what}


def bounds_line(indicator: Indicator) -> str:
    """The bounds in words: 'chú ý dưới 95 %, báo động dưới 90 %'."""
    if not indicator.direction:
        return ""
    below = indicator.direction == "up"
    said = []
    for bound, text in (
        (indicator.amber, _("chú ý từ %(at)s trở xuống") if below else _("chú ý từ %(at)s trở lên")),
        (indicator.red, _("báo động từ %(at)s trở xuống") if below else _("báo động từ %(at)s trở lên")),
    ):
        if bound is not None:
            said.append(text % {"at": bare(indicator, bound)})
    return ", ".join(said)
