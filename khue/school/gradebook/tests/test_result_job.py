"""The computing behind the page: every school once, stopped and gone on with, the same result however often it runs."""

from __future__ import annotations

from typing import Any

import pytest

from khue.kernel.audit.models import Entry
from khue.kernel.jobs import actions as jobs
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
from khue.registry.roster.models import Classroom
from khue.school.gradebook.models import Result
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.tests import judged
from tests.cast import Cast


@pytest.fixture
def rooms(cast: Cast) -> list[Classroom]:
    found = [cast.classroom, cast.other_classroom]
    for place, room in enumerate(found):
        judged.add_courses(room, judged.SCORED, judged.COMMENTS)
        judged.open_days(cast)
        judged.complete(room, {pk: [80] * 8 for pk in judged.pupils(room, 2, place * 5)})
    return found


def begin(cast: Cast, who: str, unit: Any) -> Run:
    arguments = {"unit_id": unit.pk, "year_id": cast.year.pk}
    return jobs.start(cast.actor(who), "gradebook.compute_results", "Tính lại", unit, arguments)


def test_the_department_computes_the_province_one_entry_a_school(cast: Cast, rooms: list[Classroom]) -> None:
    run = begin(cast, "son", cast.department)
    assert engine.work(run.pk, "w") == "done"
    run.refresh_from_db()
    assert (run.done, run.total, run.failures) == (2, 2, [])
    assert run.result == {"written": Result.objects.count()}
    assert Result.objects.filter(learning="TOT", term=0).count() == 4
    chains = Entry.objects.filter(action="gradebook.compute_results").values_list("chain", flat=True)
    assert sorted(chains) == sorted([cast.school.pk, cast.other_school.pk])


def test_the_head_computes_their_school_alone_and_no_other(cast: Cast, rooms: list[Classroom]) -> None:
    engine.work(begin(cast, "hung", cast.school).pk, "w")
    assert set(Result.objects.values_list("school_id", flat=True)) == {cast.school.pk}
    foreign = begin(cast, "hung", cast.other_school)
    engine.work(foreign.pk, "w")
    foreign.refresh_from_db()
    assert [failure["label"] for failure in foreign.failures] == [cast.other_school.name]
    assert set(Result.objects.values_list("school_id", flat=True)) == {cast.school.pk}


def test_computed_again_nothing_is_written(cast: Cast, rooms: list[Classroom]) -> None:
    engine.work(begin(cast, "son", cast.department).pk, "w")
    before = sorted(Result.objects.values_list("pk", "version"))
    again = begin(cast, "son", cast.department)
    engine.work(again.pk, "w")
    again.refresh_from_db()
    assert again.result == {"written": 0}
    assert sorted(Result.objects.values_list("pk", "version")) == before


def test_a_run_that_lost_its_worker_goes_on_after_the_last_school(cast: Cast, rooms: list[Classroom]) -> None:
    schools = facts.all_schools(cast.department.pk, cast.year.pk)
    run = begin(cast, "son", cast.department)
    Run.objects.filter(pk=run.pk).update(cursor=schools[0].pk, done=1, total=2, result={"written": 9})
    engine.work(run.pk, "w")
    run.refresh_from_db()
    assert (run.done, run.state) == (2, "done")
    assert set(Result.objects.values_list("school_id", flat=True)) == {schools[1].pk}
    assert run.result == {"written": 9 + Result.objects.count()}
