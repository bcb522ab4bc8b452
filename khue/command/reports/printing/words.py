"""What a printed report shows: plain words and numbers for the template, always in Vietnamese, as the form is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from khue.command.reports.checking import shown
from khue.command.reports.definition import Form
from khue.command.reports.filling import Values
from khue.command.reports.showing import tables

KINDS: Final = {"start": "Đầu năm học", "mid": "Giữa năm học", "end": "Cuối năm học"}
MAIN: Final = (
    ("Trường", ""), ("Lớp", "so_lop"), ("Học sinh", "so_hs"), ("Nữ", "nu"), ("Dân tộc TS", "dtts"),
    ("Giáo viên", "giao_vien"),
)  # fmt: skip
"""What a list of schools shows of each: heading, row of the table `chung.truong`."""

BLANK_DAY: Final = "Ngày ..... tháng ..... năm ........"


@dataclass(frozen=True)
class SchoolLine:
    """A school in a list under a sum."""

    name: str
    over: str
    code: str
    signed_at: datetime | None
    edition: int
    levels: tuple[str, ...]
    values: Values


@dataclass(frozen=True)
class Printed:
    """Everything the paper and the workbook of a report say."""

    form: Form
    year: int
    as_of: date
    unit: str
    over: str
    levels: tuple[str, ...]
    values: Values
    edition: int = 1
    reason: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    signed_name: str = ""
    signed_as: str = ""
    signed_at: datetime | None = None
    digest: str = ""
    is_sum: bool = False
    with_key: bool = False  # the key of whoever signed off goes onto the paper
    schools: Sequence[SchoolLine] = ()

    @property
    def title(self) -> str:
        """`Báo cáo thống kê đầu năm học 2026-2027`."""
        return f"{self.form.title} {self.year}-{self.year + 1}"

    @property
    def under(self) -> str:
        """The day of the figures, the edition, whether it has been signed."""
        parts = [f"Số liệu tính đến ngày {self.as_of:%d/%m/%Y}"]
        if self.edition > 1:
            parts.append(f"bản {self.edition}")
        if self.signed_at is None:
            parts.append("số cộng chưa chốt" if self.is_sum else "bản nháp, chưa ký gửi")
        return ", ".join(parts)


def report_words(one: Printed) -> dict[str, Any]:
    """The words of the paper."""
    at = timezone.localtime(one.signed_at) if one.signed_at else None
    on = at.date() if at else one.as_of
    signed = None
    if at is not None:
        signed = {
            "name": one.signed_name,
            "words": f"{one.signed_as}. {'Ký số. ' if one.with_key else ''}"
            f"{'Chốt' if one.is_sum else 'Ký gửi'} trên Khuê lúc {at:%H:%M} ngày {at:%d/%m/%Y}. "
            f"Vân tay số {one.digest[:16]}",
        }
    return {
        "title": f"{one.title}, {one.unit}", "author": [one.unit],
        "created": {"year": on.year, "month": on.month, "day": on.day, "hour": at.hour if at else 0,
                    "minute": at.minute if at else 0, "second": at.second if at else 0},
        "proof": None, "foot": f"{one.title}, {one.unit}.", "across": "",
        "report": {
            "over": one.over, "unit": one.unit, "title": one.title, "under": f"({one.under})",
            "source": f"Theo {one.form.source}, mẫu {one.form.version}",
            "reason": f"Bản {one.edition} lập vì: {one.reason}" if one.reason else "",
            "tables": [
                {
                    "place": str(table.place), "heading": table.table.heading, "note": table.table.note,
                    "columns": list(table.columns),
                    "rows": [
                        {"label": row.label, "number": row.number, "indent": row.indent,
                         "cells": [cell.text for cell in row.cells]}
                        for row in table.rows
                    ],
                }
                for table in tables(one.form, one.levels, one.values)
            ],
            "remarks": [
                {"first": number == 0, "text": text, "why": f"Giải thích: {why}"}
                for number, (text, why) in enumerate(one.remarks)
            ],
            "day_line": f"Ngày {on.day:02d} tháng {on.month:02d} năm {on.year}" if at else BLANK_DAY,
            "head": "Thủ trưởng đơn vị" if one.is_sum else "Hiệu trưởng",
            "signed": signed,
            "school_columns": [heading for heading, _row in MAIN],
            "schools": [
                [str(number), school.name, *(main(school, row) for _heading, row in MAIN[1:]), when(school.signed_at)]
                for number, school in enumerate(one.schools, 1)
            ],
        },
    }  # fmt: skip


def main(school: SchoolLine, row: str) -> str:
    """One of the main figures of a school."""
    return shown(school.values.get("chung.truong", {}).get(f"{row}.tong"))


def when(at: datetime | None) -> str:
    """`08:15 02/10/2026`."""
    return f"{timezone.localtime(at):%H:%M %d/%m/%Y}" if at else ""
