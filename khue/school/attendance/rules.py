"""Pure decisions of roll call: which sessions a day has, until when they are written, what counts (rules/15).

Sessions are the letters of the timetable (S, C, T) and the extra rolls of boarders (meal, bed); codes are P, K, M, B
and T. Nothing here asks a clock or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

MORNING, AFTERNOON, EVENING, MEAL, BED = "S", "C", "T", "meal", "bed"
ORDER: Final = {MORNING: 0, MEAL: 1, AFTERNOON: 2, EVENING: 3, BED: 4}
TEACHING: Final = (MORNING, AFTERNOON, EVENING)
COUNTED: Final = (MORNING, AFTERNOON)  # half-day sessions of rules/01 A8
EXCUSED, UNEXCUSED, LATE, EARLY, ACTIVITY = "P", "K", "M", "B", "T"
ABSENT: Final = (EXCUSED, UNEXCUSED)
CODES: Final = (EXCUSED, UNEXCUSED, LATE, EARLY, ACTIVITY)
MOST_PERIODS: Final = 7
PROOF_DAYS: Final = 3  # school days in which an absence may still be excused
HALF: Final = 50  # per cent of a session's periods that make the session missed
MOST_MINUTES: Final = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """On which weekdays there are sessions ('2' is Monday), which of them is the main one, whether by period."""

    morning: str
    afternoon: str
    evening: str = ""
    main: str = MORNING
    by_period: bool = False

    def days(self, session: str) -> str:
        """The weekdays of a session."""
        return {MORNING: self.morning, AFTERNOON: self.afternoon, EVENING: self.evening}.get(session, "")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as a school wrote it: for itself, for one of its levels, or for a class, from a day on."""

    plan: Plan
    level: str
    classroom_id: int | None
    starts_on: date


def usual_plan(level: str) -> Plan:
    """What holds where a school has said nothing: two sessions five days a week for the small, one for the others."""
    if level in ("MN", "TH"):
        return Plan("23456", "23456")
    return Plan("234567", "")


def plan_on(rows: Iterable[PlanRow], day: date, level: str, classroom_id: int) -> Plan:
    """The plan of a class on a day: its own before its level's before the school's, the newest begun of each."""
    best: tuple[int, date] | None = None
    found = None
    for row in rows:
        if (
            row.starts_on > day
            or row.classroom_id not in (None, classroom_id)
            or row.level not in ("", level)
        ):
            continue
        place = (2 if row.classroom_id else 1 if row.level else 0, row.starts_on)
        if best is None or place > best:
            best, found = place, row.plan
    return found or usual_plan(level)


def weekday(day: date) -> str:
    """'2' for Monday to '8' for Sunday, as in timetables."""
    return str(day.weekday() + 2)


def sessions_on(
    plan: Plan, day: date, *, is_school_day: bool, is_makeup: bool = False, extra: Sequence[str] = ()
) -> tuple[str, ...]:
    """The sessions a class has on a day, in their order; a make-up day is one like the first of the plan's week."""
    if not is_school_day:
        return ()
    name = weekday(day)
    found = [session for session in TEACHING if name in plan.days(session)]
    if not found and is_makeup:
        first = min((plan.days(session) for session in TEACHING if plan.days(session)), default="")[:1]
        found = [session for session in TEACHING if first and first in plan.days(session)]
    if not found:
        return ()
    return tuple(sorted([*found, *extra], key=lambda session: ORDER[session]))


def main_of(plan: Plan, sessions: Sequence[str]) -> str:
    """The session of a day that counts for promotion; empty on a day without one."""
    if plan.main in sessions:
        return plan.main
    return next((session for session in sessions if session in COUNTED), "")


# --- bells and windows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bells:
    """When the first period of each session begins; rules/15 section 7 has the usual times."""

    morning: time = time(7, 0)
    afternoon: time = time(13, 30)
    evening: time = time(18, 0)

    def first(self, session: str) -> time:
        """When a session begins."""
        return {AFTERNOON: self.afternoon, EVENING: self.evening}.get(session, self.morning)


MINUTES: Final[Mapping[str, int]] = {"MN": 60, "TH": 35}  # of a period; 45 elsewhere
BREAK, LONG_BREAK = 5, 20


def period_ends(level: str, session: str, period: int, bells: Bells) -> time:
    """When a period ends; period 1 of a session for which roll is called once (0)."""
    number = max(period, 1)
    minutes = number * MINUTES.get(level, 45) + (number - 1) * BREAK
    if number > 2:
        minutes += LONG_BREAK - BREAK
    begun = datetime.combine(date(2000, 1, 1), bells.first(session))
    return (begun + timedelta(minutes=minutes)).time()


class Window(StrEnum):
    """What may still be done to the roll of a day."""

    FUTURE = "future"
    ON_TIME = "on_time"
    LATE = "late"  # the same day, after the end of the period
    OVER = "over"  # another day: only with a reason, by a head
    WEEK_CLOSED = "week_closed"
    MONTH_SIGNED = "month_signed"

    @property
    def is_open(self) -> bool:
        """Whether a teacher may write."""
        return self in (Window.ON_TIME, Window.LATE)

    @property
    def is_locked(self) -> bool:
        """Whether nobody may write before it is opened again."""
        return self in (Window.WEEK_CLOSED, Window.MONTH_SIGNED)


def window(day: date, deadline: time | None, now: datetime, closed: Iterable[str] = ()) -> Window:
    """The window of a roll at a moment (local time); `closed` are the spans that were closed over its day."""
    spans = set(closed)
    if "month" in spans:
        return Window.MONTH_SIGNED
    if "week" in spans:
        return Window.WEEK_CLOSED
    if day > now.date():
        return Window.FUTURE
    if day < now.date():
        return Window.OVER
    return Window.ON_TIME if deadline is None or now.time() <= deadline else Window.LATE


def may_excuse(day: date, today: date, is_school_day: Callable[[date], bool], days: int = PROOF_DAYS) -> bool:
    """Whether an absence of `day` may be excused with a proof: at most so many school days later."""
    if today < day:
        return False
    passed, one = 0, day
    while one < today:
        one += timedelta(days=1)
        passed += is_school_day(one)
        if passed > days:
            return False
    return True


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


# --- counting -------------------------------------------------------------------------------------------------------


def session_code(codes: Sequence[str], taken: int, share: int = HALF) -> str:
    """What a session was by its periods: missed when absent in `share` per cent of those whose roll was taken.

    With leave only if every missed period was; empty when the pupil was there.
    """
    missed = [code for code in codes if code in ABSENT]
    if not missed or taken <= 0 or len(missed) * 100 < taken * share:
        return ""
    return UNEXCUSED if UNEXCUSED in missed else EXCUSED


@dataclass(frozen=True, slots=True)
class Noted:
    """One mark of a pupil as counting sees it."""

    day: date
    session: str
    code: str
    is_main: bool = True
    is_checkin: bool = False


def counted(marks: Iterable[Noted], *, lates_make_one: int = 0) -> tuple[int, int]:
    """Half-day sessions of absence with and without leave that count for promotion (rules/15 T1, T2).

    Only the main session of a day, only P and K, never learning at home. `lates_make_one`: so many lates are one
    absence without leave (0: never; a choice of the province).
    """
    excused = unexcused = lates = 0
    for one in marks:
        if one.is_checkin or not one.is_main or one.session not in COUNTED:
            continue
        excused += one.code == EXCUSED
        unexcused += one.code == UNEXCUSED
        lates += one.code == LATE
    return excused, unexcused + (lates // lates_make_one if lates_make_one > 0 else 0)


def rate(expected: int, absent: int) -> int | None:
    """The attendance rate in tenths of a per cent, halves up: 35 pupils, 2 away: 943. None when nobody was expected."""
    if expected <= 0:
        return None
    return ((expected - absent) * 2000 + expected) // (2 * expected)


def is_kept(taken: int, expected: int) -> bool:
    """Whether a class keeps its roll here: four main sessions of five were taken."""
    return taken > 0 and taken * 5 >= expected * 4


def row_of_absences(codes: Sequence[str | None]) -> int:
    """How many sessions in a row a pupil missed; codes newest first, None where the roll was not taken (skipped)."""
    found = 0
    for code in codes:
        if code is None:
            continue
        if code not in ABSENT:
            break
        found += 1
    return found


# --- leave ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leave:
    """From one session of a day to another, both included."""

    from_day: date
    from_session: str
    to_day: date
    to_session: str

    def covers(self, day: date, session: str) -> bool:
        """Whether a session lies within."""
        here = (day, ORDER[session])
        return (self.from_day, ORDER[self.from_session]) <= here <= (self.to_day, ORDER[self.to_session])


# --- the counts of a sheet ------------------------------------------------------------------------------------------


def counts_of(codes: Iterable[str]) -> dict[str, int]:
    """How many of each code, the absent ones too."""
    found = dict.fromkeys(CODES, 0)
    for code in codes:
        found[code] += 1
    return found
