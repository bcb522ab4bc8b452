"""Tell people something: one call, into their inbox and onto every channel that reaches them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.audit import chain as audit_chain
from khue.kernel.manifest import NoticeKind
from khue.kernel.notify.channels import channels
from khue.kernel.settings_store.values import values_of
from khue.kernel.statements import fetch, run

DEDUPE_KEY_MAX: Final = 120
_SAME = """
insert into notify_message (person_id, kind, title, body, url, dedupe_key, sent_at)
select p, %s, %s, %s, %s, %s, %s from unnest(%s::bigint[]) as p
on conflict (person_id, dedupe_key) do nothing returning id, person_id, kind
"""
_EACH = """
insert into notify_message (person_id, kind, title, body, url, dedupe_key, sent_at)
select p, k, t, b, u, d, %s
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) as n(p, k, t, b, u, d)
on conflict (person_id, dedupe_key) do nothing returning id, person_id, kind
"""
_DELIVER = """
insert into notify_delivery (message_id, channel, state, not_before, tries, problem)
select m, %s, 'waiting', %s, 0, '' from unnest(%s::bigint[]) as m
"""

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


def tell(
    by: Work | Actor,
    *,
    people: Iterable[int],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    dedupe_key: str | None = None,
) -> int:
    """Put a notice into the inboxes of people (person ids) and on its way by every channel; gives how many are new.

    Inside an action hand over its `work`: the notices appear when the action commits and stand in its audit entry.
    A job hands over its actor. `dedupe_key` keeps the same notice from reaching a person twice. Four statements,
    however many people.
    """
    ids = sorted(set(people))
    if not ids:
        return 0
    key = _key(dedupe_key)

    def write(now: datetime) -> list[Told]:
        return fetch(_SAME, [kind, title[:200], body, url[:300], key, now, ids])  # type: ignore[return-value]

    return _written(by, write, {kind: title})


def tell_each(by: Work | Actor, notices: Sequence[Notice]) -> int:
    """Tell each person their own; gives how many notices are new. As `tell`, in as few statements for all together."""
    if not notices:
        return 0
    columns = zip(
        *((n.person_id, n.kind, n.title[:200], n.body, n.url[:300], _key(n.dedupe_key)) for n in notices),
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


def _written(by: Work | Actor, write: Callable[[datetime], list[Told]], titles: Mapping[str, str]) -> int:
    """Write notices and their deliveries, and the record of them: within the action's, else one of their own."""
    if isinstance(by, Work):
        told = _sent(write)
        if told:
            by.details.setdefault("told", []).extend(_summaries(told, titles))
        return len(told)
    with transaction.atomic():
        told = _sent(write)
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


def _sent(write: Callable[[datetime], list[Told]]) -> list[Told]:
    now = timezone.now()
    told = write(now)
    if not told:
        return []
    for name in {name for _pk, _person, name in told}:
        kind_of(name)
    not_before = quiet_until(now)
    for channel in channels().values():
        reached = channel.addresses(sorted({person_id for _pk, person_id, _kind in told}))
        chosen = [pk for pk, person_id, _kind in told if person_id in reached]
        if chosen:
            run(_DELIVER, [channel.name, not_before, chosen])
    return told


def quiet_until(now: datetime) -> datetime:
    """`now`, or the end of the quiet hours in which `now` lies (province's settings, local time)."""
    hours = values_of(["notify.quiet_from", "notify.quiet_until"])
    start, end = int(hours["notify.quiet_from"]) % 24, int(hours["notify.quiet_until"]) % 24
    local = timezone.localtime(now)
    is_quiet = start <= local.hour < end if start <= end else local.hour >= start or local.hour < end
    if not is_quiet:
        return now
    day = local.date() if local.hour < end else local.date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(end)))
