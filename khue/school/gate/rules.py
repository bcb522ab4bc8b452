"""Pure decisions at the gate: what time it really was, which way somebody went, and what a tap is worth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

AGAIN: Final = timedelta(seconds=60)  # the same badge at the same reader within it is one tap
OLDEST: Final = timedelta(days=14)  # what lay longer in a reader is no news to anybody
KEPT: Final = timedelta(days=30)  # then a tap is deleted; what comes again after it is too old by then
AHEAD: Final = timedelta(
    seconds=5
)  # how far after its arrival a tap may seem to be, and is then taken as now
DRIFTED: Final = timedelta(minutes=2)  # from here on the page says that a reader's clock is wrong
MOST: Final = 500  # taps of one batch
STRANGE: Final = 50  # strange badges a reader may show on a day before it hears no more names
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I
LENGTH: Final = 12
MARK: Final = "KH"  # what every badge's code begins with
_CHIP: Final = re.compile(r"[0-9A-F]{4,32}")


def normal(shown: str) -> str:
    """What a badge said, as it is compared: no blanks or signs between, capital letters.

    >>> normal(" kh 2f3g ")
    'KH2F3G'
    """
    return "".join(sign for sign in shown.upper() if sign.isalnum())[:32]


def is_chip(text: str) -> bool:
    """Whether a text can be the number of a chip: 4 to 32 hexadecimal signs."""
    return _CHIP.fullmatch(text) is not None


def real_moment(device_at: datetime, device_now: datetime, received_at: datetime) -> datetime | None:
    """When a tap was by the server's clock; None when that cannot be, or is too long ago to matter.

    The reader's clock may stand anywhere: only how long before the sending the tap was is believed.
    """
    ago = device_now - device_at
    if ago < -AHEAD or ago > OLDEST:
        return None
    return received_at - max(ago, timedelta(0))


@dataclass(frozen=True, slots=True)
class Held:
    """A badge held to a reader, with the pupil it belongs to and when it was."""

    key: int
    enrolment_id: int
    at: datetime
    direction: str


def doubles(taps: Iterable[Held], before: Mapping[tuple[int, str], Sequence[datetime]]) -> set[int]:
    """The keys of taps that repeat one within a minute, by the same pupil in the same direction.

    `before` holds the taps taken in already that lie near, by pupil and direction; the order in which taps come does
    not matter within a batch.
    """
    kept = {place: list(moments) for place, moments in before.items()}
    found = set()
    for tap in sorted(taps, key=lambda tap: (tap.at, tap.key)):
        near = kept.setdefault((tap.enrolment_id, tap.direction), [])
        if any(abs(tap.at - moment) < AGAIN for moment in near):
            found.add(tap.key)
        else:
            near.append(tap.at)
    return found


def way(direction: str, told: str) -> str:
    """Which way somebody went: the reader's own direction, or what it told of this tap; in both it is a coming in."""
    if direction != "both":
        return direction
    return told if told in ("in", "out") else "both"
