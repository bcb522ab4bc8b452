"""An issued card is put right by a new edition alone: asked, decided, mended at its source, signed again (rules/02)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.notify.models import Message
from khue.kernel.workflow.models import Task
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Enrolment
from khue.school.gradebook.actions import results
from khue.school.gradebook.actions.correcting import Put, correct_results
from khue.school.gradebook.models import MarkRow, Result, Review
from khue.school.gradebook.tests import judged
from khue.school.report_cards import datafile, verification
from khue.school.report_cards.actions import corrections as actions
from khue.school.report_cards.actions.composing import compose_class
from khue.school.report_cards.models import Card, Correction, Entry
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.facts import all_class_facts
from khue.school.report_cards.rules import State
from khue.school.report_cards.tests import places
from tests.cast import Cast

WHAT = "Điểm cuối kì II môn Tin học ghi 3,4, bài kiểm tra được 9,0."
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def approve(cast: Cast, marks: list[int]) -> None:
    """8A3 with everything entered for An, the year approved."""
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    judged.complete(cast.classroom, {cast.enrolments["an"].pk: marks})
    results.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    Result.objects.filter(classroom=cast.classroom).update(is_approved=True)
    now = timezone.now()
    for term in (0, 1, 2):
        Review.objects.create(
            classroom=cast.classroom, school=cast.school, year=cast.year, term=term, state="approved",
            approved_by=cast.people["hung"], approved_at=now,
        )  # fmt: skip


@pytest.fixture
def card(cast: Cast) -> Card:
    """An's card of the year, composed from the gradebook, signed and issued; then the year is closed."""
    person = cast.people["an"]
    person.personal_id = "020313001234"
    person.save()
    approve(cast, [80] * 7 + [34])
    compose_class(cast.hung, cast.classroom)
    made = Card.objects.get(enrolment=cast.enrolments["an"])
    assert made.state == State.COMPLETE, made.problems
    places.trust(cast.department)
    places.issue_all([(made, places.waiting(made))])
    SchoolYear.objects.filter(pk=cast.year.pk).update(is_closed=True)
    made.refresh_from_db()
    assert made.state == State.SEALED
    return made


def mend(cast: Cast) -> None:
    row = MarkRow.objects.get(
        sheet__course__subject_id="TIN_HOC", sheet__term=2, enrolment=cast.enrolments["an"]
    )
    correct_results(
        cast.hung, cast.enrolments["an"], cells_put=[Put(row.sheet_id, 6, row.marks[6], 90)], reason=WHAT,
        asked_by=cast.people["binh"].pk,
    )  # fmt: skip


def granted(cast: Cast, card: Card) -> Correction:
    asked = actions.ask_correction(cast.binh, card, what=WHAT, evidence=("bai.pdf", PDF))
    return actions.grant_correction(cast.hung, asked, decision="41/QĐ-THCS ngày 20/11/2026")


def changes(request: Correction) -> list[str]:
    facts = all_class_facts(request.card.classroom_id)
    return [str(one) for one in actions.all_recomposed(request, facts) or []]


def reissued(cast: Cast, card: Card) -> Card:
    request = granted(cast, card)
    mend(cast)
    made = actions.compose_edition(cast.hung, request)
    places.issue_all([(made, places.waiting(made))])
    made.refresh_from_db()
    return made


def test_acceptance_3_a_correction_makes_edition_2_and_the_code_of_edition_1_says_superseded(
    cast: Cast, card: Card
) -> None:
    made = reissued(cast, card)
    card.refresh_from_db()
    assert (made.edition, made.state, card.state) == (2, State.SEALED, State.SUPERSEDED)
    assert made.replaces_id == card.pk
    assert (made.reference, made.code) != (card.reference, card.code)
    old, new = verification.answer(card.reference), verification.answer(made.reference)
    assert old is not None
    assert new is not None
    assert old.standing == verification.Standing.SUPERSEDED
    assert new.standing == verification.Standing.TEST, "valid in all but its test authority"
    said = datafile.card_of(made.content)
    assert "Thay bản 1" in said.replaces
    assert "41/QĐ-THCS" in said.replaces
    lines = {line.code: line for line in said.subjects}
    before = {line.code: line for line in datafile.card_of(card.content).subjects}
    assert float(lines["TIN_HOC"].year) > float(before["TIN_HOC"].year)
    assert lines["TOAN"] == before["TOAN"]
    assert list(Entry.objects.order_by("seq").values_list("kind", "card_id")) == [
        ("issued", card.pk), ("issued", made.pk), ("superseded", card.pk),
    ]  # fmt: skip
    page = cast.client("binh").get(reverse("report_cards:my_cards")).content.decode()
    assert "bản 2" in page
    assert "Đã thay bằng bản mới" in page


def test_whoever_asked_follows_the_whole_way(cast: Cast, card: Card) -> None:
    reissued(cast, card)
    request = Correction.objects.get()
    assert request.state == "done"
    assert request.made is not None
    told = list(
        Message.objects.filter(person=cast.people["binh"]).order_by("pk").values_list("title", flat=True)
    )
    assert [title.split(" của ")[0] for title in told] == [
        "Nhà trường đồng ý sửa học bạ", "Học bạ đã sửa: bản 2 thay bản 1",
    ]  # fmt: skip
    assert not Task.objects.filter(closed_at__isnull=True, kind__startswith="report_cards.").exists()
    for name in ("ask_correction", "grant_correction", "compose_edition"):
        entry = AuditEntry.objects.get(action=f"report_cards.{name}")
        assert f"people.person:{card.person_id}" in entry.touched


def test_a_new_edition_is_composed_only_when_the_source_was_mended(cast: Cast, card: Card) -> None:
    request = granted(cast, card)
    with pytest.raises(DomainError, match="vẫn như trên học bạ cũ"):
        actions.compose_edition(cast.hung, request)
    assert Card.objects.count() == 1
    mend(cast)
    assert changes(request)[:1] == ["Tin học, học kì II: “3,4” thành “5,5”"]
    first = actions.compose_edition(cast.hung, request)
    assert first.state == State.COMPLETE
    again = actions.compose_edition(cast.hung, request)
    assert again.pk == first.pk, "composed anew, not twice"


def test_what_is_being_signed_is_not_composed_again(cast: Cast, card: Card) -> None:
    request = granted(cast, card)
    mend(cast)
    made = actions.compose_edition(cast.hung, request)
    places.waiting(made)
    with pytest.raises(Conflict):
        actions.compose_edition(cast.hung, request)


def test_the_old_edition_is_valid_until_the_new_one_is_issued(cast: Cast, card: Card) -> None:
    request = granted(cast, card)
    mend(cast)
    actions.compose_edition(cast.hung, request)
    card.refresh_from_db()
    assert card.state == State.SEALED
    assert [one.pk for one in custody.all_latest(card.person_id)] == [card.pk]


def test_a_name_put_right_in_the_record_makes_a_new_edition_as_well(cast: Cast, card: Card) -> None:
    request = granted(cast, card)
    person = cast.people["an"]
    person.full_name = "Lê Hoài Ân"
    person.save()
    assert changes(request) == [f"Họ và tên: “{card.content['pupil']['full_name']}” thành “Lê Hoài Ân”"]


def test_the_pupil_s_page_leads_to_the_request_that_waits_instead_of_another(cast: Cast, card: Card) -> None:
    address = reverse("report_cards:pupil_cards", args=[card.person_id])
    ask = reverse("report_cards:ask_correction", args=[card.pk])
    assert ask in cast.client("hung").get(address).content.decode()
    made = actions.ask_correction(cast.binh, card, what=WHAT)
    page = cast.client("hung").get(address).content.decode()
    assert reverse("report_cards:correction", args=[made.pk]) in page
    for gone in (ask, reverse("report_cards:revoke", args=[card.pk])):
        assert gone not in page


def test_a_request_says_enough_and_one_is_enough(cast: Cast, card: Card) -> None:
    for what in ("sai", " " * 40, "x" * 501):
        with pytest.raises(DomainError) as caught:
            actions.ask_correction(cast.binh, card, what=what)
        assert "what" in caught.value.fields
    with pytest.raises(DomainError):
        actions.ask_correction(cast.binh, card, what=WHAT, evidence=("ma.exe", b"MZ"))
    actions.ask_correction(cast.binh, card, what=WHAT)
    with pytest.raises(Conflict):
        actions.ask_correction(cast.tam, card, what=WHAT)


@pytest.mark.parametrize("who", ["binh", "an", "lan", "tam", "hung"])
def test_the_family_the_homeroom_teacher_and_the_office_ask(cast: Cast, card: Card, who: str) -> None:
    assert actions.ask_correction(cast.actor(who), card, what=WHAT).asked_by_id == cast.people[who].pk


@pytest.mark.parametrize("who", ["mai", "ha", "son", "thanh"])
def test_nobody_else_asks(cast: Cast, card: Card, who: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        actions.ask_correction(cast.actor(who), card, what=WHAT)


@pytest.mark.parametrize("who", ["binh", "lan", "tam", "mai", "ha", "son"])
def test_the_head_alone_decides(cast: Cast, card: Card, who: str) -> None:
    asked = actions.ask_correction(cast.binh, card, what=WHAT)
    for do in (
        lambda actor: actions.grant_correction(actor, asked, decision="41/QĐ"),
        lambda actor: actions.refuse_correction(actor, asked, answer="Đúng rồi"),
        lambda actor: actions.compose_edition(actor, asked),
        lambda actor: actions.revoke(actor, card, reason="Nhầm", decision="41/QĐ"),
    ):
        with pytest.raises((NotAllowed, NotVisible)):
            do(cast.actor(who))


def test_deciding_asks_who_it_is_again(cast: Cast, card: Card) -> None:
    asked = actions.ask_correction(cast.binh, card, what=WHAT)
    with pytest.raises(ProofNeeded):
        actions.grant_correction(cast.actor("hung", proved=False), asked, decision="41/QĐ")


def test_a_refusal_has_its_reason_and_nothing_changes(cast: Cast, card: Card) -> None:
    asked = actions.ask_correction(cast.binh, card, what=WHAT)
    with pytest.raises(DomainError):
        actions.refuse_correction(cast.hung, asked, answer=" ")
    actions.refuse_correction(cast.hung, asked, answer="Bài kiểm tra đúng là 3,4.")
    with pytest.raises(Conflict):
        actions.grant_correction(cast.hung, asked, decision="41/QĐ")
    card.refresh_from_db()
    assert card.state == State.SEALED
    assert Message.objects.filter(person=cast.people["binh"]).count() == 1


def test_one_s_own_request_is_taken_back_by_oneself(cast: Cast, card: Card) -> None:
    asked = actions.ask_correction(cast.binh, card, what=WHAT)
    with pytest.raises(NotVisible):
        actions.withdraw_correction(cast.tam, asked)
    actions.withdraw_correction(cast.binh, asked)
    assert not Task.objects.filter(closed_at__isnull=True, kind="report_cards.decide_correction").exists()
    actions.ask_correction(cast.tam, card, what=WHAT)


def test_a_revoked_card_says_so_and_there_is_no_way_back(cast: Cast, card: Card) -> None:
    for reason, decision in ((" ", "41/QĐ"), ("Cấp nhầm người", " ")):
        with pytest.raises(DomainError):
            actions.revoke(cast.hung, card, reason=reason, decision=decision)
    actions.revoke(cast.hung, card, reason="Cấp nhầm người", decision="41/QĐ")
    found = verification.answer(card.reference)
    assert found is not None
    assert found.standing == verification.Standing.REVOKED
    assert not custody.all_latest(card.person_id)
    with pytest.raises(Conflict):
        actions.revoke(cast.hung, card, reason="Cấp nhầm người", decision="41/QĐ")
    with pytest.raises(Conflict):
        actions.ask_correction(cast.binh, card, what=WHAT)
    assert Message.objects.filter(title__contains="đã thu hồi").count() == 2, "An and her father"


def test_the_pages_go_the_whole_way(cast: Cast, card: Card) -> None:
    father, head = cast.client("binh"), cast.client("hung")
    answer = father.post(reverse("report_cards:ask_correction", args=[card.pk]), {"what": WHAT})
    assert answer.status_code == 302
    address = answer["Location"]
    assert WHAT in father.get(address).content.decode()
    assert father.post(address, {"verb": "grant", "decision": "1"}).status_code in (403, 404)
    assert head.post(address, {"verb": "grant", "decision": ""}).status_code == 422
    assert head.post(address, {"verb": "grant", "decision": "41/QĐ"}).status_code == 302
    row = MarkRow.objects.get(
        sheet__course__subject_id="TIN_HOC", sheet__term=2, enrolment=cast.enrolments["an"]
    )
    request = Correction.objects.get()
    marks = f"{reverse('report_cards:correct_marks', args=[request.pk])}?so={row.sheet_id}"
    page = head.get(marks)
    assert page.status_code == 200
    fields = {name: field.initial for name, field in page.context["form"].fields.items()}
    assert head.post(marks, {**fields, "o6": "mười một"}).status_code == 422
    assert head.post(marks, {**fields, "o6": "9,0"}).status_code == 302
    row.refresh_from_db()
    assert row.marks[6] == 90
    shown = head.get(address).content.decode()
    assert "học kì II" in shown
    assert marks in shown
    assert head.post(address, {"verb": "compose"}).status_code == 302
    assert Card.objects.get(edition=2).state == State.COMPLETE
    listed = head.get(reverse("report_cards:corrections")).content.decode()
    assert cast.people["an"].full_name in listed


def test_the_paper_that_shows_it_is_read_by_those_of_the_request(cast: Cast, card: Card) -> None:
    asked = actions.ask_correction(cast.binh, card, what=WHAT, evidence=("bai.pdf", PDF))
    address = reverse("report_cards:evidence", args=[asked.pk])
    for who in ("binh", "hung", "tam"):
        answer = cast.client(who).get(address)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
    assert cast.client("mai").get(address).status_code == 404


def test_revoking_by_its_page(cast: Cast, card: Card) -> None:
    address = reverse("report_cards:revoke", args=[card.pk])
    head = cast.client("hung")
    assert head.get(address).status_code == 200
    assert head.post(address, {"reason": "", "decision": "1"}).status_code == 422
    assert head.post(address, {"reason": "Cấp nhầm", "decision": "41/QĐ"}).status_code == 302
    card.refresh_from_db()
    assert card.state == State.REVOKED
    assert cast.client("tam").get(address).status_code in (403, 404)


def test_the_school_that_holds_the_pupil_asks_the_one_that_issued(cast: Cast, card: Card) -> None:
    other: Any = Enrolment.objects.get(pk=cast.enrolments["an"].pk)
    Enrolment.objects.filter(pk=other.pk).update(is_current=False)
    now = Enrolment.objects.create(
        person=other.person, year=other.year, school=cast.other_school, classroom=cast.other_classroom, level="THCS",
        grade=8, status_on=other.status_on, joined_on=other.joined_on, sort_key=other.sort_key,
    )  # fmt: skip
    assert (
        cast.client("hung").get(reverse("report_cards:pupil_cards", args=[card.person_id])).status_code == 404
    )
    with pytest.raises(NotVisible):
        actions.ask_correction(cast.tam, card, what=WHAT)
    answer = cast.client("ha").post(reverse("report_cards:ask_correction", args=[card.pk]), {"what": WHAT})
    assert answer.status_code == 302
    asked = Correction.objects.get()
    assert asked.asked_by_id == cast.people["ha"].pk
    assert custody.cards(cast.hung).filter(pk=card.pk).exists(), "it is deciding its correction"
    actions.refuse_correction(cast.hung, asked, answer="Đúng rồi")
    assert not custody.cards(cast.hung).filter(pk=card.pk).exists()
    with pytest.raises(NotVisible):
        actions.ask_correction_as_holder(cast.lan, now, card_id=card.pk, what=WHAT)
