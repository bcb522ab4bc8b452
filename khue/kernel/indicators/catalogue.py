"""All facts, dimensions and indicators of the installed modules, collected once and checked at start."""

from __future__ import annotations

from functools import cache

from django.utils.module_loading import import_string

from khue.kernel.indicators.declare import Dimension, Fact, Figures, Indicator
from khue.kernel.registry import ManifestError, modules


@cache
def declared() -> tuple[tuple[str, Figures], ...]:
    """(module, its figures) in the order of manifests; ManifestError when two contradict or name what is not there."""
    found = tuple((module.name, import_string(module.figures)) for module in modules() if module.figures)
    _check(found)
    return found


@cache
def facts() -> dict[str, Fact]:
    """Facts by name."""
    return {fact.name: fact for _module, figures in declared() for fact in figures.facts}


@cache
def dimensions() -> dict[str, Dimension]:
    """Dimensions by column."""
    return {one.column: one for _module, figures in declared() for one in figures.dimensions}


@cache
def indicators() -> dict[str, Indicator]:
    """Indicators by name, in the order of the catalogue."""
    return {one.name: one for _module, figures in declared() for one in figures.indicators}


def _check(found: tuple[tuple[str, Figures], ...]) -> None:
    facts = {fact.name: fact for _module, figures in found for fact in figures.facts}
    columns = {one.column for _module, figures in found for one in figures.dimensions}
    seen: set[tuple[str, str]] = set()
    for module, figures in found:
        named = [("fact", f.name) for f in figures.facts] + [
            ("indicator", i.name) for i in figures.indicators
        ]
        for kind, name in named:
            if not name.startswith(f"{module}.") or (kind, name) in seen:
                raise ManifestError(f"{name}: not of {module}, or declared twice")
            seen.add((kind, name))
        for fact in figures.facts:
            if not {"year", "unit_id"} <= fact.columns.keys():
                raise ManifestError(f"{fact.name}: a fact has the columns year and unit_id")
            if bool(fact.key) != bool(fact.changed) or (fact.key and fact.key not in fact.columns):
                raise ManifestError(f"{fact.name}: key and changed go together, and the key is a column")
        for one in figures.indicators:
            for measure in filter(None, (one.top, one.bottom)):
                if measure.fact not in facts:
                    raise ManifestError(f"{one.name}: there is no fact {measure.fact}")
            for column in one.dimensions:
                if column not in columns or column not in facts[one.top.fact].columns:
                    raise ManifestError(f"{one.name}: {column} is no dimension of {one.top.fact}")
