"""Rolls of the small province, and the same read by hand: absences, late rolls, leave that waits, tallies of today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.attendance.models import LeaveRequest, Mark, Sheet, Tally

Row = SimpleNamespace
TODAY = timezone.localdate()
LONG, MIDDLE, SHORT = (
    48,
    37,
    22,
)  # sessions missed by the first three pupils of a class that was called for long
CODES = ("P", "K", "M", "B", "T")
NOBODY_CALLS = "GDTX-1"
CALLED_LONG_AGO = "THPT-1"


def call_rolls(schools: list[Unit]) -> None:
    """Rolls of both years: some by period, some from home, some that nobody took."""
    drawn = Random(45)
    deep: set[int] = set()
    for room in Classroom.objects.select_related("school", "year").order_by("pk"):
        pupils = list(Enrolment.objects.filter(classroom=room).order_by("pk"))
        if not pupils or room.school.code == NOBODY_CALLS:
            continue
        is_now = room.year.ends_on >= TODAY
        last = TODAY if is_now else Term.objects.get(year=room.year, number=1).ends_on
        if room.school.code == CALLED_LONG_AGO:
            last -= timedelta(days=20)
        is_deep = is_now and room.school_id not in deep and len(pupils) > 4
        days = [last - timedelta(days=n) for n in range(LONG + 2 if is_deep else drawn.choice((1, 2, 3, 7)))]
        if is_deep:
            deep.add(room.school_id)
        by_period = not is_deep and drawn.randrange(4) == 0
        for n, day in enumerate(days):
            for period in (1, 2, 3) if by_period else (0,):
                away = {
                    one.pk: drawn.choice(CODES)
                    for one in pupils
                    if drawn.randrange(100) < (40 if by_period else 6)
                }
                if is_deep:
                    away |= {
                        one.pk: drawn.choice("PK")
                        for one, most in zip(pupils, (LONG, MIDDLE, SHORT, 4), strict=False) if n < most
                    }  # fmt: skip
                _sheet(room, day, "S", period, away, len(pupils), is_late=drawn.randrange(4) == 0)
            if drawn.randrange(6) == 0:
                some = {pupils[0].pk: "K"}
                _sheet(room, day, "C", 0, some, len(pupils), is_main=False)
        _sheet(
            room,
            days[-1] - timedelta(days=1),
            "S",
            0,
            {pupils[0].pk: "K"},
            len(pupils),
            is_checkin=True,
            is_main=False,
        )
        _sheet(room, days[-1] - timedelta(days=2), "S", 0, {}, 0, is_taken=False)
        for one in pupils[:2]:
            leave = LeaveRequest.objects.create(
                enrolment=one, from_day=TODAY, to_day=TODAY, kind="sick", asked_by=one.person,
                state=drawn.choice(("asked", "asked", "granted", "withdrawn")),
            )  # fmt: skip
            LeaveRequest.objects.filter(pk=leave.pk).update(
                asked_at=timezone.now() - timedelta(hours=drawn.choice((2, 30, 90)))
            )
    for school in schools:
        for day in (TODAY, TODAY - timedelta(days=1)):
            due = drawn.randrange(3, 9)
            Tally.objects.create(
                school=school, day=day, state="lessons", classes=9, planned=9, due=due, taken=drawn.randrange(1, due),
                on_time=1, overdue=drawn.randrange(3), counted_at=timezone.now(),
            )  # fmt: skip


def _sheet(
    room: Classroom, day: date, session: str, period: int, away: dict[int, str], expected: int, *, is_main: bool = True,
    is_checkin: bool = False, is_late: bool = False, is_taken: bool = True,
) -> None:  # fmt: skip
    codes = list(away.values())
    sheet = Sheet.objects.create(
        classroom=room, school=room.school, campus=room.campus, day=day, session=session, period=period,
        is_main=is_main, is_checkin=is_checkin, is_late=is_late, taken_at=timezone.now() if is_taken else None,
        expected=expected, excused=codes.count("P"), unexcused=codes.count("K"), late=codes.count("M"),
        early=codes.count("B"), activity=codes.count("T"),
    )  # fmt: skip
    Mark.objects.bulk_create(
        Mark(
            sheet=sheet,
            enrolment_id=pk,
            day=day,
            session=session,
            period=period,
            code=code,
            set_at=timezone.now(),
        )
        for pk, code in away.items()
    )


class Rolls:
    """The rolls as plain rows; `reader` is the one who reads the rest of the book."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.sheets = {
            one.pk: one for one in Sheet.objects.all() if one.is_main and not one.is_checkin and one.taken_at
        }
        self.marks: dict[int, list[Mark]] = defaultdict(list)
        for mark in Mark.objects.all():
            if mark.sheet_id in self.sheets and mark.code in ("P", "K"):
                self.marks[mark.enrolment_id].append(mark)
        self.days: dict[int, set[date]] = defaultdict(set)
        self.periods: dict[tuple[int, date, str], int] = defaultdict(int)
        for sheet in self.sheets.values():
            self.days[sheet.classroom_id].add(sheet.day)
        for every in Sheet.objects.exclude(taken_at=None).exclude(period=0):
            self.periods[every.classroom_id, every.day, every.session] += 1

    def rolls(self) -> Iterator[Row]:
        """A row a roll."""
        for sheet in self.sheets.values():
            room = self.reader.classes[sheet.classroom_id]
            yield Row(
                year=room.year_id, level=room.level, grade=room.grade, klass=room.pk, campus=room.campus_id,
                month=f"{sheet.day:%Y-%m}", expected=sheet.expected, excused=sheet.excused, unexcused=sheet.unexcused,
                late=sheet.late, on_time=not sheet.is_late, **self.reader.school(room.school_id),
            )  # fmt: skip

    def pupils(self) -> Iterator[Row]:
        """A row a pupil of a class."""
        for one in Enrolment.objects.exclude(classroom=None).select_related("person"):
            if not self.reader.is_pupil(one):
                continue
            days = sorted(self.days[one.classroom_id or 0], reverse=True)
            gone = {mark.day for mark in self.marks[one.pk]}
            running = not self.reader.is_over(one.year_id)
            yield Row(
                year=one.year_id, level=one.level, grade=one.grade, klass=one.classroom_id, campus=one.campus_id,
                sex=one.person.sex or 0, missed=self._missed(one),
                away_3=running and len(days) > 2 and set(days[:3]) <= gone,
                away_5=running and len(days) > 4 and set(days[:5]) <= gone, **self.reader.school(one.school_id),
            )  # fmt: skip

    def _missed(self, one: Enrolment) -> int:
        sessions: dict[tuple[int, date, str], list[int]] = defaultdict(list)
        terms = [term for (year, _n), term in self.reader.terms.items() if year == one.year_id]
        for mark in self.marks[one.pk]:
            if any(term.starts_on <= mark.day <= term.ends_on for term in terms):
                sheet = self.sheets[mark.sheet_id]
                sessions[sheet.classroom_id, mark.day, mark.session].append(mark.period)
        return sum(0 in periods or 2 * len(periods) >= self.periods[key] for key, periods in sessions.items())

    def schools(self) -> Iterator[Row]:
        """A row a school of the running year."""
        week = TODAY - timedelta(days=6)
        calling = {
            one.school_id for one in Sheet.objects.exclude(taken_at=None) if week <= one.day <= TODAY
        }  # fmt: skip
        long_ago: datetime = timezone.now() - timedelta(hours=24)
        tallies = {one.school_id: one for one in Tally.objects.filter(day=TODAY)}
        leaves = list(LeaveRequest.objects.select_related("enrolment"))
        for year in SchoolYear.objects.all():
            if self.reader.is_over(year.pk):
                continue
            for pk in {room.school_id for room in self.reader.classes.values() if room.year_id == year.pk}:
                tally = tallies[pk]
                waiting = [
                    one for one in leaves
                    if one.state == "asked" and one.asked_at < long_ago and one.enrolment.school_id == pk
                    and one.enrolment.year_id == year.pk
                ]  # fmt: skip
                yield Row(
                    year=year.pk, due=tally.due, taken=tally.taken, overdue=tally.overdue, calls=pk in calling,
                    leaves=len(waiting),
                    **self.reader.school(pk),
                )  # fmt: skip
