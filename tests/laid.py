"""The cast, built once a run and then laid down again in one statement: two thousand tests begin with it.

Its rows stand in no test's way: the numbers of each table begin at a place of their own, so that a person's number is
never a class's by chance, and whatever a test adds is numbered behind them.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from tests.cast import Cast, build

FIRST, APART = 10_007, 1_009  # where the numbers of the first table begin, and how far the next one's lie
NOW = "@now@"


@dataclass(frozen=True)
class Laid:
    """The rows of the cast as one text of SQL, and its objects."""

    sql: str
    objects: bytes

    @classmethod
    def once(cls) -> Self:
        """Build the cast, keep what it consists of, and take it back."""
        tables = sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))
        with transaction.atomic():
            _spread()
            before = {table: set(_rows(table)) for table in tables}
            begun = timezone.now()
            cast = build()
            connection.check_constraints()  # laid down later, nothing checks them again
            statements = []
            for table in tables:
                now = _rows(table)
                assert before[table] <= set(now), (
                    f"the cast changes rows of {table} that were there before it"
                )
                added = [row for row in now if row not in before[table]]
                if added:
                    statements.append(_insert(table, added, begun))
                    statements += _numbers(table)
            transaction.set_rollback(True)
        quiet = [
            "set session_replication_role = replica",
            *statements,
            "set session_replication_role = default",
        ]
        return cls(";\n".join(quiet), pickle.dumps(cast))

    def again(self) -> Cast:
        """Lay the rows down in the open transaction; gives objects of this test alone."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql.replace(NOW, timezone.now().isoformat()))
        cast: Cast = pickle.loads(self.objects)
        return cast


def _spread() -> None:
    """Let each table's numbers begin where no other's do; sequences keep this when the rows are taken back."""
    with connection.cursor() as cursor:
        for place, model in enumerate(sorted(apps.get_models(), key=lambda one: one._meta.db_table)):
            key = model._meta.pk
            if key is None or not model._meta.managed or model._meta.proxy:
                continue
            cursor.execute("select pg_get_serial_sequence(%s, %s)", [f'"{model._meta.db_table}"', key.column])
            sequence = cursor.fetchone()[0]
            if sequence:
                cursor.execute("select last_value from " + sequence)
                first = FIRST + APART * place
                if cursor.fetchone()[0] < first:
                    cursor.execute("select setval(%s, %s)", [sequence, first])


def _columns(table: str) -> list[tuple[str, bool]]:
    """The columns one may write, and whether each holds a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname, atttypid = 'timestamptz'::regtype from pg_attribute where attrelid = %s::regclass"
            " and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
            [f'"{table}"'],
        )
        return [(name, is_moment) for name, is_moment in cursor.fetchall()]


def _rows(table: str) -> list[tuple[Any, ...]]:
    """Every row, each value as PostgreSQL writes it."""
    wanted = ", ".join(f'"{name}"::text' for name, _is_moment in _columns(table))
    with connection.cursor() as cursor:
        cursor.execute(f'select {wanted} from "{table}"')
        return list(cursor.fetchall())


def _insert(table: str, rows: list[tuple[Any, ...]], begun: datetime) -> str:
    columns = _columns(table)

    def literal(value: str | None, is_moment: bool) -> str:
        if value is None:
            return "null"
        if is_moment and datetime.fromisoformat(value) >= begun:
            return f"'{NOW}'"
        return "'" + value.replace("'", "''") + "'"

    names = ", ".join(f'"{name}"' for name, _is_moment in columns)
    values = ", ".join(
        "("
        + ", ".join(literal(value, is_moment) for value, (_name, is_moment) in zip(row, columns, strict=True))
        + ")"
        for row in rows
    )
    return f'insert into "{table}" ({names}) overriding system value values {values}'


def _numbers(table: str) -> list[str]:
    """What lets the numbers of a table go on behind the highest that is in use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname, pg_get_serial_sequence(%s, attname) from pg_attribute where attrelid = %s::regclass"
            " and attnum > 0 and not attisdropped and pg_get_serial_sequence(%s, attname) is not null",
            [f'"{table}"'] * 3,
        )
        found = cursor.fetchall()
        statements = []
        for column, sequence in found:
            cursor.execute(f'select max("{column}") from "{table}"')
            highest = cursor.fetchone()[0]
            statements.append(f"select setval('{sequence}', greatest(last_value, {highest})) from {sequence}")
    return statements
