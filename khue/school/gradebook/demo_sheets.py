"""The sheets of every class of a demo province, as `sheets.pages_of` asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from khue.kernel.demo.loading import Loader
from khue.school.gradebook.sheets import FIELDS, pages_of

_CLASSES = """
select k.id, k.level, k.grade, k.year_id, k.school_id, c.id, c.periods_a_year, c.assessed_by, p.periods_a_year
from roster_classroom k
left join curriculum_course c on c.classroom_id = k.id
left join curriculum_subject_plan p on p.subject_id = c.subject_id and p.level = k.level and p.grade = k.grade
  and p.kind <> 'topic' and p.valid_from <= k.year_id and (p.valid_to is null or p.valid_to > k.year_id)
order by k.id, c.id
"""
_AT_ONCE = 20_000


def write(loader: Loader) -> None:
    """COPY the sheets of every class."""
    lines: list[str] = []
    for number, row in enumerate(_rows(), start=1):
        year, school, room, course, kind, term, code, regular, topic = row
        lines.append(
            f"{number}\t{year}\t{school}\t{room}\t{course or NULL}\t{kind}\t{term}\t{code}\t{regular}\t"
            f"{'t' if topic else 'f'}\t0\t{{}}\t0\t1\n"
        )
        if len(lines) == _AT_ONCE:
            _hand(loader, lines)
    _hand(loader, lines)


def _hand(loader: Loader, lines: list[str]) -> None:
    columns = ["id", *FIELDS, "pupils", "filled", "published", "version"]
    loader.write("gradebook_sheet", columns, "".join(lines).encode(), len(lines))
    lines.clear()


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_CLASSES)
        found = cursor.fetchall()
    for (room, level, grade, year, school), group in groupby(found, key=lambda row: row[:5]):
        courses = [row[5:] for row in group if row[5] is not None]
        for page in pages_of(level, grade, year, courses):
            yield (
                year, school, room, page.course_id, str(page.kind), page.term, page.rule_set, page.regular,
                page.has_topic,
            )  # fmt: skip


NULL = "\\N"
