"""The rush at the gates of a province, sustained: real page processes, real HTTP, every tap counted afterwards.

Readers of many schools hand in batches on a timetable that does not wait for answers (who is late is late for the next
one too), every tap a pupil's first of the day with guardians told. What was offered is compared with what stands in
the database: taken, lost, doubled; and how long a tap waited until its notice was queued.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Final

import orjson
import psutil
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.bench.browsers import host
from khue.kernel.bench.measuring import CannotMeasureError, Result, postmaster_pid, server_cpu
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.models import Value
from khue.kernel.statements import fetch, run
from khue.school.gate import actions

RATE: Final = 1_500  # taps a second
SECONDS: Final = 120
BATCH: Final = 25  # taps a reader gathers before it hands them in
WORKERS: Final = 2
SENDERS: Final = 24  # connections; more batches than these are never under way
READY: Final = 60.0  # seconds until pages are served
_SCHOOLS: Final = """
select e.school_id, e.year_id, count(*) from roster_enrolment e
where e.is_current and e.status = 'studying' and e.classroom_id is not null
group by 1, 2 order by count(*) desc, 1
"""
_CODES: Final = "select code from gate_badge where school_id = %s and state = 'good' order by id"
_TAPS: Final = """
select count(*), count(distinct (reader_id, number)), count(distinct enrolment_id),
  count(*) filter (where verdict = 'taken') from gate_tap where reader_id = any(%s)
"""
_TOLD: Final = """
with told as (
  select extract(epoch from m.sent_at - t.at) as waited, t.enrolment_id, m.person_id
  from gate_tap t join roster_enrolment e on e.id = t.enrolment_id
  join roster_guardianship g on g.pupil_id = e.person_id
  join notify_message m on m.person_id = g.guardian_id
    and m.dedupe_key = 'gate:' || t.enrolment_id || ':' || to_char(t.at at time zone %s, 'YYYYMMDD') || ':in'
  where t.reader_id = any(%s) and t.verdict = 'taken'
)
select count(*), count(distinct (enrolment_id, person_id)),
  coalesce(percentile_disc(0.5) within group (order by waited), 0),
  coalesce(percentile_disc(0.99) within group (order by waited), 0), coalesce(max(waited), 0) from told
"""
_OWED: Final = """
select count(distinct (e.id, g.guardian_id)) from gate_tap t join roster_enrolment e on e.id = t.enrolment_id
join roster_guardianship g on g.pupil_id = e.person_id
where t.reader_id = any(%s) and g.may_view and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s)
"""
_FORGET: Final = (
    "delete from notify_delivery d using notify_message m"
    " where m.id = d.message_id and m.kind = 'gate.passed' and m.sent_at >= %s",
    "delete from notify_message where kind = 'gate.passed' and sent_at >= %s",
    "delete from attendance_arrival a using gate_tap t where t.enrolment_id = a.enrolment_id and a.first_in = t.at"
    " and t.received_at >= %s and t.reader_id = any(%s)",
    "delete from gate_tap where received_at >= %s and reader_id = any(%s)",
)


@dataclass(frozen=True)
class Gates:
    """Readers of the schools chosen, and the badges that are held to them: (reader's key, codes)."""

    readers: list[int]
    batches: list[tuple[str, list[str]]]


@dataclass
class Rush:
    """What the readers saw of it."""

    sent: int = 0
    answered: int = 0
    again: int = 0
    late: float = 0.0  # seconds the timetable was behind at worst
    waits: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def sustained(rate: int = RATE, seconds: int = SECONDS) -> Iterator[Result]:
    """Offer so many taps a second for so long, then count; on a demonstration only, for what it writes is real."""
    if not settings.DEMO:
        raise CannotMeasureError("chỉ đo trên bản trình diễn (KHUE_DEMO=1): phép đo ghi thật rồi xóa.")
    began = timezone.now()
    gates = _prepared(rate * seconds)
    try:
        with _pages() as (port, server):
            _warmed(port, gates.batches)
            postmaster = postmaster_pid()
            cpu = _cpu(server, postmaster)
            rush, took = _rush(port, gates.batches, rate)
            spent = _cpu(server, postmaster) - cpu
        yield from _counted(gates, rush, took, spent, rate)
    finally:
        _forget(gates, began)


def _prepared(wanted: int) -> Gates:
    actor, root = Actor.system("gate.bench"), Unit.objects.get(parent__isnull=True)
    readers: list[int] = []
    places: list[tuple[str, list[str]]] = []
    held = 0
    for school_id, year_id, _pupils in fetch(_SCHOOLS):
        if held >= wanted:
            break
        school = Unit.objects.get(pk=school_id)
        actions.issue_school_badges(actor, school, year_id=year_id)
        reader, key = actions.add_reader(actor, school, name="Đo", kind="terminal", direction="in")
        codes = [code for (code,) in fetch(_CODES, [school_id])]
        readers.append(reader.pk)
        places.append((key, codes))
        held += len(codes) // BATCH * BATCH
    if held < wanted:
        raise CannotMeasureError(f"chỉ có {held} em, cần {wanted}; chạy khue demo --size province.")
    batches = _interleaved(places, wanted)
    Value.objects.filter(
        name="gate.tell_families", reason="gate.bench"
    ).delete()  # of one that was broken off
    Value.objects.create(
        name="gate.tell_families", unit=root, valid_from=timezone.localdate(), value=True, reason="gate.bench"
    )
    return Gates(readers, batches)


def _interleaved(places: Sequence[tuple[str, list[str]]], wanted: int) -> list[tuple[str, list[str]]]:
    """Batches of all schools in turn, as they come on a morning."""
    found: list[tuple[str, list[str]]] = []
    at = 0
    while len(found) * BATCH < wanted:
        left = len(found)
        found += [(key, codes[at : at + BATCH]) for key, codes in places if len(codes) >= at + BATCH]
        if len(found) == left:
            raise CannotMeasureError(f"chỉ đủ {left * BATCH} lượt, cần {wanted}.")
        at += BATCH
    return found[: wanted // BATCH]


@contextmanager
def _pages() -> Iterator[tuple[int, psutil.Process]]:
    """The pages over the connected database, served as `khue run` serves them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ("-m", "khue.config.pages", f"--port={port}", f"--workers={WORKERS}", "--threads=4")
    process = subprocess.Popen(  # noqa: S603 - our own pages
        [sys.executable, *words], env={**os.environ, "DJANGO_SETTINGS_MODULE": "khue.config.settings"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + READY
        while not _is_up(port):
            if process.poll() is not None or time.monotonic() > until:
                raise CannotMeasureError("các trang không khởi động được.")
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _warmed(port: int, batches: Sequence[tuple[str, list[str]]]) -> None:
    """Let every worker have answered readers before anything is measured."""
    body = orjson.dumps({"now": 0, "taps": []})
    for key, _codes in list(batches[:1]) * 60:
        link = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Content-Type": "application/json", "X-Khue-Reader": key, "Host": host()}
        link.request("POST", reverse("gate:take_in"), body, headers)
        link.getresponse().read()
        link.close()


def _is_up(port: int) -> bool:
    link = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", "/healthz", headers={"Host": host()})
        return link.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        link.close()


def _cpu(server: psutil.Process, postmaster: int | None) -> float:
    """CPU seconds of the pages and of the database so far."""
    spent = 0.0
    for one in [server, *server.children(recursive=True)]:
        times = one.cpu_times()
        spent += times.user + times.system
    return spent + (server_cpu(postmaster) if postmaster else 0.0)


def _rush(port: int, batches: Sequence[tuple[str, list[str]]], rate: int) -> tuple[Rush, float]:
    """Hand in every batch at its time; a batch without an answer is handed in again, as readers do."""
    rush, lock, path = Rush(), threading.Lock(), reverse("gate:take_in")
    start, turn = time.perf_counter() + 1.0, iter(enumerate(batches))
    between = BATCH / rate

    def reader() -> None:
        link = HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                number, (key, codes) = next(turn, (-1, ("", [])))
            if number < 0:
                return
            due = start + number * between
            time.sleep(max(0.0, due - time.perf_counter()))
            late = time.perf_counter() - due
            wall = time.time() - late  # when this batch was due, by the clock on the wall
            first = number * BATCH + 1
            taps = [
                [first + at, code, int((wall - (BATCH - at) * 0.1) * 1000), ""]
                for at, code in enumerate(codes)
            ]
            for _try in range(5):
                sent = time.perf_counter()
                try:
                    body = orjson.dumps({"now": int(time.time() * 1000), "taps": taps})
                    headers = {
                        "Content-Type": "application/json",
                        "X-Khue-Reader": key,
                        "Host": host(),
                    }
                    link.request("POST", path, body, headers)
                    answer = link.getresponse()
                    told = answer.read()
                except (OSError, HTTPException):
                    link.close()
                    link = HTTPConnection("127.0.0.1", port, timeout=30)
                    with lock:
                        rush.again += 1
                    continue
                if answer.status != 200:
                    with lock:
                        rush.problems.append(f"{answer.status}: {told[:100]!r}")
                    break
                with lock:
                    rush.answered += len(orjson.loads(told)["taps"])
                    rush.waits.append(time.perf_counter() - sent)
                break
            with lock:
                rush.sent += len(codes)
                rush.late = max(rush.late, late)

    threads = [threading.Thread(target=reader) for _sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rush, time.perf_counter() - start


def _counted(gates: Gates, rush: Rush, took: float, spent: float, rate: int) -> Iterator[Result]:
    if rush.problems:
        raise CannotMeasureError(f"{len(rush.problems)} gói bị từ chối, như {rush.problems[0]}")
    ((stored, numbers, _pupils, taken),) = fetch(_TAPS, [gates.readers])
    today = timezone.localdate()
    ((owed,),) = fetch(_OWED, [gates.readers, today, today])
    ((told, told_once, half, most, longest),) = fetch(_TOLD, [settings.TIME_ZONE, gates.readers])
    each = spent / rush.sent * 1000
    load = os.getloadavg()[0]
    slow = sorted(rush.waits)[int(len(rush.waits) * 0.99)]
    yield Result(
        "taps_sustained", each, took / rush.sent * 1000, rush.sent, 2 * 1000 / rate, each / (2 * 1000 / rate),
        note=f"lượt, mời {rate} mỗi giây, nhận {rush.sent / took:.0f} trong {took:.0f} giây; ghi {taken}, "
        f"mất {rush.answered - numbers}, hai lần {stored - numbers}, gửi lại {rush.again}; "
        f"99% gói được trả lời trong {slow * 1000:.0f} ms; "
        f"chậm lịch nhiều nhất {rush.late:.1f} giây; tải máy {load:.1f}",
    )  # fmt: skip
    yield Result(
        "taps_told", float(half) * 1000, float(most) * 1000, told,
        note=f"tin; nợ {owed}, thừa {told - told_once}; từ quẹt đến tin đã xếp: 99% trong {float(most):.2f} giây, "
        f"lâu nhất {float(longest):.2f} giây (cột CPU: trung vị, ms)",
    )  # fmt: skip


def _forget(gates: Gates, began: object) -> None:
    """Take away what was written: taps, arrivals, notices, the setting; badges stay, the record keeps its entries."""
    Value.objects.filter(name="gate.tell_families", reason="gate.bench").delete()
    for statement in _FORGET:
        run(statement, [began, gates.readers] if "any(%s)" in statement else [began])
    actor = Actor.system("gate.bench")
    from khue.school.gate.models import Reader

    for reader in Reader.objects.filter(pk__in=gates.readers, cut_off_at__isnull=True):
        actions.cut_off_reader(actor, reader)
