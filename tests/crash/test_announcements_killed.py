"""Announcing and writing are killed again and again: what was sent is whole, and everybody it is for was told once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash import throwaway
from tests.crash.killing import SEED, begin, finish, settle

pytestmark = pytest.mark.slow

FAMILIES, KILLS, ROUNDS = 40, 6, 400
GROUND = f"""
import django; django.setup()
from khue.registry.roster.models import Guardianship
from tests import cast as make
cast = make.build()
for n in range({FAMILIES}):
    pupil, adult = make.make_person(f"Trò {{n}}"), make.make_person(f"Cha {{n}}")
    make.make_enrolment(pupil, cast.classroom)
    Guardianship.objects.create(pupil=pupil, guardian=adult, relation="father", starts_on=make.START)
"""
SPEAK = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from khue.citizen.threads import actions
from khue.kernel.access.capacities import actor_for
from khue.kernel.people.models import Account
from khue.registry.roster.models import Classroom, Enrolment
lan, binh = (actor_for(Account.objects.select_related("person").get(login_name=one))[0] for one in ("lan", "binh"))
room = Classroom.objects.get(name="8A3")
until = timezone.localdate() + timedelta(days=3)
an = Enrolment.objects.get(person__full_name="Lê Hoài An")
print("begun", flush=True)
for number in range(ROUNDS):
    actions.announce(lan, room, audience="class", words=actions.Words(f"Tin {number}", "Mai nghỉ học.", until))
    actions.write_to_teacher(binh, an, teacher_id=lan.person_id, text=f"Thưa cô {number}")
print("done", flush=True)
""".replace("ROUNDS", str(ROUNDS))
ONCE = SPEAK.replace(str(ROUNDS), "1")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A class with its families."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND)
        yield name


def test_killed_while_speaking_everybody_hears_each_word_once(template: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with throwaway.database(template) as name:
        for _kill in range(KILLS):
            process = begin(name, tmp_path, SPEAK)
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(chance.uniform(0, 0.4))  # a moment anywhere in the work
            process.kill()
            process.communicate()
            settle(name)
        assert "done" in finish(name, tmp_path, ONCE)
        with throwaway.connect(name) as database:
            (sent,) = database.execute("select count(*) from threads_announcement").fetchone()
            told = database.execute(
                "select count(*), count(distinct (url, person_id)) from notify_message "
                "where kind = 'threads.announcement'"
            ).fetchone()
            lame = database.execute(
                "select count(*) from threads_announcement where addressed <> %s", [FAMILIES + 1]
            ).fetchone()
            (threads, messages, late) = database.execute(
                "select (select count(*) from threads_thread), (select count(*) from threads_message), "
                "(select count(*) from threads_thread t where t.last_at <> "
                "(select max(m.sent_at) from threads_message m where m.thread_id = t.id))"
            ).fetchone()
            (heard,) = database.execute(
                "select count(*) from notify_message where kind = 'threads.to_teacher'"
            ).fetchone()
    everybody = sent * (FAMILIES + 1)
    assert sent > 0
    assert told == (everybody, everybody)
    assert lame == (0,)
    assert (threads, late) == (1, 0)
    # Outside the teacher's hours what is held until one opening is told once; inside, each message.
    assert 1 <= heard <= messages
