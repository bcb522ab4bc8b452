"""C1: page workers killed by SIGKILL while marks are saved: what was acknowledged is there, once and whole."""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil
import psycopg
import pytest
from django.db import connection

from khue.config import pages
from tests.crash import throwaway
from tests.crash.killing import settle

SEED = int(os.environ.get("KHUE_SEED", "20261123"))
KILLS = int(os.environ.get("KHUE_KILLS", "20"))
PUPILS = 8
SLOTS = (0, 1, 2)  # each writer's own column
PATIENCE = 60.0
GROUND = f"""
import django; django.setup()
from django.db import transaction
from khue.school.gradebook.tests.places import classmates, open_sheets
from tests import cast as casts
with transaction.atomic():
    cast = casts.build()
    sheet = open_sheets(cast)
    pupils = classmates(cast, {PUPILS})
    client = cast.client("lan")
print(sheet.pk, client.session.session_key, *pupils)
"""


@dataclass
class Pages:
    """The pages of a house over one database, served as `khue run` serves them."""

    database: str
    var: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        settings = {"DJANGO_SETTINGS_MODULE": "khue.config.settings"}
        return {**throwaway.environment(self.database, self.var), **settings}

    def ground(self) -> tuple[int, str, list[int]]:
        """Lay out a school; gives the sheet, a signed-in teacher's session, the pupils."""
        said = subprocess.run(
            [sys.executable, "-c", GROUND], cwd=throwaway.ROOT, env=self.environment(), capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr[-3000:]
        sheet, session, *pupils = said.stdout.split()[-(PUPILS + 2) :]
        return int(sheet), session, [int(pk) for pk in pupils]

    def start(self) -> None:
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        words = pages.command("127.0.0.1", self.port, workers=1, threads=4)
        self.process = subprocess.Popen(
            [sys.executable, *words], cwd=throwaway.ROOT, env=self.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not self.is_up():
            assert self.process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the pages never came up"
            time.sleep(0.05)

    def workers(self) -> list[psutil.Process]:
        assert self.process is not None
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if "resource_tracker" not in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:  # it has ended meanwhile
                continue
        return found

    def kill_worker(self) -> None:
        """What serves the requests dies; another is made by itself."""
        killed = self.workers()
        for worker in killed:
            worker.kill()
        self.come_back({worker.pid for worker in killed})

    def kill_everything(self) -> None:
        """The whole server dies, as when the machine does."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.come_back()

    def come_back(self, killed: Collection[int] = ()) -> None:
        """Wait for the pages; a server that gave up (workers that die within seconds) is started as systemd does."""
        assert self.process is not None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                self.start()
                return
            if {worker.pid for worker in self.workers()} - set(killed) and self.is_up():
                return
            time.sleep(0.05)
        raise AssertionError("the pages never came back")

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/healthz", {}, b"")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> None:
        """End everything that was started here."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request(method, path, body or None, headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()


@dataclass
class Writer:
    """One column's author: sends the next column over all pupils only when the last one was acknowledged.

    As the grid does (gradebook.js): what brought no answer is sent again under the same key; a key that stays held
    belongs to a request that died, then under a new one.
    """

    pages: Pages
    sheet: int
    session: str
    pupils: list[int]
    slot: int
    csrf: str = ""
    value: int | None = None
    acknowledged: list[int] = field(default_factory=list)
    repeated: int = 0
    fault: str = ""

    def look(self) -> None:
        """Open the page as a browser does."""
        path, cookie = f"/so-diem/{self.sheet}/", {"Cookie": f"{session_name()}={self.session}"}
        status, page = self.pages.ask("GET", path, cookie, b"")
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert status == 200, (status, page[:500])
        assert found
        self.csrf = found[1].decode()

    def write(self, value: int) -> None:
        """One save, until it is acknowledged."""
        cells = [[pupil, self.slot, self.value, value] for pupil in self.pupils]
        body = orjson.dumps({"cells": cells, "source": "k"})
        key, held, until = uuid.uuid4().hex, 0, time.monotonic() + PATIENCE
        while True:
            headers = {
                "Content-Type": "application/json", "X-CSRFToken": self.csrf, "Idempotency-Key": key,
                "Cookie": f"{session_name()}={self.session}; {csrf_name()}={self.csrf}",
            }  # fmt: skip
            try:
                status, answer = self.pages.ask("POST", f"/so-diem/{self.sheet}/ghi/", headers, body)
            except (OSError, http.client.HTTPException):
                status, answer = 0, b""
            if status == 200:
                break
            assert status in {0, 409, 429, 500, 502, 503}, (status, answer[:300])
            assert time.monotonic() < until, "not acknowledged within a minute"
            self.repeated += 1
            held += status == 409
            if held > 4:
                key, held = uuid.uuid4().hex, 0
            time.sleep(0.05)
        said = orjson.loads(answer)
        assert said["problems"] == [], said["problems"]
        assert sorted(one[0] for one in said["written"]) == sorted(self.pupils)
        self.value = value
        self.acknowledged.append(value)

    def go_on(self, is_over: Callable[[], bool]) -> None:
        try:
            number = 0
            while not is_over():
                self.write(1 + number % 100)
                number += 1
        except Exception as problem:
            self.fault = f"{type(problem).__name__}: {problem}"


def session_name() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)


def csrf_name() -> str:
    from django.conf import settings

    return str(settings.CSRF_COOKIE_NAME)


@contextmanager
def serving(database: str, var: Path) -> Iterator[tuple[Pages, list[Writer]]]:
    pages = Pages(database, var)
    sheet, session, pupils = pages.ground()
    pages.start()
    try:
        writers = [Writer(pages, sheet, session, pupils, slot) for slot in SLOTS]
        for writer in writers:
            writer.look()
        yield pages, writers
    finally:
        pages.stop()
        settle_but_us(database)


def settle_but_us(database: str) -> None:
    """Wait until the server has noticed that the killed are gone; the tests' own connection may stay."""
    own = connection.settings_dict["NAME"] == database
    if not own:
        settle(database)


def saves_of(database: str, sheet: int) -> dict[int, list[tuple[int | None, int | None, int]]]:
    """What the record says of each column: (before, after, pupils) of every save, in order."""
    found: dict[int, list[tuple[int | None, int | None, int]]] = {slot: [] for slot in SLOTS}
    with throwaway.connect(database) as link:
        bodies = link.execute(
            "select y.body from audit_entry e join audit_payload y on y.entry_id = e.id "
            "where e.action = 'gradebook.enter_marks' and e.target = %s order by e.id",
            [f"gradebook.sheet:{sheet}"],
        ).fetchall()
    for (body,) in bodies:
        moves: Counter[tuple[int, int | None, int | None]] = Counter()
        for subject, kind, data in orjson.loads(body).get("changes", ()):
            assert subject == "gradebook.markrow"
            for row in data["rows"]:
                old, new = marks_in(kind, data["fields"], row)
                moves.update(
                    (slot, at(old, slot), at(new, slot)) for slot in SLOTS if at(old, slot) != at(new, slot)
                )
        assert len(moves) <= 1, "one save changes one column, from one value to one value"
        for (slot, before, after), pupils in moves.items():
            found[slot].append((before, after, pupils))
    return found


def marks_in(kind: str, fields: list[str], row: list[Any]) -> tuple[list[Any], list[Any]]:
    if kind == "changed rows":
        return row[1][fields.index("marks")], row[2][fields.index("marks")]
    return [], row[fields.index("marks")]


def at(marks: list[Any], slot: int) -> Any:
    return marks[slot] if slot < len(marks) else None


def judge(pages: Pages, writers: list[Writer], *, seed: int) -> None:
    """Every acknowledged save once, in order and whole, in the book and in the record; the record is sound."""
    assert [one.fault for one in writers] == ["", "", ""], f"KHUE_SEED={seed}"
    sheet = writers[0].sheet
    with throwaway.connect(pages.database) as link:
        rows = link.execute(
            "select enrolment_id, marks, sources from gradebook_mark_row where sheet_id = %s", [sheet]
        ).fetchall()
        counters = link.execute("select filled from gradebook_sheet where id = %s", [sheet]).fetchone()
        unpaid = link.execute(
            "select count(*) from audit_entry e left join audit_payload p on p.entry_id = e.id where p.body is null"
        ).fetchone()
    assert unpaid == (0,)
    assert counters is not None
    recorded = saves_of(pages.database, sheet)
    for writer in writers:
        assert len(writer.acknowledged) > 0
        assert {marks[writer.slot] for _pk, marks, _sources in rows} == {writer.value}
        assert len(rows) == PUPILS
        assert counters[0][writer.slot] == PUPILS
        before = [None, *writer.acknowledged]
        whole = [(old, new, PUPILS) for old, new in zip(before, writer.acknowledged, strict=False)]
        assert recorded[writer.slot] == whole, f"KHUE_SEED={seed}, column {writer.slot}"
    code, said = throwaway.run(pages.database, pages.var, "audit", "verify")
    assert code == 0, said


def kill_again_and_again(pages: Pages, writers: list[Writer], kills: int) -> None:
    """While three columns are written, kill the worker or the whole server at random times."""
    chance = random.Random(SEED)
    is_over = threading.Event()
    threads = [threading.Thread(target=one.go_on, args=[is_over.is_set], daemon=True) for one in writers]
    for thread in threads:
        thread.start()
    try:
        for _number in range(kills):
            saved = sum(len(one.acknowledged) for one in writers)
            time.sleep(chance.uniform(0.0, 0.4))
            pages.kill_everything() if chance.random() < 0.5 else pages.kill_worker()
            until = time.monotonic() + PATIENCE
            while sum(len(one.acknowledged) for one in writers) <= saved + 3:  # it goes on without hands
                assert not any(one.fault for one in writers), [one.fault for one in writers]
                assert time.monotonic() < until, "no save was acknowledged for a minute after a kill"
                time.sleep(0.01)
    finally:
        is_over.set()
        for thread in threads:
            thread.join(PATIENCE * 2)
    assert not any(thread.is_alive() for thread in threads)
    assert sum(one.repeated for one in writers), "no kill has met a save"


def wait_until_blocked(link: psycopg.Connection[Any], database: str) -> None:
    waiting = "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
    until = time.monotonic() + PATIENCE
    while not link.execute(waiting, [database]).fetchone()[0]:  # type: ignore[index]
        assert time.monotonic() < until, "the save never came to the lock"
        time.sleep(0.01)


def kill_inside_a_save(pages: Pages, writer: Writer, *, committed: bool) -> None:
    """Kill the worker while a save waits for its place in the record, or when it is committed but not answered."""
    with throwaway.connect(pages.database) as blocker, throwaway.connect(pages.database) as watcher:
        blocker.autocommit = False
        blocker.execute("lock table audit_head in share mode")
        value, before = 1 + len(writer.acknowledged), len(saves_of(pages.database, writer.sheet)[writer.slot])
        thread = threading.Thread(target=attempt, args=[writer, value], daemon=True)
        thread.start()
        wait_until_blocked(watcher, pages.database)
        if committed:  # it may be kept, but its answer may not
            with throwaway.connect(pages.database) as second:
                second.autocommit = False
                second.execute("lock table home_posted_once in share mode")
                blocker.rollback()
                until = time.monotonic() + PATIENCE
                while len(saves_of(pages.database, writer.sheet)[writer.slot]) == before:
                    assert time.monotonic() < until
                    time.sleep(0.01)
                wait_until_blocked(watcher, pages.database)
                pages.kill_worker()
                second.rollback()
        else:
            pages.kill_worker()
            assert len(saves_of(pages.database, writer.sheet)[writer.slot]) == before
            blocker.rollback()
    thread.join(PATIENCE)
    assert writer.fault == ""
    assert writer.acknowledged[-1:] == [value]
    assert len(saves_of(pages.database, writer.sheet)[writer.slot]) == before + 1
    assert writer.repeated


def attempt(writer: Writer, value: int) -> None:
    try:
        writer.write(value)
    except Exception as problem:
        writer.fault = f"{type(problem).__name__}: {problem}"


@pytest.mark.django_db(transaction=True)
def test_marks_survive_a_few_kills_of_the_worker_that_saves_them(tmp_path: Path) -> None:
    with serving(connection.settings_dict["NAME"], tmp_path) as (pages, writers):
        kill_inside_a_save(pages, writers[0], committed=False)
        kill_inside_a_save(pages, writers[0], committed=True)
        for writer in writers[1:]:
            writer.write(100)
        judge(pages, writers, seed=SEED)


@pytest.mark.slow
def test_marks_survive_many_kills_at_random_times(tmp_path: Path) -> None:
    with throwaway.database() as name:
        code, said = throwaway.run(name, tmp_path, "migrate", "--verbosity", "0")
        assert code == 0, said
        with serving(name, tmp_path) as (pages, writers):
            kill_again_and_again(pages, writers, KILLS)
            judge(pages, writers, seed=SEED)
