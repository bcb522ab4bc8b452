"""What alerts do by themselves: every rule looks at its units, then people get their digest of the day."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.command.alerts import actions, telling
from khue.command.alerts.looking import all_looked
from khue.command.alerts.models import Rule
from khue.kernel.access.actor import Actor

EVALUATE: Final = "alerts.evaluate"

log = logging.getLogger("khue.alerts")


def all_evaluated(now: datetime | None = None) -> int:
    """Let every rule look at its units, each in a transaction of its own; gives how many alerts were opened.

    A rule whose look would change nothing writes nothing; one that cannot be looked at keeps no other from it.
    """
    moment = now or timezone.now()
    actor = Actor.system(EVALUATE)
    opened = 0
    for rule in Rule.objects.order_by("order", "pk"):
        try:
            if not all_looked(rule, moment).is_nothing:
                opened += actions.evaluate(actor, rule, now=now).opened
        except Exception:
            log.exception("rule %s could not be looked at", rule.code)
    return opened


def evaluate(now: datetime | None = None) -> int:
    """Look at everything, then tell people; gives how many were told."""
    all_evaluated(now)
    return telling.tell(Actor.system(EVALUATE), now)
