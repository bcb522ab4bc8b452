"""Whose accounts the staff records know (kernel.people asks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.registry.staff.models import StaffMember, StaffStatus

HERE = (StaffStatus.WORKING, StaffStatus.LEAVE)


def members(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of the staff within reach who still work there."""
    found = StaffMember.objects.visible_to(actor, permission).filter(status__in=HERE)
    return found.order_by().values("person_id")


def describe(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Cán bộ, giáo viên`, `THCS Lê Quý Đôn`; one query."""
    rows = StaffMember.objects.filter(person_id__in=person_ids).values_list("person_id", "unit__name")
    return {pk: (_("Cán bộ, giáo viên"), name) for pk, name in rows}
