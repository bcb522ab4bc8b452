"""Ask for background work, stop it, go on with it, try its failures again."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.actions.doing import PROOF_LASTS
from khue.kernel.jobs.engine import body_of
from khue.kernel.jobs.models import Run, RunState
from khue.kernel.jobs.queue import defer
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person


def start(
    by: Work | Actor,
    name: str,
    title: str,
    unit: Unit | None = None,
    arguments: dict[str, Any] | None = None,
    *,
    total: int = 0,
) -> Run:
    """Queue the background job `module.job`; inside an action hand over its `work`, elsewhere the actor.

    `arguments` are JSON and become the keywords of the job's function. The run is done with the rights the asker
    holds when it is done.
    """
    values: dict[str, Any] = {
        "name": name,
        "title": title,
        "unit": unit,
        "arguments": arguments or {},
        "total": total,
    }
    if isinstance(by, Work):
        return _queue(by, **values)
    if by.person_id is not None:
        return _start_own(by, Person(pk=by.person_id), **values)
    return _start_unattended(by, unit or Unit.objects.filter(parent__isnull=True).order_by("pk")[0], **values)


@action("jobs.start", own=True)
def _start_own(work: Work, person: Person, /, **values: Any) -> Run:
    return _queue(work, **values)


@action("jobs.start_unattended", permission="jobs.view")
def _start_unattended(work: Work, place: Unit, /, **values: Any) -> Run:
    return _queue(work, **values)


def _queue(
    work: Work, *, name: str, title: str, unit: Unit | None, arguments: dict[str, Any], total: int
) -> Run:
    body_of(name)
    actor = work.actor
    proved = actor.proved_at is not None and timezone.now() - actor.proved_at <= PROOF_LASTS
    run = work.create(
        Run(
            name=name,
            title=title[:200],
            unit=unit,
            asked_by_id=actor.person_id,
            capacity=actor.capacity,
            arguments=arguments,
            total=total,
            was_proved=proved,
            beat_at=timezone.now(),
        )
    )
    defer(run.pk)
    return run


@action("jobs.stop", own=True)
def stop(work: Work, run: Run) -> Run:
    """Ask a run to stop after the step it is at; one that still waits stops at once."""
    if not run.is_open:
        raise DomainError(_("Việc này không còn chạy."))
    if run.state == RunState.WAITING:
        return work.change(run, state=RunState.STOPPED, ended_at=timezone.now())
    return work.change(run, stop_wanted=True)


@action("jobs.resume", own=True)
def resume(work: Work, run: Run) -> Run:
    """Go on where a stopped or failed run stands."""
    if not run.can_resume:
        raise DomainError(_("Việc này không dừng giữa chừng, không cần làm tiếp."))
    return _again(work, run)


@action("jobs.retry_failures", own=True)
def retry_failures(work: Work, run: Run) -> Run:
    """Try just the failed parts of a run that has come to its end; one that stands still would lose the rest."""
    if run.is_open:
        raise DomainError(_("Chờ việc này chạy hết rồi thử lại các phần chưa được."))
    if not run.failures:
        raise DomainError(_("Không có phần nào chưa được."))
    if run.can_resume:
        raise DomainError(_("Việc này còn dừng giữa chừng. Làm tiếp cho hết rồi thử lại các phần chưa được."))
    keys = [failure["key"] for failure in run.failures]
    return _again(work, run, only=keys, failures=[], cursor=None, done=0, total=len(keys), started_at=None)


def _again(work: Work, run: Run, **values: Any) -> Run:
    work.change(
        run, state=RunState.WAITING, stop_wanted=False, ended_at=None, problem="", attempts=0, worker="",
        beat_at=timezone.now(), **values,
    )  # fmt: skip
    defer(run.pk)
    return run
