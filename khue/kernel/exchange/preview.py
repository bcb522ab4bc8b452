"""The preview as its template reads it: cells with their remarks, corrections typed in, faulty rows first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khue.kernel.exchange.table import OUTCOME_LABELS, Outcome, Plan, RowPlan, Table

LOOKS = {
    Outcome.REFUSED: ("bad", "x"),
    Outcome.CHANGED: ("info", "pencil"),
    Outcome.ADDED: ("ok", "plus"),
    Outcome.UNCHANGED: ("", "minus"),
}
ORDER = {Outcome.REFUSED: 0, Outcome.CHANGED: 1, Outcome.ADDED: 2, Outcome.UNCHANGED: 3}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: as it is, what it was, what is wrong, and where it can be put right."""

    label: str
    text: str
    old: str = ""
    problem: str = ""
    remark: str = ""
    place: str = ""  # "Sheet1!19:E": the name of its correction

    @property
    def is_changed(self) -> bool:
        """Whether the record has something else."""
        return bool(self.old) or False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview."""

    number: int
    sheet: str
    kind: str
    icon: str
    outcome: str
    cells: Sequence[Cell]
    others: Sequence[Cell]  # faulty cells of columns that are not shown


@dataclass(frozen=True)
class Preview:
    """One page of the preview."""

    lines: Sequence[Line]
    heads: Sequence[str]
    counts: dict[str, int]
    chosen: str
    page: int
    pages: int
    faults: int


def preview(plan: Plan, table: Table, *, chosen: str = "", page: int = 1) -> Preview:
    """The rows of one outcome (or all), refused ones first, a page at a time."""
    counts = {outcome.value: plan.count(outcome) for outcome in Outcome}
    counts["all"] = len(plan.rows)
    rows = [row for row in plan.rows if not chosen or row.outcome.value == chosen]
    rows.sort(key=lambda row: (ORDER[row.outcome], not row.row.problems, row.row.sheet, row.row.row))
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    shown = [name for name in table.shown if name in set(plan.parsed.mapping.values()) | _fields(plan)]
    columns = [table.shape.column(name) for name in shown]
    lines = [
        _line(row, [column.name for column in columns], table)
        for row in rows[(page - 1) * PAGE : page * PAGE]
    ]
    return Preview(lines, [c.label for c in columns], counts, chosen, page, pages, len(plan.refusals))


def _fields(plan: Plan) -> set[str]:
    return {target.partition("=")[0] for part in plan.parsed.parts for target in part.mapping.values()} | (
        {plan.parsed.shape.group_row.field} if plan.parsed.shape.group_row else set()
    )


def _line(planned: RowPlan, shown: Sequence[str], table: Table) -> Line:
    row = planned.row
    problems = {p.field: p for p in reversed(row.problems) if p.refuses}
    remarks = {p.field: p for p in reversed(row.problems) if not p.refuses}
    cells = []
    for name in (*shown, *(field for field in problems if field not in shown)):
        problem, remark = problems.get(name), remarks.get(name)
        old, new = planned.changes.get(name, ("", ""))
        letter = row.letters.get(name) or (problem.column_letter if problem else "")
        cells.append(
            Cell(
                label=table.shape.column(name).label,
                text=new or row.texts.get(name, "") or (problem.value if problem else ""),
                old=old if name in planned.changes and old else "",
                problem=problem.message if problem else "",
                remark=remark.message if remark else "",
                place=f"{row.sheet}!{row.row}:{letter}" if problem and letter else "",
            )
        )
    kind, icon = LOOKS[planned.outcome]
    return Line(
        row.row,
        row.sheet,
        kind,
        icon,
        str(OUTCOME_LABELS[planned.outcome]),
        cells[: len(shown)],
        cells[len(shown) :],
    )
