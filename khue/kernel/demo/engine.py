"""Runs every module's demo functions in module order over one context.

A function takes the `Demo`, draws from a random stream of its own name (so that a new module never changes the data
of another), and hands rows to tables. Rows become lines of PostgreSQL's COPY text at once; nothing passes through
the ORM. Demo data is nobody's write: the load leaves one audit entry that names seed and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, Final, Protocol

import orjson
from django.apps import apps
from django.db import models

from khue.kernel import registry
from khue.kernel.demo.plan import Size

FLUSH_LINES: Final = 20_000
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL: Final = "\\N"


class Sink(Protocol):
    """Where lines go."""

    def write(self, table: str, columns: Sequence[str], lines: bytes, rows: int) -> None:
        """Take some lines of COPY text for a table."""
        ...


def cell(value: Any) -> str:
    """A value as COPY text."""
    if value is None:
        return NULL
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    if isinstance(value, list | tuple):
        quoted = [str(part).replace("\\", "\\\\").replace('"', '\\"') for part in value]
        return ("{" + ",".join(f'"{part}"' for part in quoted) + "}").translate(_ESCAPES)
    if isinstance(value, dict):
        return orjson.dumps(value).decode().translate(_ESCAPES)
    raise TypeError(f"no COPY text for {type(value)}")


class Table:
    """Rows of one model: the named fields vary, every other column has the model's default."""

    def __init__(
        self, sink: Sink, model: type[models.Model], fields: Sequence[str], moment: datetime
    ) -> None:
        self.sink = sink
        self.name = model._meta.db_table
        by_name = {f.attname: f for f in model._meta.concrete_fields}
        chosen = [by_name[name] for name in fields]
        rest = [f for f in model._meta.concrete_fields if f.attname not in fields]
        self.columns = [str(f.column) for f in (*chosen, *rest)]
        self.tail = "".join(f"\t{self._default(f, moment)}" for f in rest) + "\n"
        self.count = 0
        self._waiting: list[str] = []
        self.line: Callable[[str], None] = self._waiting.append
        """One row that is COPY text already, without the defaults and the line break; `Demo.breathe` hands it on."""

    @staticmethod
    def _default(field: models.Field[Any, Any], moment: datetime) -> str:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            return cell(moment)
        if field.has_default():
            value = field.get_default()
            return cell(orjson.dumps(value).decode() if isinstance(field, models.JSONField) else value)
        if field.null:
            return NULL
        if field.empty_strings_allowed:
            return ""
        raise ValueError(f"{field} has no default, so it must be given")

    def add(self, *row: Any) -> None:
        """One row, in the order of the fields."""
        self.line("\t".join([cell(value) for value in row]))

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Many rows."""
        self._waiting += ["\t".join([cell(value) for value in row]) for row in rows]

    def flush(self, at_least: int = 1) -> None:
        """Hand on what waits, when it is that many rows."""
        if len(self._waiting) >= at_least:
            text = self.tail.join(self._waiting) + self.tail
            self.sink.write(self.name, self.columns, text.encode(), len(self._waiting))
            self.count += len(self._waiting)
            self._waiting.clear()


class Demo:
    """What a module's demo function works with: size, seed, tables, ids, and what earlier modules have put there."""

    moment: Final = datetime(2026, 8, 15, 1, 0, tzinfo=UTC)
    """When everything was recorded; fixed, so that the same seed gives the same rows on any day."""

    def __init__(self, size: Size, seed: int, sink: Sink) -> None:
        self.size = size
        self.seed = seed
        self.sink = sink
        self.counts: dict[str, int] = {}
        self._tables: dict[tuple[str, tuple[str, ...]], Table] = {}
        self._counters: dict[str, count[int]] = {}
        self._shared: dict[str, Any] = {}

    def rng(self, *names: object) -> Random:
        """The random stream of this name."""
        return Random(f"{self.seed}/{self.size.name}/{'/'.join(map(str, names))}")  # noqa: S311 (invented data)

    def table(self, label: str, *fields: str) -> Table:
        """The table of a model ("roster.Enrolment") with these fields given; the same again for the same fields."""
        key = (label, fields)
        if key not in self._tables:
            self._tables[key] = Table(self.sink, apps.get_model(label), fields, self.moment)
        return self._tables[key]

    def counter(self, label: str) -> Callable[[], int]:
        """The function that gives the next id of a model, from 1."""
        return self._counters.setdefault(label, count(1)).__next__

    def id(self, label: str) -> int:
        """The next id of a model."""
        return self.counter(label)()

    def put(self, name: str, value: Any) -> None:
        """Leave something for later modules ("org.schools")."""
        self._shared[name] = value

    def get(self, name: str) -> Any:
        """What an earlier module has left; KeyError when none did."""
        return self._shared[name]

    def breathe(self) -> None:
        """Hand on the rows of tables where many wait; to be called now and then (after each school)."""
        for table in self._tables.values():
            table.flush(FLUSH_LINES)

    def flush(self) -> None:
        """Hand on every waiting row, and count."""
        for table in self._tables.values():
            table.flush()
            self.counts[table.name] = self.counts.get(table.name, 0) + table.count
            table.count = 0


def functions() -> list[Callable[[Demo], None]]:
    """The demo functions of every module, in module order."""
    return [registry.load(path) for path in registry.each("demo")]


def make(size: Size, seed: int, sink: Sink) -> Demo:
    """Make a whole province into a sink."""
    demo = Demo(size, seed, sink)
    for function in functions():
        function(demo)
    demo.flush()
    return demo
