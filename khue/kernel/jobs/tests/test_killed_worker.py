"""C1: a worker killed with -9 at random moments loses nothing, doubles nothing, leaves nothing half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from khue.kernel.jobs import actions
from khue.kernel.jobs.models import Run
from khue.kernel.jobs.tests import sample  # noqa: F401
from khue.kernel.notify.models import Message
from tests.cast import Cast

PATIENCE = 60


@pytest.fixture
def empty_queue() -> Iterator[None]:
    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "truncate procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers cascade"
            )
            cursor.execute("delete from procrastinate_workers")

    empty()
    yield
    empty()


def start_worker() -> subprocess.Popen[bytes]:
    s = connection.settings_dict
    address = (
        f"postgresql://{s['USER']}:{s['PASSWORD']}@/{s['NAME']}?host={s['HOST']}&port={s['PORT'] or 5432}"
    )
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
    return subprocess.Popen([sys.executable, "-m", "khue.kernel.jobs.tests.worker_process"], env=environment)


def wait_for(run: Run, done: int) -> Run:
    deadline = time.monotonic() + PATIENCE
    while True:
        now = Run.objects.get(pk=run.pk)
        if now.done >= done or not now.is_open:
            return now
        assert time.monotonic() < deadline, f"stuck at {now.done} of {now.total}, {now.state}"
        time.sleep(0.02)


def assert_nothing_half_done(run: Run) -> None:
    """A step and its place are kept together: seen in one statement, for the server may still be committing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select done, (select count(*) from notify_message where kind = 'test') from jobs_run where id = %s",
            [run.pk],
        )
        done, kept = cursor.fetchone()
    assert done == kept


def kill_again_and_again(cast: Cast, kills: int, items: int, seed: int) -> None:
    chance = random.Random(seed)
    print(f"seed {seed}")
    person = cast.people["an"].pk
    run = actions.start(
        cast.tam, "jobs.test_count", "Đếm", cast.school, {"upto": items, "person_id": person, "slow": 0.004}
    )
    for number in range(1, kills + 1):
        worker = start_worker()
        reached = wait_for(run, number * items // (kills + 2))
        if not reached.is_open:
            worker.kill()
            worker.wait()
            break
        time.sleep(chance.random() * 0.02)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        assert_nothing_half_done(run)
    worker = start_worker()
    try:
        ended = wait_for(run, items + 1)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    assert (ended.state, ended.done) == ("done", items)
    titles = list(Message.objects.filter(kind="test").values_list("title", flat=True))
    assert sorted(titles, key=int) == [str(n) for n in range(1, items + 1)]


@pytest.mark.django_db(transaction=True)
def test_a_run_survives_a_kill(cast: Cast, empty_queue: None) -> None:
    kill_again_and_again(cast, kills=1, items=100, seed=random.randrange(10**6))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_survives_two_hundred_kills(cast: Cast, empty_queue: None) -> None:
    kill_again_and_again(cast, kills=200, items=20_000, seed=random.randrange(10**6))
