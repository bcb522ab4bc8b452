"""Lines that name a class above its pupils ("LỚP 1A", "Lớp: 6A1 - GVCN: ..."), and sheets named after a class."""

from __future__ import annotations

import re
import unicodedata

from .cells import light_fold

_LINE = re.compile(
    r"^\W*(?:danh sach\s+)?(?:hoc sinh\s+|tre\s+|cac chau\s+)?(?:cua\s+)?lop(?:\s+hoc)?\b\s*[:.\-–—]*\s*"
)
_TAIL = re.compile(
    r"[\s,;:.(|/\-–—]+(?:gvcn|gv chu nhiem|giao vien|chu nhiem|co giao|thay|si so|so hoc sinh|so hs|nam hoc|nam|"
    r"nien khoa|hoc ky|hoc ki|hk|buoi|phong|tong so|co so|diem truong|truong|ban|to hop|nien hoc)\b.*$",
    re.DOTALL,
)
_IN_TITLE = re.compile(r"\blop\s*:?\s*(\d{1,2}(?:[a-z]\w{0,5}|[.\-/]\w{1,5}|\s[a-z]\d{0,2}))\b")
_ALONE = re.compile(r"^\d{1,2}\s?[a-z]\d{0,2}$")
_SHEET = re.compile(
    r"^\W*(?:lop|l|ds|danh sach)?[\s.\-_:]*(?:lop)?[\s.\-_:]*(\d{1,2}[\s.\-_]?[a-z]\w{0,5})\W*(?:\(.*\))?$"
)
_LONGEST = 30


def class_in_line(text: str) -> str | None:
    """The class that a line of its own names, as written, or None when the line names none."""
    text = unicodedata.normalize("NFC", text).strip()
    light = light_fold(text)
    start = _LINE.match(light)
    if start:
        rest, light_rest = text[start.end() :], light[start.end() :]
        tail = _TAIL.search(light_rest)
        if tail:
            rest = rest[: tail.start()]
        if not rest.startswith("("):
            rest = rest.split("(", 1)[0]
        name = rest.strip(" :.,;-–—()[]\"'“”")
        if name.isdigit() and "danh sach" in light[: start.end()]:
            # "Danh sách lớp 1" heads a whole grade.
            return None
        if name and len(name) <= _LONGEST and len(name.split()) <= 5:
            return name
        return None
    inside = _IN_TITLE.search(light)
    if inside:
        return text[inside.start(1) : inside.end(1)].strip()
    return text if _ALONE.match(light) else None


def class_in_sheet_name(name: str) -> str | None:
    """The class that a sheet is named after ("6A1", "Lớp 10A2", "DS 7B"), or None."""
    name = unicodedata.normalize("NFC", name).strip()
    light = light_fold(name)
    found = _SHEET.match(light)
    if found:
        return name[found.start(1) : found.end(1)].strip()
    if light.startswith("lop ") and len(name) <= _LONGEST:
        return name[4:].strip() or None
    return None
