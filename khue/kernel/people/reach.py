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
    if actor.reach(permission).everything and not kind and not group:
        return Q()
    ids = ids_reached(actor, permission, kind=kind, group=group)
    return None if ids is None else Q(**{f"{column}__in": ids})


def ids_reached(actor: Actor, permission: str, *, kind: str = "", group: str = "") -> Any:
    """The ids of everybody the modules know within the permission's reach, module by module; None when nobody is.

    One subquery: from it the planner goes from the few people found to their rows. Several, joined by OR, would
    make it read every person of the province.
    """
    reach = actor.reach(permission)
    if reach.is_empty:
        return None
    parts: list[Any] = [
        registry.load(scope.people)(actor, permission, group.partition(":")[2])
        for scope in scopes()
        if (not kind or scope.kind == kind) and (not group or module_of(scope) == group.partition(":")[0])
    ]
    if reach.person_ids and not kind and not group:
        from khue.kernel.people.models import Person

        parts.append(Person._base_manager.filter(pk__in=reach.person_ids).values("pk"))
    if not parts:
        return None
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
