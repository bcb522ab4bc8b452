"""The courier in a thread of its own: woken at once, many ways at a time, nothing twice, the ordinary not starved."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import timezone

from khue.kernel.notify import courier, hours, notices
from khue.kernel.notify.channels import channels
from khue.kernel.notify.models import Delivery
from khue.kernel.notify.simulated import Service
from khue.kernel.notify.tests.telling import JOB, give_phone, never_quiet, put, subscribed, tell
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carrying(cast: Cast, service: Service) -> Iterator[threading.Thread]:
    """Two couriers at work, as in two workers."""
    never_quiet(cast)
    put(cast, cap_province=1_000_000)
    over = threading.Event()
    threads = [threading.Thread(target=courier.run, args=(over,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield threads[0]
    over.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_pressing_notice_leaves_as_soon_as_it_is_committed(
    cast: Cast, service: Service, carrying: threading.Thread
) -> None:
    _row, browser = subscribed(cast, "binh", service)
    tell(cast, "binh")
    assert service.wait_for(1)
    assert browser.said(service.received[0].body)["title"].startswith("An vắng")


def test_many_notices_go_once_each_by_every_way(
    cast: Cast, service: Service, carrying: threading.Thread
) -> None:
    give_phone(cast, "lan")
    subscribed(cast, "binh", service)
    people = [cast.people["binh"].pk, cast.people["lan"].pk]
    for number in range(30):
        notices.tell(JOB, people=people, kind="test.absent", title=f"{number}", dedupe_key=f"{number}")
    assert service.wait_for(60)
    for _look in range(1200):
        if not Delivery.objects.exclude(state="sent").exists():
            break
        time.sleep(0.05)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert len(service.received) == 60
    by_phone = [request.json["id"] for request in service.received if request.path == "/send"]
    assert len(by_phone) == len(set(by_phone)) == 30


def test_pressing_goes_first_and_the_ordinary_keeps_a_place(cast: Cast, service: Service) -> None:
    never_quiet(cast)
    subscribed(cast, "binh", service)
    tell(cast, "binh", "test.plain")
    for _time in range(200):
        tell(cast, "binh")
    service.delay = 0.001
    walk, pushed = courier.Courier(), channels()["push"]
    now = timezone.now()
    courier_lanes = pushed.lanes
    assert walk.step(now) == courier_lanes  # the first claim: only what presses
    assert Delivery.objects.get(urgency=0).state == "waiting"
    for _turn in range(courier.FAIR_EACH):
        walk.wait(10)
        walk.step(now)
    assert Delivery.objects.get(urgency=0).state != "waiting"
    assert Delivery.objects.filter(state="waiting", urgency=1).exists()
    walk.drain(now)


def test_no_more_is_in_the_hand_than_there_are_ways(cast: Cast, service: Service) -> None:
    never_quiet(cast)
    subscribed(cast, "binh", service)
    for _time in range(40):
        tell(cast, "binh")
    walk = courier.Courier()
    walk.step(timezone.now())
    assert Delivery.objects.filter(state="sending").count() == channels()["push"].lanes
    walk.drain(timezone.now())
    assert Delivery.objects.filter(state="sent").count() == channels()["push"].lanes


def test_a_broken_line_to_the_database_is_waited_out(cast: Cast, service: Service) -> None:
    never_quiet(cast)
    subscribed(cast, "binh", service)
    over = threading.Event()
    thread = threading.Thread(target=courier.run, args=(over,))
    thread.start()
    cut = 0
    while not cut:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and application_name = %s",
                [courier.NAME],
            )
            cut = cursor.rowcount
        over.wait(0.05)
    tell(cast, "binh")
    assert service.wait_for(1)
    over.set()
    thread.join(60)
    assert not thread.is_alive()


def test_what_cannot_leave_now_is_not_even_claimed(cast: Cast, service: Service) -> None:
    put(cast, quiet_from=0, quiet_until=23, emergency_from=23, emergency_until=23)
    subscribed(cast, "binh", service)
    tell(cast, "binh", "test.storm")
    Delivery.objects.update(not_before=timezone.now())
    night = timezone.localtime().replace(hour=3)
    Delivery.objects.update(not_before=night)
    assert courier.claim(channels()["push"], night, 9, hours.all_manners()) == (0, [])
