"""Jobs for the tests."""

from __future__ import annotations

import time

from django.db import connection

from khue.kernel.jobs.handle import RunHandle, background


def count_job(run: RunHandle, *, upto: int, person_id: int, slow: float = 0.0, refuse: int = 0) -> None:
    """Write one row an item, twice over if it were ever done twice."""
    from khue.kernel.actions import DomainError

    def do(item: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into notify_message (person_id, kind, title, body, url, sent_at) "
                "values (%s, 'test', %s, '', '', now())",
                [person_id, str(item)],
            )
        if slow:
            time.sleep(slow)
        if item == refuse:
            raise DomainError(f"Không nhận số {item}.")

    run.each(range(1, upto + 1), do, key=lambda item: item)
    run.note(rows=run.done)


background("jobs.test_count")(count_job)
