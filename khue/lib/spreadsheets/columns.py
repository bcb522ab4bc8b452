"""A declared table read from the sheets of a file: found by words, walked line by line, checked column by column.

shape = TableShape("pupils", (Column("code", "Mã học sinh", ("mã hs",), required=True, unique=Unique.ALL_REFUSED),
                              Column("full_name", "Họ tên", ("họ và tên",), parse=name_of, required=True)))
table = parse_table(read_workbook(data, kind), shape)
table.rows, table.problems, table.mapping, table.unmatched
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from khue.lib.legacy_fonts import looks_like_legacy_font

from .body import BodyRow, walk
from .cells import Sheet, fold, index_of, letter_of, text_of
from .checks import check_rows
from .headers import Header, Matcher, Target, find_header, header_at
from .shape import (
    REMARK_TITLE,
    CellProblem,
    Column,
    Cross,
    GroupRow,
    NoTable,
    ParsedRow,
    ParsedTable,
    SkippedRow,
    Split,
    TablePart,
    TableShape,
    Unique,
    Unmatched,
)

__all__ = [
    "CellProblem",
    "Column",
    "Cross",
    "GroupRow",
    "NoTable",
    "ParsedRow",
    "ParsedTable",
    "Split",
    "TableShape",
    "Unique",
    "parse_table",
]

Overrides = Mapping[str, str]


@dataclass(slots=True)
class _Found:
    sheet: Sheet
    header: Header


def parse_table(
    sheets: Sequence[Sheet],
    shape: TableShape,
    overrides: Overrides | None = None,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
) -> ParsedTable:
    """The rows of a declared table found in a file; raises NoTable when no header is recognised.

    `overrides` maps column letters to fields as `ParsedTable.mapping` shows them ("sex=Nữ" for a crossed column, ""
    to leave a column out); `sheet` and `header_row` (from 1) settle where the table stands.
    """
    matcher = Matcher(shape)
    found, others = _find(sheets, matcher, sheet, header_row, overrides)
    rows: list[ParsedRow] = []
    parts: list[TablePart] = []
    problems: list[CellProblem] = []
    skipped: list[SkippedRow] = []
    missing: dict[str, Column] = {}
    for place in found:
        header = place.header
        _join_blank_neighbours(place, shape)
        if overrides:
            _override(header, overrides, shape, place.sheet)
        body = list(walk(place.sheet, matcher, header, skipped))
        sheet_group = _sheet_group(place.sheet, shape)
        for column in shape.columns:
            if column.required and not _is_there(column, header, body, sheet_group, shape):
                missing.setdefault(column.name, column)
        parts.append(_part(place, body))
        rows.extend(check_rows(place.sheet, shape, body, sheet_group, set(missing)))
    _refuse_doubles(rows, shape, several=len(parts) > 1)
    for column in missing.values():
        problems.append(
            CellProblem(
                parts[0].sheet, parts[0].header_row, "", column.label, "",
                f"Không thấy cột “{column.label}”. Chọn cột này trong danh sách cột của tệp.",
                "missing_column", column.name, params={"label": column.label},
            )
        )  # fmt: skip
    for row in rows:
        problems.extend(row.problems)
    return ParsedTable(shape, parts, rows, problems, skipped, list(missing.values()), others)


def _find(
    sheets: Sequence[Sheet],
    matcher: Matcher,
    wanted: str | None,
    header_row: int | None,
    overrides: Overrides | None,
) -> tuple[list[_Found], list[str]]:
    """The sheets that hold the table, and the names of the others."""
    usable = [sheet for sheet in sheets if sheet.rows and fold(sheet.name) != fold(REMARK_TITLE)]
    if wanted is not None:
        usable = [sheet for sheet in usable if sheet.name == wanted]
    if not usable:
        raise NoTable("no_rows", "Tệp không có dòng nào.", sheets)
    candidates: list[_Found] = []
    for sheet in usable:
        if header_row is not None:
            header = header_at(sheet, matcher, header_row - 1) if header_row <= len(sheet.rows) else None
            if header is None and overrides:
                header = _plain_header(sheet, header_row - 1)
        else:
            header = find_header(sheet, matcher) or find_header(
                sheet, matcher, 0, min(len(sheet.rows), 2_000)
            )
        if header is not None:
            candidates.append(_Found(sheet, header))
    if not candidates:
        raise _no_table(usable, matcher.shape)
    shown = [place for place in candidates if not place.sheet.hidden] or candidates
    best = max(shown, key=lambda place: (round(place.header.score, 1), len(place.sheet.rows)))
    chosen = [best] if len(shown) == 1 else _same_table(shown, best, matcher.shape)
    names = {place.sheet.name for place in chosen}
    return chosen, [sheet.name for sheet in sheets if sheet.name not in names]


def _no_table(sheets: Sequence[Sheet], shape: TableShape) -> NoTable:
    texts = [str(v) for sheet in sheets for row in sheet.rows[:60] for v in row if isinstance(v, str) and v]
    fonts = [font for text in texts if (font := looks_like_legacy_font(text_of(text)))]
    if len(fonts) >= 3:
        return NoTable(
            "legacy_font",
            f"Tệp gõ bằng phông cũ {fonts[0]}. Đổi sang Unicode (bằng UniKey) rồi tải lại.",
            sheets,
        )
    wanted = ", ".join(f"“{column.label}”" for column in shape.columns if column.required)
    return NoTable("no_header", f"Không thấy dòng tiêu đề nào có các cột {wanted}.", sheets)


def _same_table(shown: list[_Found], best: _Found, shape: TableShape) -> list[_Found]:
    """All sheets with the same table (one for each class); copies of rows already taken are left out."""
    needed = {column.name for column in shape.columns if column.required}
    best_columns = {target.column for target in best.header.targets.values()}
    chosen = [best]
    seen = _keys(best, shape)
    for place in shown:
        columns = {target.column for target in place.header.targets.values()}
        if place is best or place.header.score < best.header.score * 0.7:
            continue
        if (needed & best_columns) - columns:
            continue
        keys = _keys(place, shape)
        if keys and len(keys & seen) * 2 > len(keys):
            continue
        seen |= keys
        chosen.append(place)
    order = {id(place): number for number, place in enumerate(shown)}
    return sorted(chosen, key=lambda place: order[id(place)])


def _keys(place: _Found, shape: TableShape) -> set[tuple[str, ...]]:
    """What tells the rows of a sheet apart: the unique columns, or else the required ones."""
    unique = {column.name for column in shape.columns if column.unique is not Unique.NO}
    needed = {column.name for column in shape.columns if column.required}
    targets = place.header.targets
    indexes = [i for i, t in targets.items() if t.column in unique] or [
        i for i, t in targets.items() if t.column in needed
    ]
    keys = set()
    for row in place.sheet.rows[place.header.row + place.header.depth :]:
        key = tuple(text_of(row[i]) if i < len(row) else "" for i in indexes)
        if any(key):
            keys.add(key)
    return keys


def _plain_header(sheet: Sheet, row: int) -> Header:
    """A row taken for the header because a person says so."""
    texts = {i: text for i, value in enumerate(sheet.rows[row]) if (text := text_of(value))}
    folded = {i: frozenset({fold(text)}) for i, text in texts.items()}
    return Header(row, 1, {}, texts, folded, 0.0)


def _override(header: Header, overrides: Overrides, shape: TableShape, sheet: Sheet) -> None:
    """Put a person's choice of columns over what was found; ValueError for an unknown field or column."""
    for letters, field in overrides.items():
        index = index_of(letters)
        header.targets.pop(index, None)
        if not field:
            continue
        name, _, cross = field.partition("=")
        try:
            column = shape.column(name)
        except KeyError:
            raise ValueError(f"Không có trường “{name}”.") from None
        if cross and cross not in {known.value for known in column.crosses}:
            raise ValueError(f"“{cross}” không phải giá trị của “{column.label}”.")
        for other, target in list(header.targets.items()):
            # A column chosen by hand replaces the one found, unless both were chosen (a name in two columns).
            if (
                target.column == name
                and letter_of(other) not in overrides
                and (not cross or not target.cross)
            ):
                del header.targets[other]
        header.targets[index] = Target(name, cross=cross)
        header.texts.setdefault(index, "")
        if header.order_index == index:
            header.order_index = None


def _join_blank_neighbours(place: _Found, shape: TableShape) -> None:
    """ "Họ và tên" over two columns, family and given name apart: the second column has no header of its own."""
    header, sheet = place.header, place.sheet
    for index, target in list(header.targets.items()):
        column = shape.column(target.column)
        after = index + 1
        if not column.spans_blank or target.cross or target.split >= 0 or after in header.targets:
            continue
        if after in header.texts and header.texts[after] != header.texts.get(index):
            continue
        below = sheet.rows[header.row + header.depth :][:200]
        first = [
            row for row in below if after < len(row) and isinstance(row[index], str) and row[index] != ""
        ]
        both = [row for row in first if isinstance(row[after], str) and _is_words(str(row[after]))]
        if first and len(both) * 10 >= len(first) * 6:
            header.targets[after] = replace(target)


def _is_words(text: str) -> bool:
    return bool(text.strip()) and not any(character.isdigit() for character in text) and len(text) <= 40


def _sheet_group(sheet: Sheet, shape: TableShape) -> str | None:
    rule = shape.group_row
    if rule is None or rule.from_sheet_name is None:
        return None
    return rule.from_sheet_name(sheet.name)


def _is_there(
    column: Column, header: Header, body: list[BodyRow], sheet_group: str | None, shape: TableShape
) -> bool:
    if any(target.column == column.name for target in header.targets.values()):
        return True
    if column.from_group and shape.group_row is not None and shape.group_row.field == column.name:
        return bool(sheet_group) or any(row.group for row in body) or not body
    return any(target.column == column.name for row in body for target in row.header.targets.values())


def _part(place: _Found, body: list[BodyRow]) -> TablePart:
    header, sheet = place.header, place.sheet
    unmatched = []
    for index, text in sorted(header.texts.items()):
        if index in header.targets or index == header.order_index or not text:
            continue
        if fold(text).startswith(fold(REMARK_TITLE)):
            continue
        filled = sum(1 for r in body if index < len(sheet.rows[r.row]) and sheet.rows[r.row][index] != "")
        unmatched.append(Unmatched(letter_of(index), text, filled))
    return TablePart(
        sheet=sheet.name,
        header_row=header.row + 1,
        header_depth=header.depth,
        mapping=header.mapping(),
        headers={letter_of(index): text for index, text in sorted(header.texts.items())},
        unmatched=unmatched,
    )


def _refuse_doubles(rows: list[ParsedRow], shape: TableShape, *, several: bool) -> None:
    """Rows that share a value which must be one of a kind."""
    for column in shape.columns:
        if column.unique is Unique.NO:
            continue
        groups: dict[object, list[ParsedRow]] = {}
        for row in rows:
            value = row.values.get(column.name)
            if value is not None and value != "":
                groups.setdefault(value, []).append(row)
        for same in groups.values():
            if len(same) < 2:
                continue
            for number, row in enumerate(same):
                others = [other for other in same if other is not row]
                kept = column.unique is Unique.FIRST_KEPT and number == 0
                row.problems.append(_double(row, column, others, kept=kept, several=several))


def _double(
    row: ParsedRow, column: Column, others: list[ParsedRow], *, kept: bool, several: bool
) -> CellProblem:
    places = ", ".join(f"{o.row} (trang {o.sheet})" if several else str(o.row) for o in others[:3])
    more = f" và {len(others) - 3} dòng nữa" if len(others) > 3 else ""
    message = f"{column.label} trùng với dòng {places}{more}."
    if kept:
        message += " Dòng này vẫn nhận, các dòng sau chưa nhận."
    return CellProblem(
        row.sheet, row.row, row.letters.get(column.name, ""), column.label,
        row.texts.get(column.name, ""), message, "double_kept" if kept else "double", column.name,
        refuses=not kept, params={"label": column.label, "rows": places},
    )  # fmt: skip
