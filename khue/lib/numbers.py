"""Whole numbers as addresses and forms carry them: keys, versions, pages."""

from __future__ import annotations


def whole(text: object) -> int | None:
    """The number a text of plain digits stands for; None for anything else, ² and ① and beyond 18 digits too."""
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return int(text)
