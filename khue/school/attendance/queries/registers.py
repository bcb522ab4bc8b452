"""Registers: which rolls of a span were taken, and every mark of a class in it."""

from __future__ import annotations

from datetime import date

from khue.kernel.statements import fetch

_TAKEN_DAYS = """
select day, session from attendance_sheet
where classroom_id = %s and day between %s and %s and taken_at is not null group by 1, 2
"""


def all_taken_days(classroom_id: int, first: date, last: date) -> set[tuple[date, str]]:
    """Days and sessions of a class whose roll was taken, at least at one period."""
    return {(day, session) for day, session in fetch(_TAKEN_DAYS, [classroom_id, first, last])}
