"""Reads of desks: one's own, those one reads along, letters that have come; and what the wall of a unit shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db.models import Q, QuerySet

from khue.command.ioc.models import Desk, DeskShare, Posting, Schedule
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import capacities_of
from khue.kernel.access.grants import grants_of, grants_reaching
from khue.kernel.access.roles import ROLES
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Account, Person
from khue.kernel.statements import fetch

VIEW = "indicators.view"
USE = "ioc.use_desk"
MOST_UNITS = 400
SHAREABLE = ("department_leader", "department_officer", "office_officer", "principal", "vice_principal")


def own_desks(actor: Actor) -> QuerySet[Desk]:
    """The actor's own desks, the newest first."""
    if actor.person_id is None:
        return Desk.objects.none()
    return Desk.objects.filter(owner_id=actor.person_id).order_by("-pk")


def _shared_with(actor: Actor) -> Q | None:
    """Shares that reach the actor's capacity: their role (or any with desks) at its unit or above."""
    held = registry.roles_with(USE)
    found: Q | None = None
    for grant in actor.grants:
        if grant.role not in held or grant.scope_kind != "unit":
            continue
        above = [int(part) for part in grant.path.strip("/").split("/") if part] or [grant.scope_id]
        one = Q(unit_id__in=above) & (Q(role="") | Q(role=grant.role))
        found = one if found is None else found | one
    return found


def shared_desks(actor: Actor) -> QuerySet[Desk]:
    """Open desks of others that are shared with the actor's capacity."""
    condition = _shared_with(actor)
    if condition is None:
        return Desk.objects.none()
    shares = DeskShare.objects.filter(condition).values("desk_id")
    return (
        Desk.objects.filter(pk__in=shares, is_closed=False).exclude(owner_id=actor.person_id).order_by("-pk")
    )


def readable_desks(actor: Actor) -> QuerySet[Desk]:
    """Open desks the actor may read: own ones and shared ones."""
    own = Q(owner_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    condition = _shared_with(actor)
    if condition is not None:
        own |= Q(pk__in=DeskShare.objects.filter(condition).values("desk_id"))
    return Desk.objects.filter(own, is_closed=False)


@dataclass(frozen=True)
class ShareShown:
    """A share in words."""

    pk: int
    role: str
    unit: str


def shares(actor: Actor, desk: Desk) -> list[ShareShown]:
    """With whom one's own desk is shared; nothing of somebody else's."""
    if desk.owner_id != actor.person_id:
        return []
    rows = desk.shares.select_related("unit").order_by("unit__path", "role")
    return [
        ShareShown(one.pk, str(ROLES[one.role].label) if one.role in ROLES else "", one.unit.name)
        for one in rows
    ]


def share_rows(actor: Actor, desk: Desk) -> QuerySet[DeskShare]:
    """The rows themselves, of one's own desk."""
    return DeskShare.objects.filter(desk=desk, desk__owner_id=actor.person_id or 0)


def schedules(actor: Actor) -> QuerySet[Schedule]:
    """When which desk is sent to the actor."""
    if actor.person_id is None:
        return Schedule.objects.none()
    return Schedule.objects.filter(person_id=actor.person_id).select_related("desk")


def postings(actor: Actor, keys: Iterable[str]) -> QuerySet[Posting]:
    """Letters to the actor, made for a capacity that is still theirs (`keys`: all they have now), newest first."""
    if actor.person_id is None:
        return Posting.objects.none()
    return (
        Posting.objects.filter(person_id=actor.person_id, capacity__in=list(keys))
        .select_related("file")
        .order_by("-day", "-pk")
    )


def has_mail(actor: Actor) -> bool:
    """Whether the actor can be written to by e-mail; letters always come into the inbox of Khuê."""
    return Account.objects.filter(person_id=actor.person_id or 0, is_active=True).exclude(email="").exists()


def self_of(actor: Actor) -> Person:
    """The actor's own row, for what people do to themselves."""
    return Person(pk=actor.person_id)


# --- choices ------------------------------------------------------------------------------------------------------


def choosable(actor: Actor) -> dict[str, Indicator]:
    """The indicators the actor may put onto a desk or a wall, in the order of the catalogue."""
    return {
        name: one
        for name, one in catalogue.indicators().items()
        if not one.permission or actor.holds(one.permission)
    }


def units_to_choose(actor: Actor) -> list[tuple[int, str]]:
    """Units a tile may be fixed to, the highest first: of a whole province no schools, there are too many."""
    reached = (
        Unit.objects.visible_to(actor, VIEW).filter(closed_on__isnull=True).exclude(kind=UnitKind.CAMPUS)
    )
    middle = Q(kind__in=(UnitKind.DEPARTMENT, UnitKind.OFFICE, UnitKind.COMMUNE, UnitKind.CLUSTER))
    rows = reached if not actor.reach(VIEW).everything else reached.filter(middle)
    found = rows.order_by("sort_key", "pk").values_list("pk", "name", "path")[:MOST_UNITS]
    return [(pk, name) for pk, name, _path in sorted(found, key=lambda row: row[2].count("/"))]


_UNIT: Final = (
    "id",
    "code",
    "name",
    "kind",
    "parent_id",
    "path",
    "levels",
    "closed_on",
)  # as the model has them
_UNIT_OF: Final = f"select {', '.join(_UNIT)} from org_unit where id = any(%s) order by path limit 1"  # noqa: S608
_WALL_OF: Final = "select unit_id, figures::text, map from ioc_wall where unit_id = any(%s)"


def unit_of(actor: Actor) -> Unit | None:
    """The unit where the actor's capacity looks at figures from: the highest its grants for them reach."""
    held = registry.roles_with(VIEW)
    ids = [grant.scope_id for grant in actor.grants if grant.role in held and grant.scope_kind == "unit"]
    rows = fetch(_UNIT_OF, [ids]) if ids else []
    return Unit.from_db("default", _UNIT, rows[0]) if rows else None


def units_at(actor: Actor, ids: Sequence[int]) -> dict[int, Unit]:
    """Those of some units where the actor may see figures."""
    return Unit.objects.visible_to(actor, VIEW).in_bulk(ids) if ids else {}


def wall_of(actor: Actor, unit: Unit) -> tuple[list[str], str] | None:
    """What the nearest unit, this or above, has chosen for its screen: figures and map. Names hold no figure."""
    rows = {pk: (orjson.loads(figures), by) for pk, figures, by in fetch(_WALL_OF, [unit.ancestor_ids])}
    return next((rows[pk] for pk in reversed(unit.ancestor_ids) if pk in rows), None)


# --- for the job --------------------------------------------------------------------------------------------------


def all_schedules_waiting(today: Any) -> list[Schedule]:
    """Schedules whose letter of today has not been dealt with, of open desks, oldest first."""
    return list(
        Schedule.objects.filter(since__lte=today, desk__is_closed=False)
        .exclude(posted_on__gte=today)
        .select_related("desk", "person")
        .order_by("pk")
    )


def all_readers_of(share: DeskShare) -> set[int]:
    """Everybody a share reaches today: who holds its role (or any with desks) at its unit or below; two queries."""
    wanted = {share.role} if share.role else registry.roles_with(USE)
    below = Unit.objects.filter(path__startswith=share.unit.path, closed_on__isnull=True)
    return {
        grant.person_id
        for grant in grants_reaching(unit_ids=below.values_list("pk", flat=True))
        if grant.role in wanted and grant.scope_kind == "unit"
    }


def all_reader(schedule: Schedule) -> Actor | None:
    """The addressee as they are today, in the capacity they asked in; None when that capacity has ended."""
    for capacity in capacities_of(grants_of(schedule.person_id)):
        if capacity.key == schedule.capacity:
            return Actor(
                person_id=schedule.person_id, name=schedule.person.full_name, grants=capacity.grants,
                capacity=capacity.key, capacity_label=capacity.full_label,
            )  # fmt: skip
    return None
