"""Every read of the record: entries within one's units, one entry, the trail of any row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.audit import labels
from khue.kernel.audit.models import Checkpoint, Entry
from khue.kernel.audit.reading import RowChange, raw_changes, readable
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.lib import names
from khue.lib.numbers import whole

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor

PEOPLE_AT_ONCE = 200
DAYS = {"1": 1, "7": 7, "30": 30, "365": 365}


def entries(actor: Actor) -> QuerySet[Entry]:
    """The entries of the units where the actor may read the record."""
    return Entry.objects.visible_to(actor, "audit.view")


@dataclass(frozen=True)
class EntryPage:
    """A slice of the record; nobody counts ten million rows for a page number."""

    rows: list[dict[str, Any]]
    has_more: bool


def entry_rows(
    actor: Actor,
    *,
    search: str = "",
    filters: Mapping[str, str] | None = None,
    offset: int = 0,
    limit: int | None = 50,
) -> EntryPage:
    """Entries, newest first, narrowed by person (`search`), unit, module (`part`) and days."""
    chosen = filters or {}
    rows = entries(actor)
    if unit_id := chosen.get("unit"):
        unit = Unit.objects.filter(pk=unit_id).first()
        rows = rows.filter(chain__in=Unit.objects.below(unit.path).values("pk")) if unit else rows.none()
    if part := chosen.get("part"):
        rows = rows.filter(action__startswith=f"{part}.")
    if days := DAYS.get(chosen.get("days", "")):
        first = timezone.localdate() - timedelta(days=days - 1)
        rows = rows.filter(at__gte=_midnight(first))
    if search:
        rows = rows.filter(_by(search))
    take = (limit or 10_000) + 1
    slice_ = rows.order_by("-at", "-pk").values(
        "id", "chain", "seq", "at", "action", "capacity", "target", "reason", "actor__full_name"
    )[offset : offset + take]
    found: list[dict[str, Any]] = [{**row} for row in slice_]
    units = dict(Unit.objects.filter(pk__in={row["chain"] for row in found}).values_list("pk", "name"))
    shown = found[: take - 1]
    for row in shown:
        row["url"] = reverse("audit:entry", args=[row["id"]])
        row["what"] = labels.action_label(row["action"])
        row["who"] = row["actor__full_name"] or row["capacity"]
        row["unit"] = units.get(row["chain"]) or _("Toàn hệ thống")
        row["about"] = labels.row_label(row["target"])
    return EntryPage(shown, len(found) == take)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _by(text: str) -> Q:
    words = [word for word in names.search_key(text).split() if word.isalnum()]
    if not words:
        return Q(pk__in=[])
    people = (
        Person.objects.annotate(words=SearchVector("search_key", config="simple"))
        .filter(
            words=SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
        )
        .values_list("pk", flat=True)[:PEOPLE_AT_ONCE]
    )
    return Q(actor_id__in=list(people))


def entry(actor: Actor, pk: int) -> Entry | None:
    """One entry with its payload and its neighbours' numbers; None when the actor may not see it."""
    return entries(actor).select_related("payload", "actor").filter(pk=pk).first()


@dataclass(frozen=True)
class TrailLine:
    """One line of a row's history."""

    entry_id: int
    url: str
    at: datetime
    who: str
    what: str
    reason: str
    changes: list[RowChange]
    is_erased: bool


def trail_of(actor: Actor, references: str | Iterable[str], *, limit: int = 50) -> list[TrailLine]:
    """The history of one row or several (`roster.enrolment:12`), newest first, for `audit/_trail.html`.

    Holds only what the actor may read of the record; a row that changed its school shows each school its own part.
    """
    wanted = {references} if isinstance(references, str) else set(references)
    if not wanted or not actor.holds("audit.view"):
        return []
    found = list(
        entries(actor)
        .filter(touched__overlap=sorted(wanted))
        .select_related("payload", "actor")
        .order_by("-at", "-pk")[:limit]
    )
    raw = [[c for c in raw_changes(row.payload.body) if c.reference in wanted] for row in found]
    readables = iter(readable([change for changes in raw for change in changes]))
    return [
        TrailLine(
            entry_id=row.pk,
            url=reverse("audit:entry", args=[row.pk]),
            at=row.at,
            who=_who(row),
            what=labels.action_label(row.action),
            reason=row.reason,
            changes=[next(readables) for _change in changes],
            is_erased=row.payload.erased_at is not None,
        )
        for row, changes in zip(found, raw, strict=True)
    ]


def _who(row: Entry) -> str:
    return row.capacity or (row.actor.full_name if row.actor else "")


def unit_choices(actor: Actor, selected: str = "") -> list[tuple[str, str]]:
    """Units to narrow the record by: the widest ones the actor reads, and the one chosen now."""
    units = Unit.objects.visible_to(actor, "audit.view")
    shown = list(units.order_by("path").values_list("pk", "name")[:60])
    chosen = whole(selected)
    if chosen is not None and chosen not in {pk for pk, _name in shown}:
        shown += list(units.filter(pk=chosen).values_list("pk", "name"))
    return [(str(pk), name) for pk, name in shown]


def last_checkpoint(actor: Actor) -> Checkpoint | None:
    """The newest signed checkpoint."""
    return Checkpoint.objects.order_by("-pk").first() if actor.holds("audit.view") else None
