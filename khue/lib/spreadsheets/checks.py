"""Cells into values: joins, crosses, dates and parsers, column by column, with what is wrong said cell by cell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from khue.lib.legacy_fonts import looks_like_legacy_font

from .body import BodyRow
from .cells import CellError, Sheet, Value, date_of_serial, fold, letter_of, text_of
from .headers import Header, Target
from .shape import CellProblem, Column, ParsedRow, TableShape

_CROSSED = frozenset(
    {"x", "v", "1", "co", "true", "yes", "\u2713", "\u2714", "\u221a", "\u00d7", "+", "*", "•", "●"}
)
_NOT_CROSSED = frozenset({"", "0", "-", "khong", "false", "no", "–", "—", "/"})


class _Bad(ValueError):
    """A cell that cannot be taken, with a code beside its sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_rows(
    sheet: Sheet, shape: TableShape, body: list[BodyRow], sheet_group: str | None, missing: set[str]
) -> list[ParsedRow]:
    """The rows of a table with parsed values; a cell that fails leaves its value out and a problem behind."""
    rows = [ParsedRow({}, sheet.name, place.row + 1) for place in body]
    group_field = shape.group_row.field if shape.group_row else ""
    for column in shape.columns:
        memo: dict[Any, Any] = {}
        is_group = column.from_group and column.name == group_field
        merged_over = _merged_over(sheet) if is_group else {}
        indexes: list[tuple[int, Target]] = []
        header: Header | None = None
        letter = ""
        for place, row in zip(body, rows, strict=True):
            if place.header is not header:
                header = place.header
                indexes = sorted(
                    ((i, t) for i, t in header.targets.items() if t.column == column.name),
                    key=lambda pair: pair[0],
                )
                letter = letter_of(indexes[0][0]) if indexes else ""
            if not indexes and not is_group:
                continue
            cells = sheet.rows[place.row]
            try:
                value, text = _raw(column, cells, indexes)
            except _Bad as bad:
                row.problems.append(_problem(row, column, letter, _shown(cells, indexes), bad))
                continue
            if value == "" and is_group:
                over = merged_over.get((place.row, indexes[0][0])) if indexes else None
                value = text = (text_of(over) if over else "") or place.group or sheet_group or ""
            if text:
                row.texts[column.name] = text
                row.letters[column.name] = letter
            if value == "":
                if column.required and column.name not in missing:
                    row.problems.append(
                        _problem(row, column, letter, "", _Bad("empty", f"{column.label} còn trống."))
                    )
                continue
            outcome = memo.get(value)
            if outcome is None:
                outcome = memo[value] = _parsed(column, value, text, date1904=sheet.date1904)
            if isinstance(outcome, _Bad):
                row.problems.append(_problem(row, column, letter, text, outcome))
            elif outcome[0] is not None:
                row.values[column.name] = outcome[0]
    return rows


def _merged_over(sheet: Sheet) -> dict[tuple[int, int], Value]:
    """The value of a cell merged downwards, for the rows it stands beside (the class written once)."""
    over: dict[tuple[int, int], Value] = {}
    for top, left, bottom, right in sheet.merged:
        if bottom > top and left == right and bottom < len(sheet.rows) and left < len(sheet.rows[top]):
            for row in range(top + 1, bottom + 1):
                over[(row, left)] = sheet.rows[top][left]
    return over


def _problem(row: ParsedRow, column: Column, letter: str, text: str, bad: _Bad) -> CellProblem:
    return CellProblem(row.sheet, row.row, letter, column.label, text[:200], str(bad), bad.code, column.name)


def _shown(cells: list[Value], indexes: list[tuple[int, Target]]) -> str:
    return " ".join(text for i, _ in indexes if i < len(cells) and (text := text_of(cells[i])))


def _raw(column: Column, cells: list[Value], indexes: list[tuple[int, Target]]) -> tuple[Value, str]:
    """The cell or cells of a column as one value, and as it is shown."""
    if not indexes:
        return "", ""
    if len(indexes) == 1 and not indexes[0][1].cross:
        index = indexes[0][0]
        value = cells[index] if index < len(cells) else ""
        if isinstance(value, str):
            if isinstance(value, CellError):
                raise _Bad("cell_error", f"Ô này là lỗi công thức {value}. Gõ lại giá trị vào ô.")
            text = text_of(value) if value else ""
            return text, text
        return value, text_of(value)
    if indexes[0][1].cross:
        text = _crossed(column, cells, indexes)
        return text, text
    parts = [text_of(cells[i]) if i < len(cells) else "" for i, _ in indexes]
    split = indexes[0][1].split
    joiner = column.splits[split].joiner if split >= 0 else " "
    if joiner != " " and any(parts) and not all(parts):
        raise _Bad("part_missing", f"{column.label} thiếu một phần: {joiner.join(parts)}.")
    text = joiner.join(part for part in parts if part)
    return text, text


def _crossed(column: Column, cells: list[Value], indexes: list[tuple[int, Target]]) -> str:
    """The value whose column bears the cross; with one column of two, an empty cell means the other value."""
    known = {fold(cross.value): cross.value for cross in column.crosses}
    marked: list[str] = []
    for index, target in indexes:
        text = text_of(cells[index]).strip(" .'") if index < len(cells) else ""
        lowered = text.lower()
        words = fold(text) or lowered
        if words in _CROSSED or lowered in _CROSSED:
            marked.append(target.cross)
        elif words in known:
            marked.append(known[words])
        elif words not in _NOT_CROSSED and lowered not in _NOT_CROSSED:
            raise _Bad("cross", f"Cột “{target.cross}” chỉ đánh dấu x, chưa rõ “{text[:30]}”.")
    if len(set(marked)) > 1:
        raise _Bad("cross_twice", f"{column.label} đánh dấu hai ô cùng lúc: {' và '.join(marked)}.")
    if marked:
        return marked[0]
    if len(indexes) == 1 and len(column.crosses) == 2:
        return next(cross.value for cross in column.crosses if cross.value != indexes[0][1].cross)
    return ""


def _parsed(column: Column, value: Value, text: str, *, date1904: bool) -> tuple[Any] | _Bad:
    """The parsed value in a box of one, or what is wrong with it."""
    if isinstance(value, str):
        font = looks_like_legacy_font(value)
        if font:
            return _Bad(
                "legacy_font", f"“{text[:40]}” gõ bằng phông cũ {font}. Đổi sang Unicode rồi tải lại."
            )
        if column.is_date:
            value = date_of_serial(value, date1904=date1904) or value
    elif column.is_date and isinstance(value, dt.datetime):
        value = value.date()
    elif not column.is_date and column.parse is None:
        value = text
    if column.parse is None:
        return (value,)
    try:
        return (column.parse(value),)
    except ValueError as problem:
        return _Bad("unparsable", str(problem) or f"Chưa đọc được “{text[:40]}”.")
