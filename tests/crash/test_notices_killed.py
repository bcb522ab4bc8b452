"""Couriers killed by SIGKILL in the act, and two at once: nobody is told twice by one channel, nobody is forgotten."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.notify.simulated import Service
from tests.crash import throwaway
from tests.crash.killing import begin, finish, settle

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("KHUE_SEED", "20261122"))
KILLS = int(os.environ.get("KHUE_KILLS", "6"))
NOTICES = 120
LANES = {"push": 32, "email": 4, "gateway": 8}
GROUND = f"""
import django; django.setup()
from datetime import date
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.manifest import NoticeKind
from khue.kernel.notify import notices
from khue.kernel.notify.models import Subscription
from khue.kernel.notify.tests.reading import Browser
from khue.kernel.notify.tests.telling import put, never_quiet
from khue.kernel.people.models import Account
from tests.cast import build
registry.notice_kinds()["test.absent"] = NoticeKind("test.absent", "x", "pressing", may_cost=True)
cast = build()
never_quiet(cast)
put(cast, cap_province=10_000_000, cap_school=10_000_000)
binh, lan = cast.people["binh"], cast.people["lan"]
Subscription.objects.create(person=binh, endpoint="http://127.0.0.1:1/push", label="x", **Browser().keys)
type(lan).objects.filter(pk=lan.pk).update(phone="+84912345678")
Account.objects.filter(person=lan).update(email="lan@example.edu.vn")
for number in range({NOTICES}):
    notices.tell(Actor.system("x"), people=[binh.pk, lan.pk], kind="test.absent", title=f"Tin {{number}}")
"""
CARRY = """
import django; django.setup()
import threading
from khue.kernel.notify import courier
courier.run(threading.Event())
"""
CARRY_ALL = """
import django; django.setup()
from django.utils import timezone
from khue.kernel.notify.courier import Courier
walk = Courier()
while walk.step(timezone.now()) or walk.is_flying:
    walk.wait(1)
walk.drain(timezone.now())
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A province with notices on their way by three channels."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND, KHUE_GATEWAY_URL="http://127.0.0.1:1/send")
        yield name


@pytest.fixture
def service() -> Iterator[Service]:
    """What stands in for push service and gateway."""
    with Service() as standing_in:
        standing_in.delay = 0.01
        yield standing_in


def whereabouts(service: Service) -> dict[str, str]:
    """What a process needs to know of it."""
    return {"KHUE_PUSH_TO_PRIVATE": "1", "KHUE_GATEWAY_URL": f"{service.address}/send"}


def move_in(name: str, service: Service) -> None:
    """Let the browser's address be the one of this test's service."""
    with throwaway.connect(name) as database:
        database.execute("update notify_subscription set endpoint = %s", [f"{service.address}/push"])


def states(name: str) -> dict[tuple[str, str], int]:
    with throwaway.connect(name) as database:
        rows = database.execute(
            "select channel, state, count(*) from notify_delivery group by 1, 2"
        ).fetchall()
    return {(channel, state): count for channel, state, count in rows}


def letters(var: Path) -> Counter[str]:
    """How often each letter was written."""
    text = "".join(path.read_text() for path in (var / "mail").glob("*") if path.is_file())
    return Counter(line for line in text.splitlines() if line.startswith("Message-ID:"))


def check(name: str, var: Path, service: Service, kills: int) -> dict[str, Any]:
    """Nobody twice by one channel: gateway and browser know a key again, a letter nobody knows of is not repeated."""
    pushed = {one.headers["topic"] for one in service.received if one.path == "/push"}
    messaged = {one.headers["idempotency-key"] for one in service.received if one.path == "/send"}
    written = letters(var)
    ended = states(name)
    assert len(pushed) == len(messaged) == NOTICES  # none is lost
    assert ended["push", "sent"] == ended["gateway", "sent"] == NOTICES
    repeats = len(service.received) - 2 * NOTICES
    assert repeats <= kills * (LANES["push"] + LANES["gateway"])
    assert max(written.values()) == 1
    sent, unknown = ended.get(("email", "sent"), 0), ended.get(("email", "failed"), 0)
    assert sent + unknown == NOTICES
    assert sent <= len(written) <= NOTICES
    assert unknown <= kills * LANES["email"]
    with throwaway.connect(name) as database:
        row = database.execute(
            "select (select count(*) from notify_cost), (select sum(dong) from notify_cost), "
            "(select max(dong) from notify_spending), (select max(messages) from notify_spending)"
        ).fetchone()
    assert row == (NOTICES, NOTICES * 350, NOTICES * 350, NOTICES)
    return {"repeats": repeats, "letters unknown": unknown}


def test_killed_again_and_again_nobody_is_told_twice(template: str, tmp_path: Path, service: Service) -> None:
    chance = random.Random(SEED)
    with throwaway.database(template) as name:
        move_in(name, service)
        for _kill in range(KILLS):
            process = begin(name, tmp_path, CARRY, **whereabouts(service))
            assert service.wait_for(len(service.received) + chance.randint(1, 25), 240)
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            process.communicate()
            settle(name)
        with throwaway.connect(name) as database:
            database.execute(
                "update notify_delivery set not_before = now() - interval '1 hour' where state = 'sending'"
            )
        finish(name, tmp_path, CARRY_ALL, **whereabouts(service))
        print(json.dumps(check(name, tmp_path, service, KILLS)))


def test_two_couriers_carry_each_notice_once(template: str, tmp_path: Path, service: Service) -> None:
    with throwaway.database(template) as name:
        move_in(name, service)
        both = [begin(name, tmp_path, CARRY_ALL, **whereabouts(service)) for _ in range(2)]
        said = [process.communicate(timeout=240)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        check(name, tmp_path, service, 0)
