"""The meeting point in memory: the judge and the intake of production over dicts, and an oracle that remembers all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from khue.kernel.offline.merge import Cell, Entry, Value, Verdict, Waiting, judge, take_in
from khue.kernel.offline.tests.replicas import Forked, Gap, Sent


@dataclass
class Held:
    """A value that waits for a person, and how it ended."""

    replica: str
    key: str
    kind: str
    mine: Value
    seen: Value
    theirs: Value
    state: str = "open"


@dataclass
class Meeting:
    """What the server keeps."""

    judge = staticmethod(judge)
    cells: dict[str, Value] = field(default_factory=dict)
    ledger: dict[str, dict[int, tuple[str, Sent]]] = field(
        default_factory=dict
    )  # replica: seq: digest, answer
    held: list[Held] = field(default_factory=list)
    packages: dict[int, frozenset[str]] = field(
        default_factory=dict
    )  # number: replicas' devices that might write
    locked: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)  # devices whose owner lost the right
    writes: list[tuple[str, Value, Value]] = field(
        default_factory=list
    )  # cell, what stood there, what was written

    def take_along(self, device: str) -> tuple[int, dict[str, Value]]:
        """A package for a device."""
        number = len(self.packages) + 1
        allowed = device not in self.removed
        self.packages[number] = frozenset([device]) if allowed else frozenset()
        return number, dict(self.cells) if allowed else {}

    def receive(self, device: str, batch: Sequence[Entry]) -> list[Sent]:
        """Take a batch in; raises Gap or Forked."""
        name = batch[0].replica
        known = self.ledger.setdefault(name, {})
        intake = take_in(len(known) + 1, {seq: digest for seq, (digest, _answer) in known.items()}, batch)
        if intake.is_forked:
            raise Forked
        if intake.is_gap:
            raise Gap
        answers = [known[seq][1] for seq in intake.repeats]
        for entry in intake.fresh:
            answer = self._one(device, entry)
            known[entry.seq] = (entry.digest, answer)
            answers.append(answer)
        return answers

    def _one(self, device: str, entry: Entry) -> Sent:
        open_one = next((one for one in self.open_ones(entry.key) if one.replica == entry.replica), None)
        now = self.cells.get(entry.key)
        may_now = device not in self.removed
        cell = Cell(
            now, device in self.packages.get(entry.carry, frozenset()), may_now, entry.key in self.locked,
            Waiting(open_one.mine, open_one.seen) if open_one else None,
        )  # fmt: skip
        judged = self.judge(entry.value, entry.seen, cell)
        if judged.replaces and open_one is not None:
            open_one.state = "replaced"
        if judged.verdict is Verdict.APPLY:
            self.write(entry.key, entry.value)
        elif judged.verdict in (Verdict.CLASH, Verdict.LATE):
            self.held.append(Held(entry.replica, entry.key, judged.verdict, entry.value, judged.seen, now))
        return entry.seq, judged.verdict, self.cells.get(entry.key) if may_now else None

    def write(self, key: str, value: Value) -> None:
        """Write a cell: an entry that applies, somebody at the page, a head."""
        self.writes.append((key, self.cells.get(key), value))
        self.cells[key] = value

    def open_ones(self, key: str | None = None) -> list[Held]:
        """What waits."""
        return [one for one in self.held if one.state == "open" and key in (None, one.key)]

    def surviving(self, key: str) -> set[Any]:
        """The values of a cell that nobody who had seen them wrote over: what stands there and what waits."""
        return {self.cells.get(key), *(one.mine for one in self.open_ones(key))}
