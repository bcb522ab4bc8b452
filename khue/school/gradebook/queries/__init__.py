"""Every read of the gradebook."""

from khue.school.gradebook.queries.frames import (
    Frame,
    all_frame,
    all_slots_of,
    frame,
    may_enter,
    reaches,
    sheet,
    target,
)
from khue.school.gradebook.queries.grid import Row, all_rows

__all__ = [
    "Frame",
    "Row",
    "all_frame",
    "all_rows",
    "all_slots_of",
    "frame",
    "may_enter",
    "reaches",
    "sheet",
    "target",
]  # fmt: skip
