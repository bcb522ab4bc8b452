"""Why a signature may not be made or is not trusted: a code for machines and a plain sentence for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

VALID, INDETERMINATE, INVALID = "valid", "indeterminate", "invalid"


def _(text: str) -> str:
    """Mark a sentence for translation; the engine itself needs no Django."""
    return text


_RANK = {VALID: 0, INDETERMINATE: 1, INVALID: 2}


@dataclass(frozen=True)
class Reason:
    """One reason: its code, how bad it is, and its sentence with the values that go in."""

    code: str
    outcome: str
    template: str
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The sentence in Vietnamese; pages translate `template` and put `values` in themselves."""
        return self.template % dict(self.values)

    def __str__(self) -> str:
        return self.text


class SigningProblem(Exception):
    """Something kept a signature from being made; `reasons` say what."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__(" ".join(each.text for each in reasons))

    @property
    def code(self) -> str:
        """The code of the first reason."""
        return self.reasons[0].code


class KeyProblem(SigningProblem):
    """The key could not be had: wrong passphrase or PIN, no such token, service away."""


class RefusedToSign(SigningProblem):
    """The certificate or the file is not one that may be signed with, or signed."""


class StampProblem(SigningProblem):
    """The time-stamping service gave no stamp, or not the one asked for."""


# code: (outcome, sentence). Codes are kept in registers and read by other programs: never rename one.
SENTENCES: dict[str, tuple[str, str]] = {
    # the file
    "NOT_A_PDF": (INVALID, _("Tệp không phải là PDF đọc được.")),
    "NOT_XML": (INVALID, _("Tệp không phải là XML đọc được.")),
    "TOO_LARGE": (INVALID, _("Tệp lớn quá mức cho phép.")),
    "FORBIDDEN_XML": (INVALID, _("Tệp XML có phần không được phép: %(what)s.")),
    "NOT_SIGNED": (INVALID, _("Tệp không có chữ ký nào.")),
    "OTHER_FILE": (INVALID, _("Tệp này không phải là tệp đã đăng ký: nội dung khác bản trong sổ.")),
    "NOT_WHOLE_FILE": (INVALID, _("Sau phần được ký còn có nội dung thêm vào.")),
    "CHANGED_AFTER": (INVALID, _("Tệp đã bị sửa sau khi ký.")),
    "SIGNATURE_REMOVED": (INVALID, _("Trong tệp có chữ ký đã bị gỡ ra.")),
    "STRANGE_STRUCTURE": (INVALID, _("Cách xếp đặt trong tệp không đúng mẫu, có thể là tệp ghép: %(what)s.")),
    # the signature itself
    "ALTERED": (INVALID, _("Nội dung được ký đã bị thay đổi.")),
    "BROKEN_SIGNATURE": (INVALID, _("Chữ ký không khớp với chứng thư số của người ký.")),
    "UNREADABLE_SIGNATURE": (INVALID, _("Không đọc được chữ ký.")),
    "WEAK_ALGORITHM": (INVALID, _("Chữ ký dùng thuật toán không còn an toàn (%(what)s).")),
    "UNKNOWN_ALGORITHM": (INVALID, _("Chữ ký dùng thuật toán ngoài danh mục cho phép (%(what)s).")),
    "WEAK_KEY": (INVALID, _("Khóa ký quá yếu (%(what)s).")),
    "CERTIFICATE_SWAPPED": (INVALID, _("Chứng thư số kèm theo không phải là chứng thư lúc ký.")),
    "SKIPS_EARLIER": (INVALID, _("Chữ ký không bao gồm các chữ ký trước nó.")),
    # the certificate
    "UNKNOWN_ISSUER": (INDETERMINATE, _("Không biết tổ chức cấp chứng thư số (%(what)s) có đáng tin không.")),
    "ROGUE_ISSUER": (INVALID, _("Chứng thư số mạo danh tổ chức cấp “%(what)s”.")),
    "NOT_AN_AUTHORITY": (INVALID, _("Chứng thư số do nơi không có quyền cấp (%(what)s).")),
    "UNREADABLE_CERTIFICATE": (INVALID, _("Không đọc được chứng thư số.")),
    "WRONG_USE": (INVALID, _("Chứng thư số này không được cấp để ký văn bản.")),
    "NOT_YET_VALID": (INVALID, _("Lúc ký, chứng thư số chưa có hiệu lực (từ %(when)s).")),
    "EXPIRED": (INVALID, _("Lúc ký, chứng thư số đã hết hạn (%(when)s).")),
    "EXPIRED_NO_PROOF": (
        INDETERMINATE,
        _("Chứng thư số đã hết hạn (%(when)s) và không có dấu thời gian chứng minh chữ ký có trước đó."),
    ),
    "ISSUER_EXPIRED": (INDETERMINATE, _("Chứng thư của tổ chức cấp “%(what)s” không còn hạn lúc đó.")),
    "REVOKED": (INVALID, _("Lúc ký, chứng thư số đã bị thu hồi (%(when)s).")),
    "REVOKED_NO_PROOF": (
        INDETERMINATE,
        _("Chứng thư số bị thu hồi (%(when)s) và không có dấu thời gian chứng minh chữ ký có trước đó."),
    ),
    "ISSUER_REVOKED": (INVALID, _("Chứng thư của tổ chức cấp “%(what)s” đã bị thu hồi (%(when)s).")),
    "REVOCATION_UNKNOWN": (
        INDETERMINATE,
        _("Chưa có thông tin thu hồi của tổ chức cấp “%(what)s” nên chưa kết luận được."),
    ),
    "REVOCATION_STALE": (
        INDETERMINATE,
        _("Thông tin thu hồi của tổ chức cấp “%(what)s” đã cũ (đến %(when)s) nên chưa kết luận được."),
    ),
    # time
    "STAMP_BROKEN": (INVALID, _("Dấu thời gian không khớp với chữ ký.")),
    "STAMP_UNTRUSTED": (INDETERMINATE, _("Dấu thời gian do nơi chưa đáng tin cấp: %(what)s")),
    "STAMP_ORDER": (INDETERMINATE, _("Dấu thời gian không theo thứ tự các chữ ký.")),
    "TIME_CONFLICT": (INDETERMINATE, _("Giờ ký ghi trong tệp (%(when)s) muộn hơn dấu thời gian.")),
    "SIGNED_IN_FUTURE": (INDETERMINATE, _("Giờ ký ghi trong tệp (%(when)s) ở tương lai.")),
    # who was expected
    "NOT_ENTITLED": (INVALID, _("“%(what)s” không phải là người được ký ở vị trí %(field)s.")),
    "SEAL_OF_ANOTHER_NAME": (
        INDETERMINATE,
        _("Con dấu số mang tên “%(what)s”, khác tên trường ghi trong tệp."),
    ),
    "MISSING_SIGNATURE": (INVALID, _("Thiếu chữ ký ở vị trí %(field)s.")),
    "UNEXPECTED_SIGNATURE": (INVALID, _("Có chữ ký lạ ở vị trí %(field)s.")),
    "WRONG_ORDER": (INVALID, _("Các chữ ký không theo đúng thứ tự.")),
    "ONLY_A_PART": (INVALID, _("Chữ ký ở vị trí %(field)s chỉ bao gồm một phần của tệp.")),
    "WRONG_CAPACITY": (INVALID, _("Chữ ký ở vị trí %(field)s ghi tư cách “%(what)s”, không đúng.")),
    # refusals when signing
    "WRONG_PASSPHRASE": (INVALID, _("Mật khẩu của tệp khóa không đúng.")),
    "NOT_A_KEY_FILE": (INVALID, _("Tệp khóa không đọc được; cần tệp .p12 hoặc .pfx có cả chứng thư số.")),
    "KEY_NOT_OF_CERTIFICATE": (INVALID, _("Khóa ký không đi với chứng thư số này.")),
    "UNFIT_KEY": (INVALID, _("Khóa ký phải là RSA từ 2048 bit hoặc ECDSA P-256.")),
    "TOKEN_AWAY": (INVALID, _("Không thấy thiết bị ký; cắm thiết bị rồi thử lại.")),
    "WRONG_PIN": (INVALID, _("Mã PIN không đúng. Nhập sai nhiều lần thiết bị sẽ bị khóa.")),
    "PIN_LOCKED": (INVALID, _("Mã PIN đã bị khóa; liên hệ nơi cấp thiết bị.")),
    "NO_KEY_ON_TOKEN": (INVALID, _("Trên thiết bị không có khóa ký kèm chứng thư số.")),
    "SERVICE_AWAY": (INVALID, _("Dịch vụ ký số từ xa không trả lời (%(what)s).")),
    "SERVICE_REFUSED": (INVALID, _("Dịch vụ ký số từ xa từ chối: %(what)s")),
    "SERVICE_WRONG": (INVALID, _("Dịch vụ ký số từ xa trả về chữ ký không đúng.")),
    "NOT_THIS_PERSON": (INVALID, _("Chứng thư số mang tên “%(what)s”, không phải của người đang ký.")),
    "NOT_THIS_NUMBER": (INVALID, _("Số định danh trên chứng thư số không phải của người đang ký.")),
    "NO_NUMBER": (INVALID, _("Chứng thư số không ghi số định danh nên không biết của ai.")),
    "NOT_THIS_INSTITUTION": (INVALID, _("Chứng thư số không phải của đơn vị này.")),
    "FIELD_TAKEN": (INVALID, _("Vị trí %(field)s đã có chữ ký.")),
    "NO_SUCH_PART": (INVALID, _("Tệp không có phần “%(what)s” để ký.")),
    "SHOWN_OTHER": (INVALID, _("Tệp sắp ký không phải là tệp đã hiện trên trang. Mở lại trang rồi ký.")),
    "NOT_OURS_TO_EXTEND": (INVALID, _("Không thêm được thông tin kiểm tra lâu dài vào tệp này.")),
    "STAMP_AWAY": (INVALID, _("Dịch vụ dấu thời gian không trả lời (%(what)s).")),
    "STAMP_REFUSED": (INVALID, _("Dịch vụ dấu thời gian từ chối.")),
    "STAMP_WRONG": (INVALID, _("Dịch vụ dấu thời gian trả về dấu không đúng với yêu cầu.")),
}


def reason(code: str, **values: Any) -> Reason:
    """The reason of that code; a code nobody declared is a mistake of ours and raises KeyError."""
    outcome, template = SENTENCES[code]
    return Reason(code, outcome, template, tuple(values.items()))


def worst(outcomes: Iterable[str]) -> str:
    """The worst of several outcomes; `valid` of none."""
    return max(outcomes, key=_RANK.__getitem__, default=VALID)


def by_weight(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Reasons without repetition, the worst first."""
    return tuple(sorted(dict.fromkeys(reasons), key=lambda each: -_RANK[each.outcome]))
