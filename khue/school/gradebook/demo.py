"""Sheets and marks of a demo province, made by the database itself from the rows of the registry."""

from __future__ import annotations

from django.db import connection

from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.school.gradebook import (
    demo_courses,
    demo_days,
    demo_marks,
    demo_offline,
    demo_plants,
    demo_results,
    demo_sheets,
)


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Sheets of every class with marks: both terms whole in a province; as of late November in the small one."""
    if size.has_history:
        demo_courses.last_year()
    demo_marks.plan_pupils(seed)
    shapes = demo_sheets.plan_sheets(size, seed)
    demo_marks.write(loader, shapes, seed)
    if size.has_cast:
        demo_plants.plant()
        demo_plants.ask(loader)
        demo_offline.plant()
    demo_marks.count_filled()
    demo_sheets.write(loader)
    demo_days.write(loader)
    with connection.cursor() as cursor:
        cursor.execute("drop table demo_sheet, demo_pupil")
    loader.end()
    if size.has_cast:
        demo_plants.find(loader)
        loader.end()
    if size.has_history:
        demo_results.last_year(loader)
    demo_days.count(loader)
