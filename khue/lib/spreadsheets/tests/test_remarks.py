"""The school's own file back with what is wrong written into it."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter

from khue.lib.spreadsheets.columns import parse_table
from khue.lib.spreadsheets.guard import check_upload
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.lib.spreadsheets.remarks import with_remarks
from khue.lib.spreadsheets.shape import REMARK_TITLE

from .shapes import PUPILS
from .test_rosters import ROSTERS


def marked(name, data, kind, table):
    new_name, new_data = with_remarks(name, data, kind, table.problems, header_rows=table.header_rows)
    assert check_upload(new_name, new_data) is FileKind.XLSX
    return new_name, new_data, openpyxl.load_workbook(io.BytesIO(new_data))


def parsed(data, kind=FileKind.XLSX):
    return parse_table(read_workbook(data, kind), PUPILS)


@pytest.fixture(scope="module")
def upper_secondary():
    name = "C1-HocSinh-THPT.xlsx"
    data = (ROSTERS / name).read_bytes()
    table = parsed(data)
    return data, table, marked(name, data, FileKind.XLSX, table)


def test_faulty_cells_are_red_and_say_why(upper_secondary):
    _, _, (name, _, book) = upper_secondary
    assert name == "C1-HocSinh-THPT (ghi chú).xlsx"
    page = book["Sheet1"]
    assert page["E338"].comment.text == "Tháng 02 không có ngày 31."
    assert page["E338"].fill.fgColor.rgb == "FFF8C9C4"
    assert page["E338"].value == "31/02/2010"
    assert page["D228"].comment.text == "Họ tên còn trống."
    assert page["P5"].value == REMARK_TITLE
    assert page["P1353"].value == "Mã học sinh trùng với dòng 1416."
    commented = [cell.coordinate for row in page.iter_rows() for cell in row if cell.comment]
    assert commented == ["D228", "E338", "C1353", "C1416"]


def test_everything_else_stays_as_it_was(upper_secondary):
    data, _, (_, _, book) = upper_secondary
    before = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == [*before.sheetnames, REMARK_TITLE]
    for page in before.worksheets:
        assert {k: d.width for k, d in page.column_dimensions.items()}.items() <= {
            k: d.width for k, d in book[page.title].column_dimensions.items()
        }.items()
        for row in page.iter_rows():
            for cell in row:
                twin = book[page.title][cell.coordinate]
                assert (twin.value or None, twin.number_format) == (cell.value or None, cell.number_format)


def test_the_summary_sheet_lists_each_cell(upper_secondary):
    _, _, (_, _, book) = upper_secondary
    lines = [[cell.value for cell in row] for row in book[REMARK_TITLE].iter_rows(min_row=4)]
    assert lines[1] == ["Sheet1", 338, "Ngày sinh", "E338", "31/02/2010", "Tháng 02 không có ngày 31."]
    assert len(lines) == 4


def test_the_marked_file_reads_as_the_first_did(upper_secondary):
    _, table, (_, data, _) = upper_secondary
    again = parsed(data)
    assert [row.values for row in again.rows] == [row.values for row in table.rows]
    assert (again.mapping, again.problems, again.unmatched) == (table.mapping, table.problems, [])


def test_a_corrected_file_loses_its_remarks_at_the_next_round(upper_secondary):
    _, _, (name, _, book) = upper_secondary
    buffer = io.BytesIO()
    page = book["Sheet1"]
    page["E338"].value, page["D228"].value = "28/02/2010", "Lê Thị Mới"
    book.save(buffer)
    table = parsed(buffer.getvalue())
    assert [p.row for p in table.problems] == [1353, 1416]
    again_name, _, again = marked(name, buffer.getvalue(), FileKind.XLSX, table)
    assert again_name == name
    page = again["Sheet1"]
    assert page["E338"].comment is None
    assert page["E338"].fill.fill_type is None
    assert page["P228"].value is None
    assert page["P5"].value == REMARK_TITLE
    assert again.sheetnames.count(REMARK_TITLE) == 1


@pytest.mark.parametrize("name", ["C1-HocSinh-THCS-v2.xls", "danh sach.csv"])
def test_other_kinds_come_back_as_a_new_workbook_with_the_same_cells(name):
    if name.endswith(".xls"):
        data, kind = (ROSTERS / name).read_bytes(), FileKind.XLS
    else:
        data, kind = "Họ tên;Ngày sinh;Lớp\n=1+1;31/02/2014;6A\nLê An;01/01/2014;6A\n".encode(), FileKind.CSV
    table = parsed(data, kind)
    new_name, new_data, book = marked(name, data, kind, table)
    assert new_name == name.rpartition(".")[0] + " (ghi chú).xlsx"
    again = parsed(new_data)
    assert [row.values for row in again.rows] == [row.values for row in table.rows]
    assert [p.message for p in again.problems] == [p.message for p in table.problems]
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_formulas_come_back_as_the_values_they_showed():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("6A")
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["=Lê An"[1:], "31/02/2014"])
        page.write_formula(1, 2, '="6"&"A"', None, "6A")
        page.write_string(2, 0, "=1+1")
        page.write_row(2, 1, ["01/01/2014", "6A"])
    table = parsed(buffer.getvalue())
    _, data, book = marked("a.xlsx", buffer.getvalue(), FileKind.XLSX, table)
    assert [row.values["class_name"] for row in parsed(data).rows] == ["6A", "6A"]
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert book["6A"]["A3"].value == "=1+1"


def test_a_problem_in_a_merged_cell_is_marked_at_its_corner():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("6A")
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["Lê An", "", "6A"])
        page.write_row(2, 0, ["Lê Bình", "", "6A"])
        page.merge_range(1, 1, 2, 1, "01/01/2014")
    table = parsed(buffer.getvalue())
    assert [p.row for p in table.problems] == [3]
    _, _, book = marked("a.xlsx", buffer.getvalue(), FileKind.XLSX, table)
    assert book["6A"]["B2"].comment.text == "Ngày sinh còn trống."


def test_formatting_at_the_far_end_of_a_sheet_does_not_hold_the_marking_up():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("6A")
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["Lê An", "31/02/2014", "6A"])
        page.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    table = parsed(buffer.getvalue())
    _, data, book = marked("a.xlsx", buffer.getvalue(), FileKind.XLSX, table)
    assert book["6A"]["D1"].value == REMARK_TITLE
    assert len(parsed(data).problems) == 1
