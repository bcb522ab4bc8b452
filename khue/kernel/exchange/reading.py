"""From the bytes of a file to a judged plan: read, correct, map, parse, compare."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.exchange.models import Import, RememberedColumn
from khue.kernel.exchange.table import Outcome, Plan, RowPlan, Table
from khue.kernel.files.storing import content_of
from khue.kernel.org.models import Unit
from khue.lib.numbers import whole
from khue.lib.spreadsheets.cells import Sheet, fold, index_of, text_of
from khue.lib.spreadsheets.columns import parse_table
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.lib.spreadsheets.shape import NoTable, ParsedRow, ParsedTable


def tables() -> dict[str, Table]:
    """Every table that modules offer, by name."""
    return {entry.name: registry.load(entry.table) for entry in registry.each("exchange")}


def table_named(name: str) -> Table:
    """One table by its name; raises KeyError when no module offers it."""
    for entry in registry.each("exchange"):
        if entry.name == name:
            found: Table = registry.load(entry.table)
            return found
    raise KeyError(name)


def correct(sheets: list[Sheet], corrections: Mapping[str, str]) -> None:
    """Put what a person typed in the preview over the cells of the file: `Sheet1!19:E` -> text."""
    by_name = {sheet.name: sheet for sheet in sheets}
    for place, text in corrections.items():
        name, _, cell = place.rpartition("!")
        row_text, _, letters = cell.partition(":")
        sheet, number = by_name.get(name), whole(row_text)
        if sheet is None or number is None or not 1 <= number <= len(sheet.rows):
            continue
        row, column = sheet.rows[number - 1], index_of(letters)
        row.extend("" for _ in range(column + 1 - len(row)))
        row[column] = text


Read = TypeVar("Read")


class _Kept(Generic[Read]):
    """The last few things worked out of files: preview and writing ask for the same ones within minutes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.known: OrderedDict[str, Read] = OrderedDict()
        self.lock = Lock()

    def get(self, key: str) -> Read | None:
        """What was kept under a key, if it still is."""
        with self.lock:
            if key in self.known:
                self.known.move_to_end(key)
            return self.known.get(key)

    def keep(self, key: str, value: Read) -> None:
        """Keep it, and let the eldest go."""
        with self.lock:
            self.known[key] = value
            while len(self.known) > self.most:
                self.known.popitem(last=False)


_READ: _Kept[list[Sheet]] = _Kept(4)
_PARSED: _Kept[ParsedTable] = _Kept(2)
_MOST_ROWS = 3000  # some ten megabytes; a longer file is parsed anew


def _key(data: bytes, kind: FileKind) -> str:
    return f"{kind}:{hashlib.sha256(data).hexdigest()}"


def _sheets(data: bytes, kind: FileKind) -> list[Sheet]:
    key = _key(data, kind)
    sheets = _READ.get(key)
    if sheets is None:
        sheets = read_workbook(data, kind)
        _READ.keep(key, sheets)
    return sheets


def parse(
    data: bytes, kind: FileKind, table: Table, *, mapping: Mapping[str, str], corrections: Mapping[str, str]
) -> ParsedTable:
    """Read the table out of a file; raises UploadProblem or NoTable. What is given may be written in by its owner."""
    key = f"{_key(data, kind)}:{table.name}:{sorted(mapping.items())}:{sorted(corrections.items())}"
    known = _PARSED.get(key)
    if known is not None:
        return _copy(known)
    sheets = _sheets(data, kind)
    if corrections:
        sheets = [replace(sheet, rows=[list(row) for row in sheet.rows]) for sheet in sheets]
        correct(sheets, corrections)
    parsed = parse_table(sheets, table.shape, dict(mapping) or None)
    if len(parsed.rows) <= _MOST_ROWS:
        _PARSED.keep(key, _copy(parsed))
    return parsed


def _copy(parsed: ParsedTable) -> ParsedTable:
    """The same table with rows of its own: a plan writes its refusals into them."""
    rows = [
        ParsedRow(
            dict(row.values), row.sheet, row.row, list(row.problems), dict(row.texts), dict(row.letters)
        )
        for row in parsed.rows
    ]
    return replace(
        parsed, parts=[replace(part) for part in parsed.parts], rows=rows, problems=list(parsed.problems)
    )


def best_table(data: bytes, kind: FileKind, offered: Mapping[str, Table]) -> Table:
    """The table whose columns the file fits best; raises NoTable when it fits none."""
    best: tuple[int, Table] | None = None
    none: NoTable | None = None
    for table in offered.values():
        try:
            parsed = parse(data, kind, table, mapping={}, corrections={})
        except NoTable as problem:
            none = none or problem
            continue
        fit = len([field for field in parsed.mapping.values() if field]) * 2 - len(parsed.missing) * 4
        if best is None or fit > best[0]:
            best = fit, table
    if best is None:
        raise none or NoTable("no_table", _("Chưa có danh sách nào nhập được vào đơn vị này."))
    return best[1]


def plan(unit: Unit, table: Table, parsed: ParsedTable, options: Mapping[str, Any]) -> Plan:
    """Judge every row; a table whose required column is missing refuses them all."""
    if parsed.missing:
        return Plan(parsed, [RowPlan(row, Outcome.REFUSED) for row in parsed.rows])
    return table.plan(unit, parsed, options)


def plan_of(imported: Import) -> Plan:
    """The plan of an import as of now."""
    table = table_named(imported.table)
    data = content_of(imported.file)
    parsed = parse(
        data, FileKind(imported.file.kind), table, mapping=imported.mapping, corrections=imported.corrections
    )
    return plan(imported.unit, table, parsed, imported.options)


def examples(imported: Import, parsed: ParsedTable) -> dict[str, str]:
    """The first value under each header of the table's sheet: what a column looks like."""
    part = parsed.parts[0]
    sheets = _sheets(content_of(imported.file), FileKind(imported.file.kind))
    sheet = next(sheet for sheet in sheets if sheet.name == part.sheet)
    below = sheet.rows[part.header_row - 1 + part.header_depth :][:50]
    found = {}
    for letter in part.headers:
        at = index_of(letter)
        values = (text_of(row[at]) for row in below if at < len(row) and row[at] != "")
        found[letter] = next(values, "")
    return found


def remembered(unit: Unit, table: Table, parsed: ParsedTable) -> dict[str, str]:
    """Columns the words alone did not settle, but this unit once mapped by hand: letter -> field."""
    known = dict(RememberedColumn.objects.filter(unit=unit, table=table.name).values_list("wording", "field"))
    if not known:
        return {}
    taken = set(parsed.mapping.values())
    return {
        column.letter: known[fold(column.header)]
        for column in parsed.unmatched
        if known.get(fold(column.header)) and known[fold(column.header)] not in taken
    }
