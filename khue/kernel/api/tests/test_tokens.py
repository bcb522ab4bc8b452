from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.api import actions
from khue.kernel.audit.models import Payload
from khue.kernel.people.models import Account, ApiToken
from khue.registry.staff.models import Position
from tests.cast import Cast


def account(cast: Cast, name: str) -> Account:
    return Account.objects.get(person=cast.people[name])


def key_of(cast: Cast, name: str = "tam", days: int = 30) -> str:
    return actions.create_token(cast.actor(name), account(cast, name), label="Thư viện", days=days)[1]


def call(key: str, path: str = "/api/v1/me", **more: Any) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {key}"}, **more)


def test_a_key_acts_in_the_capacity_it_was_made_for(cast: Cast) -> None:
    answer = call(key_of(cast))
    assert answer.status_code == 200
    assert answer.json()["name"] == "Đỗ Thị Tâm"
    assert answer.json()["capacity"] == f"clerk:{cast.school.pk}"


def test_only_the_hash_is_kept_and_the_record_does_not_hold_it(cast: Cast) -> None:
    key = key_of(cast)
    token = ApiToken.objects.get()
    assert key not in str(token.__dict__)
    assert not any(
        key in body or token.token_hash in body for body in Payload.objects.values_list("body", flat=True)
    )


@pytest.mark.parametrize("key", ["", "x", "khue_", "khue_wrong", "Bearer"])
def test_a_wrong_key_is_refused_even_beside_a_session(cast: Cast, key: str) -> None:
    answer = cast.client("son").get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not_signed_in"


def test_a_revoked_an_expired_and_a_disabled_key_open_nothing(cast: Cast) -> None:
    key = key_of(cast)
    token = ApiToken.objects.get()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call(key).status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert call(key).status_code == 200
    Account.objects.filter(person=cast.people["tam"]).update(is_active=False)
    assert call(key).status_code == 401
    Account.objects.filter(person=cast.people["tam"]).update(is_active=True)
    actions.revoke_token(cast.tam, token)
    assert call(key).status_code == 401
    with pytest.raises(DomainError, match="đã thu hồi"):
        actions.revoke_token(cast.tam, token)


def test_a_right_that_ended_is_gone_from_the_key_at_once(cast: Cast) -> None:
    key = key_of(cast)
    Position.objects.filter(person=cast.people["tam"]).update(ends_on=timezone.localdate())
    assert call(key).status_code == 401


def test_a_key_needs_fresh_proof_and_a_role_that_may(cast: Cast) -> None:
    with pytest.raises(ProofNeeded):
        actions.create_token(cast.actor("tam", proved=False), account(cast, "tam"), label="x", days=1)
    with pytest.raises(DomainError, match="không dùng API"):
        actions.create_token(cast.lan, account(cast, "lan"), label="x", days=1)
    for values, field in (({"label": " ", "days": 1}, "label"), ({"label": "x", "days": 999}, "days")):
        with pytest.raises(DomainError) as refusal:
            actions.create_token(cast.tam, account(cast, "tam"), **values)
        assert set(refusal.value.fields) == {field}


def test_mai_can_neither_make_nor_revoke_a_key_of_tams(cast: Cast) -> None:
    key_of(cast)
    token = ApiToken.objects.get()
    with pytest.raises(NotVisible):
        actions.create_token(cast.mai, account(cast, "tam"), label="x", days=1)
    with pytest.raises(NotVisible):
        actions.revoke_token(cast.mai, token)
    assert cast.client("mai").get("/khoa-api/").status_code == 404
    assert cast.client("ha").post(f"/khoa-api/{token.pk}/thu-hoi/").status_code == 404


def test_the_page_shows_a_new_key_once(cast: Cast) -> None:
    client = cast.client("tam")
    shown = client.post("/khoa-api/", {"label": "Thư viện", "days": "90"}).content.decode()
    key = shown.split('value="khue_')[1].split('"')[0]
    assert call(f"khue_{key}").status_code == 200
    again = client.get("/khoa-api/").content.decode()
    assert key not in again
    assert "Thư viện" in again
    client.post(f"/khoa-api/{ApiToken.objects.get().pk}/thu-hoi/")
    assert call(f"khue_{key}").status_code == 401


def test_the_last_use_is_noted(cast: Cast) -> None:
    key = key_of(cast)
    call(key)
    assert ApiToken.objects.get().used_at is not None
