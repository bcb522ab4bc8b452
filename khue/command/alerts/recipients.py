"""Who is told of an alert and who can take it on: people with an office at the unit or above it, by their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.access.grants import grants_reaching
from khue.kernel.access.roles import ROLES
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.lib.names import sort_key
from khue.registry.roster.queries.places import reaches

TOLD: Final = (
    roles.PRINCIPAL, roles.VICE_PRINCIPAL, roles.OFFICE_OFFICER, roles.DEPARTMENT_OFFICER, roles.DEPARTMENT_LEADER,
)  # fmt: skip


def all_holders(unit_ids: Iterable[int], wanted: Iterable[str]) -> dict[int, list[tuple[int, str]]]:
    """(person, role) of those who hold one of the roles at each of these units themselves; one query."""
    roles_wanted = set(wanted)
    found: dict[int, list[tuple[int, str]]] = {}
    for grant in grants_reaching(unit_ids=unit_ids):
        if grant.scope_kind == "unit" and grant.role in roles_wanted:
            found.setdefault(grant.scope_id, []).append((grant.person_id, grant.role))
    return found


def places_of(actor: Actor, unit: Unit) -> list[int]:
    """The unit and those above it as far up as the actor oversees: nobody gives work to those above them."""
    found, path = [], "/"
    for pk in unit.ancestor_ids:
        path = f"{path}{pk}/"
        if reaches(actor, "alerts.act", Unit(pk=pk, path=path)):
            found.append(pk)
    return found


def assignable(actor: Actor, unit: Unit) -> list[tuple[int, str]]:
    """(person, `name, role`) of those to whom the actor may give an alert of the unit, nearest first; two queries."""
    held = all_holders(places_of(actor, unit), TOLD)
    order = {pk: n for n, pk in enumerate(reversed(unit.ancestor_ids))}
    rows = [(order[unit_id], role, person) for unit_id, people in held.items() for person, role in people]
    names = dict(
        Person.objects.filter(pk__in={person for _at, _role, person in rows}).values_list("pk", "full_name")
    )
    rows.sort(key=lambda row: (row[0], ROLES[row[1]].order, sort_key(names.get(row[2], ""))))
    found: dict[int, str] = {}
    for _at, role, person in rows:
        found.setdefault(person, f"{names.get(person, '')}, {ROLES[role].label}")
    return list(found.items())
