"""What roll call does by itself: telling guardians of absences whose moment has come."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotVisible
from khue.school.attendance.actions.notices import tell_absences as tell
from khue.school.attendance.models import AbsenceNotice

AT_ONCE: Final = 200
TRIES: Final = 3  # a row that was mended between reading and locking is left out at the next try


def tell_absences(now: datetime | None = None) -> int:
    """Tell the guardians of every absence that is due; gives how many notices went out."""
    moment = now or timezone.now()
    actor = Actor.system("attendance.tell_absences")
    told = tries = 0
    while tries < TRIES:
        due = list(
            AbsenceNotice.objects.filter(told_at__isnull=True, due_at__lte=moment).order_by("due_at", "pk")[:AT_ONCE]
        )  # fmt: skip
        if not due:
            break
        try:
            told += tell(actor, due, now=moment)
            tries = 0
        except NotVisible:
            tries += 1
    return told
