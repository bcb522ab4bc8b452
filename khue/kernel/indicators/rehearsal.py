"""The national rehearsal: provinces made from this one lie side by side; what questions cost as they grow.

`khue indicators rehearse --provinces 1,4,16,34` copies the current generation that many times with every id moved, as
cells of a nation would lie beside each other, and asks both engines the same questions. It says for each size what the
copy takes on the disk, how long each question takes, and whether the engines agree. It writes only into its own folder.
"""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.indicators import catalogue, computing
from khue.kernel.indicators.copying import CopyError, extract, generations, tree
from khue.kernel.indicators.copying.generations import FactCopy, File, Generation, Manifest
from khue.kernel.indicators.declare import Cell, Question
from khue.kernel.indicators.engines import Engine

APART: Final = 1_000_000_000  # between the ids of two provinces: no province has as many
LONG: Final = 30.0  # seconds: what takes longer is asked once, not twice
Opener = Callable[[Generation], Engine]


@dataclass
class Measured:
    """One size of nation on one engine."""

    engine: str
    provinces: int
    rows: int
    mebibytes: int
    opened_s: float
    peak_mib: int
    questions: dict[str, float] = field(default_factory=dict)  # seconds of wall time, the best
    cells: dict[str, int] = field(default_factory=dict)


def questions(year: int, names: Sequence[str], one_office: int) -> dict[str, Question]:
    """What a ministry would ask: all figures by province, some by office, all of one commune."""
    every = tuple(names)
    return {
        "all figures by province": Question(every, year, by=("department",)),
        "all figures by office": Question(every, year, by=("office",)),
        "all figures of one office by school": Question(
            every, year, by=("unit",), where={"office": (one_office,)}
        ),
    }


def nation(base: Generation, provinces: int, place: Path) -> Generation:
    """A generation of that many provinces: the base's files with all ids moved, one set of files a province.

    Provinces already in `place` are kept, so growing costs only the new ones.
    """
    place.mkdir(parents=True, exist_ok=True)
    facts: dict[str, FactCopy] = {}
    for name, copy in base.manifest.facts.items():
        files: list[File] = []
        for number in range(provinces):
            for file in copy.files:
                moved = f"p{number:02}.{file.name}"
                if not (place / moved).exists():
                    _move(base.path / file.name, place / moved, number)
                size = (place / moved).stat().st_size
                files.append(
                    File(moved, file.rows, size, tuple(unit + number * APART for unit in file.units))
                )
        facts[name] = FactCopy(copy.declared, copy.rows * provinces, tuple(files))
    units = [_moved_place(one, number) for number in range(provinces) for one in tree.read(str(base.units))]
    tree.write(units, str(place / "units.parquet"))
    (place / generations.HELD).touch()
    manifest: Manifest = replace(base.manifest, generation=place.name, facts=facts)
    return Generation(place, manifest)


def _move(source: Path, target: Path, number: int) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    by = number * APART
    fresh = target.with_suffix(".new")
    with pq.ParquetFile(source) as file:
        schema = pa.schema([_wide(each) for each in file.schema_arrow])
        with pq.ParquetWriter(fresh, schema, compression="zstd") as writer:
            for batch in file.iter_batches(batch_size=200_000):
                columns = [
                    pc.add(pc.cast(column, pa.int64()), by) if _is_id(each) else column
                    for each, column in zip(batch.schema, batch.columns, strict=True)
                ]
                writer.write_batch(pa.record_batch(columns, schema=schema))
    fresh.rename(target)


def _is_id(column: Any) -> bool:
    """Whether a column holds ids that differ between provinces (a subject's code does not)."""
    import pyarrow as pa

    return bool(column.name.endswith("_id") and pa.types.is_integer(column.type))


def _wide(column: Any) -> Any:
    import pyarrow as pa

    return pa.field(column.name, pa.int64()) if _is_id(column) else column


def _moved_place(one: tree.Place, number: int) -> tree.Place:
    by = number * APART

    def move(pk: int) -> int:
        return pk + by if pk else 0

    return replace(
        one, id=move(one.id), parent=move(one.parent), school=move(one.school), office=move(one.office),
        department=move(one.department), path="/" + "/".join(str(move(pk)) for pk in one.above) + "/",
    )  # fmt: skip


def measure(
    generation: Generation, provinces: int, engine: str, opener: Opener, asked: dict[str, Question]
) -> tuple[Measured, dict[str, list[Cell]]]:
    """Every question twice on a fresh engine (long ones once); the answers, to be compared with another engine's."""
    started = time.perf_counter()
    running = opener(generation)
    opened = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    found = Measured(
        engine, provinces, generation.manifest.rows, generation.manifest.bytes >> 20, opened, peak
    )
    answers: dict[str, list[Cell]] = {}
    try:
        for words, question in asked.items():
            times: list[float] = []
            while len(times) < 2 and sum(times) < LONG:
                started = time.perf_counter()
                answers[words] = computing.answer(question, over=running)
                times.append(time.perf_counter() - started)
            found.questions[words] = round(min(times), 3)
            found.cells[words] = len(answers[words])
        found.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    finally:
        running.close()
    return found, answers


@contextmanager
def ground(place: Path) -> Iterator[Path]:
    """The rehearsal's own folder, gone afterwards."""
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def rehearse(
    sizes: Sequence[int], engines: Mapping[str, Opener], place: Path, year: int
) -> Iterator[dict[str, Any]]:
    """A line for each size and engine, and for each size whether the engines' answers are the same."""
    base = generations.current()
    if base is None:
        raise CopyError(_("Chưa có bản chép số liệu."))
    copied = {
        name
        for name, fact in catalogue.facts().items()
        if name in base.manifest.facts and base.manifest.facts[name].declared == extract.digest(fact)
    }
    names = [
        one.name
        for one in catalogue.indicators().values()
        if all(part.fact in copied for part in (one.top, one.bottom) if part is not None)
    ]
    office = next(each.office for each in tree.read(str(base.units)) if each.kind == "school")
    asked = questions(year, names, office)
    with ground(place) as here, generations.holding(base):
        for size in sizes:
            generation = nation(base, size, here / "nation")
            answers = []
            for name, opener in engines.items():
                measured, said = measure(generation, size, name, opener, asked)
                answers.append(said)
                yield asdict(measured)
            if len(answers) > 1:
                yield {"provinces": size, "engines_agree": all(same(one, answers[0]) for one in answers[1:])}


def same(one: dict[str, list[Cell]], other: dict[str, list[Cell]]) -> bool:
    """Whether two engines gave the same cells; sums of fractions may differ in their last bits."""

    def near(a: float | None, b: float | None) -> bool:
        return a == b or (a is not None and b is not None and abs(a - b) <= 1e-9 * max(abs(a), abs(b)))

    return one.keys() == other.keys() and all(
        len(one[words]) == len(other[words])
        and all(
            (a.indicator, a.at) == (b.indicator, b.at) and near(a.top, b.top) and near(a.bottom, b.bottom)
            for a, b in zip(one[words], other[words], strict=True)
        )
        for words in one
    )
