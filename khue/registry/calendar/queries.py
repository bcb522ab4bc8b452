"""Every read of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import YearNow
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.lib.school_years import FIRST_TERM_WEEKS
from khue.registry.calendar import rules
from khue.registry.calendar.models import Closure, SchoolYear, SpecialDay, Term, Week

ROMAN = {1: "I", 2: "II"}


@dataclass(frozen=True)
class YearShown(YearNow):
    """The year the header shows, with its row."""

    row: SchoolYear | None = None


def all_year_of(day: date | None = None) -> SchoolYear | None:
    """The school year a day (today) belongs to: the newest that has begun; None before any was opened."""
    on = day or timezone.localdate()
    return SchoolYear.objects.filter(starts_on__lte=on).order_by("-pk").first()


def all_years() -> list[SchoolYear]:
    """Every school year, newest first."""
    return list(SchoolYear.objects.order_by("-pk"))


_YEAR_FIELDS = [field.attname for field in SchoolYear._meta.concrete_fields]
_YEARS = (
    f"select {', '.join(f'y.{name}' for name in _YEAR_FIELDS)}, "  # noqa: S608 (our own SQL)
    "(select w.term * 100 + w.number from calendar_week w where w.year_id = y.id "
    "and w.starts_on <= %s and w.ends_on >= %s limit 1), "
    "(select t.number from calendar_term t where t.year_id = y.id and t.starts_on <= %s and t.ends_on >= %s "
    "limit 1) from calendar_school_year y order by y.id desc"
)


def all_year_now(wanted: int | None = None) -> YearShown | None:
    """The year the header shows: the wanted one, else today's, with term and week; one query."""
    today = timezone.localdate()
    years = [
        (SchoolYear.from_db(connection.alias, _YEAR_FIELDS, row[:-2]), row[-2], row[-1])
        for row in fetch(_YEARS, [today, today, today, today])
    ]
    if not years:
        return None
    current = next((year for year, _now, _term in years if year.starts_on <= today), years[-1][0])
    chosen = next((year for year, _now, _term in years if year.pk == wanted), current)
    choices = [(year.pk, year.label, _state(year, today, now, term)) for year, now, term in years]
    state = next(state for pk, _label, state in choices if pk == chosen.pk)
    return YearShown(chosen.pk, chosen.label, state, choices, chosen)


def _state(year: SchoolYear, today: date, now: int | None, term: int | None) -> str:
    """The week of a year today (`now` is term * 100 + week), else its term, else where it stands."""
    if now:
        place = {"term": ROMAN[now // 100], "week": now % 100}
        if place["week"]:
            return _("Học kì %(term)s, tuần %(week)s") % place
        return _("Học kì %(term)s, tuần nghỉ") % place
    if term:
        return _("Học kì %(term)s") % {"term": ROMAN[term]}
    if year.is_closed:
        return _("đã khóa, chỉ xem")
    if today < year.starts_on:
        return _("sắp tới")
    if today > year.ends_on:
        return _("đã hết")
    return _("trong hè")


def years(actor: Actor) -> QuerySet[SchoolYear]:
    """The school years, newest first: the calendar is no secret to anybody who has signed in."""
    rows = SchoolYear.objects.order_by("-pk")
    return rows if actor.holds("calendar.view") else rows.none()


def terms(actor: Actor, year_id: int) -> list[Term]:
    """The terms of a year."""
    return (
        list(Term.objects.filter(year_id=year_id).order_by("number")) if actor.holds("calendar.view") else []
    )


def weeks(actor: Actor, year_id: int) -> list[Week]:
    """The weeks of a year, spare ones included."""
    return (
        list(Week.objects.filter(year_id=year_id).order_by("starts_on"))
        if actor.holds("calendar.view")
        else []
    )


def special_days(actor: Actor, year_id: int, unit: Unit) -> QuerySet[SpecialDay]:
    """The special days in force at a unit: its own and those of every unit above it."""
    rows = SpecialDay.objects.filter(year_id=year_id, unit_id__in=unit.ancestor_ids).select_related("unit")
    return rows.order_by("starts_on", "ends_on", "pk") if actor.holds("calendar.view") else rows.none()


def own_days(actor: Actor) -> QuerySet[SpecialDay]:
    """The special days the actor may take away or change."""
    rows: QuerySet[SpecialDay] = SpecialDay.objects.visible_to(actor, "calendar.set_days")
    return rows


def unit_of(actor: Actor) -> Unit | None:
    """The unit whose calendar concerns the actor: that of the capacity, else the department; None without any unit."""
    if actor.unit_id:
        return Unit.objects.filter(pk=actor.unit_id).first()
    return Unit.objects.filter(parent__isnull=True).order_by("pk").first()


@dataclass(frozen=True)
class Days:
    """What is needed to tell school days of one unit without asking again: terms and spans of some years."""

    units: tuple[int, ...]
    terms: tuple[tuple[date, date], ...]
    spans: tuple[rules.Span, ...]

    def is_school_day(self, day: date) -> bool:
        """Whether there are lessons on a day."""
        return rules.is_school_day(day, self.units, self.terms, self.spans)


def all_days(unit: Unit, year_ids: Sequence[int]) -> Days:
    """The days of a unit for some years; two queries, then as many questions as one likes."""
    found = Term.objects.filter(year_id__in=year_ids).values_list("starts_on", "ends_on")
    spans = SpecialDay.objects.filter(year_id__in=year_ids, unit_id__in=unit.ancestor_ids).values_list(
        "unit_id", "kind", "starts_on", "ends_on", "is_school_day"
    )
    return Days(tuple(unit.ancestor_ids), tuple(found), tuple(rules.Span(*row) for row in spans))


def all_is_school_day(day: date, unit: Unit) -> bool:
    """Whether a unit has lessons on a day: its special days and those above it, then the terms."""
    year = all_year_of(day)
    return year is not None and all_days(unit, [year.pk]).is_school_day(day)


def all_week_of(day: date) -> Week | None:
    """The week a day falls in, spare ones included; None outside the weeks of any year."""
    return Week.objects.filter(starts_on__lte=day, ends_on__gte=day).order_by("-year_id").first()


def all_weeks_of(year_id: int) -> list[tuple[date, int]]:
    """Monday and term of the numbered teaching weeks of a year; the usual frame's when the province made none."""
    rows = list(
        Week.objects.filter(year_id=year_id, number__gt=0)
        .order_by("starts_on")
        .values_list("starts_on", "term")
    )
    if rows:
        return rows
    usual = rules.frame_of(year_id).weeks
    return [(week.monday, 1 if week.number <= FIRST_TERM_WEEKS else 2) for week in usual]


def closures(actor: Actor, year_id: int) -> QuerySet[Closure]:
    """The closures the actor may end or extend, newest first."""
    rows: QuerySet[Closure] = Closure.objects.visible_to(actor, "calendar.close_classes")
    return (
        rows.filter(year_id=year_id)
        .select_related("unit", "closed_by", "reopened_by")
        .order_by("-starts_on", "-pk")
    )


def all_shut(unit_ids: Sequence[int], first: date, last: date) -> list[rules.Shut]:
    """The closures of some units (and none below them) that touch a span of days."""
    rows = Closure.objects.filter(unit_id__in=unit_ids, starts_on__lte=last).exclude(ends_on__lt=first)
    return [
        rules.Shut(row.unit_id, row.starts_on, row.is_from_noon, row.ends_on, row.at_home, row.is_cancelled)
        for row in rows
    ]


def all_standing(units: Iterable[Unit], day: date) -> list[Closure]:
    """The closures in force on a day, or announced for later, for some units through themselves or units above them."""
    ids = {pk for unit in units for pk in unit.ancestor_ids}
    rows = Closure.objects.filter(unit_id__in=ids, is_cancelled=False).exclude(ends_on__lt=day)
    return list(rows.select_related("unit").order_by("starts_on", "pk"))


def places_below(actor: Actor, unit: Unit) -> list[Unit]:
    """The open units directly below one, where the actor may close classes too: the steps down of the page."""
    rows = Unit.objects.visible_to(actor, "calendar.close_classes")
    return list(rows.filter(parent=unit, closed_on__isnull=True).order_by("kind", "sort_key", "pk")[:300])
