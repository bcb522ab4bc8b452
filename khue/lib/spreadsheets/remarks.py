"""The same workbook back, with what is wrong written into it: red cells, comments, a column of remarks.

What the school typed stays: values, widths, other sheets. Formulas come back as the values they showed, because a
workbook saved without them would be empty where they stood when it is read again. Reading the file again after
correcting it works: the remark column and sheet are known by their title and passed over.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from .cells import fold, index_of
from .filenames import safe_name
from .guard import check_content
from .kinds import LIMITS, FileKind
from .read import raw_sheets
from .shape import REMARK_TITLE, CellProblem
from .write import plain_value, sheet_name

log = logging.getLogger(__name__)
AUTHOR = "Khuê"
_RED = "FFF8C9C4"
_AMBER = "FFFCE7B8"
_OURS = {_RED, _AMBER}
_LISTED = 5_000


def with_remarks(
    name: str,
    data: bytes,
    kind: FileKind,
    problems: Sequence[CellProblem],
    *,
    header_rows: Mapping[str, int] | None = None,
) -> tuple[str, bytes]:
    """The marked file and its name; `header_rows` (sheet to row, from 1) is where the remark column is titled."""
    profile = check_content(data, kind)
    workbook = None
    if kind is FileKind.XLSX and profile.unpacked <= LIMITS.in_process_unpacked:
        workbook = _opened(data)
    if workbook is None:
        workbook = _rebuilt(raw_sheets(data, profile))
    _clear(workbook)
    by_sheet: dict[str, list[CellProblem]] = {}
    for problem in problems:
        by_sheet.setdefault(problem.sheet, []).append(problem)
    for page in workbook.worksheets:
        if page.title in by_sheet:
            row = (header_rows or {}).get(page.title) or _row_above(by_sheet[page.title])
            _mark(page, by_sheet[page.title], row)
    _summarise(workbook, problems)
    buffer = io.BytesIO()
    workbook.save(buffer)
    stem = safe_name(name).rpartition(".")[0].removesuffix(" (ghi chú)")
    return f"{stem} (ghi chú).xlsx", buffer.getvalue()


def _opened(data: bytes) -> Any | None:
    """The workbook with styles and widths, or None when it is written in a way that only our reader forgives."""
    try:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False, keep_vba=False)
    except Exception as problem:
        log.warning("workbook rebuilt for remarks: %s", type(problem).__name__)
        return None


def _rebuilt(sheets: Sequence[tuple[str, bool, list[tuple[int, int, int, int]], list[list[Any]]]]) -> Any:
    """A new workbook with the same cells, for kinds that cannot be written back."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    taken: set[str] = set()
    for name, hidden, merged, rows in sheets:
        page = workbook.create_sheet(sheet_name(name, taken))
        page.sheet_state = "hidden" if hidden else "visible"
        widths: dict[int, int] = {}
        for number, row in enumerate(rows, 1):
            for index, raw in enumerate(row, 1):
                value = plain_value(raw)
                if value is None or value == "":
                    continue
                cell = page.cell(number, index)
                _set(cell, value)
                widths[index] = max(widths.get(index, 0), min(len(str(value)), 40))
        for index, width in widths.items():
            page.column_dimensions[openpyxl.utils.get_column_letter(index)].width = width + 3
        for top, left, bottom, right in merged:
            page.merge_cells(
                start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
            )
    return workbook


def _set(cell: Any, value: Any) -> None:
    """Put a value into a cell; text stays text whatever it looks like."""
    if isinstance(value, str):
        cell.value = value
        cell.data_type = "s"
        cell.number_format = "@"
    else:
        cell.value = value
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            cell.number_format = "dd/mm/yyyy"


def _clear(workbook: Any) -> None:
    """Take away the remarks of an earlier round."""
    for page in list(workbook.worksheets):
        if fold(page.title).startswith(fold(REMARK_TITLE)) and len(workbook.worksheets) > 1:
            workbook.remove(page)
            continue
        remark_columns: set[int] = set()
        for cell in _cells(page):
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
            if cell.has_style and cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in _OURS:
                cell.fill = PatternFill()
            if cell.value == REMARK_TITLE:
                remark_columns.add(cell.column)
        for cell in _cells(page) if remark_columns else ():
            if cell.column in remark_columns:
                cell.value = None


def _cells(page: Any) -> list[Any]:
    """The cells that are there; asking row by row would make every cell up to the farthest formatted one."""
    return [cell for cell in page._cells.values() if not isinstance(cell, MergedCell)]


def _row_above(problems: Sequence[CellProblem]) -> int:
    return max(min(problem.row for problem in problems) - 1, 1)


def _mark(page: Any, problems: Sequence[CellProblem], header_row: int) -> None:
    remark_column = _last_column(page) + 1
    by_row: dict[int, list[CellProblem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
        if problem.column_letter:
            _mark_cell(page, problem)
    title = page.cell(header_row, remark_column)
    if isinstance(title, MergedCell):
        header_row, title = header_row + 1, page.cell(header_row + 1, remark_column)
    _set(title, REMARK_TITLE)
    title.font = Font(bold=True)
    for row, found in by_row.items():
        cell = page.cell(row, remark_column)
        if row == header_row:
            cell = page.cell(row + 1, remark_column)
        _set(cell, " ".join(dict.fromkeys(problem.message for problem in found)))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(color="FFB3261E" if any(problem.refuses for problem in found) else "FF8A5A00")
    page.column_dimensions[openpyxl.utils.get_column_letter(remark_column)].width = 60


def _last_column(page: Any) -> int:
    """The last column that holds something (formatting alone reaches further)."""
    last = max((cell.column for cell in _cells(page) if cell.value not in (None, "")), default=1)
    return int(max([last, *(merged.max_col for merged in page.merged_cells.ranges)]))


def _mark_cell(page: Any, problem: CellProblem) -> None:
    cell = page.cell(problem.row, index_of(problem.column_letter) + 1)
    if isinstance(cell, MergedCell):
        inside = next(r for r in page.merged_cells.ranges if cell.coordinate in r)
        cell = page.cell(inside.min_row, inside.min_col)
    cell.fill = PatternFill("solid", fgColor=_RED if problem.refuses else _AMBER)
    earlier = cell.comment.text + "\n" if cell.comment is not None and cell.comment.author == AUTHOR else ""
    cell.comment = Comment(earlier + problem.message, AUTHOR, height=90, width=300)


def _summarise(workbook: Any, problems: Sequence[CellProblem]) -> None:
    taken = {page.title.lower() for page in workbook.worksheets}
    page = workbook.create_sheet(sheet_name(REMARK_TITLE, taken))
    rows = len({(problem.sheet, problem.row) for problem in problems if problem.refuses})
    lines: list[tuple[Any, ...]] = [
        (f"{rows} dòng chưa nhận. Sửa các ô tô đỏ rồi tải chính tệp này lên lại.",),
        (),
        ("Trang", "Dòng", "Cột", "Ô", "Giá trị", "Việc cần sửa"),
    ]
    for problem in problems[:_LISTED]:
        place = f"{problem.column_letter}{problem.row}" if problem.column_letter else ""
        lines.append(
            (problem.sheet, problem.row, problem.column_label, place, problem.value, problem.message)
        )
    if len(problems) > _LISTED:
        lines.append((f"Còn {len(problems) - _LISTED} ô nữa, xem cột “{REMARK_TITLE}” trong từng trang.",))
    for number, line in enumerate(lines, 1):
        for index, value in enumerate(line, 1):
            cell = page.cell(number, index)
            _set(cell, plain_value(value))
            if number in (1, 3):
                cell.font = Font(bold=True)
    for index, width in enumerate((14, 8, 22, 10, 26, 80), 1):
        page.column_dimensions[openpyxl.utils.get_column_letter(index)].width = width
