"""Telling families of a survey of every school is killed again and again: each guardian has the notice exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash import throwaway
from tests.crash.killing import SEED, begin, finish, settle

pytestmark = pytest.mark.slow

SCHOOLS, PUPILS, KILLS = 60, 3, 6
GROUND = f"""
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from khue.citizen.surveys import actions
from khue.citizen.surveys.tests.making import opened, running
from khue.registry.roster.models import Guardianship
from tests import cast as make
cast = make.build()
for number in range({SCHOOLS}):
    school = make.make_unit(f"T{{number}}", f"Trường {{number}}", "school", cast.commune, levels=["THCS"])
    room = make.make_class("8A", school, cast.year, 8)
    for n in range({PUPILS}):
        pupil, adult = make.make_person(f"Trò {{number}} {{n}}"), make.make_person(f"Cha {{number}} {{n}}")
        make.make_enrolment(pupil, room)
        Guardianship.objects.create(pupil=pupil, guardian=adult, relation="father", starts_on=make.START)
running(cast, cast.son, cast.department)
opened(cast)
"""
TELL = """
import django; django.setup()
from khue.citizen.surveys import jobs
print("begun", flush=True)
jobs.tell_opened()
print("done", flush=True)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A province whose families are to be told."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND)
        yield name


def test_killed_while_telling_each_family_hears_once(template: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with throwaway.database(template) as name:
        for _kill in range(KILLS):
            process = begin(name, tmp_path, TELL)
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(chance.uniform(0, 0.25))  # a moment anywhere in the work
            process.kill()
            process.communicate()
            settle(name)
        with throwaway.connect(name) as database:  # and once more just before it could say that all is done
            for table in ("surveys_survey", "surveys_slip"):
                database.execute(f"update {table} set told_at = null")
        assert "done" in finish(name, tmp_path, TELL)
        with throwaway.connect(name) as database:
            told = database.execute(
                "select kind, count(*), count(distinct person_id) from notify_message group by 1 order by 1"
            ).fetchall()
            asked = database.execute("select count(*), sum(asked) from surveys_turnout").fetchone()
    # Bình and An for the slip; for the survey every father and Bình, none twice.
    everybody = SCHOOLS * PUPILS + 1
    assert told == [("surveys.slip_opened", 2, 2), ("surveys.survey_opened", everybody, everybody)]
    assert asked == (SCHOOLS + 1, everybody)
