"""Dates as schools write them: read from text, Excel serial numbers or dates, shown dd/mm/yyyy.

A birth date may be known to the month or year only, so a date travels with its precision (rules/16,
section 4). Two-digit years are never accepted.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from khue.lib.wording import said

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
SCHOOL_YEAR_FIRST_MONTH: Final = 8
"""A school year is taken to begin on 1 August, when admissions to it are closed."""

_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_FALSE_LEAP_DAY: Final = 60
_EXCEL_LAST: Final = (date(LAST_YEAR, 12, 31) - _EXCEL_EPOCH).days

_SEPARATED: Final = re.compile(
    r"(\d{1,4})\s*[/.\-\u2010-\u2015\s]\s*(\d{1,2})\s*[/.\-\u2010-\u2015\s]\s*(\d{1,4})"
)
_MONTH_YEAR: Final = re.compile(r"(?:tháng\s*)?(\d{1,2})\s*(?:[/.\-]|\s+năm\s+)\s*(\d{4})")
_YEAR_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})")
_LONG: Final = re.compile(r"(?:ngày\s*)?(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{1,4})")
_CLOCK: Final = re.compile(r"[T\s]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_SERIAL: Final = re.compile(r"\d{5}(\.\d+)?|\d{4}\.\d{4,}")


class DatePrecision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date and how much of it is known; unknown day and month stand as 1."""

    date: date
    precision: DatePrecision = DatePrecision.DAY

    def __str__(self) -> str:
        return format_date(self.date, self.precision)


class DateProblem(ValueError):
    """A value that is not a date, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _checked(year: int, month: int, day: int) -> date:
    if year < 100:
        raise DateProblem(said("Năm phải ghi đủ bốn chữ số, chưa nhận “%(year)s”.", year=f"{year:02d}"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateProblem(
            said(
                "Năm %(year)s nằm ngoài khoảng %(first)s đến %(last)s.",
                year=year,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        )
    if not 1 <= month <= 12:
        raise DateProblem(said("Không có tháng %(month)s.", month=month))
    if not 1 <= day <= 31:
        raise DateProblem(said("Không có ngày %(day)s.", day=day))
    if month == 2 and day == 29 and not calendar.isleap(year):
        raise DateProblem(said("Năm %(year)s không phải năm nhuận nên tháng 2 không có ngày 29.", year=year))
    if day > calendar.monthrange(year, month)[1]:
        raise DateProblem(said("Tháng %(month)s không có ngày %(day)s.", month=month, day=day))
    return date(year, month, day)


def from_excel_serial(serial: float | Decimal) -> date:
    """Read a serial number of the Excel 1900 system (1 = 01/01/1900); the time of day is dropped."""
    whole = int(serial)
    if whole == _EXCEL_FALSE_LEAP_DAY:
        raise DateProblem(said("Năm %(year)s không phải năm nhuận nên tháng 2 không có ngày 29.", year=1900))
    if not 1 <= whole <= _EXCEL_LAST:
        raise DateProblem(said("“%(shown)s” không phải là ngày.", shown=serial))
    return _EXCEL_EPOCH + timedelta(days=whole if whole > _EXCEL_FALSE_LEAP_DAY else whole + 1)


def to_excel_serial(day: date) -> int:
    """Give the serial number of a date in the Excel 1900 system."""
    serial = (day - _EXCEL_EPOCH).days
    return serial if serial > _EXCEL_FALSE_LEAP_DAY else serial - 1


def _from_number(value: int | float | Decimal) -> ParsedDate:
    if value != value:
        raise DateProblem(said("Ngày còn trống."))
    if value in (float("inf"), float("-inf")):
        raise DateProblem(said("“%(shown)s” không phải là ngày.", shown=value))
    if FIRST_YEAR <= value <= LAST_YEAR and value == int(value):
        return ParsedDate(date(int(value), 1, 1), DatePrecision.YEAR)
    if 10_000_000 <= value <= 99_999_999:
        return _from_text(str(int(value)), prefer_day_first=True)
    if 1_000_000 <= value < 10_000_000:
        return _from_text(f"0{int(value)}", prefer_day_first=True)
    return ParsedDate(from_excel_serial(value))


def _from_eight_digits(text: str) -> ParsedDate:
    if FIRST_YEAR <= int(text[:4]) <= LAST_YEAR and 1 <= int(text[4:6]) <= 12:
        return ParsedDate(_checked(int(text[:4]), int(text[4:6]), int(text[6:])))
    return ParsedDate(_checked(int(text[4:]), int(text[2:4]), int(text[:2])))


def _from_text(text: str, *, prefer_day_first: bool) -> ParsedDate:
    if re.fullmatch(r"\d{8}", text):
        return _from_eight_digits(text)
    if re.fullmatch(r"\d{4}", text) and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return ParsedDate(date(int(text), 1, 1), DatePrecision.YEAR)
    if _SERIAL.fullmatch(text):
        return ParsedDate(from_excel_serial(Decimal(text)))
    if match := _SEPARATED.fullmatch(text) or _LONG.fullmatch(text.lower()):
        first, second, third = match.groups()
        if len(first) >= 3:
            return ParsedDate(_checked(int(first), int(second), int(third)))
        day, month = (first, second) if prefer_day_first else (second, first)
        return ParsedDate(_checked(int(third), int(month), int(day)))
    if match := _YEAR_MONTH.fullmatch(text):
        return ParsedDate(_checked(int(match[1]), int(match[2]), 1), DatePrecision.MONTH)
    if match := _MONTH_YEAR.fullmatch(text.lower()):
        return ParsedDate(_checked(int(match[2]), int(match[1]), 1), DatePrecision.MONTH)
    if match := re.fullmatch(r"(?:năm\s*)(\d{4})", text.lower()):
        return ParsedDate(_checked(int(match[1]), 1, 1), DatePrecision.YEAR)
    shown = text if len(text) <= 30 else text[:30] + "…"
    raise DateProblem(said("“%(shown)s” không phải là ngày. Ghi như 05/09/2013.", shown=shown))


def parse_date(value: object, *, prefer_day_first: bool = True) -> ParsedDate:
    """Read a date from a cell: dd/mm/yyyy, d-m-yyyy, dd.mm.yyyy, ISO, Excel serial, a year or a month.

    Raises DateProblem with a Vietnamese message that names the mistake.
    """
    if isinstance(value, ParsedDate):
        return value
    if isinstance(value, datetime):
        return ParsedDate(_checked(value.year, value.month, value.day))
    if isinstance(value, date):
        return ParsedDate(_checked(value.year, value.month, value.day))
    if isinstance(value, bool):
        raise DateProblem(said("Ô này là đúng/sai, không phải là ngày."))
    if isinstance(value, int | float | Decimal):
        return _from_number(value)
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip().lstrip("'").strip()
    if not text:
        raise DateProblem(said("Ngày còn trống."))
    text = _CLOCK.sub("", text).strip()
    text = re.sub(r"^(\d{4})\.0+$", r"\1", text)
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        raise DateProblem(said("“%(shown)s” không phải là ngày. Ghi như 05/09/2013.", shown=text[:30]))
    return _from_text(text, prefer_day_first=prefer_day_first)


def format_date(day: date, precision: DatePrecision = DatePrecision.DAY) -> str:
    """Show a date as dd/mm/yyyy, mm/yyyy or yyyy, as much as is known."""
    if precision is DatePrecision.YEAR:
        return f"{day.year:04d}"
    if precision is DatePrecision.MONTH:
        return f"{day.month:02d}/{day.year:04d}"
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def format_date_long(day: date) -> str:
    """Show a date as official documents do: days below 10 and months 1 and 2 take a zero in front."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def school_year_start(day: date) -> int:
    """Give the calendar year in which the school year of a day began (1 August is the border)."""
    return day.year if day.month >= SCHOOL_YEAR_FIRST_MONTH else day.year - 1


def school_year_code(day: date) -> str:
    """Give the school year of a day, as in "2026-2027"."""
    start = school_year_start(day)
    return f"{start}-{start + 1}"


def age_in_school_year(birth: date, school_year: str | int) -> int:
    """Count age the way admission does: calendar year in which the school year begins less birth year."""
    start = school_year if isinstance(school_year, int) else int(school_year[:4])
    return start - birth.year


def age_on(birth: date, day: date) -> int:
    """Count completed years of age on a day; born on 29 February, the year completes on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def days_up_to(day: date, count: int) -> list[date]:
    """The last `count` days up to and with one, the oldest first."""
    return [day - timedelta(days=back) for back in range(count - 1, -1, -1)]
