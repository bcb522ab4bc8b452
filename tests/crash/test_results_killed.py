"""The computing of results killed by SIGKILL: schools that were kept stay, the rest follows, nothing twice."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import throwaway
from tests.crash.killing import begin, finish, settle

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("KHUE_SEED", "20261122"))
KILLS = int(os.environ.get("KHUE_KILLS", "4"))
SCHOOLS, PUPILS = 12, 40
GROUND = f"""
import django; django.setup()
from datetime import date
from django.db import connection, transaction
from khue.kernel.access.actor import Actor
from khue.kernel.jobs.actions import start
from khue.registry.calendar.models import SchoolYear, Term
from khue.school.gradebook.tests import judged
from tests.cast import make_class, make_unit
department = make_unit("SO", "Sở", "department", None)
commune = make_unit("X", "Xã", "commune", department)
year = SchoolYear.objects.create(pk=2026, starts_on=date(2026, 8, 1), ends_on=date(2027, 7, 31))
Term.objects.create(year=year, number=1, starts_on=date(2026, 9, 5), ends_on=date(2027, 1, 16))
Term.objects.create(year=year, number=2, starts_on=date(2027, 1, 18), ends_on=date(2027, 5, 30))
for number in range({SCHOOLS}):
    school = make_unit(f"T{{number}}", f"THCS {{number}}", "school", commune, levels=["THCS"])
    room = make_class("8A1", school, year, 8)
    with transaction.atomic():
        judged.add_courses(room, judged.SCORED, judged.COMMENTS)
    judged.pupils(room, {PUPILS}, number * {PUPILS})
with connection.cursor() as cursor:
    cursor.execute(
        "insert into gradebook_mark_row (sheet_id, enrolment_id, person_id, marks, sources, comment, average, version) "
        "select s.id, e.id, e.person_id, case when s.kind = 'conduct' then array[3, 0, 0]::smallint[] "
        "else array[80]::smallint[] end, 'k', '', case when s.kind = 'conduct' then null "
        "when c.assessed_by = 'marks' then 35 + e.id % 60 else 1 end, 1 from gradebook_sheet s "
        "join roster_enrolment e on e.classroom_id = s.classroom_id left join curriculum_course c on c.id = s.course_id"
    )
arguments = {{"unit_id": department.pk, "year_id": year.pk}}
start(Actor.system("gradebook.test"), "gradebook.compute_results", "Tính lại", department, arguments)
"""
WORK = """
import django; django.setup()
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
print(engine.work(Run.objects.get().pk, "w"))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A province of twelve schools with all their marks, and a run that waits."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND)
        yield name


def state_of(name: str) -> dict[str, Any]:
    with throwaway.connect(name) as database:
        results = database.execute(
            "select enrolment_id, term, subjects::text, learning, outcome, version from gradebook_result order by 1, 2"
        ).fetchall()
        run = database.execute("select state, done, total, result ->> 'written' from jobs_run").fetchone()
        entries = database.execute(
            "select count(*), count(distinct chain) from audit_entry where action = 'gradebook.compute_results'"
        ).fetchone()
        schools = database.execute(
            "select count(distinct school_id), count(*) from gradebook_result"
        ).fetchone()
    return {"results": results, "run": run, "entries": entries, "schools": schools}


def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(template: str, tmp_path: Path) -> None:
    with throwaway.database(template) as name:
        begun = time.monotonic()
        assert "done" in finish(name, tmp_path, WORK)
        seconds = time.monotonic() - begun
        whole = state_of(name)
    assert whole["run"][:3] == ("done", SCHOOLS, SCHOOLS)
    assert whole["entries"] == (SCHOOLS, SCHOOLS)
    assert whole["schools"] == (SCHOOLS, SCHOOLS * PUPILS * 3)
    chance = random.Random(SEED)
    halves = 0
    for number in range(KILLS):
        var = tmp_path / str(number)
        var.mkdir()
        with throwaway.database(template) as name:
            if number == 0:  # surely in the middle: stopped at the ninth school's entry of the record
                half_way(name, var)
            else:
                process = begin(name, var, WORK)
                time.sleep(chance.uniform(0.5, 1.0) * seconds)
                process.kill()
                process.wait()
            settle(name)
            after = state_of(name)
            kept = after["schools"][0]
            assert after["schools"] == (kept, kept * PUPILS * 3)  # whole schools, never a part of one
            assert after["entries"] == (kept, kept)
            assert after["run"][1] == kept
            halves += 0 < kept < SCHOOLS
            if kept < SCHOOLS:
                assert "done" in finish(name, var, WORK)
            again = state_of(name)
            assert [row[1:] for row in again["results"]] == [row[1:] for row in whole["results"]]
            assert (again["run"][1:], again["entries"]) == (whole["run"][1:], whole["entries"])
            code, said = throwaway.run(name, var, "audit", "verify")
            assert code == 0, said
    assert halves, f"KHUE_SEED={SEED}: never killed between two schools"


def half_way(name: str, var: Path) -> None:
    """Kill it while it waits for the chain of the ninth school."""
    with throwaway.connect(name) as blocker:
        blocker.autocommit = False
        ninth = "select id from org_unit where kind = 'school' order by id offset 8 limit 1"
        blocker.execute(f"select 1 from org_unit where id = ({ninth}) for update")
        process = begin(name, var, WORK)
        with throwaway.connect(name) as watcher:
            until = time.monotonic() + 60
            waiting = "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
            while not watcher.execute(waiting, [name]).fetchone()[0]:  # type: ignore[index]
                assert process.poll() is None, "it ended before the ninth school"
                assert time.monotonic() < until, "it never came to the ninth school"
                time.sleep(0.01)
        process.kill()
        process.wait()
        blocker.rollback()
