"""Work of the operations centre behind the pages: desks that go out by their schedule, intakes counted at night."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from khue.command.ioc import actions, cohorts
from khue.command.ioc.desks import is_due
from khue.command.ioc.queries import desk as queries
from khue.kernel.access.actor import Actor

log = logging.getLogger("khue.ioc")


def post_desks(now: datetime | None = None) -> int:
    """Send every desk whose hour has come, each in a transaction of its own; gives how many letters went out.

    One that fails stops no other and is tried again the next time.
    """
    local = timezone.localtime(now)
    sent = 0
    for schedule in queries.all_schedules_waiting(local.date()):
        if not is_due(
            local, every=schedule.every, weekday=schedule.weekday, hour=schedule.hour, since=schedule.since,
            posted_on=schedule.posted_on,
        ):  # fmt: skip
            continue
        try:
            posting = actions.post_desk(Actor.system("ioc.post_desks"), schedule, day=local.date())
        except Exception:
            log.exception("desk %s to person %s was not sent", schedule.desk_id, schedule.person_id)
            continue
        sent += posting is not None
    return sent


def count_cohorts() -> int:
    """Count the intakes that have not been counted since the last night; gives of how many years.

    It is asked every hour, so that a count cut short goes on and a province's first figures do not wait for the night.
    """
    return len(cohorts.count_due())
