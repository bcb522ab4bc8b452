"""The cards of the small demo: every state, signatures that hold, a corrected pair, keys for the cast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.demo import loading
from khue.kernel.signing import installation
from khue.kernel.signing.actions import TRIAL_PASSPHRASE
from khue.kernel.signing.models import Certificate
from khue.school.report_cards import verification
from khue.school.report_cards.models import Card, Correction
from tests import small_province
from tests.crash import throwaway


@pytest.fixture
def signed(django_db_setup: Any, django_db_blocker: Any, tmp_path: Path) -> Iterator[None]:
    """The small province with its keys and cards."""
    with django_db_blocker.unblock(), small_province.signed(tmp_path):
        yield


def test_the_small_province_has_cards_in_every_state(signed: None) -> None:
    assert loading.is_demo(), "the record begins with the making of the demo"
    states = Counter(Card.objects.values_list("classroom__name", "state"))
    assert states["9A1", "accepted"] == Card.objects.filter(classroom__name="9A1").count() > 20
    assert {"sealed", "submitted", "returned", "principal_signed", "homeroom_signed", "complete"} <= {
        state for (room, state) in states if room == "9A7"
    }
    waiting = Card.objects.filter(classroom__name="8A7", state="complete")
    assert {tuple(card.unsigned) for card in waiting} == {("HDTN",)}, "Lan's own row alone is open"
    old, new = Card.objects.filter(enrolment__person__account__login_name="an").order_by("edition")
    assert (old.state, new.state, new.replaces_id) == ("superseded", "sealed", old.pk)
    assert Correction.objects.get().state == "done"
    found = verification.answer(new.reference)
    assert found is not None
    assert found.standing == verification.Standing.TEST
    assert verification.check(found).is_valid
    for name in ("lan", "hung", "tam"):
        key = Certificate.objects.get(person__account__login_name=name)
        with installation.opened(key, TRIAL_PASSPHRASE) as signer:
            assert signer.sign_digests([bytes(32)])
    assert Certificate.objects.filter(unit__code="THCS-LQD").count() == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_the_command_signs_them_where_nothing_says_that_this_is_a_demo(tmp_path: Path) -> None:
    assert "KHUE_DEMO" not in throwaway.environment("x", tmp_path)
    with throwaway.database() as name:
        code, said = throwaway.run(name, tmp_path, "demo", "--size", "small")
        assert code == 0, said
        with throwaway.connect(name) as database:
            found = database.execute("select state, count(*) from report_cards_card group by 1").fetchall()
            keys = database.execute(
                "select count(*) from signing_certificate c join people_account a on a.person_id = c.person_id "
                "where a.login_name in ('lan', 'hung', 'tam')"
            ).fetchone()
    assert {"accepted", "sealed", "superseded", "complete"} <= {state for state, _count in found}
    assert keys == (3,)
