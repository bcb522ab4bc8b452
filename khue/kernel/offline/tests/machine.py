"""Devices and a meeting point under everything that happens to them, and an oracle that believes neither (E1).

The oracle keeps what every copy was ever shown, every change of a cell as seen from outside, and every entry that was
taken in. It asks after each step: did somebody write over what they had not seen, into a lock, or without the right;
and has anything vanished that was acknowledged?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from khue.kernel.offline.merge import Entry, Value
from khue.kernel.offline.tests.replicas import Device, Forked, Gap, Memory, Sent

CLOCKS = st.sampled_from(["", "2025-11-22T07:00:00", "2026-11-22T07:00:00", "2027-11-22T07:00:00"])


class HeldView(Protocol):
    """A value that waits, or waited."""

    key: str
    mine: Value
    state: str


class Point(Protocol):
    """The meeting point as the machine drives it: in memory, or the real one."""

    collection: str

    def keys(self) -> list[str]:
        """The cells there are."""

    def cells(self) -> dict[str, Value]:
        """What stands in them."""

    def held(self) -> Sequence[HeldView]:
        """What waits and waited."""

    def take_along(self, device: int) -> tuple[int, dict[str, Value]]:
        """A package for a device."""

    def receive(self, device: int, batch: Sequence[Entry]) -> list[Sent]:
        """Take a batch in; raises Gap or Forked."""

    def write(self, key: str, value: Value) -> bool:
        """Somebody at the page, who sees what stands; False when it may not be written."""

    def settle(self, held: HeldView, choice: str, value: Value) -> bool:
        """A person decides; False when they may not now."""

    def lock(self, key: str, is_locked: bool) -> None:
        """Close a cell, or open it."""

    def allow(self, device: int, may: bool) -> None:
        """Take the right from a device's owner, or give it back."""

    def new_value(self, number: int) -> Value:
        """A value nobody wrote before, while there are such."""

    def close(self) -> None:
        """Clean up."""


class Machine(RuleBasedStateMachine):
    """K devices, one meeting point."""

    count: ClassVar[int] = 3
    cells_in_use: ClassVar[int] = 3

    def make(self) -> Point:
        """The meeting point of this run."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        """Everybody takes along what there is."""
        self.point = self.make()
        self.keys = self.point.keys()[: self.cells_in_use]
        self.devices = [Device(self.point.collection) for _n in range(self.count)]
        self.backups: dict[int, Memory] = {}
        self.shown: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
        self.taken: dict[tuple[str, int], tuple[Entry, str]] = {}
        self.changes: list[tuple[str, Value, Value]] = []
        self.locked: set[str] = set()
        self.out: set[int] = set()
        self.values = 0
        for n in range(self.count):
            self._carry(n)

    # --- what happens ---------------------------------------------------------------------
    @rule(n=st.integers(0, 8), key=st.integers(0, 8), kind=st.integers(0, 9), at=CLOCKS)
    def enter(self, n: int, key: int, kind: int, at: str) -> None:
        """Enter a value nobody else wrote, or delete; by any clock."""
        device = self.devices[n % self.count]
        value = None if kind == 0 else self._new()
        entry = device.enter(self.keys[key % len(self.keys)], value, at)
        self._show(device, entry.key, value)

    @rule(n=st.integers(0, 8))
    def sync(self, n: int) -> None:
        """Send everything, take along anew."""
        self._send(n % self.count, None)
        self._carry(n % self.count)

    @rule(n=st.integers(0, 8), size=st.integers(1, 4), is_heard=st.booleans())
    def cut(self, n: int, size: int, is_heard: bool) -> None:
        """The line breaks after some records, before or after the answer came."""
        device = self.devices[n % self.count]
        if is_heard:
            self._send(n % self.count, size)
        elif device.memory.outbox:
            batch = device.memory.outbox[:size]
            device.sent_before.append(list(batch))
            self._receive(n % self.count, batch)

    @rule(n=st.integers(0, 8), which=st.integers(0, 99))
    def old_batch(self, n: int, which: int) -> None:
        """A batch of long ago comes once more."""
        device = self.devices[n % self.count]
        if device.sent_before:
            self._receive(n % self.count, device.sent_before[which % len(device.sent_before)])

    @rule(n=st.integers(0, 8), seed=st.randoms(use_true_random=False))
    def reorder(self, n: int, seed: Any) -> None:
        """A batch comes with its records shuffled and doubled."""
        device = self.devices[n % self.count]
        batch = [*device.memory.outbox, *device.memory.outbox[:2]]
        seed.shuffle(batch)
        answers = self._receive(n % self.count, batch) if batch else None
        if answers is not None:
            self._answered(device, answers)

    @rule(n=st.integers(0, 8))
    def back_up(self, n: int) -> None:
        """Somebody copies the device's storage."""
        self.backups[n % self.count] = self.devices[n % self.count].backup()

    @rule(n=st.integers(0, 8))
    def restore(self, n: int) -> None:
        """The copy is put back."""
        if n % self.count in self.backups:
            self.devices[n % self.count].memory = self.backups.pop(n % self.count)

    @rule(n=st.integers(0, 8))
    def install_anew(self, n: int) -> None:
        """All that lay on the device is gone; it takes along anew."""
        self.devices[n % self.count] = Device(self.point.collection)
        self.backups.pop(n % self.count, None)
        self._carry(n % self.count)

    @rule(key=st.integers(0, 8))
    def at_the_page(self, key: int) -> None:
        """Somebody with a line writes over what they see."""
        with _Watch(self, None):
            self.point.write(self.keys[key % len(self.keys)], self._new())

    @rule(key=st.integers(0, 8), is_locked=st.booleans())
    def lock(self, key: int, is_locked: bool) -> None:
        """A cell is locked, or opened, while devices are away."""
        name = self.keys[key % len(self.keys)]
        self.point.lock(name, is_locked)
        (self.locked.add if is_locked else self.locked.discard)(name)

    @rule(n=st.integers(0, 8), may=st.booleans())
    def move(self, n: int, may: bool) -> None:
        """A teacher is moved away, or comes back, while the device is away."""
        self.point.allow(n % self.count, may)
        (self.out.discard if may else self.out.add)(n % self.count)

    @precondition(lambda self: any(one.state == "open" for one in self.point.held()))
    @rule(which=st.integers(0, 99), choice=st.sampled_from(["mine", "theirs", "other"]))
    def settle(self, which: int, choice: str) -> None:
        """A person decides a conflict or a review, seeing both values."""
        waiting = [one for one in self.point.held() if one.state == "open"]
        with _Watch(self, None):
            self.point.settle(waiting[which % len(waiting)], choice, self._new())

    # --- the oracle ------------------------------------------------------------------------
    def _new(self) -> Value:
        self.values += 1
        return self.point.new_value(self.values)

    def _show(self, device: Device, key: str, value: Value) -> None:
        self.shown[device.memory.name][key].append(value)

    def _carry(self, n: int) -> None:
        device = self.devices[n]
        number, cells = self.point.take_along(n)
        device.take_along(number, cells)
        for key in self.keys:
            self._show(device, key, cells.get(key))

    def _answered(self, device: Device, answers: Sequence[Sent]) -> None:
        keys = {entry.seq: entry.key for entry in device.memory.outbox}
        for seq, _verdict, now in answers:
            if seq in keys:
                self._show(device, keys[seq], now)
        device.answered(answers)

    def _receive(self, n: int, batch: Sequence[Entry]) -> list[Sent] | None:
        """What the server does with a batch, seen from outside; None when it takes nothing."""
        with _Watch(self, n, batch[0].replica):
            try:
                answers = self.point.receive(n, batch)
            except (Gap, Forked):
                return None
        by_seq = {entry.seq: entry for entry in batch}
        for seq, verdict, _now in answers:
            entry = by_seq[seq]
            first = self.taken.setdefault((entry.replica, seq), (entry, verdict))
            assert first == (entry, verdict), "the same number was answered otherwise before"
        return answers

    def _send(self, n: int, size: int | None) -> None:
        device = self.devices[n]
        for _try in range(2):
            batch = device.memory.outbox[:size]
            if not batch:
                return
            device.sent_before.append(list(batch))
            answers = self._receive(n, batch)
            if answers is not None:
                self._answered(device, answers)
                return
            before = self.shown[device.memory.name]
            device.renumber()  # forked, or a copy put back that waits for numbers long used
            self.shown[device.memory.name] = before
        raise AssertionError("a replica with a new name was refused")

    def check(self, before: dict[str, Value], n: int | None, replica: str) -> None:
        """Every change of a cell: had its writer seen what stood there, and might they write?"""
        after = self.point.cells()
        for key in self.keys:
            old, new = before.get(key), after.get(key)
            if old == new:
                continue
            self.changes.append((key, old, new))
            if n is not None:
                assert old in self.shown[replica][key], (
                    f"{key}: {old!r} was written over by who had not seen it"
                )
                assert key not in self.locked, f"{key} was written though it is locked"
                assert n not in self.out, f"{key} was written by who has no right any more"

    @invariant()
    def nothing_acknowledged_vanishes(self) -> None:
        """It stands, or waits, or waited and a person decided, or somebody who had seen it wrote over it."""
        if not hasattr(self, "point"):
            return
        cells = self.point.cells()
        shown = {(one.key, one.mine) for one in self.point.held() if one.state != "replaced"}
        overwritten = {(key, old) for key, old, _new in self.changes}
        last: dict[tuple[str, str], int] = {}
        for (replica, seq), (entry, verdict) in self.taken.items():
            if verdict != "refused":
                last[replica, entry.key] = max(seq, last.get((replica, entry.key), 0))
        for (replica, seq), (entry, verdict) in self.taken.items():
            value = (entry.key, entry.value)
            is_safe = (
                verdict == "refused"
                or cells.get(entry.key) == entry.value
                or value in shown
                or value in overwritten
                or last[replica, entry.key] > seq
            )
            assert is_safe, f"{entry} was answered {verdict} and is nowhere"

    def teardown(self) -> None:
        """Two rounds over all, and everybody shows the same."""
        if not hasattr(self, "point"):
            return
        for n in range(self.count):
            self.point.allow(n, True)
            self.out.discard(n)
        for _round in range(2):
            for n in range(self.count):
                self.sync(n)
        cells = self.point.cells()
        for device in self.devices:
            assert device.memory.outbox == []
            assert [device.shown(key) for key in self.keys] == [cells.get(key) for key in self.keys]
        self.nothing_acknowledged_vanishes()
        self.point.close()


class _Watch:
    """Compare the cells before and after."""

    def __init__(self, machine: Machine, n: int | None, replica: str = "") -> None:
        self.machine, self.n, self.replica = machine, n, replica

    def __enter__(self) -> None:
        self.before = self.machine.point.cells()

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            self.machine.check(self.before, self.n, self.replica)
