"""What kinds of table file are taken in, within which bounds, and how a refusal is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MIB = 1024 * 1024


class FileKind(StrEnum):
    """A kind of table file."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"


ALL_KINDS = frozenset(FileKind)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what is read, and from where on a file is read in a process of its own.

    Measured: 1,537 rows x 15 columns unpack to 1 MiB and are guarded and read in 0.05 s of CPU; 9,000 rows x 15
    columns unpack to 7.5 MiB and take 0.33 s; 50,000 rows x 15 columns unpack to 43 MiB and take 0.9 s and
    120 MiB in the process of their own. Every single school's list stays in-process.
    """

    max_bytes: int = 10 * MIB
    max_unpacked: int = 96 * MIB
    max_entries: int = 2_000
    max_ratio: int = 150
    ratio_from: int = 4 * MIB
    max_sheets: int = 100
    max_rows: int = 100_000
    max_columns: int = 1_000
    max_cells: int = 2_000_000
    in_process_unpacked: int = 8 * MIB
    in_process_cells: int = 200_000
    in_process_text: int = 64 * MIB
    child_memory: int = 512 * MIB
    child_cpu_seconds: int = 8


LIMITS = Limits()


@dataclass(slots=True)
class Profile:
    """What a look at the bytes told about a file, before any parser saw it."""

    kind: FileKind
    unpacked: int = 0
    cells: int = 0
    text_bytes: int = 0
    unusual: bool = False
    date1904: bool = False
    error_cells: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def wants_child(self, limits: Limits) -> bool:
        """Whether the file is big or odd enough to be parsed in a process of its own.

        An .xls always is: a few changed bytes make the parser ask for a terabyte, which ends the process, and no
        look from outside can rule that out. It costs 0.05 s of CPU more.
        """
        return (
            self.kind is FileKind.XLS
            or self.unusual
            or self.unpacked > limits.in_process_unpacked
            or self.cells > limits.in_process_cells
            or self.text_bytes > limits.in_process_text
        )


MESSAGES = {
    "empty": "Tệp rỗng, không có gì để đọc.",
    "too_large": "Tệp nặng {size} MB, quá {limit} MB. Tách theo khối hoặc theo lớp rồi tải lên từng tệp.",
    "name_empty": "Tệp không có tên. Đặt tên có đuôi .xlsx, .xls hoặc .csv.",
    "name_long": "Tên tệp dài {length} ký tự, quá {limit}. Đặt tên ngắn hơn rồi tải lại.",
    "name_hidden": "Tên tệp có ký tự ẩn hoặc ký tự đảo chiều chữ, thường dùng để giấu đuôi thật. "
    "Đổi tên tệp rồi tải lại.",
    "name_path": "Tên tệp có dấu “/”, “\\”, “:” hoặc “..”. Đổi tên tệp rồi tải lại.",
    "name_double": "Tên tệp có hai đuôi: “.{inner}” rồi “.{outer}”. Bỏ bớt một đuôi rồi tải lại.",
    "extension": "Không nhận tệp đuôi “.{extension}”. Mở bằng Excel, chọn Lưu thành .xlsx rồi tải lại.",
    "extension_missing": "Tên tệp không có đuôi. Cần đuôi .xlsx, .xls hoặc .csv.",
    "mismatch": "Tệp mang đuôi “.{extension}” nhưng ruột là {actual}. "
    "Mở bằng Excel, chọn Lưu thành .xlsx rồi tải lại.",
    "web_page": "Tệp mang đuôi “.{extension}” nhưng ruột là trang web. "
    "Mở bằng Excel, chọn Lưu thành .xlsx rồi tải lại.",
    "malware": "Tệp mang dấu hiệu của mã độc. Quét vi-rút máy đã tạo ra tệp này.",
    "not_workbook": "Tệp này không phải bảng tính Excel. Mở bằng Excel, chọn Lưu thành .xlsx rồi tải lại.",
    "damaged": "Tệp hỏng hoặc tải lên dở dang. Mở bằng Excel, lưu lại rồi tải lên.",
    "encrypted": "Tệp đặt mật khẩu. Bỏ mật khẩu trong Excel (Tệp > Thông tin > Bảo vệ) rồi tải lại.",
    "macros": "Tệp có macro. Lưu thành .xlsx (không macro) rồi tải lại.",
    "external": "Tệp lấy dữ liệu từ tệp hoặc máy khác (liên kết ngoài). "
    "Trong Excel chọn Dữ liệu > Sửa liên kết > Ngắt liên kết, lưu rồi tải lại.",
    "embedded": "Tệp có nhúng tệp hoặc đối tượng khác. Xóa đối tượng nhúng, lưu rồi tải lại.",
    "active": "Tệp có nội dung chạy được. Chép riêng bảng sang một tệp Excel mới rồi tải lại.",
    "xml_dtd": "Tệp có khai báo DTD, thứ Excel không bao giờ ghi. Chép bảng sang một tệp Excel mới rồi tải lại.",
    "xml_encoding": "Tệp ghi bằng bảng mã lạ. Mở bằng Excel, lưu lại thành .xlsx rồi tải lên.",
    "archive_entries": "Tệp có {count} phần bên trong, quá {limit}. Chép bảng sang một tệp Excel mới rồi tải lại.",
    "archive_size": "Tệp giải nén ra {size} MB, quá {limit} MB. Xóa dòng, cột và trang thừa, lưu rồi tải lại.",
    "archive_ratio": "Tệp nén quá mức bình thường ({ratio} lần), giống tệp phá hoại. "
    "Chép bảng sang một tệp Excel mới rồi tải lại.",
    "archive_path": "Bên trong tệp có đường dẫn vượt ra ngoài. Chép bảng sang một tệp Excel mới rồi tải lại.",
    "archive_symlink": "Bên trong tệp có liên kết tới tệp khác trên máy. "
    "Chép bảng sang một tệp Excel mới rồi tải lại.",
    "archive_lies": "Kích thước ghi trong tệp không khớp nội dung. Mở bằng Excel, lưu lại rồi tải lên.",
    "archive_hidden": "Tệp có phần dữ liệu giấu ngoài bảng tính. Mở bằng Excel, lưu lại rồi tải lên.",
    "archive_method": "Tệp nén theo cách lạ. Mở bằng Excel, lưu lại thành .xlsx rồi tải lên.",
    "archive_duplicate": "Bên trong tệp có hai phần trùng tên. Mở bằng Excel, lưu lại rồi tải lên.",
    "too_many_sheets": "Tệp có {count} trang tính, quá {limit}. Tách thành nhiều tệp.",
    "too_many_rows": "Bảng có ô ở tận dòng {rows}, quá {limit} dòng. Xóa các dòng thừa phía dưới rồi lưu lại.",
    "too_many_columns": "Bảng có ô ở tận cột thứ {columns}, quá {limit} cột. "
    "Xóa các cột thừa bên phải rồi lưu lại.",
    "too_many_cells": "Bảng có khoảng {cells} ô, quá {limit}. Tách theo khối rồi tải lên từng tệp.",
    "binary_text": "Tệp .csv có ký tự không phải chữ. Mở bằng Excel, lưu lại thành .xlsx rồi tải lên.",
    "long_cell": "Có ô dài quá 32.767 ký tự, hoặc có dấu ngoặc kép mở mà không đóng. Sửa ô đó rồi tải lại.",
    "too_heavy": "Tệp này quá nặng để đọc. Chép riêng bảng cần nhập sang một tệp Excel mới rồi tải lại.",
    "unreadable": "Chưa đọc được tệp này. Mở bằng Excel, lưu lại thành .xlsx rồi tải lên.",
}


class UploadProblem(Exception):
    """A file is refused: `code` for programs, `message_vi` for people, `params` for a translation of it."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        self.message_vi = MESSAGES[code].format(**params)
        super().__init__(self.message_vi)


def thousands(number: int) -> str:
    """A whole number as people here write it: 1.048.576."""
    return f"{number:,}".replace(",", ".")


def check_box(rows: int, columns: int, cells: int, limits: Limits) -> None:
    """Refuse a sheet whose last row, last column or area is beyond the bounds (counts from 1)."""
    if rows > limits.max_rows:
        raise UploadProblem("too_many_rows", rows=thousands(rows), limit=thousands(limits.max_rows))
    if columns > limits.max_columns:
        raise UploadProblem(
            "too_many_columns", columns=thousands(columns), limit=thousands(limits.max_columns)
        )
    if cells > limits.max_cells:
        raise UploadProblem("too_many_cells", cells=thousands(cells), limit=thousands(limits.max_cells))
