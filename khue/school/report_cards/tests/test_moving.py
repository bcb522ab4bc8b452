"""What goes with a pupil: the sheet of partial results, custody, the signed package, the book (rules/02 section 6)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.actions import erase_payload
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.audit.verify import verify as verify_record
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Signature
from khue.kernel.signing.records import keep_certificate
from khue.kernel.workflow.models import Task
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import actions as roster
from khue.registry.roster.models import Enrolment, Transfer
from khue.school.gradebook.models import MarkRow
from khue.school.gradebook.tests import judged
from khue.school.report_cards import books, datafile, keeping, packages
from khue.school.report_cards.actions import copies
from khue.school.report_cards.actions import packages as moving
from khue.school.report_cards.actions import transfers as sheets
from khue.school.report_cards.actions.signing import Hand
from khue.school.report_cards.models import Card, Package, TransferSheet
from khue.school.report_cards.printing import samples
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries import transfers as queries
from khue.school.report_cards.queries.books import all_book_facts
from khue.school.report_cards.tests import places
from khue.school.report_cards.tests.paper import words_of
from tests.cast import Cast, make_class, make_enrolment

TODAY = timezone.localdate()


def last_year(cast: Cast) -> Enrolment:
    """An's year in 7A3, over."""
    year, _made = SchoolYear.objects.get_or_create(
        pk=2025, defaults={"starts_on": "2025-09-05", "ends_on": "2026-05-31", "is_closed": True}
    )
    room = make_class("7A3", cast.school, year, 7)
    return make_enrolment(cast.people["an"], room, is_current=False)


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's card of last year, issued by Lê Quý Đôn."""
    places.trust(cast.department)
    return places.issued(last_year(cast), places.says(cast.people["an"], year=2025))


def submitted(cast: Cast) -> Transfer:
    return roster.submit_transfer(
        cast.tam, cast.school, enrolment=cast.enrolments["an"], to_school_id=cast.other_school.pk,
        reason_code="family_moved",
    )  # fmt: skip


def accepted(cast: Cast) -> Transfer:
    transfer = submitted(cast)
    roster.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    return transfer


def place(cast: Cast, transfer: Transfer) -> None:
    roster.release_transfer(cast.tam, cast.school, transfers=[transfer])
    transfer.refresh_from_db()
    rooms = {transfer.pk: cast.other_classroom.pk}
    roster.place_transfer(cast.ha, cast.other_school, transfers=[transfer], placements=rooms, on=TODAY)
    transfer.refresh_from_db()


def principal(cast: Cast) -> Hand:
    held = places.keys().principal
    row = keep_certificate(
        places.work(), held.certificate, held.chain, source="trial", person_id=cast.people["hung"].pk
    )
    with held.open() as signer:
        return Hand(signer, row)


def seal(cast: Cast) -> Hand:
    with places.keys().school.open() as signer:
        return Hand(signer, places.seal_of(cast.school))


@pytest.fixture
def marked(cast: Cast) -> Cast:
    """8A3 with An's marks of the first term, some missing."""
    judged.add_courses(cast.classroom, ("TOAN", "NGU_VAN"), ("GDTC",))
    judged.open_days(cast)
    judged.complete(
        cast.classroom, {cast.enrolments["an"].pk: [80, 65]}, scored=("TOAN", "NGU_VAN"), by_words=("GDTC",),
        terms=(1,), absences=2,
    )  # fmt: skip
    return cast


def signed_sheet(cast: Cast, transfer: Transfer) -> TransferSheet:
    sheet = sheets.compose_transfer_sheet(
        cast.tam, cast.enrolments["an"], transfer_id=transfer.pk, number="Số: 12/THCS"
    )
    sheet = sheets.sign_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=principal(cast))
    return sheets.seal_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=seal(cast))


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_old_school_is_asked_for_the_sheet_when_the_new_one_takes_the_pupil(marked: Cast) -> None:
    cast = marked
    transfer = submitted(cast)
    assert not Task.objects.filter(kind="report_cards.transfer_sheet").exists()
    roster.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    task = Task.objects.get(kind="report_cards.transfer_sheet", closed_at__isnull=True)
    assert task.unit_id == cast.school.pk
    transfer.refresh_from_db()
    roster.cancel_transfer(cast.tam, cast.school, transfer=transfer, reason="Gia đình ở lại")
    task.refresh_from_db()
    assert task.closed_at is not None


def test_the_sheet_says_what_the_gradebook_holds_and_is_signed_by_head_and_school(marked: Cast) -> None:
    cast = marked
    places.trust(cast.department)
    transfer = accepted(cast)
    sheet = signed_sheet(cast, transfer)
    assert sheet.state == "issued"
    said, reference = datafile.read_sheet(bytes(sheet.data))
    assert reference == sheet.reference
    lines = {line.code: line for line in said.lines}
    assert lines["TOAN"].middle == "8.0"
    assert set(lines["TOAN"].regular) == {"8.0"}
    assert lines["GDTC"].end == "Đ"
    assert said.to_school == cast.other_school.name
    assert said.absences_excused == 2
    verdict = engine.validate_xml(
        bytes(sheet.data),
        installation.policy().for_file(
            sha256=sheet.sha256, expected=[engine.Expected("HT"), engine.Expected("TRUONG")]
        ),
        timezone.now(),
    )
    assert [one.field for one in verdict.signatures] == ["HT", "TRUONG"]
    assert verdict.outcome != engine.INVALID, verdict.sentences
    paper = keeping.content(sheet.paper_sha256)
    assert paper is not None
    assert paper.startswith(b"%PDF")
    assert Signature.objects.filter(document_kind=sheets.DOCUMENT).count() == 2
    assert not Task.objects.filter(kind="report_cards.transfer_sheet", closed_at__isnull=True).exists()


def test_the_paper_of_a_sheet_leads_to_the_page_that_judges_it_and_warns_of_test_keys(
    marked: Cast, tmp_path: Path
) -> None:
    cast = marked
    places.trust(cast.department)
    sheet = signed_sheet(cast, accepted(cast))
    assert sheet.is_test
    paper = words_of(sheet.paper_sha256, tmp_path)
    for words in ("còn giá trị", sheet.reference, "phiếu này", sheet.sha256[:4], "không có giá trị pháp lý."):
        assert words in " ".join(paper.split()), (
            words
        )  # lines break where the letters of the code happen to end
    assert {"CÓ", "GI", "TR", "PL"} <= set(paper.split()), "and aslant across the page, each letter by itself"
    shown = Client().get(f"/xac-minh/{sheet.reference}/").content.decode()
    for words in (
        cast.people["an"].full_name,
        "Bản thử, không có giá trị pháp lý",
        "Trần Quốc Hùng",
        sheet.sha256,
    ):
        assert words in shown, words
    said, _reference = datafile.read_sheet(bytes(sheet.data))
    for secret in (*(line.name for line in said.lines), said.pupil.learner_code, said.classroom):
        assert secret not in shown


@pytest.mark.parametrize("which", ["sha256", "paper_sha256"])
def test_a_changed_file_of_a_sheet_is_not_believed(marked: Cast, own_files: Path, which: str) -> None:
    places.trust(marked.department)
    sheet = signed_sheet(marked, accepted(marked))
    path = own_files / getattr(sheet, which)[:2] / getattr(sheet, which)
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    shown = Client().get(f"/xac-minh/{sheet.reference}/").content.decode()
    assert "Đừng tin phiếu này" in shown
    assert marked.people["an"].full_name not in shown


def test_a_sheet_signed_by_keys_nobody_trusts_or_not_issued_is_not_called_good(marked: Cast) -> None:
    transfer = accepted(marked)
    waiting = sheets.compose_transfer_sheet(marked.tam, marked.enrolments["an"], transfer_id=transfer.pk)
    assert Client().get(f"/xac-minh/{waiting.reference}/").status_code == 404
    sheet = signed_sheet(marked, transfer)
    assert "Chưa kết luận được" in Client().get(f"/xac-minh/{sheet.reference}/").content.decode()


def test_a_signed_sheet_stays_and_an_unsigned_one_follows_the_gradebook(marked: Cast) -> None:
    cast = marked
    transfer = accepted(cast)
    an = cast.enrolments["an"]
    first = sheets.compose_transfer_sheet(cast.tam, an, transfer_id=transfer.pk)
    again = sheets.compose_transfer_sheet(cast.hung, an, transfer_id=transfer.pk, number="13")
    assert again.pk == first.pk
    assert again.content["number"] == "Số: 13"
    with pytest.raises(Conflict):
        sheets.sign_transfer_sheet(cast.hung, again, shown=first.sha256, hand=principal(cast))
    signed = sheets.sign_transfer_sheet(cast.hung, again, shown=again.sha256, hand=principal(cast))
    with pytest.raises(Conflict):
        sheets.compose_transfer_sheet(cast.tam, an, transfer_id=transfer.pk)
    with pytest.raises(Conflict):
        sheets.sign_transfer_sheet(cast.hung, signed, shown=signed.sha256, hand=principal(cast))


def test_the_school_does_not_seal_before_the_head_signs_nor_with_another_s_seal(marked: Cast) -> None:
    cast = marked
    sheet = sheets.compose_transfer_sheet(cast.tam, cast.enrolments["an"], transfer_id=accepted(cast).pk)
    with pytest.raises(Conflict):
        sheets.seal_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=seal(cast))
    for who in ("lan", "tam", "mai", "ha"):
        with pytest.raises((NotAllowed, NotVisible)):
            sheets.sign_transfer_sheet(cast.actor(who), sheet, shown=sheet.sha256, hand=principal(cast))
    with pytest.raises(DomainError, match="không phải của thầy cô"):
        sheets.sign_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=seal(cast))
    sheet = sheets.sign_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=principal(cast))
    with pytest.raises(DomainError, match="không phải của trường"):
        sheets.seal_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=principal(cast))


def test_the_new_school_reads_the_sheet_once_it_is_issued_and_the_old_one_until_the_pupil_is_placed(
    marked: Cast,
) -> None:
    cast = marked
    transfer = accepted(cast)
    address = reverse("report_cards:transfer_sheet", args=[transfer.pk])
    assert cast.client("ha").get(address).status_code == 404
    assert queries.moving(cast.tam, transfer.pk) is not None
    signed_sheet(cast, transfer)
    page = cast.client("ha").get(address)
    assert page.status_code == 200
    assert cast.client("ha").post(f"{address}pdf/").content.startswith(b"%PDF")
    assert cast.client("tam").post(f"{address}xml/").status_code == 200
    place(cast, transfer)
    assert cast.client("ha").get(address).status_code == 200
    assert cast.client("tam").get(address).status_code == 404
    with pytest.raises(NotVisible):
        copies.take_transfer_sheet(cast.tam, cast.people["tam"], transfer_id=transfer.pk, kind="pdf")


def test_the_pages_compose_the_sheet_and_refuse_others(marked: Cast) -> None:
    cast = marked
    transfer = accepted(cast)
    address = reverse("report_cards:transfer_sheet", args=[transfer.pk])
    office = cast.client("tam")
    assert office.get(address).status_code == 200
    assert office.post(address, {"verb": "compose", "number": "Số: 12"}).status_code == 302
    assert TransferSheet.objects.get().content["number"] == "Số: 12"
    assert "8,0" in office.get(address).content.decode() or "8.0" in office.get(address).content.decode()
    assert cast.client("mai").get(address).status_code == 404
    assert address in cast.client("hung").get(f"/chuyen-truong/{transfer.pk}/").content.decode()


def test_marks_of_the_open_semester_go_along(marked: Cast) -> None:
    cast = marked
    judged.add_courses(cast.other_classroom, ("TOAN",))
    place(cast, accepted(cast))
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    row = MarkRow.objects.get(enrolment=new, sheet__course__subject_id="TOAN", sheet__term=1)
    assert row.marks[5] == 80
    assert set(row.sources) <= {"b", "-"}


# --- custody ----------------------------------------------------------------------------------------------------------


def test_acceptance_7_two_schools_never_hold_a_pupil(cast: Cast) -> None:
    an = cast.enrolments["an"]
    with pytest.raises(Exception, match="roster_one_current_enrolment_a_pupil"):
        Enrolment.objects.create(
            person=an.person, year=an.year, school=cast.other_school, classroom=cast.other_classroom, level="THCS",
            grade=8, status_on=TODAY, joined_on=TODAY, sort_key=an.sort_key,
        )  # fmt: skip


def test_custody_moves_with_the_pupil(cast: Cast, card: Card) -> None:
    def readers() -> set[str]:
        return {
            who for who in ("hung", "tam", "lan", "mai", "ha", "binh", "an", "son")
            if custody.issued(cast.actor(who)).filter(pk=card.pk).exists()
        }  # fmt: skip

    assert readers() == {"hung", "tam", "lan", "binh", "an"}, "and Lan, whose class An is in"
    transfer = submitted(cast)
    roster.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    assert "ha" not in readers()
    place(cast, transfer)
    assert readers() == {"ha", "mai", "binh", "an"}
    page = reverse("report_cards:card", args=[card.pk])
    file = reverse("report_cards:card_file", args=[card.pk, "pdf"])
    for who, status in {"hung": 404, "tam": 404, "lan": 404, "ha": 200, "mai": 200}.items():
        client = cast.client(who)
        assert [client.get(page).status_code, client.get(file).status_code] == [status, status], who
    assert AuditEntry.objects.filter(action="report_cards.take_copy_as_holder").count() == 2
    assert (
        page
        not in cast.client("hung")
        .get(reverse("report_cards:class_cards", args=[card.classroom_id]))
        .content.decode()
    )
    pupil = reverse("report_cards:pupil_cards", args=[card.person_id])
    assert cast.client("ha").get(pupil).status_code == 200
    assert cast.client("tam").get(pupil).status_code == 404
    book = reverse("report_cards:book_file", args=[card.person_id])
    assert cast.client("ha").get(book).content.startswith(b"%PDF")
    assert cast.client("tam").get(book).status_code == 404
    assert cast.client("binh").get(book).status_code == 200


def test_what_is_not_issued_yet_stays_with_the_school_that_makes_it(cast: Cast) -> None:
    waiting = places.composed(last_year(cast))
    place(cast, accepted(cast))
    assert custody.cards(cast.hung).filter(pk=waiting.pk).exists()
    assert not custody.cards(cast.ha).filter(pk=waiting.pk).exists()
    assert not custody.issued(cast.binh).exists()


# --- the package ------------------------------------------------------------------------------------------------------


def made(cast: Cast) -> Package:
    return moving.make_package(
        cast.tam, cast.enrolments["an"], to="Trường THCS Kim Đồng, tỉnh Thái Nguyên", hand=seal(cast)
    )


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


def foreign(cast: Cast, **pupil: Any) -> bytes:
    """A package that another province made, of An's year 2024 there."""
    authority = places.keys()
    content = places.says(cast.people["an"], year=2024, grade=6, classroom="6B")
    if pupil:
        from dataclasses import replace

        content = replace(content, pupil=replace(content.pupil, **pupil))
    data = datafile.write(content, "B" * 26)
    now = timezone.now()
    for field, key in (
        ("GVCN", authority.homeroom),
        ("HT", authority.principal),
        ("TRUONG", authority.school),
    ):
        with key.open() as signer:
            data = engine.sign_xml(data, signer, field=field, capacity=field, at=now)
    from khue.kernel import papers
    from khue.school.report_cards.printing.papers import CARD

    with authority.school.open() as signer:
        paper = engine.sign_pdf(
            papers.render(CARD, content), signer, field="TRUONG", capacity="Trường", at=now
        )
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


# --- K6 ---------------------------------------------------------------------------------------------------------------


def test_k6_erasing_what_the_record_says_of_cards_keeps_every_chain_valid(cast: Cast, card: Card) -> None:
    from khue.school.report_cards.actions import corrections

    request = corrections.ask_correction(cast.binh, card, what="Tên đệm của cháu ghi sai, đúng là Hoài.")
    corrections.refuse_correction(cast.hung, request, answer="Giấy khai sinh ghi như học bạ.")
    entries = list(AuditEntry.objects.filter(action__startswith="report_cards."))
    assert len(entries) >= 2
    erase_payload(Actor.system("audit.test"), entries, reason="Theo yêu cầu của chủ thể dữ liệu")
    report = verify_record()
    assert not report.faults, report.faults
    from khue.school.report_cards import verification

    found = verification.answer(card.reference)
    assert found is not None
    assert found.standing == verification.Standing.TEST
