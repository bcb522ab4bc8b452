"""Measuring one piece of work: CPU of this process and of the database, wall time, and a baseline in the same run.

The database's CPU is read from /proc of this connection's own backend (nanoseconds from schedstat; hundredths of a
second from stat where the kernel keeps none). A server on another machine cannot be read: its share is then missing,
and `Meter.sees_database` says so.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.db import connection, transaction

TICK: Final = os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")


class CannotMeasureError(RuntimeError):
    """What a bench needs is not here; the text says what, and how to get it."""


@dataclass(frozen=True)
class Cost:
    """What one round cost, in milliseconds."""

    cpu_ms: float
    wall_ms: float


@dataclass(frozen=True)
class Result:
    """One line of the output: cost of one operation over `n` things, beside a baseline measured in the same run.

    `baseline` is the CPU (wall, for loads) of the baseline in milliseconds; `ratio` the operation's cost over it.
    """

    name: str
    cpu_ms: float
    wall_ms: float
    n: int
    baseline: float | None = None
    ratio: float | None = None
    compared_with: str = ""
    note: str = ""  # what `n` counts, where the name does not say it

    def as_line(self) -> dict[str, Any]:
        """The six fields of the JSON line, rounded; and the note, where there is one."""
        row = asdict(self)
        del row["compared_with"]
        if not self.note:
            del row["note"]
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def process_cpu(pid: int) -> float | None:
    """CPU seconds of another process so far, or None when it cannot be seen."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        pass
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except (OSError, ValueError, IndexError):
        return None


def server_cpu(postmaster: int) -> float:
    """CPU seconds of a whole database server so far: the postmaster, its children, and those already gone."""
    fields = (PROC / str(postmaster) / "stat").read_text().rpartition(")")[2].split()
    total = sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK
    for child in (PROC / str(postmaster) / "task" / str(postmaster) / "children").read_text().split():
        total += process_cpu(int(child)) or 0.0
    return total


def postmaster_pid() -> int | None:
    """The process of the connected server, when it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    try:
        name = (PROC / str(backend) / "comm").read_text().strip()
        parent = int((PROC / str(backend) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return parent if name.startswith("postgres") else None


class Meter:
    """Counts the CPU of this process and of this connection's backend."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            self.backend = int(cursor.fetchone()[0])
        self.sees_database = postmaster_pid() is not None

    def cpu(self) -> float:
        """CPU seconds so far, this process and its backend."""
        other = process_cpu(self.backend) if self.sees_database else None
        return time.process_time() + (other or 0.0)

    def once(self, work: Callable[[], Any]) -> Cost:
        """What one call costs."""
        cpu, wall = self.cpu(), time.perf_counter()
        work()
        return Cost((self.cpu() - cpu) * 1000, (time.perf_counter() - wall) * 1000)

    def typical(
        self, work: Callable[[], Any], *, rounds: int = 9, calls: int = 1, warm: int = 2, undone: bool = False
    ) -> Cost:
        """The median cost of a call over some rounds, after warming up.

        With `undone` what a round writes is taken back before the next, uncounted. Rounds that change the same rows
        in one transaction would else walk through the versions of all rounds before, which no saving in life does.
        """
        around = _undone if undone else nullcontext
        for _ in range(warm):
            with around():
                work()
        gc.collect()
        costs = []
        for _ in range(rounds):
            with around():
                costs.append(self.once(lambda: [work() for _ in range(calls)]))
        return Cost(median(c.cpu_ms for c in costs) / calls, median(c.wall_ms for c in costs) / calls)


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever is written inside a transaction is taken back, past the driver: it forgets every plan at a rollback."""
    server = connection.connection.pgconn
    server.exec_(b"savepoint khue_round")
    yield
    server.exec_(b"rollback to savepoint khue_round")
    server.exec_(b"release savepoint khue_round")


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """Whatever is written inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
