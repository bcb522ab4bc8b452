"""A desk as its reader sees it: every tile read again with the reader's own grants, for the page and for the paper.

Two statements for all tiles together, and one for the units they name. A tile fixed to a unit out of the reader's reach
says so in the same words as one whose unit does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.command.ioc import showing, wording
from khue.command.ioc.desks import Tile
from khue.command.ioc.queries import desk as queries
from khue.command.ioc.queries.wall import DAYS, Part, Reading, parts, readings
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.words import say
from khue.kernel.org.models import Unit
from khue.lib.dates import days_up_to
from khue.ui import charts
from khue.ui.charts import Bar, Series

MOST_BARS = 12
MOST_LINES = 15


@dataclass(frozen=True)
class Line:
    """One unit below in a tile's table or bars."""

    label: str
    value: str
    detail: str
    state: str
    url: str


@dataclass(frozen=True)
class Arranged:
    """One tile of a desk for one reader; `why` says why there is nothing to see, else it is empty."""

    tile: Tile
    label: str
    unit: Unit | None = None
    why: str = ""
    day: date | None = None
    reading: Reading | None = None
    parts: tuple[Part, ...] = ()

    @property
    def indicator(self) -> Indicator | None:
        """What it shows."""
        return self.reading.now.indicator if self.reading else None

    @property
    def form(self) -> str:
        """number, trend, bars or table; what has no units below is a trend."""
        return (
            "trend"
            if self.tile.form in ("bars", "table") and self.reading and not self.parts
            else self.tile.form
        )

    @property
    def place(self) -> str:
        """Of which unit."""
        return self.unit.name if self.unit else ""

    @property
    def is_wide(self) -> bool:
        """Whether it takes two places of the page."""
        return not self.why and self.form != "number"

    @property
    def figure(self) -> showing.FigureShown | None:
        """The number itself."""
        return showing.figure(self.reading, self.unit) if self.reading and self.unit else None

    @property
    def ranked(self) -> list[Part]:
        """The units below, what needs looking at first."""
        known = [one for one in self.parts if one.figure.value is not None]
        rest = [one for one in self.parts if one.figure.value is None]
        is_up = self.indicator is not None and self.indicator.direction == "up"
        return [*sorted(known, key=lambda one: one.figure.value or 0.0, reverse=not is_up), *rest]

    @property
    def lines(self) -> list[Line]:
        """The first of them in words."""
        return [
            Line(
                showing.short_name(one.name), showing.value_words(one.figure), showing.detail(one.figure),
                one.figure.state, showing.address_of(one.figure.indicator.name, one.code),
            )
            for one in self.ranked[:MOST_LINES]
        ]  # fmt: skip

    @property
    def more(self) -> int:
        """How many units are not shown."""
        return max(0, len(self.parts) - (MOST_BARS if self.form == "bars" else MOST_LINES))

    @property
    def spoken(self) -> str:
        """The chart in a sentence."""
        known = [one for one in self.reading.days if one is not None] if self.reading else []
        if len(known) < 2 or self.indicator is None:
            return self.label
        return _("%(label)s: từ %(first)s đến %(last)s trong %(n)s ngày") % {
            "label": self.label, "n": DAYS, "first": wording.shown(self.indicator, known[0]),
            "last": wording.shown(self.indicator, known[-1]),
        }  # fmt: skip

    @property
    def chart(self) -> SafeString:
        """The trend or the bars as a picture."""
        return self.drawn()

    def drawn(self, *, paper: bool = False) -> SafeString:
        """The same; on paper bars are drawn by the form itself."""
        if self.reading is None or self.indicator is None:
            return SafeString("")
        if self.form == "bars":
            return charts.bars([self._bar(one) for one in self.ranked[:MOST_BARS]], label=self.label)
        days = days_up_to(self.day or timezone.localdate(), DAYS)
        width, height = (
            (520, 190) if paper else (400, 170)
        )  # a tile is as wide as a phone: its ticks are read there
        return charts.line(
            [Series(self.label, self.reading.days)], showing.day_words(days), label=self.spoken,
            goal=self.indicator.target, decimals=self.indicator.decimals, width=width, height=height, paper=paper,
        )  # fmt: skip

    def _bar(self, one: Part) -> Bar:
        kind = one.figure.state if one.figure.state in ("wait", "bad") else ""
        url = showing.address_of(one.figure.indicator.name, one.code)
        return Bar(showing.short_name(one.name), one.figure.value, showing.value_words(one.figure), kind, url)


def arranged(actor: Actor, tiles: Sequence[Tile], *, day: date | None = None) -> list[Arranged]:
    """The tiles of a desk for a reader, in their order."""
    own = queries.unit_of(actor)
    units: dict[int, Unit] = queries.units_at(
        actor, sorted({one.unit_id for one in tiles if one.unit_id is not None})
    )
    places = [own if one.unit_id is None else units.get(one.unit_id) for one in tiles]
    pairs = [(place, one.indicator) for one, place in zip(tiles, places, strict=True) if place is not None]
    found = readings(actor, pairs, day=day)
    below = parts(
        actor,
        [(place, one.indicator) for one, place in zip(tiles, places, strict=True)
         if place is not None and one.form in ("bars", "table")],
        day=day,
    )  # fmt: skip
    return [_one(one, place, found, below, day) for one, place in zip(tiles, places, strict=True)]


def _one(
    tile: Tile,
    place: Unit | None,
    found: dict[tuple[int, str], Reading],
    below: dict[tuple[int, str], list[Part]],
    day: date | None,
) -> Arranged:
    indicator = catalogue.indicators().get(tile.indicator)
    if indicator is None:
        return Arranged(tile, tile.indicator, why=_("Chỉ tiêu này không còn trong danh mục."))
    label = say(indicator.label)
    key = (place.pk, tile.indicator) if place is not None else None
    if place is None or key not in found:
        return Arranged(tile, label, why=_("Số liệu này nằm ngoài phần thầy cô được xem."))
    return Arranged(tile, label, place, day=day, reading=found[key], parts=tuple(below.get(key, ())))
