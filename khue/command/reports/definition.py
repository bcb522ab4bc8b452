"""The statistical forms as data: `forms/*.toml`, one file a form and version, never changed once a report has used it.

A form has tables, a table rows and columns; a table with `levels` stands once for each level a school teaches, and
`columns = "grades"` gives it the total and the grades of that level. A row counts something (`count`, a measure of
`facts`, narrowed by `where`), follows from other rows (`formula`), or is typed in (`hand`) where Khuê does not know. A
column narrows further. `checks` say what must hold. Labels and sentences of a form are the form's own, in Vietnamese;
pages say them in their reader's language (`words.say`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from khue.command.reports.expressions import Expression, FormError, read
from khue.command.reports.words import CONTEXT, say
from khue.lib.wording import Wording, said

HERE: Final = Path(__file__).parent / "forms"
ALL: Final = "chung"  # the level of tables that are about the whole school
TOTAL: Final = "tong"
LEVELS: Final = {
    "MN": ("Mầm non", (-6, -5, -4, -3, -2, -1), (0, 5)),
    "TH": ("Tiểu học", (1, 2, 3, 4, 5), (6, 10)),
    "THCS": ("Trung học cơ sở", (6, 7, 8, 9), (11, 14)),
    "THPT": ("Trung học phổ thông", (10, 11, 12), (15, 17)),
    "GDTX": ("Giáo dục thường xuyên", (10, 11, 12), (15, 17)),
}
"""Level: its words, its grades, the official ages (rules/14 section 4)."""
PRESCHOOL: Final = {
    -6: "3-12 tháng", -5: "13-24 tháng", -4: "25-36 tháng", -3: "3-4 tuổi", -2: "4-5 tuổi", -1: "5-6 tuổi",
}  # fmt: skip
ATTRIBUTES: Final = ("public", "region")  # of a school, not of what is counted in it
KEYS: Final = ("level", "grade", "sex", "minority", "tag")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its code and heading, and how it narrows what a row counts."""

    code: str
    label: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it counts, follows from, or that it is typed in."""

    code: str
    label: str
    count: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    formula: Expression | None = None
    decimals: int = 0
    is_hand: bool = False
    indent: int = 0
    number: str = ""  # code of the indicator (TT 03/2024) where the circular has one
    is_watched: bool = False  # compared with last year

    @property
    def adds_up(self) -> bool:
        """Whether the row of many schools is the sum of theirs."""
        return self.formula is None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the form at one level."""

    code: str
    level: str
    title: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    note: str = ""
    is_control: bool = False  # kept for checks, not printed

    @property
    def key(self) -> str:
        """`THCS.hs`: the table among all of the form."""
        return f"{self.level}.{self.code}"

    @property
    def heading(self) -> str:
        """`Học sinh, Tiểu học`."""
        title = say(self.title)
        return title if self.level == ALL else f"{title}, {say(LEVELS[self.level][0]).lower()}"

    def cells(self) -> Iterator[Cell]:
        """Its cells, row by row."""
        for row in self.rows:
            for column in self.columns:
                yield Cell(f"{self.key}.{row.code}.{column.code}", self, row, column)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `THCS.hs.nu.k8`."""

    code: str
    table: Table
    row: Row
    column: Column

    @property
    def where(self) -> dict[str, Any]:
        """What it counts only."""
        level = {} if self.table.level == ALL else {"level": self.table.level}
        return {**level, **self.row.where, **self.column.where}

    @property
    def label(self) -> str:
        """What the cell is, in words: `Nữ, khối 8 (Học sinh, trung học cơ sở)`."""
        column = f", {say(self.column.label).lower()}" if len(self.table.columns) > 1 else ""
        return f"{say(self.row.label)}{column} ({self.table.heading})"


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of the cells of a table, in every column (or some)."""

    code: str
    kind: str  # 'compare' | 'total' | 'filled' | 'other' | 'change'
    table: str
    says: str
    left: Expression | None = None
    right: Expression | None = None
    relation: str = "="
    columns: tuple[str, ...] = ()
    is_error: bool = True
    other: str = ""  # the kind of the other report


@dataclass(frozen=True)
class Form:
    """A form of one version."""

    kind: str
    version: str
    title: str
    source: str
    raw: tuple[Mapping[str, Any], ...]
    checks: tuple[Check, ...]

    def tables(self, levels: tuple[str, ...]) -> tuple[Table, ...]:
        """The tables of a school (or of many) that teaches these levels, in the order of the form."""
        return _tables(self.kind, self.version, tuple(level for level in LEVELS if level in levels))

    def cells(self, levels: tuple[str, ...]) -> dict[str, Cell]:
        """Its cells by code."""
        return _cells(self.kind, self.version, tuple(level for level in LEVELS if level in levels))


@cache
def form(kind: str, version: str) -> Form:
    """The form of a kind and version; FormError when there is none."""
    path = HERE / f"{kind}_{version}.toml"
    if not path.is_file():
        raise FormError(f"there is no form {kind} {version}")
    data = tomllib.loads(path.read_text())
    checks = tuple(_check(one) for one in data["check"])
    return Form(kind, version, data["title"], data["source"], tuple(data["table"]), checks)


@cache
def newest(kind: str) -> str:
    """The newest version of a kind of form."""
    found = sorted(path.stem.partition("_")[2] for path in HERE.glob(f"{kind}_*.toml"))
    if not found:
        raise FormError(f"there is no form {kind}")
    return found[-1]


def _check(data: Mapping[str, Any]) -> Check:
    return Check(
        data["code"], data.get("kind", "compare"), data.get("table", ""), data["says"],
        read(data["left"]) if "left" in data else None, read(data["right"]) if "right" in data else None,
        data.get("relation", "="), tuple(data.get("columns", ())), data.get("is_error", True), data.get("other", ""),
    )  # fmt: skip


@cache
def _tables(kind: str, version: str, levels: tuple[str, ...]) -> tuple[Table, ...]:
    raw = form(kind, version).raw
    whole = [one for one in raw if "levels" not in one]
    found = [_table(one, ALL) for one in whole if not one.get("last")]
    for level in levels:
        found += [_table(one, level) for one in raw if level in one.get("levels", ())]
    found += [_table(one, ALL) for one in whole if one.get("last")]
    return tuple(found)


@cache
def _cells(kind: str, version: str, levels: tuple[str, ...]) -> dict[str, Cell]:
    found = {cell.code: cell for table in _tables(kind, version, levels) for cell in table.cells()}
    return found


def _table(data: Mapping[str, Any], level: str) -> Table:
    rows: list[Row] = []
    for one in data["row"]:
        if "only" in one and level not in one["only"]:
            continue
        rows += _ages(one, level) if one.get("ages") else [_row(one, level)]
    return Table(
        data["code"], level, data["title"], tuple(rows), _columns(data["columns"], level), data.get("note", ""),
        data.get("control", False),
    )  # fmt: skip


def _row(data: Mapping[str, Any], level: str) -> Row:
    formula = read(data["formula"]) if "formula" in data else None
    if (formula is not None) + bool(data.get("count")) + bool(data.get("hand")) != 1:
        raise FormError(f"row {data['code']}: it counts, follows or is typed in")
    return Row(
        data["code"], data["label"], data.get("count", ""), data.get("where", {}), formula, data.get("decimals", 0),
        data.get("hand", False), data.get("indent", 0), data.get("numbers", {}).get(level, ""),
        data.get("watched", False),
    )  # fmt: skip


def _ages(data: Mapping[str, Any], level: str) -> list[Row]:
    """A row for each official age of the level, one for the younger, one for the older."""
    first, last = LEVELS[level][2]
    found = [
        Row(f"t{age}", said("%(age)s tuổi", age=age), data["count"], {"tag": str(age)}, indent=1)
        for age in range(first, last + 1)
    ]
    if first:
        under = said("Dưới %(age)s tuổi", age=first)
        found.insert(0, Row("duoi", under, data["count"], {"tag": str(first - 1)}, indent=1))
    over = said("Trên %(age)s tuổi", age=last)
    return [*found, Row("tren", over, data["count"], {"tag": str(last + 1)}, indent=1)]


def _columns(data: Any, level: str) -> tuple[Column, ...]:
    if data == "grades":
        grades = LEVELS[level][1]
        return (
            Column(TOTAL, "Tổng số"),
            *(
                Column(f"k{grade}" if grade > 0 else f"m{-grade}", grade_label(grade), {"grade": grade})
                for grade in grades
            ),
        )
    return tuple(Column(one["code"], one["label"], one.get("where", {})) for one in data)


def grade_label(grade: int) -> str:
    """`Khối 8`, `4-5 tuổi`."""
    return said("Khối %(grade)s", grade=grade) if grade > 0 else PRESCHOOL[grade]


def texts() -> Iterator[tuple[str, str]]:
    """(context, text) of all that pages show of the forms, every version of every kind."""
    for level, _grades, _ages in LEVELS.values():
        yield CONTEXT, level
    for path in sorted(HERE.glob("*.toml")):
        one = form(*path.stem.split("_"))
        for check in one.checks:
            yield CONTEXT, check.says
        for table in one.tables(tuple(LEVELS)):
            for label in (*(row.label for row in table.rows), *(column.label for column in table.columns)):
                if not isinstance(label, Wording):
                    yield CONTEXT, label
            for text in filter(None, (table.title, table.note)):
                yield CONTEXT, text
