"""What the address or a form asks: a day, a session, a period, a number."""

from __future__ import annotations

from datetime import date, datetime

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from khue.school.attendance import rules
from khue.school.attendance.queries import Room

YEARS = range(2000, 2101)  # those in which a day can lie


def day_of(data: QueryDict, name: str = "ngay") -> date:
    """The day asked for; today when none or nonsense is."""
    return date_of(data.get(name, "")) or timezone.localdate()


def date_of(text: str) -> date | None:
    """A day written as 2026-11-20 or 20/11/2026, of a year that can be meant."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
        return day if day.year in YEARS else None
    return None


def number(text: str) -> int:
    """A whole number of an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def session_of(found: Room, data: QueryDict) -> tuple[str, int]:
    """The session and period asked for, else those that go on now; an empty session on a day without any."""
    sessions = (*found.sessions(found.day), *found.home_sessions(found.day))
    asked = data.get("buoi", "")
    now = timezone.localtime()
    session = asked if asked in sessions else ""
    if not session:
        taught = [one for one in sessions if one in rules.TEACHING]
        begun = [one for one in taught if found.bells.first(one) <= now.time() or one == taught[0]]
        session = (begun if found.day == now.date() else taught[:1] or [""])[-1] if taught else ""
    if not session:
        return "", 0
    by_period = (
        session in rules.TEACHING
        and session not in found.home_sessions(found.day)
        and found.plan(found.day).by_period
    )
    if not by_period:
        return session, 0
    period = number(data.get("tiet", ""))
    if 1 <= period <= rules.MOST_PERIODS:
        return session, period
    ends = [rules.period_ends(found.level, session, one, found.bells) for one in range(1, 6)]
    return session, next((n for n, end in enumerate(ends, start=1) if now.time() <= end), 1)


def roll_address(classroom_id: int, day: date, session: str) -> str:
    """The address of a roll of a session."""
    return f"{reverse('attendance:roll', args=[classroom_id])}?ngay={day:%Y-%m-%d}&buoi={session}"
