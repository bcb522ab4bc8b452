"""Work in a process of its own, killed by SIGKILL when it has come so far; what was kept is judged by the test."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.crash import throwaway

SEED = int(os.environ.get("KHUE_SEED", "20261122"))
WORK = """
import django; django.setup()
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
print(engine.work(Run.objects.get().pk, "w"))
"""


def begin(name: str, var: Path, script: str = WORK, **more: str) -> subprocess.Popen[str]:
    """Start a script in a throwaway database: the run that waits in it, unless said otherwise."""
    environment = {
        **throwaway.environment(name, var),
        "DJANGO_SETTINGS_MODULE": "khue.config.settings",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=throwaway.ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def finish(name: str, var: Path, script: str = WORK, **more: str) -> str:
    """Run a script to its end; gives what it said."""
    process = begin(name, var, script, **more)
    said = process.communicate(timeout=400)[0]
    assert process.returncode == 0, said
    return said


def settle(name: str) -> None:
    """Wait until the server has noticed that its client is gone."""
    with throwaway.connect(name) as watcher:
        others = "select count(*) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"
        until = time.monotonic() + 20
        while watcher.execute(others, [name]).fetchone()[0] and time.monotonic() < until:  # type: ignore[index]
            time.sleep(0.02)


def done(name: str) -> int:
    """How far the one run of a database has come."""
    with throwaway.connect(name) as database:
        return int(database.execute("select done from jobs_run").fetchone()[0])  # type: ignore[index]


def killed(
    name: str, var: Path, *, kills: int, total: int, chance: random.Random, later: float = 0, **more: str
) -> Iterator[int]:
    """Let the run work and kill it, so many times; gives each time how far it had come.

    It is killed some way on from where it stood, up to `later` seconds after that, anywhere in the step that follows.
    """
    reached = 0
    for _kill in range(kills):
        process = begin(name, var, **more)
        target = reached + chance.randint(1, max(1, total // (kills + 1)))
        until = time.monotonic() + 400
        while done(name) < target and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.random() * later)
        process.kill()
        process.wait()
        settle(name)
        reached = done(name)
        yield reached


def end(name: str, var: Path, **more: str) -> None:
    """Let the run come to its end, if it was killed before: it may have been after its last step."""
    with throwaway.connect(name) as database:
        state = database.execute("select state from jobs_run").fetchone()[0]  # type: ignore[index]
    if state != "done":
        said = finish(name, var, **more)
        assert "done" in said, said


def half_of(ground: tuple[str, Path], place: Path) -> Path:
    """The files of a ground, copied for one test: what goes with its database."""
    shutil.copytree(ground[1], place)
    return place
