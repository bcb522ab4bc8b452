"""New tables for people: .xlsx with real dates, numbers as numbers and text that never calculates, and .csv.

Measured: 50,000 rows x 15 columns take 4.5 s of CPU and 4 MiB as .xlsx (rows go to disk as they come), 1.2 s as
.csv; a school's 1,537 rows take 0.13 s.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .cells import text_of
from .formulas import looks_like_formula, neutralise
from .shape import Column

__all__ = ["OutColumn", "OutSheet", "neutralise", "write_csv", "write_xlsx"]

Row = Sequence[Any] | Mapping[str, Any]
NOTE_PREFIX = "Xuất từ Khuê:"
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TEXT = 32_767
_EXACT_DIGITS = 15
_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of a table written out: its header, the key of its value in a mapping, its width in characters."""

    label: str
    name: str = ""
    width: float | None = None
    number_format: str = ""


@dataclass(frozen=True, slots=True)
class OutSheet:
    """One more sheet of a workbook."""

    title: str
    columns: Sequence[str | OutColumn | Column]
    rows: Iterable[Row]
    note: str = ""


def write_xlsx(
    title: str,
    columns: Sequence[str | OutColumn | Column],
    rows: Iterable[Row],
    *,
    sheets: Sequence[OutSheet] = (),
    note: str = "",
) -> bytes:
    """A workbook with a title, a frozen header and a closing note (who, when); further sheets after the first.

    Text is written as text even when it looks like a formula; ints, floats and Decimals as numbers, dates as
    dd/mm/yyyy dates, True as x; whole numbers too long for Excel to hold exactly as text.
    """
    buffer = io.BytesIO()
    import xlsxwriter  # 14 MB, of use only here

    workbook = xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False})
    try:
        formats = _formats(workbook)
        taken: set[str] = set()
        for sheet in (OutSheet(title, columns, rows, note), *sheets):
            _write_sheet(workbook, sheet, formats, taken)
    finally:
        workbook.close()
    return buffer.getvalue()


def write_csv(columns: Sequence[str | OutColumn | Column], rows: Iterable[Row]) -> bytes:
    """The same table as UTF-8 text with its mark, every cell quoted, nothing in it able to calculate."""
    outs = [_out(column) for column in columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutralise(column.label) for column in outs])
    for row in rows:
        writer.writerow([_csv_text(value) for value in _values(row, outs)])
    return buffer.getvalue().encode("utf-8-sig")


def _csv_text(value: Any) -> str:
    value = plain_value(value)
    if isinstance(value, str):
        return neutralise(value)
    return text_of(value) if isinstance(value, dt.date) else "" if value is None else str(value)


def plain_value(value: Any) -> str | int | float | dt.date | dt.time | None:
    """A value as a cell can hold it: local time without zone, no control characters, no number out of range."""
    if isinstance(value, str):
        text = _ILLEGAL.sub("", str(value))
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    if value is None:
        return None
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, int):
        return int(value) if len(str(abs(value))) <= _EXACT_DIGITS else str(int(value))
    if isinstance(value, Decimal | float):
        number = float(value)
        return number if math.isfinite(number) else ""
    if isinstance(value, dt.datetime):
        return value.astimezone(_ZONE).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, dt.date | dt.time):
        return value
    return plain_value(str(value))


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet: at most 31 characters, none forbidden, none twice."""
    plain = " ".join(_NOT_IN_SHEET_NAME.sub(" ", title).split()).strip("'")
    base = plain[:31].strip("' ") or "Danh sách"
    name, number = base, 1
    while name.lower() in taken or name.lower() == "history":
        number += 1
        name = f"{base[: 31 - len(str(number)) - 3]} ({number})"
    taken.add(name.lower())
    return name


def _out(column: str | OutColumn | Column) -> OutColumn:
    if isinstance(column, OutColumn):
        return column
    return OutColumn(column) if isinstance(column, str) else OutColumn(column.label, column.name)


def _values(row: Row, columns: Sequence[OutColumn]) -> Sequence[Any]:
    if isinstance(row, Mapping):
        return [row.get(column.name) for column in columns]
    if len(row) > len(columns):
        raise ValueError(f"a row has {len(row)} values for {len(columns)} columns")
    return row


def _formats(workbook: Any) -> dict[str, Any]:
    def made(**properties: Any) -> Any:
        return workbook.add_format({"font_name": "Times New Roman", "font_size": 11, **properties})

    return {
        "title": made(bold=True, font_size=14, num_format="@"),
        "header": made(
            bold=True,
            border=1,
            bg_color="#E8EEF4",
            text_wrap=True,
            valign="vcenter",
            align="center",
            num_format="@",
        ),
        "text": made(num_format="@"),
        "quoted": made(num_format="@", quote_prefix=True),
        "number": made(),
        "date": made(num_format="dd/mm/yyyy", align="center"),
        "datetime": made(num_format="dd/mm/yyyy hh:mm", align="center"),
        "time": made(num_format="hh:mm", align="center"),
        "note": made(italic=True, font_color="#5F6B76", num_format="@"),
    }


def _write_sheet(workbook: Any, sheet: OutSheet, formats: dict[str, Any], taken: set[str]) -> None:
    columns = [_out(column) for column in sheet.columns]
    page = workbook.add_worksheet(sheet_name(sheet.title, taken))
    rows = iter(sheet.rows)
    sample = [_values(row, columns) for row in itertools.islice(rows, _SAMPLE)]
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width or _width(column.label, sample, index))
    page.write_string(0, 0, plain_text(sheet.title), formats["title"])
    for index, column in enumerate(columns):
        page.write_string(2, index, plain_text(column.label), formats["header"])
    page.freeze_panes(3, 0)
    page.repeat_rows(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    own = {
        index: workbook.add_format(
            {"font_name": "Times New Roman", "font_size": 11, "num_format": c.number_format}
        )
        for index, c in enumerate(columns)
        if c.number_format
    }
    line = 3
    rest: Iterator[Sequence[Any]] = (_values(row, columns) for row in rows)
    for values in itertools.chain(sample, rest):
        for index, value in enumerate(values):
            if value is not None and value != "":
                _write_cell(page, line, index, value, formats, own.get(index))
        line += 1
    if columns and line > 3:
        page.autofilter(2, 0, line - 1, len(columns) - 1)
    if sheet.note:
        page.write_string(line + 1, 0, plain_text(f"{NOTE_PREFIX} {sheet.note}"), formats["note"])


def plain_text(text: str) -> str:
    """A text without characters that no workbook may hold."""
    return str(plain_value(text))


def _write_cell(page: Any, line: int, index: int, value: Any, formats: dict[str, Any], own: Any) -> None:
    if isinstance(value, str) and value[0].isalnum() and len(value) < 1_000 and value.isprintable():
        page.write_string(line, index, value, formats["text"])
        return
    value = plain_value(value)
    if isinstance(value, str):
        if value:
            page.write_string(line, index, value, formats["quoted" if looks_like_formula(value) else "text"])
    elif isinstance(value, int | float):
        page.write_number(line, index, value, own or formats["number"])
    elif isinstance(value, dt.datetime):
        page.write_datetime(line, index, value, own or formats["datetime"])
    elif isinstance(value, dt.date):
        if value.year < 1900:
            page.write_string(line, index, text_of(value), formats["text"])
        else:
            page.write_datetime(line, index, value, own or formats["date"])
    elif isinstance(value, dt.time):
        page.write_datetime(line, index, value, own or formats["time"])


def _width(label: str, sample: list[Sequence[Any]], index: int) -> float:
    longest = max((len(_csv_text(row[index])) for row in sample if index < len(row)), default=0)
    return float(min(max(longest + 2, min(len(label), 16) + 3, 6), 45))
