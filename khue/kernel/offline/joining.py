"""Take a batch in: sort it, cut it into runs of one sheet each, have each run written, gather the answers.

Nothing is kept between requests but what was written: a batch that is cut anywhere goes on from the number the server
waits for, and what was answered once is answered the same way again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import Capacity
from khue.kernel.offline import actions, queries
from khue.kernel.offline.actions import Answer
from khue.kernel.offline.declare import collections
from khue.kernel.offline.merge import MOST_ENTRIES, Entry, take_in
from khue.kernel.offline.models import Carry, Device, Replica

MOST_SENT: Final = 16 * 1024  # bytes as they come over the line
MOST_UNPACKED: Final = 256 * 1024
LARGEST: Final = 2**31 - 1


class Malformed(ValueError):
    """A body that no device of ours sends."""


class TooLarge(ValueError):
    """A body over the limits."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends at once."""

    replica: str
    entries: tuple[Entry, ...]
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What it is told: the next number, and each entry's answer; `trouble` is gap or forked."""

    next: int
    answers: Sequence[Answer] = ()
    trouble: str = ""


def unpack(body: bytes, encoding: str) -> Any:
    """A body as JSON; raises TooLarge or Malformed. Never holds more than the limit in memory."""
    if len(body) > MOST_SENT:
        raise TooLarge
    if encoding == "gzip":
        packed = zlib.decompressobj(wbits=31)
        try:
            body = packed.decompress(body, MOST_UNPACKED + 1)
        except zlib.error:
            raise Malformed from None
        if len(body) > MOST_UNPACKED:
            raise TooLarge
        if not packed.eof or packed.unused_data:
            raise Malformed
    elif encoding:
        raise Malformed
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed from None


def read_batch(data: Any) -> Batch:
    """A batch from its JSON; raises Malformed."""
    if not isinstance(data, dict) or not isinstance(data.get("replica"), str):
        raise Malformed
    sent = data.get("entries")
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_ENTRIES:
        raise Malformed
    return Batch(data["replica"], tuple(_entry(data["replica"], one) for one in sent), read_left(data))


def read_left(data: Any) -> int | None:
    """How many entries a device says it still has."""
    left = data.get("left") if isinstance(data, dict) else None
    return left if isinstance(left, int) and _is_number(left) and left <= LARGEST else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _entry(replica: str, sent: Any) -> Entry:
    if not isinstance(sent, list) or len(sent) != 7:
        raise Malformed
    seq, collection, key, value, seen, carry, at = sent
    if not (_is_number(seq) and _is_number(carry) and 0 < seq < LARGEST and carry < LARGEST):
        raise Malformed
    for text, most in ((collection, 40), (key, 80), (at, 40)):
        if not isinstance(text, str) or len(text) > most:
            raise Malformed
    try:
        said = orjson.dumps([collection, key, value, seen, at]).decode()
    except orjson.JSONEncodeError:  # deeper than is written again
        raise Malformed from None
    if "\\u0000" in said.replace("\\\\", ""):
        raise Malformed  # PostgreSQL keeps no NUL
    return Entry(replica, seq, collection, key, value, seen, carry, at)


def join(
    actor: Actor, capacities: Sequence[Capacity], device: Device, replica: Replica, batch: Batch
) -> Joined:
    """Take a batch in as its owner, who is signed in; raises Conflict when the same copy sends twice at once."""
    numbers = [entry.seq for entry in batch.entries]
    kept = queries.all_kept(replica, min(numbers), max(numbers))
    intake = take_in(replica.next, {seq: one.digest for seq, one in kept.items()}, batch.entries)
    if intake.is_gap or intake.is_forked:
        return Joined(replica.next, trouble="gap" if intake.is_gap else "forked")
    answers = [
        Answer(seq, kept[seq].verdict, kept[seq].now, kept[seq].message, True) for seq in intake.repeats
    ]
    packages = queries.all_packages(device, {entry.carry for entry in intake.fresh})
    left = len(intake.fresh) + (batch.left or 0)
    for run in runs(intake.fresh):
        left -= len(run)
        package = packages.get(run[0].carry)
        doer = acting(actor, capacities, device, package)
        answers += actions.receive(doer, replica, run=run, package=package, left=left)
        replica.next = run[-1].seq + 1
    return Joined(replica.next, answers)


def acting(actor: Actor, capacities: Sequence[Capacity], device: Device, package: Carry | None) -> Actor:
    """The owner in the capacity in which the entries were made, with the rights of today; none when it is gone."""
    chosen = next((one for one in capacities if package is not None and one.key == package.capacity), None)
    return replace(
        actor,
        grants=chosen.grants if chosen else (),
        capacity=chosen.key if chosen else "",
        capacity_label=chosen.full_label if chosen else actor.capacity_label,
        device=f"{device.name} (mang đi) · {actor.device}"[:200],
        _reach={},
    )


def runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in their order, cut where the sheet or the package changes or a cell comes again."""
    known = collections()
    run: list[Entry] = []
    place: tuple[str, str, int] | None = None
    keys: set[str] = set()
    for entry in entries:
        collection = known.get(entry.collection)
        group = collection.group(entry.key) if collection is not None else ""
        here = (entry.collection, group, entry.carry)
        if run and (here != place or entry.key in keys):
            yield run
            run, keys = [], set()
        place = here
        run.append(entry)
        keys.add(entry.key)
    if run:
        yield run


def answers_as_json(answers: Sequence[Answer]) -> list[list[Any]]:
    """Answers as the device reads them."""
    return [[one.seq, one.verdict, one.now, one.message, one.is_repeat] for one in answers]
