"""When notices leave, how soon an unread one goes on, and what stands in front: the province's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from khue.kernel.notify.models import Urgency
from khue.kernel.settings_store.values import values_of

WAKE: Final = "khue_notices"  # the name under which the database wakes couriers
NOBODY: Final = 9  # above every urgency
_NAMES: Final = (
    "notify.quiet_from",
    "notify.quiet_until",
    "notify.emergency_from",
    "notify.emergency_until",
    "notify.escalate_after",
    "notify.show_names",
)


def _within(hour: int, start: int, end: int) -> bool:
    return start <= hour < end if start <= end else hour >= start or hour < end


@dataclass(frozen=True)
class Manners:
    """The hours of the province (local time) and how it tells."""

    quiet_from: int
    quiet_until: int
    emergency_from: int
    emergency_until: int
    escalate_after: timedelta
    shows_names: bool

    def _is_free(self, hour: int, urgency: int) -> bool:
        if not _within(hour, self.quiet_from, self.quiet_until):
            return True
        return urgency >= Urgency.EMERGENCY and _within(hour, self.emergency_from, self.emergency_until)

    def floor_at(self, now: datetime) -> int:
        """The least urgency that may leave now."""
        hour = timezone.localtime(now).hour
        return next((int(one) for one in sorted(Urgency) if self._is_free(hour, one)), NOBODY)

    def free_at(self, moment: datetime, urgency: int) -> datetime:
        """`moment`, or the first hour after it at which something of this urgency may leave."""
        local = timezone.localtime(moment)
        if self._is_free(local.hour, urgency):
            return moment
        hour = local.replace(minute=0, second=0, microsecond=0)
        for _step in range(24):
            hour += timedelta(hours=1)
            if self._is_free(hour.hour, urgency):
                return hour
        return moment


def all_manners() -> Manners:
    """The settings as they are today; one query."""
    values = values_of(_NAMES)
    minutes = max(0, int(values["notify.escalate_after"]))
    return Manners(
        int(values["notify.quiet_from"]) % 24,
        int(values["notify.quiet_until"]) % 24,
        int(values["notify.emergency_from"]) % 24,
        int(values["notify.emergency_until"]) % 24,
        timedelta(minutes=minutes),
        bool(values["notify.show_names"]),
    )
