"""Takes a run from the queue, does it, and says how it ended."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.actions.errors import DomainError
from khue.kernel.jobs.handle import Lost, RunHandle, Stopped, marked
from khue.kernel.jobs.models import Run, RunState
from khue.kernel.notify.notices import tell
from khue.kernel.people.models import Account

MOST_ATTEMPTS = 5

log = logging.getLogger("khue.jobs")


def body_of(name: str) -> Any:
    """The function of a declared job; raises ManifestError when no manifest and no imported module has it."""
    for job in registry.each("jobs"):
        if job.name == name:
            return registry.load(job.task)
    if name in marked():
        return marked()[name]
    raise registry.ManifestError(f"job {name!r} is declared in no manifest")


def work(run_id: int, worker: str) -> str:
    """Do one run from where it stands; gives the state it ends in ("" when it is not ours to do)."""
    holder = f"{worker[:40]}#{secrets.token_hex(6)}"
    taken = Run.objects.filter(Q(state=RunState.WAITING) | Q(state=RunState.RUNNING), pk=run_id).update(
        state=RunState.RUNNING,
        worker=holder,
        attempts=F("attempts") + 1,
        started_at=Coalesce(F("started_at"), Now()),
        beat_at=Now(),
    )
    if not taken:
        return ""
    run = Run.objects.get(pk=run_id)
    if run.attempts > MOST_ATTEMPTS:
        return _end(run, holder, RunState.FAILED, _("Việc này làm máy dừng nhiều lần ở cùng một chỗ."))
    handle = RunHandle(run, _actor_of(run))
    try:
        body_of(run.name)(handle, **run.arguments)
    except Stopped:
        return _end(run, holder, RunState.STOPPED, "")
    except Lost:
        log.warning("run %s was taken over by another worker", run_id)
        return ""
    except DomainError as problem:
        return _end(run, holder, RunState.FAILED, problem.message)
    except Exception:
        log.exception("run %s %s failed", run_id, run.name)
        return _end(run, holder, RunState.FAILED, "Khuê gặp lỗi và đã ghi lại để sửa. Phần đã làm vẫn giữ.")
    return _end(run, holder, RunState.DONE, "", handle.result)


def _actor_of(run: Run) -> Actor:
    """The asker with the rights they hold now, not those of the day they asked."""
    if run.asked_by_id is None:
        return Actor.system(run.name)
    account = Account.objects.select_related("person").get(person_id=run.asked_by_id)
    proved_at = timezone.now() if run.was_proved else None
    actor = actor_for(account, wanted=run.capacity, device=f"{run.name} #{run.pk}", proved_at=proved_at)[0]
    if not account.is_active or (run.capacity and actor.capacity != run.capacity):
        return Actor(
            actor.person_id, actor.name, account_id=actor.account_id
        )  # the account is locked or the capacity ended: no rights left
    return actor


def _end(run: Run, holder: str, state: RunState, problem: str, result: dict[str, Any] | None = None) -> str:
    with transaction.atomic():
        values: dict[str, Any] = {
            "state": state,
            "ended_at": Now(),
            "beat_at": Now(),
            "problem": problem[:300],
        }
        if result is not None:
            values["result"] = result
        if not Run.objects.filter(pk=run.pk, worker=holder).update(**values, stop_wanted=False):
            return ""
        run.refresh_from_db()
        if run.asked_by_id is not None:
            tell(
                Actor.system("jobs.work"),
                people=[run.asked_by_id],
                kind=f"jobs.{state}",
                title=_title(run),
                body=problem,
                url=reverse("jobs:run", args=[run.pk]),
            )
    return str(state)


def _title(run: Run) -> str:
    if run.state == RunState.DONE and run.failures:
        return f"Xong: {run.title}. {len(run.failures)} phần chưa được"
    if run.state == RunState.DONE:
        return f"Xong: {run.title}"
    if run.state == RunState.STOPPED:
        return f"Đã dừng: {run.title}"
    return f"Chưa xong: {run.title}"
