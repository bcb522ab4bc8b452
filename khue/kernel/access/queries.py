"""Who holds what, and who can see a record, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor, Grant
from khue.kernel.access.grants import grants_reaching
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ROLES
from khue.kernel.manifest import Permission
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person


@dataclass(frozen=True)
class Viewer:
    """Somebody who can see a record: in which role, through which record, until when."""

    person_id: int
    name: str
    role: str
    where: str
    why: str
    until: date | None
    is_me: bool = False


def who_can_see(
    actor: Actor,
    permission: str,
    *,
    unit_ids: Iterable[int] = (),
    class_ids: Iterable[int] = (),
    course_ids: Iterable[int] = (),
    person_ids: Iterable[int] = (),
) -> list[Viewer]:
    """Everybody who holds a permission today at a record with these scopes, strongest role first; two queries.

    `unit_ids` lists the unit of the record and all its ancestors (`Unit.ancestor_ids`), with the campus.
    """
    grants = [
        grant
        for grant in grants_reaching(
            unit_ids=unit_ids, class_ids=class_ids, course_ids=course_ids, person_ids=person_ids
        )
        if grant.role in registry.roles_with(permission)
    ]
    names = dict(
        Person.objects.filter(pk__in={grant.person_id for grant in grants}).values_list("pk", "full_name")
    )
    return _viewers(actor, grants, names)


def why_may_i(
    actor: Actor,
    permission: str,
    *,
    unit_ids: Iterable[int] = (),
    class_ids: Iterable[int] = (),
    course_ids: Iterable[int] = (),
    person_ids: Iterable[int] = (),
) -> list[Viewer]:
    """By which of their grants the actor sees a record with these scopes; asks the database nothing."""
    held = {
        "unit": set(unit_ids),
        "class": set(class_ids),
        "course": set(course_ids),
        "person": set(person_ids),
    }
    grants = [
        grant
        for grant in actor.grants
        if grant.role in registry.roles_with(permission) and grant.scope_id in held[grant.scope_kind]
    ]
    return _viewers(actor, grants, {actor.person_id or 0: actor.name})


def _viewers(actor: Actor, grants: Sequence[Grant], names: dict[int, str]) -> list[Viewer]:
    found: dict[tuple[int, str, str], Viewer] = {}
    for grant in grants:
        key = (grant.person_id, grant.role, grant.unit_name)
        known = found.get(key)
        labels = {grant.label} if grant.label else set()
        if known is not None:
            labels |= set(known.why.split(", ")) - {""}
        found[key] = Viewer(
            person_id=grant.person_id,
            name=names.get(grant.person_id, ""),
            role=str(ROLES[grant.role].label),
            where=grant.unit_name,
            why=", ".join(sorted(labels)),
            until=grant.ends_on if known is None else _later(known.until, grant.ends_on),
            is_me=grant.person_id == actor.person_id,
        )
    return list(found.values())


def _later(one: date | None, other: date | None) -> date | None:
    return max(one, other) if one and other else None


# --- the matrix and the roles given by hand -------------------------------------------------
@dataclass(frozen=True)
class MatrixRow:
    """One permission and the labels of the roles that carry it, strongest first."""

    permission: Permission
    roles: Sequence[str]


@dataclass(frozen=True)
class MatrixGroup:
    """The permissions of one module."""

    label: str
    rows: Sequence[MatrixRow]


def all_permissions_by_role() -> list[MatrixGroup]:
    """Which role carries which permission, as the manifests say."""
    roles = sorted(ROLES.values(), key=lambda role: role.order)
    return [
        MatrixGroup(
            module.label,
            [
                MatrixRow(one, [str(role.label) for role in roles if role.code in one.roles])
                for one in module.permissions
            ],
        )
        for module in registry.modules()
        if module.permissions
    ]


def assignments(actor: Actor) -> QuerySet[RoleAssignment, Any]:
    """Roles given by hand that run today or later, at units the actor may look into."""
    return (
        RoleAssignment.objects.visible_to(actor, "access.view")
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gt=timezone.localdate()))
        .select_related("person", "unit")
        .order_by("unit__path", "role", "person__sort_key")
    )


def assignable(actor: Actor) -> QuerySet[RoleAssignment, Any]:
    """Roles given by hand that the actor may take."""
    return RoleAssignment.objects.visible_to(actor, "access.assign").select_related("person", "unit")


def unit_by_code(actor: Actor, code: str) -> Unit | None:
    """An open unit at which the actor may give roles."""
    units: QuerySet[Unit] = Unit.objects.visible_to(actor, "access.assign")
    return units.filter(code=code.strip(), closed_on__isnull=True).first()


def person_by_number(actor: Actor, text: str) -> Person | None:
    """Somebody named exactly: by log-in name, ministry code or Khuê code; never found by browsing.

    Nobody is found by an actor who may give no role.
    """
    if not actor.holds("access.assign"):
        return None
    name = text.strip()
    return (
        Person.objects.filter(merged_into__isnull=True)
        .filter(Q(ministry_code=name.upper()) | Q(code=name.upper()) | Q(account__login_name=name.lower()))
        .first()
    )
