"""Every read of roll call."""

from khue.school.attendance.queries.counting import Kept, all_absences, all_kept
from khue.school.attendance.queries.frames import (
    MarkRow,
    Room,
    SheetRow,
    all_marks,
    all_opening,
    all_room,
    all_rooms,
    all_sheet,
    all_target,
    partners,
    reaches,
    room,
)
from khue.school.attendance.queries.leaves import ChildDay, day_of
from khue.school.attendance.queries.several import all_rolls, all_rooms_on

__all__ = [
    "ChildDay",
    "Kept",
    "MarkRow",
    "Room",
    "SheetRow",
    "all_absences",
    "all_kept",
    "all_marks",
    "all_opening",
    "all_rolls",
    "all_room",
    "all_rooms",
    "all_rooms_on",
    "all_sheet",
    "all_target",
    "day_of",
    "partners",
    "reaches",
    "room",
]  # fmt: skip
