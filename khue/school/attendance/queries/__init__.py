"""Every read of roll call."""

from khue.school.attendance.queries.frames import (
    MarkRow,
    Room,
    SheetRow,
    all_marks,
    all_room,
    all_sheet,
    reaches,
    room,
)

__all__ = ["MarkRow", "Room", "SheetRow", "all_marks", "all_room", "all_sheet", "reaches", "room"]
