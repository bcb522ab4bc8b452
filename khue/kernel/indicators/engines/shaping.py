"""From a question to tables of Ibis and back: what is the same on every engine.

All measures over one fact are computed in one scan: the condition of each goes into its sums and counts (FILTER),
the rows are grouped once. Measures add up, so only sums and counts may stand in them, bound by +, - and a factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators.declare import Fact, Indicator, Measure, Question
from khue.kernel.indicators.words import say

# Words of a question: columns of facts under another name, and columns of `units`.
PLACES: Final = {"unit": "unit_id", "campus": "campus_id", "class": "class_id"}
ABOVE: Final = ("office", "department")


class MeasureError(ValueError):
    """A measure does not add up: it holds something else than sums and counts."""


@dataclass(frozen=True)
class Part:
    """A measure to be computed: of which indicator, which of its two parts, at which levels of schools."""

    indicator: str
    is_top: bool
    measure: Measure
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """Measures over one fact that are computed together."""

    fact: Fact
    parts: tuple[Part, ...]


def scans(indicators: Iterable[Indicator], facts: Mapping[str, Fact]) -> list[Scan]:
    """The measures of some indicators by fact."""
    found: dict[str, list[Part]] = {}
    for one in indicators:
        for measure, is_top in ((one.top, True), (one.bottom, False)):
            if measure is not None:
                found.setdefault(measure.fact, []).append(Part(one.name, is_top, measure, one.levels))
    return [Scan(facts[name], tuple(parts)) for name, parts in found.items()]


def check(question: Question, scan: Scan) -> None:
    """DomainError when the fact cannot be parted or narrowed by what is asked."""
    for word in (*question.by, *question.where):
        column = PLACES.get(word, word)
        if word not in ABOVE and column not in scan.fact.columns:
            raise DomainError(
                _("Số liệu “%(fact)s” không chia được theo %(word)s.")
                % {"fact": say(scan.fact.label), "word": word}
            )


def shaped(scan: Scan, question: Question, fact: Any, units: Any) -> Any:
    """The one table that answers a scan: the columns of `by`, then a column p0, p1… for each part.

    `fact` and `units` are tables of Ibis. Where nothing is asked `by`, it has one row. What only units know (the office
    above, levels) is joined to the sums of each unit, not to the rows: the sums add up.
    """
    table = fact.filter(fact.year.isin([0, question.year]))
    if question.units is not None:
        table = table.filter(table.unit_id.isin(list(question.units)))
    for word, values in question.where.items():
        table = table.filter(table[PLACES.get(word, word)].isin(list(values)))
    sums = {f"p{number}": value(part, table) for number, part in enumerate(scan.parts)}
    keys = {
        f"k{number}": PLACES.get(word, word) for number, word in enumerate(question.by) if word not in ABOVE
    }
    leveled = any(part.levels for part in scan.parts)
    if not leveled and len(keys) == len(question.by):
        filled = {name: one.coalesce(0) for name, one in sums.items()}
        return _grouped(table, {name: table[column] for name, column in keys.items()}, filled)
    inner = table.group_by(unit=table.unit_id, **{name: table[column] for name, column in keys.items()})
    of_units = inner.aggregate(**sums)
    joined = of_units.inner_join(units, of_units.unit == units.id)
    outer = {
        name: (joined[name].sum(where=_has(part, joined)) if part.levels else joined[name].sum()).coalesce(0)
        for name, part in zip(sums, scan.parts, strict=True)
    }
    places = {
        f"k{number}": joined[word if word in ABOVE else f"k{number}"]
        for number, word in enumerate(question.by)
    }
    return _grouped(joined, places, outer)


def value(part: Part, table: Any) -> Any:
    """The measure over a table, its condition inside its sums and counts; null where there is nothing to sum."""
    found = part.measure.value(table)
    if part.measure.where is not None:
        found = narrowed(found, part.measure.where(table))
    return checked(found, part)


def _grouped(table: Any, keys: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    return table.group_by(**keys).aggregate(**values) if keys else table.aggregate(**values)


def _has(part: Part, table: Any) -> Any:
    found = table[f"has_{part.levels[0].lower()}"]
    for level in part.levels[1:]:
        found = found | table[f"has_{level.lower()}"]
    return found


def narrowed(expression: Any, condition: Any) -> Any:
    """An expression of sums and counts in which each takes only the rows that meet a condition."""
    import ibis.expr.operations as ops

    def replace(node: Any, values: Any) -> Any:
        given = dict(values) if values is not None else {name: getattr(node, name) for name in node.argnames}
        if isinstance(node, ops.Reduction) and "where" in given:
            given["where"] = (
                condition.op() if given["where"] is None else ops.And(given["where"], condition.op())
            )
        return node.__class__(**given)

    return expression.op().replace(replace).to_expr()


def checked(expression: Any, part: Part) -> Any:
    """The expression itself; MeasureError when its totals would not be the sums of their parts."""
    import ibis.expr.operations as ops

    found = expression.op().find(ops.Reduction)
    for node in found:
        if not isinstance(node, ops.Sum | ops.Count | ops.CountStar):
            raise MeasureError(f"{part.indicator}: {type(node).__name__} does not add up")
    if not found:
        raise MeasureError(f"{part.indicator}: a measure is a sum or a count")
    return expression
