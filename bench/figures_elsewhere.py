"""The same questions about figures asked of Khuê's columnar copy, of PostgreSQL directly, and of Polars.

Polars is no part of Khuê; put it beside it for this script only, then name a data folder that has a copy:

    uv pip install --target /tmp/polars polars
    KHUE_VAR=var PYTHONPATH=/tmp/polars .venv/bin/python bench/figures_elsewhere.py

One line of JSON a question: CPU seconds of each, and how many times Khuê's the others take. Whoever reads the files
(Khuê, Polars) is asked five times and the least counts; PostgreSQL twice, its long questions once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import django
import orjson

ROUNDS: Final = 5
LONG: Final = 10.0  # seconds
NAMES: Final = ("drill_live", "drill_live_office", "pivot_live", "pivot_live_marks")
# Offices stand directly above their schools; what the copy calls `units`.
PLACES: Final = "(select id, parent_id as office from org_unit)"


def main() -> int:
    """0 when every question was asked everywhere, 1 when something needed is not here."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khue.config.settings")
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    django.setup()
    try:
        import polars
    except ImportError:
        print("polars is not here: see the head of this script", file=sys.stderr)
        return 1
    from django.db import connection

    from khue.command.ioc.bench_live import ASKED, at_hand, written
    from khue.kernel.bench.measuring import Meter
    from khue.kernel.indicators import catalogue, computing, jobs
    from khue.kernel.indicators.copying import generations

    generation = generations.current()
    if generation is None:
        print("no columnar copy here: run khue indicators refresh first", file=sys.stderr)
        return 1
    year, meter = jobs.year_now(), Meter()
    for asked in (one for one in ASKED if one.name in NAMES):
        units, question = at_hand(asked, generation, year)
        fact = catalogue.facts()[asked.fact]
        rows = written(asked, f"({fact.sql.replace('{only}', '')}) f", PLACES, year, units)

        def of_database(sql: str = rows) -> Any:
            with connection.cursor() as cursor:
                cursor.execute(sql.replace("%", "%%"), ())
                return cursor.fetchall()

        paths = [str(path) for path in generation.paths(asked.fact, frozenset(units) if units else None)]
        frames = {"f": polars.scan_parquet(paths), "places": polars.scan_parquet(str(generation.units))}
        sql = written(asked, "f", "places", year, units)
        ours = _cheapest(lambda question=question: computing.answer(question), time.process_time)  # type: ignore[misc]
        lazy = _cheapest(
            lambda frames=frames, sql=sql: polars.SQLContext(frames).execute(sql, eager=True),  # type: ignore[misc]
            time.process_time,
        )
        direct = _cheapest(of_database, meter.cpu, rounds=2)
        line = {
            "name": asked.name, "khue_s": round(ours, 4), "polars_s": round(lazy, 4), "postgresql_s": round(direct, 3),
            "polars_ratio": round(lazy / ours, 1), "postgresql_ratio": round(direct / ours, 1),
        }  # fmt: skip
        print(orjson.dumps(line).decode(), flush=True)
    computing.close()
    return 0


def _cheapest(work: Callable[[], Any], clock: Callable[[], float], *, rounds: int = ROUNDS) -> float:
    """The least CPU seconds of some rounds, the first of which warms up; a long one is asked once."""
    took: list[float] = []
    for _turn in range(rounds + 1):
        before = clock()
        work()
        took.append(clock() - before)
        if took[-1] > LONG:
            break
    return min(took[1:] or took)


if __name__ == "__main__":
    sys.exit(main())
