"""Whose accounts the staff records know (kernel.people asks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.staff.models import StaffMember, StaffStatus

HERE = (StaffStatus.WORKING, StaffStatus.LEAVE)


def members(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of the staff within reach who still work there."""
    found = StaffMember.objects.visible_to(actor, permission).filter(status__in=HERE)
    return found.order_by().values("person_id")


_WHERE = (
    "select s.person_id, u.name from staff_member s join org_unit u on u.id = s.unit_id "
    "where s.person_id = any(%s)"
)


def describe(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Cán bộ, giáo viên`, `THCS Lê Quý Đôn`; one query."""
    what = _("Cán bộ, giáo viên")
    return {pk: (what, name) for pk, name in fetch(_WHERE, [list(person_ids)])}
