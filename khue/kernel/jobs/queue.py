"""The queue in the database: a job is deferred in the transaction of the data it works on."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.utils import timezone
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from khue.kernel.statements import fetch

WORK = "khue.work"
RUNS, SCHEDULE = "runs", "schedule"


@cache
def _manager() -> JobManager:
    # Django's own connection even inside a worker, whose app speaks through another: one transaction with the data.
    return JobManager(DjangoConnector())


def defer(run_id: int) -> None:
    """Queue a run; it becomes visible to workers when the caller's transaction commits."""
    configure_task(name=WORK, job_manager=_manager(), queue=RUNS, lock=f"run:{run_id}").defer(run_id=run_id)


# What the library's `defer` asks, planned once a connection: a roll that finds somebody missing wakes a job each time.
_WAKE = """
select procrastinate_defer_jobs_v1(array[row(%s::varchar, %s::varchar, 0, %s::text, null, '{"timestamp": 0}'::jsonb,
  %s::timestamptz)::procrastinate_job_to_defer_v1])
"""


def wake(job: str, after: timedelta) -> None:
    """Have a scheduled job of a manifest run once more, some time after the caller's transaction commits."""
    fetch(_WAKE, [SCHEDULE, job, job, timezone.now() + after])
