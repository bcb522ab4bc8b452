"""Whose accounts the roster knows: pupils by their enrolment, guardians by their wards (kernel.people asks)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom, Enrolment, Guardianship

MOST_CLASSES = 200


def pupils(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of the pupils within reach, of one class when `group` is its id."""
    found = Enrolment.objects.visible_to(actor, permission).filter(is_current=True)
    if group:
        found = found.filter(classroom_id=_id(group))
    return found.order_by().values("person_id")


def guardians(actor: Actor, permission: str, group: str = "") -> QuerySet[Any, Any]:
    """Ids of those who answer today for the pupils within reach."""
    today = timezone.localdate()
    return (
        Guardianship.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=today), starts_on__lte=today)
        .filter(pupil_id__in=pupils(actor, permission, group))
        .order_by()
        .values("guardian_id")
    )


def _id(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def classes(actor: Actor, permission: str) -> list[tuple[str, str]]:
    """The classes within reach that run today, unless they are too many to choose from."""
    if actor.reach(permission).everything:
        return []
    found = (
        Classroom.objects.visible_to(actor, permission)
        .filter(closed_on__isnull=True, year__ends_on__gte=timezone.localdate())
        .order_by("school__sort_key", "sort_key")
        .values_list("pk", "name")[: MOST_CLASSES + 1]
    )
    rows = [(str(pk), _("Lớp %(name)s") % {"name": name}) for pk, name in found]
    return rows if len(rows) <= MOST_CLASSES else []


_PUPILS = (
    "select e.person_id, c.name, u.name from roster_enrolment e join org_unit u on u.id = e.school_id "
    "left join roster_classroom c on c.id = e.classroom_id where e.person_id = any(%s) and e.is_current"
)
_WARDS = (
    "select g.guardian_id, p.full_name from roster_guardianship g join people_person p on p.id = g.pupil_id "
    "where g.guardian_id = any(%s) and g.ends_on is null"
)


def describe_pupils(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Học sinh`, `8A3, THCS Lê Quý Đôn`; one query."""
    what = pgettext("một", "Học sinh")
    return {
        pk: (what, ", ".join(filter(None, (name, school))))
        for pk, name, school in fetch(_PUPILS, [list(person_ids)])
    }


def describe_guardians(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`Phụ huynh`, `của em Lê Hoài An (8A3)`; one query."""
    names: dict[int, list[str]] = defaultdict(list)
    for pk, name in fetch(_WARDS, [list(person_ids)]):
        names[pk].append(name)
    what, of = _("Phụ huynh"), _("của em %(names)s")
    return {pk: (what, of % {"names": ", ".join(sorted(wards))}) for pk, wards in names.items()}
