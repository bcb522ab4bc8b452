"""Signing step by step: strict order, the signer's own key, the file that was shown; refusals by name."""

from __future__ import annotations

from typing import Any

import pytest

from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Signature
from khue.school.report_cards.models import Card, Draft, Entry
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import flow
from tests.cast import Cast


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Keys of the test authority."""
    settings.DEMO = True


def test_a_card_is_signed_by_teacher_homeroom_principal_and_school_and_issued(cast: Cast) -> None:
    flow.approved(cast)
    cards = flow.compose(cast)
    assert [(card.state, card.problems) for card in cards] == [(State.COMPLETE, [])]
    subjects = cards[0].unsigned
    assert len(subjects) == 7
    flow.until(cast, Step.SCHOOL, cards)
    card = Card.objects.get()
    assert (card.state, card.unsigned) == (State.SEALED, [])
    assert not Draft.objects.exists()
    assert Entry.objects.get().card_id == card.pk
    assert list(
        Signature.objects.filter(form="xml").order_by("position").values_list("position", "field")
    ) == list(enumerate([*(f"GV_{one}" for one in subjects), "GVCN", "HT", "TRUONG"], 1))
    assert engine is not None
    assert installation is not None
