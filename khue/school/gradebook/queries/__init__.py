"""Every read of the gradebook."""

from khue.school.gradebook.queries.frames import (
    Frame,
    all_frame,
    frame,
    may_enter,
    reaches,
    sheet,
    slots_of,
    target,
)
from khue.school.gradebook.queries.grid import Row, all_rows

__all__ = [
    "Frame", "Row", "all_frame", "all_rows", "frame", "may_enter", "reaches", "sheet", "slots_of", "target",
]  # fmt: skip
