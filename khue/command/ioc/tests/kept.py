"""Kept figures for tests: a few days of a few indicators at the units of the cast."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.org.models import Unit
from tests.cast import Cast


def keep(
    indicator: str, unit: Unit, top: float | None, bottom: float | None = None, *, ago: int = 0
) -> Figure:
    """A figure of a unit from so many days ago."""
    day = timezone.localdate() - timedelta(days=ago)
    return Figure.objects.create(indicator=indicator, unit=unit, day=day, year=2026, top=top, bottom=bottom)


def keep_today(cast: Cast, *, hours_old: int = 0) -> date:
    """Pupils and marks entered in time of the whole province; 8 of 10 in the far commune, 98 of 100 in the near one."""
    at = timezone.now() - timedelta(hours=hours_old)
    day = timezone.localdate()
    Snapshot.objects.create(day=day, computed_at=at, copied_at=at, year=2026)
    for unit, pupils, done, due in (
        (cast.department, 900, 178, 200), (cast.commune, 500, 98, 100), (cast.other_commune, 400, 80, 100),
        (cast.school, 500, 98, 100), (cast.other_school, 400, 80, 100),
    ):  # fmt: skip
        keep("roster.pupils", unit, pupils - 10, ago=5)
        keep("roster.pupils", unit, pupils)
        keep("gradebook.done", unit, done, due)
    return day
