"""Workbooks into sheets of plain cells; nothing is read that has not passed the guard."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import python_calamine

from .cells import CellError, Sheet, Value, value_of
from .csv_text import rows_of
from .guard import check_content
from .kinds import LIMITS, FileKind, Limits, Profile, UploadProblem

log = logging.getLogger(__name__)
_CHILD = Path(__file__).with_name("child.py")
RawSheet = tuple[str, bool, list[tuple[int, int, int, int]], list[list[Any]]]


def read_workbook(data: bytes, kind: FileKind, limits: Limits = LIMITS) -> list[Sheet]:
    """The sheets of a table file, cells normalised; raises UploadProblem when it cannot or must not be read."""
    profile = check_content(data, kind, limits)
    sheets = []
    for name, hidden, merged, rows in raw_sheets(data, profile, limits):
        values = [[value_of(raw) if raw != "" else "" for raw in row] for row in rows]
        _mark_errors(values, profile.error_cells.get(name, []))
        sheets.append(Sheet(value_of(name).__str__(), values, hidden, merged, profile.date1904))
    return sheets


def raw_sheets(data: bytes, profile: Profile, limits: Limits = LIMITS) -> list[RawSheet]:
    """The sheets with cells as the parser gives them (numbers as numbers), for a file the guard has profiled."""
    if profile.kind is FileKind.CSV:
        return [("Trang 1", False, [], rows_of(data, limits))]
    if profile.wants_child(limits):
        return _read_in_child(data, limits)
    try:
        return _read_here(data, limits)
    except UploadProblem:
        raise
    except BaseException as problem:
        # A panic inside the parser is a BaseException of its own; anything else that is not an error goes on.
        if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
            raise
        log.warning("workbook unreadable: %s", type(problem).__name__)
        raise UploadProblem("unreadable") from None


def _read_here(data: bytes, limits: Limits) -> list[RawSheet]:
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets: list[RawSheet] = []
    cells = 0
    for about in workbook.sheets_metadata:
        if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        cells += sheet.total_height * sheet.total_width
        if cells > limits.max_cells:
            raise UploadProblem("too_heavy")
        hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
        merged = [
            (top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        ]
        sheets.append((about.name, hidden, merged, sheet.to_python(skip_empty_area=False)))
    return sheets


def _read_in_child(data: bytes, limits: Limits) -> list[RawSheet]:
    command = [sys.executable, "-I", str(_CHILD)]
    bounds = [str(limits.child_memory), str(limits.child_cpu_seconds), str(limits.max_cells)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, numbers as arguments
            command + bounds,
            input=data,
            capture_output=True,
            timeout=limits.child_cpu_seconds * 5,
            env={"PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UploadProblem("too_heavy") from None
    if done.returncode:
        heavy = done.returncode < 0 or done.returncode == 4 or b"MemoryError" in done.stderr
        log.warning("workbook reader ended with %s", done.returncode)
        raise UploadProblem("too_heavy" if heavy else "unreadable")
    sheets: list[RawSheet] = []
    for name, hidden, merged, rows in json.loads(done.stdout):
        ranges = [(top, left, bottom, right) for (top, left), (bottom, right) in merged]
        sheets.append((name, hidden, ranges, [[_revived(raw) for raw in row] for row in rows]))
    return sheets


def _revived(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    if "t" in raw:
        return dt.time.fromisoformat(raw["t"])
    text = raw["d"]
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def _mark_errors(rows: list[list[Value]], errors: list[tuple[int, int, str]]) -> None:
    """The parser gives an empty text for a failed formula; the guard has seen which mark it bears."""
    for row, column, mark in errors:
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = CellError(mark)
