"""Taking on, giving to somebody, closing with a reason, opening again; each with its refusals and its entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from khue.command.alerts import actions, queries
from khue.command.alerts.models import Alert, Change
from khue.command.alerts.tests.places import DAY, late, look, only, rule
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.workflow import queries as tasks
from khue.kernel.workflow.models import Task
from tests.cast import Cast

OUT = (NotAllowed, NotVisible)


@pytest.fixture
def alert(cast: Cast) -> Alert:
    """The cast's school is late."""
    late(cast.school, 40)
    look(rule())
    return only()


def entry(action: str) -> Entry:
    return Entry.objects.filter(action=action).latest("pk")


def test_hung_takes_it_on_once(cast: Cast, alert: Alert) -> None:
    assert actions.acknowledge(cast.hung, [alert]) == 1
    assert actions.acknowledge(cast.son, [alert]) == 0
    alert.refresh_from_db()
    assert alert.acknowledged_by_id == cast.people["hung"].pk
    assert entry("alerts.acknowledge").chain == cast.school.pk


def test_son_gives_it_to_hung_and_it_stands_in_his_tasks_until_it_is_closed(cast: Cast, alert: Alert) -> None:
    due = timezone.localdate() + timedelta(days=2)
    actions.assign(cast.son, alert, person_id=cast.people["hung"].pk, note="Họp tổ Toán", due_on=due)
    task = tasks.open_tasks(cast.hung).get(kind="alerts.handle")
    assert (task.title, task.detail) == (f"Trường vào điểm chậm: {cast.school.name}", "Họp tổ Toán")
    assert timezone.localdate(task.due_at) == due
    assert entry("alerts.assign").actor_id == cast.people["son"].pk
    late(cast.school, 0)
    look(alert.rule)
    assert not tasks.open_tasks(cast.hung).filter(kind="alerts.handle").exists()


def test_given_to_another_it_leaves_the_first(cast: Cast, alert: Alert) -> None:
    actions.assign(cast.son, alert, person_id=cast.people["hung"].pk)
    actions.assign(cast.son, alert, person_id=cast.people["thanh"].pk)
    assert list(Task.objects.filter(closed_at__isnull=True).values_list("person_id", flat=True)) == [
        cast.people["thanh"].pk
    ]


def test_it_is_given_only_to_who_answers_for_the_unit_and_by_a_day_to_come(cast: Cast, alert: Alert) -> None:
    names = [label.split(",")[0] for _pk, label in queries.assignable(cast.son, found(cast, alert))]
    people = {name: cast.people[name].full_name for name in cast.people}
    assert {people["hung"], people["thanh"], people["son"]} == set(names)
    assert names[0] == people["hung"]
    own = queries.alert(cast.hung, alert.pk)
    assert own is not None
    assert [pk for pk, _label in queries.assignable(cast.hung, own)] == [cast.people["hung"].pk]
    with pytest.raises(DomainError):
        actions.assign(cast.hung, alert, person_id=cast.people["son"].pk)
    for who in ("ha", "lan", "mai", "binh"):
        with pytest.raises(DomainError) as refused:
            actions.assign(cast.son, alert, person_id=cast.people[who].pk)
        assert "person" in refused.value.fields
    with pytest.raises(DomainError) as refused:
        actions.assign(
            cast.son, alert, person_id=cast.people["hung"].pk, due_on=timezone.localdate() - timedelta(days=1)
        )
    assert "due" in refused.value.fields


def found(cast: Cast, alert: Alert) -> queries.Found:
    shown = queries.alert(cast.son, alert.pk)
    assert shown is not None
    return shown


def test_closed_by_hand_it_stays_closed_for_its_quiet_days_unless_worse(cast: Cast) -> None:
    watched, now = rule(quiet_days=7), timezone.now()
    late(cast.school, 12)
    look(watched, now)
    actions.close(cast.son, only(), reason="Trường mất điện ba ngày")
    assert entry("alerts.close").reason == "Trường mất điện ba ngày"
    look(watched, now + 3 * DAY)
    assert only().state == "closed"
    late(cast.school, 60)
    assert look(watched, now + 4 * DAY).opened == 1
    worse = only(state="open")
    assert worse.step == "red"
    late(cast.school, 0)
    look(watched, now + 5 * DAY)
    late(cast.school, 12)
    assert look(watched, now + 5 * DAY).opened == 0
    assert look(watched, now + 9 * DAY).opened == 1


def test_closing_wants_a_reason(cast: Cast, alert: Alert) -> None:
    with pytest.raises(DomainError) as refused:
        actions.close(cast.son, alert, reason="  ")
    assert "reason" in refused.value.fields
    actions.close(cast.thanh, alert, reason="Đã làm việc với trường")
    for do in (
        lambda: actions.close(cast.son, alert, reason="lần nữa"),
        lambda: actions.acknowledge(cast.son, [alert]),
        lambda: actions.assign(cast.son, alert, person_id=cast.people["hung"].pk),
    ):
        with pytest.raises(DomainError):
            do()


def test_what_somebody_closed_can_be_opened_again_and_what_closed_itself_cannot(
    cast: Cast, alert: Alert
) -> None:
    with pytest.raises(DomainError):
        actions.reopen(cast.son, alert, reason="còn chậm")
    actions.close(cast.son, alert, reason="Nhầm trường")
    actions.reopen(cast.son, alert, reason="Đúng trường này")
    alert.refresh_from_db()
    assert (alert.state, alert.reason, alert.closed_by_id) == ("open", "", None)
    assert entry("alerts.reopen").reason == "Đúng trường này"
    late(cast.school, 0)
    look(alert.rule)
    with pytest.raises(DomainError):
        actions.reopen(cast.son, alert, reason="thử")


def test_two_are_never_open_at_once_by_reopening(cast: Cast, alert: Alert) -> None:
    actions.close(cast.son, alert, reason="Chờ trường")
    rule(quiet_days=0)
    look(rule(quiet_days=0))
    with pytest.raises(DomainError):
        actions.reopen(cast.son, alert, reason="thử")
    assert Alert.objects.filter(state="open").count() == 1


def test_every_step_is_kept_with_who_did_it(cast: Cast, alert: Alert) -> None:
    actions.acknowledge(cast.hung, [alert])
    actions.assign(cast.thanh, alert, person_id=cast.people["hung"].pk)
    actions.close(cast.son, alert, reason="Xong")
    assert [event.kind for event in found(cast, alert).events] == [
        "closed",
        "assigned",
        "acknowledged",
        "opened",
    ]
    assert Change.objects.filter(alert=alert, person=None).count() == 1


@pytest.mark.parametrize("who", ["mai", "ha", "lan", "tam", "binh", "an"])
@pytest.mark.parametrize(
    "do",
    [
        lambda cast, actor, row: actions.acknowledge(actor, [row]),
        lambda cast, actor, row: actions.assign(actor, row, person_id=cast.people["hung"].pk),
        lambda cast, actor, row: actions.close(actor, row, reason="thử"),
        lambda cast, actor, row: actions.reopen(actor, row, reason="thử"),
        lambda cast, actor, row: actions.remind(actor, row, sheets=[]),
        lambda cast, actor, row: actions.remind_heads(actor, row, schools=[], late={}),
    ],
    ids=["acknowledge", "assign", "close", "reopen", "remind", "remind_heads"],
)
def test_others_do_nothing_to_it(cast: Cast, alert: Alert, who: str, do: Callable[..., Any]) -> None:
    with pytest.raises(OUT):
        do(cast, cast.actor(who), alert)


def test_a_head_does_not_close_the_alert_of_his_own_school(cast: Cast, alert: Alert) -> None:
    with pytest.raises(OUT):
        actions.close(cast.hung, alert, reason="Tự đóng")
