"""Who is told, in one message a person and day; two thousand schools at once are one, and none is sent twice."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from khue.command.alerts import actions, telling
from khue.command.alerts.models import Alert, Rule
from khue.command.alerts.tests.places import DONE, SYSTEM, keep, late, look, only, rule
from khue.kernel.indicators.models import Figure
from khue.kernel.notify.models import Message
from khue.kernel.org.models import Unit
from tests.cast import Cast, make_unit

KIND = telling.KIND


def at(days: int = 0, hour: int = 9) -> datetime:
    """An hour of a day to come, in the province."""
    day = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour)))


@pytest.fixture
def quiet_others(cast: Cast) -> None:
    """Only rules about late marks speak."""
    Rule.objects.exclude(code__startswith="late_marks").update(is_on=False)


def told(who: str, cast: Cast) -> list[Message]:
    return list(Message.objects.filter(kind=KIND, person=cast.people[who]).order_by("pk"))


@pytest.mark.usefixtures("quiet_others")
def test_the_principal_and_the_office_above_are_told_and_nobody_else(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    assert telling.tell(SYSTEM, at()) == 2
    assert {message.person_id for message in Message.objects.filter(kind=KIND)} == {
        cast.people["hung"].pk, cast.people["thanh"].pk,
    }  # fmt: skip
    message = told("hung", cast)[0]
    assert message.title == f"Trường vào điểm chậm: {cast.school.name}"
    assert message.url == f"/canh-bao/{only().pk}/"


@pytest.mark.usefixtures("quiet_others")
def test_two_thousand_schools_red_at_once_are_one_message_a_person(cast: Cast) -> None:
    root, today = cast.commune, timezone.localdate()
    first = Unit.objects.latest("pk").pk + 1000
    Unit.objects.bulk_create(
        Unit(
            pk=first + n, code=f"T{n}", name=f"Trường {n}", kind="school", parent=root, path=f"{root.path}{first + n}/",
            opened_on=today, sort_key=f"truong {n:05}", search_key=f"truong {n}", levels=["THCS"],
        )
        for n in range(2000)
    )  # fmt: skip
    Figure.objects.bulk_create(
        Figure(indicator=DONE, unit_id=first + n, day=today, year=2026, top=0, bottom=10) for n in range(2000)
    )
    keep(DONE, root, 0, 20000)
    assert look(rule()).opened == 2000
    assert look(rule("late_marks_area", roles=["office_officer", "department_officer"])).opened == 1
    assert telling.tell(SYSTEM, at()) == 2  # Thanh of the commune and Sơn of the department
    assert telling.tell(SYSTEM, at(hour=10)) == 0
    message = told("thanh", cast)[0]
    assert message.title == "2001 cảnh báo mới, 2001 báo động"
    assert len(message.body) < 400
    assert "và 1997 nơi khác" in message.body
    assert len(told("son", cast)) == 1


@pytest.mark.usefixtures("quiet_others")
def test_what_comes_after_todays_digest_is_in_tomorrows(cast: Cast) -> None:
    watched = rule()
    late(cast.school, 12)
    look(watched, timezone.now())
    assert telling.tell(SYSTEM, at()) == 2
    late(cast.school, 60)
    look(watched, timezone.now())
    assert telling.tell(SYSTEM, at(hour=15)) == 0
    assert telling.tell(SYSTEM, at(1)) == 2
    assert len(told("hung", cast)) == 2


@pytest.mark.usefixtures("quiet_others")
def test_nobody_is_told_before_six(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    assert telling.tell(SYSTEM, at(hour=5)) == 0
    assert telling.tell(SYSTEM, at(hour=6)) == 2


@pytest.mark.usefixtures("quiet_others")
def test_it_is_said_again_after_its_days_until_somebody_takes_it_on(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule(repeat_days=3))
    assert telling.tell(SYSTEM, at()) == 2
    assert [telling.tell(SYSTEM, at(day)) for day in (1, 2, 3)] == [0, 0, 2]
    actions.acknowledge(cast.hung, [only()])
    assert telling.tell(SYSTEM, at(9)) == 0


@pytest.mark.usefixtures("quiet_others")
def test_what_was_taken_on_is_said_again_when_it_becomes_worse(cast: Cast) -> None:
    watched = rule(repeat_days=0)
    late(cast.school, 12)
    look(watched, timezone.now())
    telling.tell(SYSTEM, at())
    actions.acknowledge(cast.hung, [only()])
    late(cast.school, 60)
    look(watched, at(1, 7))
    assert only().acknowledged_at is None
    assert telling.tell(SYSTEM, at(1)) == 2


@pytest.mark.usefixtures("quiet_others")
def test_a_rule_without_roles_tells_nobody_and_what_has_closed_is_not_told(cast: Cast) -> None:
    late(cast.school, 40)
    watched = rule(roles=[])
    look(watched)
    assert telling.tell(SYSTEM, at()) == 0
    watched = rule(roles=["principal"])
    late(cast.school, 0)
    look(watched)
    assert telling.tell(SYSTEM, at()) == 0


@pytest.mark.usefixtures("quiet_others")
def test_a_school_right_under_the_department_has_no_office_to_tell(cast: Cast) -> None:
    upper = make_unit("THPT-X", "THPT Bản Xa", "school", cast.department, levels=["THPT"])
    late(upper, 40)
    look(rule())
    assert telling.tell(SYSTEM, at()) == 0
    look(rule(roles=["department_officer"]))
    assert telling.tell(SYSTEM, at()) == 1
    assert Alert.objects.get().unit_id == upper.pk
