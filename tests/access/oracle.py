"""Who sees what, said a second time in plain Python from the rules alone; knows nothing of the code under test.

The rules (house, ideas 3 and 5; rules 13): a right is a permission at a scope; at a unit it holds for everything
below; rights last from the day they start until the day before they end; they follow from posts, homerooms, teaching,
guardianship and being enrolled. A pupil belongs to the campus and the school of the enrolment and to its class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

OVERSEERS = {"administrator", "department_leader", "department_officer", "office_officer"}
OFFICE = {"principal", "vice_principal", "clerk"}
TEACHERS = {"homeroom_teacher", "subject_teacher", "class_teacher"}
HOLDERS = {
    "roster.view_list": OVERSEERS | OFFICE | TEACHERS,
    "roster.view_profile": OVERSEERS | OFFICE | {"homeroom_teacher", "guardian", "pupil"},
    "roster.view_family": OFFICE | {"homeroom_teacher", "guardian", "pupil"},
    "roster.view_classes": OVERSEERS | OFFICE | TEACHERS,
    "roster.roll_over": {"principal", "vice_principal"},
    "curriculum.view_assignments": OVERSEERS | OFFICE | TEACHERS,
    "staff.view": OVERSEERS | OFFICE,
    "org.view": OVERSEERS | OFFICE,
}


@dataclass
class Span:
    """From a day until before another; None never ends."""

    starts: date
    ends: date | None

    def holds(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day < self.ends)


@dataclass
class Right:
    """A record from which a right follows: who, as what, over what."""

    person: int
    role: str
    kind: str  # unit, class, course, person
    over: int
    span: Span
    is_valid: bool = True  # a guardianship under restriction, an enrolment that is no longer the current one


@dataclass
class Row:
    """What the tree holds: the unit it lies at, and the class, course and person it belongs to."""

    unit: int | None = None
    classroom: int | None = None
    course: int | None = None
    person: int | None = None


@dataclass
class Tree:
    """A province."""

    above: dict[int, int | None] = field(default_factory=dict)  # unit -> the unit above
    rights: dict[tuple[str, int], list[Right]] = field(default_factory=dict)  # by record
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)  # by table

    def chain(self, unit: int | None) -> set[int]:
        """A unit and everything above it."""
        found: set[int] = set()
        while unit is not None:
            found.add(unit)
            unit = self.above[unit]
        return found

    def reaches(self, right: Right, row: Row) -> bool:
        match right.kind:
            case "unit":
                return right.over in self.chain(row.unit)
            case "class":
                return right.over == row.classroom
            case "course":
                return right.over == row.course
        return right.over == row.person

    def rights_on(self, day: date) -> list[Right]:
        every = [right for some in self.rights.values() for right in some]
        return [right for right in every if right.is_valid and right.span.holds(day)]

    def sees(self, person: int, permission: str, table: str, day: date) -> set[int]:
        """The keys of the rows of a table that somebody reaches."""
        own = [
            right
            for right in self.rights_on(day)
            if right.person == person and right.role in HOLDERS[permission]
        ]
        return {key for key, row in self.rows[table].items() if any(self.reaches(one, row) for one in own)}

    def seen_by(self, permission: str, row: Row, day: date) -> set[int]:
        """Everybody who reaches a row."""
        return {
            right.person
            for right in self.rights_on(day)
            if right.role in HOLDERS[permission] and self.reaches(right, row)
        }
