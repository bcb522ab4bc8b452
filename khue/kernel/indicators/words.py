"""What is declared of figures, said in its reader's language: the catalogue holds Vietnamese (`Module.texts`).

The words of indicators have a context of their own, because the same word heads a column elsewhere: “Trường” names one
school there and counts schools here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator
from khue.ui.words import declared

CONTEXT: Final = "chỉ tiêu"
ONE: Final = "một chỉ tiêu"  # context of units as they stand beside a one: languages tell it from many


def say(text: str) -> str:
    """A label, unit, heading, definition, formula or source as declared, for who reads it; nothing for nothing."""
    return declared(CONTEXT, text)


def label_of(indicator: Indicator) -> str:
    """Its short name, else its name."""
    return say(indicator.short or indicator.label)


def unit_of(indicator: Indicator, value: float | None) -> str:
    """Its unit beside a value: 1 class, 2 classes; of what has decimals it is always many."""
    return declared(ONE, indicator.unit) if value == 1 and not indicator.decimals else say(indicator.unit)


def texts() -> Iterator[tuple[str, str]]:
    """(context, text) of all that facts, dimensions and indicators of the installed modules declare in words."""
    for _module, figures in catalogue.declared():
        for label in (*(fact.label for fact in figures.facts), *(part.label for part in figures.dimensions)):
            yield CONTEXT, label
        for one in figures.indicators:
            for text in (one.label, one.short, one.unit, one.group, one.definition, one.formula, one.source):
                if text:
                    yield CONTEXT, text
            if not one.decimals:
                yield ONE, one.unit
