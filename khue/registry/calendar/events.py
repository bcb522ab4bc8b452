"""What happens to the calendar, told to the modules that call rolls and reach people; ids only."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.actions import Event


@dataclass(frozen=True)
class ClassesClosed(Event):
    """There are no lessons at school for a unit and everything below it until it is opened again."""

    closure_id: int
    unit_id: int


@dataclass(frozen=True)
class ClosureExtended(Event):
    """A closure lasts to another day than was told."""

    closure_id: int
    unit_id: int


@dataclass(frozen=True)
class ClassesReopened(Event):
    """Lessons at school go on."""

    closure_id: int
    unit_id: int
