"""E1: replicas of 3, 5 and 9 against the judge of production; whoever lost, doubled or overwrote something is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from khue.kernel.offline import merge
from khue.kernel.offline.merge import Cell, Entry, Judged, Value, Verdict
from khue.kernel.offline.tests import meeting as in_memory
from khue.kernel.offline.tests.machine import HeldView, Machine
from khue.kernel.offline.tests.meeting import Held, Meeting
from khue.kernel.offline.tests.replicas import Sent


class MemoryPoint:
    """The meeting point over dicts."""

    collection = "marks"

    def __init__(self) -> None:
        self.meeting = Meeting()

    def keys(self) -> list[str]:
        return [f"c{n}" for n in range(4)]

    def cells(self) -> dict[str, Value]:
        return dict(self.meeting.cells)

    def held(self) -> Sequence[HeldView]:
        return self.meeting.held

    def take_along(self, device: int) -> tuple[int, dict[str, Value]]:
        return self.meeting.take_along(str(device))

    def receive(self, device: int, batch: Sequence[Entry]) -> list[Sent]:
        return self.meeting.receive(str(device), batch)

    def write(self, key: str, value: Value) -> bool:
        if key in self.meeting.locked:
            return False
        self.meeting.write(key, value)
        return True

    def settle(self, held: HeldView, choice: str, value: Value) -> bool:
        assert isinstance(held, Held)
        if choice != "theirs" and held.key in self.meeting.locked:
            return False
        held.state = choice
        if choice != "theirs":
            self.meeting.write(held.key, held.mine if choice == "mine" else value)
        return True

    def lock(self, key: str, is_locked: bool) -> None:
        (self.meeting.locked.add if is_locked else self.meeting.locked.discard)(key)

    def allow(self, device: int, may: bool) -> None:
        (self.meeting.removed.discard if may else self.meeting.removed.add)(str(device))

    def new_value(self, number: int) -> Value:
        return number

    def close(self) -> None:
        pass


class Three(Machine):
    count = 3

    def make(self) -> MemoryPoint:
        return MemoryPoint()


class Five(Three):
    count = 5


class Nine(Three):
    count = 9


QUIET: Any = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


@pytest.mark.parametrize(("machine", "runs"), [(Three, 100), (Five, 60), (Nine, 40)])
def test_no_acknowledged_entry_vanishes_and_replicas_agree(machine: type[Machine], runs: int) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=runs, stateful_step_count=20, **QUIET))


@pytest.mark.slow
@pytest.mark.parametrize(("machine", "runs"), [(Three, 2000), (Five, 2000), (Nine, 1000)])
def test_five_thousand_runs_of_fifty_steps(machine: type[Machine], runs: int) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=runs, stateful_step_count=50, **QUIET))


def _last_writer_wins(value: Value, seen: Value, cell: Cell) -> Judged:
    return Judged(Verdict.APPLY, seen)


def _forgets_conflicts(value: Value, seen: Value, cell: Cell) -> Judged:
    judged = merge.judge(value, seen, cell)
    return judged if judged.verdict is not Verdict.CLASH else Judged(Verdict.SAME, seen)


def _writes_into_locks(value: Value, seen: Value, cell: Cell) -> Judged:
    return merge.judge(value, seen, Cell(cell.now, cell.could_then, cell.may_now, False, cell.waiting))


@pytest.mark.parametrize("wrong", [_last_writer_wins, _forgets_conflicts, _writes_into_locks])
def test_the_oracle_finds_a_judge_that_is_wrong(wrong: Any) -> None:
    """A guard's test that cannot fail guards nothing: the same runs with a bad judge must fall."""

    class Wrong(Meeting):
        judge = staticmethod(wrong)

    class Fallen(Three):
        def make(self) -> MemoryPoint:
            point = MemoryPoint()
            point.meeting = Wrong()
            return point

    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Fallen,
            settings=settings(
                max_examples=400,
                stateful_step_count=30,
                database=None,
                report_multiple_bugs=False,
                derandomize=True,
                phases=[Phase.generate],
                **QUIET,
            ),
        )
    assert in_memory.Meeting.judge is merge.judge
