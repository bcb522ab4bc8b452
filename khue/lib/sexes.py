"""Sex as ISO 5218 codes it, read from words, codes or a cross in a column headed "Nữ"."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import Final

from khue.lib.names import fold


class Sex(IntEnum):
    """Sex by ISO 5218, as in the sector's tables: 1 male, 2 female."""

    MALE = 1
    FEMALE = 2

    @property
    def label(self) -> str:
        """The word schools use."""
        return "Nam" if self is Sex.MALE else "Nữ"

    @property
    def other(self) -> Sex:
        """The other of the two."""
        return Sex.FEMALE if self is Sex.MALE else Sex.MALE


_WORDS: Final[dict[str, Sex]] = {
    **dict.fromkeys(("nam", "trai", "m", "male", "1", "01", "be trai", "con trai", "nam gioi"), Sex.MALE),
    **dict.fromkeys(("nu", "gai", "f", "female", "2", "02", "be gai", "con gai", "nu gioi"), Sex.FEMALE),
}
_CROSSES: Final = frozenset(
    {"x", "v", "+", "*", "1", "co", "true", "yes", "\u2713", "\u2714", "\u221a", "\u00d7"}
)
_NO_CROSSES: Final = frozenset({"", "0", "khong", "false", "-", "no"})


class SexProblem(ValueError):
    """A value that tells no sex, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value == value and value == int(value):
        value = int(value)
    return fold(unicodedata.normalize("NFC", str(value))).strip(" .'")


def parse_sex(value: object, *, crossed: Sex | None = None) -> Sex:
    """Read a sex from a cell: Nam, Nữ, 1, 2, 01, 02, M, F; raises SexProblem.

    `crossed` is the sex a column is headed with: a cross there means it, an empty cell the other one.
    """
    text = _text(value)
    if crossed is not None:
        if text in _NO_CROSSES:
            return crossed.other
        if text in _CROSSES:
            return crossed
    found = _WORDS.get(text)
    if found is not None:
        return found
    if not text:
        raise SexProblem("Giới tính còn trống.")
    raise SexProblem(f"“{str(value)[:20]}” chưa rõ là Nam hay Nữ.")
