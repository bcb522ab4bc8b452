"""Text that a spreadsheet program would take for a formula, made harmless, and back again."""

from __future__ import annotations

import re

_BLANK = '[\\s"“”\u00a0\u200b\u200e\u200f\ufeff]*'
_SIGN = "[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]"
_STARTS = f"(?:[\t\r\n]|{_BLANK}{_SIGN})"
_LEADS = re.compile(f"^{_STARTS}")
_GUARDED = re.compile(f"^'*{_STARTS}")
# A comma file opened where the list separator is a semicolon is cut at semicolons: those starts count too.
_INNER = re.compile(f"([,;|\t\r\n]{_BLANK})(?='*{_SIGN})")
_INNER_BACK = re.compile(f"([,;|\t\r\n]{_BLANK})'(?='*{_SIGN})")
_PLAIN_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)*(?:\s*%)?$")


def looks_like_formula(text: str) -> bool:
    """Whether a text, typed into a cell, would be calculated; a bare number such as -5 or +84912345678 is not."""
    return bool(_LEADS.match(text)) and not _PLAIN_NUMBER.match(text)


def neutralise(text: str) -> str:
    """The text for a .csv cell, with an apostrophe wherever a formula could begin."""
    if _PLAIN_NUMBER.match(text):
        return text
    safe = _INNER.sub(r"\1'", text)
    return f"'{safe}" if _GUARDED.match(text) else safe


def restored(text: str) -> str:
    """What `neutralise` was given, from what it gave."""
    if "'" not in text:
        return text
    plain = _INNER_BACK.sub(r"\1", text)
    return plain[1:] if plain.startswith("'") and _GUARDED.match(plain[1:]) else plain
