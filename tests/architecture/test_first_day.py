"""The first day: `khue run` from nothing, with the demo, as a person starts it; stopped, started again, broken."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from khue.config import pages
from khue.lib import private_line

pytestmark = pytest.mark.slow

MEMORY_AT_MOST = 450 * 1024 * 1024
# What the clock brings within an hour, all at once: whenever the house is looked at, it has done that much.
DO_EVERY_TICK = """
import time
from datetime import timedelta
import django
django.setup()
from procrastinate.contrib.django.models import ProcrastinateJob
from khue.kernel import registry
from khue.kernel.jobs.queue import wake
ticks = [job for job in registry.each("jobs") if job.cron.split()[1:2] == ["*"]]
assert len(ticks) >= 10, ticks
for job in ticks:
    if not ProcrastinateJob.objects.filter(task_name=job.name, status="todo").exists():
        wake(job.name, timedelta(0))
until = time.monotonic() + 120
while ProcrastinateJob.objects.filter(status__in=("todo", "doing")).exists():
    assert time.monotonic() < until, list(ProcrastinateJob.objects.values_list("task_name", "status"))
    time.sleep(0.2)
assert not ProcrastinateJob.objects.filter(status="failed").exists()
"""


@dataclass
class Running:
    """A `khue run` in a directory of its own."""

    var: Path
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.rstrip() == f"Khuê đang chạy: {self.address}":
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise AssertionError("khue run ended before it was ready:\n" + "\n".join(self.lines))

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return answer.status, answer.read().decode()

    def family(self) -> list[psutil.Process]:
        """Every process of this house, the database's included."""
        own = psutil.Process(self.process.pid)
        server = psutil.Process(int((self.var / "postgres" / "postmaster.pid").read_text().split()[0]))
        return [own, *own.children(recursive=True), server, *server.children(recursive=True)]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def environment_of(var: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": "", "KHUE_VAR": str(var), "KHUE_DEMO": "1"}


def start(var: Path, **environment: str) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "khue", "run"],
        env={**environment_of(var), "PORT": str(port), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Running(var, port, process)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first-day")


@pytest.fixture
def house(var: Path) -> Iterator[Running]:
    running = start(var)
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def all_gone(family: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(family, timeout=30)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_from_nothing_it_serves_a_province_within_the_memory_it_promises(house: Running) -> None:
    status, body = house.get("/healthz")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    for _ in range(40):
        assert house.get("/")[0] == 200
    subprocess.run(
        [sys.executable, "-c", DO_EVERY_TICK],
        env={**environment_of(house.var), "DJANGO_SETTINGS_MODULE": "khue.config.settings"},
        check=True,
    )
    used = {" ".join(p.cmdline())[-60:] + f" {p.pid}": p.memory_full_info().pss for p in house.family()}
    assert sum(used.values()) <= MEMORY_AT_MOST, used
    family = house.family()
    assert house.stop() == 0
    assert all_gone(family)


def test_a_second_start_keeps_the_data_and_makes_no_second_demo(house: Running) -> None:
    assert [line for line in house.lines if "tỉnh mẫu" in line] == []
    assert house.get("/")[0] == 200


def test_the_first_question_about_figures_starts_the_process_that_answers(house: Running, var: Path) -> None:
    place = private_line.place_of(var, "analytics")
    before = {p.pid for p in house.family()}
    asked = {"indicators": ["khong.co"], "year": 2026, "by": [], "where": {}, "units": None, "language": "vi"}
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(str(place))
            private_line.send(line, asked)
            assert private_line.receive(line)["problem"] == "Không có chỉ tiêu này."
    analysts = [p for p in house.family() if "analytics" in p.cmdline()]
    assert len(analysts) == 1
    assert analysts[0].pid not in before
    analysts[0].kill()
    deadline = time.monotonic() + 60
    while house.process.poll() is None and time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as line:  # pages are well meanwhile; another one is started
            line.settimeout(60)
            line.connect(str(place))
            private_line.send(line, asked)
            try:
                assert "problem" in private_line.receive(line)
                break
            except (OSError, ValueError):
                time.sleep(0.5)
    assert house.get("/")[0] == 200


def is_well(house: Running) -> bool:
    """Whether a page comes; one that was on its way to the killed worker does not."""
    try:
        return house.get("/healthz")[0] == 200
    except OSError:
        return False


def test_a_page_worker_that_is_killed_is_replaced(house: Running) -> None:
    serving = [p for p in house.family() if pages.MODULE in p.cmdline()]
    worker = next(p for p in serving if p.parent() in serving)
    worker.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        serving = [
            p for p in house.family() if p.status() != psutil.STATUS_ZOMBIE and pages.MODULE in p.cmdline()
        ]
        if worker not in serving and len(serving) >= 3 and is_well(house):
            break
        time.sleep(0.2)
    else:
        raise AssertionError("no new page worker came")
    assert house.process.poll() is None


def test_when_the_job_worker_falls_everything_stops_with_an_error(house: Running) -> None:
    family = house.family()
    jobs = next(p for p in family if "worker" in p.cmdline())
    jobs.kill()
    assert house.process.wait(60) == 1
    assert all_gone(family)


def test_when_khue_itself_is_killed_nothing_blocks_the_next_start(house: Running, var: Path) -> None:
    children = [p for p in house.family() if p.pid != house.process.pid]
    house.process.kill()
    house.process.wait()
    again = start(var)
    again.wait_until_ready()
    assert again.stop() == 0
    assert all_gone(children)
