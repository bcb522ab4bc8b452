"""How many people of each kind there are: exact within one's reach; of the whole province kept ready by a job.

To count a million guardians once each takes more than a second, so nobody who asks waits for it: every ten minutes the
job counts, and the answer says as of when.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor, Reach
from khue.kernel.people.reach import scopes
from khue.kernel.statements import fetch, run

COUNTED: Final = "people.view_accounts"
GIVEN_FOR: Final = 600  # seconds: so long what was counted for one wide reach is given again
GOOD_FOR: Final = timedelta(hours=2)  # older than that the job does not run, and whoever asks has it counted

Counts = dict[str, tuple[int, datetime]]  # kind -> people, as of

_KEEP = """
insert into people_tally (kind, people, as_of) select k, n, %s from unnest(%s::text[], %s::int[]) as t(k, n)
on conflict (kind) do update set people = excluded.people, as_of = excluded.as_of
"""


def counted(actor: Actor) -> Counts:
    """How many people each module knows within the actor's reach, in the order of the modules."""
    reach = actor.reach(COUNTED)
    if reach.everything:
        kept = _kept()
        if kept is not None:
            return kept
    if not (reach.everything or reach.unit_paths):
        return _count(actor)
    key = f"people_counts:{_name(reach)}"
    known: Counts | None = cache.get(key)
    if known is None:
        known = _count(actor)
        cache.set(key, known, GIVEN_FOR)
    return known


def count_province() -> int:
    """Count the people of the whole province and keep the numbers; gives how many kinds there are."""
    found = _count(Actor.system("people.count_province"))
    if found:
        as_of = min(moment for _number, moment in found.values())
        run(_KEEP, [as_of, list(found), [number for number, _moment in found.values()]])
    return len(found)


def _count(actor: Actor) -> Counts:
    now = timezone.now()
    return {
        scope.kind: (registry.load(scope.people)(actor, COUNTED, "").order_by().distinct().count(), now)
        for scope in scopes()
    }


def _kept() -> Counts | None:
    """The numbers of the province; None when one is missing or the job has not run for long."""
    known = {
        kind: (people, as_of) for kind, people, as_of in fetch("select kind, people, as_of from people_tally")
    }
    oldest = timezone.now() - GOOD_FOR
    kinds = [scope.kind for scope in scopes()]
    if any(kind not in known or known[kind][1] < oldest for kind in kinds):
        return None
    return {kind: known[kind] for kind in kinds}


def _name(reach: Reach) -> str:
    return hashlib.sha256(repr(reach).encode()).hexdigest()
