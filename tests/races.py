"""Two writers at once, made certain: one holds what it wrote until the other is seen to wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

_BLOCKED = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@contextmanager
def held(*statements: str) -> Iterator[Callable[[threading.Thread], None]]:
    """Run statements on a connection of their own and keep them uncommitted.

    What is given commits them once the thread waits for a lock; it raises AssertionError when the thread never does.
    Wants a test with real transactions.
    """
    settings = connection.get_connection_params()
    wanted = {
        key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)
    }
    with psycopg.connect(**wanted) as writer:
        for statement in statements:
            writer.execute(statement)

        def release(thread: threading.Thread) -> None:
            until = time.monotonic() + 60
            with connection.cursor() as cursor:
                while time.monotonic() < until and thread.is_alive():
                    cursor.execute(_BLOCKED)
                    if cursor.fetchone()[0]:
                        break
                    time.sleep(0.02)
            assert thread.is_alive(), "it did not wait for the writer"
            writer.commit()

        yield release
