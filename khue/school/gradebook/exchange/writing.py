"""Sheets of the gradebook as a workbook like the schools' own: filled, it comes back and finds its cells again.

The first row is hidden: the sheet's code, and over each column its own code, which moves with the column when somebody
inserts another. Marks are numbers, states and levels text; text never becomes a formula.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.lib.spreadsheets.formulas import looks_like_formula
from khue.lib.spreadsheets.write import NOTE_PREFIX, plain_text, sheet_name
from khue.school.gradebook import cells
from khue.school.gradebook.exchange.heads import AVERAGE, BORN, CODE, COMMENT, NAME
from khue.school.gradebook.exchange.reading import MARK
from khue.school.gradebook.headings import group_of, groups_of, label_of
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.queries.files import FilePupil
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.rules import marks
from khue.school.gradebook.terms import ROMAN

NUMBERS: Final = frozenset({Kind.MARK, Kind.TEST, Kind.MEASURE, Kind.COUNT})
_TITLE, _WHAT, _HEAD, _BODY = 1, 2, 4, 6  # rows from 0; the header is two rows deep
FIRST_MARK: Final = 4


def workbook(
    frames: Sequence[Frame], pupils: Mapping[int, Sequence[FilePupil]], *, year_label: str, note: str
) -> bytes:
    """A workbook with one page a sheet, in the order given."""
    buffer = io.BytesIO()
    import xlsxwriter  # 14 MB, of use only here

    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    try:
        formats = _formats(book)
        taken: set[str] = set()
        for frame in frames:
            name = f"{frame.class_name} {frame.subject_short or _KIND[frame.kind]} HK{ROMAN[frame.term]}"
            page = book.add_worksheet(sheet_name(name, taken))
            _write(page, frame, pupils[frame.id], formats, year_label=year_label, note=note)
    finally:
        book.close()
    return buffer.getvalue()


_KIND: Final = {"conduct": "Rèn luyện", "traits": "PCNL", "observation": "Quan sát", "subject": ""}


def _formats(book: Any) -> dict[str, Any]:
    def made(**properties: Any) -> Any:
        return book.add_format(
            {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", **properties}
        )

    return {
        "school": made(bold=True),
        "title": made(bold=True, font_size=14, align="center"),
        "what": made(align="center"),
        "head": made(bold=True, border=1, align="center", text_wrap=True, bg_color="#E8EEF4"),
        "text": made(border=1, num_format="@"),
        "quoted": made(border=1, num_format="@", quote_prefix=True),
        "date": made(border=1, num_format="dd/mm/yyyy", align="center"),
        "number": made(border=1, align="center"),
        "mark": made(border=1, num_format="0.0", align="center"),
        "whole": made(border=1, num_format="0", align="center"),
        "word": made(border=1, align="center"),
        "locked_mark": made(border=1, num_format="0.0", align="center", bg_color="#EDEDED"),
        "locked_whole": made(border=1, num_format="0", align="center", bg_color="#EDEDED"),
        "locked_word": made(border=1, align="center", bg_color="#EDEDED"),
        "average": made(border=1, num_format="0.0", align="center", bold=True, bg_color="#F6F6F6"),
        "comment": made(border=1, num_format="@", text_wrap=True),
        "note": made(italic=True, font_color="#5F6B76"),
    }


def _write(
    page: Any,
    frame: Frame,
    pupils: Sequence[FilePupil],
    formats: dict[str, Any],
    *,
    year_label: str,
    note: str,
) -> None:
    columns = frame.columns
    average_at = FIRST_MARK + len(columns)
    comment_at = average_at + frame.has_average
    _codes(page, frame, columns, average_at, comment_at)
    page.write_string(_TITLE, 0, plain_text(frame.school_name.upper()), formats["school"])
    title = _("SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH")
    page.merge_range(_TITLE, 3, _TITLE, comment_at, title, formats["title"])
    what = _("Môn: %(subject)s. Lớp: %(room)s. Học kì %(term)s. Năm học %(year)s") % {
        "subject": frame.subject_name or frame.title.split(",")[0], "room": frame.class_name,
        "term": ROMAN[frame.term], "year": year_label,
    }  # fmt: skip
    page.merge_range(_WHAT, 0, _WHAT, comment_at, plain_text(what), formats["what"])
    _header(page, frame, columns, average_at, comment_at, formats)
    line = _BODY
    for number, pupil in enumerate(pupils, 1):
        _pupil(page, line, number, pupil, frame, formats, average_at, comment_at)
        line += 1
    page.set_column(0, 0, 5)
    page.set_column(1, 1, 16)
    page.set_column(2, 2, 26)
    page.set_column(3, 3, 12)
    page.set_column(FIRST_MARK, average_at, 9 if len(columns) > 12 else 8)
    page.set_column(comment_at, comment_at, 46)
    page.freeze_panes(_BODY, 3)
    page.repeat_rows(_HEAD, _HEAD + 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(line + 1, 1, plain_text(f"{NOTE_PREFIX} {note}"), formats["note"])


def _codes(page: Any, frame: Frame, columns: Sequence[Column], average_at: int, comment_at: int) -> None:
    page.write_string(0, 0, f"{MARK}:{frame.id}")
    for at, code in ((1, CODE), (2, NAME), (3, BORN), (comment_at, COMMENT)):
        page.write_string(0, at, f"khue:{code}")
    for n, column in enumerate(columns):
        page.write_string(0, FIRST_MARK + n, f"khue:{column.code}")
    if frame.has_average:
        page.write_string(0, average_at, f"khue:{AVERAGE}")
    page.set_row(0, None, None, {"hidden": True})


def _header(
    page: Any,
    frame: Frame,
    columns: Sequence[Column],
    average_at: int,
    comment_at: int,
    formats: dict[str, Any],
) -> None:
    head = formats["head"]
    plain = [
        (0, _("STT")),
        (1, _("Mã học sinh")),
        (2, _("Họ và tên")),
        (3, _("Ngày sinh")),
        (comment_at, _("Nhận xét")),
    ]
    if frame.has_average:
        plain.append((average_at, "ĐTBmhk"))
    for at, text in plain:
        page.merge_range(_HEAD, at, _HEAD + 1, at, text, head)
    place = {column.slot: FIRST_MARK + n for n, column in enumerate(columns)}
    for title, members in groups_of(columns):
        first, last = place[members[0].slot], place[members[-1].slot]
        if not title:
            page.merge_range(_HEAD, first, _HEAD + 1, first, label_of(members[0]), head)
            continue
        if first == last:
            page.write_string(_HEAD, first, title, head)
        else:
            page.merge_range(_HEAD, first, _HEAD, last, title, head)
        for column in members:
            page.write_string(_HEAD + 1, place[column.slot], label_of(column), head)
    for n, column in enumerate(columns):
        if frame.locks.is_locked(column):
            page.write_comment(_HEAD + 1 if group_of(column) else _HEAD, FIRST_MARK + n, _("Cột đã khóa."))


def _pupil(
    page: Any, line: int, number: int, pupil: FilePupil, frame: Frame, formats: dict[str, Any],
    average_at: int, comment_at: int,
) -> None:  # fmt: skip
    row = pupil.row
    page.write_number(line, 0, number, formats["number"])
    _text(page, line, 1, pupil.shown_code, formats)
    _text(page, line, 2, row.full_name, formats)
    if pupil.birth_date is not None and pupil.birth_date.year >= 1900:
        page.write_datetime(line, 3, dt.datetime.combine(pupil.birth_date, dt.time()), formats["date"])
    else:
        page.write_blank(line, 3, None, formats["date"])
    for n, column in enumerate(frame.columns):
        is_open = frame.locks.may_write(column, row.enrolment_id)
        _mark(page, line, FIRST_MARK + n, column, row.marks[column.slot], formats, is_open=is_open)
    if frame.has_average:
        if row.average is not None and row.average >= 0 and frame.is_scored:
            page.write_number(line, average_at, row.average / 10, formats["average"])
        else:
            page.write_string(
                line, average_at, marks.show(row.average, frame.assessed_by or "marks"), formats["average"]
            )
    _text(page, line, comment_at, row.comment, formats, "comment")


def _mark(
    page: Any,
    line: int,
    at: int,
    column: Column,
    value: int | None,
    formats: dict[str, Any],
    *,
    is_open: bool,
) -> None:
    look = (
        "mark" if column.kind in (Kind.MARK, Kind.MEASURE) else "whole" if column.kind in NUMBERS else "word"
    )
    form = formats[look if is_open else f"locked_{look}"]
    if value is None:
        page.write_blank(line, at, None, form)
    elif value >= 0 and column.kind in NUMBERS:
        page.write_number(line, at, value if column.kind == Kind.COUNT else value / 10, form)
    else:
        page.write_string(line, at, cells.show(column, value), form)


def _text(page: Any, line: int, at: int, text: str, formats: dict[str, Any], look: str = "text") -> None:
    plain = plain_text(text)
    if not plain:
        page.write_blank(line, at, None, formats[look])
    else:
        page.write_string(line, at, plain, formats["quoted" if looks_like_formula(plain) else look])
