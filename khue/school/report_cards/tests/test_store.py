"""Handing in, taking in, giving back, looking into the store; progress that sums to the class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry as Recorded
from khue.kernel.jobs.engine import work
from khue.kernel.jobs.models import Run
from khue.kernel.notify.models import Message
from khue.school.report_cards import counting, register, store_jobs, ticks, verifying
from khue.school.report_cards.actions import store as actions
from khue.school.report_cards.models import Card, Verification
from khue.school.report_cards.queries import store as queries
from khue.school.report_cards.rules import State
from khue.school.report_cards.tests import places
from tests.cast import Cast, make_enrolment, make_person


@pytest.fixture
def card(cast: Cast) -> Card:
    places.trust(cast.department)
    return places.issued(cast.enrolments["an"])


@pytest.fixture
def handed_in(card: Card, cast: Cast) -> Card:
    assert actions.submit(cast.tam, [card]) == []
    card.refresh_from_db()
    return card


def spoil(own_files: Path, card: Card) -> None:
    files = register.files_of(card.pk)
    assert files is not None
    place = own_files / files.data_sha256[:2] / files.data_sha256
    place.chmod(0o600)
    place.write_bytes(place.read_bytes().replace(b'CN="8.3"', b'CN="9.9"', 1))


# --- handing in -------------------------------------------------------------------------------------------------------


def test_a_school_hands_in_what_is_issued_and_hears_what_is_not(cast: Cast, card: Card) -> None:
    waiting = places.composed(cast.enrolments["khoi"])
    left = actions.submit(cast.tam, [card, waiting])
    card.refresh_from_db()
    assert (card.state, card.submitted_at is not None) == (State.SUBMITTED, True)
    assert [(one.card_id, "Chờ ký" in one.why) for one in left] == [(waiting.pk, True)]


def test_another_school_and_a_teacher_hand_nothing_in(cast: Cast, card: Card) -> None:
    with pytest.raises(NotVisible):
        actions.submit(cast.ha, [card])
    with pytest.raises(NotAllowed):
        actions.submit(cast.lan, [card])


# --- taking in --------------------------------------------------------------------------------------------------------


def test_the_department_takes_in_what_holds(cast: Cast, handed_in: Card) -> None:
    assert actions.accept(cast.son, [handed_in]) == []
    handed_in.refresh_from_db()
    assert (handed_in.state, handed_in.decided_at is not None) == (State.ACCEPTED, True)
    assert verifying.verify().is_sound


def test_a_changed_file_is_not_taken_in_and_says_why(cast: Cast, handed_in: Card, own_files: Path) -> None:
    spoil(own_files, handed_in)
    (left,) = actions.accept(cast.son, [handed_in])
    assert "không khớp sổ cấp" in left.why
    handed_in.refresh_from_db()
    assert handed_in.state == State.SUBMITTED


def test_a_card_signed_by_keys_nobody_trusts_is_not_taken_in(cast: Cast) -> None:
    card = places.issued(cast.enrolments["an"])
    actions.submit(cast.tam, [card])
    (left,) = actions.accept(cast.son, [card])
    assert left.card_id == card.pk
    assert left.why


def test_a_school_cannot_take_in_its_own(cast: Cast, handed_in: Card) -> None:
    with pytest.raises(NotAllowed):
        actions.accept(cast.hung, [handed_in])
    with pytest.raises(NotAllowed):
        actions.give_back(cast.hung, [handed_in], reason="thử xem sao")


def test_a_card_given_back_says_why_and_the_school_hears_of_it(cast: Cast, handed_in: Card) -> None:
    assert actions.give_back(cast.son, [handed_in], reason="Sai ngày sinh") == []
    handed_in.refresh_from_db()
    assert (handed_in.state, handed_in.returned_for) == (State.RETURNED, "Sai ngày sinh")
    told = Message.objects.filter(kind="report_cards.returned")
    assert cast.people["tam"].pk in set(told.values_list("person_id", flat=True))
    assert cast.people["mai"].pk not in set(told.values_list("person_id", flat=True))
    assert actions.submit(cast.tam, [handed_in]) == []


def test_giving_back_needs_a_reason_and_a_card_that_waits(cast: Cast, handed_in: Card) -> None:
    with pytest.raises(DomainError, match="lý do"):
        actions.give_back(cast.son, [handed_in], reason=" ")
    actions.accept(cast.son, [handed_in])
    (left,) = actions.give_back(cast.son, [handed_in], reason="Sai ngày sinh")
    assert "Sở đã nhận" in left.why


@pytest.mark.django_db(transaction=True)
def test_a_whole_school_is_taken_in_behind_the_page_with_each_failure_listed(
    cast: Cast, own_files: Path
) -> None:
    places.trust(cast.department)
    others = [make_enrolment(make_person(f"Em {n}"), cast.classroom) for n in range(3)]
    cards = [places.composed(one) for one in (cast.enrolments["an"], *others)]
    places.issue_all([(one, places.waiting(one)) for one in cards])
    actions.submit(cast.tam, cards)
    spoil(own_files, cards[2])
    answer = cast.client("son").post(
        f"/hoc-ba/nhan/?don-vi={cast.school.code}", {"lop": str(cast.classroom.pk), "_key": "a" * 32}
    )
    assert answer.status_code == 302
    run = Run.objects.get(name="report_cards.receive")
    work(run.pk, "test")
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == ("done", 4, 4)
    assert [one["key"] for one in run.failures] == [cards[2].pk]
    states = dict(Card.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in cards] == ["accepted", "accepted", "submitted", "accepted"]


# --- looking ----------------------------------------------------------------------------------------------------------


def test_whoever_reads_a_card_of_the_store_says_why_and_it_is_kept(cast: Cast, handed_in: Card) -> None:
    data = actions.read_store(cast.son, handed_in, kind="pdf", reason="Giải quyết khiếu nại, đơn 12")
    assert data.startswith(b"%PDF")
    (look,) = queries.looks(cast.son, handed_in)
    assert look.why == "Giải quyết khiếu nại, đơn 12"
    assert look.who.startswith("Vũ Thanh Sơn")
    entry = Recorded.objects.get(action="report_cards.read_store")
    assert f"people.person:{handed_in.person_id}" in entry.touched
    with pytest.raises(DomainError, match="lý do"):
        actions.read_store(cast.son, handed_in, kind="pdf", reason="x")


def test_a_card_that_was_not_handed_in_is_not_in_the_store(cast: Cast, card: Card) -> None:
    with pytest.raises(NotVisible):
        actions.read_store(cast.son, card, kind="pdf", reason="Thanh tra theo kế hoạch")
    assert cast.client("son").get(f"/hoc-ba/kho/{card.pk}/").status_code == 404


def test_the_page_of_the_store_shows_no_mark_and_gives_the_file_for_a_reason(
    cast: Cast, handed_in: Card
) -> None:
    client = cast.client("son")
    shown = client.get(f"/hoc-ba/kho/{handed_in.pk}/").content.decode()
    assert cast.people["an"].full_name in shown
    assert handed_in.content["homeroom_comment"] not in shown
    assert all(line["comment"] not in shown for line in handed_in.content["subjects"])
    address = f"/hoc-ba/kho/{handed_in.pk}/"
    assert client.post(address, {"tep": "xml", "ly-do": ""}).status_code == 422
    given = client.post(address, {"tep": "xml", "ly-do": "Giải quyết đề nghị của gia đình"})
    assert given["Content-Disposition"].startswith("attachment")
    assert b"<HocBa" in given.content
    assert "Giải quyết đề nghị của gia đình" in client.get(address).content.decode().split("Ai đã xem")[1]


@pytest.mark.parametrize("who", ["hung", "tam", "mai", "binh", "thanh"])
def test_nobody_else_enters_the_store(cast: Cast, handed_in: Card, who: str) -> None:
    client = cast.client(who)
    for address in ("/hoc-ba/kho/", f"/hoc-ba/kho/{handed_in.pk}/", "/hoc-ba/nhan/", "/hoc-ba/kho/so-cap/"):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("words", ["Lê Hoài An", "le hoai", "code", "learner", "reference", ""])
def test_a_card_is_found_by_name_learner_code_or_code(cast: Cast, handed_in: Card, words: str) -> None:
    typed = {"code": handed_in.code, "learner": cast.people["an"].code, "reference": handed_in.reference}
    shown = cast.client("son").get("/hoc-ba/kho/", {"q": typed.get(words, words)}).content.decode()
    assert handed_in.code in shown
    assert handed_in.code not in cast.client("son").get("/hoc-ba/kho/", {"q": "Không Ai Cả"}).content.decode()


def test_the_school_takes_copies_of_both_files_and_each_is_written_down(cast: Cast, card: Card) -> None:
    client = cast.client("tam")
    for kind, begin in (("pdf", b"%PDF"), ("xml", b"<HocBa")):
        given = client.get(f"/hoc-ba/{card.pk}/tep/{kind}/")
        assert given.content.startswith(begin)
        assert f"_v1.{kind}" in given["Content-Disposition"]
    assert Recorded.objects.filter(action="report_cards.take_copy").count() == 2
    assert client.get(f"/hoc-ba/{card.pk}/tep/zip/").status_code == 404
    for who in ("mai", "ha", "binh", "son"):
        assert cast.client(who).get(f"/hoc-ba/{card.pk}/tep/pdf/").status_code == 404, who
    with pytest.raises(NotVisible):
        actions.take_copy(cast.tam, places.composed(cast.enrolments["khoi"]), kind="pdf")


# --- progress (rules/02 section 8, test 8) ----------------------------------------------------------------------------


def test_the_counts_of_a_class_sum_to_its_pupils(cast: Cast, handed_in: Card) -> None:
    names = ("draft", "complete", "teacher_signed", "homeroom_signed", "principal_signed")
    for state in names:
        places.composed(make_enrolment(make_person(f"Em {state}"), cast.classroom), state=state)
    make_enrolment(make_person("Em chưa có"), cast.classroom)
    second = places.composed(
        cast.enrolments["an"], edition=2, replaces=handed_in
    )  # in the making: the first counts
    shown = queries.classes(cast.hung, "report_cards.view_progress", cast.school, 2026)
    assert shown is not None
    line = next(one for one in shown.lines if one.name == "8A3")
    assert line.pupils == 7
    assert [getattr(line, name) for name in names] == [1] * 5
    assert (line.none, line.submitted) == (1, 1)
    Card.objects.filter(pk=handed_in.pk).update(state=State.REVOKED)
    again = queries.classes(cast.hung, "report_cards.view_progress", cast.school, 2026)
    assert again is not None
    line = next(one for one in again.lines if one.name == "8A3")
    assert (line.pupils, line.complete, line.submitted) == (7, 2, 0)
    assert second.pk


def test_the_province_counts_what_its_schools_count(cast: Cast, handed_in: Card) -> None:
    assert counting.count() == 2
    assert ticks.count() == 2
    unit = cast.department
    for each in (False, True):
        shown = queries.schools(cast.son, "report_cards.view_progress", unit, 2026, each=each)
        assert shown is not None
        assert (shown.total.pupils, shown.total.submitted, shown.total.none) == (3, 1, 2)
    office = queries.schools(cast.thanh, "report_cards.view_progress", cast.commune, 2026)
    assert office is not None
    assert [(one.name, one.pupils) for one in office.lines] == [("THCS Lê Quý Đôn", 2)]
    assert queries.schools(cast.thanh, "report_cards.view_progress", unit, 2026) is None


@pytest.mark.parametrize(
    ("who", "address", "word"),
    [
        ("hung", "/hoc-ba/tien-do/", "8A3"),
        ("thanh", "/hoc-ba/tien-do/", "THCS Lê Quý Đôn"),
        ("son", "/hoc-ba/tien-do/", "Phường Đông Kinh"),
        ("son", "/hoc-ba/tien-do/?xem=truong", "THCS Mường Khoa"),
        ("tam", "/hoc-ba/nop/", "8A3"),
        ("son", "/hoc-ba/nhan/", "THCS Lê Quý Đôn"),
        ("son", "/hoc-ba/nhan/?don-vi=THCS-LQD", "8A3"),
    ],
)
def test_pages_open_for_those_they_are_for(
    cast: Cast, handed_in: Card, who: str, address: str, word: str, django_assert_max_num_queries: Any
) -> None:
    counting.count()
    client = cast.client(who)
    with django_assert_max_num_queries(14):
        answer = client.get(address)
    assert answer.status_code == 200
    assert word in answer.content.decode()


def test_a_class_is_handed_in_from_its_page(cast: Cast, card: Card) -> None:
    client: Client = cast.client("tam")
    client.post("/hoc-ba/nop/", {"lop": str(cast.classroom.pk), "_key": "b" * 32})
    card.refresh_from_db()
    assert card.state == State.SUBMITTED
    assert client.post("/hoc-ba/nop/", {"_key": "c" * 32}).status_code == 302


# --- what the nightly verification leaves behind ----------------------------------------------------------------------


def test_the_nightly_verification_is_kept_and_shown(cast: Cast, card: Card) -> None:
    assert ticks.checkpoint() is not None
    assert store_jobs.verify() == 0
    row = Verification.objects.get()
    assert (row.entries, row.count, row.checkpoints) == (1, 0, 1)
    assert "Nguyên vẹn" in cast.client("son").get("/hoc-ba/kho/so-cap/").content.decode()
    kept = Client().get("/xac-minh/diem-kiem-tra.txt")
    assert kept.content.decode().startswith("Khue report card register checkpoint 1\n")


def test_what_does_not_hold_reaches_the_department_by_name(cast: Cast, card: Card, own_files: Path) -> None:
    spoil(own_files, card)
    assert store_jobs.verify() == 1
    assert "tệp dữ liệu đã bị sửa" in cast.client("son").get("/hoc-ba/kho/so-cap/").content.decode()
    assert Message.objects.filter(kind="report_cards.broken", person=cast.people["son"]).exists()
    row = actions.note_verification(cast.son, cast.department, report=verifying.verify())
    assert row.count == 1
