"""The school's step: both files kept, the register says so, exactly once, or nothing at all."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from khue.kernel.actions import DomainError
from khue.kernel.signing import engine
from khue.kernel.signing.models import Signature
from khue.school.report_cards import datafile, issuing, keeping, register, signed
from khue.school.report_cards.models import Card, Draft, Entry, EntryKind
from khue.school.report_cards.rules import State
from khue.school.report_cards.tests import places
from tests.cast import Cast, make_enrolment, make_person


def an(cast: Cast) -> Card:
    return places.issued(cast.enrolments["an"])


def test_an_issued_card_has_both_files_a_line_in_the_register_and_no_draft(cast: Cast) -> None:
    card = an(cast)
    assert (card.state, card.is_test, card.unsigned) == (State.SEALED, True, [])
    assert card.issued_at is not None
    assert not Draft.objects.exists()
    entry = Entry.objects.get()
    assert (entry.seq, entry.kind, entry.card_id, entry.school_id) == (1, "issued", card.pk, cast.school.pk)
    assert bytes(entry.previous) == register.START
    data, paper = keeping.content(entry.data_sha256), keeping.content(entry.paper_sha256)
    assert data is not None
    assert paper is not None
    assert (entry.data_size, entry.paper_size) == (len(data), len(paper))
    assert datafile.read(data) == (datafile.card_of(card.content), card.reference)


def test_both_files_are_valid_and_rest_on_the_test_authority(cast: Cast) -> None:
    card = an(cast)
    files = register.files_of(card.pk)
    assert files is not None
    policy, now = places.keys().authority.policy(), datetime.now(UTC)
    data, paper = keeping.content(files.data_sha256), keeping.content(files.paper_sha256)
    xml = engine.validate_xml(data or b"", policy.for_file(sha256=files.data_sha256), now)
    pdf = engine.validate_pdf(paper or b"", policy.for_file(sha256=files.paper_sha256), now)
    assert (xml.outcome, pdf.outcome) == ("valid", "valid"), (xml.sentences, pdf.sentences)
    assert [one.field for one in xml.signatures][-3:] == ["GVCN", "HT", "TRUONG"]
    assert xml.is_for_trial
    assert pdf.is_for_trial


def test_the_paper_bears_the_signers_the_code_and_the_warning(cast: Cast, tmp_path: Path) -> None:
    import subprocess

    card = an(cast)
    files = register.files_of(card.pk)
    assert files is not None
    (tmp_path / "card.pdf").write_bytes(keeping.content(files.paper_sha256) or b"")
    done = subprocess.run(
        ["/usr/bin/pdftotext", "-layout", str(tmp_path / "card.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    for word in ("Trần Quốc Hùng", "TRƯỜNG THCS LÊ QUÝ ĐÔN", card.code, cast.people["an"].full_name):
        assert word in done.stdout, word
    assert files.data_sha256[:4] in done.stdout


def test_the_signature_on_the_paper_is_in_the_register_of_signatures(cast: Cast) -> None:
    card = an(cast)
    files = register.files_of(card.pk)
    row = Signature.objects.get(document_kind="report_cards.card", document_id=card.pk, form="pdf")
    assert files is not None
    assert (row.field, row.result_sha256) == ("TRUONG", files.paper_sha256)


def test_the_lines_of_a_school_are_chained_and_other_schools_have_their_own(cast: Cast) -> None:
    an(cast)
    places.issued(cast.enrolments["khoi"])
    places.issued(cast.enrolments["vy"])
    first, second = Entry.objects.filter(school=cast.school).order_by("seq")
    assert bytes(second.previous) == bytes(first.hash)
    other = Entry.objects.get(school=cast.other_school)
    assert (other.seq, bytes(other.previous)) == (1, register.START)


def test_a_chunk_is_issued_together(cast: Cast) -> None:
    others = [make_enrolment(make_person(name), cast.classroom) for name in ("Lý A Páo", "Vàng Thị Mỷ")]
    cards = [places.composed(one) for one in (cast.enrolments["an"], *others)]
    by = places.work()
    places.issue_all([(card, places.waiting(card)) for card in cards], by)
    assert list(Entry.objects.order_by("seq").values_list("card_id", flat=True)) == [one.pk for one in cards]
    changes = str(by.payload)
    assert "<HocBa" not in changes
    assert len(changes) < 20_000


def test_a_card_is_issued_once(cast: Cast) -> None:
    card = an(cast)
    with pytest.raises(DomainError, match="đã cấp rồi"):
        places.issue_all([(card, places.sign(card))])
    assert Entry.objects.count() == 1


def test_a_file_without_all_signatures_or_of_another_card_is_refused(cast: Cast) -> None:
    card = places.composed(cast.enrolments["an"])
    places.waiting(card)
    with pytest.raises(DomainError, match="chưa đủ chữ ký"):
        places.issue_all([(card, places.sign(card, until="HT"))])
    other = places.composed(cast.enrolments["khoi"])
    with pytest.raises(DomainError, match="không phải tệp đã lập"):
        places.issue_all([(card, places.sign(other))])
    assert not Entry.objects.exists()
    assert Draft.objects.get().card_id == card.pk
    assert Card.objects.get(pk=card.pk).issued_at is None


def test_a_subject_whose_teacher_has_not_signed_holds_the_card_back(cast: Cast) -> None:
    card = places.composed(cast.enrolments["an"])
    card.steps = "homeroom,principal,school"
    data = places.sign(card)
    card.steps = "subject,homeroom,principal,school"
    with pytest.raises(DomainError, match="còn môn"):
        issuing.demand_whole(card, data, signed.signatures_in(data))


def test_the_register_and_what_an_issued_card_says_are_walls(cast: Cast) -> None:
    card = an(cast)
    for change in (
        lambda: Entry.objects.update(data_size=1),
        lambda: Entry.objects.all()._raw_delete("default"),
        lambda: Card.objects.filter(pk=card.pk).update(edition=2),
        lambda: Card.objects.filter(pk=card.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_files_named_by_their_hash_are_written_once_and_mended_when_half_written(own_files: Path) -> None:
    data = b"some bytes" * 100
    sha256 = keeping.keep(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    place = own_files / sha256[:2] / sha256
    place.chmod(0o600)
    place.write_bytes(data[:50])
    assert keeping.state_of(sha256) == keeping.CHANGED
    assert keeping.keep(data) == sha256
    assert keeping.state_of(sha256) == keeping.SOUND
    place.unlink()
    assert keeping.state_of(sha256) == keeping.MISSING


def test_replacing_and_revoking_are_lines_of_their_own(cast: Cast) -> None:
    card = an(cast)
    files = register.files_of(card.pk)
    assert files is not None
    with transaction.atomic():
        numbers = register.enter(
            places.work(), card.school_id, [register.Line(card, EntryKind.REVOKED, files)], datetime.now(UTC)
        )
    assert numbers == [2]
