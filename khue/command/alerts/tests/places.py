"""What tests of alerts share: how late the marks of a school are, rules as they should be, looks at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from khue.command.alerts import actions
from khue.command.alerts.models import Alert, Rule
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.school.gradebook.models import SchoolProgress

DAY: Final = timedelta(days=1)
SYSTEM: Final = Actor.system("alerts.evaluate")


def late(school: Unit, percent: float, *, year: int = 2026, due: int = 1000) -> SchoolProgress:
    """A school of whose due cells so many percent are empty."""
    missing = round(due * percent / 100)
    row, _made = SchoolProgress.objects.update_or_create(
        school=school, year_id=year, term=1,
        defaults={
            "sheets": 10, "expected": due, "entered": due - missing, "due": due, "done": due - missing,
            "late_sheets": 3 if missing else 0, "late_teachers": 2, "refreshed_at": timezone.now(),
        },
    )  # fmt: skip
    return row


def rule(code: str = "late_marks", **values: Any) -> Rule:
    """A shipped rule, all year round and at once unless said otherwise."""
    found = Rule.objects.get(code=code)
    for name, value in {"months": [], "lasts_days": 0, **values}.items():
        setattr(found, name, value)
    found.save()
    return found


def look(found: Rule, now: datetime | None = None) -> actions.Moves:
    """One look of the job at the rule's units."""
    return actions.evaluate(SYSTEM, found, now=now)


def only(**filters: Any) -> Alert:
    """The one alert there is."""
    return Alert.objects.get(**filters)
