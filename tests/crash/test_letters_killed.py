"""Desks on their way killed by SIGKILL, and sent by two at once: each reader gets each desk once, whole."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import throwaway
from tests.crash.killing import begin, finish

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("KHUE_SEED", "20261122"))
KILLS = int(os.environ.get("KHUE_KILLS", "4"))
DESKS, READERS = 6, 4
GROUND = f"""
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from khue.command.ioc import actions
from khue.command.ioc.desks import Tile
from khue.command.ioc.models import Schedule
from khue.command.ioc.queries import desk as queries
from tests.cast import build
cast = build()
for number in range({DESKS}):
    tiles = [Tile("roster.pupils"), Tile("gradebook.done", "trend"), Tile("gradebook.done", "table")]
    desk = actions.create_desk(cast.son, queries.self_of(cast.son), title=f"Bàn {{number}}", tiles=tiles)
    actions.share_desk(cast.son, desk, role="", unit=cast.department)
    for who in ("son", "thanh", "hung", "ha"):
        actor = cast.actor(who)
        actions.schedule_desk(actor, queries.self_of(actor), desk=desk, every="day", weekday=0, hour=7)
Schedule.objects.update(since=timezone.localdate() - timedelta(days=3))
"""
WORK = """
import django; django.setup()
from django.utils import timezone
from khue.command.ioc.jobs import post_desks
print("sent", post_desks(timezone.localtime().replace(hour=8)))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Four readers of six desks, whose hour has come."""
    var = tmp_path_factory.mktemp("template")
    with throwaway.database() as name:
        code, said = throwaway.run(name, var, "migrate", "--verbosity", "0")
        assert code == 0, said
        finish(name, var, GROUND)
        yield name


def state_of(name: str, var: Path) -> dict[str, Any]:
    with throwaway.connect(name) as database:
        one = database.execute(
            "select (select count(*) from ioc_posting), "
            "(select count(distinct (desk_id, person_id)) from ioc_posting), "
            "(select count(*) from notify_message where kind = 'ioc.posting'), "
            "(select count(*) from audit_entry where action = 'ioc.post_desk')"
        ).fetchone()
        hashes = database.execute(
            "select f.sha256 from ioc_posting p join files_stored_file f on f.id = p.file_id"
        ).fetchall()
    assert one is not None
    files = [var / "files" / sha[:2] / sha for (sha,) in hashes]
    return {"counts": one, "whole": all(path.read_bytes()[:5] == b"%PDF-" for path in files)}


ALL = DESKS * READERS


def wait_for(name: str, letters: int) -> None:
    """Wait until so many letters have been sent."""
    with throwaway.connect(name) as database:
        for _ in range(24_000):
            row = database.execute("select count(*) from ioc_posting").fetchone()
            if row and row[0] >= letters:
                return
            time.sleep(0.01)
    raise AssertionError("no letter went out")


def test_killed_again_and_again_each_letter_goes_once(template: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with throwaway.database(template) as name:
        for sent in sorted(chance.sample(range(1, ALL - 2), KILLS)):
            process = begin(name, tmp_path, WORK)
            wait_for(name, sent)
            time.sleep(chance.uniform(0, 0.05))  # somewhere inside the next letter
            process.kill()
            process.communicate()
            time.sleep(0.3)  # the server notices that its client is gone
            left = state_of(name, tmp_path)
            assert left["whole"]
            assert len(set(left["counts"])) == 1  # letter, notice and record, or none of them
            assert sent <= left["counts"][0]
        finish(name, tmp_path, WORK)
        assert state_of(name, tmp_path) == {"counts": (ALL, ALL, ALL, ALL), "whole": True}
        assert "sent 0" in finish(name, tmp_path, WORK)


def test_two_who_send_at_once_send_each_letter_once(template: str, tmp_path: Path) -> None:
    with throwaway.database(template) as name:
        both = [begin(name, tmp_path, WORK) for _ in range(2)]
        said = [process.communicate(timeout=240)[0] for process in both]
        assert sum(int(text.split("sent ")[1]) for text in said) == ALL, said
        assert state_of(name, tmp_path)["counts"][:3] == (ALL, ALL, ALL)
