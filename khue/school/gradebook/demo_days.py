"""The days of a demo province's columns, and the figures of its schools as of the demo's day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import connection

from khue.kernel.demo.engine import cell
from khue.kernel.demo.loading import Loader
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook.actions import figures
from khue.school.gradebook.demo_pace import OF_DEPARTMENT, OF_SCHOOLS

NOW: Final = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_COLUMNS: Final = ("id", "unit_id", "year_id", "term", "column", "due_on", "locks_on", "version")
_SCHOOLS_AT_ONCE: Final = 100


def write(loader: Loader) -> None:
    """Days of the department for every school, and of the schools that have their own."""
    with connection.cursor() as cursor:
        cursor.execute("select id from org_unit where parent_id is null order by id limit 1")
        (department,) = cursor.fetchone()
        cursor.execute("select code, id from org_unit where code = any(%s)", [list(OF_SCHOOLS)])
        schools = dict(cursor.fetchall())
    wanted = [(department, *when, days) for when, days in OF_DEPARTMENT.items()]
    wanted += [(schools[code], YEAR, 1, days) for code, days in OF_SCHOOLS.items() if code in schools]
    rows = [
        (unit, year, term, column, due, locks, 1)
        for unit, year, term, days in wanted
        for column, (due, locks) in days.items()
    ]
    lines = "".join(
        "\t".join([str(n), *map(cell, row)]) + "\n" for n, row in enumerate(rows, start=1)
    )  # fmt: skip
    loader.write("gradebook_deadline", _COLUMNS, lines.encode(), len(rows))


def count(loader: Loader) -> None:
    """How far every school is, term by term, as the job would have counted it on the demo's day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select year_id, term, array_agg(distinct school_id) from gradebook_sheet group by 1, 2 order by 1, 2"
        )
        found = cursor.fetchall()
    for year, term, schools in found:
        shapes = figures.shapes_of(year, term)
        for first in range(0, len(schools), _SCHOOLS_AT_ONCE):
            part = schools[first : first + _SCHOOLS_AT_ONCE]
            rows = figures.refresh(part, year, term, now=NOW, shapes=shapes)
            loader.rows += rows
            name = "gradebook_school_progress"
            loader.counts[name] = loader.counts.get(name, 0) + rows
