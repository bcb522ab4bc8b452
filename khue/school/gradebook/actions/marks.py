"""Writing marks: the one way, for the grid, the paste, the file, the exam and the teacher's phone.

Each cell comes with what its author saw. A cell that holds something else by now is not written but given back with
what it holds (no silent overwrite); a locked cell is not written without an unlock; the others are. One audit entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from khue.kernel.actions import NotVisible, Work, action
from khue.kernel.files.models import StoredFile
from khue.kernel.statements import fetch
from khue.school.gradebook import cells, queries
from khue.school.gradebook.events import MarksEntered
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.models import OF_CLASS, MarkRow, Sheet
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.rules import averages, marks

FIELDS = ["marks", "sources", "comment", "average"]
LONGEST_COMMENT = 500
_TOUCH = """
update gradebook_sheet set filled = %s::smallint[], pupils = %s, touched_at = now(), touched_by_id = %s::bigint,
  version = version + 1
where id = %s returning id
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as its author saw it and wants it."""

    enrolment_id: int
    slot: int
    seen: int | None
    value: int | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as its author saw it and wants it."""

    enrolment_id: int
    seen: str
    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A cell that holds something else than its author saw."""

    enrolment_id: int
    slot: int  # -1: the comment
    now: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that was not written, and why."""

    enrolment_id: int
    slot: int
    message: str


@dataclass(slots=True)
class Outcome:
    """What became of each cell."""

    written: list[Cell] = field(default_factory=list)
    remarked: list[Remark] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    averages: dict[int, int | None] = field(default_factory=dict)
    filled: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A row on its way: what it was and what it becomes."""

    row: Row
    marks: list[int | None]
    sources: str
    comment: str


@action("gradebook.enter_marks", permission="gradebook.enter")
def enter_marks(
    work: Work, sheet: Sheet, *, cells: Sequence[Cell] = (), remarks: Sequence[Remark] = (), source: str = "k",
    reason: str = "", file: StoredFile | None = None,
) -> Outcome:  # fmt: skip
    """Write marks and comments of a course (TT 22/2021, TT 27/2020, TT 43/2021); `source` is a letter of cells.SOURCES.

    `file` is the file they came from, so that they can be taken back. Raises NotVisible when the sheet is the homeroom
    teacher's.
    """
    found = queries.all_frame(sheet.pk)
    if found.is_homeroom:
        raise NotVisible
    return write(work, sheet, found, cells, remarks, source, reason, file)


@action("gradebook.enter_class_marks", permission="gradebook.enter_class")
def enter_class_marks(
    work: Work, sheet: Sheet, *, cells: Sequence[Cell] = (), remarks: Sequence[Remark] = (), source: str = "k",
    reason: str = "", file: StoredFile | None = None,
) -> Outcome:  # fmt: skip
    """Write conduct, absences, qualities and competences of the homeroom teacher's class.

    Raises NotVisible when the sheet is a subject's.
    """
    found = queries.all_frame(sheet.pk)
    if not found.is_homeroom:
        raise NotVisible
    return write(work, sheet, found, cells, remarks, source, reason, file)


def write(
    work: Work, sheet: Sheet, found: Frame, wanted: Sequence[Cell], remarks: Sequence[Remark], source: str, reason: str,
    file: StoredFile | None = None,
) -> Outcome:  # fmt: skip
    """The writing itself, inside an action that has checked whose sheet it is."""
    rows = {row.enrolment_id: row for row in queries.all_rows(found)}
    outcome = Outcome()
    drafts: dict[int, Draft] = {}
    columns = queries.all_slots_of(found.columns)
    after_lock = 0
    for cell in wanted:
        row, column = rows.get(cell.enrolment_id), columns.get(cell.slot)
        if row is None or column is None:
            outcome.refusals.append(Refusal(cell.enrolment_id, cell.slot, _("Em này không còn trong lớp.")))
            continue
        draft = drafts.get(row.enrolment_id) or Draft(row, list(row.marks), row.sources, row.comment)
        now = draft.marks[cell.slot]
        if now == cell.value:
            outcome.written.append(cell)
            continue
        if now != cell.seen:
            outcome.clashes.append(Clash(row.enrolment_id, cell.slot, now))
            continue
        problem = why_not(found, row, column, now, cell.value, reason)
        if problem:
            outcome.refusals.append(Refusal(row.enrolment_id, cell.slot, problem))
            continue
        locked = found.locks.is_locked(column)
        after_lock += locked
        letter = cells.MADE_UP if now in (cells.MAKEUP, cells.ZEROED) and source == cells.TYPED else source
        draft.marks[cell.slot] = cell.value
        draft.sources = cells.with_source(draft.sources, cell.slot, letter, after_lock=locked)
        drafts[row.enrolment_id] = draft
        outcome.written.append(cell)
    for remark in remarks:
        row = rows.get(remark.enrolment_id)
        if row is None:
            outcome.refusals.append(Refusal(remark.enrolment_id, -1, _("Em này không còn trong lớp.")))
            continue
        text = cells.clean(remark.text)
        if row.comment == text:
            outcome.remarked.append(remark)
        elif row.comment != remark.seen:
            outcome.clashes.append(Clash(row.enrolment_id, -1, None, row.comment))
        elif len(text) > LONGEST_COMMENT:
            outcome.refusals.append(Refusal(row.enrolment_id, -1, _("Nhận xét dài nhất 500 chữ.")))
        elif row.status not in OF_CLASS:
            outcome.refusals.append(Refusal(row.enrolment_id, -1, _("Em này không còn học ở lớp.")))
        elif not found.locks.may_remark(row.enrolment_id):
            outcome.refusals.append(Refusal(row.enrolment_id, -1, _("Sổ đã khóa. Xin mở khóa để sửa.")))
        else:
            draft = drafts.setdefault(row.enrolment_id, Draft(row, list(row.marks), row.sources, row.comment))
            draft.comment = text
            outcome.remarked.append(remark)
    store(work, sheet, found, drafts.values(), outcome)
    if reason:
        work.reason = reason
    if file is not None:
        work.touch(file)
        work.note(file=file.name, sha256=file.sha256)
    work.note(source=source, written=len(outcome.written) + len(outcome.remarked))
    if outcome.clashes or outcome.refusals:
        work.note(clashes=len(outcome.clashes), refused=len(outcome.refusals))
    if after_lock:
        work.note(after_lock=after_lock, unlocks=sorted({one.unlock_id for one in found.openings}))
    if drafts:
        work.announce(MarksEntered(sheet.pk, tuple(drafts)))
    return outcome


def why_not(found: Frame, row: Row, column: Column, now: int | None, value: int | None, reason: str) -> str:
    """Why a cell may not become what is wanted; empty when it may."""
    if not found.locks.may_write(column, row.enrolment_id):
        if found.locks.is_closed:
            return _("Kết quả của lớp đã trình duyệt nên sổ đã khóa. Xin mở khóa để sửa.")
        day = found.locks.days[column.code].locks_on
        return _("Cột đã khóa từ %(day)s. Xin mở khóa để sửa.") % {"day": f"{day:%d/%m/%Y}"}
    if row.status not in OF_CLASS:
        return _("Em này không còn học ở lớp.")
    if not is_possible(column, value):
        return _("Giá trị này không ghi được vào cột %(column)s.") % {"column": column.label}
    if column.kind in cells.TESTED:
        refused = marks.move_problem(now, value)
        if refused is not None:
            return cells.told(refused)
    if cells.EXEMPT in (now, value) and now != value and not reason:
        return _("Ghi miễn hoặc bỏ miễn cần số quyết định của hiệu trưởng.")
    return ""


def is_possible(column: Column, value: int | None) -> bool:
    """Whether an integer means something in a column."""
    if value is None:
        return True
    if column.kind in cells.TESTED:
        assessed = marks.Assessed.COMMENTS if column.kind == Kind.PASS else marks.Assessed.MARKS
        return marks.is_cell(value, assessed) and not (column.kind == Kind.TEST and value > 0 and value % 10)
    if column.kind in cells.WORDS:
        return 0 <= value < len(cells.WORDS[column.kind]) or (
            column.kind == Kind.LEVEL and value == cells.EXEMPT
        )
    return 0 <= value <= cells.MOST[column.kind]


def average_of(found: Frame, values: Sequence[int | None]) -> int | None:
    """The term's average of a row in tenths, PASS or FAIL; None while a mark is open or where there is none."""
    if not found.has_average:
        return None
    row = [
        values[column.slot]
        for column in found.columns
        if column.is_required or values[column.slot] is not None
    ]
    if found.is_scored:
        weights = [c.weight for c in found.columns if c.is_required or values[c.slot] is not None]
        return averages.quick_average(row, weights)
    return averages.quick_comment(row, passes=2 if found.rule_set == "TT58_2011" else 3)


def open_the_wall() -> None:
    """Tell the database that an action of the gradebook writes marks in this transaction."""
    fetch("select set_config('khue.writes_marks', 'yes', true)")


def store(work: Work, sheet: Sheet, found: Frame, drafts: Iterable[Draft], outcome: Outcome) -> None:
    """Write rows as they are to be, with averages and counters; the wall is opened for this transaction."""
    changed: dict[int, tuple[list[object], list[object]]] = {}
    new: list[list[object]] = []
    filled = [*found.filled, *([0] * found.width)][: found.width]
    for draft in drafts:
        row = draft.row
        average = average_of(found, draft.marks)
        outcome.averages[row.enrolment_id] = average
        for column in found.columns:
            before, after = row.marks[column.slot], draft.marks[column.slot]
            if before != after:
                filled[column.slot] += cells.is_filled(after) - cells.is_filled(before)
        sources = draft.sources.ljust(found.width, cells.NOWHERE)
        if row.row_id is None:
            new.append(
                [sheet.pk, row.enrolment_id, row.person_id, draft.marks, sources, draft.comment, average]
            )
        else:
            changed[row.row_id] = (
                [row.marks, row.sources, row.comment, row.average],
                [draft.marks, sources, draft.comment, average],
            )
    outcome.filled = filled
    if not changed and not new:
        return
    open_the_wall()
    work.change_many(MarkRow, FIELDS, changed, is_touched=False)
    work.create_many(MarkRow, ["sheet_id", "enrolment_id", "person_id", *FIELDS], new, is_touched=False)
    fetch(_TOUCH, [filled, found.counted, work.actor.person_id, sheet.pk])
