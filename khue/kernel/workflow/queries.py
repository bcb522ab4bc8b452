"""Every read of tasks: what waits for me, what I have done, what waits for others below me."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import cache
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import MIDDLE_KINDS, UnitKind
from khue.kernel.workflow.models import Task

# The floor on which a role sits; a task waits for the floor nearest to its unit that holds its permission.
DEPARTMENT, MIDDLE, SCHOOL = 1, 2, 3
_FLOOR = dict.fromkeys(roles.DEPARTMENT, DEPARTMENT) | {roles.OFFICE_OFFICER: MIDDLE}


def _floor_of_role(role: str) -> int:
    return _FLOOR.get(role, SCHOOL)


def _deepest(permission: str) -> int:
    return max((_floor_of_role(role) for role in registry.roles_with(permission)), default=DEPARTMENT)


# How far a grant's tasks lie from its unit: at it, anywhere below it, at any unit at all, or at it and at those
# right under it that no office stands over (upper secondary schools stand directly under the department).
OWN, BELOW, ANYWHERE, DIRECT = "own", "below", "anywhere", "direct"


def _distance(floor: int, deepest: int) -> str:
    """Which units' tasks wait for a grant on this floor, when the permission is held as deep as `deepest`."""
    if floor == MIDDLE and deepest == MIDDLE:
        return BELOW
    if floor == DEPARTMENT and deepest == DEPARTMENT:
        return ANYWHERE
    if floor == DEPARTMENT and deepest == MIDDLE:
        return DIRECT
    return OWN


@cache
def _carried(role: str) -> dict[str, frozenset[str]]:
    """The permissions a role carries, by the distance at which their tasks wait for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for permission in registry.permissions():
        if role in registry.roles_with(permission):
            found[_distance(_floor_of_role(role), _deepest(permission))].add(permission)
    return {distance: frozenset(names) for distance, names in found.items()}


def _places(actor: Actor) -> dict[tuple[str, int, str], frozenset[str]]:
    """Where tasks wait for the actor: distance, unit and path of a grant, with the permissions it carries there."""
    found: dict[tuple[str, int, str], frozenset[str]] = {}
    for grant in actor.grants:
        if grant.scope_kind == "unit":
            for distance, names in _carried(grant.role).items():
                place = (distance, grant.scope_id, grant.path)
                found[place] = found.get(place, frozenset()) | names
    return found


def _mine(actor: Actor) -> Q:
    found = Q(pk__in=[])
    if actor.person_id is not None:
        found |= Q(person_id=actor.person_id)
    for (distance, unit_id, path), names in _places(actor).items():
        found |= Q(person__isnull=True, permission__in=sorted(names)) & _at(distance, unit_id, path)
    return found


def _at(distance: str, unit_id: int, path: str) -> Q:
    own = Q(unit_id=unit_id)
    if distance == BELOW:
        return Q(unit__path__startswith=path)
    if distance == ANYWHERE:
        return Q(unit__isnull=False)
    if distance == DIRECT:
        return own | Q(unit__parent_id=unit_id) & ~Q(unit__kind__in=MIDDLE_KINDS)
    return own


_SQL = {
    OWN: "t.unit_id = %s",
    BELOW: "u.path like %s",
    ANYWHERE: "t.unit_id is not null",
    DIRECT: "(t.unit_id = %s or u.parent_id = %s and u.kind <> all(%s))",
}


def count_sql(actor: Actor) -> tuple[str, list[Any]]:
    """The number of `open_tasks` as SQL and its values, ready to be part of another select: every page asks."""
    parts: list[str] = ["t.person_id = %s"]
    values: list[Any] = [actor.person_id]
    for (distance, unit_id, path), names in _places(actor).items():
        parts.append(f"t.person_id is null and t.permission = any(%s) and {_SQL[distance]}")
        at: dict[str, list[Any]] = {
            OWN: [unit_id], BELOW: [f"{path}%"], ANYWHERE: [], DIRECT: [unit_id, unit_id, list(MIDDLE_KINDS)]
        }  # fmt: skip
        values += [sorted(names), *at[distance]]
    return (
        "select count(*) from workflow_task t left join org_unit u on u.id = t.unit_id "  # noqa: S608 (our own SQL)
        f"where t.closed_at is null and ({' or '.join(parts)})"
    ), values


def open_tasks(actor: Actor) -> QuerySet[Task]:
    """What waits for the actor: named to them, or for their permission at their own unit (below it, where nobody
    nearer holds that permission); the earliest date first. One query."""
    return (
        Task.objects.filter(_mine(actor), closed_at__isnull=True)
        .select_related("unit")
        .order_by(F("due_at").asc(nulls_last=True), "opened_at", "pk")
    )


def count_open(actor: Actor) -> int:
    """How many tasks wait for the actor; one query."""
    return Task.objects.filter(_mine(actor), closed_at__isnull=True).count()


def recently_closed(actor: Actor, days: int = 14) -> QuerySet[Task]:
    """What the actor closed in the last days, newest first."""
    if actor.person_id is None:
        return Task.objects.none()
    return (
        Task.objects.filter(
            closed_by_id=actor.person_id, closed_at__gte=timezone.now() - timedelta(days=days)
        )
        .select_related("unit")
        .order_by("-closed_at", "-pk")
    )


def waiting_for_others(actor: Actor) -> QuerySet[Task]:
    """Open tasks at units below the actor's that somebody there has to do; overdue first."""
    below = Q(pk__in=[])
    for grant in actor.grants:
        if grant.scope_kind != "unit":
            continue
        if grant.unit_kind == UnitKind.DEPARTMENT:
            below |= Q(unit__isnull=False)
        elif grant.unit_kind in MIDDLE_KINDS:
            below |= Q(unit__path__startswith=grant.path)
        elif grant.role in roles.HEADS:
            below |= Q(unit_id=grant.scope_id)
    return (
        Task.objects.filter(below, closed_at__isnull=True)
        .exclude(_mine(actor))
        .select_related("unit", "person")
        .order_by(F("due_at").asc(nulls_last=True), "opened_at", "pk")
    )
