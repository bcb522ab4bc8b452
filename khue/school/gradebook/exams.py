"""The way by which the marks of a common exam come into the gradebook, and the proof that both say the same (D3).

What an exams module does, sheet by sheet (a subject of a class in a term):

    outcome = exams.bring_exam_marks(actor, sheet, column="ck", marks={enrolment_id: 85}, exam="KT-HK1-2026/TOAN/8")
    exams.differences(sheet.pk, column="ck", marks=...)   # empty: reconciled to nought

Marks are in the column's own numbers (tenths; `cells.ABSENT` for who did not sit it). They fill empty cells; a cell
that holds something else comes back as a clash and is written only when the caller has seen it (`over`). Locks hold
as for everybody. Each cell says that an exam brought it; the audit entry names the exam. The same marks
sent twice are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.school.gradebook import cells, queries
from khue.school.gradebook.actions.marks import Cell, Outcome, write
from khue.school.gradebook.layout import Column
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import Frame
from khue.school.gradebook.queries.history import Change, last_changes

Marks = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A pupil whose exam and gradebook say different things, and who made it so."""

    enrolment_id: int
    name: str
    exam: int | None
    book: int | None
    came_by: str  # a letter of cells.SOURCES
    change: Change | None  # who changed the cell last, when, why

    @property
    def is_signed(self) -> bool:
        """Whether the record names who put another value there, and why."""
        return self.change is not None and bool(self.change.who and self.change.reason)


@action("gradebook.bring_exam_marks", permission="gradebook.bring_exam_marks")
def bring_exam_marks(
    work: Work, sheet: Sheet, *, column: str, marks: Marks, exam: str, over: Marks | None = None
) -> Outcome:
    """Write the marks of an exam into a column; `marks` by enrolment, `over` what the caller saw in filled cells.

    Raises DomainError for a column that takes no exam marks or an exam without a name, NotVisible for a homeroom sheet.
    """
    found = queries.all_frame(sheet.pk)
    if found.is_homeroom:
        raise NotVisible
    slot = _column(found, column).slot
    if not exam.strip():
        raise DomainError(_("Ghi điểm từ kì kiểm tra cần tên kì kiểm tra."))
    seen = over or {}
    wanted = [Cell(enrolment, slot, seen.get(enrolment), value) for enrolment, value in marks.items()]
    work.note(exam=exam, column=column)
    return write(work, sheet, found, wanted, [], cells.EXAM, exam[:300])


def differences(sheet_id: int, *, column: str, marks: Marks) -> list[Difference]:
    """Every pupil whose cell is not what the exam says, and every cell an exam brought that the exam does not know."""
    found = queries.all_frame(sheet_id)
    slot = _column(found, column).slot
    rows = {row.enrolment_id: row for row in queries.all_rows(found)}
    odd = {pk: value for pk, value in marks.items() if pk not in rows or rows[pk].marks[slot] != value}
    for pk, row in rows.items():
        if (
            pk not in marks
            and row.marks[slot] is not None
            and cells.source_of(row.sources, slot)[0] == cells.EXAM
        ):
            odd[pk] = None
    changes = last_changes(found, [(pk, slot) for pk in odd], limit=200)
    shown = []
    for pk, value in odd.items():
        row_found = rows.get(pk)
        shown.append(
            Difference(
                pk,
                row_found.full_name if row_found else "",
                value,
                row_found.marks[slot] if row_found else None,
                cells.source_of(row_found.sources, slot)[0] if row_found else cells.NOWHERE,
                changes.get((pk, slot)),
            )
        )
    return shown


def _column(found: Frame, code: str) -> Column:
    column = next((one for one in found.columns if one.code == code and one.kind in cells.TESTED), None)
    if column is None:
        raise DomainError(_("Sổ này không có cột %(column)s để nhận điểm kiểm tra.") % {"column": code})
    return column
