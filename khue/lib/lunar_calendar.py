"""The Vietnamese lunar calendar, computed at the meridian of UTC+7.

New moons and the sun's longitude after Jean Meeus, months numbered by the rule that the winter solstice
falls in month 11, as Hồ Ngọc Đức describes it. Right for 1900 to 2100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_TIME_ZONE: Final = 7.0
_SYNODIC_MONTH: Final = 29.530588853
_ORDINAL_TO_JULIAN: Final = 1721425
_NEW_MOON_ZERO: Final = 2415021.076998695
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the Vietnamese lunar calendar."""

    year: int
    month: int
    day: int
    is_leap_month: bool = False


def _julian_day(day: date) -> int:
    return day.toordinal() + _ORDINAL_TO_JULIAN


def _date_of(julian_day: int) -> date:
    return date.fromordinal(julian_day - _ORDINAL_TO_JULIAN)


@lru_cache(maxsize=8192)
def _new_moon_day(number: int) -> int:
    """Give the Julian day, in Vietnam, of the new moon counted from January 1900."""
    t = number / 1236.85
    t2, t3 = t * t, t * t * t
    radian = math.pi / 180
    mean = 2415020.75933 + 29.53058868 * number + 0.0001178 * t2 - 0.000000155 * t3
    mean += 0.00033 * math.sin((166.56 + 132.87 * t - 0.009173 * t2) * radian)
    sun = (359.2242 + 29.10535608 * number - 0.0000333 * t2 - 0.00000347 * t3) * radian
    moon = (306.0253 + 385.81691806 * number + 0.0107306 * t2 + 0.00001236 * t3) * radian
    node = (21.2964 + 390.67050646 * number - 0.0016528 * t2 - 0.00000239 * t3) * radian
    shift = (
        (0.1734 - 0.000393 * t) * math.sin(sun)
        + 0.0021 * math.sin(2 * sun)
        - 0.4068 * math.sin(moon)
        + 0.0161 * math.sin(2 * moon)
        - 0.0004 * math.sin(3 * moon)
        + 0.0104 * math.sin(2 * node)
        - 0.0051 * math.sin(sun + moon)
        - 0.0074 * math.sin(sun - moon)
        + 0.0004 * math.sin(2 * node + sun)
        - 0.0004 * math.sin(2 * node - sun)
        - 0.0006 * math.sin(2 * node + moon)
        + 0.0010 * math.sin(2 * node - moon)
        + 0.0005 * math.sin(2 * moon + sun)
    )
    if t < -11:
        clock = 0.001 + 0.000839 * t + 0.0002261 * t2 - 0.00000845 * t3 - 0.000000081 * t * t3
    else:
        clock = -0.000278 + 0.000265 * t + 0.000262 * t2
    return math.floor(mean + shift - clock + 0.5 + _TIME_ZONE / 24)


@lru_cache(maxsize=8192)
def _sun_sector(julian_day: int) -> int:
    """Give which twelfth of its yearly path (0 to 11, from the spring equinox) the sun is in at midnight."""
    t = (julian_day - 0.5 - _TIME_ZONE / 24 - 2451545.0) / 36525
    t2 = t * t
    radian = math.pi / 180
    anomaly = (357.52910 + 35999.05030 * t - 0.0001559 * t2 - 0.00000048 * t * t2) * radian
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t2
    longitude += (1.914600 - 0.004817 * t - 0.000014 * t2) * math.sin(anomaly)
    longitude += (0.019993 - 0.000101 * t) * math.sin(2 * anomaly) + 0.000290 * math.sin(3 * anomaly)
    return int(longitude % 360 // 30)


@lru_cache(maxsize=512)
def _month_eleven(year: int) -> int:
    """Give the new moon number that begins the month holding the winter solstice of a year."""
    number = int((_julian_day(date(year, 12, 31)) - 2415021) / _SYNODIC_MONTH)
    return number - 1 if _sun_sector(_new_moon_day(number)) >= 9 else number


@lru_cache(maxsize=512)
def _leap_offset(year: int) -> int | None:
    """Give which month after month 11 of a year is the leap one, or None in a common year."""
    first, last = _month_eleven(year), _month_eleven(year + 1)
    if last - first < 13:
        return None
    for offset in range(1, 14):
        number = first + offset
        if _sun_sector(_new_moon_day(number)) == _sun_sector(_new_moon_day(number + 1)):
            return offset
    raise AssertionError("thirteen months and none without a mid-point")


def to_lunar(day: date) -> LunarDate:
    """Turn a day into the lunar calendar."""
    julian = _julian_day(day)
    number = int((julian - _NEW_MOON_ZERO) / _SYNODIC_MONTH) + 1
    while _new_moon_day(number) > julian:
        number -= 1
    start_year = day.year if _new_moon_day(_month_eleven(day.year)) <= _new_moon_day(number) else day.year - 1
    offset = number - _month_eleven(start_year)
    leap = _leap_offset(start_year)
    is_leap = leap is not None and offset == leap
    counted = offset - 1 if leap is not None and offset >= leap else offset
    month = (counted + 10) % 12 + 1
    year = start_year if month >= 11 and counted < 2 else start_year + 1
    return LunarDate(year, month, julian - _new_moon_day(number) + 1, is_leap)


def from_lunar(lunar: LunarDate) -> date:
    """Turn a lunar day into the common calendar; ValueError when that month or day does not exist."""
    start_year = lunar.year if lunar.month >= 11 else lunar.year - 1
    counted = (lunar.month - 11) % 12
    leap = _leap_offset(start_year)
    if lunar.is_leap_month:
        if leap is None or counted != leap - 1:
            raise ValueError(f"lunar year {lunar.year} has no leap month {lunar.month}")
        offset = leap
    else:
        offset = counted + 1 if leap is not None and counted >= leap else counted
    number = _month_eleven(start_year) + offset
    first = _new_moon_day(number)
    if not 1 <= lunar.day <= _new_moon_day(number + 1) - first:
        raise ValueError(f"month {lunar.month} of lunar year {lunar.year} has no day {lunar.day}")
    return _date_of(first + lunar.day - 1)


def lunar_new_year(year: int) -> date:
    """Give the first day of Tết Nguyên đán in a year."""
    return from_lunar(LunarDate(year, 1, 1))


def hung_kings_day(year: int) -> date:
    """Give Giỗ Tổ Hùng Vương, the tenth of the third lunar month."""
    return from_lunar(LunarDate(year, 3, 10))


def lunar_new_year_eve(year: int) -> date:
    """Give the last day before Tết."""
    return lunar_new_year(year) - timedelta(days=1)
