"""Statements that every page asks, planned once a connection instead of at every request.

Planning the union of all grants costs fifteen times its execution. PostgreSQL keeps the plan of a prepared statement;
the connection prepares it here at its first use. A pooler that hands one connection to many clients in turn must know
prepared statements, or the address of the database says `?prepare_threshold=none` (docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg.types.numeric import Int8

# The province's day: `current_date` is that of the session, which speaks UTC, so yesterday until seven in the morning.
TODAY: Final = f"(now() at time zone '{settings.TIME_ZONE}')::date"


class _Prepared(psycopg.Cursor[Any]):
    """A cursor that leaves its values to the server and its statement prepared."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run the statement; whole numbers always go as bigint, lest each size of number be prepared anew."""
        values = [Int8(value) if type(value) is int else value for value in params or ()]
        return super().execute(query, values, prepare=True, **options)


def fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement whose text is the same at every call; whatever differs comes in `values`."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def run(sql: str, values: Sequence[Any] = ()) -> int:
    """How many rows a statement that gives none back has written; its text is the same at every call."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@contextmanager
def planned_once() -> Iterator[None]:
    """Within it every `fetch` keeps its one plan, whatever the values: for statements about a few rows by their keys.

    PostgreSQL plans a statement with a list in it anew each time, thinking that the list may be long; of the pages of
    a family that was four fifths of what the database had to do. Not for statements whose best plan is another in a
    school than in a province. Opens a transaction, so that the setting cannot outlive it on a pooled connection.
    """
    is_within = connection.in_atomic_block
    with nullcontext() if is_within else transaction.atomic():
        connection.ensure_connection()
        server: psycopg.Connection[Any] = connection.connection
        server.execute("set local plan_cache_mode = force_generic_plan")
        yield
        if is_within:
            server.execute("set local plan_cache_mode to default")


def _cursor() -> Any:
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return connection._prepare_cursor(_Prepared(connection.connection))  # type: ignore[attr-defined]
