"""The month register by the form: A4 lying, a line a pupil, a column a day (rules/15 section 2); always Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from khue.kernel.papers import Form
from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.school.attendance import words
from khue.school.attendance.tables import SUMS, Column, Table


@dataclass(frozen=True)
class Printed:
    """What the paper says."""

    table: Table
    at: datetime
    signed: str = ""  # who signed the month, and when

    @property
    def title(self) -> str:
        """`Sổ điểm danh lớp 8A3, tháng 11 năm 2026`."""
        register = self.table.register
        return (
            f"Sổ điểm danh lớp {register.room.name}, tháng {register.first.month} năm {register.first.year}"
        )


def register_words(one: Printed) -> Mapping[str, Any]:
    """What the template shows."""
    register, at = one.table.register, one.at
    rate = one.table.rate
    return {
        "title": one.title, "author": [register.room.school_name],
        "created": {"year": at.year, "month": at.month, "day": at.day, "hour": at.hour, "minute": at.minute,
                    "second": at.second},
        "proof": None, "foot": f"{one.title}, {register.room.school_name}.", "across": "",
        "register": {
            "school": register.room.school_name, "title": one.title, "teacher": register.teacher, "signed": one.signed,
            "days": [
                {"n": str(column.day.day), "w": words.SHORT_DAYS[column.day.weekday()], "off": column.is_off}
                for column in one.table.columns
            ],
            "rows": [
                {"n": str(n), "name": line.pupil.full_name, "cells": list(map(_cell, one.table.columns, line.codes)),
                 "sums": [str(value or "") for value in line.sums]}
                for n, line in enumerate(one.table.lines, start=1)
            ],
            "absent": ["" if (found := one.table.absent(n)) is None else str(found)
                       for n in range(len(one.table.columns))],
            "sums": [str(sum(line.sums[n] for line in one.table.lines)) for n in range(len(SUMS))],
            "rate": "" if rate is None else f"{rate // 10},{rate % 10} %",
        },
    }  # fmt: skip


def _cell(column: Column, code: str | None) -> str:
    if code is None:
        return "" if column.is_off else "·"
    return code


def workbook(one: Printed, *, note: str) -> bytes:
    """The same as a workbook."""
    heads = [
        OutColumn("STT", width=6), OutColumn("Họ và tên", width=28),
        *(OutColumn(f"{column.day.day}", width=5) for column in one.table.columns),
        OutColumn("Có phép", width=9), OutColumn("Không phép", width=11), OutColumn("Muộn", width=8),
    ]  # fmt: skip
    rows = [
        [n, line.pupil.full_name, *("" if code is None else code or "x" for code in line.codes), *line.sums]
        for n, line in enumerate(one.table.lines, start=1)
    ]
    return write_xlsx(one.title, heads, rows, note=note)


REGISTER: Final = Form(
    "attendance.register",
    "Sổ điểm danh tháng",
    "school/attendance/printing/forms/register.typ",
    register_words,
)
