"""School years, their two terms and 35 teaching weeks (18 and 17), and the frame each year is given.

The province issues its calendar inside the ministry's frame; 2026-2027 follows QĐ 2308/QĐ-BGDĐT of
06/08/2026: first term ends before 18/01/2027, the year before 31/05/2027 (rules/03, section 8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import Final

from khue.lib.dates import SCHOOL_YEAR_FIRST_MONTH, school_year_start
from khue.lib.lunar_calendar import lunar_new_year
from khue.lib.wording import said

FIRST_TERM_WEEKS: Final = 18
SECOND_TERM_WEEKS: Final = 17
TEACHING_WEEKS: Final = FIRST_TERM_WEEKS + SECOND_TERM_WEEKS

_CODE: Final = re.compile(r"\s*(?:năm học\s*)?(\d{4})\s*[-/\u2010-\u2015]\s*(\d{4})\s*", re.IGNORECASE)
_SHORT: Final = re.compile(r"\s*(?:năm học\s*)?(\d{4})\s*[-/\u2010-\u2015]\s*(\d{2})\s*", re.IGNORECASE)
_WEEK: Final = timedelta(days=7)


class SchoolYearProblem(ValueError):
    """A value that is not a school year or a frame that cannot be, with a Vietnamese message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@total_ordering
@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school year by the calendar year it begins in."""

    start: int

    @classmethod
    def parse(cls, value: object) -> SchoolYear:
        """Read "2026-2027", "2026 – 2027", "Năm học 2026-27" or 2026; raises SchoolYearProblem."""
        if isinstance(value, SchoolYear):
            return value
        text = str(value if value is not None else "")
        match = _CODE.fullmatch(text)
        if match and int(match[2]) == int(match[1]) + 1:
            return cls(int(match[1]))
        short = _SHORT.fullmatch(text)
        if short and int(short[2]) == (int(short[1]) + 1) % 100:
            return cls(int(short[1]))
        if re.fullmatch(r"(?:19|20)\d{2}", text.strip(), re.ASCII):
            return cls(int(text))
        raise SchoolYearProblem(
            said("“%(shown)s” không phải là năm học. Ghi như 2026-2027.", shown=text[:30])
        )

    @classmethod
    def of(cls, day: date) -> SchoolYear:
        """Give the school year a day belongs to (from 1 August)."""
        return cls(school_year_start(day))

    @property
    def code(self) -> str:
        """The code: "2026-2027"."""
        return f"{self.start}-{self.start + 1}"

    @property
    def next(self) -> SchoolYear:
        """The school year after."""
        return SchoolYear(self.start + 1)

    @property
    def previous(self) -> SchoolYear:
        """The school year before."""
        return SchoolYear(self.start - 1)

    @property
    def first_day(self) -> date:
        """The first day that belongs to the year, holidays included."""
        return date(self.start, SCHOOL_YEAR_FIRST_MONTH, 1)

    @property
    def last_day(self) -> date:
        """The last day that belongs to the year."""
        return self.next.first_day - timedelta(days=1)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first_day <= day <= self.last_day

    def __lt__(self, other: SchoolYear) -> bool:
        return self.start < other.start

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Break:
    """Days without lessons: a holiday of the school, from the first to the last day."""

    name: str
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise SchoolYearProblem(said("%(name)s: ngày cuối đứng trước ngày đầu.", name=self.name))


@dataclass(frozen=True, slots=True)
class TeachingWeek:
    """A numbered teaching week, Monday to Sunday; `spare` weeks come after the 35 and carry no number."""

    number: int
    term: int
    monday: date

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(days=6)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.monday <= day <= self.sunday


@dataclass(frozen=True, slots=True)
class TermFrame:
    """A term of a school year: 1 or 2, first and last day."""

    number: int
    first_day: date
    last_day: date

    @property
    def label(self) -> str:
        """What schools call the term."""
        return "HKI" if self.number == 1 else "HKII"

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class SchoolYearFrame:
    """The calendar a year is run by: the days the province decides within the ministry's frame."""

    year: SchoolYear
    return_day: date
    return_day_early: date
    opening_day: date
    first_lesson_day: date
    first_term_ends_before: date
    year_ends_before: date
    completion_before: date
    admission_before: date
    breaks: tuple[Break, ...]
    legal_basis: str = ""

    @property
    def weeks(self) -> tuple[TeachingWeek, ...]:
        """The 35 teaching weeks."""
        return teaching_weeks(self.first_lesson_day, self.breaks)

    @property
    def terms(self) -> tuple[TermFrame, TermFrame]:
        """The two terms, from the first teaching week of each to its last."""
        weeks = self.weeks
        first, second = weeks[:FIRST_TERM_WEEKS], weeks[FIRST_TERM_WEEKS:]
        return (
            TermFrame(1, self.first_lesson_day, second[0].monday - timedelta(days=1)),
            TermFrame(2, second[0].monday, max(second[-1].sunday, first[-1].sunday)),
        )

    def week_of(self, day: date) -> TeachingWeek | None:
        """Give the teaching week a day falls in, or None on breaks and outside."""
        return next((week for week in self.weeks if day in week), None)

    def term_of(self, day: date) -> TermFrame | None:
        """Give the term a day falls in, or None outside."""
        return next((term for term in self.terms if day in term), None)

    def problems(self) -> list[str]:
        """Say in Vietnamese where the weeks run over the ministry's frame; empty when they fit."""
        found: list[str] = []
        first, second = self.terms
        last_of_first = self.weeks[FIRST_TERM_WEEKS - 1].sunday - timedelta(days=1)
        last_of_second = second.last_day - timedelta(days=1)
        if last_of_first >= self.first_term_ends_before:
            told, most = f"{last_of_first:%d/%m/%Y}", f"{self.first_term_ends_before:%d/%m/%Y}"
            found.append(said("Học kì I kết thúc %(told)s, phải trước %(most)s.", told=told, most=most))
        if last_of_second >= self.year_ends_before:
            told, most = f"{last_of_second:%d/%m/%Y}", f"{self.year_ends_before:%d/%m/%Y}"
            found.append(said("Năm học kết thúc %(told)s, phải trước %(most)s.", told=told, most=most))
        if first.first_day not in self.year or second.last_day not in self.year:
            found.append(said("Các tuần học nằm ngoài năm học %(year)s.", year=self.year))
        return found


def teaching_weeks(
    first_day: date,
    breaks: Sequence[Break] = (),
    *,
    first_term: int = FIRST_TERM_WEEKS,
    second_term: int = SECOND_TERM_WEEKS,
    school_days: int = 6,
    fewest_days: int = 3,
) -> tuple[TeachingWeek, ...]:
    """Number the teaching weeks from the first lesson on, leaping over weeks mostly taken by breaks.

    A week counts when at least `fewest_days` of its school days (Monday first, `school_days` of them) are
    free of breaks; the first week counts from `first_day`.
    """
    off = {
        pause.first_day + timedelta(days=day)
        for pause in breaks
        for day in range((pause.last_day - pause.first_day).days + 1)
    }
    if len(off) > 366:
        raise SchoolYearProblem(said("Các kì nghỉ dài hơn một năm."))
    monday = first_day - timedelta(days=first_day.weekday())
    weeks: list[TeachingWeek] = []
    while len(weeks) < first_term + second_term:
        days = [monday + timedelta(days=day) for day in range(school_days)]
        taught = sum(day >= first_day and day not in off for day in days)
        is_first = not weeks and taught > 0
        if taught >= fewest_days or is_first:
            number = len(weeks) + 1
            weeks.append(TeachingWeek(number, 1 if number <= first_term else 2, monday))
        monday += _WEEK
    return tuple(weeks)


def tet_break(year: int) -> Break:
    """Give the two weeks round Tết that schools usually take, Monday to Sunday, the first of the year within."""
    new_year = lunar_new_year(year)
    eve_monday = new_year - timedelta(days=2) - timedelta(days=(new_year - timedelta(days=2)).weekday())
    return Break("Nghỉ Tết Nguyên đán", eve_monday, eve_monday + timedelta(days=13))


def default_frame(year: SchoolYear) -> SchoolYearFrame:
    """Give the frame to begin from: opening 5 September, lessons from the Monday on or after it."""
    opening = date(year.start, 9, 5)
    lessons = opening + timedelta(days=-opening.weekday() % 7)
    return SchoolYearFrame(
        year=year,
        return_day=opening - timedelta(days=7),
        return_day_early=opening - timedelta(days=14),
        opening_day=opening,
        first_lesson_day=lessons,
        first_term_ends_before=date(year.start + 1, 1, 18),
        year_ends_before=date(year.start + 1, 5, 31),
        completion_before=date(year.start + 1, 6, 30),
        admission_before=date(year.start + 1, 7, 31),
        breaks=(tet_break(year.start + 1),),
        legal_basis="QĐ 2308/QĐ-BGDĐT ngày 06/08/2026" if year.start == 2026 else "",
    )
