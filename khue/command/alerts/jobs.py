"""What alerts do by themselves: every rule looks at its units, then people get their digest of the day."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.command.alerts import actions, telling
from khue.command.alerts.looking import all_looked
from khue.command.alerts.models import Rule
from khue.kernel.access.actor import Actor

EVALUATE: Final = "alerts.evaluate"


def all_evaluated(now: datetime | None = None) -> int:
    """Let every rule look at its units, each in a transaction of its own; gives how many alerts were opened.

    A rule whose look would change nothing writes nothing. Runs after each refresh of figures and every ten minutes.
    """
    moment = now or timezone.now()
    actor = Actor.system(EVALUATE)
    opened = 0
    for rule in Rule.objects.order_by("order", "pk"):
        if not all_looked(rule, moment).is_nothing:
            opened += actions.evaluate(actor, rule, now=now).opened
    return opened


def evaluate(now: datetime | None = None) -> int:
    """Look at everything, then tell people; gives how many were told."""
    all_evaluated(now)
    return telling.tell(Actor.system(EVALUATE), now)
