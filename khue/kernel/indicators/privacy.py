"""Small numbers about children are hidden so that nobody can work them out from what is left (decision 0010, point 6).

Pure. A table is a row of parts whose sum is known (the figure of the unit above stands on the same page). 1 to 4
children are hidden, also as what is left over of a share (2 of 40 who did not pass). What would give a hidden part
away by subtraction is hidden with it: the smallest other parts, until every hidden part may still be any number from 1
to 4 as far as the sums tell.

A grid is never hidden cell by cell: what one grid hides to guard a small cell, another one asked of the same children
(by other words, with another filter) shows as its sum. So a pivot with anything to hide is withheld whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 5  # fewer children than this are hidden
BEHIND: Final = 5  # other units that must stand behind a benchmark

Number = float | int | None


def is_small(value: Number) -> bool:
    """Whether so few children could be guessed; none at all is no secret."""
    return value is not None and 0 < value < LEAST


def is_secret(top: Number, bottom: Number = None, *, is_share: bool = False) -> bool:
    """Whether one figure is to be hidden: its parts, or of a share what is left over, are 1 to 4."""
    if is_small(top) or is_small(bottom):
        return True
    return is_share and top is not None and bottom is not None and is_small(bottom - top)


@dataclass(frozen=True)
class Hidden:
    """Which parts of a table are hidden, and whether its sum must be hidden as well because nothing else helps."""

    parts: tuple[bool, ...]
    total: bool = False


def hide(
    tops: Sequence[Number],
    bottoms: Sequence[Number] | None = None,
    *,
    is_share: bool = False,
    is_total_shown: bool = True,
) -> Hidden:
    """What is hidden of parts that add up to a sum everybody sees."""
    found = _hide_line(_Line.of(tops, bottoms, is_share), set(), is_total_shown)
    return Hidden(
        tuple(n in found.hidden for n in range(len(tops))), total=is_total_shown and not found.is_safe
    )


@dataclass(frozen=True)
class _Line:
    """Parts of one sum: `vectors` are the counts that add up (children counted, those left over, children in all)."""

    vectors: tuple[tuple[float, ...], ...]
    small: frozenset[int]

    @classmethod
    def of(cls, tops: Sequence[Number], bottoms: Sequence[Number] | None, is_share: bool) -> _Line:
        counts = tuple(value or 0 for value in tops)
        if bottoms is None:
            return cls((counts,), frozenset(n for n, value in enumerate(counts) if is_small(value)))
        whole = tuple(value or 0 for value in bottoms)
        small = frozenset(
            n
            for n, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
            if is_secret(top, bottom, is_share=is_share)
        )
        if not is_share:
            return cls((counts, whole), small)
        rest = tuple(bottom - top for top, bottom in zip(counts, whole, strict=True))
        return cls((counts, rest), small)


@dataclass(frozen=True)
class _Found:
    hidden: frozenset[int]
    is_safe: bool


def _hide_line(line: _Line, hidden: set[int], is_total_shown: bool) -> _Found:
    """Hide more parts of a line until its sum tells nothing of those hidden."""
    chosen = set(hidden) | set(line.small)
    if not chosen or not is_total_shown:
        return _Found(frozenset(chosen), True)
    size = len(line.vectors[0])
    weight = [sum(vector[n] for vector in line.vectors) for n in range(size)]
    others = sorted((n for n in range(size) if n not in chosen), key=lambda n: (weight[n] == 0, weight[n], n))
    while not _is_safe(line, chosen):
        if not others:
            return _Found(frozenset(chosen), False)
        chosen.add(others.pop(0))
    return _Found(frozenset(chosen), True)


def _is_safe(line: _Line, chosen: set[int]) -> bool:
    """Whether each hidden small number may still be any of 1 to 4, for who knows the sum and this very rule."""
    if len(chosen) < 2:
        return False
    return all(_is_open([vector[n] for n in sorted(chosen)]) for vector in line.vectors)


def _is_open(values: Sequence[float]) -> bool:
    """The same of one vector of counts: neither all at their least, nor all at their most."""
    smalls = sum(is_small(value) for value in values)
    if not smalls:
        return True
    nones = sum(value == 0 for value in values)
    total = sum(values)
    least = len(values) - nones - 1  # what the others hold at least when one holds all it can
    if total - least < LEAST - 1:
        return False
    is_all_small = smalls == len(values)
    return not (is_all_small and total > (LEAST - 1) * (len(values) - 1) + 1)
