"""SMS and Zalo: what leaves, what it costs, and where it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from khue.kernel.notify import costs, gateway, jobs, queries
from khue.kernel.notify.models import Cost, Delivery, Message, Spending
from khue.kernel.notify.simulated import Reply, Service
from khue.kernel.notify.tests.telling import at, due, give_phone, never_quiet, put, states, tell
from khue.kernel.settings_store.models import Value
from tests.cast import Cast

NOVEMBER = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def purse(cast: Cast) -> None:
    never_quiet(cast)
    put(cast, cap_province=10_000, cap_school=1_000, price=350)
    give_phone(cast, "binh")


def spent(unit: Any) -> tuple[int, int, int]:
    row = Spending.objects.get(unit=unit, month=NOVEMBER)
    return row.dong, row.messages, row.refused


def test_a_message_leaves_with_its_key_and_is_booked(cast: Cast, service: Service) -> None:
    put(cast, sender="SOGDDT", via="zalo_sms")
    tell(cast, "binh")
    due()
    assert jobs.deliver(at(9)) == 1
    (request,) = service.received
    row = Delivery.objects.get()
    assert request.json == {
        "id": f"khue-{row.pk}", "to": "+84912345678", "from": "SOGDDT", "via": "zalo_sms",
        "text": "An vang tiet 1 sang nay, chua ro ly do",
    }  # fmt: skip
    assert request.headers["idempotency-key"] == f"khue-{row.pk}"
    assert request.headers["authorization"] == "Bearer token-of-the-test"
    cost = Cost.objects.get(delivery=row)
    assert (cost.unit_id, cost.month, cost.parts, cost.dong) == (cast.school.pk, NOVEMBER, 1, 350)
    assert spent(cast.school) == spent(cast.department) == (350, 1, 0)


def test_with_diacritics_a_message_has_seventy_letters(cast: Cast, service: Service) -> None:
    put(cast, plain_text=False)
    tell(cast, "binh", title="Bão số 9: " + "học sinh ở nhà " * 6)
    due()
    jobs.deliver(at(9))
    assert service.received[0].json["text"].startswith("Bão số 9: học sinh")
    assert Cost.objects.get().dong == 2 * 350


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ắ" * 70, 1),
        ("ắ" * 71, 2),
        ("ắ" * 135, 3),
    ],
)
def test_how_many_parts_a_text_fills(text: str, parts: int) -> None:
    assert gateway.parts_of(text) == parts


def test_plain_letters_are_really_plain() -> None:
    assert gateway.plain("Đặng Thị Ứng – “nghỉ ốm” · 38°") == 'Dang Thi Ung - "nghi om" - 38'


def test_the_schools_cap_ends_its_messages_and_nobody_elses(cast: Cast, service: Service) -> None:
    give_phone(cast, "lan", "+84987654321")
    for _time in range(4):
        tell(cast, "binh")
    due()
    assert jobs.deliver(at(9)) == 2
    assert spent(cast.school) == (700, 2, 2)
    assert spent(cast.department) == (700, 2, 0)
    tell(cast, "lan", unit_id=cast.other_school.pk)
    due(state="waiting")
    assert jobs.deliver(at(9)) == 1
    assert spent(cast.other_school) == (350, 1, 0)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == [
        "dropped",
        "dropped",
        "sent",
        "sent",
        "sent",
    ]


def test_the_provinces_cap_is_above_all_schools(cast: Cast, service: Service) -> None:
    put(cast, cap_province=800)
    for unit in (cast.school, cast.other_school, cast.campus, None):
        tell(cast, "binh", unit_id=unit.pk if unit else None)
    due()
    assert jobs.deliver(at(9)) == 2
    assert spent(cast.department) == (700, 2, 2)


def test_a_cap_of_its_own_counts_for_a_school_and_a_campus_pays_from_it(cast: Cast, service: Service) -> None:
    Value.objects.create(name="notify.cap_school", unit=cast.school, valid_from=date(2026, 1, 1), value=350)
    tell(cast, "binh", unit_id=cast.campus.pk)
    tell(cast, "binh", unit_id=cast.school.pk)
    due()
    assert jobs.deliver(at(9)) == 1
    assert spent(cast.school) == (350, 1, 1)


def test_without_a_cap_of_the_province_nothing_is_paid(cast: Cast, service: Service) -> None:
    put(cast, cap_province=0)
    tell(cast, "binh")
    due()
    assert (jobs.deliver(at(9)), states(), service.received) == (0, {"gateway": "dropped"}, [])


def test_without_a_gateway_nobody_is_reached_by_it(cast: Cast, service: Service, settings: Any) -> None:
    settings.GATEWAY_URL = ""
    tell(cast, "binh")
    assert states() == {}


def test_those_who_manage_are_told_once_that_the_money_is_spent(cast: Cast, service: Service) -> None:
    put(cast, cap_school=0)
    tell(cast, "binh")
    due()
    jobs.deliver(at(9))
    assert [jobs.tend(at(9)), jobs.tend(at(10))] == [1, 0]
    told = Message.objects.filter(kind="notify.cap_reached")
    names = {name for name in cast.people if told.filter(person=cast.people[name]).exists()}
    assert names == {"hung", "tam"}
    assert cast.school.name in told[0].title


def test_what_surely_was_not_sent_is_not_paid(cast: Cast, service: Service) -> None:
    tell(cast, "binh")
    due()
    service.replies.extend([Reply(503, (("Retry-After", "600"),)), Reply(202)])
    assert jobs.deliver(at(9)) == 0
    assert spent(cast.school) == spent(cast.department) == (0, 0, 0)
    assert not Cost.objects.exists()
    assert jobs.deliver(at(9, 9)) == 0
    assert jobs.deliver(at(9, 10)) == 1
    assert spent(cast.school) == (350, 1, 0)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_number_the_gateway_refuses_is_not_tried_again(cast: Cast, service: Service, status: int) -> None:
    tell(cast, "binh")
    due()
    service.replies.append(Reply(status))
    assert [jobs.deliver(at(9)), jobs.deliver(at(12))] == [0, 0]
    assert (states(), len(service.received)) == ({"gateway": "failed"}, 1)
    assert spent(cast.school) == (0, 0, 0)


def test_what_nobody_knows_is_asked_again_under_the_same_key_and_paid_once(
    cast: Cast, service: Service
) -> None:
    tell(cast, "binh")
    due()
    service.replies.append(Reply(201, breaks=True))
    assert jobs.deliver(at(9)) == 0
    assert spent(cast.school) == (350, 1, 0)
    assert jobs.deliver(at(9) + timedelta(seconds=10)) == 1
    assert len({request.headers["idempotency-key"] for request in service.received}) == 1
    assert spent(cast.school) == (350, 1, 0)
    assert states() == {"gateway": "sent"}


def test_one_whose_sender_died_in_the_act_is_asked_again_and_paid_once(cast: Cast, service: Service) -> None:
    from khue.kernel.notify import courier, hours
    from khue.kernel.notify.channels import channels

    tell(cast, "binh")
    due()
    assert courier.claim(channels()["gateway"], at(9), 9, hours.all_manners())[0] == 1
    assert [jobs.deliver(at(9, 1)), jobs.deliver(at(9, 3))] == [0, 1]
    assert (spent(cast.school), states()) == ((350, 1, 0), {"gateway": "sent"})


def test_months_are_counted_apart(cast: Cast) -> None:
    assert costs.month_of(at(0, 30, day=1)) == NOVEMBER
    assert costs.month_of(at(0, 30, day=1) - timedelta(hours=1)) == date(2026, 10, 1)


def test_the_page_shows_each_reader_their_own(cast: Cast, service: Service) -> None:
    for unit in (cast.school, cast.other_school):
        tell(cast, "binh", unit_id=unit.pk)
    due()
    jobs.deliver(at(9))
    assert {row.unit_id for row in queries.spending(cast.son, NOVEMBER)} == {
        cast.school.pk, cast.other_school.pk,
    }  # fmt: skip
    assert [row.unit_id for row in queries.spending(cast.hung, NOVEMBER)] == [cast.school.pk]
    whole, own = queries.purse(cast.son, NOVEMBER), queries.purse(cast.tam, NOVEMBER)
    assert whole is not None
    assert (whole.dong, whole.cap) == (700, 10_000)
    assert own is not None
    assert (own.unit, own.dong, own.cap) == (cast.school, 350, 1_000)
    address = "/thong-bao/tien-nhan-tin/?thang=2026-11"
    assert cast.other_school.name in cast.client("son").get(address).content.decode()
    assert cast.other_school.name not in cast.client("tam").get(address).content.decode()
    assert cast.client("binh").get(address).status_code == 404
    assert cast.client("tam").get("/thong-bao/tien-nhan-tin/?thang=x").status_code == 404
