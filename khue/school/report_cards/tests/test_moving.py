"""What goes with a pupil: the sheet of partial results and custody (rules/02 section 6); packages: test_packages.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, step_up
from khue.kernel.audit.actions import erase_payload
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.audit.verify import verify as verify_record
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Signature
from khue.kernel.signing.records import keep_certificate
from khue.kernel.workflow.models import Task
from khue.registry.roster import actions as roster
from khue.registry.roster.models import Enrolment, Transfer
from khue.school.gradebook.models import MarkRow
from khue.school.gradebook.tests import judged
from khue.school.report_cards import datafile, keeping, packages, verification_sheets
from khue.school.report_cards.actions import copies
from khue.school.report_cards.actions import packages as moving
from khue.school.report_cards.actions import transfers as sheets
from khue.school.report_cards.actions.signing import Hand
from khue.school.report_cards.forms import KeyForm
from khue.school.report_cards.models import Card, TransferSheet
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries import transfers as queries
from khue.school.report_cards.tests import places
from khue.school.report_cards.tests.moves import accepted, last_year, made, place, principal, seal, submitted
from khue.school.report_cards.tests.paper import words_of
from khue.school.report_cards.verification import Standing
from tests.cast import Cast

TODAY = timezone.localdate()


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's card of last year, issued by Lê Quý Đôn."""
    places.trust(cast.department)
    return places.issued(last_year(cast), places.says(cast.people["an"], year=2025))


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


def test_the_sheet_of_a_transfer_that_came_to_nothing_is_not_read_signed_or_packed(
    marked: Cast,
) -> None:
    cast = marked
    transfer = accepted(cast)
    address = reverse("report_cards:transfer_sheet", args=[transfer.pk])
    sheet = sheets.compose_transfer_sheet(cast.tam, cast.enrolments["an"], transfer_id=transfer.pk)
    sheet = sheets.sign_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=principal(cast))
    roster.cancel_transfer(cast.tam, cast.school, transfer=transfer, reason="Gia đình ở lại")
    with pytest.raises(Conflict, match="đã xong hoặc đã rút"):
        sheets.seal_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=seal(cast))
    page = cast.client("hung").get(address).content.decode()
    assert 'name="secret"' not in page


def test_the_other_school_does_not_read_the_sheet_of_a_cancelled_transfer(marked: Cast, card: Card) -> None:
    cast = marked
    transfer = accepted(cast)
    signed_sheet(cast, transfer)
    address = reverse("report_cards:transfer_sheet", args=[transfer.pk])
    assert cast.client("ha").get(address).status_code == 200
    roster.cancel_transfer(cast.tam, cast.school, transfer=transfer, reason="Gia đình ở lại")
    assert cast.client("ha").get(address).status_code == 404
    assert cast.client("ha").post(f"{address}pdf/").status_code == 404
    assert cast.client("tam").get(address).status_code == 200
    opened = packages.unpack(moving.take_package(cast.tam, made(cast)))
    assert {one.kind for one in opened.listed} == {packages.CARD}


def test_a_sheet_is_judged_by_when_the_register_says_its_head_signed(
    marked: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate of the head ended before the school sealed the sheet."""
    cast = marked
    places.trust(cast.department)
    then = timezone.now() - timedelta(hours=2)
    held = places.keys().authority.person(
        "Trần Quốc Hùng",
        personal_id="020075001234",
        begins=then - timedelta(hours=1),
        ends=then + timedelta(hours=1),
    )
    row = keep_certificate(
        places.work(), held.certificate, held.chain, source="trial", person_id=cast.people["hung"].pk
    )
    sheet = sheets.compose_transfer_sheet(cast.tam, cast.enrolments["an"], transfer_id=accepted(cast).pk)
    with held.open() as signer, monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: then)
        sheet = sheets.sign_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=Hand(signer, row))
    sheet = sheets.seal_transfer_sheet(cast.hung, sheet, shown=sheet.sha256, hand=seal(cast))
    found = verification_sheets.answer(sheet.reference)
    assert found is not None
    assert (found.standing, found.sentences) == (Standing.TEST, ())


def test_a_passphrase_is_taken_as_it_was_typed(cast: Cast) -> None:
    row = places.seal_of(cast.school)
    form = KeyForm([row], {"seal": str(row.pk), "secret": " hai  dấu cách "})
    assert form.is_valid()
    assert form.cleaned_data["secret"] == " hai  dấu cách "


@pytest.mark.parametrize("page", ["sheet", "package"])
def test_a_passphrase_is_not_kept_while_a_proof_is_asked_for(marked: Cast, card: Card, page: str) -> None:
    cast = marked
    transfer = accepted(cast)
    sheet = sheets.compose_transfer_sheet(cast.tam, cast.enrolments["an"], transfer_id=transfer.pk)
    address, sent = {
        "sheet": (
            reverse("report_cards:transfer_sheet", args=[transfer.pk]),
            {"verb": "sign", "shown": sheet.sha256, "seal": principal(cast).certificate.pk},
        ),
        "package": (
            reverse("report_cards:export_package", args=[card.person_id]),
            {"to": "Trường THCS Kim Đồng", "seal": places.seal_of(cast.school).pk},
        ),
    }[page]
    client = cast.client("hung", proved=False)
    assert "no-cache" in client.get(address)["Cache-Control"]
    answer = client.post(address, {**sent, "secret": "mat-khau-cua-khoa"})
    assert step_up.HELD not in client.session
    assert "sensitive_post_parameters" in vars(answer.wsgi_request)


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
