"""What of a sheet families may read: one bit a slot, one more for the comment. Pure; no models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from khue.school.gradebook.layout import Column

COMMENT_SLOT: Final = 30
"""The bit of the comments; columns use slots 0 to 29."""


def is_published(mask: int, slot: int) -> bool:
    """Whether families may read a slot."""
    return bool(mask >> slot & 1)


def published_slots(mask: int) -> tuple[int, ...]:
    """Every slot that families may read."""
    return tuple(slot for slot in range(COMMENT_SLOT + 1) if is_published(mask, slot))


def mask_of(slots: Iterable[int]) -> int:
    """The bits of some slots."""
    found = 0
    for slot in slots:
        found |= 1 << slot
    return found


def shows_average(mask: int, columns: Sequence[Column]) -> bool:
    """Whether families may read the average: when they may read every mark it is made of."""
    weighed = [column for column in columns if column.weight]
    return bool(weighed) and all(is_published(mask, column.slot) for column in weighed)
