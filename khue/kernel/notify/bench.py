"""How fast notices leave: told, carried by the courier, taken by a push service that stands in."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.notify import notices, outside, sealing
from khue.kernel.notify.courier import Courier
from khue.kernel.notify.models import Delivery, Subscription
from khue.kernel.notify.simulated import Service
from khue.kernel.people.models import Person

TOLD: Final = 2_000
TOLD_FULL: Final = 20_000
ANSWERS_AFTER: Final = 0.05  # seconds: a push service on the other side of the sea


@bench("notices_sent", group="attendance")
def notices_sent(run: Run) -> Iterator[Result]:
    """Pressing notices to people with a browser, from the action's commit to the last answer of the service."""
    from cryptography.hazmat.primitives.asymmetric import ec

    count = TOLD_FULL if run.full else TOLD
    meter = run.meter
    with (
        Service() as service,
        override_settings(PUSH_TO_PRIVATE=True, GATEWAY_URL=""),
        leaving_nothing(),
    ):
        people = list(Person.objects.order_by("pk").values_list("pk", flat=True)[:count])
        if not people:
            raise CannotMeasureError("chưa có ai; chạy khue demo trước.")
        service.delay = ANSWERS_AFTER
        point = sealing.encoded(sealing.point_of(ec.generate_private_key(ec.SECP256R1())))
        Subscription.objects.bulk_create(
            Subscription(
                person_id=person, endpoint=f"{service.address}/push/{person}", public_key=point,
                secret=sealing.encoded(os.urandom(16)), label="bench",
            )
            for person in people
        )  # fmt: skip
        Delivery.objects.filter(state="waiting").update(state="dropped")  # only ours, until it is undone
        actor = Actor.system("notify.bench")
        queued = meter.once(
            lambda: notices.tell(actor, people=people, kind="notify.trial", title="Đo", only=("push",))
        )
        mine = list(Delivery.objects.filter(channel="push", state="waiting").values_list("pk", flat=True))
        now = timezone.localtime().replace(hour=9)
        Delivery.objects.filter(pk__in=mine).update(not_before=now)
        courier = Courier()
        cpu, wall = meter.cpu(), time.perf_counter()
        while courier.step(now) or courier.is_flying:
            courier.wait(1)
        courier.drain(now)
        sent_cpu, sent_wall = (meter.cpu() - cpu) * 1000, (time.perf_counter() - wall) * 1000
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from notify_delivery where id = any(%s) and state = 'sent'", [mine]
            )
            (sent,) = cursor.fetchone()
        if sent != len(mine) or len(service.received) != len(mine):
            raise CannotMeasureError(f"chỉ {sent} trong {len(mine)} tin đi được.")
    outside._pools.cache_clear()
    n = len(mine)
    yield Result("notices_queued", queued.cpu_ms, queued.wall_ms, n, note="tin báo trên trình duyệt")
    yield Result(
        "notices_sent", sent_cpu, sent_wall, n,
        note=f"{n / sent_wall * 1000:.0f} tin mỗi giây, nơi nhận trả lời sau {ANSWERS_AFTER * 1000:.0f} ms",
    )  # fmt: skip
