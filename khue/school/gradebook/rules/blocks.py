"""A block pasted from Excel against the grid: what each cell would become, and what looks wrong before it is written.

Pupils are matched by code or name when the block has them, never by order; header words decide the columns when there
are any. A blank is not nought and erases nothing. Nothing is written here: the page shows the preview and asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from khue.lib.names import fold, tone_canon
from khue.school.gradebook.rules import marks, shifts, words
from khue.school.gradebook.rules.block_layout import (
    MOST_COLUMNS,
    MOST_ROWS,
    BlockRow,
    Grid,
    GridColumn,
    Layout,
    layout_of,
    rows_of,
)
from khue.school.gradebook.rules.marks import Assessed, Cell
from khue.school.gradebook.rules.typed import Blank, Entered, Question, Refused, read_mark
from khue.school.gradebook.rules.words import Message, say


class CellKind(StrEnum):
    """What a pasted cell would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    QUESTION = "question"
    REFUSED = "refused"
    BLANK = "blank"


class BlockWarning(StrEnum):
    """What may be wrong with a block as a whole."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    SHIFTED_COLUMN = "shifted_column"
    SHIFTED_ROW = "shifted_row"
    OTHER_CLASS = "other_class"
    ORDER = "order"
    ROW_COUNT = "row_count"
    UNKNOWN_PUPILS = "unknown_pupils"
    WIDE = "wide"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class PastedCell:
    """A cell of the preview; `after` is what would be written, or what a question proposes."""

    row: int
    pupil: int | None
    column: int
    typed: str
    kind: CellKind
    before: Cell
    after: Cell
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class PastedRow:
    """A row of the block and the pupil (place in the grid) it goes to; a note when that is not plain."""

    number: int
    code: str
    name: str
    pupil: int | None
    note: Message | None = None
    is_refused: bool = False
    is_out_of_order: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning; one that stops asks the teacher to agree in so many words before anything is written."""

    kind: BlockWarning
    message: Message
    is_stop: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What pasting would do."""

    rows: tuple[PastedRow, ...]
    cells: tuple[PastedCell, ...]
    cautions: tuple[Caution, ...]

    @property
    def counts(self) -> dict[CellKind, int]:
        """How many cells there are of each kind."""
        found = Counter(cell.kind for cell in self.cells)
        return {kind: found[kind] for kind in CellKind}

    @property
    def writes(self) -> tuple[PastedCell, ...]:
        """The cells that would be written: new and changed ones."""
        return tuple(cell for cell in self.cells if cell.kind in (CellKind.NEW, CellKind.CHANGED))

    @property
    def must_stop(self) -> bool:
        """Whether a warning asks for the teacher's word first."""
        return any(caution.is_stop for caution in self.cautions)


_BRACKETS: Final = re.compile(r"\s*[(\[].*?[)\]]\s*")


def preview(text: str, grid: Grid, *, at_row: int = 0, at_column: int = 0) -> Preview:
    """Show what pasting a block at a cell of the grid would do, cell by cell, with every warning."""
    raw = rows_of(text)
    width = max((len(row) for row in raw), default=0)
    if len(raw) > MOST_ROWS or width > MOST_COLUMNS:
        message = say(words.WARN_TOO_BIG, rows=len(raw), columns=width)
        return Preview((), (), (Caution(BlockWarning.TOO_BIG, message, True),))
    layout = layout_of(raw, grid, at_column)
    if layout.has_identity:
        rows = _matched(layout, grid)
    else:
        rows = [_placed(row, place, at_row, grid) for place, row in enumerate(layout.rows)]
    cells = [
        _cell(row, found, grid, text_at, grid.columns[target], target)
        for row, found in zip(layout.rows, rows, strict=True)
        for text_at, target in layout.targets.items()
        if found.pupil is not None or row.texts[text_at]
    ]
    if not any(cell.typed for cell in cells):
        empty = Caution(BlockWarning.EMPTY, say(words.WARN_EMPTY), True)
        return Preview(tuple(rows), tuple(cells), (empty,))
    cautions = [
        *_about_pupils(layout, rows, grid, at_row),
        *_about_columns(layout, cells, grid, at_column),
        *_about_values(layout, cells, grid),
    ]
    return Preview(tuple(rows), tuple(cells), tuple(cautions))


# --- pupils --------------------------------------------------------------------------------------------------------


def _placed(row: BlockRow, place: int, at_row: int, grid: Grid) -> PastedRow:
    pupil = at_row + place
    if pupil >= len(grid.pupils):
        return PastedRow(row.number, "", "", None, say(words.BLOCK_NO_ROW), True)
    return PastedRow(row.number, "", "", pupil)


def _key(name: str) -> str:
    return tone_canon(name).casefold()


class _Roll:
    """The pupils of the grid by code and by name in three spellings."""

    def __init__(self, grid: Grid) -> None:
        self.codes = {pupil.code.upper(): place for place, pupil in enumerate(grid.pupils) if pupil.code}
        self.exact: dict[str, list[int]] = {}
        self.folded: dict[str, list[int]] = {}
        for place, pupil in enumerate(grid.pupils):
            self.exact.setdefault(_key(pupil.name), []).append(place)
            self.folded.setdefault(fold(pupil.name), []).append(place)

    def by_name(self, name: str) -> tuple[list[int], Message | None]:
        """The places a name may mean, and what was odd about its spelling."""
        if found := self.exact.get(_key(name)):
            return found, None
        if found := self.folded.get(fold(name)):
            return found, say(words.BLOCK_FOLDED_NAME)
        bare = _BRACKETS.sub(" ", name).strip()
        if bare != name and (found := self.folded.get(fold(bare))):
            return found, say(words.BLOCK_LONGER_NAME)
        return [], None


def _matched(layout: Layout, grid: Grid) -> list[PastedRow]:
    roll = _Roll(grid)
    namesakes = Counter(fold(row.name) for row in layout.rows if row.name)
    taken: dict[int, int] = {}
    found: list[PastedRow] = []
    for row in layout.rows:
        if not row.code and not row.name:
            found.append(PastedRow(row.number, "", "", None, None, any(row.texts.values())))
            continue
        pupil, note, is_refused = _pupil_of(row, roll, grid, namesakes, taken)
        if pupil is not None and pupil in taken:
            note, is_refused = say(words.BLOCK_TWICE, row=taken[pupil]), True
        elif pupil is not None and not is_refused:
            taken[pupil] = row.number
        found.append(PastedRow(row.number, row.code, row.name, pupil, note, is_refused))
    return _ordered(found)


def _pupil_of(
    row: BlockRow, roll: _Roll, grid: Grid, namesakes: Mapping[str, int], taken: Mapping[int, int]
) -> tuple[int | None, Message | None, bool]:
    places, note = roll.by_name(row.name) if row.name else ([], None)
    by_code = roll.codes.get(row.code.upper()) if row.code else None
    if by_code is not None:
        if row.name and places and by_code not in places:
            owner = grid.pupils[by_code].name
            return by_code, say(words.BLOCK_CODE_AND_NAME, code=row.code, owner=owner, name=row.name), True
        return by_code, note, False
    is_strange_code = bool(row.code) and row.code.upper() in grid.elsewhere
    if is_strange_code or not places:
        shown = row.name or row.code
        classroom = grid.elsewhere.get(row.code.upper()) or grid.elsewhere.get(fold(row.name))
        if classroom:
            return None, say(words.BLOCK_ELSEWHERE, name=shown, classroom=classroom), True
        return None, say(words.BLOCK_NO_PUPIL, name=shown), True
    if len(places) == 1:
        return places[0], note, False
    if namesakes[fold(row.name)] != len(places):
        return None, say(words.BLOCK_NAMESAKES, count=len(places), name=row.name), True
    free = [place for place in places if place not in taken]
    return (free[0] if free else places[0]), note, False


def _ordered(rows: Sequence[PastedRow]) -> list[PastedRow]:
    """Mark the rows that do not follow the pupil of the row above."""
    found: list[PastedRow] = []
    last = -1
    for row in rows:
        is_out = row.pupil is not None and row.pupil < last
        last = max(last, row.pupil if row.pupil is not None else last)
        found.append(
            PastedRow(row.number, row.code, row.name, row.pupil, row.note, row.is_refused, is_out)
            if is_out
            else row
        )
    return found


def _about_pupils(layout: Layout, rows: Sequence[PastedRow], grid: Grid, at_row: int) -> list[Caution]:
    named = [row for row in rows if row.code or row.name]
    found: list[Caution] = []
    if not layout.has_identity:
        left = len(grid.pupils) - at_row
        if len(rows) > left:
            message = say(words.WARN_MORE_ROWS, rows=len(rows), pupils=left)
            found.append(Caution(BlockWarning.ROW_COUNT, message, True))
        elif at_row == 0 and left > len(rows) >= 2 and len(rows) * 2 >= left:
            message = say(words.WARN_FEWER_ROWS, rows=len(rows), pupils=left)
            found.append(Caution(BlockWarning.ROW_COUNT, message, True))
        return found
    strangers = [row for row in named if row.pupil is None]
    classes = Counter(
        classroom
        for row in strangers
        if (classroom := grid.elsewhere.get(row.code.upper()) or grid.elsewhere.get(fold(row.name)))
    )
    if classes:
        classroom, count = classes.most_common(1)[0]
        is_stop = count >= 3 or count * 2 >= len(named)
        message = say(words.WARN_OTHER_CLASS, count=count, rows=len(named), classroom=classroom)
        found.append(Caution(BlockWarning.OTHER_CLASS, message, is_stop))
    if strangers and len(strangers) > sum(classes.values()):
        message = say(words.WARN_UNKNOWN_PUPILS, count=len(strangers), rows=len(named))
        found.append(Caution(BlockWarning.UNKNOWN_PUPILS, message, len(strangers) * 2 >= len(named)))
    first = next((row.number for row in rows if row.is_out_of_order), None)
    if first is not None:
        found.append(Caution(BlockWarning.ORDER, say(words.WARN_ORDER, row=first), False))
    return found


# --- cells and columns ---------------------------------------------------------------------------------------------


def _cell(
    row: BlockRow, found: PastedRow, grid: Grid, text_at: int, column: GridColumn, target: int
) -> PastedCell:
    typed = row.texts[text_at]
    pupil = found.pupil
    before = grid.cells[pupil][target] if pupil is not None else None

    def gives(kind: CellKind, after: Cell = None, message: Message | None = None) -> PastedCell:
        return PastedCell(row.number, pupil, target, typed, kind, before, after, message)

    answer = read_mark(typed, column.assessed, is_whole=column.is_whole)
    if isinstance(answer, Blank):
        return gives(CellKind.BLANK, before)
    if found.is_refused or pupil is None:
        return gives(CellKind.REFUSED, None, found.note)
    if isinstance(answer, Refused):
        return gives(CellKind.REFUSED, None, answer.message)
    if answer.cell == before:
        return gives(CellKind.SAME, before)
    if column.is_locked:
        return gives(CellKind.REFUSED, None, say(words.BLOCK_LOCKED, column=column.short))
    problem = marks.move_problem(before, answer.cell)
    if problem is not None:
        shown = marks.label(before, column.assessed)
        return gives(CellKind.REFUSED, None, say(words.BLOCK_MOVE, before=shown, why=problem))
    if isinstance(answer, Question):
        return gives(CellKind.QUESTION, answer.cell, answer.message)
    assert isinstance(answer, Entered)
    return gives(CellKind.NEW if before is None else CellKind.CHANGED, answer.cell)


def _about_columns(layout: Layout, cells: Sequence[PastedCell], grid: Grid, at_column: int) -> list[Caution]:
    found: list[Caution] = []
    if layout.surplus:
        found.append(Caution(BlockWarning.WIDE, say(words.WARN_WIDE, count=layout.surplus), True))
    if layout.ignored:
        message = say(words.WARN_IGNORED_COLUMNS, columns=", ".join(layout.ignored))
        found.append(Caution(BlockWarning.IGNORED, message, False))
    first = next(iter(layout.targets.values()), at_column)
    if first != at_column:
        message = say(
            words.WARN_HEADER_MOVED, header=grid.columns[first].short, selected=grid.columns[at_column].short
        )
        found.append(Caution(BlockWarning.SHIFTED_COLUMN, message, False))
    for target in dict.fromkeys(layout.targets.values()):
        filled = [cell for cell in cells if cell.column == target and cell.typed and cell.pupil is not None]
        bad = [
            cell
            for cell in filled
            if isinstance(read_mark(cell.typed, grid.columns[target].assessed), Refused)
        ]
        if len(filled) >= 3 and len(bad) * 2 >= len(filled):
            message = say(words.WARN_MOSTLY_REFUSED, count=len(bad), all=len(filled))
            found.append(Caution(BlockWarning.SHIFTED_COLUMN, message, True))
    return found


def _about_values(layout: Layout, cells: Sequence[PastedCell], grid: Grid) -> list[Caution]:
    """Compare scored columns with what is in the grid; names and headers have settled the rest."""
    columns = [
        [row[place] for row in grid.cells] if column.assessed == Assessed.MARKS else [None] * len(grid.cells)
        for place, column in enumerate(grid.columns)
    ]
    found: list[Caution] = []
    for target in dict.fromkeys(layout.targets.values()):
        column = grid.columns[target]
        if column.assessed != Assessed.MARKS:
            continue
        pasted: list[Cell] = [None] * len(grid.pupils)
        for cell in cells:
            if (
                cell.column == target
                and cell.pupil is not None
                and cell.typed
                and cell.kind != CellKind.REFUSED
            ):
                pasted[cell.pupil] = cell.after
        like = None if layout.has_header else shifts.like_another_column(pasted, target, columns)
        if like is not None:
            text = words.WARN_LIKE_COLUMN if like.is_identical else words.WARN_CORRELATED
            message = say(
                text,
                column=column.short,
                other=grid.columns[like.other].short,
                same=like.same,
                pairs=like.pairs,
            )
            found.append(Caution(BlockWarning.SHIFTED_COLUMN, message, True))
        if layout.has_identity or like is not None:
            continue
        offset, text = shifts.like_shifted_rows(pasted, columns[target]), words.WARN_SHIFTED_ROW
        if offset is None:
            offset, text = (
                shifts.misfit_rows(pasted, shifts.abilities(columns, target)),
                words.WARN_ROW_MISFIT,
            )
        if offset is not None:
            message = say(text, column=column.short, offset=abs(offset))
            found.append(Caution(BlockWarning.SHIFTED_ROW, message, True))
        elif shifts.misfits_class(pasted, target, columns):
            message = say(words.WARN_CLASS_MISFIT, column=column.short)
            found.append(Caution(BlockWarning.OTHER_CLASS, message, True))
    return found
