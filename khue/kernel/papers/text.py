"""Text as it can be printed: composed (NFC), without invisible or direction-changing signs, in letters the font has."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FONTS: Final = Path(__file__).parent / "fonts"
STAND_IN: Final = "□"
"""Stands where a letter of the data is in no font of ours; the caller is told which."""


@lru_cache(maxsize=1)
def letters() -> frozenset[int]:
    """The code points all fonts of the room can show (fonts/letters.txt)."""
    found: set[int] = set()
    for word in (FONTS / "letters.txt").read_text().split():
        first, _, last = word.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


class _Table(dict[int, int | str | None]):
    """What becomes of each code point, worked out once."""

    def __missing__(self, code: int) -> int | str | None:
        sign = chr(code)
        answer: int | str | None
        if sign == "\n":
            answer = code
        elif sign in "\t\u2028\u2029":
            answer = " "
        elif unicodedata.category(sign) in ("Cc", "Cf", "Cs"):
            answer = None  # controls, zero-width signs, overrides of direction
        elif code in letters():
            answer = code
        else:
            answer = STAND_IN
        self[code] = answer
        return answer


_TABLE: Final = _Table()


def printable(text: str, strange: set[str]) -> str:
    """The text as it will stand on paper; letters no font has are added to `strange`."""
    composed = unicodedata.normalize("NFC", text)
    shown = composed.translate(_TABLE)
    if STAND_IN in shown:
        strange.update(sign for sign in composed if sign != STAND_IN and _TABLE[ord(sign)] == STAND_IN)
    return shown


def printable_tree(value: Any, strange: set[str]) -> Any:
    """The same for everything inside mappings and sequences; numbers, truth values and none stay."""
    if isinstance(value, str):
        return printable(value, strange)
    if isinstance(value, Mapping):
        return {key: printable_tree(each, strange) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [printable_tree(each, strange) for each in value]
    return value
