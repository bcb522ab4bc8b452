"""Files that schools also have: other headers, other places, other habits. Each gives the same three pupils."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter

from khue.lib.spreadsheets.cells import Sheet
from khue.lib.spreadsheets.class_lines import class_in_line, class_in_sheet_name
from khue.lib.spreadsheets.columns import NoTable, parse_table
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook

from .shapes import PUPILS, STAFF

AN = ("Lê Thị An", dt.date(2014, 5, 9), "Nữ", "6A1")
BINH = ("Trần Văn Bình", dt.date(2014, 11, 30), "Nam", "6A1")
CHI = ("Tống Công Chí", dt.date(2014, 2, 28), "Nam", "6A2")
ALL = [AN, BINH, CHI]


def moment(*parts: int) -> dt.datetime:
    """A day and hour without a zone, as cells hold them."""
    return dt.datetime(*parts)  # noqa: DTZ001


def found(*rows, name="Sheet1", merged=(), shape=PUPILS, **choices):
    return parse_table([Sheet(name, [list(row) for row in rows], merged=list(merged))], shape, **choices)


def people(table):
    keys = ("full_name", "birth_date", "sex", "class_name")
    return [tuple(row.values.get(key) for key in keys) for row in table.rows]


def plain(person, *, order=("full_name", "birth_date", "sex", "class_name")):
    named = dict(zip(("full_name", "birth_date", "sex", "class_name"), person, strict=True))
    return [
        named[key].strftime("%d/%m/%Y") if isinstance(named[key], dt.date) else named[key] for key in order
    ]


@pytest.mark.parametrize(
    "header",
    [
        ["Họ và tên", "Ngày sinh", "Giới tính", "Lớp"],
        ["HỌ TÊN", "NGÀY THÁNG NĂM SINH", "GIỚI TÍNH", "LỚP"],
        ["Họ và tên học sinh", "Ngày, tháng,\nnăm sinh", "Giới\ntính", "Tên lớp học"],
        ["Họ tên HS", "Ngày sinh (dd/mm/yyyy)", "GT", "Mã lớp"],
        ["ho va ten", "ngay sinh", "gioi tinh", "lop"],
        ["HoTen", "NgaySinh", "GioiTinh", "TenLop"],
        ["Họ và tên (*)", "Ngày sinh *", "Giới tính:", "Lớp (năm học 2026-2027)"],
        ["Ho\u0323 va\u0300 te\u0302n", "Nga\u0300y sinh", "Gio\u031b\u0301i ti\u0301nh", "Lo\u031b\u0301p"],
        ["Họ, chữ đệm và tên học sinh", "Sinh ngày", "Nam/Nữ", "Lớp học"],
    ],
)
def test_headers_are_known_by_their_words(header):
    assert people(found(header, *[plain(p) for p in ALL])) == ALL


def test_the_header_may_stand_at_row_twelve_under_titles():
    titles = [["SỞ GD&ĐT"], ["Trường THCS Thí Điểm"], [], ["DANH SÁCH HỌC SINH"], ["Năm học 2026-2027"]]
    rows = [*titles, *[[""]] * 6, ["", "STT", "Họ tên", "Ngày sinh", "Giới tính", "Lớp"]]
    table = found(*rows, *[["", str(n), *plain(p)] for n, p in enumerate(ALL, 1)])
    assert table.header_row == 12
    assert people(table) == ALL
    assert [row.row for row in table.rows] == [13, 14, 15]


def test_family_and_given_name_may_have_columns_of_their_own():
    rows = [["STT", "Họ và tên đệm", "Tên", "Ngày sinh", "Nữ", "Lớp"]]
    for number, (name, day, sex, group) in enumerate(ALL, 1):
        family, given = name.rsplit(" ", 1)
        rows.append([str(number), family, given, day, "x" if sex == "Nữ" else "", group])
    table = found(*rows)
    assert people(table) == ALL
    assert table.mapping["B"] == table.mapping["C"] == "full_name"


def test_one_name_header_may_stand_over_two_columns():
    rows = [["STT", "Họ và tên", "", "Ngày sinh", "Giới tính", "Lớp"]]
    for number, (name, day, sex, group) in enumerate(ALL, 1):
        family, given = name.rsplit(" ", 1)
        rows.append([str(number), family, given, day, sex, group])
    assert people(found(*rows)) == ALL
    assert people(found(*rows, merged=[(0, 1, 0, 2)])) == ALL


def test_sex_may_be_two_crossed_columns_under_one_header():
    rows = [
        ["STT", "Họ tên", "Giới tính", "", "Ngày sinh", "Lớp"],
        ["", "", "Nam", "Nữ", "", ""],
        ["1", AN[0], "", "X", AN[1], "6A1"],
        ["2", BINH[0], "x", "", BINH[1], "6A1"],
        ["3", CHI[0], "✓", "", CHI[1], "6A2"],
    ]
    merged = [(0, 2, 0, 3), *[(0, c, 1, c) for c in (0, 1, 4, 5)]]
    for table in (found(*rows, merged=merged), found(*rows)):
        assert people(table) == ALL
        assert (table.mapping["C"], table.mapping["D"]) == ("sex=Nam", "sex=Nữ")


def test_both_crosses_or_a_word_in_a_crossed_column_are_told():
    rows = [
        ["Họ tên", "Ngày sinh", "Nam", "Nữ", "Lớp"],
        [AN[0], AN[1], "x", "x", "6A"],
        [CHI[0], CHI[1], "?", "", "6A"],
    ]
    table = found(*rows)
    assert [p.code for p in table.problems] == ["cross_twice", "cross"]


def test_the_day_may_be_three_columns():
    rows = [
        ["Họ tên", "Ngày sinh", "", "", "Giới tính", "Lớp"],
        ["", "Ngày", "Tháng", "Năm", "", ""],
        *[[n, str(d.day), str(d.month), str(d.year), s, g] for n, d, s, g in ALL],
    ]
    assert people(found(*rows, merged=[(0, 1, 0, 3)])) == ALL


def test_the_class_may_be_said_on_lines_of_its_own_with_headers_totals_and_signatures_between():
    header = ["STT", "Họ tên", "Ngày sinh", "Giới tính"]
    rows = [
        ["", "DANH SÁCH HỌC SINH LỚP 6 NĂM HỌC 2026-2027"],
        ["Lớp: 6A1 - GVCN: Nguyễn Thị Hoa"],
        header,
        ["1", *plain(AN)[:3]],
        ["2", *plain(BINH)[:3]],
        ["", "Tổng cộng: 2 học sinh", "", ""],
        ["", "", "Thí Điểm, ngày 05 tháng 09 năm 2026", ""],
        ["", "Người lập bảng", "", "HIỆU TRƯỞNG"],
        ["", "(Ký, ghi rõ họ tên)", "", "(Ký, đóng dấu)"],
        [],
        ["", "Đỗ Thị Tâm", "", "Phạm Văn Hùng"],
        ["Lớp 6A2", "", "", "Sĩ số: 1"],
        header,
        ["1", *plain(CHI)[:3]],
        ["2", "", "", ""],
        ["3", "", "", ""],
        ["", "Cộng", "1", ""],
    ]
    table = found(*rows)
    assert people(table) == ALL
    reasons = [line.reason for line in table.skipped]
    assert reasons.count("total") == 2
    assert reasons.count("number") == 2
    assert reasons.count("group") == 2
    assert reasons.count("footer") == 4


def test_a_class_merged_over_its_pupils_is_theirs():
    rows = [["STT", "Lớp", "Họ tên", "Ngày sinh", "Giới tính"]]
    rows += [["1", "6A1", *plain(AN)[:3]], ["2", "", *plain(BINH)[:3]], ["3", "6A2", *plain(CHI)[:3]]]
    assert people(found(*rows, merged=[(1, 1, 2, 1)])) == ALL
    assert [(p.code, p.row) for p in found(*rows).problems] == [("empty", 3)]


def test_one_sheet_for_each_class_with_the_class_in_its_name():
    header = ["STT", "Họ tên", "Ngày sinh", "Giới tính"]
    sheets = [
        Sheet("Hướng dẫn", [["Nhập theo mẫu"], ["Không sửa tiêu đề"]]),
        Sheet("6A1", [["DANH SÁCH"], header, ["1", *plain(AN)[:3]], ["2", *plain(BINH)[:3]]]),
        Sheet("Lớp 6A2", [header, ["1", *plain(CHI)[:3]]]),
    ]
    table = parse_table(sheets, PUPILS)
    assert people(table) == ALL
    assert [(row.sheet, row.row) for row in table.rows] == [("6A1", 3), ("6A1", 4), ("Lớp 6A2", 2)]
    assert table.other_sheets == ["Hướng dẫn"]


def test_a_copy_of_the_list_in_another_sheet_is_not_taken_twice():
    header = ["Mã học sinh", "Họ tên", "Ngày sinh", "Lớp"]
    rows = [
        header,
        ["3800000001", "Lê An", "01/01/2014", "6A"],
        ["3800000002", "Lê Bình", "01/01/2014", "6B"],
    ]
    table = parse_table([Sheet("Tất cả", rows), Sheet("Tất cả (2)", rows), Sheet("6A", rows[:2])], PUPILS)
    assert len(table.importable) == 2
    assert table.other_sheets == ["Tất cả (2)", "6A"]


def test_hidden_sheets_are_not_read_when_a_shown_one_has_the_table():
    rows = [["Họ tên", "Ngày sinh", "Lớp"], ["Lê An", "01/01/2014", "6A"]]
    old = [["Họ tên", "Ngày sinh", "Lớp"], ["Lê Cũ", "01/01/2013", "7A"]]
    table = parse_table([Sheet("Cũ", old, hidden=True), Sheet("Mới", rows)], PUPILS)
    assert [row.values["full_name"] for row in table.rows] == ["Lê An"]


def test_a_line_numbering_the_columns_and_blank_lines_are_passed_over():
    rows = [["STT", "Họ tên", "Ngày sinh", "Giới tính", "Lớp"], ["(1)", "(2)", "(3)", "(4)", "(5)"], []]
    for number, person in enumerate(ALL, 1):
        rows += [[str(number), *plain(person)], [" ", "\u00a0", "", "", ""]]
    assert people(found(*rows)) == ALL


def test_a_repeated_header_with_moved_columns_is_read_anew():
    rows = [
        ["STT", "Họ tên", "Ngày sinh", "Giới tính", "Lớp"],
        ["1", *plain(AN)],
        ["2", *plain(BINH)],
        ["STT", "Lớp", "Giới tính", "Họ tên", "Ngày sinh"],
        ["1", *plain(CHI, order=("class_name", "sex", "full_name", "birth_date"))],
    ]
    assert people(found(*rows)) == ALL


def test_the_names_of_parents_are_not_taken_for_the_pupil():
    rows = [
        ["Họ tên cha", "Họ tên mẹ", "Họ và tên khai sinh của em", "Ngày sinh", "Lớp", "Họ tên GVCN"],
        ["Lê Cha", "Trần Mẹ", "Lê Thị An", "09/05/2014", "6A1", "Cô Hoa"],
    ]
    table = found(*rows)
    assert table.rows[0].values["full_name"] == "Lê Thị An"
    assert [column.header for column in table.unmatched] == ["Họ tên GVCN"]


def test_family_names_that_look_like_totals_stay():
    rows = [["STT", "Họ tên", "Ngày sinh", "Lớp"]]
    names = ["Tống Công", "Công Văn Nam", "Tổng Thị Hạnh", "Cống Lan", "Hiệu Thị Trưởng", "Ký Văn Tên"]
    rows += [[str(n), name, "01/01/2014", "6A"] for n, name in enumerate(names, 1)]
    assert [row.values["full_name"] for row in found(*rows).rows] == names


def test_a_missing_column_is_told_once_and_may_be_chosen_by_hand():
    rows = [["STT", "Tên gọi", "Ngày sinh", "Giới tính", "Lớp"], *[["1", *plain(p)] for p in ALL]]
    table = found(*rows)
    assert [column.name for column in table.missing] == ["full_name"]
    assert [p.code for p in table.problems] == ["missing_column"]
    assert [column.letter for column in table.unmatched] == ["B"]
    assert people(found(*rows, overrides={"B": "full_name"})) == ALL
    with pytest.raises(ValueError, match="nickname"):
        found(*rows, overrides={"B": "nickname"})


def test_overrides_repeat_the_mapping_that_was_shown():
    rows = [["Họ tên", "Ngày sinh", "Nam", "Nữ", "Lớp"], [AN[0], AN[1], "", "x", "6A1"]]
    table = found(*rows)
    assert people(found(*rows, overrides=table.mapping)) == [AN]
    assert people(found(*rows, overrides={"D": ""})) == [(AN[0], AN[1], "Nữ", "6A1")]


def test_a_header_of_unknown_words_can_be_pointed_at():
    rows = [["Bảng"], ["c1", "c2", "c3"], [AN[0], AN[1], "6A1"]]
    with pytest.raises(NoTable) as caught:
        found(*rows)
    assert caught.value.code == "no_header"
    table = found(*rows, header_row=2, overrides={"A": "full_name", "B": "birth_date", "C": "class_name"})
    assert [row.values["class_name"] for row in table.rows] == ["6A1"]


def test_old_fonts_are_told_in_cells_and_in_headers():
    rows = [
        ["Họ tên", "Ngày sinh", "Lớp"],
        ["NguyÔn V¨n An", "01/01/2014", "6A"],
        ["Nguyeãn Vaên Bình", "01/01/2014", "6A"],
    ]
    assert [(p.code, p.row, p.column_letter) for p in found(*rows).problems] == [
        ("legacy_font", 2, "A"),
        ("legacy_font", 3, "A"),
    ]
    with pytest.raises(NoTable) as caught:
        found(["Hä vµ tªn", "Ngµy sinh", "Líp häc", "D©n téc"], ["NguyÔn V¨n An", "01/01/2014", "6A", "M­êng"])
    assert caught.value.code == "legacy_font"


def test_a_failed_formula_is_told_with_its_mark():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("6A1 & 6A2")
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["Lê An", "01/01/2014"])
        page.write_formula(1, 2, "=VLOOKUP(1,A1:A2,5)", None, "#N/A")
    table = parse_table(read_workbook(buffer.getvalue(), FileKind.XLSX), PUPILS)
    assert [(p.code, p.column_letter, p.row) for p in table.problems] == [("cell_error", "C", 2)]
    assert "#N/A" in table.problems[0].message


def test_days_of_a_1904_workbook_are_not_four_years_late():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["Lê An", (dt.date(2014, 5, 9) - dt.date(1904, 1, 1)).days, "6A"])
        page.write_row(2, 0, ["Lê Bình", "", "6A"])
        page.write_datetime(2, 1, moment(2014, 5, 9), book.add_format({"num_format": "dd/mm/yyyy"}))
    table = parse_table(read_workbook(buffer.getvalue(), FileKind.XLSX), PUPILS)
    assert [row.values["birth_date"] for row in table.rows] == [dt.date(2014, 5, 9)] * 2


def test_hidden_rows_are_read_like_the_others():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Họ tên", "Ngày sinh", "Lớp"])
        page.write_row(1, 0, ["Lê An", "01/01/2014", "6A"])
        page.set_row(1, None, None, {"hidden": True})
    assert len(parse_table(read_workbook(buffer.getvalue(), FileKind.XLSX), PUPILS).rows) == 1


def test_all_rows_of_one_code_are_refused_even_across_sheets():
    header = ["Mã học sinh", "Họ tên", "Ngày sinh"]
    sheets = [
        Sheet("6A", [header, ["3800000001", "Lê An", "01/01/2014"], ["3800000002", "Lê Bình", "01/01/2014"]]),
        Sheet("6B", [header, ["3800000001", "Lê Chi", "01/01/2014"], ["3800000003", "Lê Dũng", "01/01/2014"],
                     ["3800000004", "Lê Em", "01/01/2014"]]),
    ]  # fmt: skip
    table = parse_table(sheets, PUPILS)
    assert [(row.sheet, row.row) for row in table.rows if not row.is_importable] == [("6A", 2), ("6B", 2)]
    assert table.problems[0].message == "Mã học sinh trùng với dòng 2 (trang 6B)."


def test_staff_lists_do_not_take_a_post_for_a_signature():
    rows = [
        ["STT", "Họ tên", "Ngày sinh", "Chức vụ"],
        ["1", "Phạm Văn Hùng", "12/10/1976", "Hiệu trưởng"],
        ["2", "Đỗ Thị Tâm", "12/10/1986", "Văn thư"],
        ["", "", "", "HIỆU TRƯỞNG"],
    ]
    table = found(*rows, shape=STAFF)
    assert [row.values["post"] for row in table.rows] == ["Hiệu trưởng", "Văn thư"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("LỚP 1A", "1A"),
        ("Lớp: 6A1", "6A1"),
        ("Lớp 6A1 - GVCN: Nguyễn Thị Hoa", "6A1"),
        ("Lớp : 10A10    Sĩ số: 42", "10A10"),
        ("DANH SÁCH HỌC SINH LỚP 7B", "7B"),
        ("DANH SÁCH HỌC SINH LỚP 12A3 NĂM HỌC 2026-2027", "12A3"),
        ("Danh sách lớp 6A (năm học 2026-2027)", "6A"),
        ("LỚP LÁ 1", "LÁ 1"),
        ("Lớp Chồi 2 (4-5 tuổi)", "Chồi 2"),
        ("lop 6 A1", "6 A1"),
        ("6A1", "6A1"),
        ("Lớp 10 Toán", "10 Toán"),
        ("DANH SÁCH TUYỂN SINH LỚP 1 NĂM HỌC 2026-2027", None),
        ("DANH SÁCH LỚP 1", None),
        ("Khối 6", None),
        ("Tổng cộng", None),
        ("Nguyễn Văn Lớp", None),
    ],
)
def test_lines_that_name_a_class(line, name):
    assert class_in_line(line) == name


@pytest.mark.parametrize(
    ("sheet", "name"),
    [("6A1", "6A1"), ("Lớp 6A1", "6A1"), ("DS 10A2", "10A2"), ("ds lop 7b", "7b"), ("Lớp Lá 1", "Lá 1"),
     ("Sheet1", None), ("Khối 6", None), ("2026", None), ("DM_01", None), ("12", None)],
)  # fmt: skip
def test_sheets_named_after_a_class(sheet, name):
    assert class_in_sheet_name(sheet) == name
