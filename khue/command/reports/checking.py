"""What must hold of a filled form, and what does not, said in a school's words, in the reader's
language, with the cells named. Pure.

An error keeps a report from being signed; a warning wants an explanation. Tolerance is nought (rules/14 section 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from khue.command.reports.definition import TOTAL, Check, Form, Table
from khue.command.reports.expressions import Expression, rounded
from khue.command.reports.filling import Value, Values, exact, worth
from khue.command.reports.words import say

SMALL: Final = 10  # a change of fewer than this many is never unusual


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which check, which cells, and what is wrong in words."""

    key: str  # the check and the cell it speaks of: an explanation is kept by it
    cells: tuple[str, ...]
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What a report is held against: last year's of the same kind, and earlier ones by kind."""

    last_year: Values | None = None
    others: Mapping[str, Values] | None = None  # kind -> values
    percent: int = 10  # a change beyond this share is unusual


def findings(of: Form, levels: Sequence[str], values: Values, known: Known | None = None) -> list[Finding]:
    """Everything that does not hold, errors first, in the order of the form."""
    known = known or Known()
    tables = of.tables(tuple(levels))
    found: list[Finding] = []
    for check in of.checks:
        if check.kind == "filled":
            found += _filled(check, tables, values)
        elif check.kind == "change":
            found += _changes(check, tables, values, known)
        else:
            for table in tables:
                if table.code == check.table:
                    found += _table(check, table, tables, values, known)
    return sorted(found, key=lambda one: not one.is_error)


def _table(
    check: Check, table: Table, tables: Sequence[Table], values: Values, known: Known
) -> Iterator[Finding]:
    if check.kind == "total":
        yield from _totals(check, table, values)
        return
    assert check.left is not None
    assert check.right is not None
    for column in table.columns:
        if check.columns and column.code not in check.columns:
            continue
        left = worth(check.left, values, table, column.code)
        right_values = values
        if check.kind == "other":
            others = (known.others or {}).get(check.other)
            if others is None or not any(key.startswith(f"{table.level}.") for key in others):
                continue
            right_values = others
        right = worth(check.right, right_values, table, column.code)
        if left is None or right is None or _holds(check, left, right):
            continue
        names = _named(check.left, table, tables, column.code)
        if check.kind != "other":
            names += _named(check.right, table, tables, column.code)
        where = f"{table.heading}, {say(column.label).lower()}" if len(table.columns) > 1 else table.heading
        sides = [_said(check.left, left, tables, table)]
        if check.right.names or check.kind == "other":
            sides.append(
                _("đã báo cáo %(n)s") % {"n": _shown(right)}
                if check.kind == "other"
                else _said(check.right, right, tables, table)
            )
        if check.relation == "=" and len(sides) == 2:
            sides.append(_("lệch %(n)s") % {"n": _shown(abs(left - right))})
        yield Finding(
            f"{check.code}:{table.key}.{column.code}", tuple(names),
            f"{where}: {', '.join(sides)}. {say(check.says)}", check.is_error,
        )  # fmt: skip


def _holds(check: Check, left: Fraction, right: Fraction) -> bool:
    if (
        check.kind == "average"
    ):  # what is kept is rounded: nothing else may stand there than the rounded quotient
        return exact(str(rounded(right, 1))) == left
    if check.relation == "<=":
        return left <= right
    return left >= right if check.relation == ">=" else left == right


def _totals(check: Check, table: Table, values: Values) -> Iterator[Finding]:
    cells = values.get(table.key, {})
    parts = [column.code for column in table.columns if column.code != TOTAL]
    for row in table.rows:
        if not row.adds_up:
            continue
        total = exact(cells.get(f"{row.code}.{TOTAL}"))
        summed = sum((exact(cells.get(f"{row.code}.{part}")) or Fraction() for part in parts), Fraction())
        if total is not None and total != summed:
            what = _("tổng số %(total)s, cộng các cột %(sum)s") % {
                "total": _shown(total), "sum": _shown(summed),
            }  # fmt: skip
            yield Finding(
                f"{check.code}:{table.key}.{row.code}",
                tuple(f"{table.key}.{row.code}.{column.code}" for column in table.columns),
                f"{table.heading}, {say(row.label).lower()}: {what}. {say(check.says)}",
                check.is_error,
            )


def _filled(check: Check, tables: Sequence[Table], values: Values) -> Iterator[Finding]:
    for table in tables:
        empty = [
            cell for cell in table.cells()
            if cell.row.is_hand and values.get(table.key, {}).get(f"{cell.row.code}.{cell.column.code}") is None
        ]  # fmt: skip
        if empty:
            rows = ", ".join(dict.fromkeys(say(cell.row.label).lower() for cell in empty))
            yield Finding(
                f"{check.code}:{table.key}", tuple(cell.code for cell in empty),
                f"{table.heading}: {rows}. {say(check.says)}",
                check.is_error,
            )  # fmt: skip


def _changes(check: Check, tables: Sequence[Table], values: Values, known: Known) -> Iterator[Finding]:
    if known.last_year is None:
        return
    for table in tables:
        before, now = known.last_year.get(table.key, {}), values.get(table.key, {})
        for row in table.rows:
            key = f"{row.code}.{TOTAL}"
            if not row.is_watched or key not in before:
                continue
            old, new = exact(before[key]), exact(now.get(key))
            if (
                old is None
                or new is None
                or abs(new - old) < SMALL
                or abs(new - old) * 100 <= known.percent * old
            ):
                continue
            words = (
                _("năm trước %(old)s, năm nay %(new)s, tăng %(by)s")
                if new > old
                else _("năm trước %(old)s, năm nay %(new)s, giảm %(by)s")
            )
            change = words % {"old": _shown(old), "new": _shown(new), "by": _shown(abs(new - old))}
            share = f" ({rounded(100 * abs(new - old) / old, 1)} %)".replace(".", ",") if old else ""
            yield Finding(
                f"{check.code}:{table.key}.{row.code}", (f"{table.key}.{key}",),
                f"{table.heading}, {say(row.label).lower()}: {change}{share}. {say(check.says)}",
                check.is_error,
            )  # fmt: skip


def _named(expression: Expression, table: Table, tables: Sequence[Table], column: str) -> list[str]:
    """The codes of the cells an expression names."""
    found = []
    for name in expression.names:
        wanted, row, at = (*name.split("."), column)[:3]
        for other in tables:
            if other.code == wanted and other.level in (table.level, "chung"):
                rows = [one.code for one in other.rows] if row == "*" else [row]
                found += [f"{other.key}.{one}.{at}" for one in rows]
                break
    return found


def _said(expression: Expression, value: Fraction, tables: Sequence[Table], table: Table) -> str:
    """`Nam + Nữ là 520`."""
    words = []
    for name in expression.names:
        wanted, row = name.split(".")[:2]
        other = next(
            (one for one in tables if one.code == wanted and one.level in (table.level, "chung")), table
        )
        label = say(next((one.label for one in other.rows if one.code == row), ""))
        words.append(_("cộng các dòng") if row == "*" else _lowered(label.partition(": ")[2] or label))
    what = words[0]
    if len(words) == 2:
        what = _("%(one)s và %(other)s") % {"one": words[0], "other": words[1]}
    elif len(words) > 2:
        what = _("%(one)s và các dòng sau") % {"one": words[0]}
    return _("%(what)s là %(n)s") % {"what": what, "n": _shown(value)}


def _lowered(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def _shown(value: Fraction) -> str:
    """A number as Vietnamese writes it."""
    text = str(rounded(value, 0 if value.denominator == 1 else 1))
    whole, _dot, rest = text.partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")


def shown(value: Value) -> str:
    """A kept value as a page and a paper show it: `1.250`, `40,5`, `–`."""
    if value is None:
        return "–"
    whole, _dot, rest = str(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{abs(int(whole)):,}".replace(",", ".") + (f",{rest}" if rest else "")
