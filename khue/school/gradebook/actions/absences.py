"""Absences come from roll call where a class keeps it here: the homeroom teacher's sheet is filled, not typed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from khue.kernel.actions import NotVisible, Work, action
from khue.school.attendance.queries import all_kept
from khue.school.gradebook import cells, queries
from khue.school.gradebook.actions.marks import Cell, Outcome, write
from khue.school.gradebook.models import Sheet, SheetKind
from khue.school.gradebook.queries import Frame, Row

EXCUSED, UNEXCUSED = 1, 2  # slots of the sheet of conduct


@dataclass(frozen=True, slots=True)
class Difference:
    """A pupil whose typed figures are not those of roll call."""

    enrolment_id: int
    name: str
    typed: tuple[int | None, int | None]
    rolled: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rolled:
    """What roll call says of the pupils of a sheet of conduct: cells it fills, and where somebody typed otherwise."""

    wanted: tuple[Cell, ...]
    differences: tuple[Difference, ...]


def all_rolled(found: Frame, rows: Sequence[Row]) -> Rolled | None:
    """What roll call says beside a sheet of conduct; None where the class does not keep its roll here that term."""
    if found.kind != SheetKind.CONDUCT:
        return None
    kept = all_kept([found.classroom_id]).get(found.classroom_id)
    if kept is None or found.term not in kept.terms:
        return None
    wanted: list[Cell] = []
    differences: list[Difference] = []
    for row in rows:
        rolled = kept.of(row.enrolment_id, found.term)
        if rolled is None or not row.is_counted:
            continue
        other = False
        for slot, value in zip((EXCUSED, UNEXCUSED), rolled, strict=True):
            now = row.marks[slot]
            source, _changed = cells.source_of(row.sources, slot)
            if now == value:
                continue
            if now is None or source == cells.ROLLED:
                wanted.append(Cell(row.enrolment_id, slot, now, value))
            else:
                other = True
        if other:
            typed = (row.marks[EXCUSED], row.marks[UNEXCUSED])
            differences.append(Difference(row.enrolment_id, row.full_name, typed, rolled))
    return Rolled(tuple(wanted), tuple(differences))


@action("gradebook.fill_absences", permission="gradebook.enter_class")
def fill_absences(work: Work, sheet: Sheet, *, also_typed: bool = False) -> Outcome:
    """Fill the absences of a sheet of conduct from roll call; with `also_typed` figures typed otherwise give way.

    Raises NotVisible where the sheet is another or the class does not keep its roll here.
    """
    found = queries.all_frame(sheet.pk)
    rows = queries.all_rows(found)
    rolled = all_rolled(found, rows)
    if rolled is None:
        raise NotVisible
    wanted = list(rolled.wanted)
    if also_typed:
        for one in rolled.differences:
            pairs = zip((EXCUSED, UNEXCUSED), one.typed, one.rolled, strict=True)
            wanted += [
                Cell(one.enrolment_id, slot, typed, value) for slot, typed, value in pairs if typed != value
            ]
    unique: Final = {(cell.enrolment_id, cell.slot): cell for cell in wanted}
    return write(work, sheet, found, list(unique.values()), (), cells.ROLLED, "")
