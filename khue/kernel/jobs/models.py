"""Background work as people see it: how far, how long still, what failed, may it be stopped or resumed.

procrastinate carries the queue; this row carries the progress, and lives on when the queue's row is gone.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class RunState(models.TextChoices):
    """Where a piece of background work stands."""

    WAITING = "waiting", _("Đang chờ")
    RUNNING = "running", _("Đang làm")
    DONE = "done", _("Đã xong")
    FAILED = "failed", _("Không xong")
    STOPPED = "stopped", _("Đã dừng")


class Run(models.Model):
    """One piece of background work asked for by an actor."""

    name = models.CharField(max_length=60)  # the job's name in the manifest
    title = models.CharField(max_length=200)
    unit = models.ForeignKey("org.Unit", models.CASCADE, null=True, related_name="+")
    asked_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    capacity = models.CharField(max_length=60, blank=True)
    arguments: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.WAITING)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    cursor: models.JSONField[Any] = models.JSONField(null=True)  # where to go on after a crash
    failures: models.JSONField[list[Any]] = models.JSONField(default=list)
    result: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    stop_wanted = models.BooleanField(default=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # the worker's last sign of life
    worker = models.CharField(max_length=60, blank=True)  # who holds it: only this holder may write on
    only: models.JSONField[list[Any] | None] = models.JSONField(null=True)  # retrying: just these keys
    attempts = models.SmallIntegerField(default=0)  # starts since the last step forward
    problem = models.CharField(max_length=300, blank=True)  # why it could not be finished
    was_proved = models.BooleanField(default=False)  # asked for with a fresh proof of identity
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="asked_by_id")
    audit_name = "Việc nền"

    class Meta:
        db_table = "jobs_run"
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="jobs_run_by_person"),
            models.Index(
                fields=["beat_at"],
                name="jobs_run_running",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being done."""
        return self.state in (RunState.WAITING, RunState.RUNNING)

    @property
    def can_resume(self) -> bool:
        """Whether it stands still before its end."""
        return self.state in (RunState.STOPPED, RunState.FAILED)

    @property
    def seconds_left(self) -> int | None:
        """How long it will still take at the pace so far; None while nobody can tell."""
        if self.state != RunState.RUNNING or not self.started_at or not self.done or self.total <= self.done:
            return None
        spent = ((self.beat_at or self.started_at) - self.started_at).total_seconds()
        return round(spent / self.done * (self.total - self.done)) if spent > 0 else None
