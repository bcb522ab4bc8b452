"""The queue in the database: a job is deferred in the transaction of the data it works on."""

from __future__ import annotations

from functools import cache

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

WORK = "khue.work"
RUNS, SCHEDULE = "runs", "schedule"


@cache
def _manager() -> JobManager:
    # Django's own connection even inside a worker, whose app speaks through another: one transaction with the data.
    return JobManager(DjangoConnector())


def defer(run_id: int) -> None:
    """Queue a run; it becomes visible to workers when the caller's transaction commits."""
    configure_task(name=WORK, job_manager=_manager(), queue=RUNS, lock=f"run:{run_id}").defer(run_id=run_id)
