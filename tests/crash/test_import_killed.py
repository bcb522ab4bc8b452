"""C1: `khue import` killed by SIGKILL at every named point and at random times: nothing lost, doubled or half done."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import throwaway
from tests.crash.killing import settle

pytestmark = pytest.mark.slow

FILE = "tests/data/rosters/C1-HocSinh-THPT.xlsx"
WORDS = ("import", "roster", FILE, "--unit", "THPT-THU", "--json")
SEED = int(os.environ.get("KHUE_SEED", "20261120"))
KILLS = int(os.environ.get("KHUE_KILLS", "20"))
# The tables an import writes, in the order in which it comes to them: it is stopped at each and killed there.
POINTS = (
    "files_stored_file", "exchange_import", "people_person", "roster_classroom",
    "roster_enrolment", "roster_enrolment_event", "roster_head_count",
    "audit_entry", "audit_payload",
)  # fmt: skip
COUNTED = (
    "people_person", "roster_pupil_profile", "roster_classroom", "roster_enrolment", "roster_enrolment_event",
    "roster_guardianship", "people_identifier",
)  # fmt: skip
GROUND = """
import django; django.setup()
from datetime import date
from tests.cast import make_unit
from khue.registry.calendar.models import SchoolYear
department = make_unit("SO", "Sở", "department", None)
make_unit("THPT-THU", "THPT Thử", "school", make_unit("X", "Xã", "commune", department), levels=["THPT"])
SchoolYear.objects.create(pk=2026, starts_on=date(2026, 8, 1), ends_on=date(2027, 7, 31))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with an empty school."""
    import subprocess
    import sys

    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        environment = {**throwaway.environment(name, var), "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
        subprocess.run([sys.executable, "-c", GROUND], cwd=throwaway.ROOT, check=True, env=environment)
        yield name


def state_of(name: str) -> dict[str, Any]:
    """What an import has left: rows, how the import stands, head counts, actions in the record."""
    with throwaway.connect(name) as database:

        def one(sql: str) -> Any:
            return database.execute(sql).fetchone()[0]  # type: ignore[index]

        return {
            **{table: one(f"select count(*) from {table}") for table in COUNTED},
            "written": one("select count(*) from exchange_import where state = 'written'"),
            "recorded": one("select count(*) from audit_entry where action = 'exchange.write_import'"),
            "started": one("select count(*) from exchange_import")
            - one("select count(*) from audit_entry where action = 'exchange.start_import'"),
            "counted": one("select coalesce(sum(pupils), 0) from roster_head_count where valid_to is null")
            - one("select count(*) from roster_enrolment where status in ('studying', 'suspended')"),
            "unpaid": one(
                "select count(*) from audit_entry e left join audit_payload p on p.entry_id = e.id where p.body is null"
            ),
        }


@pytest.fixture(scope="module")
def whole(template: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an import leaves that nobody disturbs, and how long it takes."""
    var = tmp_path_factory.mktemp("whole")
    with throwaway.database(template) as name:
        begun = time.monotonic()
        code, said = throwaway.run(name, var, *WORDS)
        seconds = time.monotonic() - begun
        assert code == 1, said
        assert json.loads(said)["added"] > 1500
        found = state_of(name)
    assert found["recorded"] == found["written"] == 1
    assert found["counted"] == 0
    return {**found, "seconds": seconds}


def judge(name: str, var: Path, template_state: dict[str, Any], whole: dict[str, Any]) -> str:
    """After a kill: all or nothing, a sound record; and the same command again brings everything, once."""
    after = state_of(name)
    nothing = all(after[table] == template_state[table] for table in COUNTED) and after["written"] == 0
    everything = all(after[table] == whole[table] for table in COUNTED) and after["written"] == 1
    assert nothing or everything, after
    assert after["recorded"] == after["written"]
    assert after["started"] == after["counted"] == after["unpaid"] == 0
    code, said = throwaway.run(name, var, "audit", "verify")
    assert code == 0, said
    code, said = throwaway.run(name, var, *WORDS)
    assert code == 1, said
    report = json.loads(said)
    again = state_of(name)
    assert {table: again[table] for table in COUNTED} == {table: whole[table] for table in COUNTED}
    assert report["added" if nothing else "unchanged"] > 1500
    assert report["unchanged" if nothing else "added"] == 0
    assert again["counted"] == 0
    return "nothing" if nothing else "everything"


@pytest.mark.parametrize("table", POINTS)
def test_killed_on_the_way_to_a_table_it_leaves_nothing(
    template: str, whole: dict[str, Any], tmp_path: Path, table: str
) -> None:
    before = state_of(template)
    with throwaway.database(template) as name:
        with throwaway.connect(name) as blocker:
            blocker.autocommit = False
            blocker.execute(f"lock table {table} in share mode")  # others may read it, nobody writes
            process = throwaway.khue(name, tmp_path, *WORDS)
            wait_until_blocked(name, process)
            process.kill()
            process.wait()
            blocker.rollback()
        settle(name)
        assert judge(name, tmp_path, before, whole) == "nothing"


def wait_until_blocked(name: str, process: Any) -> None:
    with throwaway.connect(name) as watcher:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            waiting = "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
            if watcher.execute(waiting, [name]).fetchone()[0]:  # type: ignore[index]
                return
            assert process.poll() is None, "the import never came to this table"
            time.sleep(0.01)
    raise AssertionError("the import never came to this table")


def test_killed_at_random_times_it_leaves_all_or_nothing(
    template: str, whole: dict[str, Any], tmp_path: Path
) -> None:
    before = state_of(template)
    chance = random.Random(SEED)
    ends: list[str] = []
    for number in range(KILLS):
        with throwaway.database(template) as name:
            var = tmp_path / str(number)
            var.mkdir()
            process = throwaway.khue(name, var, *WORDS)
            time.sleep(chance.uniform(0.3, 1.1) * whole["seconds"])
            process.kill()
            process.wait()
            settle(name)
            ends.append(judge(name, var, before, whole))
    assert len(ends) == KILLS, f"KHUE_SEED={SEED}"
