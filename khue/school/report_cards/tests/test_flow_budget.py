"""No page of composing or signing asks more than twelve questions, however many cards wait."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khue.school.report_cards.rules import Step
from khue.school.report_cards.tests import flow
from khue.school.report_cards.waiting import KEYS
from tests.cast import Cast

BUDGET = 12


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Keys of the test authority."""
    settings.DEMO = True


def asked(cast: Cast, who: str, name: str, *values: Any) -> int:
    client = cast.client(who)
    address = reverse(name, args=values)
    client.get(address)  # what is kept for the process is there
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_pages_of_signers_and_of_the_office_keep_their_budget(cast: Cast) -> None:
    room = flow.approved(cast, 7)
    cards = flow.compose(cast)
    flow.until(cast, Step.SUBJECT, cards[:2])
    flow.until(cast, Step.HOMEROOM, cards[2:4])
    flow.until(cast, Step.PRINCIPAL, cards[4:5])
    flow.until(cast, Step.SCHOOL, cards[6:])
    made = flow.batch(cast, "lan", Step.HOMEROOM, flow.key_of(cast, "lan"))
    pages = [
        ("hung", "report_cards:overview"), ("hung", "report_cards:class_cards", room.pk),
        ("hung", "report_cards:card", cards[0].pk), ("hung", "report_cards:card", cards[6].pk),
        ("hung", "report_cards:waiting"), ("lan", "report_cards:waiting"),
        ("lan", "report_cards:class_to_sign", KEYS[Step.SUBJECT], room.pk),
        ("lan", "report_cards:class_to_sign", KEYS[Step.HOMEROOM], room.pk),
        ("hung", "report_cards:class_to_sign", KEYS[Step.PRINCIPAL], room.pk),
        ("tam", "report_cards:class_to_sign", KEYS[Step.SCHOOL], room.pk), ("lan", "report_cards:batch", made.pk),
        ("hung", "report_cards:name_signer", room.pk), ("hung", "signing:keys"), ("lan", "signing:keys"),
    ]  # fmt: skip
    over = {str(one): count for one in pages if (count := asked(cast, *one)) > BUDGET}
    assert over == {}
