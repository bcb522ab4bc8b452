"""Choices of forms: indicators under the headings of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.words import say


class Choice(NamedTuple):
    """An indicator as its reader chooses it; the unit is empty where the label says it."""

    name: str
    label: str
    unit: str


def grouped(indicators: Iterable[Indicator]) -> list[tuple[str, list[Choice]]]:
    """Indicators by heading, in the order of the catalogue."""
    found: dict[str, list[Choice]] = {}
    for one in indicators:
        label, unit = say(one.label), say(one.unit)
        is_said = unit.lower() in label.lower()  # "Trường có cấp THCS" needs no "trường" behind it
        found.setdefault(one.group, []).append(Choice(one.name, label, "" if is_said else unit))
    return [(say(group), choices) for group, choices in found.items()]
