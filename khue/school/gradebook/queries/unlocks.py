"""Requests to unlock: those of the actor's sheets and those the actor made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.school.gradebook.models import SheetKind, Unlock, UnlockState
from khue.school.gradebook.progress import Shape

_FIELDS = (
    "id", "slots", "reason", "asked_at", "state", "answer", "decided_at", "open_until", "sheet__term",
    "sheet__kind", "sheet__rule_set", "sheet__regular", "sheet__has_topic", "sheet__classroom__name",
    "sheet__classroom__grade", "sheet__course__subject_id", "sheet__course__subject__short_name",
    "sheet__course__assessed_by", "asked_by__full_name", "decided_by__full_name", "enrolment__person__full_name",
)  # fmt: skip


def unlocks(actor: Actor) -> QuerySet[Unlock]:
    """The requests about the sheets the actor reads, and the actor's own."""
    condition = Unlock.scope.condition(actor, "gradebook.view")
    own = Q(asked_by_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if condition is None:
        return Unlock.objects.filter(own)
    return Unlock.objects.filter(own | condition) if condition else Unlock.objects.all()


@dataclass(frozen=True)
class UnlockPage:
    """Some requests, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


def unlock_rows(
    actor: Actor, year_id: int, *, filters: Mapping[str, str], order_by: Sequence[str], offset: int, limit: int | None
) -> UnlockPage:  # fmt: skip
    """Requests of a year for the list; two queries."""
    rows = unlocks(actor).filter(sheet__year_id=year_id)
    now = timezone.now()
    wanted = filters.get("tinh-trang", "")
    if wanted == "open":
        rows = rows.filter(state=UnlockState.GRANTED, open_until__gt=now)
    elif wanted == "over":
        rows = rows.filter(Q(state=UnlockState.CLOSED) | Q(state=UnlockState.GRANTED, open_until__lte=now))
    elif wanted:
        rows = rows.filter(state=wanted)
    total = rows.count()
    chosen = rows.order_by(*(order_by or ("-asked_at",)), "-id")[offset : offset + limit if limit else None]
    return UnlockPage([_row(row, now) for row in chosen.values(*_FIELDS)], total)


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    subject = row["sheet__course__subject__short_name"] or str(SheetKind(row["sheet__kind"]).label)
    return {
        "id": row["id"],
        "what": f"{subject} {row['sheet__classroom__name']}",
        "columns": labels_of(row, row["slots"]),
        "pupil": row["enrolment__person__full_name"] or _("cả lớp"),
        "reason": row["reason"],
        "asked_by": row["asked_by__full_name"],
        "asked_at": row["asked_at"],
        "state": all_state_of(row["state"], row["open_until"], now),
        "until": row["open_until"],
        "decided_by": row["decided_by__full_name"] or "",
        "answer": row["answer"],
    }


def labels_of(row: Mapping[str, Any], slots: Sequence[int | None]) -> str:
    """The columns in these slots of a sheet (a row of values): "TX1, GK"; many are counted."""
    shape = Shape(
        row["sheet__rule_set"], row["sheet__kind"], row["sheet__classroom__grade"],
        row["sheet__course__subject_id"] or "", row["sheet__term"], row["sheet__regular"], row["sheet__has_topic"],
        row["sheet__course__assessed_by"] == "marks",
    )  # fmt: skip
    chosen = [str(column.label) for column in shape.columns if column.slot in slots]
    return ", ".join(chosen) if len(chosen) <= 5 else _("%(n)s cột") % {"n": len(chosen)}


def all_state_of(state: str, until: datetime | None, now: datetime) -> str:
    """The state as it is now: what was granted is closed by itself when its time is over."""
    is_over = state == UnlockState.GRANTED and until is not None and until <= now
    return str(UnlockState.CLOSED) if is_over else state


def unlock(actor: Actor, pk: int) -> Unlock | None:
    """One request with who asked and who answered; one query."""
    rows = unlocks(actor).select_related("asked_by", "decided_by", "enrolment__person", "sheet")
    found: Unlock | None = rows.filter(pk=pk).first()
    return found


def waiting(actor: Actor, permission: str = "gradebook.unlock") -> int:
    """How many requests wait for the actor's answer; one query."""
    rows = Unlock.objects.visible_to(actor, permission).filter(state=UnlockState.ASKED)
    return int(rows.exclude(asked_by_id=actor.person_id).count())


def asked_by(actor: Actor) -> QuerySet[Unlock]:
    """The actor's own requests."""
    return Unlock.objects.filter(asked_by_id=actor.person_id, asked_by__isnull=False).order_by(
        F("asked_at").desc()
    )
