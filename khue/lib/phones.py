"""Telephone numbers of Vietnam: kept as E.164, shown in groups, masked where they need not be known."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from khue.lib.wording import said

_MOBILE: Final = re.compile(r"0[35789]\d{8}")
_LANDLINE: Final = re.compile(r"02\d{9}")
_TWO_DIGIT_AREAS: Final = ("024", "028")
_FILLER: Final = re.compile(r"[\s.\-()/\u00a0\u2010-\u2015\u200b\ufeff']")

NEW_MOBILE_PREFIXES: Final[dict[str, str]] = {
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037", "0168": "038",
    "0169": "039", "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", "0123": "083",
    "0124": "084", "0125": "085", "0127": "081", "0129": "082", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
"""Eleven-digit mobile prefixes of before 2018 and what each became."""


class PhoneProblem(ValueError):
    """A value that is not a telephone number, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _digits(value: object) -> str:
    if isinstance(value, float | Decimal) and value == value and value == int(value):
        value = int(value)
    text = _FILLER.sub("", str(value if value is not None else ""))
    text = re.sub(r"^(?:\+|00)84(?:\(?0\)?)?", "0", text)
    if re.fullmatch(r"84[235789]\d{8,9}", text):
        text = "0" + text[2:]
    if re.fullmatch(r"[35789]\d{8}|2\d{9}", text):
        text = "0" + text
    return text


def normalise_phone(value: object) -> str:
    """Turn a number as written (0912 345 678, +84.912..., 912345678 from Excel) into E.164.

    Raises PhoneProblem when it is neither a mobile nor a landline number of Vietnam.
    """
    text = _digits(value)
    if not text:
        raise PhoneProblem(said("Số điện thoại còn trống."))
    if not text.isascii() or not text.isdigit():
        raise PhoneProblem(said("“%(shown)s” có ký tự không phải chữ số.", shown=value))
    if _MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text):
        return "+84" + text[1:]
    if len(text) == 11 and text[:4] in NEW_MOBILE_PREFIXES:
        renewed = NEW_MOBILE_PREFIXES[text[:4]] + text[4:]
        raise PhoneProblem(
            said("Số 11 chữ số đã đổi từ năm 2018, số mới là %(number)s.", number=_grouped(renewed))
        )
    if text.startswith("02"):
        raise PhoneProblem(said("Số này có %(count)s chữ số, số cố định cần đủ 11.", count=len(text)))
    if not text.startswith("0"):
        raise PhoneProblem(said("Số điện thoại bắt đầu bằng số 0 hoặc +84."))
    if len(text) != 10:
        raise PhoneProblem(said("Số này có %(count)s chữ số, số di động cần đủ 10.", count=len(text)))
    raise PhoneProblem(said("Không có đầu số di động %(prefix)s.", prefix=text[:3]))


def _grouped(national: str) -> str:
    if len(national) == 10:
        return f"{national[:4]} {national[4:7]} {national[7:]}"
    area = 3 if national.startswith(_TWO_DIGIT_AREAS) else 4
    rest = national[area:]
    return f"{national[:area]} {rest[:4]} {rest[4:]}"


def national_digits(number: str) -> str:
    """Give the ten or eleven digits to dial inside the country, from E.164."""
    return "0" + number[3:] if number.startswith("+84") else number


def format_phone(number: str) -> str:
    """Show an E.164 number in groups: 0912 345 678; a foreign or odd value is shown as it is."""
    national = national_digits(number)
    if _MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national):
        return _grouped(national)
    return number


def mask_phone(number: str) -> str:
    """Hide the middle of a number: 0912 ••• 678; a short value is hidden whole."""
    digits = "".join(char for char in national_digits(number) if char.isdigit())
    if len(digits) < 9:
        return "•••"
    return f"{digits[:4]} ••• {digits[-3:]}"


def is_mobile(number: str) -> bool:
    """Tell whether an E.164 number is a mobile number of Vietnam, to which messages can go."""
    return number.startswith("+84") and _MOBILE.fullmatch(national_digits(number)) is not None
