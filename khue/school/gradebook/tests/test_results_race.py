"""A mark on its way when the class is submitted is either in the results or refused; never beside them."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import connection, transaction

from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.models import MarkRow, Result, Sheet
from khue.school.gradebook.tests import judged
from tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_submitting_waits_for_whoever_is_writing_and_takes_what_they_wrote(cast: Cast) -> None:
    room, an = cast.classroom, cast.enrolments["an"].pk
    with transaction.atomic():
        judged.add_courses(room, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    judged.complete(room, {an: [80] * 8})
    sheet = Sheet.objects.get(course=cast.course, term=1)
    row = MarkRow.objects.get(sheet=sheet, enrolment=an)
    lan = cast.lan
    problems: list[BaseException] = []

    def submit() -> None:
        try:
            actions.submit_results(lan, room, period=1)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    settings = connection.get_connection_params()
    wanted = {
        key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)
    }
    with psycopg.connect(**wanted) as writer:  # what enter_marks does, held before its commit
        writer.execute("select set_config('khue.writes_marks', 'yes', true)")
        writer.execute("select 1 from gradebook_sheet where id = %s for update", [sheet.pk])
        writer.execute("update gradebook_mark_row set average = 20 where id = %s", [row.pk])
        thread = threading.Thread(target=submit)
        thread.start()
        until = time.monotonic() + 20
        blocked = (
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        with connection.cursor() as cursor:
            while time.monotonic() < until and thread.is_alive():
                cursor.execute(blocked)
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.02)
        assert thread.is_alive(), "it did not wait for the writer"
        writer.commit()
    thread.join(20)
    assert not problems, problems
    assert Result.objects.get(enrolment=an, term=1).subjects["TOAN"] == 20
