"""Signing a thousand cards killed by SIGKILL, again and again, and by two workers at once: each is signed once (L5)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.school.report_cards.packing import unpacked
from tests.crash import throwaway
from tests.crash.killing import SEED, begin, done, end, finish, half_of, killed

pytestmark = pytest.mark.slow

CARDS = int(os.environ.get("KHUE_CARDS", "1000"))
KILLS = int(os.environ.get("KHUE_KILLS", "4"))
DEMO = {"KHUE_DEMO": "1"}  # test keys
GROUND = f"""
import django; django.setup()
from dataclasses import replace
from datetime import date
from django.utils import timezone
from khue.kernel.access.capacities import actor_for
from khue.kernel.signing import actions as room
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Homeroom
from khue.school.report_cards.actions import batches
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.queries import groups
from khue.school.report_cards.rules import Step
from khue.school.report_cards.tests import places
from tests.cast import make_account, make_class, make_enrolment, make_person, make_staff, make_unit
department = make_unit("SO", "Sở", "department", None)
school = make_unit("T", "THCS Lê Quý Đôn", "school", make_unit("X", "Xã", "commune", department), levels=["THCS"])
year = SchoolYear.objects.create(pk=2026, starts_on=date(2026, 8, 1), ends_on=date(2099, 7, 31))
lan = make_person("Nguyễn Thị Lan", birth_date=date(1985, 3, 2), sex=2, personal_id="020185001234")
account = make_account(lan, "lan")
make_staff(lan, school, "teacher")
classroom = make_class("8A3", school, year, 8)
Homeroom.objects.create(classroom=classroom, teacher=lan, starts_on=date(2026, 9, 5), ends_on=year.ends_on)
small = replace(places.BLANK, subjects=places.BLANK.subjects[:1])
for number in range({CARDS}):
    pupil = make_person(f"Nông Văn {{number}}", birth_date=date(2013, 1, 1), sex=1)
    content = replace(small, pupil=replace(small.pupil, full_name=pupil.full_name))
    places.composed(make_enrolment(pupil, classroom), content, steps="homeroom,principal,school", unsigned=[])
actor = actor_for(account, proved_at=timezone.now())[0]
key = KeyGiven(room.issue_trial(actor, lan), room.TRIAL_PASSPHRASE)
cards = groups.groups(actor, Step.HOMEROOM)[0].cards
batches.begin(actor, step=Step.HOMEROOM, school_id=school.pk, cards=cards, key=key)
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A class of many cards and a batch that waits, with the half of the seal in its folder."""
    var = tmp_path_factory.mktemp("ground")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND, **DEMO)
        yield name, var


def state_of(name: str) -> dict[str, Any]:
    with throwaway.connect(name) as database:
        return {
            "run": database.execute(
                "select state, done, total, jsonb_array_length(failures) from jobs_run"
            ).fetchone(),
            "signed": database.execute(
                "select count(*), count(distinct document_id) from signing_signature"
            ).fetchone(),
            "cards": dict(
                database.execute("select state, count(*) from report_cards_card group by 1").fetchall()
            ),
            "files": [
                unpacked(data).count(b"<ds:Signature ")
                for (data,) in database.execute("select data from report_cards_draft").fetchall()
            ],
            "held": database.execute("select count(*) from report_cards_held_secret").fetchone(),
        }


WHOLE = {
    "run": ("done", CARDS, CARDS, 0),
    "signed": (CARDS, CARDS),
    "cards": {"homeroom_signed": CARDS},
    "files": [1] * CARDS,  # signatures in each
    "held": (0,),
}


def test_killed_again_and_again_each_card_is_signed_once(ground: tuple[str, Path], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with throwaway.database(ground[0]) as name:
        var = half_of(ground, tmp_path / "var")
        kept: list[int] = []
        for reached in killed(name, var, kills=KILLS, total=CARDS, chance=chance, later=0, **DEMO):
            kept.append(reached)
            state = state_of(name)
            assert state["run"][1] == reached
            assert state["signed"] == (reached, reached), f"KHUE_SEED={SEED}"
            assert state["cards"].get("homeroom_signed", 0) == reached
        assert any(0 < one < CARDS for one in kept), kept
        end(name, var, **DEMO)
        assert state_of(name) == WHOLE
        assert list((var / "signing" / "held").iterdir()) == []


def test_two_workers_at_one_batch_sign_each_card_once(ground: tuple[str, Path], tmp_path: Path) -> None:
    with throwaway.database(ground[0]) as name:
        var = half_of(ground, tmp_path / "var")
        first = begin(name, var, **DEMO)
        while done(name) == 0 and first.poll() is None:
            time.sleep(0.005)
        second = begin(name, var, **DEMO)
        said = [one.communicate(timeout=400)[0] for one in (first, second)]
        assert (first.returncode, second.returncode) == (0, 0), said
        state = state_of(name)
        if state["run"][0] != "done":  # the one that lost the run took nothing with it
            assert "done" in finish(name, var, **DEMO)
            state = state_of(name)
        assert state == WHOLE
