"""What an alert decides, in plain Python: how a figure stands to its bounds and for how long, who is told when.

A rule has an amber and a red bound. Each bound is a switch that turns on when the figure has been at or beyond it for
`lasts_days` on end, and off when it has been back for as long, `margin` inside the bound: so a figure that trembles
at its bound neither opens nor closes anything. A figure nobody knows today turns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

Compare = Literal["above", "below", "rise", "fall", "jump", "missing"]
Step = Literal["", "amber", "red"]

CHANGES: Final = ("rise", "fall", "jump")
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """What a rule demands. Bounds are in the figure's unit; for a change in percent, for `missing` in days."""

    compare: Compare
    amber: float | None
    red: float | None
    margin: float = 0  # how far inside its bound a figure is well again
    window_days: int = 0  # a change is against so many days ago
    lasts_days: int = 0
    repeat_days: int = 0  # told again as long as nobody takes it on; 0: once
    quiet_days: int = 0  # after somebody closed it, not opened again unless worse
    months: tuple[int, ...] = ()  # in which it watches; empty: all year


@dataclass(frozen=True)
class Reading:
    """What is known of a unit: the figure now, the figure `window_days` ago, and for how many days there is none."""

    value: float | None
    past: float | None = None
    missing_days: int = 0


@dataclass(frozen=True)
class Switch:
    """One bound: whether it counts as passed, and since when the figure has stood on the other side."""

    is_on: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class Held:
    """What is remembered of a unit between two looks."""

    amber: Switch = Switch()
    red: Switch = Switch()

    @property
    def step(self) -> Step:
        """The colour shown."""
        return "red" if self.red.is_on else "amber" if self.amber.is_on else ""

    @property
    def is_still(self) -> bool:
        """Whether nothing is shown and nothing is on its way."""
        return not self.step and self.amber.since is None and self.red.since is None


NOTHING: Final = Held()


def measured(terms: Terms, reading: Reading) -> float | None:
    """What is held against the bounds: the figure itself, its change in percent, or days without it; None: unknown."""
    if terms.compare == "missing":
        return float(reading.missing_days) if reading.value is None else 0.0
    if reading.value is None:
        return None
    if terms.compare not in CHANGES:
        return reading.value
    if not reading.past:
        return None
    change = (reading.value - reading.past) * 100 / abs(reading.past)
    return {"rise": change, "fall": -change, "jump": abs(change)}[terms.compare]


def is_beyond(terms: Terms, bound: float | None, value: float, is_on: bool) -> bool:
    """Whether a value is at or beyond a bound; one that counts as passed is left only `margin` inside it."""
    if bound is None:
        return False
    margin = terms.margin if is_on else 0
    if terms.compare == "below":
        return value < bound + margin if margin else value <= bound
    return value > bound - margin if margin else value >= bound


def turned(switch: Switch, is_beyond_now: bool, now: datetime, lasts: timedelta) -> Switch:
    """The switch after a look: it turns when the figure has stood on its other side for `lasts` on end."""
    if is_beyond_now == switch.is_on:
        return replace(switch, since=None)
    since = switch.since or now
    return Switch(is_beyond_now) if now - since >= lasts else replace(switch, since=since)


def look(terms: Terms, held: Held, reading: Reading, now: datetime) -> Held:
    """What is held after looking at a unit now; unchanged when its figure is not known."""
    value = measured(terms, reading)
    if value is None:
        return held
    lasts = terms.lasts_days * DAY
    red = is_beyond(terms, terms.red, value, held.red.is_on)
    amber = red or is_beyond(terms, terms.amber, value, held.amber.is_on or held.red.is_on)
    after_red = turned(held.red, red, now, lasts)
    after_amber = turned(held.amber, amber, now, lasts)
    if after_red.is_on and not after_amber.is_on:  # red is never without amber under it
        after_amber = Switch(is_on=True)
    return Held(after_amber, after_red)


def is_season(terms: Terms, day: date) -> bool:
    """Whether the rule watches in this month."""
    return not terms.months or day.month in terms.months


def is_worse(step: Step, than: Step) -> bool:
    """Whether a colour is worse than another."""
    order = ("", "amber", "red")
    return order.index(step) > order.index(than)


def is_quiet(terms: Terms, step: Step, closed_step: Step, closed_at: datetime, now: datetime) -> bool:
    """Whether what somebody closed stays closed: for `quiet_days`, unless it has become worse than it was then."""
    return now - closed_at < terms.quiet_days * DAY and not is_worse(step, closed_step)


def is_due(stepped_at: datetime, told_at: datetime | None, now: datetime, repeat_days: int) -> bool:
    """Whether somebody who was last told at `told_at` is to hear of an alert that took its colour at `stepped_at`.

    Of what is new to them; and of what nobody has taken on, once more every `repeat_days`. Days are those of the
    province: times are given in its own.
    """
    if told_at is None or stepped_at > told_at:
        return True
    if not repeat_days:
        return False
    began = stepped_at.date()
    return (now.date() - began).days // repeat_days > (told_at.date() - began).days // repeat_days


def ordered(bounds: Sequence[float | None], compare: Compare) -> bool:
    """Whether red lies beyond amber in the direction of the comparison."""
    amber, red = bounds
    if amber is None or red is None:
        return True
    return red < amber if compare == "below" else red > amber
