"""C5: two writers at one sheet, in any order: a cell is written only over what its author saw."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from khue.kernel.access.actor import Actor
from khue.school.gradebook import actions, cells
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.rules import marks
from khue.school.gradebook.tests.places import classmates, open_sheets
from tests.cast import Cast, build

SLOTS = (0, 1, 5)
VALUES = (None, 0, 45, 80, 85, 100, cells.ABSENT, cells.MAKEUP)
Place = tuple[int, int]


class Writer:
    """Somebody who sees the sheet as it was when they last looked, and types into some of its cells."""

    def __init__(self, actor: Actor, pupils: list[int]) -> None:
        self.actor = actor
        self.seen: dict[Place, int | None] = {(pupil, slot): None for pupil in pupils for slot in SLOTS}

    def look(self, truth: dict[Place, int | None]) -> None:
        self.seen = dict(truth)

    def type(self, sheet: Sheet, truth: dict[Place, int | None], draw: random.Random) -> int:
        """Write one to four cells and check each outcome against the model; gives how many clashed."""
        places = draw.sample(sorted(self.seen), draw.randint(1, 4))
        wanted = {place: draw.choice(VALUES) for place in places}
        outcome = actions.enter_marks(
            self.actor, sheet,
            cells=[Cell(pupil, slot, self.seen[pupil, slot], wanted[pupil, slot]) for pupil, slot in places],
        )  # fmt: skip
        written = {(one.enrolment_id, one.slot) for one in outcome.written}
        clashed = {(one.enrolment_id, one.slot): one.now for one in outcome.clashes}
        refused = {(one.enrolment_id, one.slot) for one in outcome.refusals}
        for place in places:
            now, value = truth[place], wanted[place]
            if now == value:
                assert place in written
            elif now != self.seen[place]:
                assert clashed[place] == now, "a cell that changed is given back, not overwritten"
            elif marks.move_problem(now, value) is not None:
                assert place in refused
            else:
                assert place in written
                truth[place] = value
            self.seen[place] = truth[place]
        return len(clashed)


def stored(sheet: Sheet) -> dict[Place, int | None]:
    return {
        (row.enrolment_id, slot): row.marks[slot]
        for row in MarkRow.objects.filter(sheet=sheet)
        for slot in SLOTS
    }


@pytest.mark.parametrize("rounds", [300, pytest.param(5000, marks=pytest.mark.slow)])
def test_random_interleavings_of_two_writers_overwrite_nothing_unseen(cast: Cast, rounds: int) -> None:
    sheet = open_sheets(cast)
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 2)]
    truth: dict[Place, int | None] = {(pupil, slot): None for pupil in pupils for slot in SLOTS}
    lan = cast.lan
    writers = (Writer(lan, pupils), Writer(lan, pupils))
    draw = random.Random(22)
    clashes = 0
    for turn in range(rounds):
        writer = draw.choice(writers)
        if draw.random() < 0.3:
            writer.look(truth)
        clashes += writer.type(sheet, truth, draw)
        if turn % 50 == 0:
            assert {place: value for place, value in stored(sheet).items() if value is not None} == {
                place: value for place, value in truth.items() if value is not None
            }
    assert clashes > rounds / 20, "the run met clashes"
    kept = stored(sheet)
    assert all(kept.get(place) == value for place, value in truth.items())
    sheet.refresh_from_db()
    for slot in SLOTS:
        assert sheet.filled[slot] == sum(cells.is_filled(truth[pupil, slot]) for pupil in pupils)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Cast]:
    return build()


def test_two_at_the_same_instant_one_is_written_the_other_told(committed: Cast) -> None:
    cast = committed
    with transaction.atomic():
        sheet = open_sheets(cast)
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 20)]
    lan = cast.lan
    outcomes: dict[str, Any] = {}
    start = threading.Barrier(2)

    def write(name: str, value: int) -> None:
        try:
            start.wait()
            with transaction.atomic():
                outcomes[name] = actions.enter_marks(
                    lan, sheet, cells=[Cell(pupil, 0, None, value) for pupil in pupils]
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=args) for args in (("a", 70), ("b", 80))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = sorted((len(one.written), len(one.clashes)) for one in outcomes.values())
    assert counts == [(0, len(pupils)), (len(pupils), 0)]
    winner = next(one for one in outcomes.values() if one.written)
    value = winner.written[0].value
    assert {row.marks[0] for row in MarkRow.objects.filter(sheet=sheet)} == {value}
    loser = next(one for one in outcomes.values() if one.clashes)
    assert {clash.now for clash in loser.clashes} == {value}
