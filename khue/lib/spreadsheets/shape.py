"""How a table is declared: its columns, their header words, what one row must hold, and what came of reading."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .cells import Sheet

# A parser is given a cell's cleaned text, or a date where the cell holds one; it returns the value or raises
# ValueError with a sentence for people.
Parser = Callable[[Any], Any]

REMARK_TITLE = "Ghi chú của Khuê"


class Unique(Enum):
    """What becomes of rows that share one value."""

    NO = "no"
    ALL_REFUSED = "all"  # nobody can say which is right: every one of them is refused
    FIRST_KEPT = "first"  # the first is taken in, with a remark; the later ones are refused


@dataclass(frozen=True, slots=True)
class Cross:
    """One value that may have a column to itself, marked with a cross: `Cross("Nữ", ("nữ", "gái"))`."""

    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """One value spread over neighbouring columns: family and given name, or day, month and year."""

    parts: tuple[tuple[str, ...], ...]
    joiner: str = " "


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: where it is found (words of the header) and what its cells mean (parse)."""

    name: str
    label: str
    words: tuple[str, ...] = ()
    parse: Parser | None = None
    required: bool = False
    unique: Unique = Unique.NO
    is_date: bool = False  # day numbers (40815) and day-time cells become dates before parse sees them
    crosses: tuple[Cross, ...] = ()
    splits: tuple[Split, ...] = ()
    spans_blank: bool = False  # a header over two columns, the second without one: both are joined
    from_group: bool = False  # may come from a row of its own above, or from the sheet's name


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A line of its own that says something of all rows below it, such as the class."""

    field: str
    find: Callable[[str], str | None]
    from_sheet_name: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the school knows it: its columns and the group line that may stand above its rows."""

    name: str
    columns: tuple[Column, ...]
    group_row: GroupRow | None = None

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one cell. A problem that does not refuse is only a remark."""

    sheet: str
    row: int
    column_letter: str
    column_label: str
    value: str
    message: str
    code: str
    field: str = ""
    refuses: bool = True
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class ParsedRow:
    """One row taken from a file: values, cell texts and column letters by field, its place, what is wrong."""

    values: dict[str, Any]
    sheet: str
    row: int
    problems: list[CellProblem] = dataclasses.field(default_factory=list)
    texts: dict[str, str] = dataclasses.field(default_factory=dict)
    letters: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def is_importable(self) -> bool:
        """Whether nothing in the row refuses it."""
        return not any(problem.refuses for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A column of the file that the shape does not know."""

    letter: str
    header: str
    filled: int


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A line that is no row of the table, and why: title, header, group, total, footer, blank, stray."""

    sheet: str
    row: int
    reason: str
    text: str


@dataclass(slots=True)
class TablePart:
    """Where the table was found in one sheet. `mapping` is column letter to field, as overrides are given."""

    sheet: str
    header_row: int
    header_depth: int
    mapping: dict[str, str]
    headers: dict[str, str]
    unmatched: list[Unmatched]


@dataclass(slots=True)
class ParsedTable:
    """A table read from a file: where it stood, its rows in order, and every problem."""

    shape: TableShape
    parts: list[TablePart]
    rows: list[ParsedRow]
    problems: list[CellProblem]
    skipped: list[SkippedRow]
    missing: list[Column]
    other_sheets: list[str]

    @property
    def sheet(self) -> str:
        """The first sheet that the table was found in."""
        return self.parts[0].sheet

    @property
    def header_row(self) -> int:
        """The first row of its header, from 1."""
        return self.parts[0].header_row

    @property
    def mapping(self) -> dict[str, str]:
        """Column letter to field, in the first sheet."""
        return self.parts[0].mapping

    @property
    def unmatched(self) -> list[Unmatched]:
        """The columns of the first sheet that the shape does not know."""
        return self.parts[0].unmatched

    @property
    def header_rows(self) -> dict[str, int]:
        """The header row of each sheet the table was found in, for the file with remarks."""
        return {part.sheet: part.header_row for part in self.parts}

    @property
    def importable(self) -> list[ParsedRow]:
        """The rows that nothing refuses."""
        return [row for row in self.rows if row.is_importable]


class NoTable(Exception):
    """No sheet has a header the shape knows: `code`, `message_vi`, and the sheets that were looked at."""

    def __init__(self, code: str, message_vi: str, sheets: Sequence[Sheet] = ()) -> None:
        self.code = code
        self.message_vi = message_vi
        self.sheet_names = [sheet.name for sheet in sheets]
        super().__init__(message_vi)
