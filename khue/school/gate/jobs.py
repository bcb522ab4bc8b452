"""What the gate does by itself: forgetting taps that are no news to anybody any more."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.school.gate import actions, queries, rules


def forget_taps(now: datetime | None = None) -> int:
    """Delete the taps of all schools that are older than thirty days; gives how many."""
    before = (now or timezone.now()) - rules.KEPT
    actor = Actor.system("gate.forget_taps")
    return sum(
        actions.forget_taps(actor, school, before=before) for school in queries.all_schools_with_taps(before)
    )
