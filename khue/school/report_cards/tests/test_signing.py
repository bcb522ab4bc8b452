"""Signing step by step: strict order, the signer's own key, the file that was shown; refusals by name."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.signing import engine, installation
from khue.kernel.signing.actions import TRIAL_PASSPHRASE
from khue.kernel.signing.models import Certificate, Signature
from khue.kernel.signing.records import keep_certificate
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster.models import Homeroom
from khue.registry.staff.models import Position
from khue.school.gradebook.actions import results as way
from khue.school.report_cards import keeping, register, verification
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.models import Card, Draft, Entry
from khue.school.report_cards.packing import packed
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import flow, places
from khue.school.report_cards.waiting import field_of, part_of
from tests.cast import START, Cast, make_account, make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Keys of the test authority."""
    settings.DEMO = True


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's card, waiting for its first signature."""
    flow.approved(cast)
    (made,) = flow.compose(cast)
    return made


def again(card: Card) -> Card:
    return Card.objects.get(pk=card.pk)


def test_a_card_is_signed_by_teacher_homeroom_principal_and_school_and_issued(cast: Cast, card: Card) -> None:
    subjects = card.unsigned
    assert len(subjects) == 7
    flow.until(cast, Step.SCHOOL, [card])
    found = again(card)
    assert (found.state, found.unsigned) == (State.SEALED, [])
    assert not Draft.objects.exists()
    assert Entry.objects.get().card_id == card.pk
    made = Signature.objects.filter(form="xml").order_by("position").values_list("position", "field")
    assert list(made) == list(enumerate([*(f"GV_{one}" for one in subjects), "GVCN", "HT", "TRUONG"], 1))


def test_the_issued_file_is_valid_with_everybody_in_order(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.SCHOOL, [card])
    files = register.files_of(card.pk)
    assert files is not None
    data = keeping.content(files.data_sha256)
    assert data is not None
    verdict = engine.validate_xml(data, installation.policy(), datetime.now(UTC))
    assert verdict.outcome == "valid", verdict.sentences
    said = [(one.field, one.identity.name, one.capacity) for one in verdict.signatures][-3:]
    assert said == [
        ("GVCN", "Nguyễn Thị Lan", "Giáo viên chủ nhiệm"),
        ("HT", "Trần Quốc Hùng", "Hiệu trưởng"),
        ("TRUONG", "THCS Lê Quý Đôn", "Chữ ký số của tổ chức"),
    ]


# --- the order (acceptance test 1)


def test_the_principal_cannot_sign_before_the_homeroom_teacher(cast: Cast, card: Card) -> None:
    key = flow.key_of(cast, "hung")
    (refused,) = flow.sign(cast.hung, Step.PRINCIPAL, [card], key)
    assert refused.label == "Lê Hoài An, 8A3"
    assert refused.message.startswith("Chưa đến lượt: còn chờ giáo viên ký môn")
    flow.until(cast, Step.SUBJECT, [card])
    (refused,) = flow.sign(cast.hung, Step.PRINCIPAL, [card], key)
    assert refused.message == "Chưa đến lượt: còn chờ giáo viên chủ nhiệm ký."
    assert again(card).state == State.TEACHER_SIGNED


def test_the_homeroom_teacher_waits_for_the_subjects_and_the_school_for_the_principal(
    cast: Cast, card: Card
) -> None:
    (refused,) = flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"))
    assert "còn chờ giáo viên ký môn" in refused.message
    flow.until(cast, Step.HOMEROOM, [card])
    (refused,) = flow.sign(cast.tam, Step.SCHOOL, [card], flow.seal_of(cast))
    assert refused.message == "Chưa đến lượt: còn chờ hiệu trưởng ký."
    assert not Entry.objects.exists()


def test_no_step_is_signed_twice(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.HOMEROOM, [card])
    (refused,) = flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"))
    assert refused.message == "Bước này đã ký rồi."
    (refused,) = flow.sign(cast.lan, Step.SUBJECT, [card], flow.key_of(cast, "lan"))
    assert refused.message == "Môn của thầy cô đã ký rồi."
    flow.until_from(cast, Step.PRINCIPAL, [card])
    (refused,) = flow.sign(cast.hung, Step.PRINCIPAL, [card], flow.key_of(cast, "hung"))
    assert refused.message == "Học bạ đã cấp, không ký thêm được."
    assert Signature.objects.filter(form="xml").count() == 10


# --- what is shown is what is signed


def test_a_card_that_is_another_than_was_shown_is_refused_by_name(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.SUBJECT, [card])
    seen = {card.pk: "0" * 64}
    (refused,) = flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"), shown=seen)
    assert refused.message == "Học bạ đã khác bản thầy cô xem trên trang. Mở lại trang, xem rồi ký."


def test_a_draft_changed_past_khue_is_not_signed(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.SUBJECT, [card])
    draft = Draft.objects.get()
    other = draft.file.replace(b"8.0", b"9.0", 1)
    spoilt = bytes(draft.data[:-9])
    for data in (packed(other), other, spoilt):
        Draft.objects.update(data=data)
        (refused,) = flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"))
        assert refused.message == "Tệp của học bạ này bị đổi ngoài Khuê, không ký được. Báo người quản trị."


def test_a_draft_kept_before_files_were_packed_is_signed_on(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.SUBJECT, [card])
    Draft.objects.update(data=Draft.objects.get().file)
    assert flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan")) == []
    after = Draft.objects.get()
    assert len(after.data) < len(after.file) / 2
    assert hashlib.sha256(after.file).hexdigest() == after.sha256


def test_reopened_results_stop_the_signing(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.SUBJECT, [card])
    way.reopen_results(cast.hung, cast.classroom, period=0, reason="Sửa điểm Toán")
    (refused,) = flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"))
    assert refused.message.startswith("Kết quả cả năm của lớp đã mở lại")


# --- who


def test_a_card_without_a_personal_number_is_blocked_with_its_reason(cast: Cast) -> None:
    flow.approved(cast)
    cast.people["an"].personal_id = None
    cast.people["an"].save(update_fields=["personal_id"])
    (card,) = flow.compose(cast)
    assert (card.state, card.problems) == (State.DRAFT, ["THIEU_DINH_DANH"])
    (refused,) = flow.sign(cast.lan, Step.SUBJECT, [card], flow.key_of(cast, "lan"))
    assert refused.message == "Chưa có số định danh cá nhân."


def test_mai_signs_nothing_of_another_school(cast: Cast, card: Card) -> None:
    key = flow.key_of(cast, "mai")
    with pytest.raises(NotVisible):
        flow.sign(cast.mai, Step.HOMEROOM, [card], key)
    with pytest.raises(NotAllowed):
        flow.sign(cast.mai, Step.PRINCIPAL, [card], key)
    with pytest.raises(NotAllowed):
        flow.sign(cast.lan, Step.PRINCIPAL, [card], flow.key_of(cast, "lan"))


def test_a_teacher_signs_only_rows_of_courses_of_their_own(cast: Cast, card: Card) -> None:
    TeachingAssignment.objects.filter(course__classroom=cast.classroom).exclude(
        course__subject_id="TOAN"
    ).delete()
    assert flow.sign(cast.lan, Step.SUBJECT, [card], flow.key_of(cast, "lan")) == []
    found = again(card)
    assert sorted({*card.unsigned} - {*found.unsigned}) == ["TOAN"]
    assert found.state == State.COMPLETE


def test_the_principal_and_the_school_prove_who_they_are_first(cast: Cast, card: Card) -> None:
    flow.until(cast, Step.HOMEROOM, [card])
    with pytest.raises(ProofNeeded):
        flow.sign(cast.actor("hung", proved=False), Step.PRINCIPAL, [card], flow.key_of(cast, "hung"))
    flow.until_from(cast, Step.PRINCIPAL, [card], last=Step.PRINCIPAL)
    with pytest.raises(ProofNeeded):
        flow.sign(cast.actor("tam", proved=False), Step.SCHOOL, [card], flow.seal_of(cast))


# --- the certificate (acceptance test 5)


def own(cast: Cast, whose: str, **more: Any) -> KeyGiven:
    """A certificate of the test authority for somebody, as `more` says."""
    authority = installation.trial_authority()
    assert authority is not None
    who = {"name": cast.people[whose].full_name, "personal_id": flow.NUMBERS[whose], "kind": "ec", **more}
    issued = authority.person(**who)
    row = keep_certificate(
        places.work(), issued.certificate, issued.chain, source="file", person_id=cast.people[whose].pk,
        key_file=issued.pkcs12(TRIAL_PASSPHRASE),
    )  # fmt: skip
    return KeyGiven(row, TRIAL_PASSPHRASE)


def own_seal(cast: Cast, **more: Any) -> KeyGiven:
    """A seal of the school by the test authority, as `more` says."""
    authority = installation.trial_authority()
    assert authority is not None
    issued = authority.institution(cast.school.name, organisation_id=cast.school.code, kind="ec", **more)
    row = keep_certificate(
        places.work(), issued.certificate, issued.chain, source="file", unit_id=cast.school.pk,
        key_file=issued.pkcs12(TRIAL_PASSPHRASE),
    )  # fmt: skip
    return KeyGiven(row, TRIAL_PASSPHRASE)


def refused_words(cast: Cast, card: Card, key: KeyGiven) -> str:
    with pytest.raises((DomainError, engine.RefusedToSign)) as caught:
        flow.sign(cast.lan, Step.SUBJECT, [card], key)
    assert again(card).state == State.COMPLETE
    assert not Draft.objects.exists()
    return str(getattr(caught.value, "message", caught.value))


def test_a_certificate_that_expired_yesterday_is_refused(cast: Cast, card: Card) -> None:
    now = datetime.now(UTC)
    key = own(cast, "lan", begins=now - timedelta(hours=20), ends=now - timedelta(hours=1))
    assert "hết hạn" in refused_words(cast, card, key)


def test_a_card_signed_with_time_stamps_is_valid_after_every_certificate_has_expired(
    cast: Cast, card: Card
) -> None:
    now = datetime.now(UTC)
    ends, later = now + timedelta(days=2), now + timedelta(days=400)
    keys = {name: own(cast, name, ends=ends) for name in ("lan", "hung")}
    for step, name in ((Step.SUBJECT, "lan"), (Step.HOMEROOM, "lan"), (Step.PRINCIPAL, "hung")):
        assert flow.sign(cast.actor(name), step, [card], keys[name]) == []
    assert flow.sign(cast.tam, Step.SCHOOL, [card], own_seal(cast, ends=ends)) == []
    found = verification.answer(card.reference)
    assert found is not None
    by_stamps = installation.policy()  # as anybody judges who knows no register
    for verdict in (
        engine.validate_xml(found.data, by_stamps, later),
        engine.validate_pdf(found.paper, by_stamps, later),
    ):
        assert verdict.is_valid, verdict.codes
        proofs = [(one.field, one.proven_by) for one in verdict.signatures]
        assert {proof for _field, proof in proofs} <= {"stamp", "later"}
        assert proofs[-1] == ("TRUONG", "stamp")
        assert all(one.stamped_at is not None for one in verdict.signatures if one.proven_by == "stamp")
    assert verification.check(found, later).is_valid
    page = Client().get(reverse("verification:card", args=[card.reference])).content.decode()
    assert "không có giá trị pháp lý" in page


def test_without_a_time_stamp_an_expired_certificate_leaves_only_the_register_to_prove_it(
    cast: Cast, card: Card
) -> None:
    now = datetime.now(UTC)
    later = now + timedelta(days=400)
    key = own(cast, "lan", ends=now + timedelta(days=2))
    assert flow.sign(cast.lan, Step.SUBJECT, [card], key) == []  # teachers sign their rows without a stamp
    data = Draft.objects.get(card_id=card.pk).file
    parts = [
        engine.Expected(field_of(Step.SUBJECT, code), part=part_of(code))
        for code in (line["code"] for line in card.content["subjects"])
    ]
    assert set(engine.validate_xml(data, installation.policy(), now).codes) <= {"ONLY_A_PART"}
    alone = engine.validate_xml(data, installation.policy().for_file(expected=parts), later)
    assert "EXPIRED_NO_PROOF" in alone.codes
    known = installation.policy().for_file(
        sha256=hashlib.sha256(data).hexdigest(), registered_at=now, expected=parts
    )
    assert "EXPIRED_NO_PROOF" not in engine.validate_xml(data, known, later).codes


def test_a_certificate_of_another_number_or_name_is_refused(cast: Cast, card: Card) -> None:
    assert "Số định danh trên chứng thư số" in refused_words(
        cast, card, own(cast, "lan", personal_id="020185009999")
    )
    assert "mang tên" in refused_words(cast, card, own(cast, "lan", name="Nguyễn Thị Lan Anh"))


def test_a_revoked_certificate_is_refused(cast: Cast, card: Card) -> None:
    key = own(cast, "lan")
    authority = installation.trial_authority()
    assert authority is not None
    certificate, _chain = installation.certificate_of(key.certificate)
    authority.revoke(certificate, datetime.now(UTC) - timedelta(hours=2))
    installation._trial_lists.clear()
    assert "thu hồi" in refused_words(cast, card, key)


def test_the_key_of_somebody_else_and_a_withdrawn_one_are_refused(cast: Cast, card: Card) -> None:
    assert (
        refused_words(cast, card, flow.key_of(cast, "hung")) == "Chứng thư số này không dùng được ở bước này."
    )
    key = flow.key_of(cast, "lan")
    Certificate.objects.filter(pk=key.certificate.pk).update(withdrawn_at=timezone.now())
    key.certificate.refresh_from_db()
    assert refused_words(cast, card, key) == "Chứng thư số này không dùng được ở bước này."


# --- who left, who stands in (acceptance test 6)


def test_a_teacher_who_left_in_january_cannot_sign_in_may_and_the_replacement_does(
    cast: Cast, card: Card
) -> None:
    january = date(2026, 11, 1)  # before today, as January is before May
    nga = make_person("Lò Thị Nga", birth_date=date(1990, 1, 1), sex=2, personal_id="020190005555")
    make_account(nga, "nga")
    make_staff(nga, cast.school, "teacher")
    Homeroom.objects.filter(classroom=cast.classroom).update(ends_on=january)
    Homeroom.objects.create(
        classroom=cast.classroom, teacher=nga, starts_on=january, ends_on=cast.year.ends_on
    )
    flow.until(cast, Step.SUBJECT, [card])
    with pytest.raises(NotAllowed):
        flow.sign(cast.lan, Step.HOMEROOM, [card], flow.key_of(cast, "lan"))
    cast.people["nga"] = nga
    assert flow.sign(cast.actor("nga"), Step.HOMEROOM, [card], flow.key_of(cast, "nga")) == []
    made = Signature.objects.get(field="GVCN")
    assert (made.signer_id, made.capacity) == (nga.pk, "Giáo viên chủ nhiệm, thay Nguyễn Thị Lan")


def ended(cast: Cast) -> None:
    """The year is over since August, and its assignments with it."""
    year = cast.year
    year.starts_on, year.ends_on = date(2025, 8, 1), date(2026, 7, 31)
    year.save()
    for model in (Homeroom, TeachingAssignment):
        model.objects.update(starts_on=date(2025, 9, 5), ends_on=year.ends_on)


def test_last_years_teachers_sign_last_years_cards_while_they_work_at_the_school(
    cast: Cast, card: Card
) -> None:
    ended(cast)
    lan = cast.actor("lan")
    assert {"class_signer", "course_signer"} <= lan.roles
    assert "homeroom_teacher" not in lan.roles
    assert not lan.holds("gradebook.view_results")
    flow.until(cast, Step.HOMEROOM, [card])
    assert again(card).state == State.HOMEROOM_SIGNED


def test_who_left_the_school_signs_last_years_cards_no_more(cast: Cast, card: Card) -> None:
    ended(cast)
    Position.objects.filter(person=cast.people["lan"]).update(ends_on=date(2026, 8, 15))
    assert not cast.actor("lan").holds("report_cards.sign")


def test_a_year_later_nobody_signs_by_what_they_once_taught(cast: Cast, card: Card) -> None:
    year = cast.year
    year.starts_on, year.ends_on = date(2024, 8, 1), date(2025, 7, 31)
    year.save()
    Homeroom.objects.update(starts_on=date(2024, 9, 5), ends_on=year.ends_on)
    TeachingAssignment.objects.update(starts_on=date(2024, 9, 5), ends_on=year.ends_on)
    assert not cast.actor("lan").holds("report_cards.sign")


def test_only_the_last_homeroom_teacher_of_the_year_signs(cast: Cast, card: Card) -> None:
    nga = make_person("Lò Thị Nga", birth_date=date(1990, 1, 1), sex=2)
    make_account(nga, "nga")
    make_staff(nga, cast.school, "teacher")
    Homeroom.objects.create(classroom=cast.classroom, teacher=nga, starts_on=START, ends_on=cast.year.ends_on)
    ended(cast)
    Homeroom.objects.filter(teacher=nga).update(starts_on=date(2026, 1, 5))
    cast.people["nga"] = nga
    assert "class_signer" in cast.actor("nga").roles
    assert "class_signer" not in cast.actor("lan").roles


# --- the record (K4)


def test_each_step_leaves_one_entry_that_says_who_and_what_and_no_file_nor_secret(
    cast: Cast, card: Card
) -> None:
    flow.key_of(cast, "lan"), flow.key_of(cast, "hung"), flow.seal_of(cast)
    before = AuditEntry.objects.count()
    flow.until(cast, Step.SCHOOL, [card])
    made = list(AuditEntry.objects.order_by("pk")[before:])
    assert [(one.action, one.actor_id) for one in made] == [
        ("report_cards.sign_subject", cast.people["lan"].pk),
        ("report_cards.sign_homeroom", cast.people["lan"].pk),
        ("report_cards.sign_principal", cast.people["hung"].pk),
        ("report_cards.seal", cast.people["tam"].pk),
    ]
    assert all(f"report_cards.card:{card.pk}" in one.touched for one in made)
    assert all(f"people.person:{card.person_id}" in one.touched for one in made)
