"""Figures as the wall, the desk and its paper show them: number, unit, what of how many, a word beside the colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.command.ioc import judging
from khue.command.ioc.queries.wall import DAYS, Part, Reading
from khue.command.ioc.wording import SIGNS as EVERY_SIGN
from khue.command.ioc.wording import number, shown, state_word
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Value
from khue.kernel.indicators.words import label_of, say, unit_of
from khue.kernel.org.models import Unit, UnitKind
from khue.ui import charts
from khue.ui.words import HARD_SPACE, number_vi

SIGNS: Final = {state: sign for state, sign in EVERY_SIGN.items() if state in ("wait", "bad")}
STALE_AFTER: Final = timedelta(hours=3)
_PREFIXES: Final = (
    "Xã ", "Phường ", "Thị trấn ", "Đặc khu ", "Phòng GD&ĐT ", "Phòng VH-XH ", "Trường ",
)  # fmt: skip


@dataclass(frozen=True)
class Flag:
    """A word on how a figure stands: kind ('' ok wait bad), sign, text."""

    kind: str
    icon: str
    text: str


@dataclass(frozen=True)
class FigureShown:
    """One figure with all that belongs to it."""

    name: str
    label: str
    title: str  # the whole name, where there is room
    value: str
    unit: str
    detail: str
    state: str
    flag: Flag
    spark: SafeString
    url: str
    beside: str = ""  # the province, beside a unit of it


@dataclass(frozen=True)
class TileShown:
    """A unit on the tile map: its short name, its figure, how dark it is, and the sign that says so without colour."""

    label: str
    full: str
    value: str
    shade: int
    state: str
    url: str
    has_alert: bool = False

    @property
    def spoken(self) -> str:
        """What a reader hears after name and figure: state, alert."""
        words = state_word(self.state) if self.state in SIGNS else ""
        alert = _("có cảnh báo") if self.has_alert else ""
        return "".join(f", {part}" for part in (words, alert) if part)


def address_of(indicator: str, code: str) -> str:
    """The page where a unit's figure opens down to its rows."""
    return f"{_beginning(indicator)}{quote(code, safe='')}/"


@lru_cache(maxsize=500)
def _beginning(indicator: str) -> str:
    return reverse("ioc:indicator", args=[indicator, "x"]).removesuffix("x/")


def short_name(name: str) -> str:
    """`Mường Khoa` of `Xã Mường Khoa`."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            return rest[:1].upper() + rest[1:]
    return name


def round_words(indicator: Indicator, value: float | None) -> str:
    """A target or a bound with its unit, without decimals it has not: 98 %."""
    return "" if value is None else f"{number_vi(value)}{HARD_SPACE}{unit_of(indicator, value)}"


def value_words(value: Value) -> str:
    """A figure somebody sees, without its unit: hidden ones say so."""
    return _("không hiện") if value.is_hidden else number(value.indicator, value.value)


def detail(value: Value) -> str:
    """What of how many, where a figure is a share of something."""
    if value.top is None or value.bottom is None or value.indicator.bottom is None:
        return ""
    return f"{number_vi(value.top, 0)} / {number_vi(value.bottom, 0)}"


def flag(reading: Reading) -> Flag:
    """How a figure stands: beside its bounds, its target, or where it was when the days began."""
    value, indicator = reading.now.value, reading.now.indicator
    if reading.now.is_hidden:
        return Flag("", "lock", _("số nhỏ, không nêu để giữ kín cho các em"))
    if value is None:
        return Flag("", "minus", _("chưa có số liệu"))
    state = reading.now.state
    if state == "bad" and indicator.red is not None:
        return Flag(
            "bad", SIGNS["bad"], _("báo động: %(bound)s") % {"bound": _bound(indicator, indicator.red)}
        )
    if state == "wait" and indicator.amber is not None:
        return Flag(
            "wait", SIGNS["wait"], _("cần chú ý: %(bound)s") % {"bound": _bound(indicator, indicator.amber)}
        )
    met = judging.meets_target(indicator, value)
    if met:
        return Flag(
            "ok", "check", _("đạt mục tiêu %(goal)s") % {"goal": round_words(indicator, indicator.target)}
        )
    if met is False:
        is_up = indicator.direction == "up"
        words = _("thấp hơn mục tiêu %(goal)s") if is_up else _("cao hơn mục tiêu %(goal)s")
        return Flag(
            "",
            "arrow-down" if is_up else "arrow-up",
            words % {"goal": round_words(indicator, indicator.target)},
        )
    return _change(reading, value)


def _bound(indicator: Indicator, bound: float) -> str:
    words = _("từ %(bound)s trở xuống") if indicator.direction == "up" else _("từ %(bound)s trở lên")
    return words % {"bound": round_words(indicator, bound)}


def _change(reading: Reading, value: float) -> Flag:
    known = [one for one in reading.days if one is not None]
    if len(known) < 2:
        return Flag("", "minus", "")
    indicator, gap = reading.now.indicator, value - known[0]
    far = number_vi(abs(gap), indicator.decimals)
    if far == number_vi(0.0, indicator.decimals):
        return Flag("", "minus", _("không đổi trong %(n)s ngày") % {"n": DAYS})
    words = _("tăng %(gap)s trong %(n)s ngày") if gap > 0 else _("giảm %(gap)s trong %(n)s ngày")
    is_good = bool(indicator.direction) and (gap > 0) == (indicator.direction == "up")
    icon = "arrow-up" if gap > 0 else "arrow-down"
    return Flag("ok" if is_good else "", icon, words % {"gap": far, "n": DAYS})


def figure(reading: Reading, unit: Unit, *, province: float | None = None) -> FigureShown:
    """One figure for the wall or the desk."""
    indicator = reading.now.indicator
    is_bare = reading.now.is_hidden or reading.now.value is None
    return FigureShown(
        name=indicator.name,
        label=label_of(indicator),
        title=say(indicator.label),
        value=value_words(reading.now),
        unit=""
        if is_bare or say(indicator.unit).lower() == label_of(indicator).lower()
        else unit_of(indicator, reading.now.value),
        detail=detail(reading.now),
        state=reading.now.state,
        flag=flag(reading),
        spark=charts.spark(reading.days, goal=indicator.target),
        url=address_of(indicator.name, unit.code),
        beside="" if province is None else _("toàn tỉnh %(value)s") % {"value": shown(indicator, province)},
    )


def tiles(rows: Sequence[Part], *, alerted: frozenset[int] = frozenset()) -> list[TileShown]:
    """The tile map: a tile a unit; schools that stand under a department beside communes have none of their own."""
    middle = [row for row in rows if row.is_middle] or list(rows)
    return [
        TileShown(
            short_name(row.name), row.name, value_words(row.figure),
            judging.shade(row.figure.indicator, row.figure.value), row.figure.state,
            address_of(row.figure.indicator.name, row.code), row.pk in alerted,
        )
        for row in middle
    ]  # fmt: skip


def direct_schools(rows: Sequence[Part], unit: Unit) -> tuple[int, Value] | None:
    """Schools under the department itself, beside offices or communes: how many, and their figure together."""
    schools = [row for row in rows if not row.is_middle]
    if not schools or len(schools) == len(rows):
        return None
    indicator = schools[0].figure.indicator
    if any(row.figure.is_hidden for row in schools):
        return len(schools), Value(indicator, unit.pk, is_hidden=True)
    tops = [row.figure.top for row in schools if row.figure.top is not None]
    bottoms = [row.figure.bottom for row in schools if row.figure.bottom is not None]
    together = Value(indicator, unit.pk, sum(tops) if tops else None, sum(bottoms) if bottoms else None)
    return len(schools), together


def legend(indicator: Indicator) -> list[tuple[int, str]]:
    """The shades and where each begins."""
    steps = judging.steps_of(indicator)
    if not steps:
        return []
    first = _("trên %(bound)s") if indicator.direction == "up" else _("dưới %(bound)s")
    return [
        (0, first % {"bound": round_words(indicator, steps[0][1])}),
        *((shade, number_vi(round(bound, indicator.decimals))) for shade, bound in steps),
    ]


def kind_words(rows: Sequence[Part]) -> str:
    """What the tiles are: communes, offices, clusters or schools."""
    kinds = {row.kind for row in rows if row.is_middle}
    if UnitKind.OFFICE in kinds:
        return _("theo phòng giáo dục")
    if UnitKind.COMMUNE in kinds:
        return _("theo xã, phường")
    return _("theo cụm trường") if kinds else _("theo trường")


def day_words(days: Sequence[date]) -> list[str]:
    """Days as they stand under an axis."""
    return [f"{day:%d/%m}" for day in days]


def age_words(computed_at: datetime, now: datetime) -> str:
    """How old figures are once they are old: `26 giờ`, `3 ngày`; nothing while they are fresh."""
    age = now - computed_at
    if age < STALE_AFTER:
        return ""
    if age < timedelta(days=2):
        return _("%(n)s giờ") % {"n": int(age.total_seconds() // 3600)}
    return _("%(n)s ngày") % {"n": age.days}
