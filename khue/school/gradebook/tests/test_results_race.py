"""A mark on its way when the class is submitted is either in the results or refused; never beside them."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.models import MarkRow, Result, Sheet
from khue.school.gradebook.tests import judged
from tests.cast import Cast
from tests.races import held


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

    written = (  # what enter_marks does, held before its commit
        "select set_config('khue.writes_marks', 'yes', true)",
        f"select 1 from gradebook_sheet where id = {sheet.pk} for update",
        f"update gradebook_mark_row set average = 20 where id = {row.pk}",
    )
    with held(*written) as release:
        thread = threading.Thread(target=submit)
        thread.start()
        release(thread)
    thread.join(60)
    assert not problems, problems
    assert Result.objects.get(enrolment=an, term=1).subjects["TOAN"] == 20
