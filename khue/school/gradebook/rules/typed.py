"""What a teacher types, or a file brings, read as a cell: a value, a question, a refusal or nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from khue.lib.names import fold
from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.marks import Assessed
from khue.school.gradebook.rules.words import Message, say, show_bound

LONGEST_ECHO: Final = 20


@dataclass(frozen=True, slots=True)
class Entered:
    """A cell to write: a mark in tenths, PASS, FAIL, or a state."""

    cell: int


@dataclass(frozen=True, slots=True)
class Question:
    """A likely slip: nothing is written until the teacher agrees to `cell`."""

    cell: int
    message: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """Not a mark; the message says what was typed and what can be."""

    message: Message


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing was typed: neither 0 nor an order to erase."""


BLANK: Final = Blank()
Typed = Entered | Question | Refused | Blank
Given = str | int | float | Decimal | None

_STATE_WORDS: Final = {
    "v": marks.MISSING, "vang": marks.MISSING, "kp": marks.MISSING, "vk": marks.MISSING, "vkp": marks.MISSING,
    "vang khong phep": marks.MISSING, "vang kt": marks.MISSING,
    "b": marks.MAKEUP_SCHEDULED, "bu": marks.MAKEUP_SCHEDULED, "p": marks.MAKEUP_SCHEDULED,
    "vp": marks.MAKEUP_SCHEDULED, "cp": marks.MAKEUP_SCHEDULED,
    "vang co phep": marks.MAKEUP_SCHEDULED, "vcp": marks.MAKEUP_SCHEDULED,
    "m": marks.EXEMPT, "mien": marks.EXEMPT, "mg": marks.EXEMPT, "duoc mien": marks.EXEMPT,
    "0*": marks.ZEROED,
}  # fmt: skip
_COMMENT_WORDS: Final = {
    "d": marks.PASS, "dat": marks.PASS,
    "cd": marks.FAIL, "chua dat": marks.FAIL, "c.d": marks.FAIL, "chuadat": marks.FAIL,
}  # fmt: skip

_NUMBER: Final = re.compile(r"(\d+)(?:[.,](\d+))?", re.ASCII)
_BARE_DECIMAL: Final = re.compile(r"[.,](\d)", re.ASCII)
_NUMBER_LIKE: Final = re.compile(r"[+\-−–]?\d[\d.,]*", re.ASCII)


def as_typed(given: Given) -> str:
    """Give the text of a value from a keyboard or a spreadsheet: trimmed, composed, digits plain."""
    if given is None:
        return ""
    if isinstance(given, bool):
        return str(given)
    if isinstance(given, float):
        return format(given, ".10g")  # what a sheet shows; drops the binary dust of a calculated cell
    if isinstance(given, (int, Decimal)):
        return str(given)
    return " ".join(unicodedata.normalize("NFKC", given).replace("\u200b", "").split())


def read_mark(given: Given, assessed: Assessed | str = Assessed.MARKS, *, is_whole: bool = False) -> Typed:
    """Read one cell of a scored or a comment column; comma or point, at most one decimal, 85 asks "8,5?".

    `is_whole` is for the tests of primary school, which have no decimals (B2).
    """
    return _read(as_typed(given), Assessed(assessed), is_whole)


@lru_cache(maxsize=8192)
def _read(text: str, assessed: Assessed, is_whole: bool) -> Typed:
    if not text:
        return BLANK
    folded = fold(text)
    if folded in _STATE_WORDS:
        return Entered(_STATE_WORDS[folded])
    shown = text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
    if assessed is Assessed.COMMENTS:
        if folded in _COMMENT_WORDS:
            return Entered(_COMMENT_WORDS[folded])
        is_number = _NUMBER_LIKE.fullmatch(text) is not None
        return Refused(
            say(words.COMMENT_GIVEN_A_MARK if is_number else words.COMMENT_UNREADABLE, typed=shown)
        )
    if folded in _COMMENT_WORDS:
        return Refused(say(words.MARK_GIVEN_A_COMMENT, typed=shown))
    return _read_number(text, shown, is_whole)


def _read_number(text: str, shown: str, is_whole: bool) -> Typed:
    bare = _BARE_DECIMAL.fullmatch(text)
    if bare and not is_whole:
        return _ask(int(bare[1]), shown)
    match = _NUMBER.fullmatch(text)
    if match is None:
        is_number = _NUMBER_LIKE.fullmatch(text) is not None
        return Refused(say(words.MARK_OUT_OF_RANGE if is_number else words.MARK_UNREADABLE, typed=shown))
    whole, decimals = match[1], (match[2] or "").rstrip("0")
    is_bare = match[2] is None and not is_whole
    if is_bare and (whole == "100" or (len(whole) == 2 and whole != "10")):
        return _ask(int(whole), shown)
    tenths = int(whole[:6]) * 10 if len(whole) <= 6 else marks.HIGHEST + 1
    if tenths > marks.HIGHEST or (tenths == marks.HIGHEST and decimals):
        return Refused(say(words.MARK_OUT_OF_RANGE, typed=shown))
    if is_whole and decimals:
        return Refused(say(words.MARK_NOT_WHOLE, typed=shown))
    if len(decimals) > 1:
        lower = tenths + int(decimals[0])
        return Refused(
            say(words.MARK_TOO_FINE, typed=shown, lower=show_bound(lower), upper=show_bound(lower + 1))
        )
    return Entered(tenths + int(decimals or 0))


def _ask(tenths: int, shown: str) -> Question:
    return Question(tenths, say(words.MARK_QUESTION, typed=shown, meant=show_bound(tenths)))
