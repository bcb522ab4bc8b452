"""Sentences of code that knows no other language than Vietnamese, kept so that a page can say them in its reader's.

`said("Không có tháng %(month)s.", month=13)` is the text “Không có tháng 13.” wherever a text is wanted; it also
remembers the sentence and what was put into it. `khue messages` finds the sentences by the word `said`; a page
translates them with `khue.ui.words.translated`.
"""

from __future__ import annotations

from typing import Any


class Wording(str):
    """A sentence in Vietnamese with what it was made of."""

    sentence: str
    values: dict[str, Any]

    @classmethod
    def of(cls, sentence: str, **values: Any) -> Wording:
        """A sentence with its values; a label that is translated elsewhere comes in as a wording of its own."""
        made = cls(sentence % values)
        made.sentence, made.values = sentence, values
        return made


said = Wording.of
