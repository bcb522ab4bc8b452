"""Two tables as the registry will declare them, for the tests of this package."""

from __future__ import annotations

import datetime as dt
import re

from khue.lib.spreadsheets.class_lines import class_in_line, class_in_sheet_name
from khue.lib.spreadsheets.columns import Column, Cross, GroupRow, Split, TableShape, Unique


def digits(length: int):
    def parse(value: object) -> str:
        text = str(value).replace(" ", "")
        if not re.fullmatch(rf"\d{{{length}}}", text):
            raise ValueError(f"“{text}” có {len(text)} ký tự, cần đủ {length} chữ số.")
        return text

    return parse


def day(value: object) -> dt.date:
    if isinstance(value, dt.date):
        return value
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", str(value).replace(" ", ""))
    if not match:
        raise ValueError(f"“{value}” không phải là ngày. Ghi như 05/09/2013.")
    try:
        return dt.date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        raise ValueError(f"Tháng {match[2]} không có ngày {match[1]}.") from None


def sex(value: object) -> str:
    text = str(value).lower()
    for known, wordings in (("Nam", ("nam", "1", "01")), ("Nữ", ("nữ", "nu", "2", "02"))):
        if text in wordings:
            return known
    raise ValueError(f"“{value}” chưa rõ là Nam hay Nữ.")


SEX = Column(
    "sex",
    "Giới tính",
    ("gt", "phái", "giới", "nam/nữ"),
    parse=sex,
    crosses=(Cross("Nam", ("trai",)), Cross("Nữ", ("gái",))),
)
NAME = Column(
    "full_name",
    "Họ tên",
    (
        "họ và tên",
        "họ tên học sinh",
        "họ và tên học sinh",
        "họ tên khai sinh",
        "tên học sinh",
        "họ, chữ đệm và tên",
    ),
    required=True,
    spans_blank=True,
    splits=(
        Split(
            (
                (
                    "họ và tên đệm",
                    "họ đệm",
                    "họ và chữ lót",
                    "họ lót",
                    "họ và đệm",
                    "họ tên đệm",
                    "họ",
                    "họ và",
                ),
                ("tên",),
            )
        ),
    ),
)
BIRTH = Column(
    "birth_date",
    "Ngày sinh",
    ("ngày tháng năm sinh", "ngày, tháng, năm sinh", "sinh ngày", "ngày/tháng/năm sinh", "năm sinh", "ns"),
    parse=day,
    required=True,
    is_date=True,
    splits=(Split((("ngày",), ("tháng",), ("năm",)), "/"),),
)

PUPILS = TableShape(
    "pupils",
    (
        Column(
            "code",
            "Mã học sinh",
            ("mã hs", "mã định danh bộ gd&đt", "mã định danh", "mã số học sinh", "mã hssv"),
            parse=digits(10),
            unique=Unique.ALL_REFUSED,
        ),
        NAME,
        BIRTH,
        SEX,
        Column(
            "class_name",
            "Lớp",
            ("mã lớp", "tên lớp", "tên lớp học", "lớp học"),
            required=True,
            from_group=True,
        ),
        Column("status", "Trạng thái", ("trạng thái hs", "trạng thái học sinh")),
        Column("status_date", "Ngày nhập trạng thái", ("ngày trạng thái",), parse=day, is_date=True),
        Column("ethnic_group", "Dân tộc", ("dt",)),
        Column(
            "personal_number",
            "Số định danh",
            ("số định danh cá nhân", "số cccd", "cccd", "số căn cước", "số cmnd/cccd", "đdcn", "số đdcn"),
            parse=digits(12),
            unique=Unique.FIRST_KEPT,
        ),
        Column(
            "province",
            "Tỉnh/Thành phố",
            ("tỉnh/thành phố (theo địa chỉ thường trú)", "tỉnh thường trú"),
        ),
        Column("disability", "Loại khuyết tật", ("khuyết tật", "k.tật", "kt")),
        Column("father", "Họ tên cha", ("họ và tên cha", "họ tên bố", "cha")),
        Column("mother", "Họ tên mẹ", ("họ và tên mẹ", "mẹ")),
        Column("phone", "Số điện thoại", ("sđt liên hệ", "điện thoại", "sđt")),
        Column("note", "Ghi chú"),
    ),
    GroupRow("class_name", class_in_line, class_in_sheet_name),
)

STAFF = TableShape(
    "staff",
    (
        Column("code", "Mã cán bộ", ("mã gv", "mã giáo viên", "mã định danh"), unique=Unique.ALL_REFUSED),
        NAME,
        BIRTH,
        SEX,
        Column(
            "personal_number",
            "Số CMND/TCC",
            ("số cccd", "số cmnd/cccd", "số định danh cá nhân", "cccd"),
            unique=Unique.FIRST_KEPT,
        ),
        Column("email", "Email", ("thư điện tử",)),
        Column("phone", "SĐT", ("điện thoại", "số điện thoại di động")),
        Column("status", "Trạng thái CB", ("trạng thái",)),
        Column("position", "Vị trí việc làm"),
        Column("post", "Nhóm chức vụ", ("chức vụ",)),
        Column("subject", "Môn dạy", ("môn giảng dạy",)),
        Column("qualification", "Trình độ chuyên môn", ("trình độ",)),
        Column("contract", "Hình thức hợp đồng"),
        Column("joined_on", "Ngày vào ngành", parse=day, is_date=True),
        Column("ethnic_group", "Dân tộc"),
        Column("religion", "Tôn giáo"),
        Column("party", "Đảng viên"),
        Column("standard", "Chuẩn nghề nghiệp"),
        Column("note", "Ghi chú"),
    ),
)
