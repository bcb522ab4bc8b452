"""What staff records tell others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from khue.kernel.actions import Event


@dataclass(frozen=True)
class StaffLeft(Event):
    """A member of staff left a unit from a day on: for good, or on leave for a time."""

    person_id: int
    unit_id: int
    on: date
    for_good: bool = True


@dataclass(frozen=True)
class StaffReturned(Event):
    """A member of staff returned from leave."""

    person_id: int
    unit_id: int
    on: date
