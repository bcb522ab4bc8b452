"""The judge alone: verdicts, and that order, grouping and repeats of batches change nothing that matters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.kernel.offline.merge import (
    Cell,
    Entry,
    Judged,
    Value,
    Verdict,
    Waiting,
    is_same,
    judge,
    overall,
    take_in,
)
from khue.kernel.offline.tests.meeting import Meeting
from khue.kernel.offline.tests.replicas import Device, Forked, Gap


@pytest.mark.parametrize(
    ("value", "seen", "cell", "verdict"),
    [
        (85, None, Cell(None), Verdict.APPLY),
        (85, 80, Cell(80), Verdict.APPLY),
        (None, 80, Cell(80), Verdict.APPLY),
        (85, None, Cell(85), Verdict.SAME),
        (85, None, Cell(85, is_locked=True), Verdict.SAME),
        (85, None, Cell(70), Verdict.CLASH),
        (0, None, Cell(None), Verdict.APPLY),
        (85, 0, Cell(None), Verdict.CLASH),
        (85, None, Cell(None, is_locked=True), Verdict.LATE),
        (85, None, Cell(70, is_locked=True), Verdict.LATE),
        (85, None, Cell(None, may_now=False), Verdict.LATE),
        (85, None, Cell(85, may_now=False), Verdict.LATE),
        (85, None, Cell(None, could_then=False), Verdict.REFUSED),
        (85, None, Cell(85, could_then=False, may_now=False), Verdict.REFUSED),
    ],
)
def test_a_verdict_follows_from_what_was_seen_and_what_may_be(
    value: Value, seen: Value, cell: Cell, verdict: Verdict
) -> None:
    assert judge(value, seen, cell).verdict is verdict


def test_a_correction_takes_the_place_of_what_waits_of_the_same_replica() -> None:
    waiting = Waiting(50, 40)
    assert judge(60, 50, Cell(70, waiting=waiting)) == Judged(Verdict.CLASH, 40, True)
    assert judge(60, 50, Cell(40, waiting=waiting)) == Judged(Verdict.APPLY, 40, True)
    assert judge(40, 50, Cell(70, waiting=waiting)) == Judged(Verdict.SAME, 40, True)  # taken back
    assert judge(60, 70, Cell(70, waiting=waiting)) == Judged(
        Verdict.APPLY, 70, True
    )  # it was shown what stands


def test_nought_empty_and_false_are_three_values() -> None:
    assert not any([is_same(0, None), is_same(0, False), is_same("", None)])
    assert is_same({"1": ["P", None, ""]}, {"1": ["P", None, ""]})


def test_the_gravest_cell_names_the_entry() -> None:
    assert overall([]) is Verdict.SAME
    assert overall([Verdict.SAME, Verdict.APPLY]) is Verdict.APPLY
    assert overall([Verdict.CLASH, Verdict.APPLY, Verdict.LATE]) is Verdict.LATE


def entries(*values: Value) -> list[Entry]:
    return [Entry("r", n, "marks", "a", value, None, 1) for n, value in enumerate(values, 1)]


def test_a_batch_is_taken_in_once_in_whatever_order_it_comes() -> None:
    one, two, three = entries(1, 2, 3)
    assert take_in(1, {}, [three, one, two]).fresh == (one, two, three)
    assert take_in(1, {}, [one, two, one, two]).fresh == (one, two)
    again = take_in(3, {1: one.digest, 2: two.digest}, [one, two, three])
    assert (again.fresh, again.repeats) == ((three,), (1, 2))
    assert take_in(2, {1: one.digest}, [three]).is_gap
    assert take_in(1, {}, [one, three]).is_gap


def test_a_number_used_twice_for_different_things_is_a_fork() -> None:
    one, two = entries(1, 2)
    other = Entry("r", 1, "marks", "a", 9, None, 1)
    assert take_in(2, {1: one.digest}, [other, two]).is_forked
    assert take_in(1, {}, [one, other]).is_forked
    assert take_in(
        2, {}, [other, two]
    ).is_forked  # swept away: it may be a copy's, never answered, and would be lost


class _Script:
    """Devices that entered apart; their batches meet the server in any order."""

    def __init__(self, plan: Sequence[tuple[int, int, int]], count: int = 3) -> None:
        self.devices = [Device() for _n in range(count)]
        self.start = Meeting()
        for n, device in enumerate(self.devices):
            device.take_along(*self.start.take_along(str(n)))
        for who, cell, value in plan:
            self.devices[who % count].enter(f"c{cell}", who * 10 + value if value else None)

    def meet(self, order: Sequence[int], cut: int = 0) -> Meeting:
        meeting = Meeting(packages=dict(self.start.packages))
        for who in order:
            batch = self.devices[who].memory.outbox
            for part in (batch[:cut], batch[cut:]) if cut else (batch,):
                if part:
                    meeting.receive(str(who), part)
        return meeting


PLANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=12)


@given(PLANS)
def test_batches_commute_what_survives_is_the_same_in_every_order(plan: list[tuple[int, int, int]]) -> None:
    script = _Script(plan)
    orders = [script.meet(order) for order in itertools.permutations(range(3))]
    for cell in ("c0", "c1", "c2"):  # empty stands everywhere before the first entry
        assert len({frozenset(one.surviving(cell) - {None}) for one in orders}) == 1


@given(PLANS, st.integers(1, 11))
def test_batches_associate_wherever_they_are_cut(plan: list[tuple[int, int, int]], cut: int) -> None:
    script = _Script(plan)
    whole, parts = script.meet([0, 1, 2]), script.meet([0, 1, 2], cut)
    assert whole.cells == parts.cells
    assert [(h.key, h.mine, h.state) for h in whole.held] == [(h.key, h.mine, h.state) for h in parts.held]


@given(PLANS, st.lists(st.integers(0, 2), max_size=6))
def test_batches_are_idempotent_whenever_they_come_again(
    plan: list[tuple[int, int, int]], again: list[int]
) -> None:
    script = _Script(plan)
    once = script.meet([0, 1, 2])
    more = script.meet([0, 1, 2, *again])
    assert (once.cells, once.held, once.ledger) == (more.cells, more.held, more.ledger)


def test_a_gap_and_a_fork_take_nothing() -> None:
    device, meeting = Device(), Meeting()
    device.take_along(*meeting.take_along("0"))
    for value in (1, 2, 3):
        device.enter("a", value)
    first, *rest = device.memory.outbox
    with pytest.raises(Gap):
        meeting.receive("0", rest)
    meeting.receive("0", [first])
    with pytest.raises(Forked):
        meeting.receive("0", [Entry(first.replica, 1, "marks", "a", 7, None, 1), *rest])
    assert meeting.cells == {"a": 1}
