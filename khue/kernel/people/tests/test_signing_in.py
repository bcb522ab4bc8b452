"""Signing in and out (reliability F1, F3, F5-F7, H5, H7)."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings

from khue.kernel.people import throttle
from khue.kernel.people.models import Account, SignIn, SignInAttempt
from tests.cast import Cast

SECRET = "cây bàng trước cổng trường"
LOGIN = "/tai-khoan/dang-nhap/"


@pytest.fixture
def lan(cast: Cast) -> Account:
    account = Account.objects.get(login_name="lan")
    account.password = make_password(SECRET)
    account.save()
    return account


def enter(client: Client, name: str = "lan", password: str = SECRET, **more: str):
    return client.post(LOGIN, {"name": name, "password": password, **more})


def test_lan_signs_in_by_name_and_sees_her_first_page(lan: Account):
    client = Client()
    assert enter(client).status_code == 302
    page = client.get("/")
    assert page.status_code == 200
    assert "Nguyễn Thị Lan" in page.content.decode()


def test_ministry_code_and_phone_sign_in_too_but_a_shared_phone_is_nobodys(lan: Account, cast: Cast):
    person = lan.person
    person.ministry_code, person.phone = "3826177204", "+84912345118"
    person.save()
    assert enter(Client(), "3826177204").status_code == 302
    assert enter(Client(), "0912 345 118").status_code == 302
    assert enter(Client(), person.code.lower()).status_code == 302
    cast.people["hung"].phone = "+84912345118"
    cast.people["hung"].save()
    assert enter(Client(), "0912345118").status_code == 401


def test_a_name_that_does_not_exist_gets_the_same_bytes_as_a_wrong_password(lan: Account):
    def body(name: str) -> str:
        text = enter(Client(REMOTE_ADDR="10.0.0.9"), name, "sai mật khẩu rồi").content.decode()
        import re

        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text).replace(f'value="{name}"', "")

    assert body("lan") == body("zzz")
    for _time in range(12):
        assert body("lan") == body("zzz")


def test_ten_failures_are_free_and_then_even_the_right_password_waits(lan: Account):
    for _time in range(10):
        assert enter(Client(), password="sai").status_code == 401
    assert enter(Client()).status_code == 429
    assert enter(Client(), "hung").status_code == 401


def test_a_stranger_cannot_lock_lan_out_of_the_browser_she_knows(lan: Account):
    hers = Client()
    assert enter(hers).status_code == 302
    hers.post("/tai-khoan/dang-xuat/")
    for _time in range(15):
        enter(Client(), password="đoán mò")
    assert enter(Client()).status_code == 429
    assert enter(hers).status_code == 302


def test_a_stranger_has_a_hundred_guesses_at_most_however_long_he_waits(db: None):
    made = 0
    for _time in range(300):
        SignInAttempt.objects.filter(key="name:x:stranger").exclude(failures__gte=throttle.MOST).update(
            blocked_until=None
        )
        made += throttle.reserve("name:x:stranger").allowed
    assert made == throttle.MOST
    assert throttle.reserve("name:x:stranger").is_final


def test_five_hundred_people_behind_one_address_may_all_mistype_once(db: None):
    for _time in range(500):
        throttle.count_network_failure("203.0.113.7")
    assert not throttle.is_flooding("203.0.113.7")
    for _time in range(100):
        throttle.count_network_failure("203.0.113.7")
    assert throttle.is_flooding("203.0.113.7")
    assert not throttle.is_flooding("203.0.113.8")


def test_the_session_key_changes_at_log_in_and_the_database_never_holds_it(lan: Account):
    client = Client()
    client.session["before"] = 1
    session = client.session
    session.save()
    before = client.cookies["khue_session"].value
    enter(client)
    after = client.cookies["khue_session"].value
    assert before != after
    from django.contrib.sessions.models import Session

    assert not Session.objects.filter(session_key=after).exists()
    assert SignIn.objects.get(account=lan).session_hash == Session.objects.get().session_key


def test_after_signing_out_the_old_cookie_opens_nothing(lan: Account):
    client = Client()
    enter(client)
    cookie = client.cookies["khue_session"].value
    client.post("/tai-khoan/dang-xuat/")
    client.cookies["khue_session"] = cookie
    assert client.get("/thong-bao/").status_code == 302
    assert SignIn.objects.get(account=lan).ended_at is not None


def test_next_never_leads_to_another_site(lan: Account):
    for target in (
        "https://xau.example/",
        "//xau.example/",
        "/\\xau.example",
        "javascript:alert(1)",
        "http:xau.example",
    ):
        client = Client()
        assert (
            client.post(f"{LOGIN}?next={target}", {"name": "lan", "password": SECRET, "next": target})[
                "Location"
            ]
            == "/"
        )
    assert enter(Client(), next="/lich/?q=1")["Location"] == "/lich/?q=1"


def test_every_posting_page_refuses_without_the_csrf_token(lan: Account):
    client = Client(enforce_csrf_checks=True)
    assert enter(client).status_code == 403
    assert client.post("/tai-khoan/dang-xuat/").status_code == 403
    assert client.post("/ngon-ngu/", {"language": "en"}).status_code == 403
    assert client.post("/tai-khoan/kich-hoat/", {"code": "x", "datum": "y"}).status_code == 403
    assert client.post("/tai-khoan/dang-nhap/khoa/", {"credential": "{}"}).status_code == 403


def test_when_all_seats_are_taken_nobody_is_told_the_password_was_wrong(
    lan: Account, monkeypatch: pytest.MonkeyPatch
):
    from khue.kernel.people import hashers

    monkeypatch.setattr(hashers, "PATIENCE", 0.01)
    hashers.nobodys_hash()
    with hashers.seat():
        answer = enter(Client())
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "chưa đúng" not in answer.content.decode()
    assert not SignInAttempt.objects.filter(failures__gt=0).exists()


def test_who_finds_no_place_hears_so_at_once_and_no_try_is_counted(lan: Account):
    from contextlib import ExitStack

    from khue.kernel.people import hashers

    with ExitStack() as queue:
        for _person in range(hashers.PLACES):
            queue.enter_context(hashers.place())
        for _time in range(12):
            assert enter(Client()).status_code == 503
    assert not SignInAttempt.objects.exists()
    assert enter(Client()).status_code == 302


def test_a_try_given_back_was_never_made(db: None):
    for _time in range(9):
        throttle.reserve("name:x:stranger")
    for _time in range(5):
        assert throttle.reserve("name:x:stranger").allowed
        throttle.give_back("name:x:stranger")
    assert throttle.reserve("name:x:stranger").allowed
    assert not throttle.reserve("name:x:stranger").allowed


def test_the_demo_doors_do_not_exist_without_the_demo(cast: Cast):
    assert Client().post("/demo/login", {"as": "tam"}).status_code == 404
    assert Client().get("/demo/login").status_code == 404
    assert "/demo/login" not in Client().get(LOGIN).content.decode()


@override_settings(DEMO=True)
def test_in_the_demo_one_click_makes_anybody_of_the_cast_but_only_by_post(cast: Cast):
    page = Client().get(LOGIN).content.decode()
    for name in ("son", "hung", "tam", "lan", "mai", "binh", "an"):
        assert f'value="{name}"' in page
        client = Client()
        assert client.post("/demo/login", {"as": name}).status_code == 302
        assert client.get("/thong-bao/").status_code == 200
    assert Client().get("/demo/login").status_code == 405
    assert Client().post("/demo/login", {"as": "ha"}).status_code == 404


def test_a_disabled_account_is_out_on_its_next_request(lan: Account):
    client = Client()
    enter(client)
    Account.objects.filter(pk=lan.pk).update(is_active=False)
    assert client.get("/thong-bao/").status_code == 302


def test_a_grown_epoch_or_a_new_password_ends_every_session(lan: Account):
    client = Client()
    enter(client)
    Account.objects.filter(pk=lan.pk).update(session_epoch=1)
    assert client.get("/thong-bao/").status_code == 302
    enter(client)
    Account.objects.filter(pk=lan.pk).update(password=make_password("một câu hoàn toàn khác"))
    assert client.get("/thong-bao/").status_code == 302
