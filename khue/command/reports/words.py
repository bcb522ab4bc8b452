"""The words of a form in its reader's language on pages; on paper and in workbooks a form stays Vietnamese."""

from __future__ import annotations

from typing import Final

from khue.lib.wording import Wording
from khue.ui.words import declared, translated

CONTEXT: Final = "biểu thống kê"


def say(text: str) -> str:
    """A title, heading, row or sentence of a form, for who reads it."""
    return translated(text) if isinstance(text, Wording) else declared(CONTEXT, text)
