"""What is dropped each night: answers too old to be asked for again, packages nobody can still cite."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from khue.kernel.offline.models import Carry, Entry

KEPT: Final = timedelta(
    days=60
)  # a device opens for 14 days; what was held is kept elsewhere, the rest is the record's


def sweep() -> int:
    """Drop entries and packages past their time; gives how many rows went.

    The newest package of a device stays: what a device that lay in a drawer all summer still holds cites it.
    """
    before = timezone.now() - KEPT
    gone = Entry.objects.filter(received_at__lt=before).delete()[0]
    return gone + Carry.objects.filter(made_at__lt=before).exclude(number=F("device__carries")).delete()[0]
