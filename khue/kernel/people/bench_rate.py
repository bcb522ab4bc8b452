"""How many log-ins a second a running Khuê takes, and what becomes of other pages meanwhile (reliability F1).

The house is started as people start it, in a directory of its own with the small demo, and asked over the loopback by
a bounded number of browsers that each sign in once, while one clerk keeps opening her list of pupils.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psutil
from django.urls import reverse

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, server_cpu

BROWSERS = 16  # signing in at the same time
QUIET, BUSY = 5.0, 15.0  # seconds
BETWEEN = 0.02  # seconds the clerk looks at a page
READY = 240.0  # seconds until the demo is made and pages are served
PASSWORD = "một câu dài chỉ để đo"  # noqa: S105 - of accounts that exist for a minute
GIVE_PASSWORDS = """
import sys, django
django.setup()
from django.contrib.auth.hashers import make_password
from khue.kernel.people.models import Account
Account.objects.update(password=make_password(sys.argv[1]))
for name in Account.objects.order_by("?").values_list("login_name", flat=True)[:5000]:
    print(name)
"""


@dataclass
class House:
    """A running Khuê of our own."""

    var: Path
    port: int
    process: subprocess.Popen[str]
    names: list[str] = field(default_factory=list)

    def browser(self) -> HTTPConnection:
        """A connection that is kept open."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def cpu(self) -> float:
        """CPU seconds of the page workers and of the database so far."""
        spent = 0.0
        for one in psutil.Process(self.process.pid).children(recursive=True):
            if "khue.config.pages" in one.cmdline():
                times = one.cpu_times()
                spent += times.user + times.system
        return spent + server_cpu(int((self.var / "postgres" / "postmaster.pid").read_text().split()[0]))


@contextmanager
def running() -> Iterator[House]:
    """Start the house with the small demo and give every account of it the same password; stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="khue-rate-", ignore_cleanup_errors=True) as folder:
        surroundings = {
            **os.environ, "KHUE_VAR": folder, "DATABASE_URL": "", "PORT": str(port), "KHUE_DEMO": "1",
            "KHUE_PRODUCTION": "", "KHUE_BIND": "127.0.0.1", "DJANGO_SETTINGS_MODULE": "khue.config.settings",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "khue", "run"], env=surroundings, stdout=subprocess.DEVNULL, text=True
        )
        house = House(Path(folder), port, process)
        try:
            _wait(house)
            given = subprocess.run(  # noqa: S603
                [sys.executable, "-c", GIVE_PASSWORDS, PASSWORD],
                env=surroundings, capture_output=True, text=True, check=True,
            )  # fmt: skip
            house.names = given.stdout.split()
            yield house
        finally:
            process.terminate()
            process.wait(60)


def _wait(house: House) -> None:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline:
        if house.process.poll() is not None:
            raise CannotMeasureError("khue run dừng trước khi sẵn sàng.")
        try:
            browser = house.browser()
            browser.request("GET", "/healthz")
            if browser.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        time.sleep(0.2)
    raise CannotMeasureError(f"khue run chưa sẵn sàng sau {READY:.0f} giây.")


@dataclass
class Traffic:
    """What was asked and answered, in seconds each."""

    until: float
    log_ins: list[float] = field(default_factory=list)
    turned_away: int = 0
    pages: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether time is up, or something went wrong."""
        return time.perf_counter() > self.until or bool(self.problems)


def sign_in_again_and_again(house: House, names: Iterator[str], traffic: Traffic) -> None:
    """One place at which person after person signs in, each in a browser of their own."""
    browser = house.browser()
    token = secrets.token_hex(16)
    headers = {
        "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"khue_csrf={token}",
        "User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0",
    }  # fmt: skip
    while not traffic.is_over:
        body = urlencode({"name": next(names), "password": PASSWORD, "csrfmiddlewaretoken": token})
        start = time.perf_counter()
        browser.request("POST", reverse("people:login"), body, headers)
        answer = browser.getresponse()
        answer.read()
        if answer.status == 302:
            traffic.log_ins.append(time.perf_counter() - start)
        elif answer.status == 503:
            traffic.turned_away += 1
            time.sleep(1)
        else:
            traffic.problems.append(f"đăng nhập trả về {answer.status}.")


def look_at_pupils(house: House, cookie: str, traffic: Traffic) -> None:
    """A clerk who opens her list of pupils again and again."""
    browser = house.browser()
    while not traffic.is_over:
        start = time.perf_counter()
        browser.request("GET", reverse("roster:pupils"), headers={"Host": "localhost", "Cookie": cookie})
        answer = browser.getresponse()
        answer.read()
        if answer.status != 200:
            traffic.problems.append(f"danh sách học sinh trả về {answer.status}.")
        traffic.pages.append(time.perf_counter() - start)
        time.sleep(BETWEEN)


def clerk(house: House) -> str:
    """The cookies of Tâm's browser."""
    browser = house.browser()
    headers = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
    browser.request("POST", "/demo/login", "as=tam", headers)
    answer = browser.getresponse()
    answer.read()
    found = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    if not found:
        raise CannotMeasureError("không vào được bằng vai văn thư của bản trình diễn.")
    return "; ".join(found)


def observe(house: House, cookie: str, seconds: float, browsers: int) -> tuple[Traffic, float]:
    """Let the clerk and some browsers at it for a while; gives what happened and the CPU seconds it cost."""
    traffic = Traffic(time.perf_counter() + seconds)
    names, lock = iter(house.names * 10), threading.Lock()

    def one_by_one() -> Iterator[str]:
        while True:
            with lock:
                name = next(names)
            yield name

    people = [
        threading.Thread(target=sign_in_again_and_again, args=(house, one_by_one(), traffic))
        for _ in range(browsers)
    ]
    people.append(threading.Thread(target=look_at_pupils, args=(house, cookie, traffic)))
    before = house.cpu()
    for person in people:
        person.start()
    for person in people:
        person.join()
    if traffic.problems:
        raise CannotMeasureError(traffic.problems[0])
    return traffic, house.cpu() - before


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lie, in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


@bench("login_rate", group="foundation")
def login_rate(run: Run) -> Iterator[Result]:
    """Log-ins a second (`n`), CPU and wait of one; the list of pupils meanwhile beside the same in peace."""
    with running() as house:
        cookie = clerk(house)
        observe(house, cookie, 2.0, 2)  # templates compiled, connections open
        peace, cpu_of_peace = observe(house, cookie, QUIET, 0)
        rush, cpu_of_rush = observe(house, cookie, BUSY, BROWSERS)
    done = len(rush.log_ins)
    if not done:
        raise CannotMeasureError("không ai đăng nhập được.")
    cpu_of_pages = cpu_of_peace / len(peace.pages) * len(rush.pages)
    yield Result(
        "login_rate",
        (cpu_of_rush - cpu_of_pages) / done * 1000,
        median(rush.log_ins) * 1000,
        round(done / BUSY),
        note="n: số lần đăng nhập mỗi giây",
    )
    tries = done + rush.turned_away
    yield Result(
        "login_rate turned away", 0.0, 0.0, rush.turned_away,
        note=f"n: số lần bị từ chối vì đang đông, trong {tries} lần của {BUSY:.0f} giây",
    )  # fmt: skip
    for share in (0.5, 0.99):
        usual, now = percentile(peace.pages, share), percentile(rush.pages, share)
        yield Result(
            f"login_rate other pages p{share * 100:.0f}",
            0.0,
            now,
            len(rush.pages),
            usual,
            now / usual,
            "lúc vắng",
        )
