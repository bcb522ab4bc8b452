"""A refresh beside others who write, and one that is killed: with connections and processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from khue.kernel.indicators import catalogue, copying
from khue.kernel.indicators.copying import CopyError, generations, stream
from khue.kernel.indicators.copying.refreshing import LOCK
from khue.kernel.indicators.declare import Fact
from khue.kernel.indicators.models import Copy, CopyState, Snapshot
from khue.kernel.indicators.tests.test_copying import copied, original
from khue.kernel.indicators.tests.things import FACTS, THINGS, Ground, rows, run
from tests.crash import throwaway

pytestmark = pytest.mark.django_db(transaction=True)

GATE = 7_712
WAIT = f"(select 1 from (select pg_advisory_lock_shared({GATE}), pg_advisory_unlock_shared({GATE})) gate)"
REFRESH = """
import django; django.setup()
from khue.kernel.indicators import copying
from khue.kernel.indicators.tests.things import FACTS
copying.refresh(whole=True, facts=FACTS)
"""

JOB = """
import django; django.setup()
import sys
from khue.kernel.indicators import jobs
print(jobs.refresh_due(), [name for name in ("duckdb", "ibis", "pyarrow") if name in sys.modules])
"""


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.VAR = tmp_path
    yield tmp_path
    run("drop table if exists thing, gone")


def until(what: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def waiting(pid: int) -> Callable[[], bool]:
    """Whether somebody waits for what the session with this number holds."""
    return lambda: bool(
        rows("select 1 from pg_stat_activity where %s = any(pg_blocking_pids(pid)) limit 1", [pid])
    )


def test_all_facts_of_a_refresh_see_the_same_moment() -> None:
    Ground()
    gate = Fact(
        "test.gate", "Cổng", {"year": "int16", "unit_id": "int64"},
        f"select distinct year, unit_id from thing, {WAIT} as g",
    )  # fmt: skip
    sums = FACTS["test.sums"]
    facts = {fact.name: fact for fact in (THINGS, gate, sums)}
    problems: list[BaseException] = []

    def work() -> None:
        try:
            copying.refresh(facts=facts)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    name = rows("select current_database()")[0][0]
    with throwaway.connect(name) as other:
        other.execute("select pg_advisory_lock(%s)", [GATE])
        before = original()
        thread = threading.Thread(target=work)
        thread.start()
        until(waiting(other.info.backend_pid))
        run("update thing set amount = amount + 1000, at = now()")
        other.execute("select pg_advisory_unlock(%s)", [GATE])
        thread.join(timeout=60)
    assert not problems
    assert copied() == before
    total = sum(row[6] for row in before)
    assert sum(row[2] for row in copied("test.sums")) == total
    copying.refresh(facts=facts)  # and the next sees what came between
    assert copied() == original()
    assert sum(row[2] for row in copied("test.sums")) == total + 1000 * len(before)


def test_psql_and_the_connection_read_the_same() -> None:
    Ground()
    assert stream.psql()
    statement = (
        THINGS.sql.replace("{only}", " and sheet_id = any(%(keys)s) and kind like 'b%%'")
        + " order by thing_id"
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute("begin isolation level repeatable read read only")
        cursor.execute("select pg_export_snapshot()")
        name = cursor.fetchone()[0]
        values = {"keys": list(range(40))}
        fast = b"".join(stream.Stream(cursor, name, {"work_mem": "8MB"}).blocks(statement, values))
        slow = b"".join(stream.Stream(cursor, "", {}).blocks(statement, values))
        with pytest.raises(stream.StreamError, match="division by zero"):
            list(stream.Stream(cursor, name, {}).blocks("select 1 / (thing_id - thing_id) from thing", {}))
        cursor.execute("rollback")
    assert fast == slow
    assert fast.count(b"back\\slash") == len(rows("select 1 from thing where kind like 'back%%'")) > 0


def test_a_refresh_killed_while_it_reads_leaves_the_current_generation(place: Path) -> None:
    Ground()
    copying.refresh(facts=FACTS)
    before = generations.current_name()
    old = copied()
    name = rows("select current_database()")[0][0]
    with throwaway.connect(name) as other:
        other.autocommit = False
        other.execute("lock table thing in access exclusive mode")
        environment = {**throwaway.environment(name, place), "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
        process = subprocess.Popen([sys.executable, "-c", REFRESH], cwd=throwaway.ROOT, env=environment)
        try:
            until(waiting(other.info.backend_pid))
            assert (generations.root() / generations.CURRENT).read_text() == before
            with pytest.raises(CopyError, match="Đang có một lần chép"):
                copying.refresh(facts=FACTS)
        finally:
            process.kill()
            process.wait()
        other.rollback()
    assert generations.current_name() == before
    assert copied() == old
    assert [path.name for path in generations.root().iterdir() if path.name.startswith(generations.NEW)]
    run("update thing set amount = 7, at = now()")
    until(lambda: not rows("select 1 from pg_locks where locktype = 'advisory' and objid = %s", [LOCK]))
    assert not copying.refresh(facts=FACTS).is_whole
    assert copied() == original() != old
    assert not [path.name for path in generations.root().iterdir() if path.name.startswith(generations.NEW)]
    assert list(Copy.objects.order_by("pk").values_list("state", flat=True)) == [
        CopyState.DONE, CopyState.FAILED, CopyState.DONE,
    ]  # fmt: skip


def test_the_job_starts_a_process_of_its_own_when_it_is_time_and_not_before(place: Path) -> None:
    name = rows("select current_database()")[0][0]
    environment = {**throwaway.environment(name, place), "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
    command = [sys.executable, "-c", JOB]
    said = []
    for _ in range(2):
        done = subprocess.run(command, cwd=throwaway.ROOT, env=environment, capture_output=True, text=True)
        said.append(done.stdout.strip())
        assert done.stderr == ""
    assert said == ["0 []", "None []"]
    now = generations.current()
    assert now is not None
    assert now.manifest.facts.keys() == catalogue.facts().keys()
    assert Snapshot.objects.get().copied_at == now.manifest.copied_at


@pytest.mark.slow
def test_killed_at_any_moment_there_is_always_a_copy_that_is_whole(place: Path) -> None:
    ground = Ground(things=3000)
    copying.refresh(facts=FACTS)
    name = rows("select current_database()")[0][0]
    environment = {**throwaway.environment(name, place), "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", REFRESH], cwd=throwaway.ROOT, env=environment, check=True)
    seconds = time.monotonic() - begun
    for _ in range(int(os.environ.get("KHUE_KILLS", "6"))):
        ground.change(20)
        states = [copied(), original()]
        process = subprocess.Popen([sys.executable, "-c", REFRESH], cwd=throwaway.ROOT, env=environment)
        time.sleep(ground.chance.uniform(0.4, 1.05) * seconds)
        process.kill()
        process.wait()
        assert copied() in states
        until(lambda: not rows("select 1 from pg_locks where locktype = 'advisory' and objid = %s", [LOCK]))
        copying.refresh(facts=FACTS)
        assert copied() == original()
