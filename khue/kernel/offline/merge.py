"""What becomes of an entry that was made without a line: the one judge, pure.

The server is the meeting point of all replicas. An entry says what its author saw in the cell; when the cell holds
something else by now, nobody writes over it and both values are shown to a person. No clock is asked: of one replica
its own numbering says what came first, of different replicas only what each had seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

Value = Any  # what JSON can say; None: empty

MOST_ENTRIES: Final = 400  # in a batch


class Verdict(StrEnum):
    """What became of an entry."""

    APPLY = "apply"
    SAME = "same"
    CLASH = "clash"
    LATE = "late"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing entered on a device: the `seq`-th of its replica, made over `seen`, under the carry package `carry`."""

    replica: str
    seq: int
    collection: str
    key: str
    value: Value
    seen: Value
    carry: int
    at: str = ""  # the device's clock: a remark

    @property
    def digest(self) -> str:
        """What the entry says, in 32 hex digits: the same number with another digest is another replica's."""
        said = [self.collection, self.key, self.value, self.seen, self.carry, self.at]
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a batch holds: entries never met, numbers answered before, and what keeps it from being taken in."""

    fresh: tuple[Entry, ...] = ()
    repeats: tuple[int, ...] = ()
    is_gap: bool = False
    is_forked: bool = False


def take_in(expected: int, known: Mapping[int, str], batch: Sequence[Entry]) -> Intake:
    """Sort a batch in any order, with repeats, by what the server has: the next number, and digests of those before.

    A gap leaves all of it for later. A number that was used for something else means that the replica was put back
    from a copy and counts twice: nothing of the batch is taken, for its earlier entries may be lost ones. So it is
    with a number so old that nobody knows any more what it said: counted anew, what was written once is the same.
    """
    by_seq: dict[int, Entry] = {}
    for entry in batch:
        twin = by_seq.setdefault(entry.seq, entry)
        if twin.digest != entry.digest:
            return Intake(is_forked=True)
    repeats = sorted(seq for seq in by_seq if seq < expected)
    if any(known.get(seq) != by_seq[seq].digest for seq in repeats):
        return Intake(is_forked=True)
    fresh = [by_seq[seq] for seq in sorted(by_seq) if seq >= expected]
    if fresh and [entry.seq for entry in fresh] != list(range(expected, expected + len(fresh))):
        return Intake(is_gap=True)
    return Intake(tuple(fresh), tuple(repeats))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A value of this replica that waits at a cell, in a conflict or a review, with what its author had seen."""

    value: Value
    seen: Value


@dataclass(frozen=True, slots=True)
class Cell:
    """What the server knows of a cell when an entry of it is judged."""

    now: Value
    could_then: bool = True  # the carry package under which it was entered allowed it
    may_now: bool = True
    is_locked: bool = False
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict; `seen` is what the author had seen that is not their own; `replaces` what waited of the replica."""

    verdict: Verdict
    seen: Value = None
    replaces: bool = False


def is_same(one: Value, other: Value) -> bool:
    """Whether two values are one; nought, empty and False are three."""
    if type(one) is not type(other):
        return False
    return bool(one == other)


def judge(value: Value, seen: Value, cell: Cell) -> Judged:
    """Judge an entry against its cell.

    Whoever entered again on the same replica knew their own earlier entry: it takes that one's place, and what they
    had seen of others is what the earlier one had seen.
    """
    if not cell.could_then:
        return Judged(Verdict.REFUSED, seen)
    waiting = cell.waiting
    replaces = waiting is not None
    if waiting is not None and is_same(seen, waiting.value):
        seen = waiting.seen
        if is_same(value, seen):  # taken back: nothing is wanted here any more
            return Judged(Verdict.SAME, seen, replaces)
    if not cell.may_now:
        return Judged(Verdict.LATE, seen, replaces)
    if is_same(value, cell.now):
        return Judged(Verdict.SAME, seen, replaces)
    if cell.is_locked:
        return Judged(Verdict.LATE, seen, replaces)
    if not is_same(seen, cell.now):
        return Judged(Verdict.CLASH, seen, replaces)
    return Judged(Verdict.APPLY, seen, replaces)


_WEIGHT: Final = {
    Verdict.SAME: 0, Verdict.APPLY: 1, Verdict.CLASH: 2, Verdict.LATE: 3, Verdict.REFUSED: 4,
}  # fmt: skip


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on an entry of several cells: the gravest; of none, SAME."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.SAME)
