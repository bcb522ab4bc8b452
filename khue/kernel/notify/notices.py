"""Tell people something: one call, into their inbox and onto every channel that reaches them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.audit import chain as audit_chain
from khue.kernel.manifest import NoticeKind
from khue.kernel.notify.channels import channels
from khue.kernel.notify.hours import WAKE, all_manners
from khue.kernel.notify.models import Urgency
from khue.kernel.registry import URGENCIES
from khue.kernel.statements import fetch, run

DEDUPE_KEY_MAX: Final = 120
_SAME = """
insert into notify_message (person_id, kind, title, body, url, dedupe_key, unit_id, sent_at)
select p, %s, %s, %s, %s, %s, %s, %s from unnest(%s::bigint[]) as p
on conflict (person_id, dedupe_key) do nothing returning id, person_id, kind
"""
_EACH = """
insert into notify_message (person_id, kind, title, body, url, dedupe_key, unit_id, sent_at)
select p, k, t, b, u, d, o, %s
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
as n(p, k, t, b, u, d, o)
on conflict (person_id, dedupe_key) do nothing returning id, person_id, kind
"""
_DELIVER = """
insert into notify_delivery (message_id, channel, target, urgency, state, not_before, tries, problem)
select m, c, t, u, 'waiting', n, 0, ''
from unnest(%s::bigint[], %s::text[], %s::bigint[], %s::smallint[], %s::timestamptz[]) as d(m, c, t, u, n)
"""
_WISHES = "select person_id, push, email, gateway from notify_preference where person_id = any(%s)"

Told = tuple[int, int, str]  # message, person, kind


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told; `dedupe_key` keeps the same notice from reaching them twice."""

    person_id: int
    kind: str
    title: str
    body: str = ""
    url: str = ""
    dedupe_key: str | None = None
    unit_id: int | None = (
        None  # who tells, and pays for what costs; else the unit in whose capacity the actor acts
    )


def tell(
    by: Work | Actor,
    *,
    people: Iterable[int],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    dedupe_key: str | None = None,
    unit_id: int | None = None,
    only: Collection[str] = (),
    not_before: datetime | None = None,
) -> int:
    """Put a notice into the inboxes of people (person ids) and on its way by every channel; gives how many are new.

    Inside an action hand over its `work`: the notices appear when the action commits and stand in its audit entry.
    A job hands over its actor. `dedupe_key` keeps the same notice from reaching a person twice. `unit_id` is who tells
    and pays (Notice.unit_id); `only` names the channels it may leave by, and nothing leaves before `not_before` (it
    stands in the inbox at once). As few statements however many people.
    """
    ids = sorted(set(people))
    if not ids:
        return 0
    key = _key(dedupe_key)

    def write(now: datetime) -> list[Told]:
        unit = unit_id or _unit_of(by)
        return fetch(_SAME, [kind, title[:200], body, url[:300], key, unit, now, ids])  # type: ignore[return-value]

    return _written(by, write, {kind: title}, only, not_before)


def tell_each(by: Work | Actor, notices: Sequence[Notice]) -> int:
    """Tell each person their own; gives how many notices are new. As `tell`, in as few statements for all together."""
    if not notices:
        return 0
    unit = _unit_of(by)
    columns = zip(
        *(
            (n.person_id, n.kind, n.title[:200], n.body, n.url[:300], _key(n.dedupe_key), n.unit_id or unit)
            for n in notices
        ),
        strict=True,
    )
    values = [list(column) for column in columns]
    titles: dict[str, str] = {}
    for one in notices:
        titles[one.kind] = one.title if titles.get(one.kind, one.title) == one.title else ""

    def write(now: datetime) -> list[Told]:
        return fetch(_EACH, [now, *values])  # type: ignore[return-value]

    return _written(by, write, titles)


def kind_of(name: str) -> NoticeKind:
    """What manifests say of a kind; one that a module of ours uses without declaring it is a mistake and crashes."""
    found = registry.notice_kinds().get(name)
    if found is None:
        owner = name.partition(".")[0]
        if owner != name and owner in {module.name for module in registry.modules()}:
            raise registry.ManifestError(f"notice kind {name!r} is declared in no manifest")
        return NoticeKind(name, "Thông báo")
    return found


def _key(dedupe_key: str | None) -> str | None:
    return dedupe_key[:DEDUPE_KEY_MAX] if dedupe_key else None


def _unit_of(by: Work | Actor) -> int | None:
    return by.actor.unit_id if isinstance(by, Work) else by.unit_id


def _written(
    by: Work | Actor,
    write: Callable[[datetime], list[Told]],
    titles: Mapping[str, str],
    only: Collection[str] = (),
    not_before: datetime | None = None,
) -> int:
    """Write notices and their deliveries, and the record of them: within the action's, else one of their own."""
    if isinstance(by, Work):
        told = _sent(write, only, not_before)
        if told:
            by.details.setdefault("told", []).extend(_summaries(told, titles))
        return len(told)
    with transaction.atomic():
        told = _sent(write, only, not_before)
        for details in _summaries(told, titles):
            audit_chain.append(
                chain=0, action="notify.tell", actor_id=by.person_id, capacity=by.name, target="notify.message",
                touched=[], payload={"details": details},
            )  # fmt: skip
    return len(told)


def _summaries(told: Iterable[Told], titles: Mapping[str, str]) -> list[dict[str, object]]:
    """How many were told what, kind by kind; the title where all of a kind have the same."""
    many = Counter(kind for _pk, _person, kind in told)
    return [
        {"kind": kind, **({"title": titles[kind]} if titles[kind] else {}), "people": n}
        for kind, n in many.items()
    ]


def _sent(
    write: Callable[[datetime], list[Told]], only: Collection[str], not_before: datetime | None = None
) -> list[Told]:
    now = timezone.now()
    told = write(now)
    if not told:
        return []
    kinds = {name: kind_of(name) for name in {name for _pk, _person, name in told}}
    manners = all_manners()
    people = sorted({person for _pk, person, _name in told})
    unwished = {
        (person, name)
        for person, *wishes in fetch(_WISHES, [people])
        for name, is_wished in zip(("push", "email", "gateway"), wishes, strict=True)
        if not is_wished
    }
    start = max(now, not_before or now)
    rows: list[tuple[int, str, int, int, datetime]] = []
    on_screen: set[int] = set()
    for channel in channels().values():
        if only and channel.name not in only:
            continue
        wanted = [
            (pk, person, kinds[name])
            for pk, person, name in told
            if kinds[name].may_cost >= channel.is_paid
            and (kinds[name].must_reach or (person, channel.name) not in unwished)
        ]
        if not wanted:
            continue
        targets: dict[int, list[int]] = defaultdict(list)
        for person, target, _address in channel.addresses(sorted({person for _pk, person, _kind in wanted})):
            targets[person].append(target)
        if channel.name == "push":
            on_screen = set(targets)
        for pk, person, kind in wanted:
            urgency = URGENCIES.index(kind.urgency)
            # What costs waits whether the screen was enough; who has none is told at once.
            at = start + manners.escalate_after if channel.is_paid and person in on_screen else start
            rows += [
                (pk, channel.name, target, urgency, manners.free_at(at, urgency))
                for target in targets.get(person, ())
            ]
    if rows:
        run(_DELIVER, [list(column) for column in zip(*rows, strict=True)])
        if any(urgency for _pk, _name, _target, urgency, _at in rows):
            fetch("select pg_notify(%s, '')", [WAKE])
    return told


def quiet_until(now: datetime) -> datetime:
    """`now`, or the end of the quiet hours in which `now` lies (province's settings, local time)."""
    return all_manners().free_at(now, Urgency.NORMAL)
