"""A device as tests know it: what it took along, what it entered, what waits to be sent. It follows the protocol."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from khue.kernel.offline.merge import Entry, Value

_names = itertools.count(1)
Sent = tuple[int, str, Value]  # number, verdict, what stands there now


def new_name() -> str:
    """The name of a replica; in earnest it is made by chance."""
    return f"replica-{next(_names):016}"


class Forked(Exception):
    """The server has this number for something else."""


class Gap(Exception):
    """The server waits for an earlier number."""


@dataclass
class Memory:
    """What lies on the device: all of it is in a backup, and all of it is lost by installing anew."""

    name: str
    seq: int = 0
    carry: int = 0
    held: dict[str, Value] = field(default_factory=dict)  # what the package said, and answers since
    outbox: list[Entry] = field(default_factory=list)


@dataclass
class Device:
    """One device with its memory."""

    collection: str = "marks"
    memory: Memory = field(default_factory=lambda: Memory(new_name()))
    sent_before: list[list[Entry]] = field(default_factory=list)

    def shown(self, key: str) -> Value:
        """What the device shows in a cell: what waits to be sent, else what it knows of the server."""
        for entry in reversed(self.memory.outbox):
            if entry.key == key:
                return entry.value
        return self.memory.held.get(key)

    def enter(self, key: str, value: Value, at: str = "") -> Entry:
        """Enter something over what is shown."""
        memory = self.memory
        memory.seq += 1
        entry = Entry(memory.name, memory.seq, self.collection, key, value, self.shown(key), memory.carry, at)
        memory.outbox.append(entry)
        return entry

    def take_along(self, carry: int, cells: dict[str, Value]) -> None:
        """Replace everything carried but the outbox."""
        self.memory.carry, self.memory.held = carry, dict(cells)

    def answered(self, answers: Sequence[Sent]) -> None:
        """Drop from the outbox what was answered, and keep what stands there now."""
        known = {entry.seq: entry for entry in self.memory.outbox}
        for seq, verdict, now in answers:
            entry = known.get(seq)
            if entry is not None and verdict != "refused":
                self.memory.held[entry.key] = now
        done = {seq for seq, _verdict, _now in answers}
        self.memory.outbox = [entry for entry in self.memory.outbox if entry.seq not in done]

    def renumber(self) -> None:
        """Become another replica: a new name, the outbox counted from 1."""
        memory = self.memory
        memory.name, memory.seq = new_name(), 0
        waiting, memory.outbox = memory.outbox, []
        for entry in waiting:
            memory.seq += 1
            memory.outbox.append(
                Entry(
                    memory.name, memory.seq, entry.collection, entry.key, entry.value, entry.seen, entry.carry, entry.at
                )
            )  # fmt: skip

    def backup(self) -> Memory:
        """A copy of all that lies on it."""
        return copy.deepcopy(self.memory)

    def send(self, send: Callable[[Sequence[Entry]], list[Sent]], count: int | None = None) -> list[Sent]:
        """Send the outbox, or its first entries; on a fork become another replica and send anew."""
        batch = self.memory.outbox[:count]
        if not batch:
            return []
        self.sent_before.append(list(batch))
        try:
            answers = send(batch)
        except Forked:
            self.renumber()
            return self.send(send, count)
        self.answered(answers)
        return answers


def as_sent(entries: Sequence[Entry]) -> list[list[Any]]:
    """Entries as they go over the line."""
    return [[one.seq, one.collection, one.key, one.value, one.seen, one.carry, one.at] for one in entries]
