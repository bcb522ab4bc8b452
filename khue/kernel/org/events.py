"""What happens to units, told to the modules that keep people and classes there; ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from khue.kernel.actions import Event


@dataclass(frozen=True)
class UnitOpened(Event):
    """A unit began to work."""

    unit_id: int
    on: date


@dataclass(frozen=True)
class UnitsMerged(Event):
    """Schools became one: classes, pupils, staff of `from_ids` belong to `into_id` from that day.

    Classes keep their ids; where two have one name, the one that comes gets a suffix until it is renamed. `campuses`
    pairs each former school that goes on as a campus with that campus, so that its classes can be placed there.
    """

    from_ids: tuple[int, ...]
    into_id: int
    on: date
    campuses: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class UnitSplit(Event):
    """Part of a school became a school of its own: what is taught at `campus_ids` belongs to `new_id` from that day."""

    unit_id: int
    new_id: int
    campus_ids: tuple[int, ...]
    on: date


@dataclass(frozen=True)
class UnitClosed(Event):
    """A unit is to stop working; who still keeps pupils or staff there raises a DomainError and it does not."""

    unit_id: int
    on: date


@dataclass(frozen=True)
class TreeConverted(Event):
    """The tree changed its model: offices of districts gave way to communes."""

    department_id: int
    on: date
