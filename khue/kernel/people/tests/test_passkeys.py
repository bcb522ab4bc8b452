"""Passkeys: made, used to sign in and to step up, refused from elsewhere (reliability F2, F7)."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, override_settings

from khue.kernel.people.models import Account, SignIn
from khue.kernel.people.tests.soft_key import HERE, SoftKey, text
from tests.cast import Cast

HERE_IS = "http://localhost"
MAKE, LOGIN, ASK = (
    "/tai-khoan/lop-thu-hai/khoa/",
    "/tai-khoan/dang-nhap/khoa/",
    "/tai-khoan/dang-nhap/khoa/hoi/",
)
PROVE = "/tai-khoan/xac-nhan/"

pytestmark = pytest.mark.django_db


def browser(**more: Any) -> Client:
    return Client(HTTP_HOST="localhost", **more)


def at_home(client: Client) -> Client:
    client.defaults["HTTP_HOST"] = "localhost"
    return client


def asked(page: str, name: str) -> dict[str, Any]:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.S)
    assert found is not None
    return dict(json.loads(unescape(found[1])))["publicKey"]


def make(client: Client, origin: str = HERE_IS, **more: Any) -> tuple[SoftKey, Any]:
    key = SoftKey("localhost")
    options = asked(client.get(MAKE).content.decode(), "khoa-tao")
    sent = {"name": "Máy ở trường", "credential": json.dumps(key.created(options, origin, **more))}
    return key, client.post(MAKE, sent)


def sign_in(client: Client, key: SoftKey, origin: str = HERE_IS, **more: Any) -> Any:
    options = client.post(ASK).json()["publicKey"]
    return client.post(LOGIN, {"credential": json.dumps(key.signed(options, origin, **more))})


@pytest.fixture
def key(cast: Cast) -> SoftKey:
    """Hùng's passkey."""
    made, answer = make(at_home(cast.client("hung")))
    assert answer.status_code == 200
    return made


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_hung_makes_a_key_and_sees_his_recovery_codes_once(cast: Cast):
    _key, answer = make(at_home(cast.client("hung")))
    assert b"".join(answer).decode().count('class="code"') >= 10
    row = Authenticator.objects.get(type="webauthn")
    assert (row.user_id, row.data["name"]) == (Account.objects.get(login_name="hung").pk, "Máy ở trường")


def test_the_key_alone_signs_him_in_with_nothing_more_owed(key: SoftKey):
    client = browser()
    assert sign_in(client, key).status_code == 302
    assert is_in(client)
    row = SignIn.objects.latest("pk")
    assert (row.method, row.second_factor) == ("passkey", "passkey")


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://xau.example"},
        {"origin": "https://localhost.xau.example"},
        {"origin": "http://127.0.0.1"},
        {"site": "xau.example"},
        {"challenge": text(b"0" * 32)},
        {"flags": HERE},
        {"flags": 0},
    ],
    ids=str,
)
def test_what_was_signed_for_elsewhere_or_by_nobody_opens_nothing(key: SoftKey, wrong: dict[str, Any]):
    client = browser()
    origin = wrong.pop("origin", HERE_IS)
    sign_in(client, key, origin, **wrong)
    assert not is_in(client)
    sign_in(client, key)
    assert is_in(client)


@pytest.mark.parametrize(
    "origin", ["http://xau.example", "https://localhost.xau.example", "http://127.0.0.1"]
)
def test_a_key_made_for_elsewhere_is_not_kept(cast: Cast, origin: str):
    assert make(at_home(cast.client("hung")), origin)[1].status_code == 422
    assert not Authenticator.objects.exists()


def test_a_key_that_does_not_ask_whose_finger_it_is_is_not_kept(cast: Cast):
    assert make(at_home(cast.client("hung")), flags=HERE)[1].status_code == 422
    assert not Authenticator.objects.exists()


def test_an_answer_is_good_once_and_only_for_the_browser_that_was_asked(key: SoftKey):
    first, second = browser(), browser()
    options = first.post(ASK).json()["publicKey"]
    sent = {"credential": json.dumps(key.signed(options, HERE_IS))}
    second.post(ASK)
    second.post(LOGIN, sent)
    assert not is_in(second)
    first.post(LOGIN, sent)
    assert is_in(first)
    first.post("/tai-khoan/dang-xuat/")
    first.post(LOGIN, sent)
    assert not is_in(first)


def test_one_key_never_opens_another_account(key: SoftKey, cast: Cast):
    stranger = SoftKey("localhost")
    stranger.id, stranger.user = key.id, key.user
    client = browser()
    sign_in(client, stranger)
    assert not is_in(client)
    from allauth.account.utils import user_pk_to_url_str

    key.user = user_pk_to_url_str(Account.objects.get(login_name="tam")).encode()
    sign_in(client, key)
    assert not is_in(client)


@pytest.mark.parametrize(
    "sent", ["", "{}", "[]", "null", '{"id": 5}', '{"response": {"userHandle": "*"}}', "x" * 30_000]
)
def test_nonsense_is_refused_in_words(key: SoftKey, sent: str):
    client = browser()
    client.post(ASK)
    answer = client.post(LOGIN, {"credential": sent})
    assert answer.status_code == 302
    assert "Chưa vào được bằng khóa này" in client.get(answer["Location"]).content.decode()


def test_a_locked_account_has_no_key_that_fits(key: SoftKey):
    Account.objects.filter(login_name="hung").update(is_active=False)
    client = browser()
    sign_in(client, key)
    assert not is_in(client)


def test_stepping_up_by_key_only_with_ones_own(key: SoftKey, cast: Cast):
    client = at_home(cast.client("hung", proved=False))
    other, _answer = make(at_home(cast.client("tam")))
    options = asked(client.get(PROVE).content.decode(), "khoa-hoi")
    assert client.post(PROVE, {"credential": json.dumps(other.signed(options, HERE_IS))}).status_code == 422
    options = asked(client.get(PROVE).content.decode(), "khoa-hoi")
    refused = client.post(PROVE, {"credential": json.dumps(key.signed(options, "http://xau.example"))})
    assert refused.status_code == 422
    options = asked(client.get(PROVE).content.decode(), "khoa-hoi")
    assert client.post(PROVE, {"credential": json.dumps(key.signed(options, HERE_IS))}).status_code == 302
    assert client.get("/tai-khoan/cua-toi/mat-khau/").status_code == 200


def test_a_key_taken_away_signs_nobody_in(key: SoftKey, cast: Cast):
    make(at_home(cast.client("hung")))
    row = Authenticator.objects.filter(type="webauthn").order_by("pk").first()
    assert row is not None
    assert at_home(cast.client("hung")).post(f"/tai-khoan/lop-thu-hai/{row.pk}/go/").status_code == 302
    client = browser()
    sign_in(client, key)
    assert not is_in(client)


@override_settings(ALLOWED_HOSTS=["localhost", "testserver"])
def test_the_site_of_a_key_is_never_a_host_somebody_made_up(cast: Cast):
    assert cast.client("hung").post(ASK, headers={"host": "xau.example"}).status_code == 400
