"""How a module offers a table that goes in from Excel: its shape, how rows are judged, how they are written.

The engine reads the file and keeps it; the module plans (compares with what is there, writes nothing) and writes
(inside the engine's action: one transaction, one audit entry). A plan is made anew at writing time, so a preview
that grew old can never write what no longer holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.actions import Work
from khue.kernel.org.models import Unit
from khue.lib.spreadsheets.shape import CellProblem, ParsedRow, ParsedTable, TableShape


class Outcome(StrEnum):
    """What would become of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


OUTCOME_LABELS = {
    Outcome.ADDED: _("Thêm mới"),
    Outcome.CHANGED: _("Thay đổi"),
    Outcome.UNCHANGED: _("Không đổi"),
    Outcome.REFUSED: _("Chưa nhận"),
}


@dataclass(slots=True)
class RowPlan:
    """One row of the file and what would become of it; `changes` is field -> (old, new) as people read them."""

    row: ParsedRow
    outcome: Outcome
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    data: Any = None  # the module's own


@dataclass(slots=True)
class Plan:
    """What a file would do."""

    parsed: ParsedTable
    rows: list[RowPlan]
    remarks: list[str] = field(default_factory=list)  # "Sẽ lập 37 lớp mới"
    data: Any = None

    def count(self, outcome: Outcome) -> int:
        """How many rows have this outcome."""
        return sum(1 for row in self.rows if row.outcome is outcome)

    @property
    def refusals(self) -> list[CellProblem]:
        """Every cell that keeps its row out."""
        return [
            p for row in self.rows if row.outcome is Outcome.REFUSED for p in row.row.problems if p.refuses
        ]

    @property
    def problems(self) -> list[CellProblem]:
        """Every remark on any cell, refusing or not, and columns that are missing."""
        missing = [p for p in self.parsed.problems if p.code == "missing_column"]
        return missing + [p for row in self.rows for p in row.row.problems]


@dataclass(frozen=True)
class Table:
    """A table that can be imported at a unit."""

    name: str
    label: str | Promise
    noun: str | Promise  # "em", "người"
    permission: str
    shape: TableShape
    shown: tuple[str, ...]  # fields shown in the preview, in order
    plan: Callable[[Unit, ParsedTable, Mapping[str, Any]], Plan]
    write: Callable[[Work, Unit, Plan, Mapping[str, Any]], dict[str, Any]]
    undo: Callable[[Work, Unit, Mapping[str, Any]], None]
    options: Callable[
        [Unit], Mapping[str, Any]
    ]  # the choices that hold when nothing is chosen: the school year
    list_url: str  # name of the page that lists what was imported
    help: str | Promise = ""


def refuse(
    row: ParsedRow, field_name: str, message: str, code: str, shape: TableShape, *, refuses: bool = True
) -> None:
    """Put a remark beside a cell of a row; `refuses` keeps the row out."""
    row.problems.append(
        CellProblem(
            sheet=row.sheet,
            row=row.row,
            column_letter=row.letters.get(field_name, ""),
            column_label=shape.column(field_name).label,
            value=row.texts.get(field_name, ""),
            message=message,
            code=code,
            field=field_name,
            refuses=refuses,
        )
    )
