"""A principal's batch that the school's key seals at once, killed by SIGKILL in the middle: each card is issued once.

`KHUE_CARDS=1537` does it with a whole school.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import throwaway
from tests.crash.killing import SEED, end, finish, half_of, killed
from tests.crash.test_signing_killed import DEMO

pytestmark = pytest.mark.slow

CARDS = int(os.environ.get("KHUE_CARDS", "160"))
KILLS = int(os.environ.get("KHUE_KILLS", "3"))
AT_ONCE = 8  # of one transaction
GROUND = f"""
import django; django.setup()
from dataclasses import replace
from datetime import date
from django.utils import timezone
from khue.kernel.access.capacities import actor_for
from khue.kernel.signing import actions as room, engine, installation
from khue.registry.calendar.models import SchoolYear
from khue.school.report_cards import datafile
from khue.school.report_cards.actions import batches
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.models import Draft
from khue.school.report_cards.packing import packed
from khue.school.report_cards.queries import groups
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import places
from tests.cast import make_account, make_class, make_enrolment, make_person, make_staff, make_unit
department = make_unit("SO", "Sở", "department", None)
commune = make_unit("X", "Xã", "commune", department)
school = make_unit("THCS-LQD", "THCS Lê Quý Đôn", "school", commune, levels=["THCS"])
year = SchoolYear.objects.create(pk=2026, starts_on=date(2026, 8, 1), ends_on=date(2099, 7, 31))
hung = make_person("Trần Quốc Hùng", birth_date=date(1975, 3, 2), sex=1, personal_id="020075001234")
account = make_account(hung, "hung")
make_staff(hung, school, "principal")
classroom = make_class("8A3", school, year, 8)
small = replace(places.BLANK, subjects=places.BLANK.subjects[:1])
lan = installation.trial_authority().person("Nguyễn Thị Lan", personal_id="020185001234", kind="ec")
now = timezone.now()
with lan.open() as signer:
    for number in range({CARDS}):
        pupil = make_person(f"Nông Văn {{number}}", birth_date=date(2013, 1, 1), sex=1)
        content = replace(small, pupil=replace(small.pupil, full_name=pupil.full_name))
        card = places.composed(
            make_enrolment(pupil, classroom), content, steps="homeroom,principal,school", unsigned=[],
            state=State.HOMEROOM_SIGNED,
        )
        data = datafile.write(datafile.card_of(card.content), card.reference)
        data = engine.sign_xml(data, signer, field="GVCN", capacity="Giáo viên chủ nhiệm", at=now)
        Draft.objects.create(card=card, data=packed(data), sha256=engine.content_sha256(data))
actor = actor_for(account, proved_at=now)[0]
key = KeyGiven(room.issue_trial(actor, hung), room.TRIAL_PASSPHRASE)
seal = KeyGiven(room.issue_trial_seal(actor, school), room.TRIAL_PASSPHRASE)
cards = groups.groups(actor, Step.PRINCIPAL)[0].cards
batches.begin(actor, step=Step.PRINCIPAL, school_id=school.pk, cards=cards, key=key, seal=seal)
"""
LOOK = """
import django; django.setup()
from khue.school.report_cards import keeping, register, verification
from khue.school.report_cards.models import Card
bad = []
for card in Card.objects.filter(state="sealed").order_by("pk"):
    found = verification.answer(card.reference)
    if found is None or found.standing != verification.Standing.TEST or len(found.signatures) != 3:
        bad.append(card.pk)
    elif card.pk % 40 == 0 and not verification.check(found).is_valid:
        bad.append(card.pk)
print("BAD", bad)
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Cards that wait for the principal, and a batch with both keys that waits for a worker."""
    var = tmp_path_factory.mktemp("ground")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND, **DEMO)
        yield name, var


def state_of(name: str) -> dict[str, Any]:
    with throwaway.connect(name) as database:
        signatures = database.execute(
            "select form || ' ' || field, count(*), count(distinct document_id) from signing_signature group by 1"
        ).fetchall()
        entries = database.execute(
            "select count(*), count(distinct card_id), coalesce(max(seq), 0) from report_cards_entry"
        ).fetchone()
        cards = dict(database.execute("select state, count(*) from report_cards_card group by 1").fetchall())
        drafts = database.execute("select count(*) from report_cards_draft").fetchone()
        held = database.execute("select count(*) from report_cards_held_secret").fetchone()
    return {
        "signatures": {what: (count, cards) for what, count, cards in signatures}, "entries": entries,
        "cards": cards, "drafts": drafts, "held": held,
    }  # fmt: skip


def issued(count: int) -> dict[str, Any]:
    """The state in which so many cards are issued and the others as they were."""
    made = dict.fromkeys(("xml HT", "xml TRUONG", "pdf TRUONG"), (count, count)) if count else {}
    cards = {"sealed": count, "homeroom_signed": CARDS - count}
    return {
        "signatures": made, "entries": (count, count, count), "drafts": (CARDS - count,), "held": (2,),
        "cards": {state: number for state, number in cards.items() if number},
    }  # fmt: skip


def test_a_school_killed_again_and_again_issues_each_card_once(
    ground: tuple[str, Path], tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    with throwaway.database(ground[0]) as name:
        var = half_of(ground, tmp_path / "var")
        kept: list[int] = []
        for reached in killed(name, var, kills=KILLS, total=CARDS, chance=chance, later=0.2, **DEMO):
            kept.append(reached)
            assert state_of(name) == issued(reached), f"KHUE_SEED={SEED}"
        assert any(0 < one < CARDS for one in kept), kept
        assert all(one % AT_ONCE == 0 for one in kept if one < CARDS)
        end(name, var, **DEMO)
        assert state_of(name) == {**issued(CARDS), "held": (0,)}
        assert "BAD []" in finish(name, var, LOOK, **DEMO)
        assert list((var / "signing" / "held").iterdir()) == []
        code, said = throwaway.run(name, var, "cards", "verify")
        assert code == 0, said
