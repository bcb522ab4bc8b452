"""Choices of forms: indicators under the headings of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from khue.kernel.indicators.declare import Indicator


def grouped(indicators: Iterable[Indicator]) -> list[tuple[str, list[Indicator]]]:
    """Indicators by heading, in the order of the catalogue."""
    found: dict[str, list[Indicator]] = {}
    for one in indicators:
        found.setdefault(str(one.group), []).append(one)
    return list(found.items())
