"""Every read of carried devices, what came back from them, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Window

from khue.kernel.access.actor import Actor
from khue.kernel.access.scope import Scope
from khue.kernel.offline.declare import Cellname, Place, collections
from khue.kernel.offline.models import Carry, Device, Entry, Held, Kind, Replica, State
from khue.kernel.offline.tokens import hash_of
from khue.kernel.people.models import Person

ON_A_PAGE = 50
DECIDED = 10  # of what was decided last


def own_person(actor: Actor) -> Person:
    """The actor's own record, as the target of what everybody may do for themselves."""
    return Person(pk=actor.person_id or 0)


def own_devices(actor: Actor) -> QuerySet[Device]:
    """The actor's devices, those that still open first."""
    return Device.objects.filter(person_id=actor.person_id or 0).order_by(
        F("cut_off_at").desc(nulls_first=True), "-joined_at"
    )


def devices(actor: Actor) -> QuerySet[Device]:
    """The devices of the people of the actor's units, those that still open first."""
    rows: QuerySet[Device] = Device.objects.visible_to(actor, "offline.manage").select_related(
        "person", "unit"
    )
    return rows.order_by(F("cut_off_at").desc(nulls_first=True), "person__sort_key", "pk")


def all_device_of(token: str) -> Device | None:
    """The device of a token, whoever asks: the token is what they know."""
    return Device.objects.filter(token_hash=hash_of(token)).first() if token else None


def all_replica(device: Device, name: str) -> Replica | None:
    """A copy on this device."""
    return Replica.objects.filter(device=device, name=name).first()


def all_packages(device: Device, numbers: Iterable[int]) -> dict[int, Carry]:
    """What this device took along, by number."""
    return {one.number: one for one in Carry.objects.filter(device=device, number__in=set(numbers))}


def all_kept(replica: Replica, first: int, last: int) -> dict[int, Entry]:
    """What was received under these numbers."""
    return {one.seq: one for one in Entry.objects.filter(replica=replica, seq__range=(first, last))}


def all_open(replica: Replica, collection: str, keys: Iterable[str]) -> list[Held]:
    """What of this replica waits at these cells."""
    return list(
        Held.objects.filter(
            replica=replica, collection=collection, key__in=set(keys), state=State.OPEN
        ).select_for_update()
    )


def open_counts(actor: Actor) -> dict[str, int]:
    """How many of the actor's own entries wait in conflicts and in reviews."""
    rows = Held.objects.filter(person_id=actor.person_id or 0, state=State.OPEN).values("kind")
    found = {row["kind"]: row["n"] for row in rows.annotate(n=Count("pk"))}
    return {
        "clashes": found.get(Kind.CLASH, 0),
        "reviews": found.get(Kind.LATE, 0) + found.get(Kind.MOVED, 0),
    }


def held(actor: Actor, permission: str) -> QuerySet[Held]:
    """What waits, or waited, where the actor may write (`offline.settle`), or for heads (`offline.review`)."""
    if permission == "offline.review":
        found: QuerySet[Held] = Held.objects.visible_to(actor, permission).exclude(kind=Kind.CLASH)
        return found
    scope: Scope = Held.scope
    wanted = Q(pk__in=[])
    for name in sorted({name for one in collections().values() for name in one.entering}):
        condition = scope.condition(actor, name)
        if condition is not None:
            wanted |= condition & Q(entering=name)
    return Held.objects.filter(wanted, kind=Kind.CLASH)


@dataclass(frozen=True)
class Line:
    """A value that waits, with its place in words."""

    row: Held
    place: Place | None

    @property
    def is_settled_by_itself(self) -> bool:
        """Whether the sheet holds the value already."""
        return self.place is not None and self.place.now == self.row.mine


def _lines(rows: Sequence[Held]) -> list[Line]:
    """Rows of a page with their places; each collection is asked once."""
    wanted: dict[str, list[Cellname]] = {}
    for row in rows:
        wanted.setdefault(row.collection, []).append(Cellname(row.key, row.part, row.mine, row.theirs))
    places: dict[tuple[str, str, str], Place] = {}
    for name, cells in wanted.items():
        known = collections().get(name)
        if known is not None:
            places |= {(name, *key): place for key, place in known.describe(cells).items()}
    return [Line(row, places.get((row.collection, row.key, row.part))) for row in rows]


@dataclass(frozen=True)
class Page:
    """What waits for somebody, the oldest first, as far as a page shows it; and what was decided last."""

    lines: list[Line]
    total: int
    settled: list[Line]


def held_page(actor: Actor, permission: str) -> Page:
    """What waits for the actor and what was decided last; two statements, and a few of each collection."""
    rows = held(actor, permission)
    waiting = list(
        rows.filter(state=State.OPEN)
        .select_related("person")
        .annotate(total=Window(Count("pk")))
        .order_by("received_at", "pk")[:ON_A_PAGE]
    )
    settled = list(
        rows.exclude(state=State.OPEN)
        .select_related("person", "settled_by")
        .order_by("-settled_at", "-pk")[:DECIDED]
    )
    lines = _lines([*waiting, *settled])
    return Page(lines[: len(waiting)], waiting[0].total if waiting else 0, lines[len(waiting) :])
