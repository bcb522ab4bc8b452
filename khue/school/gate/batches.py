"""What a reader hands in, as it is read from the line: a batch of taps and what its clock showed when it sent them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from khue.school.gate import rules

LARGEST: Final = 64_000  # bytes of one batch
TEXT_MOST: Final = 64  # signs of a badge that are looked at
LAST_NUMBER: Final = 2**53  # what JavaScript counts exactly
LAST_MOMENT: Final = 7_258_118_400_000  # the year 2200; a clock may stand anywhere from 1970 on
NOT_MOVED: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader tells of one tap: its own number of it, what the badge said, when by its clock, which way.

    `moved` is how far the clock was set since: the moment itself stays what it was at the tap, for with the number it
    is what tells a tap sent again from a new one.
    """

    number: int
    text: str
    device_at: datetime
    direction: str = ""
    moved: timedelta = NOT_MOVED


@dataclass(frozen=True, slots=True)
class Batch:
    """Taps handed in together; `now` is what the reader's clock showed when it sent them."""

    now: datetime
    taps: tuple[Shown, ...]


class UnreadableError(ValueError):
    """A body that is no batch."""


def read(body: bytes) -> Batch:
    """The batch in a body: `{now, taps: [[number, badge, when, way, moved], …]}`, moments in milliseconds since 1970.

    All or nothing: one tap that cannot be read, or one too many, and UnreadableError is raised.
    """
    try:
        told = orjson.loads(body)
        taps = told["taps"]
        if not isinstance(taps, list) or len(taps) > rules.MOST:
            raise UnreadableError
        return Batch(_moment(told["now"]), tuple(_shown(one) for one in taps))
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError) as problem:
        raise UnreadableError from problem


def _shown(one: object) -> Shown:
    if not isinstance(one, list) or len(one) < 3:
        raise UnreadableError
    direction = one[3] if len(one) > 3 else ""
    if not isinstance(direction, str):
        raise UnreadableError
    at = _moment(one[2])
    moved = _moment(one[2] + one[4]) - at if len(one) > 4 else NOT_MOVED
    return Shown(_whole(one[0]), _text(one[1]), at, direction, moved)


def _text(value: object) -> str:
    """What a badge said: text, or a chip's number told as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnreadableError
    return str(value)[:TEXT_MOST]


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < LAST_NUMBER:
        raise UnreadableError
    return value


def _moment(value: object) -> datetime:
    """Milliseconds since 1970, up to the year 2200."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < LAST_MOMENT:
        raise UnreadableError
    return datetime.fromtimestamp(value / 1000, tz=UTC)
