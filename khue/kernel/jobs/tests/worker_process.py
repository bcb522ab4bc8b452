"""A worker in a process of its own that knows the jobs of the tests."""

from __future__ import annotations

import django

if __name__ == "__main__":
    django.setup()
    from khue.kernel.jobs import worker
    from khue.kernel.jobs.tests import sample

    assert sample.count_job
    worker.work(concurrency=1, silent_seconds=2, sweep_seconds=0.2, beat_seconds=0.5)
