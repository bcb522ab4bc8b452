"""What takes in taps is killed by SIGKILL in the middle of batches: none is lost once answered for, none stands twice.

Readers do as terminals and the page at the gate do: a batch that brought no answer is handed in again, word for word.
"""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.school.attendance.models import Arrival
from khue.school.gate import actions
from khue.school.gate.models import Tap
from khue.school.gate.tests.gates import SYSTEM, Gate, milliseconds, today_at
from tests import cast as casts
from tests.crash import throwaway
from tests.crash.killing import SEED, begin
from tests.crash.test_marks_killed import PATIENCE, Pages, wait_until_blocked

KILLS = int(os.environ.get("KHUE_KILLS", "20"))
READERS, PUPILS, BATCH = 3, 24, 4
TAKE = """
import os
import django; django.setup()
from khue.school.gate import actions, batches
from khue.school.gate.models import Reader
from khue.kernel.access.actor import Actor
batch = batches.read(os.environ["BATCH"].encode())
actions.take_in(Actor.system("x"), Reader.objects.get(), taps=batch.taps, device_now=batch.now, at=batch.now)
"""
GROUND = f"""
import django; django.setup()
from django.db import transaction
from khue.kernel.access.actor import Actor
from khue.kernel.settings_store.models import Value
from khue.registry.roster.models import Enrolment, Guardianship
from khue.school.gate import actions
from khue.school.gate.models import Badge
from khue.school.gradebook.tests.places import classmates
from tests import cast as casts
actor = Actor.system("x")
with transaction.atomic():
    cast = casts.build()
    pupils = Enrolment.objects.in_bulk(classmates(cast, {PUPILS}))
    for one in pupils.values():
        Guardianship.objects.get_or_create(
            pupil_id=one.person_id, guardian=cast.people["binh"],
            defaults={{"relation": "father", "starts_on": casts.START}},
        )
    Value.objects.create(name="gate.tell_families", unit=cast.school, valid_from="2026-01-01", value=True)
    actions.issue_badges(actor, cast.classroom)
    keys = [
        actions.add_reader(actor, cast.school, name=f"R{{n}}", kind="terminal", direction="in")[1]
        for n in range({READERS})
    ]
print(*keys, *Badge.objects.filter(enrolment__in=pupils).values_list("code", flat=True))
"""
PAIRS = "select distinct enrolment_id, (at at time zone 'Asia/Ho_Chi_Minh')::date from gate_tap where verdict = 'taken'"


@pytest.mark.django_db(transaction=True)
def test_a_batch_dies_with_what_takes_it_in_and_stands_once_when_it_comes_again(tmp_path: Path) -> None:
    cast = casts.build()
    gate = Gate(cast)
    Value.objects.create(name="gate.tell_families", unit=cast.school, valid_from="2026-01-01", value=True)
    noon = today_at(12)
    taps = [actions.Shown(1, gate.badge.code, noon), actions.Shown(2, "KHNOBODY", noon)]
    told = {"now": milliseconds(noon), "taps": [[one.number, one.text, milliseconds(noon)] for one in taps]}
    name = connection.settings_dict["NAME"]
    with throwaway.connect(name) as blocker, throwaway.connect(name) as watcher:
        blocker.autocommit = False
        blocker.execute("lock table audit_head in share mode")  # all is written but the record
        process = begin(name, tmp_path, TAKE, BATCH=orjson.dumps(told).decode())
        wait_until_blocked(watcher, name)
        process.kill()
        process.communicate()
        blocker.rollback()
        until = time.monotonic() + PATIENCE
        while watcher.execute("select 1 from pg_locks where relation = 'gate_tap'::regclass").fetchone():
            assert time.monotonic() < until, "the server has not noticed that its client is gone"
            time.sleep(0.01)
    assert not Tap.objects.exists()
    assert not Message.objects.filter(kind="gate.passed").exists()
    assert not Arrival.objects.exists()
    for _time in range(2):
        found = actions.take_in(SYSTEM, gate.reader, taps=taps, device_now=noon, at=noon)
        assert [one.verdict for one in found] == ["taken", "unknown"]
    assert Tap.objects.count() == 2
    assert Message.objects.filter(kind="gate.passed").count() == Arrival.objects.count() == 1


@dataclass
class Terminal:
    """A reader that hands in batch after batch, each until it is answered for."""

    pages: Pages
    key: str
    codes: list[str]
    chance: random.Random
    sent: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    repeated: int = 0
    fault: str = ""

    def hand_in(self) -> None:
        now = int(time.time() * 1000)
        first = len(self.sent) + 1
        shown = {first + n: self.chance.choice(self.codes) for n in range(BATCH)}
        self.sent.update(shown)
        taps = [[number, code, now - 10 * (number - first), ""] for number, code in shown.items()]
        body = orjson.dumps({"now": now, "taps": taps})
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, answer = self.pages.ask("POST", "/cong/nhan/", self.headers(), body)
            except (OSError, http.client.HTTPException):
                status, answer = 0, b""
            if status == 200:
                break
            assert status in {0, 500, 502, 503}, (status, answer[:300])
            assert time.monotonic() < until, "not answered for within a minute"
            self.repeated += 1
            time.sleep(0.02)
        found = orjson.loads(answer)["taps"]
        assert [one[0] for one in found] == list(shown)
        self.verdicts.update({one[0]: one[1] for one in found})

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Khue-Reader": self.key}

    def go_on(self, is_over: Callable[[], bool]) -> None:
        try:
            while not is_over():
                self.hand_in()
        except Exception as problem:
            self.fault = f"{type(problem).__name__}: {problem}"


def judge(pages: Pages, terminals: list[Terminal]) -> dict[str, Any]:
    """Every tap stands once with the verdict it was answered, every family heard of every child once a day."""
    assert [one.fault for one in terminals] == [""] * READERS, f"KHUE_SEED={SEED}"
    with throwaway.connect(pages.database) as link:
        stands = link.execute(
            "select r.name, t.number, t.shown, t.verdict from gate_tap t join gate_reader r on r.id = t.reader_id"
        ).fetchall()
        pairs = link.execute(PAIRS).fetchall()
        arrived = link.execute("select enrolment_id, day from attendance_arrival").fetchall()
        told = link.execute(
            "select dedupe_key, count(*) from notify_message where kind = 'gate.passed' group by 1"
        ).fetchall()
    wanted = [
        (f"R{n}", number, code, one.verdicts[number])
        for n, one in enumerate(terminals)
        for number, code in one.sent.items()
    ]
    assert sorted(stands) == sorted(wanted), f"KHUE_SEED={SEED}"
    assert {verdict for *_tap, verdict in stands} == {"taken", "double"}
    assert sorted(arrived) == sorted(pairs)
    assert dict(told) == {f"gate:{pupil}:{day:%Y%m%d}:in": 1 for pupil, day in pairs}
    code, said = throwaway.run(pages.database, pages.var, "audit", "verify")
    assert code == 0, said
    return {"taps": len(stands), "repeated": sum(one.repeated for one in terminals), "told": len(told)}


@pytest.mark.slow
def test_taps_survive_many_kills_at_random_times(tmp_path: Path) -> None:
    with throwaway.database() as name:
        code, said = throwaway.run(name, tmp_path, "migrate", "--verbosity", "0")
        assert code == 0, said
        pages = Pages(name, tmp_path)
        words = begin(name, tmp_path, GROUND).communicate(timeout=240)[0].split()[-(READERS + PUPILS) :]
        keys, codes = words[:READERS], words[READERS:]
        assert all(key.startswith("khue_reader_") for key in keys), words
        chance = random.Random(SEED)
        terminals = [Terminal(pages, key, codes, random.Random(chance.random())) for key in keys]
        pages.start()
        is_over = threading.Event()
        threads = [
            threading.Thread(target=one.go_on, args=[is_over.is_set], daemon=True) for one in terminals
        ]
        try:
            for thread in threads:
                thread.start()
            for _kill in range(KILLS):
                answered = sum(len(one.verdicts) for one in terminals)
                time.sleep(chance.uniform(0.0, 0.3))
                pages.kill_everything() if chance.random() < 0.5 else pages.kill_worker()
                until = time.monotonic() + PATIENCE
                while sum(len(one.verdicts) for one in terminals) <= answered + 3 * BATCH:
                    assert not any(one.fault for one in terminals), [one.fault for one in terminals]
                    assert time.monotonic() < until, "no batch was answered for a minute after a kill"
                    time.sleep(0.01)
            is_over.set()
            for thread in threads:
                thread.join(PATIENCE * 2)
            assert not any(thread.is_alive() for thread in threads)
            found = judge(pages, terminals)
            assert found["repeated"], "no kill has met a batch"
            print(orjson.dumps(found).decode())
        finally:
            is_over.set()
            pages.stop()
