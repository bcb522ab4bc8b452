"""What happens to courses, told to whoever lists a reaction; ids only."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.actions import Event


@dataclass(frozen=True)
class CoursesChanged(Event):
    """Classes got, lost or changed courses."""

    classroom_ids: tuple[int, ...]
