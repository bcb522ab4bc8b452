"""Class names: free text that schools write, yet sorted by grade, letters and number (6A2 before 6A10)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from khue.lib.names import fold, sort_key

FIRST_GRADE: Final = 1
LAST_GRADE: Final = 12


@dataclass(frozen=True, slots=True)
class PreschoolGroup:
    """An age group of preschool: code, name and the months of age it takes, first and last."""

    code: str
    label: str
    first_month: int
    last_month: int
    words: tuple[str, ...]
    rank: int


PRESCHOOL_GROUPS: Final[tuple[PreschoolGroup, ...]] = (
    PreschoolGroup("NT1", "Nhà trẻ 3-12 tháng", 3, 12, ("3-12 thang", "3 - 12 thang"), 1),
    PreschoolGroup("NT2", "Nhà trẻ 13-24 tháng", 13, 24, ("13-24 thang", "13 - 24 thang", "12-24 thang"), 2),
    PreschoolGroup("NT3", "Nhà trẻ 25-36 tháng", 25, 36, ("25-36 thang", "24-36 thang", "nha tre", "nt"), 3),
    PreschoolGroup(
        "MG3", "Mẫu giáo bé 3-4 tuổi", 37, 48, ("3-4 tuoi", "mau giao be", "3 tuoi", "mam", "be"), 4
    ),
    PreschoolGroup(
        "MG4", "Mẫu giáo nhỡ 4-5 tuổi", 49, 60, ("4-5 tuoi", "mau giao nho", "4 tuoi", "choi", "nho"), 5
    ),
    PreschoolGroup(
        "MG5", "Mẫu giáo lớn 5-6 tuổi", 61, 72, ("5-6 tuoi", "mau giao lon", "5 tuoi", "la", "lon"), 6
    ),
    PreschoolGroup("MGG", "Mẫu giáo ghép", 37, 72, ("mau giao ghep", "ghep"), 7),
)

_GROUP_BY_CODE: Final = {group.code: group for group in PRESCHOOL_GROUPS}
_LEADING_WORDS: Final = re.compile(r"^(?:(?:lop|khoi|nhom)\s+)+")
_GRADE: Final = re.compile(r"^(\d{1,2})(?!\d)")
_TOKENS: Final = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)


def _words(name: str) -> str:
    return _LEADING_WORDS.sub("", fold(name)).replace("\u2013", "-").strip()


@lru_cache(maxsize=8192)
def preschool_group_of(name: str) -> PreschoolGroup | None:
    """Tell the preschool group a class name speaks of ("Lớp Lá 1", "Nhà trẻ A", "3-4 tuổi B"), or None."""
    text = re.sub(r"\s*-\s*", "-", _words(name))
    best: tuple[int, PreschoolGroup] | None = None
    for group in PRESCHOOL_GROUPS:
        for word in group.words:
            if re.search(rf"(?<![a-z0-9\-]){re.escape(word)}(?![a-z\-])", text) and (
                best is None or len(word) > best[0]
            ):
                best = (len(word), group)
    return best[1] if best else None


@lru_cache(maxsize=8192)
def grade_of(name: str) -> int | None:
    """Tell the grade 1 to 12 with which a class name begins ("10A1", "Lớp 6B"), or None."""
    text = _words(name)
    match = _GRADE.match(text)
    if match is None or preschool_group_of(name) is not None:
        return None
    grade = int(match[1])
    return grade if FIRST_GRADE <= grade <= LAST_GRADE else None


@lru_cache(maxsize=8192)
def class_sort_key(name: str) -> str:
    """Give the ASCII key that sorts classes naturally: preschool groups, then grade, letters, number."""
    composed = unicodedata.normalize("NFKC", name)
    group = preschool_group_of(composed)
    grade = grade_of(composed)
    rank = group.rank if group else 20 + grade if grade is not None else 90
    text = re.sub(r"^(?:(?:lớp|khối|nhóm)\s+)+", "", composed.lower().strip())
    tokens = _TOKENS.findall(text)
    if grade is not None and tokens:
        tokens = tokens[1:]
    parts = [f"0{int(token):06d}" if token.isdecimal() else f"1{sort_key(token)}" for token in tokens]
    return "/".join([f"{rank:02d}", *parts])


def normalise_class_name(name: str) -> str:
    """Spell a class name as lists show it: NFC, single spaces, the word "Lớp" dropped before a grade."""
    text = " ".join(unicodedata.normalize("NFC", name).replace("\u200b", "").split())
    shorter = re.sub(r"^lớp\s+(?=\d)", "", text, flags=re.IGNORECASE)
    if re.fullmatch(r"\d{1,2}\s?[^\W\d_]{1,2}\s?\d{0,2}", shorter):
        return shorter.replace(" ", "").upper()
    return shorter


def class_name_key(name: str) -> str:
    """Give the key by which two spellings of a class are one: "Lớp 6a1", "6 A1" and "6A1"."""
    return re.sub(r"[\s.\-/]", "", normalise_class_name(name)).upper()


def preschool_group(code: str) -> PreschoolGroup:
    """Give a preschool group by its code; raises KeyError for an unknown one."""
    return _GROUP_BY_CODE[code]
