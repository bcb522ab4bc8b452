"""Whose accounts the room of rights knows: those who hold a role given by hand (kernel.people asks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ROLES


def officers(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of those who hold a role today at a unit within reach."""
    today = timezone.localdate()
    return (
        RoleAssignment.objects.visible_to(actor, permission)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gt=today), starts_on__lte=today)
        .order_by()
        .values("person_id")
    )


def describe(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Chuyên viên Sở`, `Sở GD&ĐT Lam Giang`; one query."""
    today = timezone.localdate()
    rows = RoleAssignment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today), person_id__in=person_ids, starts_on__lte=today
    ).values_list("person_id", "role", "unit__name")
    return {pk: (str(ROLES[role].label), name) for pk, role, name in rows}
