"""The school somebody acts for, and the way down to it."""

from __future__ import annotations

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.registry.roster.queries.places import place


def school_of(actor: Actor, permission: str = "report_cards.compose") -> Unit | None:
    """The school of the capacity, when the permission holds at all of it."""
    found = place(actor, permission)
    return found.unit if found is not None and found.is_school and found.is_reached else None


def crumbs(actor: Actor) -> list[tuple[str, str]]:
    """The name of the school of the capacity."""
    name = next((grant.unit_name for grant in actor.grants if grant.unit_name), "")
    return [(name, "")] if name else []
