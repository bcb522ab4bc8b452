"""A file is parsed once for preview and writing, and what one of them writes into its rows stays its own."""

from __future__ import annotations

from dataclasses import replace

from khue.kernel.exchange import reading
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.shape import CellProblem
from khue.registry.roster.bench_import import roster_file


def test_a_plan_never_meets_the_refusals_of_an_earlier_one() -> None:
    data, table = roster_file(12, note="kept"), reading.table_named("roster")
    first = reading.parse(data, FileKind.XLSX, table, mapping={}, corrections={})
    before = [(dict(row.values), list(row.problems)) for row in first.rows]
    first.rows[0].values.clear()
    first.rows[1].problems.append(replace(_problem(), row=first.rows[1].row))
    again = reading.parse(data, FileKind.XLSX, table, mapping={}, corrections={})
    assert [(row.values, row.problems) for row in again.rows] == before
    assert len(again.rows) == 12


def test_a_corrected_cell_is_another_file() -> None:
    data, table = roster_file(12, note="corrected"), reading.table_named("roster")
    plain = reading.parse(data, FileKind.XLSX, table, mapping={}, corrections={})
    place = f"{plain.sheet}!{plain.rows[0].row}:{plain.rows[0].letters['full_name']}"
    corrected = reading.parse(data, FileKind.XLSX, table, mapping={}, corrections={place: "Đỗ Thị Mới"})
    assert corrected.rows[0].values["full_name"] == "Đỗ Thị Mới" != plain.rows[0].values["full_name"]
    again = reading.parse(data, FileKind.XLSX, table, mapping={}, corrections={})
    assert again.rows[0].values == plain.rows[0].values


def _problem() -> CellProblem:
    return CellProblem("Sheet1", 1, "A", "Mã", "?", "Không rõ.", "test")
