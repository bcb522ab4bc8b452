"""Alerts of the demo: every rule looks once at the loaded province, then people have done something about three."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from khue.command.alerts import actions, jobs, shipped
from khue.command.alerts.models import Alert, Rule, State
from khue.kernel.access.capacities import actor_for
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.people.models import Account

LASTING: Final = timedelta(days=15)  # longer than any shipped rule waits
CLOSED: Final = "Đã làm việc với trường, có kế hoạch và người chịu trách nhiệm, tháng sau xem lại."


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Look as the job does, ahead of the days a rule waits; in the small province somebody has taken one on, been
    given one, and closed one."""
    loader.end()
    there = set(
        Rule.objects.values_list("code", flat=True)
    )  # a fresh load has taken away what migrations laid down
    Rule.objects.bulk_create(
        Rule(order=10 * number, **values)
        for number, values in enumerate(shipped.RULES, start=1)
        if values["code"] not in there
    )
    now = timezone.now()
    for back in (LASTING, timedelta()):
        jobs.all_evaluated(now - back)
    if not size.has_cast:
        return
    son, _capacities = actor_for(Account.objects.select_related("person").get(login_name="son"))
    rows = (
        Alert.objects.filter(state=State.OPEN).select_related("rule").order_by("rule__order", "-step", "pk")
    )
    found = list(rows.exclude(rule__figure="gradebook.done")[:3])
    if len(found) == 3:
        actions.acknowledge(son, [found[0]])
        actions.assign(
            son, found[1], person_id=son.person_id or 0, note="Gọi hiệu trưởng, hỏi kế hoạch tuần sau."
        )
        actions.close(son, found[2], reason=CLOSED)
