"""Which way a notice goes, when, and when it goes on to the next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from khue.kernel.notify import actions, hours, jobs
from khue.kernel.notify.models import Delivery, Urgency
from khue.kernel.notify.simulated import Service
from khue.kernel.notify.tests.telling import (
    ABSENT,
    at,
    due,
    give_email,
    give_phone,
    never_quiet,
    put,
    states,
    subscribed,
    tell,
)
from tests.cast import Cast


@pytest.fixture(autouse=True)
def purse(cast: Cast) -> None:
    never_quiet(cast)
    put(cast, cap_province=1_000_000)


def after(channel: str, told_at: datetime) -> timedelta:
    moment = Delivery.objects.get(channel=channel).not_before
    assert moment is not None
    return moment - told_at


def test_a_pressing_notice_shows_at_once_and_goes_on_after_five_minutes(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    give_phone(cast, "binh")
    give_email(cast, "binh")
    message = tell(cast, "binh")
    assert after("push", message.sent_at) == after("email", message.sent_at) == timedelta(0)
    assert after("gateway", message.sent_at) == timedelta(minutes=5)


def test_who_has_no_browser_is_messaged_at_once(cast: Cast, service: Service) -> None:
    give_phone(cast, "binh")
    message = tell(cast, "binh")
    assert after("gateway", message.sent_at) == timedelta(0)
    assert states() == {"gateway": "waiting"}


def test_the_province_says_how_long_unread_is_too_long(cast: Cast, service: Service) -> None:
    put(cast, escalate_after=12)
    subscribed(cast, "binh", service)
    give_phone(cast, "binh")
    assert after("gateway", tell(cast, "binh").sent_at) == timedelta(minutes=12)


def test_a_notice_read_in_time_costs_nothing(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    give_phone(cast, "binh")
    message = tell(cast, "binh")
    due(8, channel="push")
    due(10, channel="gateway")
    assert jobs.deliver(at(9)) == 1
    cast.client("binh").get(f"/thong-bao/{message.pk}/xem/")
    assert jobs.deliver(at(10)) == 0
    assert states() == {"push": "sent", "gateway": "dropped"}
    assert len(service.received) == 1


def test_an_unread_one_goes_on_once(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    give_phone(cast, "binh")
    tell(cast, "binh")
    due()
    assert [jobs.deliver(at(9)), jobs.deliver(at(10))] == [2, 0]
    assert [request.path for request in service.received] == ["/push/1", "/send"]
    assert service.received[1].json["text"] == "An vang tiet 1 sang nay, chua ro ly do"


@pytest.mark.parametrize("kind", ["test.plain", "test.alarm"])
def test_only_kinds_that_may_cost_do(cast: Cast, service: Service, kind: str) -> None:
    give_phone(cast, "binh")
    give_email(cast, "binh")
    tell(cast, "binh", kind)
    assert states() == {"email": "waiting"}


def test_what_a_person_has_switched_off_is_kept_off(cast: Cast, service: Service) -> None:
    subscribed(cast, "binh", service)
    give_phone(cast, "binh")
    give_email(cast, "binh")
    wishes = {"push": False, "email": False, "gateway": False, "shows_names": True}
    actions.set_wishes(cast.binh, cast.people["binh"], **wishes)
    tell(cast, "binh")
    assert states() == {}
    tell(cast, "binh", "test.alarm")
    assert states() == {"push": "waiting", "email": "waiting"}
    due()
    assert jobs.deliver(at(9)) == 2


def test_what_is_switched_off_before_it_left_does_not_leave(cast: Cast, service: Service) -> None:
    give_phone(cast, "binh")
    tell(cast, "binh")
    wishes = {"push": True, "email": True, "gateway": False, "shows_names": True}
    actions.set_wishes(cast.binh, cast.people["binh"], **wishes)
    due()
    assert (jobs.deliver(at(9)), states(), service.received) == (0, {"gateway": "dropped"}, [])


def test_pressing_and_plain_notices_wait_for_the_morning_an_emergency_does_not(
    cast: Cast, service: Service
) -> None:
    put(cast, quiet_from=21, quiet_until=6)
    subscribed(cast, "binh", service)
    for kind in ("test.plain", "test.absent", "test.storm"):
        tell(cast, "binh", kind)
    due(8)
    assert [jobs.deliver(at(hour)) for hour in (21, 22)] == [1, 0]
    assert Delivery.objects.get(state="sent").urgency == Urgency.EMERGENCY
    assert jobs.deliver(at(6, day=21)) == 2


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "urgency", "free"),
    [
        (at(20, 59), Urgency.PRESSING, at(20, 59)),
        (at(21, 5), Urgency.PRESSING, at(6) + DAY),
        (at(3, 30), Urgency.NORMAL, at(6)),
        (at(21, 5), Urgency.EMERGENCY, at(21, 5)),
        (at(22, 5), Urgency.EMERGENCY, at(5) + DAY),
        (at(4, 59), Urgency.EMERGENCY, at(5)),
        (at(5), Urgency.EMERGENCY, at(5)),
    ],
)
def test_when_each_urgency_may_leave(moment: datetime, urgency: int, free: datetime) -> None:
    manners = hours.Manners(21, 6, 5, 22, timedelta(minutes=5), True)
    assert manners.free_at(moment, urgency) == free
    assert (manners.floor_at(moment) <= urgency) == (free == moment)


def test_hours_that_leave_no_hour_free_hold_nothing_for_ever() -> None:
    manners = hours.Manners(0, 24, 0, 0, timedelta(minutes=5), True)
    assert manners.free_at(at(9), Urgency.NORMAL) == at(9)


def test_pupils_under_sixteen_are_neither_written_to_nor_messaged(cast: Cast, service: Service) -> None:
    give_phone(cast, "an")
    give_email(cast, "an")
    tell(cast, "an")
    assert states() == {}


def test_a_letter_still_carries_everything(cast: Cast, service: Service) -> None:
    give_email(cast, "binh")
    tell(cast, "binh", body="Chi tiết trong thư")
    due()
    assert jobs.deliver(at(9)) == 1
    assert (mail.outbox[0].subject, "Chi tiết trong thư" in mail.outbox[0].body) == (ABSENT, True)


def test_many_people_cost_as_many_statements_as_one(
    cast: Cast, service: Service, django_assert_num_queries: Any
) -> None:
    from khue.kernel.notify import notices
    from khue.kernel.notify.tests.telling import JOB

    people = [person.pk for person in cast.people.values()]
    for name in ("binh", "lan"):
        give_phone(cast, name)
        subscribed(cast, name, service, f"/push/{name}")
    for told in ([cast.people["binh"].pk], people):
        # messages, settings, wishes, three channels' addresses, deliveries, waking, and the record of a job
        with django_assert_num_queries(12):
            notices.tell(JOB, people=told, kind="test.absent", title=ABSENT)
