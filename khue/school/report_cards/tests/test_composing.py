"""Composing a class: only from approved results, again while nobody has signed, with reasons for what is lacking."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Payload
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
from khue.kernel.people.models import Person
from khue.kernel.settings_store.models import Value
from khue.kernel.signing.models import Signature
from khue.registry.roster.models import Enrolment
from khue.school.gradebook.actions import results as way
from khue.school.gradebook.models import Review
from khue.school.report_cards import datafile
from khue.school.report_cards.actions import composing, corrections, substitutes
from khue.school.report_cards.models import Card, Draft, Substitute
from khue.school.report_cards.printing.wording import card_words
from khue.school.report_cards.queries import cards as reads
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import flow
from tests.cast import START, Cast, make_account, make_class, make_person, make_staff
from tests.races import held


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Keys of the test authority."""
    settings.DEMO = True


def without_number(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["an"].pk).update(personal_id=None)


def test_a_class_whose_year_is_not_approved_is_not_composed(cast: Cast) -> None:
    with pytest.raises(DomainError, match="chưa được duyệt"):
        composing.compose_class(cast.tam, cast.classroom)
    assert not Card.objects.exists()


def test_composing_again_keeps_reference_and_code_and_takes_what_changed(cast: Cast) -> None:
    flow.approved(cast)
    (before,) = flow.compose(cast)
    Person.objects.filter(pk=cast.people["an"].pk).update(full_name="Lê Hoài Ân")
    (after,) = flow.compose(cast)
    assert (after.pk, after.reference, after.code) == (before.pk, before.reference, before.code)
    assert after.content["pupil"]["full_name"] == "Lê Hoài Ân"
    assert after.fingerprint != before.fingerprint


def test_the_absences_that_the_homeroom_teacher_typed_stand_on_the_card(cast: Cast) -> None:
    flow.approved(cast, absences=3)
    (card,) = flow.compose(cast)
    assert card.content["result"]["absences"] == 3
    assert card_words(datafile.card_of(card.content))["card"]["result"]["absences"] == "03"
    shown = cast.client("hung").get(reverse("report_cards:card", args=[card.pk])).content.decode()
    assert "<dt>Số buổi nghỉ cả năm</dt><dd>3</dd>" in shown


def test_what_somebody_signed_is_not_composed_again(cast: Cast) -> None:
    flow.approved(cast)
    (card,) = flow.compose(cast)
    flow.until(cast, Step.SUBJECT, [card])
    fingerprint = Card.objects.get().fingerprint
    Person.objects.filter(pk=cast.people["an"].pk).update(full_name="Lê Hoài Ân")
    done = composing.compose_class(cast.hung, cast.classroom)
    assert (done.made, done.anew, done.left) == (0, 0, 1)
    assert Card.objects.get().fingerprint == fingerprint


def test_an_issued_card_stays_and_no_second_one_is_made(cast: Cast) -> None:
    flow.approved(cast)
    flow.until(cast, Step.SCHOOL, flow.compose(cast))
    done = composing.compose_class(cast.hung, cast.classroom)
    assert (done.made, done.left) == (0, 1)


def test_after_a_revocation_the_next_edition_is_composed(cast: Cast) -> None:
    flow.approved(cast, 2)
    cards = flow.compose(cast)
    flow.until(cast, Step.SCHOOL, cards)
    revoked = Card.objects.get(pk=cards[0].pk)
    corrections.revoke(cast.hung, revoked, reason="Cấp nhầm người", decision="41/QĐ")
    done = composing.compose_class(cast.hung, cast.classroom)
    assert (done.made, done.left) == (1, 1)
    made = Card.objects.get(enrolment_id=revoked.enrolment_id, state=State.COMPLETE)
    assert (made.edition, made.replaces_id, made.content["version"]) == (2, None, 2)
    assert made.reference != revoked.reference
    again = composing.send_back(cast.hung, made, reason="Nhận xét sai tên em")
    assert (again.edition, again.content["version"]) == (2, 2)
    flow.until(cast, Step.SCHOOL, [again])
    assert Card.objects.get(pk=again.pk).state == State.SEALED
    assert Card.objects.get(pk=revoked.pk).state == State.REVOKED
    assert composing.compose_class(cast.hung, cast.classroom).left == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_signed_while_the_class_is_composed_stays_as_it_was_signed(cast: Cast) -> None:
    with transaction.atomic():
        flow.approved(cast)
    (card,) = flow.compose(cast)
    Person.objects.filter(pk=cast.people["an"].pk).update(full_name="Lê Hoài Ân")
    done: list[composing.Outcome] = []

    def compose() -> None:
        try:
            done.append(composing.compose_class(cast.hung, cast.classroom))
        finally:
            connection.close()

    with held(
        f"update report_cards_card set state = 'teacher_signed' where id = {card.pk}",
        f"insert into report_cards_draft (card_id, data, sha256) values ({card.pk}, '', 'abc')",
    ) as release:
        thread = threading.Thread(target=compose)
        thread.start()
        release(thread)
    thread.join(60)
    assert [(one.anew, one.left) for one in done] == [(0, 1)]
    after = Card.objects.get()
    assert (after.state, after.fingerprint) == (State.TEACHER_SIGNED, card.fingerprint)


def test_reopened_results_make_the_unsigned_card_a_draft_again(cast: Cast) -> None:
    flow.approved(cast)
    flow.compose(cast)
    way.reopen_results(cast.hung, cast.classroom, period=0, reason="Sửa điểm")
    (card,) = flow.compose(cast)
    assert (card.state, card.problems) == (State.DRAFT, ["CHUA_DUYET"])


def test_the_content_is_not_repeated_in_the_record(cast: Cast) -> None:
    flow.approved(cast)
    flow.compose(cast)
    assert all("homeroom_comment" not in str(one) for one in Payload.objects.values_list("body", flat=True))


def test_mai_composes_nothing_here_and_lan_is_not_asked_to(cast: Cast) -> None:
    flow.approved(cast)
    with pytest.raises((NotAllowed, NotVisible)):
        composing.compose_class(cast.ha, cast.classroom)
    with pytest.raises(NotAllowed):
        composing.compose_class(cast.lan, cast.classroom)


# --- a missing number (acceptance test 4)


def test_the_principal_lets_a_missing_number_pass_with_a_reason_that_is_kept(cast: Cast) -> None:
    flow.approved(cast)
    without_number(cast)
    (card,) = flow.compose(cast)
    assert card.problems == ["THIEU_DINH_DANH"]
    with pytest.raises(ProofNeeded):
        composing.excuse(cast.actor("hung", proved=False), card, reason="Quốc tịch nước ngoài")
    with pytest.raises(DomainError, match="Ghi lý do"):
        composing.excuse(cast.hung, card, reason="  ")
    composing.excuse(cast.hung, card, reason="Quốc tịch nước ngoài, chưa được cấp số")
    (card,) = flow.compose(cast)
    assert (card.state, card.excuse) == (State.COMPLETE, "Quốc tịch nước ngoài, chưa được cấp số")
    flow.until(cast, Step.HOMEROOM, [card])


def test_where_the_department_forbids_it_a_missing_number_waits(cast: Cast) -> None:
    flow.approved(cast)
    without_number(cast)
    Value.objects.create(
        name=composing.MAY_WAIT, unit=cast.department, valid_from=START, value=False, reason="Sở quy định"
    )
    (card,) = flow.compose(cast)
    with pytest.raises(DomainError, match="Sở không cho ký"):
        composing.excuse(cast.hung, card, reason="Quốc tịch nước ngoài")


# --- sending back


def test_a_card_sent_back_loses_its_signatures_and_is_another_card(cast: Cast) -> None:
    flow.approved(cast)
    (card,) = flow.compose(cast)
    flow.until(cast, Step.HOMEROOM, [card])
    made = composing.send_back(cast.hung, card, reason="Nhận xét sai tên em")
    assert not Draft.objects.exists()
    assert Card.objects.get().pk == made.pk != card.pk
    assert (made.state, made.returned_for, len(made.unsigned)) == (State.COMPLETE, "Nhận xét sai tên em", 7)
    assert made.reference != card.reference
    flow.until(cast, Step.SCHOOL, [made])
    assert Card.objects.get().state == State.SEALED
    with pytest.raises(DomainError, match="Sửa bằng bản mới"):
        composing.send_back(cast.hung, Card.objects.get(), reason="Lại sai")


def test_a_card_sent_back_is_composed_in_the_class_the_pupil_is_in_by_now(cast: Cast) -> None:
    flow.approved(cast, 2)
    cards = flow.compose(cast)
    flow.until(cast, Step.SUBJECT, cards)
    an = cast.enrolments["an"]
    other = make_class("8A9", cast.school, cast.year, 8)
    Enrolment.objects.filter(pk=an.pk).update(classroom=other)
    with pytest.raises(DomainError, match=r"sang lớp 8A9.*chưa duyệt"):
        composing.send_back(cast.hung, Card.objects.get(enrolment=an), reason="Sai tên")
    assert Draft.objects.filter(card__enrolment=an).exists(), "nothing is undone"
    Review.objects.create(
        classroom=other, school=cast.school, year=cast.year, term=0, state="approved",
        approved_by=cast.people["hung"], approved_at=timezone.now(),
    )  # fmt: skip
    made = composing.send_back(cast.hung, Card.objects.get(enrolment=an), reason="Sai tên")
    assert (made.classroom_id, made.content["classroom"]) == (other.pk, "8A9")
    Enrolment.objects.filter(pk=an.pk).update(classroom=None)
    with pytest.raises(DomainError, match="chưa được xếp lớp"):
        composing.send_back(cast.hung, Card.objects.get(enrolment=an), reason="Sai tên")


def test_a_card_of_who_is_no_pupil_of_the_class_any_more_is_not_sent_back(cast: Cast) -> None:
    flow.approved(cast, 2)
    cards = flow.compose(cast)
    flow.until(cast, Step.SUBJECT, cards)
    an = cast.enrolments["an"]
    Enrolment.objects.filter(pk=an.pk).update(status="dropped_out", is_current=False)
    with pytest.raises(DomainError, match="không còn học lớp 8A3"):
        composing.send_back(cast.hung, Card.objects.get(enrolment=an), reason="Sai tên")
    assert Draft.objects.filter(card__enrolment=an).exists()


# --- in another's place


def nga_of(cast: Cast) -> Person:
    nga = make_person(
        "Lò Thị Nga", birth_date=cast.people["lan"].birth_date, sex=2, personal_id="020190005555"
    )
    make_account(nga, "nga")
    make_staff(nga, cast.school, "teacher")
    cast.people["nga"] = nga
    return nga


def test_who_is_named_signs_in_the_place_of_a_teacher_and_the_file_says_so(cast: Cast) -> None:
    flow.approved(cast)
    (card,) = flow.compose(cast)
    nga = nga_of(cast)
    row = substitutes.name_signer(
        cast.hung, cast.classroom, subject_id="TOAN", person_id=nga.pk, reason="Cô Lan nghỉ thai sản"
    )
    assert flow.sign(cast.actor("nga"), Step.SUBJECT, [card], flow.key_of(cast, "nga")) == []
    assert Signature.objects.get().capacity == "Giáo viên môn Toán, thay Nguyễn Thị Lan"
    substitutes.end_substitute(cast.hung, row)
    assert not cast.actor("nga").holds("report_cards.sign")


def test_a_second_name_takes_the_place_of_the_first(cast: Cast) -> None:
    nga = nga_of(cast)
    for person in (cast.people["lan"], nga):
        substitutes.name_signer(
            cast.hung, cast.classroom, subject_id="", person_id=person.pk, reason="Cô Hằng đã chuyển đi"
        )
    assert Substitute.objects.filter(ended_at__isnull=True).get().person_id == nga.pk
    assert "class_signer" in cast.actor("nga").roles
    assert "class_signer" not in cast.actor("lan").roles


def test_a_stranger_a_foreign_subject_and_no_reason_are_refused(cast: Cast) -> None:
    for more, words in (
        ({"person_id": cast.people["mai"].pk}, "đang làm việc ở trường"),
        ({"subject_id": "SINH_HOC"}, "không học môn này"),
        ({"reason": " "}, "Ghi lý do"),
    ):
        values = {"subject_id": "", "person_id": cast.people["lan"].pk, "reason": "Cô Hằng chuyển đi", **more}
        with pytest.raises(DomainError, match=words):
            substitutes.name_signer(cast.hung, cast.classroom, **values)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        substitutes.name_signer(
            cast.tam,
            cast.classroom,
            subject_id="",
            person_id=cast.people["lan"].pk,
            reason="Cô Hằng chuyển đi",
        )


# --- pages


def test_the_clerk_composes_the_school_behind_the_page_and_sees_counts_that_add_up(cast: Cast) -> None:
    flow.approved(cast, 3)
    client = cast.client("tam")
    client.post(reverse("report_cards:compose_school"))
    run = Run.objects.get(name="report_cards.compose")
    assert engine.work(run.pk, "w") == "done"
    run.refresh_from_db()
    assert [one["label"] for one in run.failures] == ["8A5"]  # whose year nobody has approved
    page = client.get(reverse("report_cards:overview")).content.decode()
    assert "0 trong" in page
    assert '<td class="only-s line muted sm">kết quả chưa duyệt</td>' in page, (
        "below the class's name on a phone"
    )
    line = next(one for one in reads.class_lines(cast.tam, 2026) if one.id == cast.classroom.pk)
    assert (line.pupils, line.without, line.subject) == (3, 0, 3)
    assert line.without + sum(line.counts.values()) == line.pupils


def test_the_class_page_says_what_is_lacking_and_where_it_is_mended(cast: Cast) -> None:
    flow.approved(cast)
    without_number(cast)
    client = cast.client("tam")
    answer = client.post(reverse("report_cards:compose_class", args=[cast.classroom.pk]))
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Chưa có số định danh cá nhân" in page
    assert reverse("roster:pupil", args=[cast.people["an"].pk]) in page


def test_the_page_of_a_card_shows_what_it_says_who_signed_and_the_paper_to_be(cast: Cast) -> None:
    flow.approved(cast)
    (card,) = flow.compose(cast)
    flow.until(cast, Step.HOMEROOM, [card])
    page = cast.client("hung").get(reverse("report_cards:card", args=[card.pk])).content.decode()
    assert "Giáo viên chủ nhiệm" in page
    assert "Chờ hiệu trưởng" in page
    paper = cast.client("lan").get(reverse("report_cards:preview", args=[card.pk]))
    assert paper.content.startswith(b"%PDF-")
    answer = cast.client("hung").post(
        reverse("report_cards:send_back", args=[card.pk]), {"ly-do": "Nhận xét sai"}
    )
    assert answer.status_code == 302
    assert Card.objects.get().returned_for == "Nhận xét sai"


def test_the_head_names_who_signs_on_the_page(cast: Cast) -> None:
    flow.approved(cast)
    client = cast.client("hung")
    address = reverse("report_cards:name_signer", args=[cast.classroom.pk])
    assert "Nguyễn Thị Lan" in client.get(address).content.decode()
    assert client.post(address, {"mon": "TOAN", "nguoi": "", "ly-do": "x"}).status_code == 422
    body = {"mon": "TOAN", "nguoi": cast.people["tam"].pk, "ly-do": "Cô Lan nghỉ"}
    assert client.post(address, body).status_code == 302
    row = Substitute.objects.get()
    assert (
        "Cô Lan nghỉ"
        in client.get(reverse("report_cards:class_cards", args=[cast.classroom.pk])).content.decode()
    )
    client.post(reverse("report_cards:end_substitute", args=[row.pk]))
    assert Substitute.objects.get().ended_at is not None
