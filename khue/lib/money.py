"""Money is whole đồng; the đồng has no smaller coin (rules/16, section 4)."""

from __future__ import annotations

from khue.lib.numbers_vi import NumberProblem, format_number, parse_number


def format_dong(amount: int) -> str:
    """Show an amount of đồng: 1250000 as "1.250.000 đ" (with a no-break space)."""
    return f"{format_number(amount)}\u00a0đ"


def parse_dong(value: object) -> int:
    """Read an amount of đồng ("1.250.000 đ", "1250000 đồng", 1250000); raises NumberProblem."""
    text = value
    if isinstance(value, str):
        text = value.strip()
        for unit in ("đồng", "VNĐ", "VND", "vnđ", "vnd", "đ", "₫", "Đ"):
            if text.endswith(unit):
                text = text.removesuffix(unit)
                break
    amount = parse_number(text)
    if amount != int(amount):
        raise NumberProblem("Số tiền tính bằng đồng, không có phần lẻ.")
    return int(amount)
