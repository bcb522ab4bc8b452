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
from tests.crash.test_results_killed import begin, finish

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


def test_killed_again_and_again_each_letter_goes_once(template: str, tmp_path: Path) -> None:
    with throwaway.database(template) as name:
        begun = time.monotonic()
        assert f"sent {ALL}" in finish(name, tmp_path, WORK)
        seconds = time.monotonic() - begun
    chance, halves = random.Random(SEED), 0
    for number in range(KILLS):
        var = tmp_path / str(number)
        var.mkdir()
        with throwaway.database(template) as name:
            process = begin(name, var, WORK)
            time.sleep(seconds * chance.uniform(0.5, 1.0))
            process.kill()
            process.communicate()
            time.sleep(0.3)  # the server notices that its client is gone
            halves += 0 < state_of(name, var)["counts"][0] < ALL
            finish(name, var, WORK)
            assert state_of(name, var) == {"counts": (ALL, ALL, ALL, ALL), "whole": True}
    assert halves or KILLS < 3, "no kill fell into the middle"


def test_two_who_send_at_once_send_each_letter_once(template: str, tmp_path: Path) -> None:
    with throwaway.database(template) as name:
        both = [begin(name, tmp_path, WORK) for _ in range(2)]
        said = [process.communicate(timeout=240)[0] for process in both]
        assert sum(int(text.split("sent ")[1]) for text in said) == ALL, said
        assert state_of(name, tmp_path)["counts"][:3] == (ALL, ALL, ALL)
