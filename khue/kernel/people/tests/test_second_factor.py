"""The second factor, step-up, and what powerful capacities may not do without (reliability F2, F7)."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings

from khue.kernel.people import factors
from khue.kernel.people.models import Account, SignIn
from tests.cast import Cast

SECRET = "cây bàng trước cổng trường"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now(seed: str = SEED, step: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(seed, int(time.time()) // 30 + step))


def pair(account: Account) -> None:
    totp.TOTP.activate(account, SEED)


def signed_in(name: str) -> Client:
    Account.objects.filter(login_name=name, password="!").update(password=make_password(SECRET))
    client = Client()
    assert client.post("/tai-khoan/dang-nhap/", {"name": name, "password": SECRET}).status_code == 302
    return client


@pytest.mark.parametrize("name", ["son", "hung", "tam"])
def test_a_powerful_capacity_reaches_nothing_but_the_set_up_until_it_has_a_second_factor(
    cast: Cast, name: str
):
    client = signed_in(name)
    for path in ("/", "/tai-khoan/", "/quyen/", "/tim/"):
        assert client.get(path)["Location"].startswith("/tai-khoan/lop-thu-hai/")
    assert client.post("/tai-khoan/ma/", {"row": "1"}).status_code == 302
    assert client.get("/tai-khoan/lop-thu-hai/").status_code == 200


@pytest.mark.parametrize("name", ["lan", "binh", "an"])
def test_teachers_parents_and_pupils_come_in_by_password_alone(cast: Cast, name: str):
    assert signed_in(name).get("/thong-bao/").status_code == 200


def test_the_province_may_demand_it_of_teachers_too(cast: Cast):
    from datetime import date

    from khue.kernel.settings_store.models import Value

    Value.objects.create(
        name="people.teachers_need_second_factor",
        unit=cast.department,
        valid_from=date(2026, 1, 1),
        value=True,
    )
    assert signed_in("lan").get("/thong-bao/").status_code == 302
    assert signed_in("binh").get("/thong-bao/").status_code == 200


def test_tam_pairs_an_app_sees_her_recovery_codes_once_and_works(cast: Cast):
    client = signed_in("tam")
    page = client.get("/tai-khoan/lop-thu-hai/ung-dung/").content.decode()
    seed = client.session[factors.TOTP_SECRET]
    assert "<svg" in page
    assert client.post("/tai-khoan/lop-thu-hai/ung-dung/", {"code": "000000"}).status_code == 422
    answer = client.post("/tai-khoan/lop-thu-hai/ung-dung/", {"code": code_now(seed)})
    assert b"".join(answer).decode().count('class="code"') >= 10
    assert client.get("/thong-bao/").status_code == 200
    row = factors.Authenticator.objects.get(type="totp")
    assert seed not in str(row.data)


def test_after_the_password_the_app_is_asked_and_nothing_else_is_open(cast: Cast):
    account = Account.objects.get(login_name="binh")
    pair(account)
    client = signed_in("binh")
    assert client.get("/thong-bao/")["Location"].startswith("/tai-khoan/xac-thuc/")
    assert client.get("/tai-khoan/lop-thu-hai/khoa/").status_code == 302
    assert client.get("/tai-khoan/xac-thuc/").status_code == 200
    before = client.cookies["khue_session"].value
    assert client.post("/tai-khoan/xac-thuc/", {"code": code_now(), "next": "/"}).status_code == 302
    assert client.cookies["khue_session"].value != before
    assert client.get("/thong-bao/").status_code == 200
    assert SignIn.objects.get(account=account).second_factor == "totp"


def test_a_code_of_the_app_is_good_once_and_an_older_one_never_again(cast: Cast):
    account = Account.objects.get(login_name="binh")
    pair(account)
    code = code_now()
    assert factors.check_totp(account, code)
    assert not factors.check_totp(account, code)
    assert not factors.check_totp(account, code_now(step=-1))


def test_a_recovery_code_is_good_once(cast: Cast):
    account = Account.objects.get(login_name="binh")
    pair(account)
    one = factors.renew_recovery_codes(cast.binh, account)[0]
    assert factors.check_code(account, one) == "recovery"
    assert factors.check_code(account, one) == ""


def test_guessing_the_second_factor_is_paused_after_ten(cast: Cast):
    account = Account.objects.get(login_name="binh")
    pair(account)
    client = signed_in("binh")
    answers = [client.post("/tai-khoan/xac-thuc/", {"code": f"{n:06}"}).status_code for n in range(12)]
    assert answers[:10] == [422] * 10
    assert answers[10:] == [429, 429]


def test_step_up_asks_the_app_of_those_who_have_one_and_never_leads_away(cast: Cast):
    pair(Account.objects.get(login_name="tam"))
    client = cast.client("tam", proved=False)
    assert client.post("/tai-khoan/ma/", {"row": cast.people["an"].pk}).status_code == 302
    assert client.post("/tai-khoan/xac-nhan/", {"password": SECRET}).status_code == 422
    answer = client.post("/tai-khoan/xac-nhan/", {"code": code_now(), "next": "https://xau.example/"})
    assert answer["Location"] == "/"
    assert client.post("/tai-khoan/ma/", {"row": cast.people["an"].pk}).status_code == 200


def test_step_up_lasts_five_minutes(cast: Cast):
    client = cast.client("tam", proved=False)
    session = client.session
    session["proved_at"] = time.time() - 301
    session.save()
    assert client.post("/tai-khoan/ma/", {"row": cast.people["an"].pk})["Location"].startswith(
        "/tai-khoan/xac-nhan/"
    )
    session["proved_at"] = time.time() - 299
    session.save()
    assert client.post("/tai-khoan/ma/", {"row": cast.people["an"].pk}).status_code == 200


def test_step_up_by_password_for_those_without_an_app(cast: Cast):
    client = signed_in("lan")
    session = client.session
    session["proved_at"] = 0
    session.save()
    assert client.get("/tai-khoan/cua-toi/mat-khau/")["Location"].startswith("/tai-khoan/xac-nhan/")
    assert client.post("/tai-khoan/xac-nhan/", {"password": "sai"}).status_code == 422
    assert client.post("/tai-khoan/xac-nhan/", {"password": SECRET}).status_code == 302
    assert client.get("/tai-khoan/cua-toi/mat-khau/").status_code == 200


@override_settings(DEMO=True)
def test_in_the_demo_step_up_is_one_click_but_only_for_demo_sessions(cast: Cast):
    client = Client()
    client.post("/demo/login", {"as": "tam"})
    session = client.session
    session["proved_at"] = 0
    session.save()
    assert client.post("/tai-khoan/xac-nhan/", {}).status_code == 302
    assert client.post("/tai-khoan/ma/", {"row": cast.people["an"].pk}).status_code == 200
    assert cast.client("tam").post("/tai-khoan/xac-nhan/", {}).status_code == 422


def test_the_last_factor_stays_while_a_role_demands_it(cast: Cast):
    account = Account.objects.get(login_name="tam")
    pair(account)
    client = cast.client("tam")
    assert client.post("/tai-khoan/lop-thu-hai/0/go/").status_code == 422
    assert factors.of(account).is_strong


def test_a_lost_factor_is_taken_by_somebody_above_and_every_session_ends(cast: Cast):
    account = Account.objects.get(login_name="lan")
    pair(account)
    session = cast.client("lan")
    assert cast.client("mai").post(f"/tai-khoan/{account.pk}/go-lop-thu-hai/").status_code == 404
    assert cast.client("tam").post(f"/tai-khoan/{account.pk}/go-lop-thu-hai/").status_code == 302
    assert not factors.of(account).is_strong
    assert session.get("/thong-bao/").status_code == 302


def test_lan_sees_her_browsers_and_the_one_she_ends_is_dead_at_once(cast: Cast):
    here, lost = signed_in("lan"), signed_in("lan")
    account = Account.objects.get(login_name="lan")
    assert here.get("/tai-khoan/cua-toi/").content.decode().count("Thoát máy này") == 1
    row = SignIn.objects.filter(account=account).latest("pk")
    assert signed_in("mai").post(f"/tai-khoan/cua-toi/may/{row.pk}/thoat/").status_code == 404
    assert here.post(f"/tai-khoan/cua-toi/may/{row.pk}/thoat/").status_code == 302
    assert lost.get("/thong-bao/").status_code == 302
    assert here.get("/thong-bao/").status_code == 200


def test_a_new_password_ends_the_other_browsers_and_keeps_this_one(cast: Cast):
    here, other = signed_in("lan"), signed_in("lan")
    answer = here.post("/tai-khoan/cua-toi/mat-khau/", {"password": "mưa rơi trên mái tôn cũ"})
    assert answer.status_code == 302
    assert here.get("/thong-bao/").status_code == 200
    assert other.get("/thong-bao/").status_code == 302


def test_staff_who_do_nothing_for_half_an_hour_are_out_and_twelve_hours_end_it_anyway(cast: Cast):
    for key, ago in (("seen_at", 31 * 60), ("signed_in_at", 12 * 3600 + 1)):
        client = signed_in("lan")
        session = client.session
        session[key] = time.time() - ago
        session.save()
        assert client.get("/thong-bao/").status_code == 302


def test_parents_stay_thirty_days_on_their_own_phone_but_must_prove_themselves_to_write(cast: Cast):
    Account.objects.filter(login_name="binh").update(password=make_password(SECRET))
    client = Client()
    client.post("/tai-khoan/dang-nhap/", {"name": "binh", "password": SECRET, "remember": "1"})
    session = client.session
    session["seen_at"] = session["signed_in_at"] = session["proved_at"] = time.time() - 29 * 24 * 3600
    session.save()
    assert client.get("/thong-bao/").status_code == 200
    assert client.post("/tai-khoan/cua-toi/may/thoat-het/")["Location"].startswith("/tai-khoan/xac-nhan/")
    session["signed_in_at"] = time.time() - 31 * 24 * 3600
    session.save()
    assert client.get("/thong-bao/").status_code == 302


def test_staff_who_ask_to_be_remembered_still_leave_after_twelve_hours(cast: Cast):
    Account.objects.filter(login_name="lan").update(password=make_password(SECRET))
    client = Client()
    client.post("/tai-khoan/dang-nhap/", {"name": "lan", "password": SECRET, "remember": "1"})
    assert client.session["remembered"] is False
