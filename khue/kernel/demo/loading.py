"""Loading a province: one transaction empties the tables, COPYs the rows, rebuilds what was dropped, and analyses.

Indexes and constraints are dropped from a table when its first rows arrive and rebuilt at the end from their own
definitions, so the database checks every foreign key and every uniqueness once, in bulk. The order is: unique and
primary keys, other indexes, statistics, foreign keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction

from khue.kernel import registry
from khue.kernel.audit import chain
from khue.kernel.demo import engine
from khue.kernel.demo.plan import Size

ACTION: Final = "demo.make"
OTHERS: Final = frozenset({"contenttypes", "auth", "procrastinate"})
_WALLS: Final = """
select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not t.tgisinternal and t.tgtype & 32 <> 0 and c.relnamespace = current_schema()::regnamespace order by 1, 2
"""  # against TRUNCATE


class NotADemoError(RuntimeError):
    """The database holds data that no demo made; it is never emptied."""


def tables() -> list[str]:
    """Every table that holds people's data: ours, the log-in library's and the open sessions; never the job queue."""
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in OTHERS and model._meta.managed
    ]


def is_empty() -> bool:
    """Whether there is no unit and no person yet."""
    with connection.cursor() as cursor:
        cursor.execute("select not exists (select from org_unit) and not exists (select from people_person)")
        return bool(cursor.fetchone()[0])


def is_demo() -> bool:
    """Whether what is here was made as a demo: its audit record begins with the making of it."""
    with connection.cursor() as cursor:
        cursor.execute("select action from audit_entry where chain = 0 order by seq limit 1")
        row = cursor.fetchone()
    return row is not None and row[0] == ACTION


class Loader:
    """A sink that COPYs into the connected database inside the caller's transaction."""

    def __init__(self, *, memory: str = "64MB", parallel: int = 0) -> None:
        self.memory = memory
        self.parallel = parallel
        self.rows = 0
        self.bytes = 0
        self.counts: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self._keys: dict[str, list[str]] = {}  # table -> statements
        self._indexes: list[str] = []
        self._foreign: list[str] = []
        self._frozen = ""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the seconds of a phase."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def begin(self) -> None:
        """Empty every table; other sessions wait until the end."""
        with connection.cursor() as cursor:
            cursor.execute(f"set local maintenance_work_mem = '{self.memory}'")
            cursor.execute(f"set local work_mem = '{self.memory}'")
            cursor.execute(f"set local max_parallel_maintenance_workers = {self.parallel}")
            cursor.execute(f"set local max_parallel_workers_per_gather = {self.parallel}")
            cursor.execute("set local synchronous_commit = off")
            cursor.execute(
                "set constraints all immediate"
            )  # what was written before in this transaction is checked now
            cursor.execute("set constraints all deferred")
            cursor.execute(_WALLS)
            walls = cursor.fetchall()
            for table, trigger in walls:
                self._trigger(cursor, table, trigger, "disable")
            names = ", ".join(f'"{name}"' for name in tables())
            cursor.execute(f"truncate {names} restart identity")
            for table, trigger in walls:
                self._trigger(cursor, table, trigger, "enable")
        self._frozen = " with (freeze)"

    @staticmethod
    def _trigger(cursor: Any, table: str, trigger: str, what: str) -> None:
        cursor.execute(
            "select 1 from pg_trigger where tgrelid = %s::regclass and tgname = %s", [table, trigger]
        )
        if cursor.fetchone():
            cursor.execute(f'alter table "{table}" {what} trigger "{trigger}"')

    def write(self, table: str, columns: Sequence[str], lines: bytes, rows: int) -> None:
        """COPY some lines into a table, which is stripped when they are its first."""
        if table not in self._keys:
            with self.phase("drop"):
                self._strip(table)
        names = ", ".join(f'"{column}"' for column in columns)
        with (
            self.phase("copy"),
            connection.cursor() as cursor,
            cursor.copy(f'copy "{table}" ({names}) from stdin{self._frozen}') as copy,
        ):
            copy.write(lines)
        self.rows += rows
        self.bytes += len(lines)
        self.counts[table] = self.counts.get(table, 0) + rows

    def run(self, table: str, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """Run an INSERT … SELECT into a table, which is stripped when its first rows come; gives how many came."""
        if table not in self._keys:
            with self.phase("drop"):
                self._strip(table)
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = int(cursor.rowcount)
        self.rows += rows
        self.counts[table] = self.counts.get(table, 0) + rows
        return rows

    def _strip(self, table: str) -> None:
        """Drop the foreign keys from and to a table, its keys and its indexes, remembering how to make them again."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
                "where contype = 'f' and (conrelid = %s::regclass or confrelid = %s::regclass) order by 1, 2",
                [table, table],
            )
            for owner, name, definition in cursor.fetchall():
                cursor.execute(f'alter table {owner} drop constraint "{name}"')
                self._foreign.append(f'alter table {owner} add constraint "{name}" {definition}')
            cursor.execute(
                "select conname, pg_get_constraintdef(oid) from pg_constraint "
                "where contype in ('p', 'u', 'x') and conrelid = %s::regclass order by contype, conname",
                [table],
            )
            keys = []
            for name, definition in cursor.fetchall():
                cursor.execute(f'alter table "{table}" drop constraint "{name}"')
                keys.append(f'alter table "{table}" add constraint "{name}" {definition}')
            cursor.execute(
                "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i "
                "where i.indrelid = %s::regclass order by 1",
                [table],
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f"drop index {name}")
                self._indexes.append(definition)
            self._keys[table] = keys

    def end(self) -> None:
        """Rebuild keys, indexes and foreign keys, set the sequences behind the rows, gather statistics."""
        with connection.cursor() as cursor:
            with self.phase("keys"):
                for statements in self._keys.values():
                    for statement in statements:
                        cursor.execute(statement)
            with self.phase("indexes"):
                for statement in self._indexes:
                    cursor.execute(statement)
            with self.phase("analyze"):
                for table in self._keys:
                    cursor.execute(f'analyze "{table}"')
            with self.phase("foreign keys"):
                for statement in self._foreign:
                    cursor.execute(statement)
            for table in self._keys:
                self._set_sequence(cursor, table)
        self._keys, self._indexes, self._foreign = {}, [], []

    @staticmethod
    def _set_sequence(cursor: Any, table: str) -> None:
        cursor.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attidentity <> ''", [table]
        )
        for (column,) in cursor.fetchall():
            cursor.execute(
                f"select setval(pg_get_serial_sequence(%s, %s), "  # noqa: S608 (names from the catalogue)
                f'(select greatest(max("{column}"), 1) from "{table}"))',
                [table, column],
            )


Fill = Callable[[Loader, Size, int], None]


def load(size: Size, seed: int, *, fresh: bool = False, apart: bool = False, fill: bool = True) -> Loader:
    """Make a province and load it in one transaction; gives the loader with its counts and seconds.

    What the database itself makes of the rows (millions of marks) comes last, unless `fill` is false. `apart` makes
    the rows in a second process while this one feeds the database. Raises NotADemoError when the database holds
    anything that no demo made, or a demo and `fresh` is not asked for.
    """
    if not is_empty() and not (fresh and is_demo()):
        raise NotADemoError
    big = size.pupils > 100_000
    loader = Loader(memory="384MB" if big else "64MB", parallel=1 if big else 0)
    with transaction.atomic():
        loader.begin()
        with loader.phase("make and copy"):
            if apart:
                from khue.kernel.demo.pipe import make_apart

                make_apart(size, seed, loader)
            else:
                engine.make(size, seed, loader)
        loader.end()
        chain.append(  # first of all entries: what fillers do comes after it
            chain=0,
            action=ACTION,
            actor_id=None,
            capacity="system:demo",
            target=f"demo:{size.name}",
            touched=[],
            payload={"seed": seed, "size": size.name, "rows": loader.counts},
            reason="Dữ liệu mẫu, mọi người và mọi đơn vị đều là bịa.",
        )
        if fill:
            for path in registry.each("demo_fill"):
                function: Fill = registry.load(path)
                with loader.phase("fill"):
                    function(loader, size, seed)
            loader.end()
    return loader
