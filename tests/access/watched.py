"""What the operations floor has of a school in the world of the access tests: a period of reporting, an alert."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from khue.command.alerts.models import Alert, Rule
from khue.command.reports.models import Period, Report
from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear


def report(department: Unit, year: SchoolYear, school: Unit) -> Period:
    """A period of reporting with the school's draft in it."""
    period, _made = Period.objects.get_or_create(
        year=year, kind="start",
        defaults={
            "department": department, "form_version": "2024-1", "as_of": date(year.pk, 9, 30),
            "due_on": date(year.pk, 10, 15),
        },
    )  # fmt: skip
    Report.objects.get_or_create(period=period, unit=school, defaults={"levels": ["THCS"]})
    return period


def alert(name: str, unit: Unit) -> Alert:
    """The marks of the place's school are late; two places of one school have an alert of a rule each."""
    now = timezone.now()
    rule = Rule.objects.get(code="late_marks_area" if name == "class" else "late_marks")
    return Alert.objects.create(
        rule=rule, unit=unit, state="open", step="red", value=60, measured=60, began_at=now, opened_at=now,
        stepped_at=now,
    )  # fmt: skip
