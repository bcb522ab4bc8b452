"""The owner hears of it when their account is opened from elsewhere or its keys change (ASVS 6.3.5, 6.3.7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from khue.kernel.notify import jobs
from khue.kernel.notify.models import Delivery, Message
from khue.kernel.people.models import Account, SignIn
from khue.kernel.people.tests.test_codes import issue, show
from khue.kernel.people.tests.test_second_factor import code_now, pair
from tests.cast import Cast

SECRET = "cây bàng trước cổng trường"
LOGIN = "/tai-khoan/dang-nhap/"
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


@pytest.fixture
def lan(cast: Cast) -> Account:
    return with_secret("lan")


def with_secret(name: str) -> Account:
    account = Account.objects.get(login_name=name)
    account.password, account.email = make_password(SECRET), f"{name}@truong.example"
    account.save()
    return account


def enter(client: Client, name: str = "lan", agent: str = ANDROID) -> None:
    answer = client.post(LOGIN, {"name": name, "password": SECRET}, headers={"user-agent": agent})
    assert answer.status_code == 302


def told(account: Account) -> list[str]:
    return list(
        Message.objects.filter(person_id=account.person_id).order_by("pk").values_list("title", flat=True)
    )


def letters() -> list[tuple[str, list[str]]]:
    jobs.deliver(NOON.replace(year=2100))
    return [(letter.subject, letter.to) for letter in mail.outbox]


def test_the_first_browser_ever_is_no_news_and_neither_is_a_known_one(lan: Account):
    hers = Client()
    enter(hers)
    hers.post("/tai-khoan/dang-xuat/")
    enter(hers)
    assert told(lan) == []
    assert not SignIn.objects.filter(is_new_device=True).exists()


def test_a_new_browser_is_told_in_the_inbox_by_letter_and_marked_in_the_list(lan: Account):
    hers = Client()
    enter(hers)
    enter(Client(REMOTE_ADDR="203.0.113.9"))
    assert [title[:24] for title in told(lan)] == ["Đăng nhập từ máy mới: Ch"]
    message = Message.objects.get(person_id=lan.person_id)
    assert "203.0.113.9" in message.body
    assert message.url == "/tai-khoan/cua-toi/"
    assert [to for _subject, to in letters()] == [["lan@truong.example"]]
    page = hers.get("/tai-khoan/cua-toi/").content.decode()
    assert page.count("Máy mới") == 1


def test_it_is_told_even_when_the_second_factor_was_never_shown(lan: Account):
    pair(lan)
    hers = Client()
    enter(hers)
    enter(Client())
    assert len(told(lan)) == 1


def test_nobody_under_sixteen_gets_a_letter_but_the_notice_lies_in_the_inbox(cast: Cast):
    an = with_secret("an")
    an.person.birth_date = timezone.localdate().replace(year=timezone.localdate().year - 15)
    an.person.save()
    enter(Client(), "an")
    enter(Client(), "an")
    assert len(told(an)) == 1
    assert not Delivery.objects.exists()
    an.person.birth_date = timezone.localdate().replace(year=timezone.localdate().year - 16)
    an.person.save()
    enter(Client(), "an")
    assert Delivery.objects.count() == 1


@override_settings(DEMO=True)
def test_the_demonstration_alarms_nobody(lan: Account):
    enter(Client())
    Client().post("/demo/login", {"as": "lan"})
    assert told(lan) == []


def test_whoever_changes_the_keys_of_an_account_its_owner_hears_of_it(cast: Cast):
    lan = with_secret("lan")
    client = cast.client("lan")
    client.post("/tai-khoan/cua-toi/mat-khau/", {"password": "mưa rơi trên mái tôn cũ"})
    client.get("/tai-khoan/lop-thu-hai/ung-dung/")
    from khue.kernel.people import factors

    seed = client.session[factors.TOTP_SECRET]
    b"".join(client.post("/tai-khoan/lop-thu-hai/ung-dung/", {"code": code_now(seed)}))
    client.post("/tai-khoan/lop-thu-hai/0/go/")
    pair(lan)
    cast.client("tam").post(f"/tai-khoan/{lan.pk}/go-lop-thu-hai/")
    code = issue(cast, "lan")
    browser = Client()
    show(browser, code, "02/03/1985")
    browser.post("/tai-khoan/kich-hoat/mat-khau/", {"password": "quạt mo mèo con bến sông 41"})
    assert told(lan) == [
        "Mật khẩu vừa được đổi",
        "Đã ghép ứng dụng xác thực vào tài khoản",
        "Đã gỡ một lớp xác thực khỏi tài khoản",
        "Đỗ Thị Tâm đã gỡ lớp xác thực thứ hai của tài khoản",
        "Mật khẩu vừa được đặt lại bằng mã",
    ]
    assert len(letters()) == 5


def test_the_very_first_password_is_no_news(cast: Cast):
    an = Account.objects.get(login_name="an")
    Account.objects.filter(pk=an.pk).update(activated_at=None)
    browser = Client()
    show(browser, issue(cast))
    browser.post("/tai-khoan/kich-hoat/mat-khau/", {"password": "quạt mo mèo con bến sông 41"})
    assert told(an) == []
