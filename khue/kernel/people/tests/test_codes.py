"""One-time codes (reliability F3, F6, F8)."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.people import actions, codes, jobs
from khue.kernel.people.models import Account, OneTimeCode, Person
from tests.cast import Cast, make_account, make_person

ACTIVATE = "/tai-khoan/kich-hoat/"
OWN = "quạt mo mèo con bến sông 41"


def account(name: str) -> Account:
    return Account.objects.select_related("person").get(login_name=name)


def issue(cast: Cast, name: str = "an", by: str = "tam") -> str:
    return actions.issue_codes(cast.actor(by), [account(name)]).slips[0].code


def show(client: Client, code: str, datum: str = "14/03/2013"):
    return client.post(ACTIVATE, {"code": code, "datum": datum})


def test_a_code_is_twelve_letters_that_can_be_read_aloud_and_only_its_hash_is_kept(cast: Cast):
    code = issue(cast)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", code)
    kept = OneTimeCode.objects.get()
    assert code.replace("-", "") not in str(kept.__dict__)
    assert kept.expires_at - timezone.now() > timedelta(hours=71)
    assert codes.read(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code.replace(
        "-", ""
    )


def test_an_chooses_her_own_password_by_code_and_birth_date_once(cast: Cast):
    code = issue(cast)
    client = Client()
    assert show(client, code).status_code == 302
    assert client.post(f"{ACTIVATE}mat-khau/", {"password": OWN}).status_code == 302
    assert client.get("/thong-bao/").status_code == 200
    assert Client().post("/tai-khoan/dang-nhap/", {"name": "an", "password": OWN}).status_code == 302
    assert show(Client(), code).status_code == 422


def test_a_composed_and_a_decomposed_keyboard_type_the_same_password(cast: Cast):
    import unicodedata

    client = Client()
    show(client, issue(cast))
    client.post(f"{ACTIVATE}mat-khau/", {"password": unicodedata.normalize("NFD", OWN)})
    assert Client().post("/tai-khoan/dang-nhap/", {"name": "an", "password": OWN}).status_code == 302


def test_a_newer_code_kills_the_older(cast: Cast):
    old, new = issue(cast), issue(cast)
    assert show(Client(), old).status_code == 422
    assert show(Client(), new).status_code == 302


def test_five_wrong_birth_dates_and_the_code_is_dead(cast: Cast):
    code = issue(cast)
    for day in range(1, 6):
        assert show(Client(), code, f"{day:02}/01/2013").status_code == 422
    assert show(Client(), code).status_code == 422


def test_a_code_is_dead_after_seventy_two_hours(cast: Cast):
    code = issue(cast)
    OneTimeCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert show(Client(), code).status_code == 422


def test_a_wrong_code_and_a_wrong_birth_date_get_the_same_bytes(cast: Cast):
    code = issue(cast)

    def body(answer) -> str:
        return re.sub(r'value="\w{64}"', "", answer.content.decode())

    assert (
        body(show(Client(), code, "01/01/2001"))
        == body(show(Client(), "AAAA-BBBB-CCCC"))
        == body(show(Client(), "x"))
    )


def test_a_hundred_thousand_guesses_open_nothing(cast: Cast):
    issue(cast)
    hits = 0
    for _round in range(400):
        hits += codes.redeem(codes.new_code(), "14/03/2013", f"203.0.{_round % 250}.9") is not None
    assert hits == 0
    assert len(codes.ALPHABET) ** codes.LENGTH / 100_000 > 10**12


def test_the_last_four_digits_of_the_phone_serve_when_no_birth_date_is_known(cast: Cast):
    person = cast.people["binh"]
    person.birth_date, person.phone = None, "+84912345118"
    person.save()
    code = issue(cast, "binh")
    assert show(Client(), code, "5117").status_code == 422
    assert show(Client(), code, "5118").status_code == 302


def test_who_has_neither_birth_date_nor_phone_is_left_out_and_named(cast: Cast):
    Person.objects.filter(pk=cast.people["binh"].pk).update(birth_date=None, phone="")
    issued = actions.issue_codes(cast.tam, [account("an"), account("binh")])
    assert [slip.account.login_name for slip in issued.slips] == ["an"]
    assert issued.left_out[0][0].login_name == "binh"


def test_codes_are_given_only_within_reach_and_only_after_a_fresh_proof(cast: Cast):
    with pytest.raises(NotVisible):
        actions.issue_codes(cast.mai, [account("an")])
    with pytest.raises(NotAllowed):
        actions.issue_codes(cast.binh, [account("an")])
    with pytest.raises(ProofNeeded):
        actions.issue_codes(cast.actor("tam", proved=False), [account("an")])
    assert actions.issue_codes(cast.lan, [account("an"), account("binh")]).slips


def test_nobody_gets_at_an_account_with_more_power_than_their_own(cast: Cast):
    def left_out(by: str, name: str) -> bool:
        return bool(actions.issue_codes(cast.actor(by), [account(name)]).left_out)

    assert left_out("tam", "hung")
    assert not left_out("hung", "tam")
    assert not left_out("tam", "lan")
    assert left_out("tam", "tam")
    assert not left_out("son", "hung")


def test_a_homeroom_teacher_does_not_get_at_a_parent_who_is_principal_elsewhere(cast: Cast):
    from khue.registry.roster.models import Guardianship

    Guardianship.objects.create(
        pupil=cast.people["an"], guardian=cast.people["ha"], relation="other", starts_on=date(2026, 9, 5)
    )
    assert actions.issue_codes(cast.lan, [account("ha")]).left_out
    assert actions.issue_codes(cast.tam, [account("ha")]).left_out


def test_one_audit_entry_says_who_handed_out_codes_and_holds_none_of_them(cast: Cast):
    before = Entry.objects.count()
    code = issue(cast)
    entry = Entry.objects.select_related("payload").latest("pk")
    assert Entry.objects.count() == before + 1
    assert entry.action == "people.issue_codes"
    assert entry.chain == cast.school.pk
    assert codes.hash_of(code) not in entry.payload.body
    assert code not in entry.payload.body


def test_the_slips_show_the_codes_and_no_answer_is_kept(cast: Cast):
    from khue.kernel.home.models import PostedOnce

    client = cast.client("tam")
    answer = client.post(
        "/tai-khoan/ma/", {"row": [cast.people["an"].pk, cast.people["binh"].pk], "_key": "once"}
    )
    page = b"".join(answer).decode()
    assert answer.status_code == 200
    assert len(set(re.findall(r"<b>(\w{4}-\w{4}-\w{4})</b>", page))) == 2
    assert "Lê Hoài An" in page
    assert "no-store" in answer["Cache-Control"]
    assert not PostedOnce.objects.exists()


def test_no_page_of_an_account_shows_or_takes_somebodys_password(cast: Cast):
    page = cast.client("tam").get(f"/tai-khoan/{account('an').pk}/").content.decode()
    assert 'type="password"' not in page
    assert "argon2" not in page


def test_a_code_resets_the_password_ends_sessions_but_keeps_the_second_factor(cast: Cast):
    from khue.kernel.people.tests.test_second_factor import pair

    pair(account("hung"))
    session = cast.client("hung")
    assert session.get("/thong-bao/").status_code == 200
    code = issue(cast, "hung", by="son")
    client = Client()
    assert show(client, code, "09/06/1975").status_code == 302
    client.post(f"{ACTIVATE}mat-khau/", {"password": OWN})
    assert session.get("/thong-bao/").status_code == 302
    assert client.get("/thong-bao/")["Location"].startswith("/tai-khoan/xac-thuc/")


def test_disabled_accounts_are_dead_on_the_next_request_and_named_with_a_reason(cast: Cast):
    session = cast.client("an")
    assert session.get("/thong-bao/").status_code == 200
    with pytest.raises(DomainError):
        actions.disable_accounts(cast.tam, [account("an")], reason=" ")
    actions.disable_accounts(cast.tam, [account("an")], reason="Chuyển trường")
    assert session.get("/thong-bao/").status_code == 302
    actions.enable_accounts(cast.tam, [account("an")], reason="Nhầm")
    with pytest.raises(NotVisible):
        actions.disable_accounts(cast.actor("hung"), [account("mai")], reason="x")


def test_accounts_are_opened_in_bulk_with_names_people_already_know(cast: Cast):
    from khue.registry.roster.models import Guardianship
    from khue.registry.staff.models import StaffMember
    from tests.cast import make_enrolment

    pupil = make_person("Bùi Ngọc Diệp", birth_date=date(2013, 1, 1), ministry_code="3826177205")
    make_enrolment(pupil, cast.classroom)
    mother = make_person("Bùi Thị Hạnh", phone="+84987654321")
    Guardianship.objects.create(pupil=pupil, guardian=mother, relation="mother", starts_on=date(2026, 9, 5))
    teacher = make_person("Cao Văn Minh", email="minh.cv@truong.example")
    StaffMember.objects.create(person=teacher, unit=cast.school, sort_key="x")
    from khue.kernel.people.queries import all_kinds_of

    people = [pupil, mother, teacher]
    assert actions.open_accounts(cast.tam, people, kinds=all_kinds_of([one.pk for one in people])) == 3
    names = dict(Account.objects.filter(person__in=people).values_list("person_id", "login_name"))
    assert names == {pupil.pk: "3826177205", mother.pk: "0987654321", teacher.pk: "minh.cv@truong.example"}
    assert actions.open_accounts(cast.tam, people, kinds={}) == 0
    assert not Account.objects.get(person=pupil).has_usable_password()


def test_a_taken_name_falls_back_to_khues_own_code(cast: Cast):
    first, second = make_person("Mẹ Một", phone="+84987654321"), make_person("Mẹ Hai", phone="+84987654321")
    names = actions.login_names([first, second], {first.pk: "guardian", second.pk: "guardian"})
    assert names == {first.pk: "0987654321", second.pk: second.code.lower()}


def test_a_forgotten_password_is_answered_alike_and_mailed_only_to_its_owner(cast: Cast):
    Account.objects.filter(login_name="lan").update(email="lan@truong.example")

    def body(name: str) -> str:
        return Client().post("/tai-khoan/quen-mat-khau/", {"name": name}).content.decode()

    assert body("lan") == body("khong.co.ai") == body("hung")
    from khue.kernel.jobs.models import Run

    assert Run.objects.filter(name="people.mail_code").count() == 3

    class Handle:
        from khue.kernel.access.actor import Actor

        actor = Actor.system("people.mail_code")

    for name in ("lan", "khong.co.ai", "hung"):
        jobs.mail_code(Handle(), name=name, address="https://khue.example/kich-hoat/")  # type: ignore[arg-type]
    assert [message.to for message in mail.outbox] == [["lan@truong.example"]]
    found = re.search(r"#(\w{4}-\w{4}-\w{4})", mail.outbox[0].body)
    assert found is not None
    assert codes.redeem(found[1], "02/03/1985", "127.0.0.1") is not None


def test_letters_asked_for_in_a_row_flood_nobody_and_the_last_still_opens(cast: Cast) -> None:
    Account.objects.filter(login_name="lan").update(email="lan@truong.example")

    class Handle:
        actor = Actor.system("people.mail_code")

    for _time in range(jobs.MAILED_MOST + 4):
        jobs.mail_code(Handle(), name="lan", address="https://khue.example/kich-hoat/")  # type: ignore[arg-type]
    assert len(mail.outbox) == jobs.MAILED_MOST
    found = re.search(r"#(\w{4}-\w{4}-\w{4})", str(mail.outbox[-1].body))
    assert found is not None
    assert codes.redeem(found[1], "02/03/1985", "127.0.0.1") is not None


def test_make_account_starts_without_any_secret(cast: Cast):
    fresh = make_account(make_person("Người Mới"), "moi")
    assert (
        Client().post("/tai-khoan/dang-nhap/", {"name": fresh.login_name, "password": "!"}).status_code == 401
    )
