"""The few shapes from which measures are made, so that a catalogue reads like its definitions.

Each gives a function from a table of Ibis to a value of Ibis; nothing here imports Ibis. A condition that is not known
(null) keeps no row.
"""

from __future__ import annotations

from typing import Any

from khue.kernel.indicators.declare import Expression


def count(table: Any) -> Any:
    """How many rows."""
    return table.count()


def total(column: str) -> Expression:
    """The sum of a column."""
    return lambda table: table[column].sum()


def true(column: str) -> Expression:
    """Rows for which a yes-or-no column says yes."""
    return lambda table: table[column]


def false(column: str) -> Expression:
    """Rows for which it says no."""
    return lambda table: ~table[column]


def is_one_of(column: str, *values: Any) -> Expression:
    """Rows whose column is one of these values."""
    if len(values) == 1:
        return lambda table: table[column] == values[0]
    return lambda table: table[column].isin(values)


def from_(column: str, least: float) -> Expression:
    """Rows whose column is at least this much."""
    return lambda table: table[column] >= least


def under(column: str, bound: float) -> Expression:
    """Rows whose column is less than this."""
    return lambda table: table[column] < bound


def known(column: str) -> Expression:
    """Rows that have a value in a column."""
    return lambda table: table[column].notnull()


def unknown(column: str) -> Expression:
    """Rows that have none."""
    return lambda table: table[column].isnull()


def more(column: str, other: str) -> Expression:
    """Rows in which one column is more than another."""
    return lambda table: table[column] > table[other]


def both(*conditions: Expression) -> Expression:
    """Rows that meet all the conditions."""

    def condition(table: Any) -> Any:
        found = conditions[0](table)
        for one in conditions[1:]:
            found = found & one(table)
        return found

    return condition
