"""Every read of tasks: what waits for me, what I have done, what waits for others below me."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

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


def _mine(actor: Actor) -> Q:
    found = Q(pk__in=[])
    if actor.person_id is not None:
        found |= Q(person_id=actor.person_id)
    groups: dict[tuple[int, int, int, str], list[str]] = defaultdict(list)
    for permission in registry.permissions():
        carriers = registry.roles_with(permission)
        for grant in actor.grants:
            if grant.scope_kind == "unit" and grant.role in carriers:
                place = (_floor_of_role(grant.role), _deepest(permission), grant.scope_id, grant.path)
                if permission not in groups[place]:
                    groups[place].append(permission)
    conditions: dict[str, tuple[Q, set[str]]] = {}
    for (floor, deepest, unit_id, path), permissions in groups.items():
        condition = _waiting_at(floor, deepest, unit_id, path)
        known = conditions.setdefault(repr(condition), (condition, set()))
        known[1].update(permissions)
    for condition, names in conditions.values():
        found |= Q(person__isnull=True, permission__in=sorted(names)) & condition
    return found


def _waiting_at(floor: int, deepest: int, unit_id: int, path: str) -> Q:
    """Which units' tasks wait for a grant on this floor, when the permission is held as deep as `deepest`."""
    own = Q(unit_id=unit_id)
    if floor == SCHOOL:
        return own
    if floor == MIDDLE:
        return Q(unit__path__startswith=path) if deepest == MIDDLE else own
    if deepest == DEPARTMENT:
        return Q(unit__isnull=False)
    if deepest == MIDDLE:
        # Upper secondary schools stand directly under the department: no office lies between.
        return own | Q(unit__parent_id=unit_id) & ~Q(unit__kind__in=MIDDLE_KINDS)
    return own


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
