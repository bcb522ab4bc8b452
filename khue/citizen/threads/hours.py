"""Office hours: when a teacher answers families, when a message written now comes to them, how long answers took.

Pure: days as Monday 2 to Sunday 8 (as people count them), times as minutes since midnight, moments in the province's
own time. Vietnam keeps no summer time, so a day has 1,440 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WEEK: Final = "2345678"
DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """The days and the span of a day in which a teacher answers; `until` is not in it."""

    days: str = "23456"
    start: int = 7 * 60
    until: int = 17 * 60 + 30

    @property
    def is_sound(self) -> bool:
        """Whether there is at least one day, each once and in order, and a span within the day."""
        return (
            bool(self.days)
            and list(self.days) == sorted(set(self.days) & set(WEEK))
            and 0 <= self.start < self.until <= DAY
        )

    def _has(self, moment: datetime) -> bool:
        return WEEK[moment.weekday()] in self.days

    def is_open(self, moment: datetime) -> bool:
        """Whether the teacher answers at this moment."""
        return self._has(moment) and self.start <= moment.hour * 60 + moment.minute < self.until

    def opens_at(self, moment: datetime) -> datetime:
        """`moment` itself when the teacher answers then, else the next opening."""
        if self.is_open(moment):
            return moment
        for ahead in range(len(WEEK) + 1):
            opening = _at(moment + timedelta(days=ahead), self.start)
            if opening > moment and self._has(opening):
                return opening
        return moment  # no day at all: nothing is held back

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Minutes of office hours from `start` to `end`; none when they are the wrong way round."""
        seconds, day = 0.0, _at(start, 0)
        while day < end:
            if self._has(day):
                first = max(start, _at(day, self.start))
                last = min(end, _at(day, self.until))
                seconds += max(0.0, (last - first).total_seconds())
            day += timedelta(days=1)
        return int(seconds) // 60


def _at(moment: datetime, minutes: int) -> datetime:
    """That many minutes after the midnight with which the day of `moment` began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=minutes)
