"""A report as a workbook by the form: a page of all tables; for a sum one more page a level with every school's cells.

Numbers are numbers and text is text: nothing in it calculates, so what was signed is what stands there.
"""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from khue.command.reports.definition import ALL, LEVELS, Table
from khue.command.reports.filling import Value
from khue.command.reports.printing.words import Printed, when
from khue.command.reports.showing import ShownTable, tables
from khue.lib.spreadsheets.write import NOTE_PREFIX, plain_text, sheet_name

WIDEST: Final = 200
"""Most columns of a page with every school."""


def workbook(one: Printed, *, note: str) -> bytes:
    """The workbook."""
    buffer = io.BytesIO()
    import xlsxwriter  # 14 MB, of use only here

    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        looks = _looks(book)
        taken: set[str] = set()
        _form(book.add_worksheet(sheet_name("Biểu", taken)), one, looks, note)
        if one.schools:
            _list(book.add_worksheet(sheet_name("Các trường", taken)), one, looks)
            for level in (ALL, *one.levels):
                for table in one.form.tables(one.levels):
                    if table.level == level and not table.is_control:
                        words = "" if level == ALL else f"{level} "
                        _every(
                            book.add_worksheet(sheet_name(f"{words}{table.title}", taken)), one, table, looks
                        )
    finally:
        book.close()
    return buffer.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    def made(**properties: Any) -> Any:
        return book.add_format(
            {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", **properties}
        )

    found = {
        "unit": made(bold=True), "plain": made(), "title": made(bold=True, font_size=14, align="center"),
        "motto": made(bold=True, align="center"), "what": made(align="center", italic=True),
        "heading": made(bold=True, font_size=12),
        "head": made(bold=True, border=1, align="center", text_wrap=True, bg_color="#E8EEF4"),
        "whole": made(border=1, num_format="#,##0"), "share": made(border=1, num_format="#,##0.0"),
        "hand": made(border=1, num_format="#,##0", bg_color="#FFF8E5"), "none": made(border=1, align="right"),
        "text": made(border=1, text_wrap=True), "note": made(italic=True, font_color="#5F6B76"),
        "sign": made(bold=True, align="center"), "signed": made(align="center", text_wrap=True, font_color="#14357A"),
    }  # fmt: skip
    for indent in range(3):
        found[f"label{indent}"] = made(border=1, text_wrap=True, indent=indent)
    return found


def _form(page: Any, one: Printed, looks: dict[str, Any], note: str) -> None:
    shown = tables(one.form, one.levels, one.values)
    width = max((len(table.columns) for table in shown), default=1)
    last = max(width, 4)
    page.set_column(0, 0, 46)
    page.set_column(1, last, 13)
    page.write_string(0, 0, plain_text(one.over.upper()), looks["plain"])
    page.write_string(1, 0, plain_text(one.unit.upper()), looks["unit"])
    page.merge_range(0, 1, 0, last, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", looks["motto"])
    page.merge_range(1, 1, 1, last, "Độc lập - Tự do - Hạnh phúc", looks["motto"])
    page.merge_range(3, 0, 3, last, plain_text(one.title.upper()), looks["title"])
    page.merge_range(4, 0, 4, last, plain_text(one.under), looks["what"])
    page.merge_range(
        5, 0, 5, last, plain_text(f"Theo {one.form.source}, mẫu {one.form.version}"), looks["what"]
    )
    line = 7
    for table in shown:
        line = _table(page, line, table, looks) + 1
    for text, why in one.remarks:
        page.write_string(line, 0, plain_text(f"{text} Giải thích: {why}"), looks["plain"])
        line += 1
    line += 1
    page.write_string(line, 0, "NGƯỜI LẬP BIỂU", looks["sign"])
    page.merge_range(line, 1, line, last, "THỦ TRƯỞNG ĐƠN VỊ" if one.is_sum else "HIỆU TRƯỞNG", looks["sign"])
    if one.signed_at is not None:
        words = f"{one.signed_name}, {one.signed_as}, {when(one.signed_at)}. Vân tay số {one.digest[:16]}"
        page.merge_range(line + 1, 1, line + 3, last, plain_text(words), looks["signed"])
    page.write_string(line + 6, 0, plain_text(f"{NOTE_PREFIX} {note}"), looks["note"])
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    page.set_footer("&RTrang &P/&N")


def _table(page: Any, line: int, table: ShownTable, looks: dict[str, Any]) -> int:
    page.write_string(line, 0, plain_text(f"{table.place}. {table.table.heading}"), looks["heading"])
    line += 1
    page.write_string(line, 0, "Nội dung", looks["head"])
    for number, label in enumerate(table.columns, 1):
        page.write_string(line, number, label, looks["head"])
    for row in table.rows:
        line += 1
        label = f"{row.label} ({row.number})" if row.number else row.label
        page.write_string(line, 0, plain_text(label), looks[f"label{min(row.indent, 2)}"])
        for number, cell in enumerate(row.cells, 1):
            _value(page, line, number, cell.value, looks, is_hand=row.is_hand)
    return line + 1


def _value(
    page: Any, line: int, at: int, value: Value, looks: dict[str, Any], *, is_hand: bool = False
) -> None:
    if value is None:
        page.write_string(line, at, "–", looks["none"])
    elif isinstance(value, int):
        page.write_number(line, at, value, looks["hand" if is_hand else "whole"])
    else:
        page.write_number(line, at, float(Decimal(value)), looks["share"])


def _list(page: Any, one: Printed, looks: dict[str, Any]) -> None:
    heads = ("Số", "Mã trường", "Trường", "Đơn vị quản lý", "Cấp học", "Bản", "Ký gửi lúc")
    for number, text in enumerate(heads):
        page.write_string(0, number, text, looks["head"])
    for line, school in enumerate(one.schools, 1):
        page.write_number(line, 0, line, looks["whole"])
        levels = ", ".join(LEVELS[level][0] for level in school.levels)
        for number, text in enumerate((school.code, school.name, school.over, levels), 1):
            page.write_string(line, number, plain_text(text), looks["text"])
        page.write_number(line, 5, school.edition, looks["whole"])
        page.write_string(line, 6, when(school.signed_at), looks["text"])
    for number, width in enumerate((6, 18, 36, 28, 26, 6, 18)):
        page.set_column(number, number, width)
    page.freeze_panes(1, 3)


def _every(page: Any, one: Printed, table: Table, looks: dict[str, Any]) -> None:
    """Every school's cells of one table: a line a school, a column a cell, the sum below."""
    cells = list(table.cells())[:WIDEST]
    page.merge_range(0, 0, 1, 0, "Trường", looks["head"])
    at = 1
    for row in table.rows:
        many = [cell for cell in cells if cell.row is row]
        if not many:
            continue
        if len(many) > 1:
            page.merge_range(0, at, 0, at + len(many) - 1, plain_text(row.label), looks["head"])
        else:
            page.write_string(0, at, plain_text(row.label), looks["head"])
        for cell in many:
            page.write_string(1, at, plain_text(cell.column.label), looks["head"])
            at += 1
    line = 2
    for school in one.schools:
        if table.level != ALL and table.level not in school.levels:
            continue
        page.write_string(line, 0, plain_text(school.name), looks["text"])
        own = school.values.get(table.key, {})
        for number, cell in enumerate(cells, 1):
            _value(page, line, number, own.get(f"{cell.row.code}.{cell.column.code}"), looks)
        line += 1
    page.write_string(line, 0, "Cộng", looks["head"])
    total = one.values.get(table.key, {})
    for number, cell in enumerate(cells, 1):
        _value(page, line, number, total.get(f"{cell.row.code}.{cell.column.code}"), looks)
    page.set_column(0, 0, 36)
    page.set_column(1, max(1, len(cells)), 11)
    page.freeze_panes(2, 1)


def note_of(name: str) -> str:
    """Who took it out and when."""
    return f"{name}, {timezone.localtime():%H:%M %d/%m/%Y}"
