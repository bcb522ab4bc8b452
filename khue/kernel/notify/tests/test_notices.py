from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotVisible, action
from khue.kernel.actions.work import Work
from khue.kernel.audit.models import Entry
from khue.kernel.notify import actions, channels, courier, hours, jobs, notices, queries
from khue.kernel.notify.models import Delivery, Message
from khue.kernel.people.models import Account
from tests.cast import Cast


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=timezone.get_default_timezone())


@action("notify.test_tell", permission="roster.transfer")
def announce(work: Work, school: Any, people: list[int], **more: Any) -> int:
    return notices.tell(work, people=people, kind="roster.transfer", title="Đơn chuyển trường", **more)


@action("notify.test_tell_each", permission="roster.transfer")
def announce_each(work: Work, school: Any, told: list[notices.Notice]) -> int:
    return notices.tell_each(work, told)


def give_address(cast: Cast, *names: str) -> None:
    for name in names:
        Account.objects.filter(person=cast.people[name]).update(email=f"{name}@example.edu.vn")


def ids(cast: Cast, *names: str) -> list[int]:
    return [cast.people[name].pk for name in names]


def test_people_find_a_notice_in_their_own_inbox_only(cast: Cast) -> None:
    announce(cast.tam, cast.school, ids(cast, "lan", "hung"), url="/x/")
    assert [m.title for m in queries.messages(cast.lan)] == ["Đơn chuyển trường"]
    assert queries.count_unread(cast.hung) == 1
    assert queries.count_unread(cast.mai) == queries.count_unread(cast.tam) == 0


def test_the_notice_stands_in_the_audit_entry_of_its_action(cast: Cast) -> None:
    announce(cast.tam, cast.school, ids(cast, "lan", "hung"))
    entry = Entry.objects.get(action="notify.test_tell")
    assert '"people":2' in entry.payload.body


def test_a_job_tells_under_its_own_name(cast: Cast) -> None:
    notices.tell(Actor.system("jobs.run"), people=ids(cast, "lan"), kind="jobs.done", title="Đã xong")
    assert Entry.objects.get(action="notify.tell").capacity == "jobs.run"


def test_the_same_key_reaches_a_person_once(cast: Cast) -> None:
    people = ids(cast, "lan", "hung")
    assert announce(cast.tam, cast.school, people[:1], dedupe_key="a") == 1
    assert announce(cast.tam, cast.school, people, dedupe_key="a") == 1
    assert announce(cast.tam, cast.school, people) == 2


def test_each_is_told_their_own_and_the_same_key_arrives_once(cast: Cast) -> None:
    lan, hung = ids(cast, "lan", "hung")
    told = [
        notices.Notice(lan, "late", "Còn 2 sổ", "Toán 8A3", "/x/", "a"),
        notices.Notice(hung, "late", "Còn 1 sổ", dedupe_key="a"),
        notices.Notice(hung, "late", "Còn 1 sổ", dedupe_key="a"),
        notices.Notice(hung, "school", "Trường còn 3 sổ"),
    ]
    assert announce_each(cast.tam, cast.school, told) == 3
    assert [(m.title, m.body, m.url) for m in queries.messages(cast.lan)] == [("Còn 2 sổ", "Toán 8A3", "/x/")]
    assert {m.title for m in queries.messages(cast.hung)} == {"Còn 1 sổ", "Trường còn 3 sổ"}
    assert announce_each(cast.tam, cast.school, told[:3]) == 0
    assert announce_each(cast.tam, cast.school, []) == 0
    body = Entry.objects.filter(action="notify.test_tell_each").order_by("pk")[0].payload.body
    assert '{"kind":"late","people":2}' in body
    assert '{"kind":"school","title":"Trường còn 3 sổ","people":1}' in body


def test_a_job_that_tells_each_their_own_is_recorded_kind_by_kind(cast: Cast) -> None:
    lan, hung = ids(cast, "lan", "hung")
    told = [notices.Notice(lan, "a", "x"), notices.Notice(hung, "b", "y")]
    assert notices.tell_each(Actor.system("jobs.run"), told) == 2
    assert Entry.objects.filter(action="notify.tell").count() == 2


def test_a_thousand_own_notices_cost_as_many_statements_as_one(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    give_address(cast, "lan", "hung")
    work = Work(cast.tam, "x", [])
    for people in (ids(cast, "lan"), [person.pk for person in cast.people.values()]):
        with django_assert_num_queries(6):
            notices.tell_each(work, [notices.Notice(pk, "k", f"{pk}") for pk in people])
    assert {d.message.person_id for d in Delivery.objects.select_related("message")} == set(
        ids(cast, "lan", "hung")
    )


def test_a_thousand_people_cost_as_many_statements_as_one(cast: Cast, django_assert_num_queries: Any) -> None:
    give_address(cast, "lan", "hung")
    work = Work(cast.tam, "x", [])
    with django_assert_num_queries(6):
        notices.tell(work, people=ids(cast, "lan"), kind="k", title="t")
    with django_assert_num_queries(6):
        notices.tell(work, people=[p.pk for p in cast.people.values()], kind="k", title="t")


def test_marking_read_is_for_the_owner(cast: Cast) -> None:
    announce(cast.tam, cast.school, ids(cast, "lan"))
    message = Message.objects.get()
    with pytest.raises(NotVisible):
        actions.mark_read(cast.mai, [message])
    assert actions.mark_read(cast.lan, [message]) == 1
    assert queries.count_unread(cast.lan) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(20, 59), at(20, 59)),
        (at(21), at(6) + timedelta(days=1)),
        (at(23, 30), at(6) + timedelta(days=1)),
        (at(5, 59), at(6)),
        (at(6), at(6)),
    ],
)
def test_quiet_hours_last_from_nine_to_six(cast: Cast, now: datetime, expected: datetime) -> None:
    assert notices.quiet_until(now) == expected


def waiting(cast: Cast) -> None:
    give_address(cast, "lan")
    announce(cast.tam, cast.school, ids(cast, "lan", "hung"), body="Em An", url="/chuyen-truong/1/")
    Delivery.objects.update(not_before=at(8))


def test_only_those_with_an_address_get_a_letter(cast: Cast) -> None:
    waiting(cast)
    assert jobs.deliver(at(9)) == 1
    assert [letter.to for letter in mail.outbox] == [["lan@example.edu.vn"]]
    assert f"/thong-bao/{Message.objects.get(person=cast.people['lan']).pk}/xem/" in mail.outbox[0].body
    assert Delivery.objects.get().state == "sent"


def test_nothing_is_sent_twice(cast: Cast) -> None:
    waiting(cast)
    assert [jobs.deliver(at(9)), jobs.deliver(at(9)), jobs.deliver(at(10))] == [1, 0, 0]
    assert len(mail.outbox) == 1


def test_nothing_is_sent_in_the_quiet_hours(cast: Cast) -> None:
    waiting(cast)
    assert jobs.deliver(at(22)) == 0
    assert mail.outbox == []


class Broken(channels.Channel):
    """A channel that fails as it is told."""

    name = "broken"
    label = "Hỏng"

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.sent: list[str] = []

    def addresses(self, person_ids: Any) -> list[channels.Address]:
        return [(person_id, 0, "x") for person_id in person_ids]

    def send(self, parcel: channels.Parcel) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.sent.append(parcel.key)


@pytest.fixture
def broken(request: Any) -> Any:
    channel = Broken()
    channels.register(channel)
    yield channel
    channels._channels.pop("broken")


def test_a_sure_failure_is_tried_again_later(cast: Cast, broken: Broken) -> None:
    broken.failures = [channels.NotSent("bận"), None]
    waiting(cast)
    Delivery.objects.exclude(channel="broken", message__person=cast.people["lan"]).delete()
    jobs.deliver(at(9))
    row = Delivery.objects.get()
    assert (row.state, row.not_before, row.problem) == ("waiting", at(9, 1), "bận")
    assert jobs.deliver(at(9, 0)) == 0
    assert jobs.deliver(at(9, 1)) == 1
    assert broken.sent == [f"khue-{row.pk}"]


def test_trying_ends_after_six_times(cast: Cast, broken: Broken) -> None:
    broken.failures = [channels.NotSent("bận")] * 9
    waiting(cast)
    Delivery.objects.exclude(channel="broken", message__person=cast.people["lan"]).delete()
    for hour in range(9 * 24):
        jobs.deliver(at(9) + timedelta(hours=hour))
    row = Delivery.objects.get()
    assert (row.state, row.tries) == ("failed", 6)


def test_a_refused_address_and_a_broken_line_are_not_tried_again(cast: Cast, broken: Broken) -> None:
    broken.failures = [channels.NotSent("không có hộp thư", again=False), channels.Unknown("đứt")]
    waiting(cast)
    Delivery.objects.exclude(channel="broken").delete()
    jobs.deliver(at(9))
    assert list(Delivery.objects.values_list("state", "tries")) == [("failed", 1), ("failed", 1)]
    assert jobs.deliver(at(12)) == 0


def test_a_sender_that_died_in_the_act_is_given_up_and_not_repeated(cast: Cast) -> None:
    waiting(cast)
    assert courier.claim(channels.channels()["email"], at(9), 1, hours.all_manners())[0] == 1
    assert jobs.deliver(at(9, 5)) == 0
    assert Delivery.objects.get().state == "sending"
    assert jobs.deliver(at(9, 16)) == 0
    assert Delivery.objects.get().state == "failed"
    assert mail.outbox == []
