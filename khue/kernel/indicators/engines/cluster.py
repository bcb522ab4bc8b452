"""The cluster engine: PySpark over the same files, for what one machine cannot hold.

Chosen by `KHUE_ANALYTICS_ENGINE=cluster`; `KHUE_SPARK_MASTER` names the cluster (default: this machine's processors).
On a real cluster the folder of generations must be one that every worker reads at the same path. It needs the extra
`cluster` (PySpark) and Java 17. The expressions, the questions and the answers are those of the embedded engine.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.indicators.copying import CopyError, tree
from khue.kernel.indicators.copying.generations import Generation, hold

MASTER: Final = "KHUE_SPARK_MASTER"
MEMORY: Final = "700m"


class Cluster:
    """Answers over one generation; holds it while it lives."""

    def __init__(self, generation: Generation, *, master: str = "") -> None:
        """Raises CopyError when the generation has been removed, or when PySpark or Java is not installed."""
        try:
            import ibis
            from pyspark.sql import SparkSession
        except ImportError as problem:
            raise CopyError(_("Máy này chưa cài phần tính toán cụm (PySpark, Java 17).")) from problem
        try:
            self._held = hold(generation)
        except OSError as problem:
            raise CopyError(_("Bản chép số liệu vừa được thay, hỏi lại lần nữa.")) from problem
        self.generation = generation
        self._lock = threading.RLock()
        here = master or os.environ.get(MASTER, "local[2]")
        builder = (
            SparkSession.builder.master(here)
            .appName("khue")
            .config("spark.driver.memory", MEMORY)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.log.level", "ERROR")
        )
        self._session = builder.getOrCreate()
        self._ibis = ibis.pyspark.connect(self._session)
        self._tables: dict[tuple[str, ...], Any] = {}
        self.statements: dict[Any, str] = {}
        self.units = self._table([generation.units])
        self.places = tree.read(str(generation.units))

    def close(self) -> None:
        """Give the generation back and leave the cluster."""
        with self._lock:
            self._session.stop()
            if self._held >= 0:
                os.close(self._held)
                self._held = -1

    def fact(self, name: str, units: frozenset[int] | None = None) -> Any:
        """A fact as a table of Ibis; of the files that hold rows of `units` only, when given."""
        if name not in self.generation.manifest.facts:
            raise CopyError(_("Bản chép số liệu chưa có phần này, đợi lần chép sau."))
        return self._table(self.generation.paths(name, units) or self.generation.paths(name)[:1])

    def rows(self, expression: Any) -> list[tuple[Any, ...]]:
        """What a table of Ibis holds, row by row."""
        return self.run(self.sql(expression))

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """What one of its statements gives, row by row."""
        with self._lock:
            return [tuple(row) for row in self._session.sql(sql).collect()]

    def sql(self, expression: Any) -> str:
        """The statement that `rows` would run."""
        return str(self._ibis.compile(expression))

    def _table(self, paths: Sequence[Path]) -> Any:
        key = tuple(str(path) for path in paths)
        with self._lock:
            if key not in self._tables:
                name = f"copy_{len(self._tables)}"
                self._session.read.parquet(*key).createOrReplaceTempView(name)
                self._tables[key] = self._ibis.table(name)
            return self._tables[key]
