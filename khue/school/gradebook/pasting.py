"""A block from Excel laid over a sheet: the rules' preview, each column's own reading, the locks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from khue.school.gradebook import cells
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.queries.grid import Row
from khue.school.gradebook.rules import blocks, words
from khue.school.gradebook.rules.block_layout import Grid, GridColumn, GridPupil
from khue.school.gradebook.rules.blocks import BlockWarning, CellKind, PastedCell, PastedRow, Preview
from khue.school.gradebook.rules.marks import Assessed

LONGEST: Final = 200_000  # characters of a block


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of the preview as the page shows it."""

    kind: str  # a CellKind; empty where the block has no such cell
    old: str = ""
    new: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the preview."""

    number: int
    name: str  # in the block
    pupil: str  # in the class
    shown: tuple[Shown, ...]
    notes: tuple[str, ...]
    kinds: str  # the kinds of its cells, for the filter
    is_odd: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A cell to write."""

    enrolment_id: int
    slot: int
    seen: int | None
    value: int | None
    text: str
    is_asked: bool = False  # what is meant is a guess that the teacher agrees to


@dataclass(frozen=True)
class Pasted:
    """The preview of a block on a sheet."""

    columns: tuple[Column, ...]  # those the block reaches
    lines: tuple[Line, ...]
    cautions: tuple[tuple[str, bool], ...]  # words, whether it stops
    counts: Mapping[str, int]
    changes: tuple[Change, ...]
    rows: int

    @property
    def writes(self) -> tuple[Change, ...]:
        """What is written without asking again."""
        return tuple(change for change in self.changes if not change.is_asked)

    @property
    def asked(self) -> tuple[Change, ...]:
        """Likely slips: 85 for 8,5."""
        return tuple(change for change in self.changes if change.is_asked)

    @property
    def must_stop(self) -> bool:
        """Whether a warning asks for the teacher's word first."""
        return any(stops for _text, stops in self.cautions)


def grid_of(
    found: Frame,
    columns: Sequence[Column],
    rows: Sequence[Row],
    codes: Mapping[int, str],
    elsewhere: Mapping[str, str],
) -> Grid:
    """The sheet as the rules know a grid."""
    locks = found.locks
    opened = {slot for one in locks.openings if one.until > locks.now for slot in one.slots}
    return Grid(
        [GridPupil(row.enrolment_id, codes.get(row.enrolment_id, ""), row.full_name) for row in rows],
        [
            GridColumn(
                column.code,
                str(column.label),
                Assessed.COMMENTS if column.kind == Kind.PASS else Assessed.MARKS,
                (str(column.title),),
                locks.is_locked(column) and column.slot not in opened,
                column.kind == Kind.TEST,
            )
            for column in columns
        ],
        [[row.marks[column.slot] for column in columns] for row in rows],
        elsewhere,
    )


def preview(
    text: str, found: Frame, columns: Sequence[Column], rows: Sequence[Row], *, codes: Mapping[int, str],
    elsewhere: Mapping[str, str], at_row: int, at_column: int,
) -> Pasted:  # fmt: skip
    """What pasting a block with its first mark at a cell would do; nothing is written."""
    grid = grid_of(found, columns, rows, codes, elsewhere)
    raw = blocks.preview(text[:LONGEST], grid, at_row=at_row, at_column=at_column)
    judged = [_judged(cell, found, columns, rows, grid) for cell in raw.cells]
    return _shown(raw, judged, columns, rows)


def _judged(
    cell: PastedCell, found: Frame, columns: Sequence[Column], rows: Sequence[Row], grid: Grid
) -> tuple[PastedCell, str]:
    """A cell with its words: columns that hold no mark are read their own way, an unlock may be for one pupil."""
    column = columns[cell.column]
    note = cells.told(cell.message) if cell.message else ""
    if cell.pupil is None or cell.kind == CellKind.BLANK:
        return cell, note
    row = rows[cell.pupil]
    if column.kind not in cells.TESTED:
        is_refused_row = cell.kind == CellKind.REFUSED and cell.message is not None and _is_of_row(cell)
        if not is_refused_row:
            cell, note = _read(cell, column, grid.columns[cell.column].is_locked)
    if cell.kind in (CellKind.NEW, CellKind.CHANGED, CellKind.QUESTION):
        if not found.locks.may_write(column, row.enrolment_id):
            refused = replace(cell, kind=CellKind.REFUSED, after=None)
            return refused, _("Cột %(column)s đã khóa.") % {"column": column.label}
        if cells.EXEMPT in (cell.before, cell.after):
            refused = replace(cell, kind=CellKind.REFUSED, after=None)
            return refused, _("Ghi miễn hoặc bỏ miễn ở từng ô, kèm số quyết định.")
    return cell, note


def _is_of_row(cell: PastedCell) -> bool:
    """Whether a cell was refused for its row (unknown pupil, twice) and not for what it holds."""
    return cell.message is not None and cell.message.text in {
        words.BLOCK_TWICE, words.BLOCK_CODE_AND_NAME, words.BLOCK_NO_ROW,
    }  # fmt: skip


def _read(cell: PastedCell, column: Column, is_locked: bool) -> tuple[PastedCell, str]:
    read = cells.read(column, cell.typed)
    if read.refusal:
        return replace(cell, kind=CellKind.REFUSED, after=None, message=None), str(read.refusal)
    if read.value is None:
        return replace(cell, kind=CellKind.BLANK, after=cell.before, message=None), ""
    if read.value == cell.before:
        return replace(cell, kind=CellKind.SAME, after=cell.before, message=None), ""
    if is_locked:
        told = _("Cột %(column)s đã khóa.") % {"column": column.label}
        return replace(cell, kind=CellKind.REFUSED, after=None, message=None), told
    kind = CellKind.NEW if cell.before is None else CellKind.CHANGED
    return replace(cell, kind=kind, after=read.value, message=None), ""


def _shown(
    raw: Preview, judged: Sequence[tuple[PastedCell, str]], columns: Sequence[Column], rows: Sequence[Row]
) -> Pasted:
    reached = sorted({cell.column for cell, _note in judged})
    by_row: dict[int, dict[int, tuple[PastedCell, str]]] = {}
    for cell, note in judged:
        by_row.setdefault(cell.row, {})[cell.column] = (cell, note)
    changes = []
    counts = dict.fromkeys(map(str, CellKind), 0)
    for cell, _note in judged:
        counts[cell.kind] += 1
        if cell.pupil is not None and cell.kind in (CellKind.NEW, CellKind.CHANGED, CellKind.QUESTION):
            column = columns[cell.column]
            changes.append(
                Change(
                    rows[cell.pupil].enrolment_id, column.slot, cell.before, cell.after,
                    cells.show(column, cell.after), cell.kind == CellKind.QUESTION,
                )
            )  # fmt: skip
    lines = [_line(row, by_row.get(row.number, {}), reached, columns, rows) for row in raw.rows]
    return Pasted(
        tuple(columns[at] for at in reached),
        tuple(line for line in lines if line.kinds or line.notes),
        tuple(_cautions(raw, judged, columns)),
        counts,
        tuple(changes),
        len(raw.rows),
    )


def _line(
    row: PastedRow,
    found: Mapping[int, tuple[PastedCell, str]],
    reached: Sequence[int],
    columns: Sequence[Column],
    rows: Sequence[Row],
) -> Line:
    shown, notes = [], [cells.told(row.note)] if row.note else []
    for at in reached:
        if at not in found:
            shown.append(Shown(""))
            continue
        cell, note = found[at]
        column = columns[at]
        new = "" if cell.kind == CellKind.BLANK else cells.show(column, cell.after) or cell.typed
        if cell.kind in (CellKind.REFUSED, CellKind.QUESTION):
            new = cell.typed
        shown.append(Shown(str(cell.kind), cells.show(column, cell.before), new, note))
        if note and note not in notes:
            notes.append(note)
    return Line(
        row.number,
        row.name or row.code,
        rows[row.pupil].full_name if row.pupil is not None else "",
        tuple(shown),
        tuple(notes),
        " ".join(sorted({one.kind for one in shown if one.kind})),
        row.is_out_of_order or row.is_refused,
    )


def _cautions(
    raw: Preview, judged: Sequence[tuple[PastedCell, str]], columns: Sequence[Column]
) -> list[tuple[str, bool]]:
    """The rules' warnings; that most of a column was refused is told anew where it is read our own way."""
    found = []
    own_way = any(column.kind not in cells.TESTED for column in columns)
    for caution in raw.cautions:
        if own_way and caution.message.text == words.WARN_MOSTLY_REFUSED:
            continue
        found.append((cells.told(caution.message), caution.is_stop))
    if own_way and not any(one.kind == BlockWarning.EMPTY for one in raw.cautions):
        filled = [cell for cell, _note in judged if cell.typed and cell.pupil is not None]
        bad = [cell for cell in filled if cell.kind == CellKind.REFUSED]
        if len(filled) >= 3 and len(bad) * 2 >= len(filled):
            message = words.say(words.WARN_MOSTLY_REFUSED, count=len(bad), all=len(filled))
            found.append((cells.told(message), True))
    return found
