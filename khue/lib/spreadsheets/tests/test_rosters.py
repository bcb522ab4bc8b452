"""The four files in tests/data/rosters, shaped as schools hold them; all people in them are invented."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from khue.lib.spreadsheets.columns import parse_table
from khue.lib.spreadsheets.guard import check_upload
from khue.lib.spreadsheets.read import read_workbook

from .shapes import PUPILS, STAFF

ROSTERS = Path(__file__).parents[4] / "tests" / "data" / "rosters"
EXPECTED = json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))
PEOPLE = {"CSDL_GiaoVien.xlsx": STAFF}


def table_of(name: str):
    data = (ROSTERS / name).read_bytes()
    return parse_table(read_workbook(data, check_upload(name, data)), PEOPLE.get(name, PUPILS))


@pytest.fixture(scope="module")
def upper_secondary():
    return table_of("C1-HocSinh-THPT.xlsx")


@pytest.fixture(scope="module")
def first_grade():
    return table_of("tuyen-sinh-lop-1.xlsx")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_roster_gives_the_rows_and_classes_expected(name):
    table, expected = table_of(name), EXPECTED[name]
    assert len(table.rows) == expected["rows"]
    assert len(table.importable) == expected.get("importable", expected["rows"])
    assert table.missing == []
    assert table.unmatched == []
    if "classes" in expected:
        assert len({row.values["class_name"] for row in table.rows}) == expected["classes"]


def test_four_rows_of_the_upper_secondary_list_are_refused_with_their_cells_named(upper_secondary):
    problems = [
        (p.row, p.column_letter, p.column_label, p.value, p.message) for p in upper_secondary.problems
    ]
    assert problems == [
        (228, "D", "Họ tên", "", "Họ tên còn trống."),
        (338, "E", "Ngày sinh", "31/02/2010", "Tháng 02 không có ngày 31."),
        (1353, "C", "Mã học sinh", "3834657652", "Mã học sinh trùng với dòng 1416."),
        (1416, "C", "Mã học sinh", "3834657652", "Mã học sinh trùng với dòng 1353."),
    ]


def test_a_day_number_is_read_as_the_date_it_stands_for(upper_secondary):
    code, day = EXPECTED["C1-HocSinh-THPT.xlsx"]["serial_date"]
    row = next(row for row in upper_secondary.rows if row.values.get("code") == code)
    assert row.values["birth_date"].strftime("%d/%m/%Y") == day == "29/09/2011"
    assert row.row == 298


def test_leavers_are_rows_with_their_status(upper_secondary):
    expected = EXPECTED["C1-HocSinh-THPT.xlsx"]
    statuses = Counter(row.values["status"] for row in upper_secondary.rows)
    left = sum(n for status, n in statuses.items() if status.startswith(("Chuyển đi", "Thôi học")))
    assert left == expected["left"]
    assert sum(statuses.values()) - left == expected["studying"]


def test_titles_total_and_signature_are_left_out_and_noted(upper_secondary):
    noted = Counter(line.reason for line in upper_secondary.skipped)
    assert noted == {"title": 3, "total": 1, "footer": 2}
    assert upper_secondary.header_row == 5
    assert len(upper_secondary.other_sheets) == 16


def test_words_typed_in_decomposed_letters_are_composed(upper_secondary):
    texts = [text for row in upper_secondary.rows for text in row.texts.values()]
    assert not any("\u0300" <= letter <= "\u036f" for text in texts for letter in text)


def test_sex_codes_of_the_older_export_are_read():
    table = table_of("C1-HocSinh-THCS-v2.xls")
    assert Counter(row.values["sex"] for row in table.rows) == {"Nam": 255, "Nữ": 201}


def test_the_class_comes_from_the_line_above_and_the_sex_from_a_cross(first_grade):
    assert Counter(row.values["class_name"] for row in first_grade.rows) == {"1A": 29, "1B": 31, "1C": 32}
    assert Counter(row.values["sex"] for row in first_grade.rows) == {"Nam": 48, "Nữ": 44}
    assert first_grade.mapping["D"] == "sex=Nữ"
    assert all(isinstance(row.values["birth_date"], dt.date) for row in first_grade.rows)


def test_of_two_rows_with_one_personal_number_the_first_is_kept_and_both_are_told(first_grade):
    told = [(p.row, p.refuses, p.column_letter, p.message) for p in first_grade.problems]
    assert told == [
        (23, False, "F", "Số định danh trùng với dòng 48. Dòng này vẫn nhận, các dòng sau chưa nhận."),
        (48, True, "F", "Số định danh trùng với dòng 23."),
    ]
    without = [row for row in first_grade.rows if "personal_number" not in row.values]
    assert len(without) == EXPECTED["tuyen-sinh-lop-1.xlsx"]["without_id"]


def test_ninety_of_the_staff_are_working():
    table = table_of("CSDL_GiaoVien.xlsx")
    working = [row for row in table.importable if row.values["status"] == "Đang làm việc"]
    assert len(working) == EXPECTED["CSDL_GiaoVien.xlsx"]["working"]
