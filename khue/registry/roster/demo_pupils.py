"""A pupil and a household of a demo province while they are being made."""

from __future__ import annotations

from dataclasses import dataclass, field

from khue.kernel.demo.names import Family, Given
from khue.kernel.demo.plan import Room


@dataclass(slots=True)
class Household:
    """Grown-ups (id, relation) and the children they send to school."""

    family: Family
    group: str
    place: str
    adults: list[tuple[int, str]] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def has_room_for(self, year: int) -> bool:
        """Whether a child born in that year can belong here: two years from every other, three children at most."""
        return (
            len(self.years) < 3
            and all(abs(year - other) >= 2 for other in self.years)
            and (not self.years or abs(year - self.years[0]) <= 11)
        )

    def has_child_named(self, given: str) -> bool:
        """Whether a child of that given name is there already."""
        return given in self.names

    def add_child(self, year: int, given: str) -> None:
        """Count a child in."""
        self.years.append(year)
        self.names.append(given)


@dataclass(slots=True)
class Pupil:
    """A pupil of this year: who, and in which class from the first day."""

    person: int
    family: Family
    given: Given
    birth: str
    sex: int
    group: str
    room: Room
    place: int
    is_repeat: bool = False
    is_unplaced: bool = False
    enrolment: int = 0
    has_moved: bool = False
    is_protected: bool = False
    """Whether nothing happens to the pupil this year (the class of the cast)."""
