"""A vice principal signs in the principal's stead: by her own name and office, in the file and on every paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from khue.kernel.signing.models import Signature
from khue.school.report_cards import addresses, books, register, signed
from khue.school.report_cards.models import Card
from khue.school.report_cards.printing import samples
from khue.school.report_cards.printing.shape import Proof, Signer
from khue.school.report_cards.rules import Step
from khue.school.report_cards.tests import flow
from khue.school.report_cards.tests.paper import words_of
from tests.cast import Cast, make_account, make_person, make_staff

pytestmark = pytest.mark.django_db
NAME = "Hoàng Thị Thu"


@pytest.fixture
def card(settings: Any, cast: Cast) -> Card:
    """An's card, signed by the vice principal and sealed."""
    settings.DEMO = True
    flow.approved(cast)
    (made,) = flow.compose(cast)
    cast.people["thu"] = make_person(NAME, sex=2, personal_id="020180004444")
    make_account(cast.people["thu"], "thu")
    make_staff(cast.people["thu"], cast.school, "vice_principal")
    flow.until(cast, Step.HOMEROOM, [made])
    assert flow.sign(cast.actor("thu"), Step.PRINCIPAL, [made], flow.key_of(cast, "thu")) == []
    assert flow.sign(cast.tam, Step.SCHOOL, [made], flow.seal_of(cast)) == []
    return Card.objects.get(pk=made.pk)


def test_the_paper_names_the_deputy_and_whose_place_she_takes(card: Card, tmp_path: Path) -> None:
    assert Signature.objects.get(field="HT").capacity == "KT. Hiệu trưởng, Phó hiệu trưởng"
    files = register.files_of(card.pk)
    assert files is not None
    shown = words_of(files.paper_sha256, tmp_path)
    for words in ("KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG", NAME):
        assert words in shown, words
    assert card.content["principal"]["full_name"] == "Trần Quốc Hùng"
    assert "Trần Quốc Hùng" not in shown
    assert shown.count("Chữ ký số của tổ chức") == 1, "and the school's signature stands in its frame"


def test_the_book_and_the_public_page_say_the_same(card: Card) -> None:
    again = books.as_issued(card, addresses.site())
    assert again is not None
    assert again.principal == Signer(NAME, "KT. HIỆU TRƯỞNG\nPHÓ HIỆU TRƯỞNG")
    shown = Client().get(f"/xac-minh/{card.reference}/").content.decode()
    assert f"<b>KT. Hiệu trưởng, Phó hiệu trưởng</b>, {NAME}" in shown


@pytest.mark.parametrize(
    ("title", "is_head", "capacity"),
    [
        ("", True, "Hiệu trưởng"), ("", False, "KT. Hiệu trưởng, Phó hiệu trưởng"),
        ("GIÁM ĐỐC", True, "Giám đốc"), ("GIÁM ĐỐC", False, "KT. Giám đốc, Phó giám đốc"),
    ],
)  # fmt: skip
def test_the_office_of_who_signs(title: str, is_head: bool, capacity: str) -> None:
    assert signed.head_capacity(title, is_head=is_head) == capacity


def test_without_a_signature_of_the_head_the_paper_keeps_its_place() -> None:
    proof = Proof("https://x.example/", "1", "x.example")
    made = signed.with_signatures(samples.SECONDARY, (), proof)
    assert (made.principal, made.signatures, made.proof) == (samples.SECONDARY.principal, (), proof)
