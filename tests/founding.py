"""What migrations lay down in an empty database, kept while tests that commit clean after themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

APART = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
)  # never emptied, or made anew by Django
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


@contextmanager
def flush_keeps(founded: Founded) -> Iterator[None]:
    """While this holds, Django's `flush` leaves the database as the migrations made it."""
    plain = Flush.handle

    def handle(self: Flush, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        put_back(founded)

    Flush.handle = handle  # type: ignore[method-assign]
    yield
    Flush.handle = plain  # type: ignore[method-assign]
