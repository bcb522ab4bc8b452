"""Put something into somebody's "Việc của tôi", and take it out again; always inside an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.actions import Work
from khue.kernel.workflow.models import Task


def open_task(
    work: Work,
    *,
    kind: str,
    title: str,
    url: str,
    action_label: str,
    subject: str,
    detail: str = "",
    person_id: int | None = None,
    unit_id: int | None = None,
    permission: str = "",
    due_at: datetime | None = None,
    total: int = 0,
) -> Task:
    """Open a task for one person, or for whoever holds `permission` at the unit; opened twice, it is one task.

    `kind` is declared in a manifest's task_kinds, `subject` names the row it is about (`roster.transfer:12`). A
    task that is open already takes the new words and date.
    """
    if kind not in kinds():
        raise registry.ManifestError(f"task kind {kind!r} is declared in no manifest")
    if permission:
        registry.roles_with(permission)
    words = {
        "title": title[:200], "detail": detail[:300], "url": url, "action_label": action_label, "due_at": due_at,
        "total": total, "permission": permission,
    }  # fmt: skip
    place = {"kind": kind, "subject": subject, "person_id": person_id, "unit_id": unit_id}
    known = _open(place)
    if known is None:
        try:
            with transaction.atomic():
                return work.create(Task(**place, **words))
        except IntegrityError:
            known = _open(place)
            if known is None:
                raise
    return work.change(known, **words)


def _open(place: Mapping[str, object]) -> Task | None:
    return Task._base_manager.select_for_update().filter(closed_at__isnull=True, **place).first()


def kinds() -> dict[str, str]:
    """Every declared kind of task with its label."""
    return {kind: str(label) for module in registry.modules() for kind, label in module.task_kinds.items()}


def close_tasks(work: Work, subject: str | Sequence[str], kinds: Iterable[str] | None = None) -> int:
    """Close what is open about a subject (or several), of all kinds or some; gives how many were open."""
    subjects = [subject] if isinstance(subject, str) else list(subject)
    rows = Task._base_manager.select_for_update().filter(closed_at__isnull=True, subject__in=subjects)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    work.change_many(
        Task, ["closed_at", "closed_by_id"], {pk: ([None, None], [now, work.actor.person_id]) for pk in ids}
    )
    return len(ids)


def progress_task(work: Work, subject: str, kind: str, *, done_of: int, total: int | None = None) -> None:
    """Say how far an open task is; a task done in full closes itself."""
    rows = Task._base_manager.select_for_update().filter(closed_at__isnull=True, subject=subject, kind=kind)
    for task in rows:
        whole = task.total if total is None else total
        work.change(task, done_of=min(done_of, whole) if whole else done_of, total=whole)
        if whole and done_of >= whole:
            work.change(task, closed_at=timezone.now(), closed_by_id=work.actor.person_id)
