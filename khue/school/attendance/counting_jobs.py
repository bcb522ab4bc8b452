"""Counting the rolls of every school, so that offices and the province read one small table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from khue.school.attendance.queries import oversight

PAST_DAYS: Final = 3  # in which rolls still come in: from devices without a line, by heads with a reason


def count_rolls(now: datetime | None = None) -> int:
    """Count today's rolls of every school; gives how many schools."""
    day = timezone.localdate(now)
    return oversight.all_count(day, oversight.all_open_schools(day), now)


def count_past_rolls(now: datetime | None = None) -> int:
    """Count the last days once more, late rolls included; gives how many lines were written."""
    today = timezone.localdate(now)
    days = [today - timedelta(days=n) for n in range(1, PAST_DAYS + 1)]
    return sum(oversight.all_count(day, oversight.all_open_schools(day), now) for day in days)
