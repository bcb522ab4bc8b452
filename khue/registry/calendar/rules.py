"""Pure decisions about days: which of several special days holds, and whether there are lessons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from khue.lib.school_years import Break, SchoolYear, SchoolYearFrame, default_frame, teaching_weeks
from khue.lib.working_days import public_holidays

SUNDAY = 6
MAKEUP = "makeup"
DAYS_OFF = ("holiday", "closure")


@dataclass(frozen=True, slots=True)
class Span:
    """A special day as the rules need it: whose, what kind, from the first to the last day, with lessons or not."""

    unit_id: int
    kind: str
    starts_on: date
    ends_on: date
    is_school_day: bool

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.starts_on <= day <= self.ends_on


def is_school_day(
    day: date, units: Sequence[int], terms: Iterable[tuple[date, date]], spans: Iterable[Span]
) -> bool:
    """Whether a unit has lessons on a day; `units` are its ancestors' ids from the root down to itself.

    The nearest unit that says something of the day decides; of two words by one unit the one for lessons. Exams and
    events leave a day as it is. Otherwise Monday to Saturday of a term.
    """
    depth = {pk: at for at, pk in enumerate(units)}
    said = [
        span for span in spans if day in span and span.unit_id in depth and span.kind in (*DAYS_OFF, MAKEUP)
    ]
    if said:
        nearest = max(depth[span.unit_id] for span in said)
        return any(span.is_school_day for span in said if depth[span.unit_id] == nearest)
    return day.weekday() != SUNDAY and any(first <= day <= last for first, last in terms)


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A week of the calendar; spare weeks inside the year carry the number 0."""

    term: int
    number: int
    monday: date

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(days=6)


def frame_of(
    year: int, first_lesson_day: date | None = None, breaks: Sequence[Break] | None = None
) -> SchoolYearFrame:
    """The frame of a year: the usual one, with the province's first day of lessons and breaks."""
    frame = default_frame(SchoolYear(year))
    return replace(
        frame,
        first_lesson_day=first_lesson_day or frame.first_lesson_day,
        breaks=tuple(breaks) if breaks is not None else frame.breaks,
    )


def all_weeks(frame: SchoolYearFrame) -> list[WeekRow]:
    """The 35 teaching weeks with the spare weeks between them."""
    weeks = teaching_weeks(frame.first_lesson_day, frame.breaks)
    rows: list[WeekRow] = []
    for week in weeks:
        while rows and rows[-1].sunday + timedelta(days=1) < week.monday:
            rows.append(WeekRow(rows[-1].term, 0, rows[-1].monday + timedelta(days=7)))
        rows.append(WeekRow(week.term, week.number, week.monday))
    return rows


def holidays(year: int) -> list[Break]:
    """The public holidays within a school year, days in a row made one span."""
    first, last = SchoolYear(year).first_day, SchoolYear(year).last_day
    days = {**public_holidays(year), **public_holidays(year + 1)}
    spans: list[tuple[str, date, date]] = []
    for day, name in sorted(days.items()):
        if not first <= day <= last:
            continue
        if spans and spans[-1][2] + timedelta(days=1) == day and name.endswith(spans[-1][0]):
            spans[-1] = (spans[-1][0], spans[-1][1], day)
        else:
            spans.append((name, day, day))
    return [Break(*span) for span in spans]


MORNING = "S"


@dataclass(frozen=True, slots=True)
class Shut:
    """A closure as the rules need it: whose, from which session to which day, and whether pupils learn at home."""

    unit_id: int
    starts_on: date
    is_from_noon: bool
    ends_on: date | None
    at_home: bool
    is_cancelled: bool = False  # opened again before its first session

    def holds(self, day: date, session: str = MORNING) -> bool:
        """Whether there are no lessons at school in a session of a day because of it."""
        if self.is_cancelled or day < self.starts_on or (self.ends_on is not None and day > self.ends_on):
            return False
        return not (self.is_from_noon and day == self.starts_on and session == MORNING)


def shut_at(day: date, session: str, units: Sequence[int], closures: Iterable[Shut]) -> Shut | None:
    """The closure that holds for a unit in a session of a day, the nearest unit's first; None when it has lessons.

    `units` are the unit's ancestors' ids from the root down to itself. One that leaves pupils learning at home gives
    way to one nearer by that does not, and the other way round.
    """
    depth = {pk: at for at, pk in enumerate(units)}
    held = [one for one in closures if one.unit_id in depth and one.holds(day, session)]
    return max(held, key=lambda one: depth[one.unit_id]) if held else None
