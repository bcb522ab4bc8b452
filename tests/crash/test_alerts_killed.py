"""Evaluation and digests killed by SIGKILL: nothing half opened, nothing said twice, what was left out follows."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import throwaway
from tests.crash.killing import begin, finish, settle

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("KHUE_SEED", "20261122"))
KILLS = int(os.environ.get("KHUE_KILLS", "4"))
SCHOOLS, PEOPLE = 400, 3  # two officers of the commune, one of the department
GROUND = f"""
import django; django.setup()
from datetime import date
from django.utils import timezone
from khue.command.alerts.models import Rule
from khue.kernel.access.models import RoleAssignment
from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.org.models import Unit
from tests.cast import make_person, make_unit
department = make_unit("SO", "Sở", "department", None)
commune = make_unit("X", "Xã", "commune", department)
for role, unit in (("office_officer", commune), ("office_officer", commune), ("department_officer", department)):
    person = make_person(f"Cán bộ {{role}} {{unit.pk}}")
    RoleAssignment.objects.create(person=person, unit=unit, role=role, starts_on=date(2026, 1, 1))
now = timezone.now()
Snapshot.objects.create(day=timezone.localdate(), computed_at=now, copied_at=now, year=2026)
for number in range({SCHOOLS}):
    school = make_unit(f"T{{number}}", f"THCS {{number}}", "school", commune, levels=["THCS"])
    Figure.objects.create(
        indicator="gradebook.done", unit=school, day=timezone.localdate(), year=2026, top=10, bottom=100
    )
Rule.objects.exclude(code="late_marks").update(is_on=False)
Rule.objects.filter(code="late_marks").update(
    is_on=True, lasts_days=0, months=[], roles=["office_officer", "department_officer"]
)
"""
# The job as the worker runs it, at an hour at which people are told.
WORK = """
import django; django.setup()
from datetime import datetime, time
from django.utils import timezone
from khue.command.alerts import jobs, telling
from khue.kernel.access.actor import Actor
jobs.all_evaluated()
noon = timezone.make_aware(datetime.combine(timezone.localdate(), time(12)))
print("told", telling.tell(Actor.system("alerts.evaluate"), noon))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A commune of four hundred schools, all of them late."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND)
        yield name


def state_of(name: str) -> dict[str, Any]:
    with throwaway.connect(name) as database:

        def one(sql: str) -> Any:
            return database.execute(sql).fetchone()[0]  # type: ignore[index]

        return {
            "open": one("select count(*) from alerts_alert where state = 'open' and step = 'red'"),
            "units": one("select count(distinct unit_id) from alerts_alert"),
            "steps": one("select count(*) from alerts_change"),
            "recorded": one("select count(*) from audit_entry where action = 'alerts.evaluate'"),
            "told": one("select count(*) from notify_message where kind = 'alerts.digest'"),
            "people": one(
                "select count(distinct person_id) from notify_message where kind = 'alerts.digest'"
            ),
        }


WHOLE = {
    "open": SCHOOLS, "units": SCHOOLS, "steps": SCHOOLS, "recorded": 1, "told": PEOPLE, "people": PEOPLE,
}  # fmt: skip


def test_killed_again_and_again_each_alert_is_opened_once_and_each_person_told_once(
    template: str, tmp_path: Path
) -> None:
    with throwaway.database(template) as name:
        begun = time.monotonic()
        assert f"told {PEOPLE}" in finish(name, tmp_path, WORK)
        seconds = time.monotonic() - begun
        assert state_of(name) == WHOLE
        assert "told 0" in finish(name, tmp_path, WORK)
        assert state_of(name) == WHOLE
    chance = random.Random(SEED)
    for number in range(KILLS):
        var = tmp_path / str(number)
        var.mkdir()
        with throwaway.database(template) as name:
            if number < 2:  # surely in the middle: held up where it writes, and killed there
                stop_at(name, var, ("alerts_change", "notify_message")[number])
            else:
                process = begin(name, var, WORK)
                time.sleep(chance.uniform(0.5, 1.0) * seconds)
                process.kill()
                process.wait()
            settle(name)
            after = state_of(name)
            assert after["open"] == after["units"] == after["steps"] == SCHOOLS * after["recorded"]
            assert after["recorded"] in (0, 1)
            assert after["told"] in (0, PEOPLE)
            if number < 2:
                assert (after["recorded"], after["told"]) == (number, 0)
            finish(name, var, WORK)
            assert state_of(name) == WHOLE


def stop_at(name: str, var: Path, table: str) -> None:
    """Kill the job while it waits to write to a table that somebody else holds."""
    with throwaway.connect(name) as holder:
        holder.autocommit = False
        holder.execute(f"lock table {table} in exclusive mode")  # it can be read, not written
        process = begin(name, var, WORK)
        with throwaway.connect(name) as watching:
            for _time in range(600):
                waiting = watching.execute(
                    "select count(*) from pg_locks l join pg_class c on c.oid = l.relation "
                    "where not l.granted and c.relname = %s",
                    [table],
                ).fetchone()
                if waiting and waiting[0]:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError(f"never came to {table}")
        process.kill()
        process.wait()
