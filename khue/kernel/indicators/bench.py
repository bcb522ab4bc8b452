"""Measuring refreshes of the columnar copy: a process of its own, as the job starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from khue.kernel.bench.measuring import CannotMeasureError, postmaster_pid, server_cpu


@dataclass(frozen=True)
class Taken:
    """What one refresh took: seconds, CPU of its process and of the whole database server, memory at its highest."""

    seconds: float
    cpu: float
    database_cpu: float | None
    mib: int


class Refresh:
    """A refresh under way."""

    def __init__(self, *words: str) -> None:
        self._postmaster = postmaster_pid()
        self._before = server_cpu(self._postmaster) if self._postmaster else 0.0
        self._start = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", "khue", "indicators", "refresh", "--without-figures", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._taken: Taken | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._taken is not None or self._ended(os.WNOHANG)

    def end(self) -> Taken:
        """Wait for its end; CannotMeasureError when it failed."""
        if self._taken is None:
            self._ended(0)
        if self._taken is None:
            raise CannotMeasureError("khue indicators refresh")
        return self._taken

    def _ended(self, how: int) -> bool:
        pid, status, used = os.wait4(self._process.pid, how)
        if not pid:
            return False
        seconds = time.perf_counter() - self._start
        self._process.returncode = os.waitstatus_to_exitcode(status)
        said = self._process.stderr.read().decode() if self._process.stderr else ""
        if self._process.returncode:
            raise CannotMeasureError(f"khue indicators refresh: {said[-300:]}")
        database = server_cpu(self._postmaster) - self._before if self._postmaster else None
        self._taken = Taken(seconds, used.ru_utime + used.ru_stime, database, used.ru_maxrss >> 10)
        return True
