"""Personal names: spelling, splitting, folding for search and the Vietnamese order of a class list.

Family name first, then middle words, then the given name, by which lists are sorted (rules/16, sections
1, 2, 3 and 9). A name is stored as the birth certificate writes it (NFC); folded and sort keys are derived.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from khue.lib.legacy_fonts import (
    LegacyFont,
    convert_legacy_font,
    legacy_font_of_column,
    looks_like_legacy_font,
)
from khue.lib.syllables import ALPHABET, TONE_RANK, canonical_tone
from khue.lib.wording import said

__all__ = [
    "MAXIMUM_LENGTH",
    "LegacyFont",
    "NameOrder",
    "convert_legacy_font",
    "fold",
    "initials",
    "legacy_font_of_column",
    "looks_like_legacy_font",
    "matches_search",
    "name_problem",
    "normalise_name",
    "search_key",
    "search_tokens",
    "sort_key",
    "sorted_names",
    "split_name",
    "tone_canon",
]

NameOrder = Literal["given-family-middle", "given-middle-family"]

MAXIMUM_LENGTH: Final = 100
"""Longest full name taken, in characters."""

_LETTER_RANK: Final = {letter: f"{rank:02d}" for rank, letter in enumerate(ALPHABET, start=1)}
_PUNCTUATION_RANK: Final = "00"
_APOSTROPHES: Final = "'\u2018\u2019\u02bc\u02b9\u0060\u00b4\u2032"


class _FoldTable(dict[int, str | None]):
    """Character to folded characters, filled as characters are met (str.translate asks by code point)."""

    def __missing__(self, code: int) -> str | None:
        folded = _folded_character(chr(code))
        self[code] = folded
        return folded


def _folded_character(char: str) -> str | None:
    if char in _APOSTROPHES:
        return "'"
    if char in "\u00d0\u00f0\u0110\u0111\u0189\u0256":
        return "d"
    kept = [part for part in unicodedata.normalize("NFKD", char) if not "\u0300" <= part <= "\u036f"]
    folded = "".join(part for part in kept if unicodedata.category(part) != "Cf").lower()
    return folded or None


_FOLD: Final = _FoldTable({code: chr(code).lower() for code in range(128)})

_SPELLING: Final[dict[int, str | None]] = {
    **{ord(char): "'" for char in _APOSTROPHES},
    **{ord(char): "-" for char in "\u2010\u2011\u2012\u2013\u2014\u2212"},
    **{ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"},
    0x00D0: "Đ",
    0x00F0: "đ",
    0x0189: "Đ",
    0x0256: "đ",
}
_PIECES: Final = re.compile(r"(['\-])")
_STRANGE: Final = re.compile(r"[^\w'\- .]|_", re.UNICODE)
_SPACE_AFTER_APOSTROPHE: Final = re.compile(r"\s+(?=['])")


@lru_cache(maxsize=65536)
def _title_word(word: str) -> str:
    """Capitalise one word; a word of mixed case keeps the capitals after its apostrophes and hyphens."""
    capital = True
    one_case = word.islower() or word.isupper()
    titled: list[str] = []
    for piece in _PIECES.split(word):
        if not piece or piece in "'-":
            titled.append(piece)
            continue
        first = piece[0].title() if capital else piece[0]
        titled.append(first + piece[1:].lower())
        capital = one_case
    joined = "".join(titled)
    if not one_case and (joined.islower() or joined.isupper()):
        return _title_word(joined)
    return joined


def normalise_name(text: str) -> str:
    """Spell a name as lists show it: NFC, single spaces, each syllable capitalised (H'Hen, K' Brêu)."""
    composed = unicodedata.normalize("NFC", text).translate(_SPELLING)
    return " ".join([_title_word(word) for word in _SPACE_AFTER_APOSTROPHE.sub("", composed).split()])


def name_problem(text: str) -> str | None:
    """Say in Vietnamese what is wrong with a name, or None when it can be taken."""
    font = looks_like_legacy_font(text)
    name = normalise_name(text)
    if not name:
        return said("Họ tên còn trống.")
    if font is not None:
        return said("Họ tên gõ bằng phông cũ %(font)s. Chuyển sang Unicode rồi nhập lại.", font=font)
    digits = [char for char in name if char.isdigit()]
    if digits:
        return said("Họ tên có chữ số “%(digit)s”.", digit=digits[0])
    if len(name) > MAXIMUM_LENGTH:
        return said("Họ tên dài %(count)s ký tự, tối đa %(most)s.", count=len(name), most=MAXIMUM_LENGTH)
    strange = _STRANGE.search(name)
    if strange is not None:
        return said("Họ tên có ký tự lạ “%(shown)s”.", shown=strange[0])
    if not any(char.isalpha() for char in name):
        return said("“%(name)s” chưa phải là họ tên.", name=name)
    return None


def split_name(full_name: str) -> tuple[str, str]:
    """Split a full name into family with middle words, and the given name (the last word)."""
    before, _, given = " ".join(full_name.split()).rpartition(" ")
    return before, given


def tone_canon(text: str) -> str:
    """Write every tone mark at one place, so that Hoà = Hòa and Thuý = Thúy; for comparing, not showing."""
    return " ".join([canonical_tone(word) for word in unicodedata.normalize("NFC", text).split()])


def fold(text: str) -> str:
    """Drop diacritics and case, đ becomes d, single spaces: "Đặng Thị Ứng" gives "dang thi ung"."""
    return " ".join(text.translate(_FOLD).split())


def search_key(name: str) -> str:
    """Fold a name for the search column: apostrophes vanish, hyphens and dots part words."""
    return " ".join(fold(name).replace("'", "").replace("-", " ").replace(".", " ").replace(",", " ").split())


def search_tokens(query: str) -> list[str]:
    """Split what a person typed into folded words, each of which must begin a word of the search key."""
    return search_key(query).split()


def matches_search(key: str, query: str) -> bool:
    """Tell whether every word of the query begins a word of a search key ("dang ung", "nguy an")."""
    words = key.split()
    return all(any(word.startswith(token) for word in words) for token in search_tokens(query))


@lru_cache(maxsize=65536)
def _word_key(word: str) -> str:
    """Give two digits a letter, a dot, one tone digit a letter: bytes then compare as a dictionary does."""
    letters: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFC", canonical_tone(word).lower().translate(_SPELLING)):
        rest: list[str] = []
        tone = 0
        for part in unicodedata.normalize("NFD", char):
            if part in TONE_RANK:
                tone = TONE_RANK[part]
            else:
                rest.append(part)
        base = unicodedata.normalize("NFC", "".join(rest))
        rank = _LETTER_RANK.get(base)
        if rank is None:
            rank = _LETTER_RANK.get(fold(base), _PUNCTUATION_RANK)
        letters.append(rank)
        tones.append(str(tone))
    return f"{''.join(letters)}.{''.join(tones)}"


def sort_key(name: str, *, order: NameOrder = "given-family-middle") -> str:
    """Give the ASCII key that sorts names the Vietnamese way under byte order ("C" collation).

    Letters win over tones, tones over the next word. Words stand given, family, middle; with
    `given-middle-family` the middle words decide before the family name.
    """
    words = unicodedata.normalize("NFC", name).split()
    if not words:
        return ""
    keys = [_word_key(word) for word in words]
    if order == "given-family-middle":
        return "-".join([keys[-1], *keys[:-1]])
    if len(keys) == 1:
        return keys[0]
    return f"{keys[-1]}-{'-'.join(keys[1:-1])},{keys[0]}"


def sorted_names(names: Iterable[str], *, order: NameOrder = "given-family-middle") -> list[str]:
    """Sort full names as a class list does: by given name, in the order of the Vietnamese alphabet."""
    return sorted(names, key=lambda name: sort_key(name, order=order))


def initials(name: str, *, length: int = 2) -> str:
    """Give the first letters of the last words, in capitals: "Nguyễn Văn An" gives "VA"."""
    words = [word for word in normalise_name(name).split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in words[-length:])
