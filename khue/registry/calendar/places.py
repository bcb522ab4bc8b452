"""Whose pages somebody looks at: the unit of their capacity, or one below it that they stepped down to (`?don-vi=`)."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind

STEP = "don-vi"  # key of the address
SCHOOL_KINDS = (UnitKind.SCHOOL, UnitKind.CAMPUS)


def place_of(actor: Actor, permission: str, code: str = "") -> Unit:
    """The unit asked for by its code when the permission reaches it, else the actor's own; Http404 when neither is."""
    units = Unit.objects.visible_to(actor, permission)
    if code:
        found = units.filter(code=code).first()
    else:
        found = units.filter(pk=actor.unit_id).first() if actor.unit_id else None
        if found is None:
            found = units.order_by("path").first()
    if found is None:
        raise Http404
    return found


def school_of(actor: Actor, permission: str, code: str = "") -> Unit | None:
    """The same when only a school will do; None when somebody above schools has not chosen one yet."""
    unit = place_of(actor, permission, code)
    if unit.kind == UnitKind.CAMPUS and unit.parent_id:
        return Unit.objects.visible_to(actor, permission).filter(pk=unit.parent_id).first() or unit
    return unit if unit.kind == UnitKind.SCHOOL else None


def schools_below(actor: Actor, permission: str, unit: Unit) -> list[Unit]:
    """The open schools under a unit, by level and name."""
    rows = Unit.objects.visible_to(actor, permission).filter(
        path__startswith=unit.path, kind=UnitKind.SCHOOL, closed_on__isnull=True
    )
    return list(rows.order_by("sort_key"))


def crumbs_of(
    actor: Actor, permission: str, unit: Unit, url_name: str, here: str = ""
) -> list[tuple[str, str]]:
    """The path down the tree to a unit, each step a link to the same page there as far as the actor may see."""
    ids = unit.ancestor_ids
    names = {row.pk: row for row in Unit.objects.filter(pk__in=ids)}
    allowed = set(_within(actor, permission, names.values()))
    steps = []
    for pk in ids:
        row = names[pk]
        steps.append((row.name, f"{address(url_name)}?{STEP}={row.code}" if pk in allowed else ""))
    return [*steps, (here, "")] if here else steps


def _within(actor: Actor, permission: str, units: Iterable[Unit]) -> list[int]:
    reach = actor.reach(permission)
    return [
        unit.pk
        for unit in units
        if reach.everything
        or unit.pk in reach.unit_ids
        or any(unit.path.startswith(path) for path in reach.unit_paths)
    ]


def address(url_name: str, *arguments: object) -> str:
    """The address of a page; empty when this installation has no such page."""
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:
        return ""
