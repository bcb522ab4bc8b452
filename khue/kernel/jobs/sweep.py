"""Finds work whose worker died (kill -9, power, out of memory) and puts it back into the queue, from its last step.

Liveness is the worker's heartbeat, which beats on its own connection every ten seconds however long a step takes.
The sweep holds no lock while it looks, and skips what another sweep is already mending.
"""

from __future__ import annotations

import logging

from django.db import connection, transaction

from khue.kernel.jobs.models import Run, RunState
from khue.kernel.jobs.queue import WORK, defer

SILENT_SECONDS = 30

log = logging.getLogger("khue.jobs")

DEAD_JOBS = """
select j.id, j.task_name, (j.args ->> 'run_id')::bigint from procrastinate_jobs j
left join procrastinate_workers w on w.id = j.worker_id
where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %s))
"""

ORPHANED_RUNS = """
select r.id from jobs_run r where r.state in ('waiting', 'running') and r.beat_at < now() - make_interval(secs => %s)
and not exists (
    select from procrastinate_jobs j
    where j.task_name = %s and j.status in ('todo', 'doing') and (j.args ->> 'run_id')::bigint = r.id
)
"""


def sweep(silent_seconds: float = SILENT_SECONDS) -> int:
    """Close queue rows of dead workers and queue their runs again; gives how many runs go on."""
    with connection.cursor() as cursor:
        cursor.execute(DEAD_JOBS, [silent_seconds])
        dead = cursor.fetchall()
        for job_id, task, run_id in dead:
            if _close(job_id):
                log.warning("worker of job %s (%s %s) is silent: put back", job_id, task, run_id or "")
        cursor.execute(ORPHANED_RUNS, [silent_seconds, WORK])
        orphaned = [row[0] for row in cursor.fetchall()]
    return sum(_again(run_id) for run_id in orphaned)


def _close(job_id: int) -> bool:
    """Mark a dead worker's queue row as failed, which also frees its lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select id from procrastinate_jobs where id = %s and status = 'doing' for update skip locked",
            [job_id],
        )
        if cursor.fetchone() is None:
            return False
        cursor.execute("select procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
    return True


def _again(run_id: int) -> bool:
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=run_id, state__in=[RunState.WAITING, RunState.RUNNING])
            .first()
        )
        if run is None:
            return False
        Run.objects.filter(pk=run_id).update(state=RunState.WAITING, worker="")
        defer(run_id)
    return True
