"""Numbers as Vietnam writes them: dot between thousands, comma before decimals ("1.234,5", "96,4 %").

Rounding is half up on decimals, never on binary floats. Marks are integers in tenths (8,5 is 85).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_PLAIN: Final = re.compile(r"[+-]?\d+")
_COMMA_DECIMAL: Final = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)?,\d+")
_DOT_DECIMAL: Final = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?\.\d+")
_DOT_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")
_COMMA_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3}){2,}")
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]")


class NumberProblem(ValueError):
    """A value that is not the number asked for, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def as_decimal(value: int | float | Decimal) -> Decimal:
    """Turn a number into a decimal by its shortest written form, so that 8.3 is 8.3 and not 8.300000001."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def round_half_up(value: int | float | Decimal, decimals: int = 0) -> Decimal:
    """Round half away from zero to a number of decimals."""
    return as_decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def format_number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """Show a number as 1.234,5; `decimals` fixes their count, None shows those the number has."""
    number = as_decimal(value) if decimals is None else round_half_up(value, decimals)
    if number == 0:
        number = abs(number)
    text = f"{number:,f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate({ord(","): ".", ord("."): ","})


def format_percent(value: int | float | Decimal, decimals: int = 1) -> str:
    """Show a share already counted in hundredths: 96.4 as "96,4 %" (with a no-break space)."""
    return f"{format_number(value, decimals)}\u00a0%"


def percent(part: int | Decimal, whole: int | Decimal, decimals: int = 1) -> Decimal | None:
    """Count a share in hundredths, rounded half up; None when there is no whole."""
    if whole == 0:
        return None
    return round_half_up(Decimal(part) * 100 / Decimal(whole), decimals)


def parse_number(value: object, *, grouped: bool = True) -> Decimal:
    """Read 8,5 or 8.5 or 1.234,5 or 1.250.000; raises NumberProblem.

    "1.250" is one thousand two hundred and fifty when `grouped`, else one and a quarter.
    """
    if isinstance(value, bool):
        raise NumberProblem("Ô này là đúng/sai, không phải là số.")
    if isinstance(value, int | float | Decimal):
        number = as_decimal(value)
        if not number.is_finite():
            raise NumberProblem("Số còn trống.")
        return number
    text = _SPACES.sub("", str(value if value is not None else "")).lstrip("'").replace("\u2212", "-")
    if not text:
        raise NumberProblem("Số còn trống.")
    if text.isascii() and len(text) <= 40:
        if _PLAIN.fullmatch(text):
            return Decimal(text)
        if _DOT_GROUPED.fullmatch(text) and (grouped or text.count(".") > 1):
            return Decimal(text.replace(".", ""))
        if _COMMA_GROUPED.fullmatch(text):
            return Decimal(text.replace(",", ""))
        if _COMMA_DECIMAL.fullmatch(text):
            return Decimal(text.replace(".", "").replace(",", "."))
        if _DOT_DECIMAL.fullmatch(text):
            return Decimal(text.replace(",", ""))
    raise NumberProblem(f"“{text[:30]}” không phải là số.")


def parse_percent(value: object) -> Decimal:
    """Read a share in hundredths: "96,4 %", "96.4" and "96,4" give 96.4; raises NumberProblem."""
    text = value.strip().removesuffix("%") if isinstance(value, str) else value
    return parse_number(text, grouped=False)


def parse_tenths(value: object, *, highest: int = 100) -> int:
    """Read a mark with at most one decimal as integer tenths: "8,5" gives 85; raises NumberProblem.

    `highest` is in tenths as well (100 is ten). "85" is refused with the likely mark named.
    """
    number = parse_number(value, grouped=False)
    tenths = number * 10
    shown = format_number(number)
    if tenths != int(tenths):
        raise NumberProblem(f"“{shown}” có hơn một chữ số thập phân.")
    if 0 <= tenths <= highest:
        return int(tenths)
    if highest < tenths <= highest * 10 and number == int(number):
        meant = format_number(number / 10, 1)
        raise NumberProblem(f"Chưa ghi “{shown}”. Ghi {meant} phải không?")
    raise NumberProblem(f"Chưa ghi “{shown}”. Điểm từ 0 đến {format_number(Decimal(highest) / 10)}.")


def format_tenths(tenths: int) -> str:
    """Show integer tenths with one decimal: 85 as "8,5"."""
    return format_number(Decimal(tenths) / 10, 1)
