"""Whose accounts the room of rights knows: those who hold a role given by hand (kernel.people asks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ROLES
from khue.kernel.statements import fetch


def officers(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of those who hold a role today at a unit within reach."""
    today = timezone.localdate()
    return (
        RoleAssignment.objects.visible_to(actor, permission)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gt=today), starts_on__lte=today)
        .order_by()
        .values("person_id")
    )


_HELD = (
    "select r.person_id, r.role, u.name from access_role_assignment r join org_unit u on u.id = r.unit_id "
    "where r.person_id = any(%s) and r.starts_on <= %s and (r.ends_on is null or r.ends_on > %s)"
)


def describe(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Chuyên viên Sở`, `Sở GD&ĐT Lam Giang`; one query."""
    today = timezone.localdate()
    rows = fetch(_HELD, [list(person_ids), today, today])
    return {pk: (str(ROLES[role].label), name) for pk, role, name in rows}
