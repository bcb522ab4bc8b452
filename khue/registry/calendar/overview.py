"""What the calendar's pages show, put together from its queries and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.lib.school_years import Break, SchoolYearProblem, default_frame
from khue.lib.school_years import SchoolYear as YearName
from khue.registry.calendar import queries, rules
from khue.registry.calendar.models import SchoolYear, SpecialDay, Term, Week
from khue.ui.words import translated


@dataclass(frozen=True)
class DayLine:
    """A special day on the page: whose it is, how many days, and whether the actor may take it away."""

    day: SpecialDay
    days: int
    is_own: bool
    kind: str  # look of the badge


@dataclass(frozen=True)
class WeekLine:
    """A week on the page with the names of the days in it that are not like others."""

    week: Week
    is_now: bool
    names: str


@dataclass(frozen=True)
class TermPart:
    """A term with its weeks."""

    term: Term
    label: str
    weeks: Sequence[WeekLine]
    teaching: int


@dataclass(frozen=True)
class YearOfUnit:
    """One year of one unit."""

    year: SchoolYear
    today: date
    has_school_today: bool
    week: Week | None
    left: int  # teaching weeks still to come
    lessons_done: int  # school days so far
    lessons_all: int
    days: Sequence[DayLine]
    parts: Sequence[TermPart]

    @property
    def is_closed(self) -> bool:
        """Whether the year is only read."""
        return self.year.is_closed


LOOKS = {"holiday": "", "closure": "bad", "makeup": "info", "exam": "wait", "event": "ok"}


def year_of_unit(actor: Actor, year_id: int, unit: Unit) -> YearOfUnit:
    """The year of a unit; five queries."""
    today = timezone.localdate()
    year = queries.years(actor).get(pk=year_id)
    terms, weeks = queries.terms(actor, year_id), queries.weeks(actor, year_id)
    special = list(queries.special_days(actor, year_id, unit))
    days = queries.Days(
        tuple(unit.ancestor_ids),
        tuple((term.starts_on, term.ends_on) for term in terms),
        tuple(rules.Span(d.unit_id, d.kind, d.starts_on, d.ends_on, d.is_school_day) for d in special),
    )
    here = [week for week in weeks if week.starts_on <= today <= week.ends_on]
    parts = []
    for term in terms:
        lines = [
            WeekLine(
                week, week in here,
                ", ".join(d.name for d in special if d.starts_on <= week.ends_on and d.ends_on >= week.starts_on),
            )
            for week in weeks if week.term == term.number
        ]  # fmt: skip
        label = _("Học kì %(n)s") % {"n": queries.ROMAN.get(term.number, term.number)}
        parts.append(TermPart(term, label, lines, sum(1 for line in lines if line.week.number)))
    lessons = [day for day in _days(year.starts_on, year.ends_on) if days.is_school_day(day)]
    return YearOfUnit(
        year=year,
        today=today,
        has_school_today=days.is_school_day(today),
        week=here[0] if here else None,
        left=sum(1 for week in weeks if week.number and week.starts_on > today),
        lessons_done=sum(1 for day in lessons if day < today),
        lessons_all=len(lessons),
        days=[
            DayLine(d, (d.ends_on - d.starts_on).days + 1, d.unit_id == unit.pk, LOOKS.get(d.kind, ""))
            for d in special
        ],
        parts=parts,
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def usual_frame(actor: Actor) -> dict[str, Any]:
    """What the form proposes: the year after the newest one, by the usual frame."""
    newest = queries.years(actor).first()
    start = newest.pk + 1 if newest else YearName.of(timezone.localdate()).start
    usual = default_frame(YearName(start))
    pause = usual.breaks[0]
    return {
        "year": start, "first_lesson_day": usual.first_lesson_day, "break_from": pause.first_day,
        "break_to": pause.last_day,
    }  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A frame before it is written: the ends of the terms, the last day, and where it runs over."""

    first_ends: date | None
    second_ends: date | None
    spare: int
    problems: Sequence[str]
    is_there: bool


def planned(data: Mapping[str, Any]) -> Planned:
    """What a frame would give."""
    is_there = SchoolYear.objects.filter(pk=data["year"]).exists()
    try:
        frame = rules.frame_of(
            data["year"],
            data["first_lesson_day"],
            [Break(str(_("Nghỉ Tết")), data["break_from"], data["break_to"])],
        )
        first, second = frame.terms
        spare = sum(1 for week in rules.all_weeks(frame) if not week.number)
        return Planned(
            first.last_day, second.last_day, spare, [translated(one) for one in frame.problems()], is_there
        )
    except SchoolYearProblem as problem:
        return Planned(None, None, 0, [translated(problem.message)], is_there)


def years_to_close(actor: Actor) -> list[SchoolYear]:
    """Every year, newest first."""
    return list(queries.years(actor))
