"""Why a file is not taken, in words that say what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from khue.kernel.actions.errors import DomainError

MESSAGES = {
    "empty": gettext_lazy("Tệp rỗng. Chọn lại tệp."),
    "too_large": gettext_lazy("Tệp nặng %(size)s MB, quá %(limit)s MB. Chọn tệp nhỏ hơn."),
    "kind": gettext_lazy("Không nhận tệp đuôi “.%(extension)s” ở đây. Nhận: %(kinds)s."),
    "mismatch": gettext_lazy("Ruột tệp không phải %(kind)s như đuôi tệp nói. Lưu lại đúng loại rồi tải lên."),
    "damaged": gettext_lazy("Tệp hỏng hoặc tải lên dở dang. Lưu lại rồi tải lên."),
    "unusual": gettext_lazy("Ảnh lưu theo cách lạ. Mở bằng chương trình xem ảnh, lưu lại rồi tải lên."),
    "animated": gettext_lazy("Không nhận ảnh động. Chọn ảnh tĩnh."),
    "too_many_pixels": gettext_lazy(
        "Ảnh %(width)s × %(height)s điểm là quá lớn. Thu nhỏ dưới 40 triệu điểm."
    ),
    "active": gettext_lazy("Tệp PDF có nội dung chạy được hoặc nhúng tệp khác. In lại ra PDF rồi tải lên."),
    "polyglot": gettext_lazy("Tệp giấu một tệp khác ở trong. In lại ra PDF rồi tải lên."),
    "malware": gettext_lazy("Tệp mang dấu hiệu của mã độc. Quét vi-rút máy đã tạo ra tệp này."),
    "name": gettext_lazy("Tên tệp có ký tự ẩn, dấu “/” hoặc hai đuôi. Đổi tên tệp rồi tải lại."),
}


class FileProblem(DomainError):
    """A file is refused; `code` names the reason."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(str(MESSAGES[code]) % values, code=code, fields={})
