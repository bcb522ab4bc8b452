"""Classes as the grids of courses need them, and what follows from a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khue.registry.roster.models import Classroom


@dataclass(frozen=True)
class Room:
    """A class of a school as the grids need it."""

    id: int
    name: str
    level: str
    grade: int
    campus: str
    has_courses: bool


def room_of(classroom: Classroom) -> list[Room]:
    """One class as the grids need it."""
    return [Room(classroom.pk, classroom.name, classroom.level, classroom.grade, "", True)]


def grades_of(rooms: Sequence[Room]) -> list[tuple[str, int, int]]:
    """Level, grade and number of classes."""
    found: dict[tuple[int, str], int] = {}
    for room in rooms:
        found[room.grade, room.level] = found.get((room.grade, room.level), 0) + 1
    return [(level, grade, count) for (grade, level), count in sorted(found.items())]


def empty_of(rooms: Sequence[Room]) -> list[Room]:
    """Classes with a programme and without any course yet."""
    return [room for room in rooms if not room.has_courses and room.level != "MN"]
