"""Looking at all units of a rule: what passes a bound is opened once, changes its colour in place, closes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from khue.command.alerts.looking import Looked, Move, all_looked
from khue.command.alerts.models import Alert, Change, Kind, Rule, State
from khue.kernel.actions import NotAllowed, Work, action
from khue.kernel.actions.work import new_ids
from khue.kernel.workflow.tasks import close_tasks

LOCK: Final = 7521  # evaluation and digests take turns: what a digest has not seen is newer than it
_HELD: Final = ("unit_id", "state", "step", "value", "past", "measured", "amber_since", "red_since")
_TIMES: Final = ("began_at", "opened_at", "stepped_at")
_CHANGED: Final = (
    "state", "step", "value", "past", "measured", "amber_since", "red_since", "opened_at", "stepped_at",
    "acknowledged_at", "acknowledged_by_id", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Moves:
    """How many alerts one look has opened, made worse or better, and closed."""

    opened: int = 0
    worse: int = 0
    better: int = 0
    closed: int = 0


def all_lock() -> None:
    """Wait until no other evaluation or digest is under way, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def subject_of(alert_id: int) -> str:
    """How tasks name an alert."""
    return f"alerts.alert:{alert_id}"


@action("alerts.evaluate", permission="alerts.manage")
def evaluate(work: Work, rule: Rule, *, now: datetime | None = None) -> Moves:
    """Look at every unit the rule watches and write what has changed, all or nothing; a handful of statements however
    many units. Raises NotAllowed for people: the clock does it."""
    if not work.actor.is_system:
        raise NotAllowed
    all_lock()
    moment = now or timezone.now()
    found = all_looked(rule, moment, is_locking=True)
    steps = _begin(work, rule, found.begun, moment)
    steps += _change(work, found.changed, moment)
    steps += _end(work, found, moment)
    work.create_many(Change, ("alert_id", "at", "kind", "step", "value"), steps, is_touched=False)
    kinds = [step[2] for step in steps]
    return Moves(
        kinds.count(Kind.OPENED), kinds.count(Kind.WORSE), kinds.count(Kind.BETTER),
        kinds.count(Kind.WELL) + kinds.count(Kind.ENDED),
    )  # fmt: skip


def _begin(work: Work, rule: Rule, begun: list[Move], now: datetime) -> list[tuple[Any, ...]]:
    ids = new_ids(Alert, len(begun)) if begun else []
    rows, steps = [], []
    for pk, move in zip(ids, begun, strict=True):
        is_open = bool(move.held.step)
        at = now if is_open else None
        rows.append((rule.pk, *_shown(move, State.OPEN if is_open else State.PENDING), now, at, at))
        if is_open:
            steps.append((pk, now, Kind.OPENED, move.held.step, move.reading.value))
    work.create_many(Alert, ("rule_id", *_HELD, *_TIMES), rows, ids=ids)
    return steps


def _shown(move: Move, state: str) -> tuple[Any, ...]:
    held = move.held
    return (
        move.unit_id, state, held.step, move.reading.value, move.reading.past, move.measured, held.amber.since,
        held.red.since,
    )  # fmt: skip


def _change(work: Work, changed: list[Move], now: datetime) -> list[tuple[Any, ...]]:
    rows, steps, well = {}, [], []
    for move in changed:
        alert, step = move.alert, move.held.step
        if alert is None:
            continue
        old = [getattr(alert, name) for name in _CHANGED]
        is_well = move.kind == Kind.WELL
        is_fresh = move.kind in (Kind.OPENED, Kind.WORSE)  # whoever has taken it on took on less than this
        state = State.CLOSED if is_well else State.OPEN if step else State.PENDING
        new = [
            state, alert.step if is_well else step, *_shown(move, state)[3:],
            alert.opened_at or (now if step else None), now if is_fresh else alert.stepped_at,
            None if is_fresh else alert.acknowledged_at, None if is_fresh else alert.acknowledged_by_id,
            now if is_well else None,
        ]  # fmt: skip
        rows[alert.pk] = (old, new)
        if move.kind:
            steps.append((alert.pk, now, move.kind, step, move.reading.value))
        if is_well:
            well.append(subject_of(alert.pk))
    work.change_many(Alert, _CHANGED, rows, is_touched=False)
    if well:
        close_tasks(work, well)
    return steps


def _end(work: Work, found: Looked, now: datetime) -> list[tuple[Any, ...]]:
    work.remove_many(Alert, [alert.pk for alert in found.over])
    if not found.ended:
        return []
    work.change_many(
        Alert,
        ("state", "closed_at"),
        {alert.pk: ((alert.state, None), (State.CLOSED, now)) for alert in found.ended},
    )
    close_tasks(work, [subject_of(alert.pk) for alert in found.ended])
    return [(alert.pk, now, Kind.ENDED, alert.step, alert.value) for alert in found.ended]
