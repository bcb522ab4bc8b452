"""Cells of a sheet as plain values: text in NFC, dates as dates, errors as errors, numbers as the text typed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

# An empty cell is the empty text. A datetime is a date, so `date` covers both.
Value = str | dt.date

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|_x000[dD]_")
_EPOCH_1900, _EPOCH_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_LAST_SERIAL = 73_050  # 31/12/2099
_BASE_LETTERS = {
    code: base.lower()
    for code in range(0xC0, 0x1EFA)
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii() and base.isalpha()
} | {0x111: "d", 0x110: "d"}
_BASE_LETTERS |= dict.fromkeys(range(0x300, 0x370), "")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


class CellError(str):
    """A cell whose formula failed, by its mark: #N/A, #REF!, #DIV/0!."""

    __slots__ = ()


@dataclass(slots=True)
class Sheet:
    """One sheet: rows from row 1 and column A on, so that `rows[4][2]` is cell C5."""

    name: str
    rows: list[list[Value]]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    date1904: bool = False


def value_of(raw: Any) -> Value:
    """A cell of the reader as a plain value."""
    if isinstance(raw, str):
        return raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else f"{raw:.15g}"
    if isinstance(raw, dt.datetime):
        return raw.date() if raw.time() == dt.time() else raw
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, dt.time):
        return raw.strftime("%H:%M:%S" if raw.second else "%H:%M")
    return "" if raw is None else str(raw)


@lru_cache(maxsize=65_536)
def _clean(text: str) -> str:
    return " ".join(_HIDDEN.sub("", text).split())


def text_of(value: Value) -> str:
    """A cell as one line of text: no line breaks, no doubled or no-break spaces, dates as dd/mm/yyyy."""
    if isinstance(value, str):
        return _clean(value) if value else ""
    if isinstance(value, dt.datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    return value.strftime("%d/%m/%Y")


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """The words of a text for comparing: no marks, no case, no punctuation ("Ngày\\nsinh:" is "ngay sinh")."""
    return _NOT_WORD.sub(" ", text.translate(_BASE_LETTERS).lower()).strip()


def light_fold(text: str) -> str:
    """The same text without marks and case, letter for letter, so that places in it stay valid (NFC text)."""
    return text.translate(_BASE_LETTERS).lower()


def letter_of(index: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def index_of(letters: str) -> int:
    """The number, from 0, of a column's letters; ValueError for what is no column."""
    number = 0
    for letter in letters.strip().upper():
        if not "A" <= letter <= "Z":
            raise ValueError(f"Không có cột “{letters}”.")
        number = number * 26 + ord(letter) - 64
    if not number:
        raise ValueError("Thiếu chữ cái của cột.")
    return number - 1


def date_of_serial(text: str, *, date1904: bool = False) -> dt.date | None:
    """The date behind a day number as Excel keeps dates (40815 is 29/09/2011); None for other text."""
    whole = text.split(".", 1)[0]
    if not (whole.isascii() and whole.isdigit() and 4 <= len(whole) <= 5):
        return None
    serial = int(whole)
    # Below 3,654 (year 1910) a number is a year or a mistake, not a birth or a school event.
    if not 3_654 <= serial <= _LAST_SERIAL:
        return None
    return (_EPOCH_1904 if date1904 else _EPOCH_1900) + dt.timedelta(days=serial)
