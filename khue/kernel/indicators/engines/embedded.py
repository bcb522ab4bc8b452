"""The embedded engine: DuckDB inside this process, over the Parquet files of one generation."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.indicators.copying import CopyError, tree
from khue.kernel.indicators.copying.generations import Generation, hold, root

MEMORY: Final = "700MB"
THREADS: Final = 2
MOST_VIEWS: Final = 64  # of facts narrowed to the files of somebody's units


class Embedded:
    """Answers over one generation; holds it while it lives. One question at a time."""

    def __init__(self, generation: Generation, *, memory: str = MEMORY, threads: int = THREADS) -> None:
        """Raises CopyError when the generation has been removed."""
        import ibis

        try:
            self._held = hold(generation)
        except OSError as problem:
            raise CopyError(_("Bản chép số liệu vừa được thay, hỏi lại lần nữa.")) from problem
        self.generation = generation
        self._lock = threading.RLock()
        spill = root() / "spill"
        self._ibis = ibis.duckdb.connect(
            threads=threads, memory_limit=memory, temp_directory=str(spill), preserve_insertion_order=False,
            autoinstall_known_extensions=False, autoload_known_extensions=False,
        )  # fmt: skip
        self._ibis.raw_sql("set parquet_metadata_cache = true")
        self._views: OrderedDict[tuple[str, tuple[str, ...]], Any] = OrderedDict()
        self._made = 0
        self.statements: dict[Any, str] = {}
        self.units = self._ibis.read_parquet(str(generation.units), table_name="units")
        self.places = tree.read(str(generation.units))

    def close(self) -> None:
        """Give the generation back."""
        with self._lock:
            self._ibis.disconnect()
            if self._held >= 0:
                os.close(self._held)
                self._held = -1

    def fact(self, name: str, units: frozenset[int] | None = None) -> Any:
        """A fact as a table of Ibis; of the files that hold rows of `units` only, when given."""
        if name not in self.generation.manifest.facts:
            raise CopyError(_("Bản chép số liệu chưa có phần này, đợi lần chép sau."))
        paths = tuple(str(path) for path in self.generation.paths(name, units))
        if not paths:  # no such unit: any file says what the columns are, the filter keeps no row
            paths = tuple(str(path) for path in self.generation.paths(name)[:1])
        with self._lock:
            key = (name, paths)
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
            if len(self._views) >= MOST_VIEWS:
                _key, old = self._views.popitem(last=False)
                self._ibis.drop_view(old.get_name(), force=True)
            self._made += 1
            self._views[key] = self._ibis.read_parquet(list(paths), table_name=f"fact_{self._made}")
            return self._views[key]

    def rows(self, expression: Any) -> list[tuple[Any, ...]]:
        """What a table of Ibis holds, row by row."""
        return self.run(self.sql(expression))

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """What one of its statements gives, row by row."""
        with self._lock:
            found: list[tuple[Any, ...]] = self._ibis.raw_sql(sql).fetchall()
        return found

    def sql(self, expression: Any) -> str:
        """The statement that `rows` would run."""
        return str(self._ibis.compile(expression))
