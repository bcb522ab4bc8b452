"""Whose accounts somebody may see or touch: the modules say it through their manifests (`people_scopes`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from khue.kernel import registry
from khue.kernel.manifest import PeopleScope

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor


def scopes() -> list[PeopleScope]:
    """Every module's word on whose people they are, in order."""
    return list(registry.each("people_scopes"))


def module_of(scope: PeopleScope) -> str:
    """The module that speaks; its groups (classes) hold for all its kinds of people."""
    return scope.name.partition(".")[0]


def people_reached(
    actor: Actor, permission: str, *, column: str = "pk", kind: str = "", group: str = ""
) -> Q | None:
    """The condition under which a person (named by `column`) is within the permission's reach; None when nobody is.

    `kind` and `group` (a class, a unit: whatever the module offers) narrow it to one module's people.
    """
    reach = actor.reach(permission)
    if reach.everything and not kind and not group:
        return Q()
    if reach.is_empty:
        return None
    found = Q(pk__in=[])
    for scope in scopes():
        if (kind and scope.kind != kind) or (group and module_of(scope) != group.partition(":")[0]):
            continue
        people: Any = registry.load(scope.people)
        found |= Q(**{f"{column}__in": people(actor, permission, group.partition(":")[2])})
    if reach.person_ids and not kind and not group:
        found |= Q(**{f"{column}__in": reach.person_ids})
    return found
