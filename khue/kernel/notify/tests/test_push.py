from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from khue.kernel.notify import actions, jobs, outside
from khue.kernel.notify.channels import NotSent, Unknown
from khue.kernel.notify.models import Delivery, Subscription
from khue.kernel.notify.simulated import Reply, Service
from khue.kernel.notify.tests.reading import claims_of
from khue.kernel.notify.tests.telling import ABSENT, at, due, put, subscribed, tell
from khue.kernel.people.models import Account
from tests.cast import Cast


def test_every_browser_of_a_person_shows_the_notice_once(cast: Cast, service: Service) -> None:
    one, first = subscribed(cast, "binh", service)
    _two, second = subscribed(cast, "binh", service, "/push/2")
    message = tell(cast, "binh")
    due()
    assert jobs.deliver(at(9)) == 2
    assert jobs.deliver(at(9)) == 0
    bodies = {request.path: request.body for request in service.received}
    said = first.said(bodies["/push/1"])
    assert (said["title"], said["url"]) == (ABSENT, f"/thong-bao/{message.pk}/xem/")
    assert second.said(bodies["/push/2"])["title"] == ABSENT
    head = service.received[0].headers
    assert claims_of(head["authorization"])["aud"] == service.address
    assert (head["content-encoding"], head["urgency"], head["ttl"]) == ("aes128gcm", "high", "14400")
    assert head["topic"] == said["tag"]
    assert len(head["topic"]) <= 32
    one.refresh_from_db()
    assert one.last_ok == at(9)


def test_a_locked_screen_says_no_more_than_kind_province_and_reader_allow(
    cast: Cast, service: Service
) -> None:
    _row, browser = subscribed(cast, "binh", service)

    def shown(kind: str) -> str:
        tell(cast, "binh", kind, body="Lý do riêng")
        due(state="waiting")
        jobs.deliver(at(9))
        assert "riêng" not in browser.opened(service.received[-1].body).decode()
        return str(browser.said(service.received[-1].body)["title"])

    assert shown("test.absent") == ABSENT
    assert shown("test.hidden") == "Có tin gấp"
    wishes = {"push": True, "email": True, "gateway": True, "shows_names": False}
    actions.set_wishes(cast.binh, cast.people["binh"], **wishes)
    assert shown("test.absent") == "Có tin về điểm danh"
    actions.set_wishes(cast.binh, cast.people["binh"], **{**wishes, "shows_names": True})
    put(cast, show_names=False)
    assert shown("test.absent") == "Có tin về điểm danh"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(cast: Cast, service: Service, status: int) -> None:
    subscribed(cast, "binh", service)
    kept, _browser = subscribed(cast, "lan", service, "/push/2")
    tell(cast, "binh")
    service.replies.append(Reply(status))
    due()
    assert jobs.deliver(at(9)) == 0
    assert list(Subscription.objects.all()) == [kept]
    assert Delivery.objects.get().state == "failed"


@pytest.mark.parametrize(
    ("reply", "minutes"),
    [
        (Reply(429, (("Retry-After", "1200"),)), 20),
        (Reply(503, (("Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT"),)), 8 * 60),
        (Reply(500), 1),
        (Reply(429, (("Retry-After", "bald"),)), 1),
    ],
)
def test_a_service_that_has_no_time_is_asked_again_when_it_wishes(
    cast: Cast, service: Service, reply: Reply, minutes: int
) -> None:
    subscribed(cast, "binh", service)
    tell(cast, "binh", "test.plain")
    due(6)
    service.replies.append(reply)
    assert jobs.deliver(at(9)) == 0
    row = Delivery.objects.get()
    assert (row.state, row.not_before) == ("waiting", at(9) + timedelta(minutes=minutes))
    assert jobs.deliver(row.not_before - timedelta(seconds=1)) == 0
    assert jobs.deliver(row.not_before) == 1


def test_what_nobody_knows_is_sent_again_under_the_same_tag(cast: Cast, service: Service) -> None:
    _row, browser = subscribed(cast, "binh", service)
    tell(cast, "binh")
    due()
    service.replies.append(Reply(201, breaks=True))
    assert [jobs.deliver(at(9)), jobs.deliver(at(9, 1)), jobs.deliver(at(9, 2))] == [0, 1, 0]
    assert len(service.received) == 2
    assert len({browser.said(request.body)["tag"] for request in service.received}) == 1


def test_what_was_read_meanwhile_is_not_pushed(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    message = tell(cast, "binh")
    actions.mark_read(cast.binh, [message])
    due()
    assert jobs.deliver(at(9)) == 0
    assert (Delivery.objects.get().state, service.received) == ("dropped", [])


def test_nothing_is_ever_sent_into_the_houses_own_net(cast: Cast, service: Service, settings: Any) -> None:
    settings.PUSH_TO_PRIVATE = False
    subscribed(cast, "binh", service)
    tell(cast, "binh")
    due()
    assert jobs.deliver(at(9)) == 0
    row = Delivery.objects.get()
    assert row.state == "failed"
    assert "công cộng" in row.problem
    assert service.received == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
        "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "::10.0.0.1",
    ],
)  # fmt: skip
def test_addresses_of_private_nets_are_known_in_every_dress(address: str) -> None:
    assert not outside.is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: Any) -> None:
    def looked_up(*_asked: Any, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("203.119.36.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with pytest.raises(outside.Private):
        outside.public_addresses("push.example.org", 443)


def test_a_service_that_cannot_be_reached_surely_took_nothing(service: Service) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(NotSent) as problem:
            outside.post(url, b"", {}, may_be_private=True)
    assert problem.value.again


@contextmanager
def strange_server(said: Iterator[bytes], pause: float = 0.0) -> Iterator[tuple[str, list[int]]]:
    """Somebody's own server, which answers one request with these bytes; gives its address and what it got rid of."""
    sent: list[int] = []
    over = threading.Event()

    def serve() -> None:
        line, _who = listening.accept()
        with line:
            line.recv(65536)
            try:
                for part in said:
                    if over.wait(pause):
                        return
                    line.sendall(part)
                    sent.append(len(part))
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", sent
        over.set()
        thread.join()


def test_an_answer_without_an_end_is_not_taken_in() -> None:
    whole = 64 * 1024 * 1024
    endless = itertools.chain([b"HTTP/1.1 201 Made\r\n\r\n"], itertools.repeat(b"x" * 65536, whole // 65536))
    with strange_server(endless) as (url, sent):
        answer = outside.post(url, b"", {}, may_be_private=True)
        assert len(answer.body) <= outside.READ_MOST
    assert sum(sent) < whole // 2


def test_an_answer_that_drips_is_left_when_its_time_is_over() -> None:
    dripping = itertools.chain([b"HTTP/1.1 201 Made\r\nX-Long: "], itertools.repeat(b"x", 300), [b"\r\n\r\n"])
    with strange_server(dripping, pause=0.01) as (url, sent), pytest.raises(Unknown):
        outside.post(url, b"", {}, may_be_private=True, seconds=0.2)
    assert len(sent) < 300


def test_what_a_strange_service_says_can_be_written_down(cast: Cast, service: Service) -> None:
    """One that answers with bytes no table holds stops nobody else's notices."""
    answer = outside.Answer(500, {}, b"no\x00\x1b[31m way\r\n\xff")
    assert answer.words == "500 no [31m way \ufffd"


def test_a_closed_account_is_pushed_to_no_more(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    tell(cast, "binh")
    Account.objects.filter(person=cast.people["binh"]).update(is_active=False)
    due()
    assert jobs.deliver(at(9)) == 0
    assert (Delivery.objects.get().state, service.received) == ("failed", [])
