"""Telling in tests: the kinds, the day, who is subscribed, what the province has set."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import NoticeKind
from khue.kernel.notify import notices
from khue.kernel.notify.models import Delivery, Message, Subscription
from khue.kernel.notify.simulated import Service
from khue.kernel.notify.tests.reading import Browser
from khue.kernel.people.models import Account
from khue.kernel.settings_store.models import Value
from tests.cast import Cast

JOB = Actor.system("test.tell")
KINDS = (
    NoticeKind("test.plain", "Có tin mới"),
    NoticeKind("test.absent", "Có tin về điểm danh", urgency="pressing", may_cost=True, shows_title=True),
    NoticeKind("test.hidden", "Có tin gấp", urgency="pressing", may_cost=True),
    NoticeKind("test.storm", "Trường tạm nghỉ", urgency="emergency", may_cost=True, shows_title=True),
    NoticeKind("test.alarm", "Đăng nhập lạ", urgency="pressing", must_reach=True),
)
ABSENT = "An vắng tiết 1 sáng nay, chưa rõ lý do"


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.get_default_timezone())


def put(cast: Cast, **values: Any) -> None:
    """Set settings of the province; `quiet_from=21`."""
    for name, value in values.items():
        Value.objects.update_or_create(
            name=f"notify.{name}",
            unit=cast.department,
            valid_from=date(2020, 1, 1),
            defaults={"value": value},
        )


def never_quiet(cast: Cast) -> None:
    put(cast, quiet_from=0, quiet_until=0)


def subscribed(
    cast: Cast, name: str, service: Service, path: str = "/push/1"
) -> tuple[Subscription, Browser]:
    browser = Browser()
    row = Subscription.objects.create(
        person=cast.people[name], endpoint=service.address + path, label="Chrome", **browser.keys
    )
    return row, browser


def give_phone(cast: Cast, name: str, phone: str = "+84912345678") -> None:
    type(cast.people[name]).objects.filter(pk=cast.people[name].pk).update(phone=phone)


def give_email(cast: Cast, name: str) -> None:
    Account.objects.filter(person=cast.people[name]).update(email=f"{name}@example.edu.vn")


def tell(cast: Cast, name: str, kind: str = "test.absent", **more: Any) -> Message:
    """Tell one person, under the school's name."""
    said = {"title": ABSENT, "url": "/thong-bao/", "unit_id": cast.school.pk, **more}
    notices.tell(JOB, people=[cast.people[name].pk], kind=kind, **said)
    return Message.objects.latest("pk")


def due(hour: int = 8, **which: Any) -> None:
    """Let deliveries be due from an hour of the day of these tests on."""
    Delivery.objects.filter(**which).update(not_before=at(hour))


def states() -> dict[str, str]:
    return dict(Delivery.objects.values_list("channel", "state"))
