"""What tests of alerts share: how late the marks of a school are, rules as they should be, looks at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Sum
from django.utils import timezone

from khue.command.alerts import actions
from khue.command.alerts.models import Alert, Rule
from khue.kernel.access.actor import Actor
from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.org.models import Unit

DAY: Final = timedelta(days=1)
SYSTEM: Final = Actor.system("alerts.evaluate")
DONE: Final = "gradebook.done"  # percent of due cells that are filled
YEAR: Final = 2026


def keep(name: str, unit: Unit, top: float | None, bottom: float | None = None, back: int = 0) -> Figure:
    """A figure of a unit as it is kept from so many days ago on."""
    now = timezone.now() - back * DAY
    day = timezone.localdate(now)
    Snapshot.objects.get_or_create(
        day=day, defaults={"computed_at": now, "copied_at": now, "year": YEAR, "figures": 1}
    )
    row, _made = Figure.objects.update_or_create(
        indicator=name, unit=unit, day=day, defaults={"year": YEAR, "top": top, "bottom": bottom}
    )
    return row


def late(school: Unit, percent: float, *, due: int = 1000) -> None:
    """A school of whose due cells so many percent are empty, with the sums of the units above it."""
    keep(DONE, school, due - round(due * percent / 100), due)
    for above in Unit.objects.filter(pk__in=school.ancestor_ids[:-1]):
        rows = Figure.objects.filter(indicator=DONE, unit__path__startswith=above.path, unit__kind="school")
        found = rows.aggregate(top=Sum("top"), bottom=Sum("bottom"))
        keep(DONE, above, found["top"], found["bottom"])


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
