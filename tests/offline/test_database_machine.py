"""E1 on the real database: the same machine and oracle, the real sheets, locks, rights, conflicts and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from khue.kernel.access.capacities import actor_for
from khue.kernel.actions import DomainError
from khue.kernel.offline import actions, joining, queries
from khue.kernel.offline.merge import Entry, Value
from khue.kernel.offline.models import Device, Held, Kind
from khue.kernel.offline.tests.machine import HeldView, Machine
from khue.kernel.offline.tests.replicas import Forked, Gap, Sent, new_name
from khue.kernel.people.models import Account, Person
from khue.registry.curriculum.models import TeachingAssignment
from khue.school.gradebook.actions import Cell, enter_marks
from khue.school.gradebook.models import Deadline, Sheet
from khue.school.gradebook.tests.places import SLOT, open_sheets
from tests.cast import Cast, make_account, make_person, make_staff
from tests.offline.devices import cells_of, key, mark

COLUMNS = ("tx1", "gk", "ck")
NEVER = date(2027, 7, 31)


class DatabasePoint:
    """The meeting point as it is, under a savepoint that is taken back at the end of a run."""

    collection = "gradebook.marks"

    def __init__(self, cast: Cast, sheet: Sheet, teachers: Sequence[Person]) -> None:
        self.cast, self.sheet, self.teachers = cast, sheet, teachers
        self.an = cast.enrolments["an"].pk
        self.savepoint = transaction.savepoint()
        self.devices: list[Device] = []
        for person in teachers:
            actor = self._actor(person)
            device, _token = actions.register(
                actor, queries.own_person(actor), name="Máy", replica=new_name()
            )
            self.devices.append(device)

    def _actor(self, person: Person) -> Any:
        return actor_for(
            Account.objects.select_related("person").get(person=person), proved_at=timezone.now()
        )[0]

    def keys(self) -> list[str]:
        return [key(self.sheet, self.an, SLOT[column]) for column in COLUMNS]

    def cells(self) -> dict[str, Value]:
        return {key(self.sheet, self.an, SLOT[one]): mark(self.sheet, self.an, SLOT[one]) for one in COLUMNS}

    def held(self) -> Sequence[HeldView]:
        return list(Held.objects.order_by("pk"))

    def take_along(self, device: int) -> tuple[int, dict[str, Value]]:
        own = Device.objects.get(pk=self.devices[device].pk)
        actor = self._actor(self.teachers[device])
        if not actor.holds("offline.carry"):  # moved away: it keeps what it has
            return own.carries, {}
        package, data = actions.carry(actor, own)
        return package.number, cells_of(data)

    def receive(self, device: int, batch: Sequence[Entry]) -> list[Sent]:
        person = self.teachers[device]
        account = Account.objects.select_related("person").get(person=person)
        actor, capacities = actor_for(account)
        own = Device.objects.get(pk=self.devices[device].pk)
        replica = queries.all_replica(own, batch[0].replica)
        if replica is None:
            replica = actions.add_replica(actor, own, replica=batch[0].replica)
        joined = joining.join(actor, capacities, own, replica, joining.Batch(replica.name, tuple(batch)))
        if joined.trouble:
            raise Forked if joined.trouble == "forked" else Gap
        return [(one.seq, str(one.verdict), one.now) for one in joined.answers]

    def write(self, name: str, value: Value) -> bool:
        slot = int(name.rpartition(".")[2])
        seen = mark(self.sheet, self.an, slot)
        found = enter_marks(self.cast.lan, self.sheet, cells=[Cell(self.an, slot, seen, value)])
        return bool(found.written)

    def settle(self, held: HeldView, choice: str, value: Value) -> bool:
        assert isinstance(held, Held)
        seen = self.cells()[held.key]
        try:
            if held.kind == Kind.CLASH:
                actions.settle_clash(self.cast.lan, held, choice=choice, seen=seen, value=value)
            elif choice == "mine":
                actions.accept_review(self.cast.hung, held, seen=seen, reason="Đã xem")
            else:
                actions.reject_review(self.cast.hung, held, reason="Đã xem")
        except DomainError:
            return False
        return True

    def lock(self, name: str, is_locked: bool) -> None:
        column = COLUMNS[self.keys().index(name)]
        today = timezone.localdate()
        rows = Deadline.objects.filter(unit=self.cast.school, year=self.cast.year, term=1, column=column)
        rows.delete()
        if is_locked:
            Deadline.objects.create(
                unit=self.cast.school, year=self.cast.year, term=1, column=column,
                due_on=today - timedelta(days=2), locks_on=today - timedelta(days=1),
            )  # fmt: skip

    def allow(self, device: int, may: bool) -> None:
        TeachingAssignment.objects.filter(teacher=self.teachers[device]).update(
            ends_on=NEVER if may else timezone.localdate()
        )

    def new_value(self, number: int) -> Value:
        return number % 101

    def close(self) -> None:
        transaction.savepoint_rollback(self.savepoint)


@pytest.fixture
def place(cast: Cast) -> tuple[Cast, Sheet, list[Person]]:
    """Lan's sheet, and three teachers who share her course."""
    sheet = open_sheets(cast)
    Deadline.objects.all().delete()
    teachers = []
    for n in range(3):
        person = make_person(f"Nguyễn Thị Dạy{n}")
        make_account(person, f"day{n}")
        make_staff(person, cast.school, "teacher")
        TeachingAssignment.objects.create(
            course=cast.course,
            teacher=person,
            periods_a_year=35,
            starts_on=cast.year.starts_on,
            ends_on=NEVER,
        )
        teachers.append(person)
    return cast, sheet, teachers


def machine_of(place: tuple[Cast, Sheet, list[Person]]) -> type[Machine]:
    """The machine over these rows."""

    class OnTheDatabase(Machine):
        count: ClassVar[int] = 3

        def make(self) -> DatabasePoint:
            return DatabasePoint(*place)

    return OnTheDatabase


QUIET: Any = {
    "deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True, "report_multiple_bugs": False,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}  # fmt: skip


def test_no_acknowledged_mark_vanishes_from_the_real_gradebook(
    place: tuple[Cast, Sheet, list[Person]],
) -> None:
    run_state_machine_as_test(
        machine_of(place), settings=settings(max_examples=6, stateful_step_count=15, **QUIET)
    )


@pytest.mark.slow
def test_two_hundred_runs_on_the_real_gradebook(place: tuple[Cast, Sheet, list[Person]]) -> None:
    run_state_machine_as_test(
        machine_of(place), settings=settings(max_examples=200, stateful_step_count=50, **QUIET)
    )
