"""What migrations lay down in an empty database, kept while tests that commit clean after themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

APART = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
)  # what Django keeps of the code; never emptied
Founded = dict[str, bytes]  # table to its rows in COPY's form


def founding_rows(database: BaseDatabaseWrapper) -> Founded:
    """The rows of every table that is not empty right after the migrations."""
    found: Founded = {}
    with database.cursor() as cursor:
        tables = database.introspection.django_table_names(only_existing=True, include_views=False)
        for table in tables:
            cursor.execute(f'select exists (select from "{table}")')
            if table in APART or not cursor.fetchone()[0]:
                continue
            kept = io.BytesIO()
            with cursor.copy(f'copy "{table}" to stdout') as rows:
                for part in rows:
                    kept.write(part)
            found[table] = kept.getvalue()
    return found


def put_back(founded: Founded) -> None:
    """Fill the tables that a cleaning emptied; references are not checked anew, numbers go on behind the last."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for table, rows in founded.items():
            cursor.execute(f'select exists (select from "{table}")')
            if cursor.fetchone()[0]:
                continue
            with cursor.copy(f'copy "{table}" from stdin') as target:
                target.write(rows)
            cursor.execute(
                "select attname, pg_get_serial_sequence(%s, attname) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped"
                " and pg_get_serial_sequence(%s, attname) is not null",
                [f'"{table}"'] * 3,
            )
            for column, sequence in cursor.fetchall():
                cursor.execute(f'select setval(%s, max("{column}")) from "{table}"', [sequence])
        cursor.execute("set session_replication_role = default")


def tables_to_empty(database: BaseDatabaseWrapper) -> list[str]:
    """Every table that Django knows, but for what it keeps of the code."""
    names = database.introspection.django_table_names(only_existing=True, include_views=False)
    return [name for name in names if name not in APART]


def empty(tables: list[str]) -> None:
    """Take every row out of the tables that hold any: most hold none, and TRUNCATE asks a new file for each."""
    some = " union all ".join(f"select '{table}' where exists (select from \"{table}\")" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(some)
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute(
            "set session_replication_role = replica"
        )  # neither walls nor references stand in the way
        for table in filled:
            cursor.execute(f'delete from "{table}"')
        cursor.execute("set session_replication_role = default")


@contextmanager
def flush_keeps(founded: Founded, tables: list[str]) -> Iterator[None]:
    """While this holds, Django's `flush` leaves the database as the migrations made it."""
    plain = Flush.handle

    def handle(self: Flush, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            empty(tables)
            put_back(founded)

    Flush.handle = handle  # type: ignore[method-assign]
    yield
    Flush.handle = plain  # type: ignore[method-assign]
