"""What a desk may hold, and how its tiles are moved about. Pure, but for asking which indicators there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

FORMS: Final = {
    "number": _("Con số"),
    "trend": _("Đường diễn biến"),
    "bars": _("Cột các đơn vị bên dưới"),
    "table": _("Bảng các đơn vị bên dưới"),
}
MOST_TILES: Final = 24
MOST_SHARES: Final = 20
HOURS: Final = tuple(range(5, 22))  # letters go out by day: quiet hours would hold them anyway


@dataclass(frozen=True)
class Tile:
    """One thing on a desk; `unit_id` None is the reader's own unit."""

    indicator: str
    form: str = "number"
    unit_id: int | None = None

    @property
    def as_kept(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {"indicator": self.indicator, "form": self.form, "unit": self.unit_id}


def tiles_of(kept: Iterable[Mapping[str, Any]]) -> list[Tile]:
    """Tiles as the table keeps them."""
    return [Tile(one["indicator"], one.get("form", "number"), one.get("unit")) for one in kept]


def tiles_from(names: Sequence[str], forms: Sequence[str], units: Sequence[str]) -> list[Tile]:
    """Tiles as a form sends them: three lists side by side; what a list lacks is the usual one."""
    found = []
    for at, name in enumerate(names):
        form = forms[at] if at < len(forms) else "number"
        unit = units[at] if at < len(units) else ""
        found.append(
            Tile(
                name,
                form if form in FORMS else "number",
                int(unit) if unit.isascii() and unit.isdigit() else None,
            )
        )
    return found


def moved(tiles: Sequence[Tile], at: int, by: int) -> list[Tile]:
    """The tile at a place moved by some places; at the ends it stays."""
    found = list(tiles)
    if 0 <= at < len(found):
        one = found.pop(at)
        found.insert(max(0, min(len(found), at + by)), one)
    return found


def without(tiles: Sequence[Tile], at: int) -> list[Tile]:
    """All but the tile at a place."""
    return [one for place, one in enumerate(tiles) if place != at]


def changed_by(tiles: Sequence[Tile], wish: str) -> list[Tile]:
    """Tiles after a button: `up:2`, `down:2`, `drop:2`, `add:roster.pupils`; an unknown wish changes nothing."""
    verb, _colon, what = wish.partition(":")
    if verb == "add" and what:
        return [*tiles, Tile(what)]
    if not (what.isascii() and what.isdigit()):
        return list(tiles)
    if verb == "drop":
        return without(tiles, int(what))
    if verb in ("up", "down"):
        return moved(tiles, int(what), -1 if verb == "up" else 1)
    return list(tiles)


def is_due(
    now: datetime, *, every: str, weekday: int, hour: int, since: date, posted_on: date | None
) -> bool:
    """Whether a letter is to go out now: its day and hour have come and today's has not gone. `now` is local time.

    A day on which nothing ran is not made up for: yesterday's figures are no longer news.
    """
    today = now.date()
    if today < since or now.hour < hour or (posted_on is not None and posted_on >= today):
        return False
    return every == "day" or today.weekday() == weekday
