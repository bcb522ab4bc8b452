"""However a table is moved about, the same people come out: columns, titles, blanks, letters, kinds of cell."""

from __future__ import annotations

import datetime as dt
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from khue.lib.spreadsheets.cells import Sheet, value_of
from khue.lib.spreadsheets.columns import parse_table

from .shapes import PUPILS

FIELDS = ("code", "full_name", "birth_date", "sex", "class_name", "personal_number", "status")
HEADERS = {
    "code": ["Mã học sinh", "Mã HS", "MÃ ĐỊNH DANH BỘ GD&ĐT"],
    "full_name": ["Họ tên", "Họ và tên", "Họ và tên học sinh", "HỌ TÊN"],
    "birth_date": ["Ngày sinh", "Ngày tháng\nnăm sinh", "Sinh ngày"],
    "sex": ["Giới tính", "GT", "Giới\ntính"],
    "class_name": ["Lớp", "Mã lớp", "Tên lớp học"],
    "personal_number": ["Số định danh cá nhân", "Số CCCD", "CCCD (12 số)"],
    "status": ["Trạng thái HS", "Trạng thái", "Trạng thái học sinh"],
}
OTHERS = ["Ghi chú riêng", "Điểm TB", "Họ tên cha", "Nơi sinh", "Hình thức"]
TITLES = ["DANH SÁCH HỌC SINH", "Trường THCS Thí Điểm", "Năm học 2026-2027", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", ""]
NAMES = ["Lê Thị An", "Tống Công Cộng", "Y Moan", "H'Hen Niê", "Nguyễn Thị Hồng Thư", "Ngô Lớp", "Đỗ Nữ"]


@st.composite
def pupils(draw):
    count = draw(st.integers(2, 8))
    people = []
    for number in range(count):
        people.append(
            {
                "code": f"38000000{number:02d}",
                "full_name": draw(st.sampled_from(NAMES)),
                "birth_date": draw(st.dates(dt.date(2008, 1, 1), dt.date(2020, 12, 31))),
                "sex": draw(st.sampled_from(["Nam", "Nữ"])),
                "class_name": draw(st.sampled_from(["6A1", "6A2", "10 Toán", "Lá 1"])),
                "personal_number": f"0383140000{number:02d}",
                "status": draw(st.sampled_from(["Đang học", "Chuyển đi kỳ 1"])),
            }
        )
    return people


def shown(draw, field, value):
    if field == "birth_date":
        as_number = str((value - dt.date(1899, 12, 30)).days)
        return draw(
            st.sampled_from(
                [value, value.strftime("%d/%m/%Y"), f"{value.day}-{value.month}-{value.year}", as_number]
            )
        )
    if field == "sex":
        return draw(st.sampled_from([value, value.upper(), {"Nam": "01", "Nữ": "02"}[value]]))
    if field in ("full_name", "status") and draw(st.booleans()):
        return value_of(unicodedata.normalize("NFD", value)) + draw(st.sampled_from(["", " ", "\u00a0"]))
    return value


@st.composite
def moved(draw, people):
    """The same people on a sheet of some school's habits."""
    order = draw(
        st.permutations([*FIELDS, *draw(st.lists(st.sampled_from(OTHERS), unique=True, max_size=3))])
    )
    left = draw(st.integers(0, 2))
    numbered = draw(st.booleans())
    form = draw(st.sampled_from(["NFC", "NFD"]))
    header = [
        unicodedata.normalize(form, draw(st.sampled_from(HEADERS[f])) if f in HEADERS else f) for f in order
    ]
    margin = [""] * left + (["STT"] if numbered else [])
    rows = [[title] for title in draw(st.lists(st.sampled_from(TITLES), max_size=9))]
    rows.append(margin + header)
    for number, person in enumerate(people, 1):
        if draw(st.integers(0, 5)) == 0:
            rows.append([""] * draw(st.integers(0, 4)))
        if draw(st.integers(0, 7)) == 0:
            rows.append(margin + header)
        cells = [
            shown(draw, f, person[f]) if f in person else draw(st.sampled_from(["", "x", "8.5"]))
            for f in order
        ]
        rows.append([""] * left + ([str(number)] if numbered else []) + cells)
    if draw(st.booleans()):
        rows += [
            ["", f"Tổng cộng: {len(people)} học sinh"],
            [],
            ["", "", "HIỆU TRƯỞNG"],
            ["", "", "(Ký, ghi rõ họ tên)"],
        ]
    return Sheet(draw(st.sampled_from(["Sheet1", "Danh sách"])), rows)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_same_people_come_out_however_the_table_is_moved(data):
    people = data.draw(pupils())
    sheet = data.draw(moved(people))
    others = [Sheet(f"DM_{n:02d}", [["Mã", "Tên"], ["1", "Mục 1"], ["2", "Mục 2"]]) for n in range(2)]
    table = parse_table(data.draw(st.permutations([sheet, *others])), PUPILS)
    found = [{field: row.values.get(field) for field in FIELDS} for row in table.rows]
    assert found == people
    assert table.problems == []
    assert all(sheet.rows[row.row - 1] for row in table.rows)
