"""The connection budget: what may connect at once must leave a fifth of max_connections free.

A results day elsewhere fell over because a database kept its default of 100 connections while the web server
was allowed more; Khuê refuses to start in that state (reliability I4).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import psycopg

SHARE = 0.8


class BudgetError(RuntimeError):
    """More connections could be opened than the database allows; the text says how to mend it."""


@dataclass(frozen=True)
class Budget:
    """How many database connections all processes of this installation can hold at once."""

    workers: int
    threads: int
    jobs: int
    hosts: int = 1

    @classmethod
    def from_environment(cls) -> Budget:
        """Read KHUE_WORKERS, KHUE_THREADS, KHUE_JOBS (at once) and KHUE_HOST_COUNT (application hosts)."""

        def number(name: str, default: int) -> int:
            value = os.environ.get(name, "")
            if value and (not value.isdecimal() or int(value) < 1):
                raise BudgetError(f"{name} phải là số nguyên dương, không phải “{value}”.")
            return int(value or default)

        return cls(
            workers=number("KHUE_WORKERS", 2),
            threads=number("KHUE_THREADS", 8),
            jobs=number("KHUE_JOBS", 2),
            hosts=number("KHUE_HOST_COUNT", 1),
        )

    @property
    def connections(self) -> int:
        """Web threads of all hosts; each host's jobs, the queue's two (listen, fetch), sweep and courier."""
        return self.hosts * (self.workers * self.threads + self.jobs + 4)


def check(budget: Budget, max_connections: int) -> None:
    """Raise BudgetError unless the budget fits into 80 % of `max_connections`."""
    allowed = int(max_connections * SHARE)
    if budget.connections > allowed:
        raise BudgetError(
            f"Khuê có thể mở {budget.connections} kết nối nhưng cơ sở dữ liệu chỉ cho {max_connections} "
            f"(dùng tối đa {allowed}). Hãy giảm KHUE_WORKERS, KHUE_THREADS, KHUE_JOBS hoặc tăng "
            "max_connections.\n"
            f"Khuê may open {budget.connections} connections, the database allows {max_connections} "
            f"({allowed} to be used). Lower KHUE_WORKERS, KHUE_THREADS, KHUE_JOBS or raise max_connections."
        )


def max_connections(url: str) -> int:
    """How many connections the database at `url` allows; raises psycopg.OperationalError when away."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute("select current_setting('max_connections')::int").fetchone()
    assert row is not None
    return int(row[0])
