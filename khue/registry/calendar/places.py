"""Whose pages somebody looks at: the unit of their capacity, or one below it that they stepped down to (`?don-vi=`)."""

from __future__ import annotations

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit

STEP = "don-vi"  # key of the address


def reaches(actor: Actor, permission: str, unit: Unit) -> bool:
    """Whether a permission holds at a unit itself; asks no database."""
    reach = actor.reach(permission)
    return (
        reach.everything
        or any(pk in reach.unit_ids for pk in unit.ancestor_ids)
        or any(unit.path.startswith(path) for path in reach.unit_paths)
    )


def _with_ancestors(condition: str, values: list[object]) -> Unit | None:
    """A unit that carries the units above it, root first, itself last; one query."""
    rows = list(
        Unit.objects.raw(
            "select a.* from org_unit u join org_unit a "  # noqa: S608 (our own SQL)
            "on a.id = any(string_to_array(trim(both '/' from u.path), '/')::bigint[]) "
            f"where u.id = (select v.id from org_unit v where {condition} order by v.path limit 1) order by a.path",
            values,
        )
    )
    if not rows:
        return None
    rows[-1].__dict__["line"] = rows
    return rows[-1]


def place_of(actor: Actor, permission: str, code: str = "", *, is_own_enough: bool = False) -> Unit:
    """The unit asked for by its code, else the actor's own, else the root; Http404 where the permission does not reach.

    `is_own_enough`: the actor's own unit serves also those whose rights lie at classes or courses in it. One query.
    """
    if code:
        found = _with_ancestors("v.code = %s", [code])
    elif actor.unit_id:
        found = _with_ancestors("v.id = %s", [actor.unit_id])
    else:
        found = _with_ancestors("v.parent_id is null", [])
    if found is None:
        raise Http404
    own = is_own_enough and (not code or found.pk == actor.unit_id)
    if not own and not reaches(actor, permission, found):
        raise Http404
    return found


def crumbs_of(
    actor: Actor, permission: str, unit: Unit, url_name: str, here: str = ""
) -> list[tuple[str, str]]:
    """The path down the tree to a unit, each step a link to the same page there as far as the actor may see.

    Asks the database only when the unit did not come from `place_of`.
    """
    line: list[Unit] = unit.__dict__.get("line") or list(
        Unit.objects.filter(pk__in=unit.ancestor_ids).order_by("path")
    )
    steps = [
        (row.name, f"{address(url_name)}?{STEP}={row.code}" if reaches(actor, permission, row) else "")
        for row in line
    ]
    return [*steps, (here, "")] if here else steps


def address(url_name: str, *arguments: object) -> str:
    """The address of a page; empty when this installation has no such page."""
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:
        return ""
