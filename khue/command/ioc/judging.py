"""How dark a figure's tile is, and what to say of it in a word beside its bounds. Pure.

`amber` and `red` stand in the indicator's bad direction: of a share that should be high, 90 and 80; of a class size
that should be low, 40 and 45. An indicator without bounds is never coloured.
"""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import state_of

SHADES: Final = ("s0", "s1", "s2", "s3", "s4", "s5")


def has_bounds(indicator: Indicator) -> bool:
    """Whether figures of it can be coloured at all."""
    return bool(indicator.direction) and (indicator.amber is not None or indicator.red is not None)


def shade(indicator: Indicator, value: float | None) -> int:
    """0 recedes; 1 to 3 from just beyond amber to just short of red; 4 beyond red, 5 as far again."""
    state = state_of(indicator, value)
    if state not in ("wait", "bad") or value is None:
        return 0
    amber, red = indicator.amber, indicator.red
    if amber is None or red is None or amber == red:
        return 2 if state == "wait" else 4
    beyond = (value - amber) / (red - amber)  # 0 at amber, 1 at red, whichever way is bad
    if state == "wait":
        return min(3, 1 + int(3 * beyond))
    return 5 if beyond >= 2 else 4


def steps_of(indicator: Indicator) -> list[tuple[int, float]]:
    """The shades that occur and where each begins, lightest first: for the legend."""
    if not has_bounds(indicator):
        return []
    amber, red = indicator.amber, indicator.red
    if amber is None or red is None or amber == red:
        bound = amber if red is None else red
        return [] if bound is None else [(2 if red is None else 4, bound)]
    third = (red - amber) / 3
    return [(1, amber), (2, amber + third), (3, amber + 2 * third), (4, red), (5, 2 * red - amber)]


def meets_target(indicator: Indicator, value: float | None) -> bool | None:
    """Whether the target is met; None when there is none, or no figure."""
    if value is None or indicator.target is None or not indicator.direction:
        return None
    return value >= indicator.target if indicator.direction == "up" else value <= indicator.target
