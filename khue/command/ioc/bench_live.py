"""What figures asked live cost: typical drill-downs and pivots, asked of an analytics process over the line.

The baseline is the same question written by hand in the engine's own SQL, on the same files, in the same run, with as
many processors. Of several rounds the cheapest counts: on a shared machine everything above it is the neighbours'.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import TICK, CannotMeasureError, Cost, Result
from khue.kernel.indicators import computing, jobs, line
from khue.kernel.indicators.copying import generations
from khue.kernel.indicators.copying.generations import Generation
from khue.kernel.indicators.declare import Question
from khue.lib import private_line

ROUNDS: Final = 5
CALLS: Final = 4  # in a round: the CPU of another process is told in hundredths of a second
PATIENCE: Final = 60.0
PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Asked:
    """A question, and how somebody would write it by hand over the facts it reads: {fact} and {places} stand for
    the files, {year} for the school year, {in_reach} for the rows of that year and of the units in reach."""

    name: str
    question: Question
    fact: str
    by_hand: str
    reach: str = "province"  # or 'office', 'school'


_PUPILS: Final = "roster.pupils"
ASKED: Final = (
    Asked(
        "drill_live", Question((_PUPILS,), 0, ("unit",)), "roster.enrolments",
        "select unit_id, count(*) filter (where is_pupil) from {fact} where year in (0, {year}) group by 1",
    ),
    Asked(
        "drill_live_office", Question((_PUPILS,), 0, ("unit", "grade")), "roster.enrolments",
        "select unit_id, grade, count(*) filter (where is_pupil) from {fact} where {in_reach} group by 1, 2", "office",
    ),
    Asked(
        "drill_live_class", Question(("gradebook.mark_mean",), 0, ("class",)), "gradebook.marks",
        "select class_id, sum(total), sum(entered) from {fact} where {in_reach} group by 1", "school",
    ),
    Asked(
        "pivot_live", Question((_PUPILS, "roster.girls"), 0, ("office", "grade")), "roster.enrolments",
        "select u.office, e.grade, sum(e.n), sum(e.girls) from (select unit_id, grade,"
        " count(*) filter (where is_pupil) n, count(*) filter (where is_pupil and sex = 2) girls"
        " from {fact} where year in (0, {year}) group by 1, 2) e join {places} u on u.id = e.unit_id group by 1, 2",
    ),
    Asked(
        "pivot_live_marks", Question(("gradebook.mark_mean",), 0, ("grade", "subject")), "gradebook.marks",
        "select grade, subject, sum(total), sum(entered) from {fact} where year in (0, {year}) group by 1, 2",
    ),
)  # fmt: skip


@bench("drill_live", group="indicators")
def drill_live(run: Run) -> Iterator[Result]:
    """Drill-downs and pivots of the province, of an office and of a school; `n` is the cells that come back.

    The last line is the memory of the analytics process at its highest: `n` in MiB.
    """
    generation = generations.current()
    if generation is None:
        raise CannotMeasureError("chưa có bản chép số liệu; chạy khue indicators refresh trước.")
    year = jobs.year_now()
    with _analytics() as (place, pid), _by_hand(generation) as hand:
        for asked in ASKED:
            units, question = at_hand(asked, generation, year)
            sql = _over_files(asked, generation, year, units)
            cells = len(line.ask(place, question))
            if cells < len(hand(sql)):
                raise CannotMeasureError(f"{asked.name}: câu viết tay cho nhiều ô hơn.")
            cost, plain = _cheapest(
                (partial(line.ask, place, question), lambda: _cpu_of(pid) + time.process_time()),
                (partial(hand, sql), time.process_time),
            )
            yield Result(
                asked.name, cost.cpu_ms, cost.wall_ms, cells, plain.cpu_ms, cost.cpu_ms / max(plain.cpu_ms, 0.001),
                "SQL viết tay", "ô",
            )  # fmt: skip
        peak = _peak(pid)
    yield Result("analytics_memory", 0.0, 0.0, peak, note="MiB bộ nhớ cao nhất")


def _cheapest(*works: tuple[Callable[[], Any], Callable[[], float]]) -> list[Cost]:
    """The least CPU and the least wall time of each work, in turn: what disturbs one disturbs the other."""
    found: list[list[Cost]] = [[] for _work in works]
    for turn in range(ROUNDS + 1):
        for at, (work, clock) in enumerate(works):
            cpu, wall = clock(), time.perf_counter()
            for _call in range(CALLS if turn else 1):
                work()
            if turn:  # the first one warms up
                found[at].append(
                    Cost((clock() - cpu) * 1000 / CALLS, (time.perf_counter() - wall) * 1000 / CALLS)
                )
    return [Cost(min(c.cpu_ms for c in costs), min(c.wall_ms for c in costs)) for costs in found]


def _units(generation: Generation, asked: Asked) -> tuple[int, ...] | None:
    """The units in reach: None of the province, all of its largest office, a school in the middle."""
    if asked.reach == "province":
        return None
    from khue.kernel.indicators.copying import tree

    places = [place for place in tree.read(str(generation.units)) if place.kind == "school"]
    if asked.reach == "school":
        return (places[len(places) // 2].id,)
    offices: dict[int, list[int]] = {}
    for place in places:
        offices.setdefault(place.office, []).append(place.id)
    return tuple(max((len(ids), ids) for ids in offices.values())[1])


def at_hand(asked: Asked, generation: Generation, year: int) -> tuple[tuple[int, ...] | None, Question]:
    """The units in reach of a question, and the question about them in a school year."""
    units = _units(generation, asked)
    return units, replace(asked.question, year=year, units=units)


def written(asked: Asked, fact: str, places: str, year: int, units: tuple[int, ...] | None) -> str:
    """The question by hand over a fact and the units, as somebody names them in SQL."""
    return asked.by_hand.format(
        fact=fact, places=places, year=year,
        in_reach=f"year in (0, {year}) and unit_id in ({', '.join(str(unit) for unit in units or ())})",
    )  # fmt: skip


def _over_files(asked: Asked, generation: Generation, year: int, units: tuple[int, ...] | None) -> str:
    """The same over the files; whoever writes it knows which of them hold the units, too."""
    paths = generation.paths(asked.fact, frozenset(units) if units is not None else None)
    files = ", ".join(f"'{path}'" for path in paths)
    return written(asked, f"read_parquet([{files}])", f"read_parquet('{generation.units}')", year, units)


@contextmanager
def _by_hand(generation: Generation) -> Iterator[Callable[[str], list[Any]]]:
    """A plain connection with the engine's own bounds; the generation cannot be removed meanwhile."""
    import duckdb

    from khue.kernel.indicators.engines.embedded import MEMORY, THREADS

    held = generations.hold(generation)
    plain = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})
    plain.execute("set parquet_metadata_cache = true")
    try:
        yield lambda sql: plain.execute(sql).fetchall()
    finally:
        plain.close()
        os.close(held)
        computing.close()


@contextmanager
def _analytics() -> Iterator[tuple[str, int]]:
    """An analytics process of the bench's own: where it listens, its number."""
    with TemporaryDirectory(prefix="khue-bench-") as folder:
        place = Path(folder) / "analytics" / "line"
        with private_line.listen(place) as door:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", "khue", "analytics", "--line", str(door.fileno())],
                stdin=subprocess.DEVNULL, pass_fds=[door.fileno()],
            )  # fmt: skip
            try:
                yield str(place), process.pid
            finally:
                process.terminate()
                process.wait(PATIENCE)


def _cpu_of(pid: int) -> float:
    """CPU seconds of all threads of a process so far, those that have ended with them."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _peak(pid: int) -> int:
    """The most memory the process has had, in MiB."""
    for row in (PROC / str(pid) / "status").read_text().splitlines():
        if row.startswith("VmHWM:"):
            return int(row.split()[1]) >> 10
    return 0
