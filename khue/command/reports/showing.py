"""Tables of a report as pages, sheets and papers show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from khue.command.reports.checking import shown
from khue.command.reports.definition import Form, Table
from khue.command.reports.filling import Value, Values
from khue.command.reports.words import say


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell: what stands in it, what it was (compared), how it is marked."""

    code: str
    text: str
    label: str
    value: Value
    mark: str = ""  # 'bad', 'moved', 'hand' or ''
    other: str = ""
    is_bare: bool = False  # nothing to tell on a phone: nought


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of a table."""

    label: str
    number: str
    indent: int
    cells: tuple[ShownCell, ...]
    is_hand: bool
    source: str = ""

    @property
    def first(self) -> ShownCell:
        """The first column: what a phone shows at the right of the row's name."""
        return self.cells[0]

    @property
    def rest(self) -> tuple[ShownCell, ...]:
        """The other columns that say something."""
        return tuple(cell for cell in self.cells[1:] if not cell.is_bare)


@dataclass(frozen=True, slots=True)
class ShownTable:
    """One table with its number on the form."""

    place: int
    table: Table
    rows: tuple[ShownRow, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return tuple(say(column.label) for column in self.table.columns)

    @property
    def note(self) -> str:
        """What is to be known of the table as a whole."""
        return say(self.table.note)


def tables(
    of: Form,
    levels: tuple[str, ...],
    values: Values,
    *,
    typed: Mapping[str, Mapping[str, Any]] | None = None,
    bad: Collection[str] = (),
    moved: Mapping[str, tuple[Value, Value]] | None = None,
    against: Values | None = None,
    with_control: bool = False,
) -> list[ShownTable]:
    """The tables as the form has them; `against` puts other values beside (last year's)."""
    found: list[ShownTable] = []
    for table in of.tables(levels):
        if table.is_control and not with_control:
            continue
        cells = values.get(table.key, {})
        other = (against or {}).get(table.key, {})
        rows = []
        for row in table.rows:
            line = []
            source = ""
            for column in table.columns:
                key = f"{row.code}.{column.code}"
                code = f"{table.key}.{key}"
                value = cells.get(key)
                hand = (typed or {}).get(table.key, {}).get(key)
                if hand:
                    source = f"{hand[1]} ({hand[2]}, {hand[3]})"
                mark = "bad" if code in bad else "moved" if moved and code in moved else ""
                line.append(
                    ShownCell(
                        code, shown(value), say(column.label), value, mark,
                        shown(other.get(key)) if against is not None else "",
                        value in (None, 0) and not mark and other.get(key) in (None, 0),
                    )
                )  # fmt: skip
            rows.append(ShownRow(say(row.label), row.number, row.indent, tuple(line), row.is_hand, source))
        found.append(ShownTable(len(found) + 1, table, tuple(rows)))
    return found
