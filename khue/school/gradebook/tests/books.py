"""Workbooks as schools give them, for the tests of files: headers of several kinds, and every way to go wrong."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

SIMPLE = ("STT", "Họ và tên", "TX1", "TX2", "TX3", "TX4", "ĐĐGgk", "ĐĐGck", "ĐTBmhk", "Nhận xét")
SPREAD = (
    ("STT", "Mã HS", "Họ và tên", None, "Ngày sinh", "ĐĐGtx", None, None, None, "ĐĐGgk", "ĐĐGck", "ĐTB mhk"),
    (None, None, None, None, None, "1", "2", "3", "4", None, None, None),
)  # fmt: skip


def simple(
    rows: Sequence[Sequence[Any]], *, title: str = "Lớp: 8A3   Môn: Toán   Học kì I", name: str = "8A3",
    heads: Sequence[Any] = SIMPLE,
) -> bytes:  # fmt: skip
    """One page: school, title, a header row, rows numbered from 1, a signature."""
    book = Workbook()
    page(book, rows, title=title, name=name, heads=heads)
    return data_of(book)


def page(
    book: Workbook, rows: Sequence[Sequence[Any]], *, title: str, name: str, heads: Sequence[Any] = SIMPLE
) -> None:
    """One more page."""
    sheet = book.active if book.sheetnames == ["Sheet"] else book.create_sheet()
    assert sheet is not None
    sheet.title = name
    sheet.append(["TRƯỜNG THCS LÊ QUÝ ĐÔN"])
    sheet.append([title])
    sheet.append([])
    sheet.append(list(heads))
    for number, row in enumerate(rows, 1):
        sheet.append([number, *row])
    sheet.append([])
    sheet.append([None, None, None, None, None, "Người lập biểu"])


def spread(rows: Sequence[Sequence[Any]]) -> bytes:
    """The form with a header of two rows, merged over the regular marks, the name in two columns."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Toan 8A3"
    sheet.append(["SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH"])
    sheet.append(["Môn học: Toán - Lớp 8A3 - Học kỳ I - Năm học 2026-2027"])
    for line in SPREAD:
        sheet.append(list(line))
    sheet.merge_cells("F3:I3")
    sheet.merge_cells("C3:D4")
    for column in "ABEJKL":
        sheet.merge_cells(f"{column}3:{column}4")
    for number, row in enumerate(rows, 1):
        sheet.append([number, *row])
    return data_of(book)


def data_of(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def opened(data: bytes) -> Workbook:
    """A workbook to look into, or to fill."""
    return load_workbook(io.BytesIO(data))
