"""A reader of a school, as tests hold badges to it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import orjson
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.school.gate import actions
from khue.school.gate.models import Badge
from tests.cast import Cast

SYSTEM = Actor.system("gate.test")


def today_at(hour: int, minute: int = 0) -> datetime:
    """A moment of today in the province."""
    return timezone.make_aware(datetime.combine(timezone.localdate(), time(hour, minute)))


def milliseconds(moment: datetime) -> int:
    """A moment as readers tell it."""
    return int(moment.timestamp() * 1000)


class Gate:
    """A reader of a school with a clock of its own."""

    def __init__(self, cast: Cast, direction: str = "in") -> None:
        actions.issue_badges(cast.tam, cast.classroom)
        self.reader, self.key = actions.add_reader(
            cast.tam, cast.school, name="Cổng chính", kind="terminal", direction=direction
        )
        self.badge = Badge.objects.get(enrolment=cast.enrolments["an"], state="good")
        self.number = 0

    def hand_in(
        self, *taps: tuple[str, float], off: timedelta = timedelta(0), first: int | None = None
    ) -> Any:
        """Hand in badges with the seconds they were held before the sending, by a clock that is `off`."""
        now = timezone.now() + off
        rows = []
        for at, (text, ago) in enumerate(taps):
            self.number += 1
            number = self.number if first is None else first + at
            rows.append([number, text, milliseconds(now - timedelta(seconds=ago)), ""])
        return self.send({"now": milliseconds(now), "taps": rows})

    def take(self, *taps: tuple[str, float]) -> list[actions.Answer]:
        """Hand in badges at noon of today, past the door: no midnight lies near."""
        noon = timezone.make_aware(datetime.combine(timezone.localdate(), time(12)))
        rows = []
        for text, ago in taps:
            self.number += 1
            rows.append(actions.Shown(self.number, text, noon - timedelta(seconds=ago)))
        return actions.take_in(SYSTEM, self.reader, taps=rows, device_now=noon, at=noon)

    def take_at(
        self, moment: datetime, text: str, *, way: str = "", at: datetime | None = None
    ) -> actions.Answer:
        """Hand in one badge held at a moment, past the door; it arrives then, or at `at`."""
        self.number += 1
        at = at or moment
        tap = actions.Shown(self.number, text, moment, way)
        return actions.take_in(SYSTEM, self.reader, taps=[tap], device_now=at, at=at)[0]

    def send(self, told: Any, key: str | None = None, address: str = "127.0.0.1") -> Any:
        """Send anything at all."""
        return Client(enforce_csrf_checks=True, REMOTE_ADDR=address).post(
            reverse("gate:take_in"), orjson.dumps(told), content_type="application/json",
            headers={"X-Khue-Reader": self.key if key is None else key},
        )  # fmt: skip
