"""What the gate costs: taps of many schools through the door that readers use, families told in the same breath."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Final

import orjson
from django.test import Client
from django.urls import reverse

from khue.kernel.access.actor import Actor
from khue.kernel.bench.browsers import host
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.models import Value
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.gate import actions
from khue.school.gate.bench_rate import sustained
from khue.school.gate.models import Badge, Tap

BATCH: Final = 25  # what a terminal gathers within a quarter of a minute of the rush
SCHOOLS: Final = 8
CLASSES: Final = 4
MARGIN: Final = 1_500  # taps a second on two cores
_ROOMS: Final = """
select s.school_id, s.rooms from (
  select c.school_id, (array_agg(c.id order by c.id))[1:%s] as rooms from roster_classroom c
  where exists (select from roster_enrolment e where e.classroom_id = c.id and e.is_current) group by 1
) s where cardinality(s.rooms) = %s order by s.school_id limit %s
"""


@bench("taps_ingest", group="attendance")
def taps_ingest(run: Run) -> Iterator[Result]:
    """Batches through HTTP, every pupil's first of the day, guardians told; CPU of a tap, and how many a second."""
    places = fetch(_ROOMS, [CLASSES, CLASSES, SCHOOLS])
    if not places:
        raise CannotMeasureError("không có trường nào đủ lớp.")
    with leaving_nothing():
        actor = Actor.system("gate.bench")
        root = Unit.objects.get(parent__isnull=True)
        Value.objects.create(name="gate.tell_families", unit=root, valid_from="2020-01-01", value=True)
        batches = []
        for school_id, rooms in places:
            for room in Classroom.objects.filter(pk__in=rooms):
                actions.issue_badges(actor, room)
            _reader, key = actions.add_reader(
                actor, Unit.objects.get(pk=school_id), name="Cổng", kind="terminal", direction="in"
            )
            codes = list(
                Badge.objects.filter(school_id=school_id, state="good").values_list("code", flat=True)
            )
            batches += [(key, codes[at : at + BATCH]) for at in range(0, len(codes), BATCH)]
        client, numbers = Client(), count(1)
        before = Tap.objects.count()

        def hand_in(key: str, codes: list[str]) -> int:
            now = int(time.time() * 1000)
            body = orjson.dumps(
                {"now": now, "taps": [[next(numbers), code, now - 1000, ""] for code in codes]}
            )
            answer = client.post(
                reverse("gate:take_in"),
                body,
                content_type="application/json",
                headers={"X-Khue-Reader": key, "Host": host()},
            )
            return sum(one[1] == "taken" for one in answer.json()["taps"])

        warm, rest = batches[:4], batches[4:]
        for key, codes in warm:
            hand_in(key, codes)
        made = 0

        def all_of_them() -> None:
            nonlocal made
            made = sum(hand_in(key, codes) for key, codes in rest)

        cost = run.meter.once(all_of_them)
        sent = sum(len(codes) for _key, codes in rest)
        if made != sent or Tap.objects.count() - before != sum(len(codes) for _key, codes in batches):
            raise CannotMeasureError(f"chỉ {made} trong {sent} lượt được ghi.")
    each = cost.cpu_ms / sent
    yield Result(
        "taps_ingest", each, cost.wall_ms / sent, sent, 2 * 1000 / MARGIN, each / (2 * 1000 / MARGIN),
        note=f"lượt, gói {BATCH}; {2000 / each:.0f} lượt mỗi giây trên hai lõi, có báo gia đình",
    )  # fmt: skip
    if run.full:
        yield from sustained()
