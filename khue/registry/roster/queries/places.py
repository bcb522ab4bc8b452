"""Where somebody looks: the unit of their capacity or one below it, with the way down to it; and the school year."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor, Grant
from khue.kernel.access.grants import grants_reaching
from khue.kernel.access.roles import ROLES
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.statements import fetch
from khue.lib.names import search_tokens
from khue.registry.calendar.models import SchoolYear


@dataclass(frozen=True)
class Place:
    """A unit with its ancestors (root first, itself last) and its campuses."""

    unit: Unit | None
    path: tuple[Unit, ...] = ()
    below: tuple[Unit, ...] = ()
    is_reached: bool = False  # the permission holds at the unit itself, not only at classes or people in it
    reached: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_school(self) -> bool:
        """Whether pupils are enrolled at the unit itself."""
        return self.unit is not None and self.unit.kind == UnitKind.SCHOOL

    @property
    def is_campus(self) -> bool:
        """Whether it is a campus of a school."""
        return self.unit is not None and self.unit.kind == UnitKind.CAMPUS

    @property
    def school_id(self) -> int | None:
        """The school, when the place is one or a campus of one."""
        if self.unit is None:
            return None
        return self.unit.pk if self.is_school else self.unit.parent_id if self.is_campus else None

    @property
    def is_wide(self) -> bool:
        """Whether several schools lie below."""
        return self.unit is not None and not self.is_school and not self.is_campus

    @property
    def is_root(self) -> bool:
        """Whether it is the whole province."""
        return self.unit is not None and self.unit.parent_id is None


def holds_at(
    actor: Actor,
    permission: str,
    *,
    path: str,
    campus_id: int | None,
    classroom_id: int | None,
    person_id: int | None = None,
) -> bool:
    """Whether a permission holds at one class's or pupil's place (asks no database): for buttons and closed parts of
    a page."""
    reach = actor.reach(permission)
    above = {int(part) for part in path.strip("/").split("/")}
    return (
        reach.everything
        or bool(above & set(reach.unit_ids))
        or any(path.startswith(one) for one in reach.unit_paths)
        or campus_id in reach.unit_ids
        or classroom_id in reach.class_ids
        or person_id in reach.person_ids
    )


def reaches(actor: Actor, permission: str, unit: Unit) -> bool:
    """Whether a permission holds at a unit itself (asks no database)."""
    reach = actor.reach(permission)
    return (
        reach.everything
        or any(pk in reach.unit_ids for pk in unit.ancestor_ids)
        or any(unit.path.startswith(path) for path in reach.unit_paths)
    )


_COLUMNS = "id", "code", "name", "kind", "parent_id", "path", "levels", "commune_code", "sort_key", "is_main"
_PLACE = (
    f"select {', '.join(f'a.{name}' for name in _COLUMNS)}, a.id = u.id from org_unit u join org_unit a "  # noqa: S608
    "on a.id = any(string_to_array(trim(both '/' from u.path), '/')::bigint[]) "
    "or (a.parent_id = u.id and a.kind = 'campus' and a.closed_on is null) where "
)
_BY_CODE, _BY_ID, _ROOT = f"{_PLACE} u.code = %s", f"{_PLACE} u.id = %s", f"{_PLACE} u.parent_id is null"


def place(actor: Actor, permission: str, code: str = "") -> Place | None:
    """The unit named by `code`, else the actor's own; None when the permission does not lead there. One query."""
    reach = actor.reach(permission)
    if reach.is_empty:
        return None
    if code:
        found = fetch(_BY_CODE, [code])
    else:
        found = fetch(_BY_ID, [actor.unit_id]) if actor.unit_id else fetch(_ROOT)
    if not found:
        return None
    rows = [Unit(**dict(zip(_COLUMNS, row, strict=False))) for row in found]
    unit = next(unit for unit, row in zip(rows, found, strict=True) if row[-1])
    ids = unit.ancestor_ids
    path = sorted((row for row in rows if row.pk in ids), key=lambda row: len(row.path))
    below = sorted((row for row in rows if row.parent_id == unit.pk), key=lambda row: row.sort_key)
    is_reached = reaches(actor, permission, unit)
    if not is_reached and code and unit.pk != actor.unit_id:
        return None
    reached = frozenset(row.pk for row in path if reaches(actor, permission, row))
    return Place(unit, tuple(path), tuple(below), is_reached, reached)


def years(actor: Actor) -> list[SchoolYear]:
    """The school years, newest first; the same for everybody who has signed in."""
    return list(SchoolYear.objects.order_by("-pk")) if actor.is_somebody else []


def all_year_of(day: date | None = None) -> SchoolYear | None:
    """The newest school year that has begun by a day (today)."""
    return SchoolYear.objects.filter(starts_on__lte=day or timezone.localdate()).order_by("-pk").first()


def schools_below(actor: Actor, permission: str, unit: Unit) -> list[Unit]:
    """The open schools at or under a unit that the permission reaches."""
    rows = Unit.objects.visible_to(actor, permission).filter(
        path__startswith=unit.path, kind=UnitKind.SCHOOL, closed_on__isnull=True
    )
    return list(rows.order_by("sort_key"))


def find_schools(actor: Actor, text: str, limit: int = 20, *, level: str = "") -> list[Unit]:
    """Any open school of the province by words of its name or by code: where a pupil may be moved to is no secret."""
    if not actor.is_somebody:
        return []
    rows = Unit.objects.filter(kind=UnitKind.SCHOOL, closed_on__isnull=True)
    if level:
        rows = rows.filter(levels__contains=[level])
    exact = rows.filter(code__iexact=text.strip())
    if exact.exists():
        return list(exact)
    for token in search_tokens(text):
        rows = rows.filter(search_key__contains=token)
    return list(rows.select_related("parent").order_by("sort_key")[:limit])


def people_at(actor: Actor, permission: str, unit: Unit) -> list[str]:
    """Who else holds a permission nearest to a unit, by name and role: whom to ask. Two queries."""
    if not actor.is_somebody:
        return []
    found = _nearest(permission, unit, without=actor.person_id)
    names = dict(
        Person.objects.filter(pk__in={one.person_id for one in found}).values_list("pk", "full_name")
    )
    return list(
        {
            one.person_id: f"{names[one.person_id]} ({ROLES[one.role].label})" for one in reversed(found)
        }.values()
    )


def all_nearest_holders(permission: str, unit: Unit, *, without: int | None) -> tuple[int, list[int]]:
    """The unit nearest to this one where somebody else holds a permission, and who; for tasks and notices."""
    found = _nearest(permission, unit, without=without)
    return (found[0].scope_id if found else unit.pk), sorted({one.person_id for one in found})


def _nearest(permission: str, unit: Unit, *, without: int | None) -> list[Grant]:
    roles = registry.roles_with(permission)
    grants = grants_reaching(unit_ids=unit.ancestor_ids)
    held = [one for one in grants if one.role in roles and one.person_id != without]
    depth = {pk: number for number, pk in enumerate(unit.ancestor_ids)}
    deepest = max((depth[one.scope_id] for one in held), default=0)
    return [one for one in held if depth[one.scope_id] == deepest]


def all_holders(permission: str, unit_id: int) -> list[int]:
    """The people who hold a permission at a unit itself; for notices inside actions."""
    roles = registry.roles_with(permission)
    return sorted({grant.person_id for grant in grants_reaching(unit_ids=[unit_id]) if grant.role in roles})
