"""Retirement age and day by NĐ 135/2020/NĐ-CP: three or four months more each year until 62 and 60."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

from khue.lib.sexes import Sex

_FIRST_YEAR: Final = 2021
_START_MONTHS: Final = {Sex.MALE: 60 * 12 + 3, Sex.FEMALE: 55 * 12 + 4}
_STEP_MONTHS: Final = {Sex.MALE: 3, Sex.FEMALE: 4}
_END_MONTHS: Final = {Sex.MALE: 62 * 12, Sex.FEMALE: 60 * 12}
EARLIEST_PRESCHOOL_YEARS: Final = 5
"""Years by which a preschool teacher may choose to retire sooner (Law on Teachers 73/2025/QH15)."""


def add_months(day: date, months: int) -> date:
    """Move a day by months, to the month's last day where it would not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def retirement_age_months(sex: Sex, year: int) -> int:
    """Give the retirement age, in months, of those who reach it in a year; before 2021 it was 60 and 55."""
    if year < _FIRST_YEAR:
        return 60 * 12 if sex is Sex.MALE else 55 * 12
    return min(_END_MONTHS[sex], _START_MONTHS[sex] + _STEP_MONTHS[sex] * (year - _FIRST_YEAR))


def age_reached_on(birth: date, sex: Sex) -> date:
    """Give the day on which a person reaches the retirement age that holds in that year."""
    year = birth.year + _START_MONTHS[sex] // 12 - 1
    while True:
        reached = add_months(birth, retirement_age_months(sex, year))
        if reached.year <= year:
            return reached
        year += 1


def retirement_day(birth: date, sex: Sex) -> date:
    """Give the first day of retirement: the first of the month after the age is reached."""
    reached = age_reached_on(birth, sex)
    return add_months(reached.replace(day=1), 1)


def earliest_retirement_day(birth: date, sex: Sex, *, years_earlier: int = EARLIEST_PRESCHOOL_YEARS) -> date:
    """Give the first day a preschool teacher may retire on by choice."""
    return add_months(retirement_day(birth, sex), -12 * years_earlier)


def age_label(months: int) -> str:
    """Show an age in years and months: "61 tuổi 6 tháng"."""
    years, rest = divmod(months, 12)
    return f"{years} tuổi {rest} tháng" if rest else f"{years} tuổi"
