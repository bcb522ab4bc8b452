"""Parquet files of a fact: sorted by school and class, whole ones and ones in which some keys' rows are replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from khue.kernel.indicators.copying.extract import Heaps
from khue.kernel.indicators.copying.generations import FactCopy, File, Generation
from khue.kernel.indicators.declare import Fact

ROWS_A_FILE: Final = 250_000
ROWS_A_GROUP: Final = 122_880  # what the embedded engine reads at a time
THREADS: Final = 2
NO_PART: Final = -1


def write_whole(
    fact: Fact, heaps: Heaps, groups: Sequence[tuple[int, ...]], directory: Path, declared: str
) -> FactCopy:
    """Write a fact from its heaps (one a neighbourhood): neighbours share a file until it is large enough."""
    plans: list[tuple[list[int], list[int]]] = []  # heaps and units of each file
    rows = ROWS_A_FILE
    for number, group in enumerate(groups):
        if rows >= ROWS_A_FILE and (heaps.counts.get(number) or not plans):
            plans.append(([], []))
            rows = 0
        plans[-1][0].append(number)
        plans[-1][1].extend(group)
        rows += heaps.counts.get(number, 0)

    def work(number: int) -> File:
        parts, units = plans[number]
        table = _joined(fact, [heaps.take(part) for part in parts or [NO_PART]])
        return _write(fact, table, directory, number, tuple(units))

    plans = plans or [([], [])]  # without units there is still a file: it says what the columns are
    files = _each(work, len(plans))
    return FactCopy(declared, sum(file.rows for file in files), tuple(files))


def write_changed(
    fact: Fact,
    heaps: Heaps,
    keys: Sequence[Any],
    old: Generation,
    units: Sequence[tuple[int, ...]],
    directory: Path,
) -> tuple[FactCopy, int]:
    """Write a fact anew where rows of `keys` were or are; all other files are linked. Gives how many were written.

    `heaps` has the new rows of the keys, one heap a file of the old generation; `units` the units of each file now.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    was = old.manifest.facts[fact.name]
    wanted = pa.array(sorted(keys))
    written: list[int] = []

    def work(number: int) -> File:
        file = was.files[number]
        path = old.path / file.name
        comes = heaps.counts.get(number, 0)
        seen = pq.read_table(path, columns=None if comes else [fact.key], use_threads=False)
        column = seen.column(fact.key)
        found = pc.is_in(column, value_set=wanted.cast(column.type))
        if not comes and not pc.any(found).as_py():
            return _link(file, path, directory, units[number])
        table = seen if comes else pq.read_table(path, use_threads=False)
        joined = _joined(fact, [table.filter(pc.invert(found)), heaps.take(number)])
        if joined.equals(table):
            return _link(file, path, directory, units[number])
        written.append(number)
        return _write(fact, joined, directory, number, units[number])

    files = _each(work, len(was.files))
    return FactCopy(was.declared, sum(file.rows for file in files), tuple(files)), len(written)


def link_all(fact: Fact, old: Generation, units: Sequence[tuple[int, ...]], directory: Path) -> FactCopy:
    """A fact of which nothing has changed."""
    was = old.manifest.facts[fact.name]
    files = tuple(
        _link(file, old.path / file.name, directory, units[number]) for number, file in enumerate(was.files)
    )
    return FactCopy(was.declared, was.rows, files)


def units_now(files: Sequence[File], places: Sequence[int]) -> list[tuple[int, ...]]:
    """The units of each file, new units with the neighbour before them."""
    of = {unit: number for number, file in enumerate(files) for unit in file.units}
    found: list[list[int]] = [list(file.units) for file in files]
    last = 0
    for unit in places:
        if unit in of:
            last = of[unit]
        else:
            found[last].append(unit)
    return [tuple(units) for units in found]


def _joined(fact: Fact, tables: Sequence[Any]) -> Any:
    """The rows of some tables in one, in the order in which they are kept; times without a zone, in UTC."""
    import numpy as np
    import pyarrow as pa

    table = pa.concat_tables([_plain(one) for one in tables])
    kinds = fact.columns
    first = [name for name in ("unit_id", "class_id", fact.key) if name in kinds]
    others = [name for name in kinds if name.endswith("_id") and name not in first]
    by = [name for name in dict.fromkeys([*first, *others]) if kinds[name].startswith("int")]
    if not table.num_rows:
        return table
    batch = table.combine_chunks().to_batches()[0]
    order = np.lexsort([batch.column(name).fill_null(-1).to_numpy() for name in reversed(by)])
    return pa.Table.from_batches([batch.take(pa.array(order))])


def _each(work: Callable[[int], File], number: int) -> list[File]:
    """Make files side by side: what they do is done outside Python."""
    import pyarrow as pa

    def clean(one: int) -> File:
        made = work(one)
        pa.default_memory_pool().release_unused()
        return made

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(clean, range(number)))


def _plain(table: Any) -> Any:
    import pyarrow as pa

    for number, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type) and column.type.tz:
            plain = pa.timestamp("us")
            table = table.set_column(number, column.name, table.column(number).cast(plain))
    return table


def _write(fact: Fact, table: Any, directory: Path, number: int, units: tuple[int, ...]) -> File:
    import pyarrow.parquet as pq

    name = f"{fact.name}.{number:03}.parquet"
    path = directory / name
    with path.open("wb") as sink:
        pq.write_table(
            table, sink, compression="zstd", compression_level=1, row_group_size=ROWS_A_GROUP,
            store_schema=False, use_dictionary=_repeated(fact),
        )  # fmt: skip
        sink.flush()
        os.fsync(sink.fileno())
    return File(name, table.num_rows, path.stat().st_size, units)


def _repeated(fact: Fact) -> list[str]:
    """Columns in which few values stand many times."""
    kinds = ("text", "int16", "bool", "date")
    often = ("unit_id", "class_id", "campus_id", fact.key)
    return [name for name, kind in fact.columns.items() if kind in kinds or name in often]


def _link(file: File, path: Path, directory: Path, units: tuple[int, ...]) -> File:
    os.link(path, directory / file.name)
    return File(file.name, file.rows, file.bytes, units)
