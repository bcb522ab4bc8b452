"""What a look at all units of a rule would change: read by the action that writes it, and by the trial of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from khue.command.alerts import rules
from khue.command.alerts.models import Alert, Kind, Rule, State
from khue.command.alerts.readings import all_readings
from khue.command.alerts.rules import NOTHING, Held, Reading


@dataclass(frozen=True)
class Move:
    """What happens to one unit's alert: `alert` is None when there is none yet, `kind` empty when no step is kept."""

    alert: Alert | None
    unit_id: int
    held: Held
    reading: Reading
    measured: float | None
    kind: str = ""


@dataclass
class Looked:
    """What a look would change."""

    begun: list[Move] = field(default_factory=list)  # there was nothing
    changed: list[Move] = field(default_factory=list)
    over: list[Alert] = field(default_factory=list)  # what was pending has passed
    ended: list[Alert] = field(default_factory=list)  # the rule watches the unit no more

    @property
    def is_nothing(self) -> bool:
        """Whether all stays as it is."""
        return not (self.begun or self.changed or self.over or self.ended)


def all_looked(rule: Rule, now: datetime, *, is_locking: bool = False) -> Looked:
    """What looking at every unit of a rule now would change; three queries."""
    alerts: QuerySet[Alert] = Alert.objects.filter(rule_id=rule.pk).exclude(state=State.CLOSED)
    if is_locking:
        alerts = alerts.select_for_update(of=("self",)).order_by("pk")
    known = {alert.unit_id: alert for alert in alerts}
    today = timezone.localdate(now)
    terms, found = rule.terms, Looked()
    is_watching = rule.is_on and rules.is_season(terms, today)
    readings = all_readings(rule.figure, rule.floor, rule.window_days, today) if is_watching else {}
    quiet = _closed_by_hand(rule) if terms.quiet_days and readings else {}
    for unit_id, reading in readings.items():
        alert = known.pop(unit_id, None)
        _weigh(found, terms, alert, unit_id, reading, quiet.get(unit_id), now)
    for alert in known.values():
        if not is_watching or _is_gone(alert, readings):
            (found.over if alert.state == State.PENDING else found.ended).append(alert)
    return found


def _is_gone(alert: Alert, readings: Mapping[int, Reading]) -> bool:
    """Whether the unit is no longer among those watched; when no figure at all is known, nothing is concluded."""
    return bool(readings) and alert.unit_id not in readings


def _weigh(
    found: Looked, terms: rules.Terms, alert: Alert | None, unit_id: int, reading: Reading,
    quiet: tuple[datetime, str] | None, now: datetime,
) -> None:  # fmt: skip
    held = alert.held if alert else NOTHING
    after = rules.look(terms, held, reading, now)
    if after.step and not held.step and quiet and rules.is_quiet(terms, after.step, quiet[1], quiet[0], now):  # type: ignore[arg-type]
        return
    measured = rules.measured(terms, reading)
    if alert is None:
        if not after.is_still:
            found.begun.append(
                Move(None, unit_id, after, reading, measured, Kind.OPENED if after.step else "")
            )
        return
    if after.is_still and alert.state == State.PENDING:
        found.over.append(alert)
    elif after != held or (measured is not None and _differs(alert, reading, measured)):
        found.changed.append(Move(alert, unit_id, after, reading, measured, _kind(held, after)))


def _differs(alert: Alert, reading: Reading, measured: float) -> bool:
    return (alert.value, alert.past, alert.measured) != (reading.value, reading.past, measured)


def _kind(held: Held, after: Held) -> str:
    if held.step == after.step:
        return ""
    if not held.step:
        return Kind.OPENED
    if not after.step:
        return Kind.WELL
    return Kind.WORSE if rules.is_worse(after.step, held.step) else Kind.BETTER


def _closed_by_hand(rule: Rule) -> dict[int, tuple[datetime, str]]:
    """When somebody last closed the rule's alert of a unit, and the colour it had."""
    rows = (
        Alert.objects.filter(rule_id=rule.pk, state=State.CLOSED, closed_by__isnull=False)
        .order_by("unit_id", "-closed_at")
        .distinct("unit_id")
        .values_list("unit_id", "closed_at", "step")
    )
    return {unit_id: (at, step) for unit_id, at, step in rows if at}
