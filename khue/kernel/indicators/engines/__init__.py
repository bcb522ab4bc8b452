"""Engines that answer questions about the columnar copy; all are asked in the same expressions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from khue.kernel.indicators.copying.generations import Generation
    from khue.kernel.indicators.copying.tree import Place

VARIABLE: Final = "KHUE_ANALYTICS_ENGINE"  # 'embedded' (DuckDB, the default) or 'cluster' (PySpark)


class Engine(Protocol):
    """What every engine gives: tables of Ibis over one generation, and the rows of an expression."""

    generation: Generation
    places: list[Place]
    units: Any
    statements: dict[Any, str]  # made before, by the shape of the question (computing.py)

    def fact(self, name: str, units: frozenset[int] | None = None) -> Any:
        """A fact as a table of Ibis; of the files that hold rows of `units` only, when given."""
        ...

    def rows(self, expression: Any) -> list[tuple[Any, ...]]:
        """What a table of Ibis holds, row by row."""
        ...

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """What one of its statements gives, row by row."""
        ...

    def sql(self, expression: Any) -> str:
        """The statement that `rows` would run."""
        ...

    def close(self) -> None:
        """Give the generation back."""
        ...


def open_engine(generation: Generation, kind: str = "") -> Engine:
    """The engine that the installation has chosen (or `kind`), on a generation; CopyError when it is not installed."""
    if (kind or os.environ.get(VARIABLE, "embedded")) == "cluster":
        from khue.kernel.indicators.engines.cluster import Cluster

        return Cluster(generation)
    from khue.kernel.indicators.engines.embedded import Embedded

    return Embedded(generation)
