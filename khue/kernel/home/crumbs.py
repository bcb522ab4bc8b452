"""The path through the unit tree that stands above a page."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit

Step = tuple[str, str]


def unit_crumbs(actor: Actor, unit: Unit, *rest: Step) -> list[Step]:
    """The ancestors of a unit, itself, then `rest` as (label, address); one query.

    A unit is a link where the actor may look into it, else plain words: names of units are no secret, their pages are.
    """
    names = dict(Unit.objects.filter(pk__in=unit.ancestor_ids).values_list("pk", "name"))
    paths = {
        pk: "/" + "/".join(map(str, unit.ancestor_ids[: place + 1])) + "/"
        for place, pk in enumerate(unit.ancestor_ids)
    }
    return [(names[pk], _address(actor, pk, paths[pk])) for pk in unit.ancestor_ids if pk in names] + list(
        rest
    )


def _address(actor: Actor, pk: int, path: str) -> str:
    reach = actor.reach("org.view")
    if not (
        reach.everything or pk in reach.unit_ids or (reach.unit_paths and path.startswith(reach.unit_paths))
    ):
        return ""
    try:
        return reverse("org:unit", args=[pk])
    except NoReverseMatch:
        return ""
