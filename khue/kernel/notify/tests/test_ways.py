"""One's ways of being told: the page, browsers, wishes."""

from __future__ import annotations

import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.notify import actions, push, queries, sealing
from khue.kernel.notify.models import Delivery, Message, Preference, Subscription
from tests.cast import Cast

ENDPOINT = "https://push.example.org/send/abc"
POINT = sealing.encoded(sealing.point_of(ec.generate_private_key(ec.SECP256R1())))
SECRET = sealing.encoded(os.urandom(16))


def subscribe(cast: Cast, name: str, endpoint: str = ENDPOINT, **more: Any) -> Subscription:
    keys = {"public_key": POINT, "secret": SECRET, "label": "Chrome · Android", **more}
    return actions.subscribe(cast.actor(name), cast.people[name], endpoint=endpoint, **keys)


def test_a_browser_belongs_to_whoever_subscribed_it_last(cast: Cast) -> None:
    first = subscribe(cast, "binh")
    assert subscribe(cast, "binh", label="Firefox").pk == first.pk
    assert [one.label for one in queries.browsers(cast.binh)] == ["Firefox"]
    subscribe(cast, "lan")
    assert list(queries.browsers(cast.binh)) == []
    assert Subscription.objects.get().person_id == cast.people["lan"].pk


def test_the_oldest_of_eleven_browsers_goes(cast: Cast) -> None:
    rows = [subscribe(cast, "binh", f"{ENDPOINT}{n}") for n in range(11)]
    assert [one.pk for one in queries.browsers(cast.binh)] == [one.pk for one in rows[1:]]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/a", "https://127.0.0.1/a", "https://[::1]/a", "https://2130706433/a", "https://0x7f.1/a",
        "https://localhost/a", "https://khue.internal/a", "https://u:p@push.example.org/a", "https://push.example.org:22/a",
        "https://push.example.org/a#b", "file:///etc/passwd", "https://push.example.org/" + "a" * 600, "https://[", "",
        "https://push.example.org/a\nb",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_a_push_service_is_refused(cast: Cast, endpoint: str) -> None:
    assert not push.is_endpoint(endpoint)
    with pytest.raises(DomainError):
        subscribe(cast, "binh", endpoint)


@pytest.mark.parametrize(
    "keys", [{"public_key": "xx"}, {"public_key": POINT[:-4]}, {"secret": "xx"}, {"secret": ""}]
)
def test_keys_that_are_none_are_refused(cast: Cast, keys: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        subscribe(cast, "binh", **keys)


def test_nobody_ends_or_tries_anothers_browser(cast: Cast) -> None:
    row = subscribe(cast, "binh")
    with pytest.raises(NotVisible):
        actions.unsubscribe(cast.lan, row)
    with pytest.raises(NotVisible):
        actions.try_out(cast.lan, cast.people["binh"])
    actions.unsubscribe(cast.binh, row)
    assert not Subscription.objects.exists()


def test_trying_out_goes_to_the_browsers_only(cast: Cast) -> None:
    with pytest.raises(DomainError):
        actions.try_out(cast.binh, cast.people["binh"])
    row = subscribe(cast, "binh")
    assert actions.try_out(cast.binh, cast.people["binh"]) == 1
    assert list(Delivery.objects.values_list("channel", "target", "urgency")) == [("push", row.pk, 1)]


def test_wishes_are_kept_once_a_person(cast: Cast) -> None:
    wishes = {"push": True, "email": False, "gateway": False, "shows_names": True}
    actions.set_wishes(cast.binh, cast.people["binh"], **wishes)
    actions.set_wishes(cast.binh, cast.people["binh"], **{**wishes, "shows_names": False})
    kept = Preference.objects.get()
    assert (kept.push, kept.email, kept.gateway, kept.shows_names) == (True, False, False, False)
    with pytest.raises(NotVisible):
        actions.set_wishes(cast.lan, cast.people["binh"], **wishes)


def test_the_page_subscribes_tries_wishes_and_ends(cast: Cast) -> None:
    client = cast.client("binh")
    text = client.get("/thong-bao/cach-nhan/").content.decode()
    assert sealing.house_point() in text
    assert "Chưa có máy nào" in text
    said = {"endpoint": ENDPOINT, "public_key": POINT, "secret": SECRET, "label": "Chrome · Android"}
    assert client.post("/thong-bao/cach-nhan/bat/", {**said, "secret": "x"}).status_code == 422
    assert client.post("/thong-bao/cach-nhan/bat/", said).status_code == 302
    row = Subscription.objects.get()
    assert row.fingerprint in client.get("/thong-bao/cach-nhan/").content.decode()
    assert client.post("/thong-bao/cach-nhan/thu/").status_code == 302
    assert client.post("/thong-bao/cach-nhan/", {"email": "1"}).status_code == 302
    assert (Preference.objects.get().email, Preference.objects.get().push) == (True, False)
    assert cast.client("lan").post(f"/thong-bao/cach-nhan/{row.pk}/tat/").status_code == 404
    assert client.post(f"/thong-bao/cach-nhan/{row.pk}/tat/").status_code == 302
    assert not Subscription.objects.exists()


def test_where_a_notification_leads_reads_it_but_looking_ahead_does_not(cast: Cast) -> None:
    message = Message.objects.create(
        person=cast.people["binh"], kind="notify.trial", title="Tin", url="/thong-bao/"
    )
    client, address = cast.client("binh"), f"/thong-bao/{message.pk}/xem/"
    client.head(address)
    assert queries.count_unread(cast.binh) == 1
    assert client.get(address)["Location"] == "/thong-bao/"
    assert queries.count_unread(cast.binh) == 0
    assert cast.client("lan").get(address).status_code == 404
