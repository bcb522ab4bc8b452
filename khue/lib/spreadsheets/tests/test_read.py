"""Files into plain cells: what Excel, people and text files do to values."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata

import pytest
import xlsxwriter
import xlwt

from khue.lib.spreadsheets.cells import (
    CellError,
    date_of_serial,
    fold,
    index_of,
    letter_of,
    text_of,
    value_of,
)
from khue.lib.spreadsheets.csv_text import delimiter_of
from khue.lib.spreadsheets.kinds import FileKind, Limits, UploadProblem
from khue.lib.spreadsheets.read import read_workbook


def moment(*parts: int) -> dt.datetime:
    """A day and hour without a zone, as cells hold them."""
    return dt.datetime(*parts)  # noqa: DTZ001


def written(fill) -> list:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        fill(book, book.add_worksheet("Trang & 1"))
    return read_workbook(buffer.getvalue(), FileKind.XLSX)[0]


def test_cells_of_every_kind_become_plain_values():
    def fill(book, page):
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_number(0, 0, 3868707214)
        page.write_number(0, 1, 8.5)
        page.write_number(0, 2, 0.1 + 0.2)
        page.write_datetime(0, 3, moment(2011, 9, 29), day)
        page.write_datetime(0, 4, moment(2011, 9, 29, 7, 30), day)
        page.write_boolean(0, 5, True)
        page.write_formula(0, 6, "=1/0", None, "#DIV/0!")
        page.write_string(0, 7, unicodedata.normalize("NFD", "Nguyễn Hoà"))
        page.write_string(0, 8, "Tỉnh\u00a0/\nThành  phố ")
        page.write_formula(0, 9, '="a"&"b"', None, "ab")
        page.write_datetime(0, 10, dt.time(7, 30), book.add_format({"num_format": "hh:mm"}))

    sheet = written(fill)
    assert sheet.name == "Trang & 1"
    assert sheet.rows == [
        [
            "3868707214",
            "8.5",
            "0.3",
            dt.date(2011, 9, 29),
            moment(2011, 9, 29, 7, 30),
            "TRUE",
            "#DIV/0!",
            "Nguyễn Hoà",
            "Tỉnh\u00a0/\nThành  phố ",
            "ab",
            "07:30",
        ]
    ]
    assert isinstance(sheet.rows[0][6], CellError)
    assert text_of(sheet.rows[0][8]) == "Tỉnh / Thành phố"
    assert text_of(sheet.rows[0][3]) == "29/09/2011"


def test_rows_and_columns_keep_their_places_when_the_table_starts_far_in():
    sheet = written(lambda book, page: page.write_string(11, 3, "Họ tên"))
    assert sheet.rows[11][3] == "Họ tên"
    assert len(sheet.rows) == 12


def test_merged_cells_are_told():
    sheet = written(lambda book, page: page.merge_range(1, 2, 1, 4, "Giới tính"))
    assert sheet.merged == [(1, 2, 1, 4)]


def test_errors_of_old_workbooks_are_told():
    import struct

    from .museum import ole, record

    bof = struct.pack("<HHHHLL", 0x0600, 5, 0, 0, 0, 0)
    page_bof = record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x10, 0, 0, 0, 0))
    bound = lambda at: record(0x0085, struct.pack("<LBBBB", at, 0, 0, 1, 0) + b"S")  # noqa: E731
    head = record(0x0809, bof)
    start = len(head) + len(bound(0)) + 4
    book = head + bound(start) + record(0x000A)
    page = page_bof + record(0x0205, struct.pack("<HHHBB", 0, 0, 0, 0x2A, 1))
    page += record(0x0203, struct.pack("<HHHd", 1, 0, 0, 7.0)) + record(0x000A)
    sheet = read_workbook(ole({"Workbook": book + page}), FileKind.XLS)[0]
    assert sheet.rows == [["#N/A"], ["7"]]
    assert isinstance(sheet.rows[0][0], CellError)


def test_dates_and_numbers_of_old_workbooks():
    book = xlwt.Workbook()
    page = book.add_sheet("6A")
    page.write(0, 0, dt.date(2014, 5, 9), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    page.write(0, 1, 3868707214)
    page.write(0, 2, "Lê Ân")
    buffer = io.BytesIO()
    book.save(buffer)
    assert read_workbook(buffer.getvalue(), FileKind.XLS)[0].rows == [
        [dt.date(2014, 5, 9), "3868707214", "Lê Ân"]
    ]


TABLE = [["Họ tên", "Ngày sinh"], ["Lê Thị Ân, con út", "09/05/2014"], ['Đỗ "Bé" Tâm', ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_text_files_of_every_habit(encoding, delimiter, newline):
    import csv

    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(TABLE)
    text = buffer.getvalue()
    if encoding == "cp1258":
        # This code page has some letters whole and others as letter and tone, as its users' programs wrote them.
        text = "".join(c if _in(c) else unicodedata.normalize("NFD", c) for c in text)
        text = "".join(c if _in(c) else _halved(c) for c in unicodedata.normalize("NFC", text))
    assert read_workbook(text.encode(encoding), FileKind.CSV)[0].rows == TABLE


def _in(character: str) -> bool:
    try:
        character.encode("cp1258")
    except UnicodeEncodeError:
        return False
    return True


def _halved(character: str) -> str:
    """A letter and its tone apart, the letter's own mark kept: ễ is ê and the tilde."""
    marks = unicodedata.normalize("NFD", character)
    tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", marks.replace(tone, "")) + tone


def test_a_stated_separator_and_excels_text_marks_are_understood():
    data = 'sep=|\r\nMã|Họ tên\r\n="0012"|\'=1+1\r\n'.encode()
    assert read_workbook(data, FileKind.CSV)[0].rows == [[], ["Mã", "Họ tên"], ["0012", "=1+1"]]


def test_a_decimal_comma_does_not_make_commas_the_delimiter():
    assert delimiter_of("Họ tên;Toán;Văn\nAn;8,5;7,25\nBình;9,0;6,75\n") == ";"


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"a\n" * 50, Limits(max_rows=20), "too_many_rows"),
        (b"a," * 50, Limits(max_columns=20), "too_many_columns"),
        (b"a,b,c\n" * 50, Limits(max_cells=100), "too_many_cells"),
        (b'a,"' + b"b" * 200_000, Limits(), "long_cell"),
        (b"a," + b"b" * 40_000, Limits(), "long_cell"),
    ],
)
def test_text_files_out_of_bounds_are_refused(data, limits, code):
    with pytest.raises(UploadProblem) as caught:
        read_workbook(data, FileKind.CSV, limits)
    assert caught.value.code == code


def test_a_workbook_whose_parts_make_no_sense_is_unreadable():
    from .museum import sheet_xml, xlsx

    data = xlsx(sheet=sheet_xml('<row r="1"><c r="A1"><v>1</v></c></r0w><<<'))
    with pytest.raises(UploadProblem) as caught:
        read_workbook(data, FileKind.XLSX)
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize("index", [0, 25, 26, 51, 52, 701, 702, 16_383])
def test_letters_of_columns_go_both_ways(index):
    assert index_of(letter_of(index)) == index


@pytest.mark.parametrize("letters", ["", "1", "A1", "Ă"])
def test_what_is_no_column_is_refused(letters):
    with pytest.raises(ValueError, match="cột"):
        index_of(letters)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("40815", dt.date(2011, 9, 29)),
        ("40815.5", dt.date(2011, 9, 29)),
        ("2015", None),
        ("99999", None),
        ("029092011", None),
        ("29/09/2011", None),
    ],
)
def test_day_numbers_are_told_from_other_numbers(text, date):
    assert date_of_serial(text) == date


def test_folding_forgets_marks_case_punctuation_and_line_breaks():
    assert fold("Tỉnh/Thành phố\n(Theo địa chỉ thường trú)") == "tinh thanh pho theo dia chi thuong tru"
    assert fold(unicodedata.normalize("NFD", "Ngày SINH:")) == "ngay sinh"
    assert value_of(None) == ""
