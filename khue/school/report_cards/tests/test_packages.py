"""A pupil's cards in one signed package: made, altered, forged, brought in, read in the book."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel import papers
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.signing import engine
from khue.school.report_cards import books, datafile, keeping, packages
from khue.school.report_cards.actions import copies
from khue.school.report_cards.actions import packages as moving
from khue.school.report_cards.models import Card, Package
from khue.school.report_cards.printing import samples
from khue.school.report_cards.printing.papers import CARD
from khue.school.report_cards.queries.books import all_book_facts
from khue.school.report_cards.tests import places
from khue.school.report_cards.tests.moves import last_year, made, principal, seal
from tests.cast import Cast


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's card of last year, issued by Lê Quý Đôn."""
    places.trust(cast.department)
    return places.issued(last_year(cast), places.says(cast.people["an"], year=2025))


def test_a_package_holds_every_year_twice_and_a_signed_list(cast: Cast, card: Card) -> None:
    package = made(cast)
    data = moving.take_package(cast.tam, package)
    opened = packages.unpack(data)
    assert sorted(name.rpartition(".")[2] for name in opened.files) == ["pdf", "xml"]
    assert opened.about.full_name == cast.people["an"].full_name
    found = moving.judge_package(data)
    assert found.verdict != engine.INVALID, found.reasons
    assert [one.year for one in found.cards] == [2025]
    receipt = moving.write_receipt(cast.tam, package, receipt="15/TN ngày 21/11/2026")
    assert receipt.receipt.startswith("15/TN")


def test_nothing_issued_or_another_s_seal_makes_no_package(cast: Cast) -> None:
    places.trust(cast.department)
    with pytest.raises(DomainError, match="chưa có học bạ"):
        made(cast)
    with pytest.raises(DomainError, match="không phải của trường"):
        moving.make_package(cast.tam, cast.enrolments["an"], to="Tỉnh khác", hand=principal(cast))
    for who in ("lan", "mai", "ha", "binh"):
        with pytest.raises((NotAllowed, NotVisible)):
            moving.make_package(cast.actor(who), cast.enrolments["an"], to="Tỉnh khác", hand=seal(cast))


def altered(data: bytes, change: Any) -> bytes:
    """A package with its files changed by a function of (name, bytes) -> bytes or None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            held = change(name, old.read(name))
            if held is not None:
                new.writestr(name, held)
    return out.getvalue()


def test_every_altered_package_is_refused(cast: Cast, card: Card) -> None:
    data = moving.take_package(cast.tam, made(cast))
    extra = io.BytesIO(data)
    with zipfile.ZipFile(extra, "a") as archive:
        archive.writestr("../ngoai.xml", b"<a/>")
    bad = {
        "a byte of a data file": altered(
            data, lambda name, held: held.replace(b"KHA", b"TOT", 1) if name.startswith("hoc-ba") else held
        ),
        "a file gone": altered(data, lambda name, held: None if name.endswith(".pdf") else held),
        "no list": altered(data, lambda name, held: None if name == packages.LIST else held),
        "the list changed": altered(
            data,
            lambda name, held: (
                held.replace("Thái Nguyên".encode(), "Bắc Kạn".encode()) if name == packages.LIST else held
            ),
        ),
        "a file from outside": extra.getvalue(),
        "no zip": b"PK" + data[4:],
        "cut": data[:-40],
        "empty": b"",
    }
    for what, changed in bad.items():
        try:
            verdict = moving.judge_package(changed).verdict
        except DomainError:
            continue
        assert verdict == engine.INVALID, what
    for changed in bad.values():
        with pytest.raises(DomainError):
            moving.bring_package(cast.tam, cast.enrolments["an"], data=changed)


@cache
def kim_dong() -> engine.Issued:
    """The seal of a school in another province."""
    return places.keys().authority.institution("TRƯỜNG THCS KIM ĐỒNG", organisation_id="4600123456")


def foreign(cast: Cast, *, signers: Mapping[str, engine.Issued] | None = None, **pupil: Any) -> bytes:
    """A package that another province made, of An's year 2024 there.

    `signers`: who signs in a place instead of who should; `GOI` is the place on the list, `PDF` that on the paper,
    `THEM` another on the paper, where nobody should sign.
    """
    keys, sealed = places.keys(), kim_dong()
    by = {"GVCN": keys.homeroom, "HT": keys.principal, "TRUONG": sealed, "PDF": sealed, "GOI": sealed}
    by |= signers or {}
    content = places.says(cast.people["an"], year=2024, grade=6, classroom="6B")
    content = replace(
        content, pupil=replace(content.pupil, **pupil),
        school=replace(content.school, name="Trường THCS Kim Đồng", province="tỉnh Thái Nguyên"),
    )  # fmt: skip
    data = datafile.write(content, "B" * 26)
    now = timezone.now()
    for field in ("GVCN", "HT", "TRUONG"):
        with by[field].open() as signer:
            data = engine.sign_xml(data, signer, field=field, capacity=field, at=now)
    with by["PDF"].open() as signer:
        paper = engine.sign_pdf(
            papers.render(CARD, content), signer, field="TRUONG", capacity="Trường", at=now
        )
    if "THEM" in by:
        with by["THEM"].open() as signer:
            paper = engine.sign_pdf(paper, signer, field="THEM", capacity="Phụ huynh", at=now)
    with by["GOI"].open() as signer:
        files = [("hoc-ba/2024-2025-abcd.xml", data), ("hoc-ba/2024-2025-abcd.pdf", paper)]
        about = packages.About(
            "", "", content.pupil.full_name, content.pupil.born_on, "Trường THCS Kim Đồng", "1", "Tỉnh Thái Nguyên",
            "Trường THCS Lê Quý Đôn", now,
        )  # fmt: skip
        listing = engine.sign_xml(
            packages.listing_of(about, files), signer, field=packages.FIELD, capacity="Trường", at=now
        )
    return packages.pack(listing, files)


def test_a_foreign_package_becomes_a_part_of_the_book(cast: Cast, card: Card) -> None:
    kept = moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign(cast, personal_id=""))
    assert kept.years == [2024]
    assert kept.other.startswith("Trường THCS Kim Đồng")
    cards, lost = books.all_cards(card.person_id)
    assert [one.year for one in cards] == [2024, 2025]
    assert lost == []
    assert [one.role for one in cards[0].signatures] == ["homeroom", "principal", "school"]
    book = books.book_of(all_book_facts(card.person_id), cards)
    assert [line.year for line in book.history] == [2025, 2026]
    assert copies.take_book(cast.tam, cast.enrolments["an"]).startswith(b"%PDF")
    assert copies.take_own_book(cast.binh, cast.enrolments["an"]).startswith(b"%PDF")
    with pytest.raises(Conflict):
        moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign_again(kept))
    onward = made(cast)
    assert onward.years == [2024, 2025]


def foreign_again(kept: Package) -> bytes:
    data = keeping.content(kept.sha256)
    assert data is not None
    return data


def test_a_package_of_another_child_is_refused(cast: Cast, card: Card) -> None:
    for who in ({"full_name": "Trần Văn Nam"}, {"born_on": samples.PUPIL.born_on.replace(year=2011)}):  # type: ignore[union-attr]
        with pytest.raises(DomainError, match="khác với hồ sơ"):
            moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign(cast, personal_id="", **who))


def test_an_authority_nobody_here_believes_leaves_the_package_undecided(cast: Cast) -> None:
    kept = moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign(cast, personal_id=""))
    assert kept.verdict == engine.INDETERMINATE
    assert kept.reasons
    page = cast.client("tam").get(reverse("report_cards:package", args=[kept.pk])).content.decode()
    assert "Chưa kết luận" in page
    assert "Mọi chữ ký trong gói đều đúng" not in page


@pytest.mark.parametrize("place", ["TRUONG", "PDF", "GOI"])
def test_a_parent_s_own_certificate_is_no_school(cast: Cast, place: str) -> None:
    places.trust(cast.department)
    parent = places.keys().authority.person("Lê Văn Bình", personal_id="020080009999", kind="ec")
    data = foreign(cast, personal_id="", signers={place: parent})
    found = moving.judge_package(data)
    assert found.verdict == engine.INVALID
    assert "“Lê Văn Bình” không phải là người được ký ở vị trí TRUONG" in " ".join(found.reasons)
    with pytest.raises(DomainError, match="Lê Văn Bình"):
        moving.bring_package(cast.tam, cast.enrolments["an"], data=data)


def test_a_paper_that_somebody_signed_beside_the_school_is_refused(cast: Cast) -> None:
    places.trust(cast.department)
    parent = places.keys().authority.person("Lê Văn Bình", personal_id="020080009999", kind="ec")
    found = moving.judge_package(foreign(cast, personal_id="", signers={"THEM": parent}))
    assert found.verdict == engine.INVALID
    assert "Có chữ ký lạ ở vị trí THEM" in " ".join(found.reasons)


@pytest.mark.parametrize("place", ["GVCN", "HT"])
def test_a_school_s_seal_is_no_person(cast: Cast, place: str) -> None:
    places.trust(cast.department)
    found = moving.judge_package(foreign(cast, personal_id="", signers={place: kim_dong()}))
    assert found.verdict == engine.INVALID
    assert f"KIM ĐỒNG” không phải là người được ký ở vị trí {place}" in " ".join(found.reasons)


@pytest.mark.parametrize("place", ["TRUONG", "PDF", "GOI"])
def test_the_seal_of_another_name_than_the_school_s_is_not_called_good(cast: Cast, place: str) -> None:
    places.trust(cast.department)
    found = moving.judge_package(foreign(cast, personal_id="", signers={place: places.keys().school}))
    assert found.verdict == engine.INDETERMINATE
    assert [one.partition(": ")[2] for one in found.reasons] == [
        "Con dấu số mang tên “TRƯỜNG THCS LÊ QUÝ ĐÔN”, khác tên trường ghi trong tệp."
    ]


@pytest.mark.parametrize(
    ("named", "is_borne"),
    [
        ("Trường THCS Kim Đồng", True),
        ("THCS Kim Đồng", True),
        ("trường  thcs KIM ĐỒNG", True),
        ("Trường THCS Kim Đồng 2", False),
        ("HCS Kim Đồng", False),
        ("Trường", False),
        ("", False),
    ],
)
def test_a_seal_bears_a_school_s_name_in_whole_words(named: str, is_borne: bool) -> None:
    assert moving.bears(engine.identity(kim_dong().certificate), named) is is_borne


def test_a_good_package_says_so_and_whose_certificates_signed_it(cast: Cast) -> None:
    places.trust(cast.department)
    kept = moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign(cast, personal_id=""))
    assert (kept.verdict, kept.reasons) == (engine.VALID, [])
    page = cast.client("tam").get(reverse("report_cards:package", args=[kept.pk])).content.decode()
    assert "Mọi chữ ký trong gói đều đúng" in page
    for words in ("Ai đã ký", "Nguyễn Thị Lan", "Trần Quốc Hùng", "TRƯỜNG THCS KIM ĐỒNG"):
        assert words in page, words


def test_the_book_draws_no_signature_that_nobody_could_judge(cast: Cast) -> None:
    moving.bring_package(cast.tam, cast.enrolments["an"], data=foreign(cast, personal_id=""))
    cards, _lost = books.all_cards(cast.people["an"].pk)
    assert [(one.year, one.signatures) for one in cards] == [(2024, ())]


def test_the_pages_of_packages(cast: Cast, card: Card) -> None:
    office = cast.client("tam")
    person = card.person_id
    places.seal_of(cast.school)
    pupil = office.get(reverse("report_cards:pupil_cards", args=[person])).content.decode()
    assert card.code in pupil
    export = reverse("report_cards:export_package", args=[person])
    assert office.get(export).status_code == 200
    assert office.post(export, {"to": "", "seal": "", "secret": ""}).status_code == 422
    bring = reverse("report_cards:bring_package", args=[person])
    assert office.get(bring).status_code == 200
    upload = io.BytesIO(foreign(cast, personal_id=""))
    upload.name = "goi.zip"
    answer = office.post(bring, {"file": upload})
    assert answer.status_code == 302
    assert office.get(answer["Location"]).status_code == 200
    broken = io.BytesIO(b"no zip")
    broken.name = "goi.zip"
    assert office.post(bring, {"file": broken}).status_code == 422
    package = made(cast)
    own = reverse("report_cards:package", args=[package.pk])
    assert office.post(own, {"receipt": "15/TN"}).status_code == 302
    taken = office.post(reverse("report_cards:package_file", args=[package.pk]))
    assert taken.content[:2] == b"PK"
    for who in ("mai", "ha", "lan", "binh"):
        assert cast.client(who).get(own).status_code in (403, 404)


def test_packages_of_equal_contents_are_equal_bytes() -> None:
    files = [("hoc-ba/a.xml", b"<a/>"), ("hoc-ba/a.pdf", b"%PDF")]
    about = packages.About("1", "", "A", None, "T", "C", "P", "N", timezone.now().replace(microsecond=0))
    listing = packages.listing_of(about, files)
    assert packages.pack(listing, files) == packages.pack(listing, files)
    assert packages.unpack(packages.pack(listing, files)).about == about
