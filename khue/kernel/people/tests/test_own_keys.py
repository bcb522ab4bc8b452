"""What one does to one's own account: keys come and go, an address, a sign-in ended; nobody does it to another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.hashers import make_password
from django.test import Client, RequestFactory

from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.people import actions, factors
from khue.kernel.people.models import Account, SignIn
from khue.kernel.people.tests.soft_key import HERE, SoftKey
from khue.kernel.people.tests.test_second_factor import SECRET, SEED, code_now, pair
from tests.cast import Cast

ORIGIN = "http://localhost"


@pytest.fixture
def lan(cast: Cast) -> Account:
    return Account.objects.get(login_name="lan")


@pytest.fixture
def asked(lan: Account) -> Iterator[dict[str, Any]]:
    """What Lan's browser was asked to sign for a new passkey."""
    request = RequestFactory(SERVER_NAME="localhost").get("/")
    request.session = {}  # type: ignore[assignment]
    with request_context(request):
        yield dict(webauthn.begin_registration(lan, True)["publicKey"])


def credential(asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    return SoftKey("localhost").created(json.loads(json.dumps(asked)), ORIGIN, **more)


def factor_of(account: Account, kind: str) -> Authenticator:
    return Authenticator.objects.get(user=account, type=kind)


def entries(action: str) -> list[Entry]:
    return list(Entry.objects.filter(action=action).select_related("payload"))


def titles(account: Account) -> list[str]:
    return list(Message.objects.filter(person=account.person_id).values_list("title", flat=True))


# --- an authenticator app ------------------------------------------------------------------------------------
def test_add_app_gives_recovery_codes_tells_the_owner_and_is_written_down(cast: Cast, lan: Account):
    codes = factors.add_app(cast.lan, lan, secret=SEED, code=code_now())
    row = factor_of(lan, "totp")
    assert len(codes) == 10
    assert factors.check_code(lan, codes[0]) == "recovery"
    assert titles(lan) == ["Đã ghép ứng dụng xác thực vào tài khoản"]
    [entry] = entries("people.add_app")
    assert (entry.actor_id, entry.target) == (lan.person_id, f"people.account:{lan.pk}")
    assert f"mfa.authenticator:{row.pk}" in entry.touched
    assert SEED not in entry.payload.body


def test_the_code_that_paired_the_app_opens_nothing_afterwards(cast: Cast, lan: Account):
    code = code_now()
    factors.add_app(cast.lan, lan, secret=SEED, code=code)
    assert not factors.check_totp(lan, code)


def test_an_app_is_not_paired_by_a_wrong_code_nor_beside_another(cast: Cast, lan: Account):
    wrong = f"{(int(code_now()) + 500_000) % 1_000_000:06}"
    with pytest.raises(DomainError) as refused:
        factors.add_app(cast.lan, lan, secret=SEED, code=wrong)
    assert set(refused.value.fields) == {"code"}
    pair(lan)
    with pytest.raises(DomainError, match="đã ghép một ứng dụng"):
        factors.add_app(cast.lan, lan, secret=SEED, code=code_now())
    assert entries("people.add_app") == []


def test_mai_pairs_no_app_with_lans_account(cast: Cast, lan: Account):
    with pytest.raises(NotVisible):
        factors.add_app(cast.mai, lan, secret=SEED, code=code_now())
    assert not factors.of(lan).is_strong


# --- a passkey -----------------------------------------------------------------------------------------------
def test_add_passkey_keeps_it_by_name_tells_the_owner_and_is_written_down(
    cast: Cast, lan: Account, asked: dict[str, Any]
):
    codes = factors.add_passkey(cast.lan, lan, name=" Điện thoại của Lan ", credential=credential(asked))
    row = factor_of(lan, "webauthn")
    assert len(codes) == 10
    assert [one.name for one in factors.of(lan).passkeys] == ["Điện thoại của Lan"]
    assert titles(lan) == ["Đã thêm khóa “Điện thoại của Lan” vào tài khoản"]
    [entry] = entries("people.add_passkey")
    assert (entry.actor_id, entry.target) == (lan.person_id, f"people.account:{lan.pk}")
    assert f"mfa.authenticator:{row.pk}" in entry.touched
    assert "Điện thoại của Lan" in entry.payload.body


def test_a_second_factor_more_brings_no_other_recovery_codes(cast: Cast, lan: Account, asked: dict[str, Any]):
    factors.add_app(cast.lan, lan, secret=SEED, code=code_now())
    assert factors.add_passkey(cast.lan, lan, name="Máy", credential=credential(asked)) == []
    assert len(factors.of(lan).passkeys) == 1


def test_a_passkey_nobody_was_verified_for_is_not_kept(cast: Cast, lan: Account, asked: dict[str, Any]):
    for sent in (credential(asked, flags=HERE), {}, {"id": 5}):
        with pytest.raises(DomainError, match="Máy chưa tạo được khóa"):
            factors.add_passkey(cast.lan, lan, name="Máy", credential=sent)
    assert not factors.of(lan).is_strong
    assert entries("people.add_passkey") == []


def test_mai_puts_no_passkey_into_lans_account(cast: Cast, lan: Account, asked: dict[str, Any]):
    with pytest.raises(NotVisible):
        factors.add_passkey(cast.mai, lan, name="Máy", credential=credential(asked))
    assert not factors.of(lan).is_strong


# --- giving one up -------------------------------------------------------------------------------------------
def test_remove_factor_takes_the_recovery_codes_with_the_last_one_and_is_written_down(
    cast: Cast, lan: Account
):
    factors.add_app(cast.lan, lan, secret=SEED, code=code_now())
    row = factor_of(lan, "totp")
    factors.remove_factor(cast.lan, lan, factor_id=row.pk, is_demanded=False)
    assert not Authenticator.objects.filter(user=lan).exists()
    assert "Đã gỡ một lớp xác thực khỏi tài khoản" in titles(lan)
    [entry] = entries("people.remove_factor")
    assert (entry.actor_id, entry.target) == (lan.person_id, f"people.account:{lan.pk}")
    assert f"mfa.authenticator:{row.pk}" in entry.touched


def test_remove_factor_leaves_the_recovery_codes_while_another_factor_stays(
    cast: Cast, lan: Account, asked: dict[str, Any]
):
    factors.add_app(cast.lan, lan, secret=SEED, code=code_now())
    factors.add_passkey(cast.lan, lan, name="Máy", credential=credential(asked))
    app = factor_of(lan, "totp").pk
    factors.remove_factor(cast.lan, lan, factor_id=app, is_demanded=True)
    left = factors.of(lan)
    assert (left.app_id, len(left.passkeys), left.codes_left) == (0, 1, 10)


def test_the_last_factor_stays_while_demanded_and_one_that_is_gone_is_not_removed_again(
    cast: Cast, lan: Account
):
    pair(lan)
    row = factor_of(lan, "totp")
    with pytest.raises(DomainError, match="thêm cái mới trước khi gỡ"):
        factors.remove_factor(cast.lan, lan, factor_id=row.pk, is_demanded=True)
    assert factors.of(lan).is_strong
    factors.remove_factor(cast.lan, lan, factor_id=row.pk, is_demanded=False)
    with pytest.raises(DomainError, match="đã gỡ rồi"):
        factors.remove_factor(cast.lan, lan, factor_id=row.pk, is_demanded=False)
    assert len(entries("people.remove_factor")) == 1


def test_mai_removes_no_factor_of_lans_nor_names_one_of_lans_as_her_own(cast: Cast, lan: Account):
    pair(lan)
    row = factor_of(lan, "totp")
    with pytest.raises(NotVisible):
        factors.remove_factor(cast.mai, lan, factor_id=row.pk, is_demanded=False)
    own = Account.objects.get(login_name="mai")
    with pytest.raises(DomainError, match="đã gỡ rồi"):
        factors.remove_factor(cast.mai, own, factor_id=row.pk, is_demanded=False)
    assert factors.of(lan).is_strong


# --- the address ---------------------------------------------------------------------------------------------
def test_change_email_sets_where_a_forgotten_passwords_code_goes_and_is_written_down(
    cast: Cast, lan: Account
):
    actions.change_email(cast.lan, lan, email="lan@truong.example")
    lan.refresh_from_db()
    assert lan.email == "lan@truong.example"
    [entry] = entries("people.change_email")
    assert (entry.actor_id, entry.target) == (lan.person_id, f"people.account:{lan.pk}")
    assert '"email":["","lan@truong.example"]' in entry.payload.body


def test_neither_mai_nor_the_principal_changes_lans_address(cast: Cast, lan: Account):
    for name in ("mai", "hung", "son"):
        with pytest.raises(NotVisible):
            actions.change_email(cast.actor(name), lan, email="khac@truong.example")
    lan.refresh_from_db()
    assert lan.email == ""


# --- a sign-in -----------------------------------------------------------------------------------------------
def lost_browser(account: Account) -> tuple[Client, SignIn]:
    account.password = make_password(SECRET)
    account.save()
    client = Client()
    answer = client.post("/tai-khoan/dang-nhap/", {"name": account.login_name, "password": SECRET})
    assert answer.status_code == 302
    return client, SignIn.objects.get(account=account)


def test_end_sign_in_shuts_that_browser_out_and_is_written_down(cast: Cast, lan: Account):
    lost, row = lost_browser(lan)
    assert lost.get("/").status_code == 200
    actions.end_sign_in(cast.lan, row)
    assert lost.get("/")["Location"].startswith("/tai-khoan/dang-nhap/")
    row.refresh_from_db()
    assert row.ended_at is not None
    [entry] = entries("people.end_sign_in")
    assert (entry.actor_id, entry.target) == (lan.person_id, f"people.signin:{row.pk}")


def test_a_sign_in_that_has_ended_keeps_its_hour(cast: Cast, lan: Account):
    _lost, row = lost_browser(lan)
    actions.end_sign_in(cast.lan, row)
    row.refresh_from_db()
    first = row.ended_at
    actions.end_sign_in(cast.lan, row)
    row.refresh_from_db()
    assert row.ended_at == first


def test_neither_mai_nor_the_principal_ends_lans_sign_in(cast: Cast, lan: Account):
    lost, row = lost_browser(lan)
    for name in ("mai", "hung", "son"):
        with pytest.raises(NotVisible):
            actions.end_sign_in(cast.actor(name), row)
    assert lost.get("/").status_code == 200
