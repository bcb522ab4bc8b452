"""Anybody verifies a card: the minimum is shown, a changed byte is refused, guessing leads nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from khue.kernel.signing import engine
from khue.kernel.signing.records import Signed, keep_certificate, record_signatures
from khue.school.report_cards import datafile, keeping, rationing, register, verification
from khue.school.report_cards.models import Card, Draft, EntryKind
from khue.school.report_cards.packing import packed
from khue.school.report_cards.rationing import Of
from khue.school.report_cards.rules import State
from khue.school.report_cards.tests import places
from tests.cast import Cast


@pytest.fixture
def card(cast: Cast) -> Card:
    places.trust(cast.department)
    return places.issued(cast.enrolments["an"])


def page(card: Card, query: str = "") -> str:
    answer = Client().get(f"/xac-minh/{card.reference}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def enter(card: Card, kind: EntryKind) -> None:
    files = register.files_of(card.pk)
    assert files is not None
    with transaction.atomic():
        register.enter(places.work(), card.school_id, [register.Line(card, kind, files)], timezone.now())


def test_the_answer_shows_name_school_year_and_signers_and_no_mark(card: Card, cast: Cast) -> None:
    shown = page(card)
    for word in (cast.people["an"].full_name, "Trường THCS Lê Quý Đôn", "Trần Quốc Hùng", "bản 1", card.code):
        assert word in shown, word
    assert "Bản thử, không có giá trị pháp lý" in shown
    content = card.content
    for line in content["subjects"]:
        assert line["comment"] not in shown
        assert f">{line['year']}<" not in shown
        assert line["name"] not in shown
    for secret in (content["pupil"]["personal_id"], content["pupil"]["learner_code"], content["classroom"]):
        assert secret not in shown
    assert content["homeroom_comment"] not in shown


def test_the_page_needs_no_script_no_log_in_and_is_not_kept(card: Card) -> None:
    answer = Client().get(f"/xac-minh/{card.reference}/")
    shown = answer.content.decode()
    assert "Xác minh" in shown
    assert 'href="?chu-ky=1"' in shown
    assert "no-store" in answer["Cache-Control"]
    assert shown.count("<script") == 4  # theme, khue, app, verification: all deferred or tiny, none needed
    assert len(answer.content) < 20_000


def test_every_signature_is_judged_when_asked(card: Card) -> None:
    assert "15 chữ ký trên tệp dữ liệu và chữ ký của trường trên bản in đều đúng" in page(card, "?chu-ky=1")


def test_a_signature_is_judged_by_when_the_register_says_it_was_made(cast: Cast) -> None:
    """The teacher's certificate ended after she signed and before the school issued the card."""
    places.trust(cast.department)
    now = timezone.now()
    then = now - timedelta(hours=2)
    lan = places.keys().authority.person(
        "Nguyễn Thị Lan",
        personal_id="020185001234",
        begins=then - timedelta(hours=1),
        ends=then + timedelta(hours=1),
    )
    card = places.composed(cast.enrolments["an"], steps="subject,school")
    data = datafile.write(datafile.card_of(card.content), card.reference)
    row = keep_certificate(
        places.work(), lan.certificate, lan.chain, source="trial", person_id=cast.people["lan"].pk
    )
    made = []
    with lan.open() as signer:
        for place, line in enumerate(card.content["subjects"], 1):
            before, field = engine.content_sha256(data), f"GVBM_{line['code']}"
            data = engine.sign_xml(
                data, signer, field=field, capacity="Giáo viên môn học", at=then, part=f"MON_{line['code']}"
            )
            made.append(
                Signed(
                    card.school_id, "report_cards.card", card.pk, "xml", place, field, "Giáo viên môn học",
                    cast.people["lan"].pk, row.pk, before, engine.content_sha256(data), then,
                )
            )  # fmt: skip
    record_signatures(places.work(), made)
    Draft.objects.create(card=card, data=packed(data), sha256=engine.content_sha256(data))
    Card.objects.filter(pk=card.pk).update(state=State.PRINCIPAL_SIGNED, unsigned=[])
    card.refresh_from_db()
    with places.keys().school.open() as signer:
        whole = engine.sign_xml(data, signer, field="TRUONG", capacity="Chữ ký số của trường", at=now)
    places.issue_all([(card, whole)])
    found = verification.answer(card.reference)
    assert found is not None
    checked = verification.check(found)
    assert checked.is_valid, checked.sentences


def test_signatures_of_an_authority_nobody_trusts_are_not_called_good(cast: Cast) -> None:
    shown = page(places.issued(cast.enrolments["an"]), "?chu-ky=1")
    assert "đều đúng" not in shown
    assert "Chưa kết luận được" in shown or "Đừng tin" in shown


def test_a_level_completed_is_said_in_the_years_that_complete_one(cast: Cast) -> None:
    words = "Hoàn thành chương trình trung học cơ sở"
    last = replace(places.says(cast.people["an"]), grade=9, completion=words)
    assert words in page(places.issued(cast.enrolments["an"], last))
    other = replace(places.says(cast.people["khoi"]), completion="Hoàn thành chương trình lớp 8")
    assert "Hoàn thành" not in page(places.issued(cast.enrolments["khoi"], other))


@pytest.mark.parametrize("which", ["data_sha256", "paper_sha256"])
def test_one_changed_byte_of_a_file_and_nothing_is_believed(card: Card, own_files: Path, which: str) -> None:
    files = register.files_of(card.pk)
    assert files is not None
    sha256 = getattr(files, which)
    place = own_files / sha256[:2] / sha256
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.chmod(0o600)
    place.write_bytes(bytes(data))
    shown = page(card)
    assert "Đừng tin học bạ này" in shown
    assert card.content["pupil"]["full_name"] not in shown
    place.unlink()
    assert "Đừng tin học bạ này" in page(card)


@pytest.mark.parametrize(
    "change",
    [
        "content = jsonb_set(content, '{pupil,full_name}', '\"Lê Văn Khác\"')",
        "edition = 7",
        "is_test = false",
        "issued_at = issued_at + interval '1 day'",
        "code = 'AAAA-BBBB-CCCC'",
        "grade = 9",
    ],
)
def test_what_the_tables_say_otherwise_than_the_register_is_not_believed(card: Card, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")  # as one who owns the server
        cursor.execute(f"update report_cards_card set {change} where id = %s", [card.pk])
    assert "Đừng tin học bạ này" in page(card)


def test_a_forged_card_without_a_line_of_the_register_is_not_believed(cast: Cast) -> None:
    forged = places.composed(cast.enrolments["an"], issued_at=timezone.now(), state=State.SEALED)
    assert "Đừng tin học bạ này" in page(forged)


def test_a_replaced_card_says_by_which_edition(card: Card, cast: Cast) -> None:
    second = places.composed(cast.enrolments["an"], edition=2, replaces=card)
    places.issue_all([(second, places.waiting(second))])
    assert "Đã thay bằng bản 2" in page(card)
    assert "Đã thay" not in page(second).split("Các câu trả lời khác")[0]


def test_a_revoked_card_says_so_even_when_its_state_was_changed_back(card: Card) -> None:
    enter(card, EntryKind.REVOKED)
    assert card.state == State.SEALED
    assert "Học bạ đã thu hồi" in page(card)


def test_a_card_the_department_gave_back_is_no_valid_one(card: Card) -> None:
    Card.objects.filter(pk=card.pk).update(state=State.RETURNED)
    assert "Sở đã trả lại trường" in page(card)


def test_a_card_not_issued_yet_is_not_found(cast: Cast) -> None:
    waiting = places.composed(cast.enrolments["an"])
    assert Client().get(f"/xac-minh/{waiting.reference}/").status_code == 404
    assert Client().get("/xac-minh/", {"ma": waiting.code}).status_code == 404


def test_a_typed_code_leads_to_the_card_however_it_is_typed(card: Card) -> None:
    for typed in (card.code, card.code.lower().replace("-", " "), card.reference):
        answer = Client().get("/xac-minh/", {"ma": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/xac-minh/{card.reference}/")
    assert Client().get("/xac-minh/", {"ma": "0000-0000-0000"}).status_code == 404
    assert Client().get("/xac-minh/", {"ma": "Lê Hoài An"}).status_code == 422


def ask_learner(code: str, born: str, year: str = "2026", client: Client | None = None) -> Any:
    return (client or Client()).post("/xac-minh/", {"hoc_sinh": code, "ngay_sinh": born, "nam_hoc": year})


def test_learner_code_birth_date_and_year_together_lead_to_the_card(card: Card, cast: Cast) -> None:
    person = cast.people["an"]
    answer = ask_learner(person.code, "14/03/2013")
    assert answer["Location"] == f"/xac-minh/{card.reference}/"
    assert ask_learner(person.code, "2013-03-14")["Location"] == answer["Location"]
    assert ask_learner(person.code, "15/03/2013").status_code == 404
    assert ask_learner(person.code, "14/03/2013", "2025").status_code == 404
    assert ask_learner(person.code, "hôm qua").status_code == 422
    assert ask_learner("", "14/03/2013").status_code == 422


@pytest.mark.parametrize(
    "born", ["1/1/99999999999", "1/1/" + "9" * 5000, "9" * 5000 + "/1/2013", "0/0/0", "²/1/2013"]
)
def test_a_birth_date_that_is_none_is_asked_for_again(card: Card, cast: Cast, born: str) -> None:
    assert ask_learner(cast.people["an"].code, born).status_code == 422


def test_the_birth_date_of_a_learner_cannot_be_guessed(card: Card, cast: Cast) -> None:
    code = cast.people["an"].code
    answers = [ask_learner(code, f"{day:02d}/04/2013").status_code for day in range(1, 13)]
    assert answers == [404] * 10 + [429] * 2
    waiting = ask_learner(code, "14/03/2013")
    assert (waiting.status_code, waiting["Retry-After"]) == (429, "3600")


def test_one_address_may_not_ask_without_end(card: Card) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    answers = [client.get(f"/xac-minh/{card.reference}/").status_code for _ in range(Of.PAGES.value.most + 2)]
    assert answers.count(200) == Of.PAGES.value.most
    assert set(answers[-2:]) == {429}
    assert Client(REMOTE_ADDR="203.0.113.10").get(f"/xac-minh/{card.reference}/").status_code == 200


def test_wrong_codes_from_one_address_come_to_an_end(db: None) -> None:
    client = Client(REMOTE_ADDR="203.0.113.11")
    answers = [
        client.get("/xac-minh/", {"ma": f"0000-0000-{n:04d}"}).status_code
        for n in range(Of.MISSES.value.most + 1)
    ]
    assert answers == [404] * Of.MISSES.value.most + [429]


def test_the_whole_site_bears_only_so_many_guesses_an_hour(cast: Cast) -> None:
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into report_cards_asking (key, since, count) values (%s, %s, %s)",
            [rationing.key_of(Of.SITE, ""), now, Of.SITE.value.most],
        )
    assert ask_learner("HS000001", "01/01/2013").status_code == 429


def test_counts_are_forgotten_and_name_nobody(card: Card) -> None:
    page(card)
    with connection.cursor() as cursor:
        cursor.execute("select key from report_cards_asking")
        assert all("127.0.0.1" not in key for (key,) in cursor.fetchall())
        cursor.execute("update report_cards_asking set since = since - interval '2 days'")
    assert rationing.sweep() > 0


def test_the_quick_answer_and_the_full_check_agree(card: Card) -> None:
    found = verification.answer(card.reference)
    assert found is not None
    assert found.standing == verification.Standing.TEST
    checked = verification.check(found)
    assert checked.is_valid, checked.sentences
    assert keeping.state_of(checked.paper.sha256) == keeping.SOUND
