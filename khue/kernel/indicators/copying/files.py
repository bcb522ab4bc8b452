"""Parquet files of a fact: sorted by school and class, whole ones and ones in which some keys' rows are replaced."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from khue.kernel.indicators.copying.extract import Heaps
from khue.kernel.indicators.copying.generations import FactCopy, File, Generation
from khue.kernel.indicators.declare import Fact

ROWS_A_FILE: Final = 250_000
ROWS_A_GROUP: Final = 122_880  # what the embedded engine reads at a time


def write_whole(
    fact: Fact, heaps: Heaps, groups: Sequence[tuple[int, ...]], directory: Path, declared: str
) -> FactCopy:
    """Write a fact from its heaps (one a neighbourhood): neighbours share a file until it is large enough."""
    files: list[File] = []
    tables: list[Any] = []
    units: list[int] = []
    rows = 0
    for number, group in enumerate(groups):
        units += group
        if heaps.counts.get(number):
            tables.append(heaps.take(number))
            rows += heaps.counts[number]
        if rows >= ROWS_A_FILE or (number == len(groups) - 1 and (rows or not files)):
            table = _joined(fact, tables or [heaps.take(number)])
            files.append(_write(fact, table, directory, len(files), tuple(units)))
            tables, units, rows = [], [], 0
    if units and files:  # neighbourhoods without rows at the end belong to the last file
        last = files[-1]
        files[-1] = File(last.name, last.rows, last.bytes, last.units + tuple(units))
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
    files: list[File] = []
    written = 0
    for number, file in enumerate(was.files):
        path = old.path / file.name
        found = None
        if file.rows and len(wanted):
            column = pq.read_table(path, columns=[fact.key], use_threads=False).column(0)
            found = pc.is_in(column, value_set=wanted.cast(column.type))
        if not heaps.counts.get(number) and (found is None or not pc.any(found).as_py()):
            files.append(_link(file, path, directory, units[number]))
            continue
        table = pq.read_table(path, use_threads=False)
        kept = table if found is None else table.filter(pc.invert(found))
        new = heaps.take(number).cast(table.schema)
        joined = _joined(fact, [kept, new])
        if joined.equals(table):
            files.append(_link(file, path, directory, units[number]))
            continue
        written += 1
        files.append(_write(fact, joined, directory, number, units[number]))
    return FactCopy(was.declared, sum(file.rows for file in files), tuple(files)), written


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
    if table.num_rows:
        columns = [table.column(name).combine_chunks().fill_null(-1).to_numpy() for name in reversed(by)]
        table = table.take(pa.array(np.lexsort(columns)))
    return table.combine_chunks()


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
            store_schema=False,
        )  # fmt: skip
        sink.flush()
        os.fsync(sink.fileno())
    return File(name, table.num_rows, path.stat().st_size, units)


def _link(file: File, path: Path, directory: Path, units: tuple[int, ...]) -> File:
    os.link(path, directory / file.name)
    return File(file.name, file.rows, file.bytes, units)
