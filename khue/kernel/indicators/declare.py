"""What a module declares about its figures: facts (columns copied out of its tables) and indicators over them.

Data only, read at start by every process: nothing here imports a library of analysis. The expressions are functions
that are given a table of Ibis and return a value of Ibis; they are called only where figures are computed, and the
same ones run on the embedded engine and on a cluster (docs/decisions/0010).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["int16", "int32", "int64", "float64", "bool", "text", "date", "time"]
Expression = Callable[[Any], Any]  # (table of Ibis) -> value of Ibis
SHARE: Final = 100  # the scale of a share in percent


@dataclass(frozen=True)
class Fact:
    """A columnar copy of rows: one line a thing that is counted, with the keys by which it is found again.

    `sql` selects exactly `columns`, in their order, from PostgreSQL. Where it holds `{only}`, a refresh that is not
    whole puts ` and <key> = any(%(keys)s)` there, else nothing. `changed` selects the keys whose rows may have changed
    since `%(since)s` (a time); without it the fact is small and copied whole each time. Every fact has the columns
    `year` (the school year, 0 when of none) and `unit_id` (the school, or the office or department it belongs to);
    `campus_id` and `class_id` where it has them. Names and identifiers of people never leave PostgreSQL: of persons
    only `*_id` columns are copied.
    """

    name: str  # 'roster.enrolments'
    label: str
    columns: Mapping[str, Kind]
    sql: str
    key: str = ""
    changed: str = ""
    rows: str = ""  # dotted path (actor, place) -> address of the page with these rows, or '' when not theirs


@dataclass(frozen=True)
class Measure:
    """A number that adds up: over `fact`, the sum or count that `value` gives, of the rows that `where` keeps."""

    fact: str
    value: Expression
    where: Expression | None = None


@dataclass(frozen=True)
class Dimension:
    """A column of a fact by which a figure may be parted, and the words for its values."""

    column: str
    label: str
    words: str = ""  # dotted path () -> {value: label}; without it values speak for themselves


@dataclass(frozen=True)
class Indicator:
    """A figure of the province, declared once: top, or scale x top / bottom when it is a share or a ratio.

    Both parts add up over units, so the figure of an office is never an average of averages. A bottom of nought gives
    no figure ("–"). `code` is the code of TT 03/2024 where the circular has one; our own begin with DP-.
    """

    name: str  # 'roster.pupils': module.figure
    label: str
    unit: str  # 'học sinh', '%', 'học sinh/lớp'
    group: str  # heading in the catalogue
    definition: str  # in a principal's words: what is counted, what is not, as of when
    top: Measure
    bottom: Measure | None = None
    scale: float = 1
    decimals: int = 0
    source: str = ""  # legal source
    code: str = ""
    formula: str = ""  # in words: 'Số học sinh bỏ học ÷ số học sinh đầu năm × 100'
    direction: Literal["up", "down", ""] = ""  # which way is better
    target: float | None = None
    amber: float | None = None  # at or beyond (in the bad direction) it is to be watched
    red: float | None = None  # at or beyond it is an alarm
    dimensions: tuple[str, ...] = ()  # names of columns of the top's fact declared as Dimension
    levels: tuple[str, ...] = ()  # only schools with one of these levels have it; empty: all
    about_children: bool = False  # small numbers could point at a child: hidden from who may not see the rows
    short: str = ""  # for tiles: 24 letters at most
    permission: str = ""  # asked beside indicators.view when set
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """What one module brings: named in its manifest by a dotted path."""

    facts: tuple[Fact, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    indicators: tuple[Indicator, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked of the columnar copy, live.

    `by` are columns to group by, of: 'department', 'office', 'unit', 'campus', 'class' and dimensions. `where` keeps
    rows whose column is among the values; `units` (ids of units whose rows are kept: None is all) is the asker's reach
    and is never left to the page.
    """

    indicators: tuple[str, ...]
    year: int
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    units: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Cell:
    """One answer: the values of `by`, and the indicator's two parts (`bottom` is None when it has none)."""

    indicator: str
    at: tuple[Any, ...]
    top: float | None
    bottom: float | None = None


def value_of(indicator: Indicator, top: float | None, bottom: float | None) -> float | None:
    """The figure from its parts, unrounded; None when there is nothing to count or the bottom is nought."""
    if top is None:
        return None
    if indicator.bottom is None:
        return top * indicator.scale
    return None if not bottom else indicator.scale * top / bottom
