"""Telling people of alerts: ONE digest a person and day, however many units turned red at once.

Whom a rule tells is said by its roles: those who hold one of them at the alert's unit or above it. What a person has
been told stands in their inbox: an alert is new to them when it took its colour after their last digest. Digests and
evaluations take turns (one lock), so nothing falls between; the key of a digest is its day, so a job that was killed
and runs again writes none twice. What comes up after today's digest is in tomorrow's, and on the page at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from khue.command.alerts import rules
from khue.command.alerts.actions.evaluating import all_lock
from khue.command.alerts.recipients import all_holders
from khue.kernel.access.actor import Actor
from khue.kernel.actions import written
from khue.kernel.notify.notices import Notice, tell_each

KIND: Final = "alerts.digest"
FROM_HOUR: Final = 6  # before, nobody is told of what the night's figures brought: it comes in one
NAMED: Final = 3  # units named a rule
RULES_NAMED: Final = 12

_OPEN = """
select a.id, a.rule_id, r.name, r.order, r.roles, r.repeat_days, u.id, u.name, u.path, a.step, a.stepped_at
from alerts_alert a join alerts_rule r on r.id = a.rule_id join org_unit u on u.id = a.unit_id
where a.state = 'open' and a.acknowledged_at is null and cardinality(r.roles) > 0
order by r.order, r.id, a.step desc, u.sort_key
"""
_TOLD = (
    "select person_id, max(sent_at) from notify_message where kind = %s and person_id = any(%s) group by 1"
)


@dataclass(frozen=True, slots=True)
class Open:
    """An open alert nobody has taken on."""

    id: int
    rule_id: int
    rule: str
    order: int
    roles: list[str]
    repeat_days: int
    unit_id: int
    unit: str
    path: str
    step: str
    stepped_at: datetime

    @property
    def places(self) -> list[int]:
        """The unit and those above it."""
        return [int(part) for part in self.path.strip("/").split("/")]


def tell(actor: Actor, now: datetime | None = None) -> int:
    """Send today's digests to those who have none yet and to whom something is new; gives how many."""
    with transaction.atomic():
        all_lock()
        moment = now or timezone.now()
        return tell_each(actor, all_digests(moment))


def all_digests(now: datetime) -> list[Notice]:
    """The digests that are owed now; four statements, however many alerts and people."""
    day = timezone.localdate(now)
    if timezone.localtime(now).hour < FROM_HOUR:
        return []
    by_person = _by_person(_open())
    told = _told(list(by_person))
    notices = []
    local = timezone.localtime
    for person_id, alerts in sorted(by_person.items()):
        last = local(told[person_id]) if person_id in told else None
        if last is not None and last.date() >= day:
            continue
        due = [
            one for one in alerts if rules.is_due(local(one.stepped_at), last, local(now), one.repeat_days)
        ]
        if due:
            notices.append(_digest(person_id, due, f"{day:%Y-%m-%d}"))
    return notices


def _fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _open() -> list[Open]:
    return [Open(*row) for row in _fetch(_OPEN)]


def _told(people: list[int]) -> Mapping[int, datetime]:
    return dict(_fetch(_TOLD, [KIND, people])) if people else {}  # type: ignore[arg-type]


def _by_person(alerts: Sequence[Open]) -> dict[int, list[Open]]:
    """The alerts of each person who is to be told of them."""
    if not alerts:
        return {}
    units = {pk for one in alerts for pk in one.places}
    held = all_holders(units, {role for one in alerts for role in one.roles})
    found: dict[int, dict[int, Open]] = {}
    for one in alerts:
        for unit_id in one.places:
            for person_id, role in held.get(unit_id, ()):
                if role in one.roles:
                    found.setdefault(person_id, {})[one.id] = one
    return {person_id: list(mine.values()) for person_id, mine in found.items()}


def _digest(person_id: int, alerts: Sequence[Open], day: str) -> Notice:
    """One message about all of them: a line a rule, the worst units by name, how many more."""
    red = sum(one.step == "red" for one in alerts)
    if len(alerts) == 1:
        title = written("%(rule)s: %(unit)s", rule=alerts[0].rule, unit=alerts[0].unit)
        url = reverse("alerts:alert", args=[alerts[0].id])
    else:
        title = (
            written("%(n)s cảnh báo mới, %(red)s báo động", n=len(alerts), red=red)
            if red
            else written("%(n)s cảnh báo mới", n=len(alerts))
        )
        url = reverse("alerts:alerts")
    by_rule: dict[int, list[Open]] = {}
    for one in alerts:
        by_rule.setdefault(one.rule_id, []).append(one)
    lines = [_line(some) for some in list(by_rule.values())[:RULES_NAMED]]
    if len(by_rule) > RULES_NAMED:
        lines.append(written("và %(n)s quy tắc khác", n=len(by_rule) - RULES_NAMED))
    return Notice(person_id, KIND, title, "\n".join(lines), url, f"{KIND}:{day}")


def _line(alerts: Sequence[Open]) -> str:
    names = ", ".join(one.unit for one in alerts[:NAMED])
    rest = len(alerts) - NAMED
    if rest > 0:
        return written("%(rule)s: %(names)s và %(n)s nơi khác", rule=alerts[0].rule, names=names, n=rest)
    return written("%(rule)s: %(names)s", rule=alerts[0].rule, names=names)
