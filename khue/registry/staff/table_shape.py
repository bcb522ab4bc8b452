"""The columns of a staff file and the words schools head them with (CSDL_GiaoVien and own lists)."""

from __future__ import annotations

from typing import Any

from khue.lib import names
from khue.lib.codes import code_text
from khue.lib.dates import ParsedDate, parse_date
from khue.lib.ethnic_groups import parse_ethnic_group
from khue.lib.personal_id import clean_personal_id, looks_like_old_identity_card, personal_id_problems
from khue.lib.phones import normalise_phone
from khue.lib.sexes import parse_sex
from khue.lib.spreadsheets.shape import Column, Cross, Split, TableShape, Unique
from khue.registry.staff.rules import TITLE_CODE, status_of


def _name(value: Any) -> str:
    text = names.normalise_name(str(value))
    problem = names.name_problem(text)
    if problem:
        raise ValueError(problem)
    return text


def _code(value: Any) -> str:
    text = code_text(value)
    if not (text.isascii() and text.replace("-", "").isalnum()) or len(text) > 20:
        raise ValueError(f"Mã “{text[:24]}” chỉ gồm chữ số và chữ cái không dấu, nhiều nhất 20 ký tự.")
    return text


def _number(value: Any) -> str:
    text = clean_personal_id(value)
    if looks_like_old_identity_card(text):
        return text
    for finding in personal_id_problems(text):
        if finding.code.is_fatal:
            raise ValueError(finding.message)
    return text


def _date(value: Any) -> ParsedDate:
    return parse_date(value)


def _status(value: Any) -> str:
    found = status_of(str(value))
    if found is None:
        raise ValueError(
            f"Chưa rõ trạng thái “{str(value)[:30]}”. Viết Đang làm việc, Chuyển đi, Nghỉ hưu, Thôi việc…"
        )
    return found


def _email(value: Any) -> str:
    text = "".join(str(value).split()).lower()
    name, at, place = text.partition("@")
    if not (name and at and "." in place) or len(text) > 254 or not text.isascii():
        raise ValueError(f"“{text[:40]}” không phải địa chỉ thư điện tử.")
    return text


def _title(value: Any) -> str:
    text = str(value).strip().upper()
    if not TITLE_CODE.fullmatch(text):
        raise ValueError("Mã chức danh có dạng V.07.04.31.")
    return text


def _text(most: int) -> Any:
    def parse(value: Any) -> str:
        return " ".join(str(value).split())[:most]

    return parse


SHAPE = TableShape(
    "staff",
    (
        Column(
            "code", "Mã cán bộ",
            ("mã cb", "mã giáo viên", "mã gv", "mã định danh bộ gd&đt", "mã định danh bộ", "mã định danh", "mã cbgvnv",
             "mã số cán bộ", "mã nhân sự", "mã moet"),
            parse=_code, unique=Unique.ALL_REFUSED,
        ),
        Column(
            "full_name", "Họ tên",
            ("họ và tên", "họ và tên cán bộ", "họ tên cán bộ", "họ và tên giáo viên", "họ tên giáo viên", "tên cán bộ",
             "họ và tên khai sinh"),
            parse=_name, required=True, spans_blank=True,
            splits=(Split((("họ và tên đệm", "họ đệm", "họ lót", "họ và đệm", "họ tên đệm", "họ"), ("tên",))),),
        ),
        Column(
            "birth_date", "Ngày sinh", ("ngày tháng năm sinh", "ngày, tháng, năm sinh", "sinh ngày", "năm sinh"),
            parse=_date, required=True, is_date=True, splits=(Split((("ngày",), ("tháng",), ("năm",)), "/"),),
        ),
        Column(
            "sex", "Giới tính", ("gt", "phái", "giới", "nam/nữ"), parse=parse_sex,
            crosses=(Cross("Nam", ()), Cross("Nữ", ())),
        ),
        Column(
            "personal_id", "Số CMND/TCC",
            ("số cmnd", "số cccd", "cccd", "số định danh cá nhân", "số định danh", "số căn cước", "căn cước",
             "số cmnd/cccd", "cmnd/cccd", "số cmnd/tcc/đdcn", "số đdcn", "số căn cước công dân", "số thẻ căn cước"),
            parse=_number, unique=Unique.ALL_REFUSED,
        ),
        Column("email", "Email", ("thư điện tử", "e-mail", "địa chỉ email", "hộp thư"), parse=_email),
        Column(
            "phone", "SĐT", ("số điện thoại", "điện thoại", "đt", "số đt", "điện thoại di động", "di động"),
            parse=normalise_phone,
        ),
        Column(
            "status", "Trạng thái CB", ("trạng thái", "trạng thái cán bộ", "tình trạng", "tình trạng làm việc"),
            parse=_status,
        ),
        Column(
            "post", "Vị trí việc làm", ("chức vụ", "vị trí", "chức danh", "công việc", "loại cán bộ", "nhiệm vụ"),
            parse=_text(80),
        ),
        Column("post_group", "Nhóm chức vụ", ("nhóm cv", "chức vụ quản lý"), parse=_text(80)),
        Column(
            "subjects", "Môn dạy", ("môn", "môn giảng dạy", "chuyên môn giảng dạy", "dạy môn", "môn phân công"),
            parse=_text(200),
        ),
        Column(
            "qualification", "Trình độ chuyên môn", ("trình độ", "trình độ đào tạo", "trình độ chính", "bằng cấp"),
            parse=_text(60),
        ),
        Column(
            "title_code", "Mã chức danh nghề nghiệp",
            ("mã số cdnn", "mã ngạch", "hạng chức danh", "chức danh nghề nghiệp", "mã cdnn", "mã chức danh"),
            parse=_title,
        ),
        Column("contract", "Hình thức hợp đồng", ("hợp đồng", "loại hợp đồng", "hình thức làm việc"), parse=_text(60)),
        Column(
            "joined", "Ngày vào ngành", ("ngày tuyển dụng", "ngày vào ngành giáo dục", "ngày vào nghề"),
            parse=_date, is_date=True,
        ),
        Column("ethnicity", "Dân tộc", ("dt", "tên dân tộc"), parse=lambda value: parse_ethnic_group(value).code),
        # Read so that the columns are known, and left where they are: beliefs and party are nobody's business here.
        Column("religion", "Tôn giáo", ("tg",)),
        Column("party", "Đảng viên", ("là đảng viên", "đảng")),
        Column(
            "standard", "Chuẩn nghề nghiệp", ("kết quả chuẩn nghề nghiệp", "đánh giá chuẩn", "xếp loại chuẩn"),
            parse=_text(40),
        ),
        Column("address", "Chỗ ở", ("địa chỉ", "nơi ở hiện nay", "địa chỉ thường trú"), parse=_text(200)),
        Column("home_town", "Quê quán", ("nguyên quán",), parse=_text(200)),
        Column("note", "Ghi chú", (), parse=_text(300)),
    ),
)  # fmt: skip
