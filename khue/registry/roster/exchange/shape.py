"""The columns of a pupil file and the words schools head them with (C1-HocSinh of several versions, own lists)."""

from __future__ import annotations

from typing import Any

from khue.lib import names
from khue.lib.class_names import normalise_class_name
from khue.lib.codes import code_text
from khue.lib.dates import ParsedDate, parse_date
from khue.lib.disabilities import parse_disability
from khue.lib.ethnic_groups import parse_ethnic_group
from khue.lib.personal_id import clean_personal_id, personal_id_problems
from khue.lib.phones import normalise_phone
from khue.lib.sexes import parse_sex
from khue.lib.spreadsheets.class_lines import class_in_line, class_in_sheet_name
from khue.lib.spreadsheets.shape import Column, Cross, GroupRow, Split, TableShape, Unique

# Wordings of statuses, most telling first; the twelve values of the sector database among them.
STATUS_WORDS: tuple[tuple[str, str], ...] = (
    ("chuyen den", "studying"),
    ("chuyen lop", "studying"),
    ("di hoc lai", "studying"),
    ("hoc lai", "studying"),
    ("luu ban", "studying"),
    ("dang hoc", "studying"),
    ("tuyen moi", "studying"),
    ("chuyen di", "transferred_out"),
    ("chuyen truong", "transferred_out"),
    ("da chuyen", "transferred_out"),
    ("bo hoc", "dropped"),
    ("thoi hoc", "dropped"),
    ("nghi hoc", "dropped"),
    ("bao luu", "reserved"),
    ("tam nghi", "reserved"),
    ("dinh chi", "suspended"),
    ("tam dung", "suspended"),
    ("ky luat", "suspended"),
    ("tot nghiep", "completed"),
    ("hoan thanh", "completed"),
    ("da ra truong", "completed"),
    ("qua doi", "deceased"),
    ("tu vong", "deceased"),
    ("da mat", "deceased"),
    ("mat", "deceased"),
)


def _name(value: Any) -> str:
    text = names.normalise_name(str(value))
    problem = names.name_problem(text)
    if problem:
        raise ValueError(problem)
    return text


def _code(value: Any) -> str:
    text = code_text(value)
    if not (text.isascii() and text.replace("-", "").isalnum()) or len(text) > 40:
        raise ValueError(f"Mã “{text[:24]}” chỉ gồm chữ số và chữ cái không dấu, nhiều nhất 40 ký tự.")
    if "O" in text and text.replace("O", "0").isdigit():
        raise ValueError("Có chữ O lẫn trong số.")
    return text


def _personal_id(value: Any) -> str:
    text = clean_personal_id(value)
    for finding in personal_id_problems(text):
        if finding.code.is_fatal:
            raise ValueError(finding.message)
    return text


def _date(value: Any) -> ParsedDate:
    return parse_date(value)


def _status(value: Any) -> str:
    folded = names.fold(str(value))
    for words, status in STATUS_WORDS:
        if words in folded:
            return status
    raise ValueError(f"Chưa rõ trạng thái “{str(value)[:30]}”. Viết Đang học, Chuyển đi, Bỏ học, Bảo lưu…")


def _grade(value: Any) -> int:
    digits = "".join(char for char in str(value) if char.isdigit())
    if not digits or not 1 <= int(digits) <= 12:
        raise ValueError(f"Khối “{str(value)[:20]}” phải từ 1 đến 12.")
    return int(digits)


def _ethnicity(value: Any) -> str:
    return parse_ethnic_group(value).code


def _disability(value: Any) -> str:
    kind = parse_disability(value)
    return str(kind) if kind else ""


def _phone(value: Any) -> str:
    return normalise_phone(value)


def _text(value: Any) -> str:
    return " ".join(str(value).split())[:200]


SHAPE = TableShape(
    "roster",
    (
        Column(
            "code",
            "Mã học sinh",
            (
                "mã hs",
                "mã định danh bộ gd&đt",
                "mã định danh bộ",
                "mã định danh của bộ",
                "mã số học sinh",
                "mã hssv",
                "mã đd bộ",
                "mã moet",
                "mã định danh học sinh",
                "mã định danh",
            ),
            parse=_code,
            unique=Unique.ALL_REFUSED,
        ),
        Column(
            "full_name",
            "Họ và tên",
            (
                "họ tên",
                "họ tên học sinh",
                "họ và tên học sinh",
                "họ tên khai sinh",
                "tên học sinh",
                "họ và tên trẻ",
                "họ tên trẻ",
                "họ và tên hs",
                "họ tên hs",
                "họ và tên cháu",
            ),
            parse=_name,
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
        ),
        Column(
            "birth_date",
            "Ngày sinh",
            (
                "ngày tháng năm sinh",
                "ngày, tháng, năm sinh",
                "sinh ngày",
                "ngày/tháng/năm sinh",
                "năm sinh",
                "ns",
                "ngày sinh học sinh",
                "ngày, tháng năm sinh",
            ),
            parse=_date,
            required=True,
            is_date=True,
            splits=(Split((("ngày",), ("tháng",), ("năm",)), "/"),),
        ),
        Column(
            "sex",
            "Giới tính",
            ("gt", "phái", "giới", "nam/nữ"),
            parse=parse_sex,
            crosses=(Cross("Nam", ("trai",)), Cross("Nữ", ("gái",))),
        ),
        Column(
            "class_name",
            "Lớp",
            ("mã lớp", "tên lớp", "tên lớp học", "lớp học", "lớp/nhóm", "nhóm lớp", "xếp lớp"),
            parse=lambda value: normalise_class_name(str(value))[:30],
            from_group=True,
        ),
        Column("grade", "Khối", ("khối học", "khối lớp", "khối học/nhóm tuổi"), parse=_grade),
        Column(
            "status",
            "Trạng thái",
            ("trạng thái hs", "trạng thái học sinh", "tình trạng", "tình trạng học", "diện học"),
            parse=_status,
        ),
        Column(
            "status_on",
            "Ngày nhập trạng thái",
            ("ngày trạng thái", "ngày tt", "ngày chuyển trạng thái"),
            parse=_date,
            is_date=True,
        ),
        Column("ethnicity", "Dân tộc", ("dt", "tên dân tộc", "mã dân tộc"), parse=_ethnicity),
        Column(
            "personal_id",
            "Số định danh cá nhân",
            (
                "số định danh",
                "số cccd",
                "cccd",
                "số căn cước",
                "số cmnd/cccd",
                "đdcn",
                "số đdcn",
                "mã định danh cá nhân",
                "số định danh công dân",
                "căn cước",
                "số căn cước công dân",
                "cmnd/cccd",
                "mã định danh công dân",
                "số thẻ căn cước",
            ),
            parse=_personal_id,
            unique=Unique.FIRST_KEPT,
        ),
        Column(
            "address",
            "Chỗ ở",
            (
                "địa chỉ",
                "địa chỉ thường trú",
                "nơi ở hiện nay",
                "chỗ ở hiện nay",
                "hộ khẩu thường trú",
                "thường trú",
                "nơi thường trú",
                "địa chỉ liên hệ",
            ),
            parse=_text,
        ),
        Column(
            "province",
            "Tỉnh/Thành phố",
            ("tỉnh/thành phố (theo địa chỉ thường trú)", "tỉnh thường trú", "tỉnh", "tỉnh thành"),
            parse=_text,
        ),
        Column("birth_place", "Nơi sinh", ("nơi sinh (tỉnh/thành phố)",), parse=_text),
        Column("home_town", "Quê quán", ("nguyên quán",), parse=_text),
        Column(
            "disability",
            "Khuyết tật",
            ("loại khuyết tật", "k.tật", "kt", "dạng khuyết tật", "hskt"),
            parse=_disability,
        ),
        Column(
            "policy",
            "Diện chính sách",
            ("diện ưu tiên", "đối tượng chính sách", "con hộ nghèo", "chính sách"),
            parse=_text,
        ),
        Column(
            "father",
            "Họ tên cha",
            ("họ và tên cha", "họ tên bố", "họ và tên bố", "cha", "tên cha", "bố"),
            parse=_name,
        ),
        Column("mother", "Họ tên mẹ", ("họ và tên mẹ", "mẹ", "tên mẹ"), parse=_name),
        Column(
            "father_phone",
            "SĐT cha",
            ("điện thoại cha", "số điện thoại cha", "sđt bố", "điện thoại bố"),
            parse=_phone,
        ),
        Column("mother_phone", "SĐT mẹ", ("điện thoại mẹ", "số điện thoại mẹ"), parse=_phone),
        Column(
            "phone",
            "SĐT liên hệ",
            (
                "số điện thoại",
                "điện thoại",
                "sđt",
                "số đt",
                "đt",
                "điện thoại liên hệ",
                "số điện thoại liên hệ",
                "sđt phụ huynh",
                "sđt liên lạc",
                "điện thoại liên lạc",
            ),
            parse=_phone,
        ),
        Column("note", "Ghi chú", (), parse=_text),
    ),
    GroupRow("class_name", class_in_line, class_in_sheet_name),
)
