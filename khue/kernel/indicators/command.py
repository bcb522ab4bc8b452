"""`khue indicators refresh [--whole] | status | list`: bring copy and figures of the day up to date."""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import orjson
from django.utils import timezone

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import copying, jobs, listing, snapshots
from khue.kernel.indicators.copying import generations
from khue.kernel.indicators.models import Copy

NICENESS: Final = 5
SHOWN: Final = 50  # faults named one by one


def main(argv: Sequence[str]) -> int:
    """0 when it is done, 1 when it could not be (the reason is said), 2 when the words are wrong."""
    parser = argparse.ArgumentParser(prog="khue indicators", description="Bản chép số liệu và chỉ tiêu.")
    parts = parser.add_subparsers(dest="part", required=True)
    work = parts.add_parser("refresh", help="chép phần đã thay đổi rồi tính số liệu hôm nay")
    work.add_argument("--whole", action="store_true", help="chép lại toàn bộ")
    work.add_argument("--nice", type=int, default=NICENESS, help="nhường máy cho việc khác: 0 đến 19")
    work.add_argument("--without-figures", action="store_true", help="chỉ chép, không tính chỉ tiêu")
    parts.add_parser("status", help="bản chép đang dùng và lần chép gần nhất")
    check = parts.add_parser("verify", help="tính lại mã kiểm tra của các ngày đã khóa, kể ra chỗ khác")
    check.add_argument("--since", metavar="NGÀY", help="chỉ từ ngày này (2026-11-02)")
    shown = parts.add_parser("list", help="danh mục chỉ tiêu")
    shown.add_argument("--write", action="store_true", help="ghi vào docs/indicators.md")
    nation = parts.add_parser(
        "rehearse", help="tập dượt cả nước: nhiều tỉnh cạnh nhau, hai bộ máy cùng câu hỏi"
    )
    nation.add_argument("--provinces", default="1,4", help="số tỉnh mỗi lần, cách nhau bởi dấu phẩy")
    nation.add_argument("--engines", default="embedded,cluster")
    nation.add_argument("--place", default="", help="thư mục tạm; mặc định trong thư mục dữ liệu")
    try:
        asked = parser.parse_args(list(argv))
    except SystemExit as ending:
        return int(ending.code or 0)
    if asked.part == "status":
        return _status()
    if asked.part == "verify":
        return _verify(asked.since)
    if asked.part == "list":
        return _list(write=asked.write)
    if asked.part == "rehearse":
        return _rehearse(asked.provinces, asked.engines.split(","), asked.place)
    _step_back(asked.nice)
    return _refresh(asked.whole, figures=not asked.without_figures)


def _refresh(whole: bool, *, figures: bool) -> int:
    start = time.perf_counter()
    try:
        copy = copying.refresh(whole)
        kind = "toàn bộ" if copy.is_whole else "phần thay đổi"
        taken, rows = sum(copy.changed.values()), sum(copy.rows.values())
        print(
            f"Đã chép {kind}: {_whole(taken)} dòng, nay có {_whole(rows)} dòng, {_whole(copy.bytes >> 20)} MiB."
        )
        if figures:
            print(f"Số liệu hôm nay: {_whole(jobs.figures_of_today())} dòng mới.")
    except DomainError as problem:
        print(f"khue indicators: {problem.message}", file=sys.stderr)
        return 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{time.perf_counter() - start:.1f} giây, bộ nhớ cao nhất {peak} MiB.".replace(".", ",", 1))
    return 0


def _list(*, write: bool) -> int:
    text = listing.as_markdown()
    if write:
        listing.DOCUMENT.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def _step_back(niceness: int) -> None:
    """Everybody else's work comes first: that of teachers who are writing, and of their database."""
    with contextlib.suppress(OSError):
        os.nice(max(0, niceness - os.nice(0)))


def _verify(since: str | None) -> int:
    """Closed days against their digests; what differs is named by day and indicator."""
    try:
        report = snapshots.verify(date.fromisoformat(since) if since else None)
    except ValueError:
        print(f"khue indicators: “{since}” không phải là ngày, viết như 2026-11-02", file=sys.stderr)
        return 2
    for fault in report.faults[:SHOWN]:
        print(fault)
    if len(report.faults) > SHOWN:
        print(f"… và {len(report.faults) - SHOWN} chỗ nữa")
    seen = f"{_whole(report.days)} ngày, {_whole(report.rows)} dòng"
    print(
        f"Số liệu các ngày đã khóa nguyên vẹn: {seen}."
        if report.is_sound
        else f"SỐ LIỆU ĐÃ KHÓA KHÔNG NGUYÊN VẸN: {_whole(len(report.faults))} chỗ trong {seen}."
    )
    return 0 if report.is_sound else 1


def _status() -> int:
    generation = generations.current()
    if generation is None:
        print("Chưa có bản chép số liệu.")
    else:
        said = generation.manifest
        print(
            f"Bản chép {said.generation}: số liệu lúc {_moment(said.copied_at)}, chép toàn bộ lúc "
            f"{_moment(said.whole_at)}, {_whole(said.rows)} dòng, {_whole(said.bytes >> 20)} MiB."
        )
        for name, fact in said.facts.items():
            print(f"{_whole(fact.rows):>14}  {name} ({len(fact.files)} tệp, {_whole(fact.bytes >> 10)} KiB)")
    last = Copy.objects.order_by("-started_at").first()
    if last is not None:
        why = f": {last.fault}" if last.fault else ""
        print(f"Lần gần nhất lúc {_moment(last.started_at)}: {last.get_state_display()}{why}.")
    return 0 if generation is not None else 1


def _moment(value: object) -> str:
    return f"{timezone.localtime(value):%H:%M %d/%m/%Y}"  # type: ignore[arg-type]


def _whole(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _rehearse(provinces: str, engines: Sequence[str], place: str) -> int:
    """One line of JSON for each size and engine."""
    from khue.kernel.indicators import engines as known
    from khue.kernel.indicators import rehearsal

    openers = {name: partial(known.open_engine, kind=name) for name in engines}
    folder = Path(place) if place else generations.root() / "rehearsal"
    try:
        sizes = [int(word) for word in provinces.split(",")]
        for line in rehearsal.rehearse(sizes, openers, folder, jobs.year_now()):
            print(orjson.dumps(line).decode(), flush=True)
    except (DomainError, ValueError) as problem:
        print(f"khue indicators: {problem}", file=sys.stderr)
        return 1
    return 0
