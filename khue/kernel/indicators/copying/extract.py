"""Rows of a fact out of PostgreSQL, streamed: CSV comes in blocks, Arrow reads it, and heaps by neighbourhood keep it.

Memory is bounded whatever the fact holds: a block of rows is parsed at a time, and when some blocks have gathered they
are parted by the units' neighbourhoods and laid on the disk. Only when PostgreSQL has been left are the heaps read
back, one after the other, to be sorted and written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.pq import TransactionStatus

from khue.kernel.indicators.copying import CopyError
from khue.kernel.indicators.copying.stream import BLOCK_BYTES, Stream, StreamError
from khue.kernel.indicators.declare import Fact

HEAP_BYTES: Final = 64 << 20
SESSION: Final = {
    "work_mem": "48MB",  # for one sort or hash of a fact's statement
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}


class Types:
    """Arrow's types of the declared kinds."""

    def __init__(self) -> None:
        import pyarrow as pa

        self.of = {
            "int16": pa.int16(),
            "int32": pa.int32(),
            "int64": pa.int64(),
            "float64": pa.float64(),
            "bool": pa.bool_(),
            "text": pa.string(),
            "date": pa.date32(),
            "time": pa.timestamp("us", tz="UTC"),
        }

    def schema(self, fact: Fact) -> Any:
        """Arrow's schema of a fact."""
        import pyarrow as pa

        return pa.schema([(name, self.of[kind]) for name, kind in fact.columns.items()])


def digest(fact: Fact) -> str:
    """What decides whether rows copied by an earlier declaration may stay."""
    said = [fact.name, list(fact.columns.items()), fact.sql, fact.key, fact.changed]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]


@dataclass(frozen=True)
class Source:
    """One unmoving, read-only view of the database for all facts of a refresh."""

    cursor: psycopg.Cursor[Any]
    stream: Stream


@contextmanager
def snapshot() -> Iterator[Source]:
    """Open a view of the database that does not move.

    Inside a transaction (of a test) there is only that transaction's own view.
    """
    connection.ensure_connection()
    inner = connection.connection
    if connection.in_atomic_block:
        with transaction.atomic(), inner.cursor() as cursor:
            yield Source(cursor, Stream(cursor, "", SESSION))
        return
    with inner.cursor() as cursor:
        cursor.execute("begin isolation level repeatable read read only")
        try:
            for name, value in SESSION.items():
                cursor.execute(f"set local {name} = '{value}'")
            cursor.execute("select pg_export_snapshot()")
            yield Source(cursor, Stream(cursor, cursor.fetchone()[0], SESSION))
        finally:
            if inner.info.transaction_status != TransactionStatus.UNKNOWN:
                cursor.execute("rollback")


def changed_keys(source: Source, fact: Fact, since: datetime) -> list[Any]:
    """The keys whose rows may have changed since a time."""
    with _named(fact):
        source.cursor.execute(fact.changed.encode(), {"since": since})
        return sorted({row[0] for row in source.cursor.fetchall() if row[0] is not None})


def check(source: Source, fact: Fact) -> None:
    """CopyError unless the fact's SQL gives exactly the columns it declares, in their order."""
    with _named(fact):
        statement = f"select * from ({_statement(fact, whole=True)}) fact limit 0"  # noqa: S608 (a declaration)
        source.cursor.execute(statement.encode(), {"keys": []})
        given = [column.name for column in source.cursor.description or ()]
    if given != list(fact.columns):
        raise CopyError(
            _("Khai báo %(fact)s không khớp câu lệnh: %(given)s.")
            % {"fact": fact.name, "given": ", ".join(sorted(set(given) ^ set(fact.columns))) or "thứ tự cột"}
        )


def extract(source: Source, fact: Fact, heaps: Heaps, keys: Sequence[Any] | None = None) -> int:
    """Stream a fact's rows (only those of `keys` when given) into heaps; gives how many there were."""
    import pyarrow as pa
    from pyarrow import csv

    schema = Types().schema(fact)
    reading = csv.ReadOptions(column_names=schema.names, use_threads=False, block_size=BLOCK_BYTES * 4)
    shape = csv.ParseOptions(newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    statement = _statement(fact, whole=keys is None)
    with _named(fact):
        for block in source.stream.blocks(statement, {"keys": list(keys or ())}):
            try:
                heaps.add(csv.read_csv(pa.BufferReader(block), reading, shape, converting))
            except pa.ArrowInvalid as problem:
                raise CopyError(f"{fact.name}: {problem}"[:300]) from problem
    return heaps.rows


def _statement(fact: Fact, *, whole: bool) -> str:
    return fact.sql.replace("{only}", "" if whole else f" and {fact.key} = any(%(keys)s)")


@contextmanager
def _named(fact: Fact) -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, StreamError) as problem:
        raise CopyError(f"{fact.name}: {problem}"[:300]) from problem


class Heaps:
    """Rows of one fact by the file they will be in, kept on the disk when they are many."""

    def __init__(self, fact: Fact, parts: Mapping[int, int], directory: Path) -> None:
        """`parts` says in which part the rows of a unit go; heaps of the parts lie in `directory`."""
        import numpy as np

        self.fact = fact
        self.rows = 0
        self.counts: dict[int, int] = {}
        self._directory = directory
        self._gathered: list[Any] = []
        self._bytes = 0
        self._files: dict[int, Any] = {}
        self._parts = np.full(max(parts, default=0) + 1, -1, dtype=np.int32)
        for unit, part in parts.items():
            self._parts[unit] = part

    def add(self, table: Any) -> None:
        """Take a block of rows."""
        self.rows += table.num_rows
        self._gathered.append(table)
        self._bytes += table.nbytes
        if self._bytes >= HEAP_BYTES:
            self._lay_down()

    def close(self) -> None:
        """No more rows come: what is gathered goes to its heap."""
        if self._gathered:
            self._lay_down()
        for sink, writer in self._files.values():
            writer.close()
            sink.close()
        self._files = {}

    def take(self, part: int) -> Any:
        """The rows of a part, in no order, and its heap is gone."""
        import pyarrow as pa
        from pyarrow import ipc

        path = self._path(part)
        if part not in self.counts:
            return Types().schema(self.fact).empty_table()
        with pa.OSFile(str(path), "rb") as source, ipc.open_stream(source) as reader:
            table = reader.read_all()
        path.unlink()
        return table

    def _lay_down(self) -> None:
        import numpy as np
        import pyarrow as pa
        from pyarrow import ipc

        table = pa.concat_tables(self._gathered)
        self._gathered, self._bytes = [], 0
        units = table.column("unit_id")
        for name in ("unit_id", "year"):
            if table.column(name).null_count:
                raise CopyError(
                    _("%(fact)s có dòng không rõ %(column)s.") % {"fact": self.fact.name, "column": name}
                )
        numbers = units.to_numpy()
        if not len(numbers):
            return
        known = numbers.min() >= 0 and numbers.max() < len(self._parts)
        if not known or (of := self._parts[numbers]).min() < 0:
            raise CopyError(_("%(fact)s có dòng của đơn vị không có thật.") % {"fact": self.fact.name})
        order = np.argsort(of, kind="stable")
        table = table.take(pa.array(order))
        cuts = np.flatnonzero(np.diff(of[order])) + 1
        starts = [0, *cuts.tolist()]
        for start, end in zip(starts, [*cuts.tolist(), len(order)], strict=True):
            part = int(of[order[start]])
            if part not in self._files:
                sink = pa.OSFile(str(self._path(part)), "wb")
                options = ipc.IpcWriteOptions(compression="lz4", use_threads=False)
                self._files[part] = (sink, ipc.new_stream(sink, table.schema, options=options))
            self._files[part][1].write_table(table.slice(start, end - start))
            self.counts[part] = self.counts.get(part, 0) + end - start

    def _path(self, part: int) -> Path:
        return self._directory / f"{self.fact.name}.{part}.heap"
