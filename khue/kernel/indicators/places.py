"""Where somebody stands who asks for the rows behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit

STEP = "don-vi"  # key of the address: the code of the unit stepped down to


@dataclass(frozen=True)
class Spot:
    """A unit (school or above), or a campus or class of a school."""

    unit: Unit
    campus_id: int | None = None
    class_id: int | None = None
    course_id: int | None = None


def may(actor: Actor, permission: str, spot: Spot) -> bool:
    """Whether the permission holds at the spot: at its unit or above, its campus, its class (asks no database)."""
    reach = actor.reach(permission)
    return (
        reach.everything
        or any(pk in reach.unit_ids for pk in spot.unit.ancestor_ids)
        or any(spot.unit.path.startswith(path) for path in reach.unit_paths)
        or (spot.campus_id is not None and spot.campus_id in reach.unit_ids)
        or (spot.class_id is not None and spot.class_id in reach.class_ids)
        or (spot.course_id is not None and spot.course_id in reach.course_ids)
    )


def address(name: str, spot: Spot, *args: object, **query: object) -> str:
    """The address of a list of the unit's rows, narrowed by what `query` names (nothing is left out)."""
    words = {STEP: spot.unit.code, **{key.replace("_", "-"): value for key, value in query.items() if value}}
    return f"{reverse(name, args=args)}?{urlencode(words)}"
