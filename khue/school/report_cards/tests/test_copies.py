"""Copies that a family takes of its own child's card, each written down; the offers on the page of an issued card."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry as Recorded
from khue.school.report_cards import keeping, register
from khue.school.report_cards.actions import copies, corrections
from khue.school.report_cards.models import Card
from khue.school.report_cards.tests import places
from tests.cast import Cast

WHAT = "Họ tên trên học bạ ghi thiếu dấu, đúng là Lê Hoài Ân."


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's issued card."""
    return places.issued(cast.enrolments["an"])


@pytest.mark.parametrize("who", ["binh", "an"])
def test_father_and_pupil_take_both_files_as_they_were_issued_and_it_is_written_down(
    cast: Cast, card: Card, who: str
) -> None:
    files = register.files_of(card.pk)
    assert files is not None
    wanted = {"pdf": keeping.content(files.paper_sha256), "xml": keeping.content(files.data_sha256)}
    for kind, data in wanted.items():
        assert copies.take_own_copy(cast.actor(who), card, kind=kind) == data
    taken = Recorded.objects.filter(action="report_cards.take_own_copy")
    assert taken.count() == 2
    assert all(f"people.person:{card.person_id}" in one.touched for one in taken)


def test_nobody_takes_what_is_another_s_or_not_issued_or_no_file_of_a_card(cast: Cast, card: Card) -> None:
    for who in ("hung", "lan", "mai", "son"):
        with pytest.raises((NotVisible, NotAllowed)):
            copies.take_own_copy(cast.actor(who), card, kind="pdf")
    with pytest.raises(NotVisible):
        copies.take_own_copy(cast.binh, card, kind="zip")
    waiting = places.composed(cast.enrolments["an"], edition=2)
    with pytest.raises(NotVisible):
        copies.take_own_copy(cast.binh, waiting, kind="pdf")


def test_a_changed_file_is_not_given_out(cast: Cast, card: Card, own_files: Path) -> None:
    files = register.files_of(card.pk)
    assert files is not None
    path = own_files / files.paper_sha256[:2] / files.paper_sha256
    path.chmod(0o600)
    path.write_bytes(b"%PDF-1.7 another")
    with pytest.raises(DomainError, match=r"không còn nguyên.*Báo trường hoặc người quản trị"):
        copies.take_own_copy(cast.binh, card, kind="pdf")


# --- the page of an issued card ---------------------------------------------------------------------------------------


def offers(cast: Cast, who: str, card: Card) -> set[str]:
    page = cast.client(who).get(reverse("report_cards:card", args=[card.pk])).content.decode()
    links = {
        "pdf": reverse("report_cards:card_file", args=[card.pk, "pdf"]),
        "xml": reverse("report_cards:card_file", args=[card.pk, "xml"]),
        "ask": reverse("report_cards:ask_correction", args=[card.pk]),
        "revoke": reverse("report_cards:revoke", args=[card.pk]),
        "preview": reverse("report_cards:preview", args=[card.pk]),
    }
    return {name for name, address in links.items() if f'href="{address}"' in page}


def test_the_page_of_an_issued_card_offers_what_its_reader_may_do(cast: Cast, card: Card) -> None:
    assert offers(cast, "hung", card) == {"pdf", "xml", "ask", "revoke"}
    assert offers(cast, "tam", card) == {"pdf", "xml", "ask"}
    assert offers(cast, "lan", card) == {"pdf", "xml", "ask"}


def test_a_request_that_waits_stands_in_the_place_of_asking_and_revoking(cast: Cast, card: Card) -> None:
    asked = corrections.ask_correction(cast.binh, card, what=WHAT)
    assert offers(cast, "hung", card) == {"pdf", "xml"}
    page = cast.client("hung").get(reverse("report_cards:card", args=[card.pk])).content.decode()
    assert reverse("report_cards:correction", args=[asked.pk]) in page


def test_a_revoked_card_is_still_taken_and_one_not_issued_only_previewed(cast: Cast, card: Card) -> None:
    corrections.revoke(cast.hung, card, reason="Cấp nhầm", decision="41/QĐ")
    assert offers(cast, "hung", card) == {"pdf", "xml"}
    assert offers(cast, "hung", places.composed(cast.enrolments["khoi"])) == {"preview"}
