"""What stands in the cells: counted from facts, typed in, following from others; and the sums of many schools. Pure.

Counted cells are whole numbers; those that follow are exact decimals rounded half up as their row says. Values of a
report are kept by table (`THCS.hs`) as `row.column` -> whole number, decimal text, or None (nothing to show, or not
typed in yet).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final

import orjson

from khue.command.reports.definition import ALL, ATTRIBUTES, KEYS, TOTAL, Cell, Form, Table, form
from khue.command.reports.expressions import Expression, FormError, rounded

Value = int | str | None
Values = dict[str, dict[str, Value]]  # table -> 'row.column' -> value
_PLACE: Final = {name: number for number, name in enumerate(KEYS)}


@dataclass(frozen=True, slots=True)
class Fact:
    """How many of something a school has: one line of `facts`, with what it may be narrowed by."""

    measure: str
    level: str
    grade: int
    sex: int
    minority: int
    tag: str
    count: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where facts go: measure -> the keys looked at -> their values -> the cells that count them."""

    counted: Mapping[str, Mapping[tuple[int, ...], Mapping[tuple[Any, ...], tuple[tuple[str, str], ...]]]]
    attributes: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...]  # cells of schools of a kind only
    empty: Mapping[str, Mapping[str, Value]]
    following: tuple[Cell, ...]


@cache
def _plan(kind: str, version: str, levels: tuple[str, ...]) -> _Plan:
    counted: dict[str, dict[tuple[int, ...], dict[tuple[Any, ...], list[tuple[str, str]]]]] = {}
    attributes = []
    empty: Values = {}
    for cell in form(kind, version).cells(levels).values():
        key = f"{cell.row.code}.{cell.column.code}"
        place = (cell.table.key, key)
        empty.setdefault(cell.table.key, {})[key] = None if cell.row.is_hand or cell.row.formula else 0
        if not cell.row.count:
            continue
        where = cell.where
        of_school = tuple((name, where.pop(name)) for name in ATTRIBUTES if name in where)
        if of_school:
            attributes.append((*place, of_school))
        names = tuple(sorted(where, key=_PLACE.__getitem__))
        by_values = counted.setdefault(cell.row.count, {}).setdefault(
            tuple(_PLACE[name] for name in names), {}
        )
        by_values.setdefault(tuple(where[name] for name in names), []).append(place)
    return _Plan(
        {
            measure: {
                keys: {values: tuple(cells) for values, cells in found.items()} for keys, found in by_keys.items()
            }
            for measure, by_keys in counted.items()
        },
        tuple(attributes), empty,
        _ordered([cell for cell in form(kind, version).cells(levels).values() if cell.row.formula is not None]),
    )  # fmt: skip


def filled(
    of: Form,
    levels: Sequence[str],
    attributes: Mapping[str, Any],
    facts: Iterable[Fact],
    hand: Values | None = None,
) -> Values:
    """The cells of one school from its facts and what was typed in."""
    plan = _plan(of.kind, of.version, tuple(levels))
    found: Values = {table: dict(cells) for table, cells in plan.empty.items()}
    for fact in facts:
        by_keys = plan.counted.get(fact.measure)
        if by_keys is None:
            continue
        line = (fact.level, fact.grade, fact.sex, fact.minority, fact.tag)
        for keys, by_values in by_keys.items():
            for table, key in by_values.get(tuple(line[place] for place in keys), ()):
                found[table][key] += fact.count  # type: ignore[operator]
    for table, key, wanted in plan.attributes:
        if any(attributes.get(name) != value for name, value in wanted):
            found[table][key] = 0
    for table, cells in (hand or {}).items():
        for key, value in cells.items():
            if key in found.get(table, {}):
                found[table][key] = value
    return _followed(of, levels, found)


def rolled_up(of: Form, levels: Sequence[str], schools: Iterable[Values]) -> Values:
    """The cells of many schools together: what counts adds up, what follows follows from the sums."""
    plan = _plan(of.kind, of.version, tuple(levels))
    adding = {
        (cell.table.key, f"{cell.row.code}.{cell.column.code}"): 0
        for cell in of.cells(tuple(levels)).values()
        if cell.row.adds_up
    }
    for values in schools:
        for table, cells in values.items():
            for key, value in cells.items():
                if isinstance(value, int) and (table, key) in adding:
                    adding[table, key] += value
    found: Values = {table: dict(cells) for table, cells in plan.empty.items()}
    for (table, key), total in adding.items():
        found[table][key] = total
    return _followed(of, levels, found)


def with_typed(of: Form, levels: Sequence[str], values: Values, typed: Values) -> Values:
    """The same cells with others typed in, and what follows from them."""
    empty = _plan(of.kind, of.version, tuple(levels)).empty
    found: Values = {table: {**cells, **values.get(table, {})} for table, cells in empty.items()}
    for table, cells in typed.items():
        found[table].update(cells)
    return _followed(of, levels, found)


def _followed(of: Form, levels: Sequence[str], found: Values) -> Values:
    """The same with the cells that follow from others, each after those it follows from."""
    for cell in _plan(of.kind, of.version, tuple(levels)).following:
        assert cell.row.formula is not None
        value = worth(cell.row.formula, found, cell.table, cell.column.code)
        found[cell.table.key][f"{cell.row.code}.{cell.column.code}"] = (
            None if value is None
            else int(value) if not cell.row.decimals and value.denominator == 1
            else str(rounded(value, cell.row.decimals))
        )  # fmt: skip
    return found


def _names(cell: Cell) -> tuple[str, ...]:
    return cell.row.formula.names if cell.row.formula is not None else ()


def _ordered(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Cells that follow from others, so that each comes after those it names."""
    todo: dict[tuple[str, str], list[Cell]] = {}  # a row follows as a whole
    for cell in cells:
        todo.setdefault((cell.table.key, cell.row.code), []).append(cell)
    found: list[Cell] = []
    while todo:
        ready = [
            place for place, row in todo.items()
            if not any(
                (f"{level}.{table}", name) in todo
                for wanted in _names(row[0])
                for table, name in [wanted.split(".")[:2]]
                for level in (row[0].table.level, ALL)
            )
        ]  # fmt: skip
        if not ready:
            raise FormError(f"cells follow from each other in a ring: {sorted(todo)}")
        for place in ready:
            found += todo.pop(place)
    return tuple(found)


def _parts(name: str, column: str) -> tuple[str, str, str]:
    parts = name.split(".")
    return parts[0], parts[1], parts[2] if len(parts) > 2 else column


def worth(expression: Expression, values: Values, table: Table, column: str) -> Fraction | None:
    """What an expression is worth in a column of a table: its own level's cells first, then the whole school's."""

    def look(name: str) -> Fraction | None:
        wanted, row, at = _parts(name, column)
        for key in (f"{table.level}.{wanted}", f"{ALL}.{wanted}"):
            cells = values.get(key)
            if cells is None:
                continue
            if row == "*":
                return sum((exact(value) or Fraction() for k, value in cells.items() if k.split(".")[1] == at),
                           Fraction())  # fmt: skip
            return exact(cells.get(f"{row}.{at}", cells.get(f"{row}.{TOTAL}")))
        return None

    return expression.value(look)


def exact(value: Value) -> Fraction | None:
    """A kept value as a fraction."""
    return None if value is None else Fraction(Decimal(value))


def digest(of: Form, unit_code: str, as_of: str, values: Values) -> bytes:
    """SHA-256 of what a report says: form, unit, day and every cell, in one fixed order."""
    what = {
        "form": f"{of.kind} {of.version}", "unit": unit_code, "as_of": as_of,
        "cells": dict(sorted(values.items())),
    }  # fmt: skip
    return hashlib.sha256(orjson.dumps(what, option=orjson.OPT_SORT_KEYS)).digest()


def differences(old: Values, new: Values) -> dict[str, tuple[Value, Value]]:
    """The cells that differ: code -> (old, new)."""
    found: dict[str, tuple[Value, Value]] = {}
    for table in {**old, **new}:
        before, after = old.get(table, {}), new.get(table, {})
        for key in {**before, **after}:
            if before.get(key) != after.get(key):
                found[f"{table}.{key}"] = (before.get(key), after.get(key))
    return found


def by_table(cells: Mapping[str, Value]) -> Values:
    """`THCS.hs.nu.k8` -> value, sorted into tables."""
    found: Values = defaultdict(dict)
    for code, value in cells.items():
        level, table, row, column = code.split(".")
        found[f"{level}.{table}"][f"{row}.{column}"] = value
    return dict(found)
