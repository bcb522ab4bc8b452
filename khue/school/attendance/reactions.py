"""What roll call does when others announce: its own absences and leave, schools that merge or part."""

from __future__ import annotations

from django.db import connection

from khue.kernel.actions import Work
from khue.kernel.org.events import UnitsMerged, UnitSplit


def units_merged(work: Work, event: UnitsMerged) -> None:
    """Rolls belong to the school their classes belong to."""
    _move(event.into_id)


def unit_split(work: Work, event: UnitSplit) -> None:
    """Rolls of the classes that part go with them."""
    _move(event.new_id)


def _move(school_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update attendance_sheet t set school_id = k.school_id, campus_id = k.campus_id from roster_classroom k "
            "where k.id = t.classroom_id and k.school_id = %s and t.school_id <> k.school_id",
            [school_id],
        )
