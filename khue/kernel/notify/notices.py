"""Tell people something: one call, into their inbox and onto every channel that reaches them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.audit import chain as audit_chain
from khue.kernel.notify.channels import channels
from khue.kernel.settings_store.values import values_of

DEDUPE_KEY_MAX = 120


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
    if isinstance(by, Work):
        return _note(by, _tell(ids, kind, title, body, url, dedupe_key), kind, title)
    with transaction.atomic():
        told = _tell(ids, kind, title, body, url, dedupe_key)
        if told:
            audit_chain.append(
                chain=0,
                action="notify.tell",
                actor_id=by.person_id,
                capacity=by.name,
                target="notify.message",
                touched=[],
                payload={"details": {"kind": kind, "title": title, "people": len(told)}},
            )
    return len(told)


def _note(work: Work, told: list[tuple[int, int]], kind: str, title: str) -> int:
    if told:
        known = work.details.setdefault("told", [])
        known.append({"kind": kind, "title": title, "people": len(told)})
    return len(told)


def _tell(
    ids: list[int], kind: str, title: str, body: str, url: str, dedupe_key: str | None
) -> list[tuple[int, int]]:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into notify_message (person_id, kind, title, body, url, dedupe_key, sent_at) "
            "select p, %s, %s, %s, %s, %s, %s from unnest(%s::bigint[]) as p "
            "on conflict (person_id, dedupe_key) do nothing returning id, person_id",
            [
                kind,
                title[:200],
                body,
                url[:300],
                dedupe_key[:DEDUPE_KEY_MAX] if dedupe_key else None,
                now,
                ids,
            ],
        )
        told = [(row[0], row[1]) for row in cursor.fetchall()]
        if not told:
            return []
        not_before = quiet_until(now)
        for channel in channels().values():
            reached = channel.addresses([person_id for _pk, person_id in told])
            chosen = [pk for pk, person_id in told if person_id in reached]
            if chosen:
                cursor.execute(
                    "insert into notify_delivery (message_id, channel, state, not_before, tries, problem) "
                    "select m, %s, 'waiting', %s, 0, '' from unnest(%s::bigint[]) as m",
                    [channel.name, not_before, chosen],
                )
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
