"""Text typed with the fonts of the nineties (TCVN3 or ABC, VNI), as it looks when read as Latin-1.

Old workbooks hold "NguyÔn V¨n B×nh" (TCVN3) or "Nguyeãn Vaên Bình" (VNI). Both kinds are recognised and
converted on request; nothing is converted silently (rules/16, section 9).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from khue.lib.syllables import is_vietnamese_syllable

LegacyFont = Literal["TCVN3", "VNI"]

_TCVN3_BYTES: Final = (
    "\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae"
    "\xb5\xb6\xb7\xb8\xb9\xbb\xbc\xbd\xbe\xc6\xc7\xc8\xc9\xca\xcb\xcc\xce\xcf\xd0\xd1"
    "\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xdc\xdd\xde\xdf\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9"
    "\xea\xeb\xec\xed\xee\xef\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe"
)
_TCVN3_LETTERS: Final = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
TCVN3_TABLE: Final[dict[int, str]] = {
    ord(byte): letter for byte, letter in zip(_TCVN3_BYTES, _TCVN3_LETTERS, strict=True)
}
"""One byte, one letter. Capitals with a tone came from a capitals-only font, so their case is lost."""

_VNI_GROUPS: Final[dict[str, tuple[str, str]]] = {
    "a": ("ùøûõïâáàåãäêéèúüë", "áàảãạâấầẩẫậăắằẳẵặ"),
    "e": ("ùøûõïâáàåãä", "éèẻẽẹêếềểễệ"),
    "o": ("ùøûõïâáàåãä", "óòỏõọôốồổỗộ"),
    "u": ("ùøûõï", "úùủũụ"),
    "y": ("ùøûõ", "ýỳỷỹ"),
    "ô": ("ùøûõï", "ớờởỡợ"),
    "ö": ("ùøûõï", "ứừửữự"),
}
_VNI_SINGLES: Final[dict[str, str]] = {
    "í": "í",
    "ì": "ì",
    "æ": "ỉ",
    "ó": "ĩ",
    "ò": "ị",
    "î": "ỵ",
    "ô": "ơ",
    "ö": "ư",
    "ñ": "đ",
}


def _vni_table() -> dict[str, str]:
    table = dict(_VNI_SINGLES)
    for base, (marks, letters) in _VNI_GROUPS.items():
        for mark, letter in zip(marks, letters, strict=True):
            table[base + mark] = letter
            table[base.upper() + mark] = letter.upper()
            table[base.upper() + mark.upper()] = letter.upper()
    for base, letter in _VNI_SINGLES.items():
        table[base.upper()] = letter.upper()
    return table


VNI_TABLE: Final[dict[str, str]] = _vni_table()
"""A base letter and a mark letter make one Vietnamese letter; a few letters stand alone."""

_VNI_PATTERN: Final = re.compile("|".join(sorted(map(re.escape, VNI_TABLE), key=len, reverse=True)))
_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)
_LEGACY_WORD: Final = re.compile(r"[A-Za-z\u00a1-\u00ff]+")
_UNICODE_VIETNAMESE: Final = re.compile(
    r"[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0-\u01b0\u1ea0-\u1ef9]"
)
_LEFT_OVER: Final = re.compile(r"[\u00a1-\u00bf\u00d7\u00f7]")


def convert_legacy_font(text: str, kind: LegacyFont) -> str:
    """Turn text typed with a TCVN3 or VNI font into Unicode (NFC); other characters stay as they are."""
    composed = unicodedata.normalize("NFC", text)
    if kind == "TCVN3":
        return composed.translate(TCVN3_TABLE)
    if kind == "VNI":
        return _VNI_PATTERN.sub(lambda match: VNI_TABLE[match[0]], composed)
    raise ValueError(f"unknown legacy font: {kind!r}")


def _reads_as_vietnamese(text: str) -> bool:
    if _LEFT_OVER.search(text):
        return False
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return bool(words) and all(is_vietnamese_syllable(word) for word in words)


@lru_cache(maxsize=16384)
def looks_like_legacy_font(text: str) -> LegacyFont | None:
    """Name the old font a text was typed with, or None when it is Unicode or cannot be told."""
    if text.isascii():
        return None
    composed = unicodedata.normalize("NFC", text)
    if _UNICODE_VIETNAMESE.search(composed):
        return None
    suspicious = [word for word in _LEGACY_WORD.findall(composed) if not word.isascii()]
    if not suspicious or all(is_vietnamese_syllable(word) for word in suspicious):
        return None
    kinds: tuple[LegacyFont, ...] = ("VNI", "TCVN3")
    for kind in kinds:
        converted = convert_legacy_font(composed, kind)
        if converted != composed and _reads_as_vietnamese(_levelled(converted)):
            return kind
    return None


def _levelled(text: str) -> str:
    """Lower the letters that a capitals-only TCVN3 font leaves small among capitals (NGUYễN)."""
    return " ".join(
        word.lower() if sum(char.isupper() for char in word) > 1 else word for word in text.split()
    )


def legacy_font_of_column(texts: Iterable[str]) -> LegacyFont | None:
    """Name the old font of a whole column by the votes of its cells; one cell alone may mislead."""
    votes: dict[LegacyFont, int] = {"TCVN3": 0, "VNI": 0}
    plain = 0
    for text in texts:
        kind = looks_like_legacy_font(text)
        if kind is not None:
            votes[kind] += 1
        elif _UNICODE_VIETNAMESE.search(unicodedata.normalize("NFC", text)):
            plain += 1
    winner: LegacyFont = "TCVN3" if votes["TCVN3"] >= votes["VNI"] else "VNI"
    return winner if votes[winner] > plain else None
