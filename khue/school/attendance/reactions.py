"""What roll call does when others announce: its own absences and leave, closures, schools that merge or part."""

from __future__ import annotations

from django.db import connection

from khue.kernel.actions import Work
from khue.kernel.org.events import UnitsMerged, UnitSplit
from khue.registry.calendar.events import ClassesClosed, ClassesReopened
from khue.school.attendance.actions.plans import follow_closure


def classes_closed(work: Work, event: ClassesClosed) -> None:
    """A roll called today before the closure was announced counts no more: nobody is expected on that day."""
    follow_closure(work, event.unit_id)


def classes_reopened(work: Work, event: ClassesReopened) -> None:
    """Where a closure of today is called off, the rolls called before it count again."""
    follow_closure(work, event.unit_id)


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
