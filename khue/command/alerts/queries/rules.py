"""The department's rules: the list with what each has open, one of them, and what a changed one would open now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from khue.command.alerts import rules, words
from khue.command.alerts.models import Alert, Rule, State, Step
from khue.command.alerts.readings import Source, all_readings, source
from khue.command.alerts.rules import NOTHING, Terms
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators import queries as figures
from khue.kernel.org.models import Unit

MANAGE = "alerts.manage"
NAMED = 8


@dataclass(frozen=True)
class RuleLine:
    """A rule in the list."""

    rule: Rule
    source: Source | None
    amber: str
    red: str
    open_amber: int
    open_red: int


@dataclass(frozen=True)
class Trial:
    """What a rule would open now, were its figure to stay so long as it must; nothing is written."""

    watched: int
    unknown: int
    amber: int
    red: int
    already: int  # open now
    worst: list[
        tuple[str, str, str]
    ]  # (unit, figure in words, colour) of those the actor may see small numbers of


def rule_lines(actor: Actor) -> list[RuleLine]:
    """All rules with what each has open; two queries."""
    if not actor.holds(MANAGE):
        return []
    counts = {
        row["rule_id"]: row
        for row in Alert.objects.visible_to(actor, MANAGE)
        .filter(state=State.OPEN)
        .values("rule_id")
        .annotate(amber=Count("pk", filter=Q(step=Step.AMBER)), red=Count("pk", filter=Q(step=Step.RED)))
    }
    found = []
    for one in Rule.objects.order_by("order", "pk"):
        shown, counted = source(one.figure), counts.get(one.pk, {"amber": 0, "red": 0})
        found.append(
            RuleLine(
                one, shown, words.bound(one.compare, shown, one.amber), words.bound(one.compare, shown, one.red),
                counted["amber"], counted["red"],
            )
        )  # fmt: skip
    return found


def rule(actor: Actor, code: str) -> Rule | None:
    """One rule, for who manages them."""
    return Rule.objects.filter(code=code).first() if actor.holds(MANAGE) else None


def trial(actor: Actor, wanted: dict[str, Any], rule_id: int | None = None) -> Trial | None:
    """What a rule with these values would open now; three queries. None for who does not manage rules."""
    if not actor.holds(MANAGE):
        return None
    terms = Terms(
        wanted["compare"],
        wanted["amber"],
        wanted["red"],
        wanted["margin"],
        wanted["window_days"],
        lasts_days=0,
    )
    now = timezone.now()
    readings = all_readings(wanted["figure"], wanted["floor"], wanted["window_days"], timezone.localdate(now))
    steps = {unit_id: rules.look(terms, NOTHING, reading, now).step for unit_id, reading in readings.items()}
    known = {pk: rules.measured(terms, reading) for pk, reading in readings.items()}
    beyond = sorted(
        (pk for pk, step in steps.items() if step),
        key=lambda pk: (steps[pk] != "red", known[pk] if terms.compare == "below" else -(known[pk] or 0), pk),
    )
    units = Unit.objects.in_bulk(beyond[:NAMED])
    indicator = catalogue.indicators().get(wanted["figure"])
    shown = source(wanted["figure"])
    worst = [
        (
            units[pk].name,
            words.said(
                terms.compare, shown, readings[pk].value, readings[pk].past, known[pk], terms.window_days
            ),
            str(steps[pk]),
        )
        for pk in beyond[:NAMED]
        if indicator is None or figures.sees_rows(actor, indicator, units[pk])
    ]
    return Trial(
        len(readings), sum(value is None for value in known.values()),
        sum(step == "amber" for step in steps.values()), sum(step == "red" for step in steps.values()),
        Alert.objects.filter(rule_id=rule_id, state=State.OPEN).count() if rule_id else 0, worst,
    )  # fmt: skip
