"""Religions by local codes; there is no national school code list. Sensitive, asked only where needed."""

from __future__ import annotations

from typing import Final

from khue.lib.names import fold

RELIGIONS: Final[dict[str, str]] = {
    "00": "Không",
    "01": "Phật giáo",
    "02": "Công giáo",
    "03": "Tin lành",
    "04": "Cao Đài",
    "05": "Phật giáo Hòa Hảo",
    "06": "Hồi giáo",
    "07": "Bà-la-môn",
    "08": "Bửu Sơn Kỳ Hương",
    "09": "Tứ Ân Hiếu Nghĩa",
    "10": "Tịnh độ cư sĩ Phật hội",
    "11": "Minh Sư đạo",
    "12": "Minh Lý đạo",
    "13": "Cơ đốc Phục lâm",
    "14": "Baha'i",
    "15": "Mặc Môn",
    "16": "Hiếu Nghĩa Tà Lơn",
    "99": "Khác",
}

_ALIASES: Final[dict[str, str]] = {
    "khong ton giao": "00",
    "khong theo": "00",
    "luong": "00",
    "phat": "01",
    "dao phat": "01",
    "thien chua giao": "02",
    "thien chua": "02",
    "dao thien chua": "02",
    "ki to giao": "02",
    "tin lanh giao": "03",
    "dao tin lanh": "03",
    "dao cao dai": "04",
    "hoa hao": "05",
    "islam": "06",
    "balamon": "07",
    "ba la mon": "07",
    "tinh do cu si": "10",
    "bahai": "14",
}


class ReligionProblem(ValueError):
    """A value that names no religion, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse_religion(value: object) -> str:
    """Find the code of a religion by name or code; an empty cell is code 00; raises ReligionProblem."""
    if isinstance(value, float) and value == value and value == int(value):
        value = int(value)
    text = fold(str(value if value is not None else ""))
    if not text:
        return "00"
    if text.isdigit() and text.zfill(2) in RELIGIONS:
        return text.zfill(2)
    for code, name in RELIGIONS.items():
        if fold(name) == text:
            return code
    if text in _ALIASES:
        return _ALIASES[text]
    raise ReligionProblem(f"Không có tôn giáo “{str(value)[:30]}” trong danh mục.")
