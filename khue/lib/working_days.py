"""Working days of the administration: Monday to Friday without public holidays (rules/15, section 6).

Time limits of procedures count working days from the day after the receipt. The school calendar is
another matter. Public holidays follow Art. 112 of the Labour Code; one that falls on a weekend is made up
on the next working day (Art. 111). What the government decides year by year (which days of Tết, days
swapped) is data here, and a province may add to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from khue.lib.lunar_calendar import hung_kings_day, lunar_new_year

TET_DAYS: Final = 5
DEFAULT_DAYS_BEFORE_TET: Final = 2
DECIDED_DAYS_BEFORE_TET: Final[dict[int, int]] = {
    2020: 2,
    2021: 2,
    2022: 1,
    2023: 2,
    2024: 2,
    2025: 2,
    2026: 1,
}
"""How many of the five days of Tết stood before the first of the year, as announced for each year."""

NATIONAL_DAY_SECOND: Final[dict[int, int]] = {2021: 3, 2022: 1, 2023: 1, 2024: 3, 2025: 1, 2026: 1}
"""Day of September given off with the second, since the Labour Code of 2019; later years default to 1."""

SWAPPED_DAYS: Final[dict[date, date]] = {
    date(2024, 4, 29): date(2024, 5, 4),
    date(2025, 5, 2): date(2025, 4, 26),
    date(2026, 1, 2): date(2026, 1, 10),
    date(2026, 8, 31): date(2026, 8, 22),
}
"""Working days given off by decision, each with the Saturday worked in its place."""

CULTURE_DAY: Final = (11, 24)
"""Ngày Văn hóa Việt Nam, chosen by Resolution 80-NQ/TW of 07/01/2026; a day off once the law says so."""

_ONE_DAY: Final = timedelta(days=1)
_LONGEST_COUNT: Final = 3660


@lru_cache(maxsize=256)
def named_holidays(
    year: int, *, days_before_tet: int | None = None, culture_day: bool = False
) -> Mapping[date, str]:
    """Give the public holidays of a year with their names, before any weekend is made up."""
    before = (
        DECIDED_DAYS_BEFORE_TET.get(year, DEFAULT_DAYS_BEFORE_TET)
        if days_before_tet is None
        else days_before_tet
    )
    found = {date(year, 1, 1): "Tết Dương lịch"}
    first = lunar_new_year(year) - before * _ONE_DAY
    found |= {first + day * _ONE_DAY: "Tết Nguyên đán" for day in range(TET_DAYS)}
    found.setdefault(hung_kings_day(year), "Giỗ Tổ Hùng Vương")
    found[date(year, 4, 30)] = "Ngày Chiến thắng"
    found[date(year, 5, 1)] = "Ngày Quốc tế lao động"
    found[date(year, 9, 2)] = "Quốc khánh"
    if year >= 2021:
        found[date(year, 9, NATIONAL_DAY_SECOND.get(year, 1))] = "Quốc khánh"
    if culture_day and year >= 2026:
        found[date(year, *CULTURE_DAY)] = "Ngày Văn hóa Việt Nam"
    return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def public_holidays(
    year: int, *, days_before_tet: int | None = None, culture_day: bool = False
) -> Mapping[date, str]:
    """Give all days off of a year with their names, those made up for weekends included."""
    named = named_holidays(year, days_before_tet=days_before_tet, culture_day=culture_day)
    off = dict(named)
    for day, name in named.items():
        if day.weekday() >= 5:
            made_up = day + _ONE_DAY
            while made_up.weekday() >= 5 or made_up in off:
                made_up += _ONE_DAY
            off[made_up] = f"Nghỉ bù {name}"
    return dict(sorted(off.items()))


@dataclass(frozen=True)
class WorkingCalendar:
    """Days worked and days off, with what a province adds: further days off and weekend days worked."""

    extra_days_off: frozenset[date] = frozenset()
    extra_working_days: frozenset[date] = frozenset()
    with_swaps: bool = True
    culture_day: bool = False
    days_before_tet: Mapping[int, int] = field(default_factory=dict, hash=False)

    def holiday_name(self, day: date) -> str | None:
        """Give the name of the holiday a day is, or None."""
        names = public_holidays(
            day.year, days_before_tet=self.days_before_tet.get(day.year), culture_day=self.culture_day
        )
        return names.get(day)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        if day in self.extra_days_off:
            return False
        if day in self.extra_working_days:
            return True
        if self.with_swaps:
            if day in SWAPPED_DAYS:
                return False
            if day in SWAPPED_DAYS.values():
                return True
        return day.weekday() < 5 and self.holiday_name(day) is None

    def add(self, start: date, count: int) -> date:
        """Give the last day of a limit of `count` working days that begins the day after `start`.

        A limit of 0 ends on `start` itself; a negative count goes back.
        """
        step = _ONE_DAY if count >= 0 else -_ONE_DAY
        left = abs(count)
        day = start
        for _ in range(_LONGEST_COUNT + 3 * left):
            if left == 0:
                return day
            day += step
            left -= self.is_working_day(day)
        raise ValueError("the calendar has no working days left to count")

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative when `end` comes first."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_working_day(start + day * _ONE_DAY) for day in range(1, (end - start).days + 1))

    def next_working_day(self, day: date) -> date:
        """Give the day itself when it is worked, else the first working day after it."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def days_left(self, today: date, deadline: date) -> int:
        """Count the working days left until a deadline: 0 on the day itself, negative when overdue."""
        return self.between(today, deadline)


NATIONAL_CALENDAR: Final = WorkingCalendar()
"""The calendar without anything a province adds."""


def add_working_days(start: date, count: int, calendar: WorkingCalendar = NATIONAL_CALENDAR) -> date:
    """Give the last day of a limit of `count` working days that begins the day after `start`."""
    return calendar.add(start, count)


def working_days_between(start: date, end: date, calendar: WorkingCalendar = NATIONAL_CALENDAR) -> int:
    """Count the working days after `start` up to and including `end`."""
    return calendar.between(start, end)


def is_working_day(day: date, calendar: WorkingCalendar = NATIONAL_CALENDAR) -> bool:
    """Tell whether offices work on a day."""
    return calendar.is_working_day(day)


def calendar_with(days_off: Iterable[date] = (), working_days: Iterable[date] = ()) -> WorkingCalendar:
    """Give the national calendar with a province's own days off and weekend days worked."""
    return WorkingCalendar(frozenset(days_off), frozenset(working_days))
