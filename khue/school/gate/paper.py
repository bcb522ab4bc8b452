"""Badges on paper: ten to a sheet of A4, cut along the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from khue.kernel.papers import Form
from khue.kernel.papers.qr import qr_svg


@dataclass(frozen=True)
class Sheet:
    """The badges of one class; each row has `name`, `born` and `badge`."""

    school: str
    classroom: str
    rows: Sequence[Mapping[str, Any]]
    at: datetime


def words(sheet: Sheet) -> Mapping[str, Any]:
    """What the form shows."""
    at = timezone.localtime(sheet.at)
    return {
        "title": f"Thẻ học sinh lớp {sheet.classroom}",
        "author": ["Khuê"],
        "created": {"year": at.year, "month": at.month, "day": at.day, "hour": at.hour, "minute": at.minute,
                    "second": at.second},
        "across": "",
        "places": False,
        "school": sheet.school,
        "badges": [
            {
                "name": row["name"], "classroom": sheet.classroom, "code": row["badge"].code,
                "born": f"{row['born']:%d/%m/%Y}" if row["born"] else "", "qr": qr_svg(row["badge"].code),
            }
            for row in sheet.rows
        ],
    }  # fmt: skip


BADGES: Final = Form("gate.badges", "Thẻ học sinh", "school/gate/badges.typ", words)
