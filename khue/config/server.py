"""`khue run`: the whole house — database, pages, background work — started and stopped together."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg

from khue.config import pages
from khue.config.budget import Budget, BudgetError, check, max_connections
from khue.lib import private_line

READY_SECONDS = 60
STOP_SECONDS = 15
ANALYTICS = "KHUE_ANALYTICS"  # read by khue.kernel.indicators.line
ANALYST_PAUSE_SECONDS = 5.0  # before one that fell over is started again
PR_SET_PDEATHSIG = 1
# Log-ins hash in 19 MiB each; with glibc's one heap a thread a page process grew to 150 MiB instead of 110.
SMALL = {"MALLOC_ARENA_MAX": "2"}
# Whoever runs the house as it is meant to run gets its files as they are meant to go: small, and once.
BUILT = {"KHUE_BUILT_FILES": "1"}


class StartError(RuntimeError):
    """Khuê cannot be started; the text says what to do about it."""


@dataclass
class House:
    """The processes that make up a running Khuê; one that ends by itself brings the others down too."""

    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    is_stopping: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    line: socket.socket | None = None  # where pages ask for figures; waited on while nobody answers there
    analyst: subprocess.Popen[bytes] | None = None
    analyst_again_at: float = 0.0

    def start(self, name: str, *words: str) -> None:
        """Start `python WORDS` as a child that dies with us and does not hear our terminal's Ctrl-C."""
        self.children[name] = self._spawn(words)

    def _spawn(self, words: Sequence[str], fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            env={**SMALL, **BUILT, **os.environ, **self.environment},
            start_new_session=True,
            pass_fds=fds,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def open_line(self, place: Path) -> None:
        """Let pages ask for figures at a socket; the process that answers starts with the first question."""
        self.line = private_line.listen(place)
        self.environment[ANALYTICS] = str(place)

    def wait(self, seconds: float) -> None:
        """Wait; whoever knocks at the line in the meantime gets the analytics process started."""
        if self.analyst is not None and self.analyst.poll() is not None:
            broke = self.analyst.returncode != 0
            self.analyst = None
            self.analyst_again_at = time.monotonic() + (ANALYST_PAUSE_SECONDS if broke else 0.0)
        if self.line is None or self.analyst is not None or time.monotonic() < self.analyst_again_at:
            time.sleep(seconds)
            return
        knocks, _write, _other = select.select([self.line], [], [], seconds)
        if knocks and not self.is_stopping:
            number = self.line.fileno()
            self.analyst = self._spawn(["-m", "khue", "analytics", f"--line={number}"], [number])

    def fallen(self) -> str | None:
        """The name of a child that has ended, if any."""
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Ask every child to end, wait up to `patience` seconds, and end those that do not."""
        children = [*self.children.values(), *([self.analyst] if self.analyst else [])]
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + patience
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def ask_to_stop(self, signum: int, frame: FrameType | None) -> None:
        """Signal handler: end the waiting loop at its next turn."""
        self.is_stopping = True


def main(argv: Sequence[str]) -> int:
    """Start everything, wait, and stop everything; 0 after Ctrl-C or SIGTERM, 1 when something fell over."""
    if argv:
        print(
            "khue run: không có tham số; PORT, KHUE_BIND, KHUE_DEMO đặt qua biến môi trường", file=sys.stderr
        )
        return 2
    house = House()
    signal.signal(signal.SIGINT, house.ask_to_stop)
    signal.signal(signal.SIGTERM, house.ask_to_stop)
    try:
        return _run(house)
    except (StartError, BudgetError) as error:
        print(f"Khuê: {error}", file=sys.stderr)
        return 1
    finally:
        house.stop()
        _leave_database()


def _run(house: House) -> int:
    host, port = _address()
    from khue.config import settings  # starts or joins the embedded database

    budget = Budget.from_environment()
    try:
        check(budget, max_connections(settings.DATABASE_URL))
    except psycopg.OperationalError as error:
        raise StartError(f"không kết nối được cơ sở dữ liệu trong DATABASE_URL: {error}") from error

    house.start("prepare", "-m", "khue.config.prepare")
    while (code := house.children["prepare"].poll()) is None:
        if house.is_stopping:
            return 0
        time.sleep(0.02)
    del house.children["prepare"]
    if code:
        raise StartError("chuẩn bị dữ liệu chưa xong, xem thông báo ở trên.")

    house.open_line(private_line.place_of(settings.VAR, "analytics"))
    house.start("pages", *pages.command(host, port, workers=budget.workers, threads=budget.threads))
    _wait_until_ready(house, host, port)  # alone: pages first, the worker need not be waited for
    house.start("jobs", "-m", "khue", "worker", f"--concurrency={budget.jobs}")
    if not house.is_stopping:
        shown = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
        print(f"Khuê đang chạy: http://{shown}:{port}", flush=True)
    while not house.is_stopping:
        if fallen := house.fallen():
            print(f"Khuê: phần “{fallen}” đã dừng bất ngờ, dừng tất cả.", file=sys.stderr, flush=True)
            return 1
        house.wait(0.2)
    return 0


def _address() -> tuple[str, int]:
    host, given = os.environ.get("KHUE_BIND", "127.0.0.1"), os.environ.get("PORT", "8000")
    if not given.isdecimal() or not 1 <= int(given) <= 65535:
        raise StartError(f"PORT phải là số từ 1 đến 65535, không phải “{given}”.")
    port = int(given)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"không mở được cổng {port} ({error.strerror}). Có chương trình khác đang dùng? "
                f"Hãy chọn cổng khác, ví dụ PORT={port + 1 if port < 65535 else 8000}."
            ) from error
    return host, port


def _wait_until_ready(house: House, host: str, port: int) -> None:
    """Ask /healthz until it says ready; raises StartError when a part falls or time is up."""
    asked = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    address = f"http://[{asked}]:{port}/healthz" if ":" in asked else f"http://{asked}:{port}/healthz"
    request = urllib.request.Request(  # noqa: S310 - our own address
        address, headers={"Host": "localhost", "X-Forwarded-Proto": "https"}
    )
    deadline = time.monotonic() + READY_SECONDS
    said = ""
    while not house.is_stopping:
        if fallen := house.fallen():
            raise StartError(f"phần “{fallen}” không khởi động được, xem thông báo ở trên.")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            said = f"HTTP {error.code}"
        except OSError as error:
            said = str(error)
        if time.monotonic() > deadline:
            raise StartError(f"trang web không trả lời sau {READY_SECONDS} giây ({said}).")
        time.sleep(0.05)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _leave_database() -> None:
    from khue.config import embedded

    for directory in list(embedded.joined()):
        embedded.leave(directory)
