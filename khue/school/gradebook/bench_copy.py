"""What the columnar copy costs where most of it comes from: whole, after one sheet in a hundred, beside a teacher."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from statistics import median
from typing import Final

import orjson
from django.db import connection, transaction
from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Cost, Result, leaving_nothing
from khue.kernel.indicators.bench import Refresh, Taken
from khue.kernel.indicators.models import Copy, CopyState
from khue.school.gradebook import queries
from khue.school.gradebook.actions.marks import open_the_wall
from khue.school.gradebook.bench import Ground, ground, rows, unlock

GROUP: Final = "indicators"
SAVES: Final = 60
PAUSE: Final = 0.2  # seconds between two savings beside a refresh
EVERY: Final = 100  # one sheet in so many changes

_PICK: Final = """
create temporary table bench_sheet as
select s.id, s.touched_at from gradebook_sheet s where s.id %% %s = 7
    and exists (select from gradebook_mark_row r where r.sheet_id = s.id and r.average is not null)
"""
_KEEP: Final = """
create temporary table bench_row as
select r.id, r.average from gradebook_mark_row r join bench_sheet b on b.id = r.sheet_id
"""
_CHANGE: Final = """
update gradebook_mark_row r set average = case when r.average > 50 then r.average - 1 else r.average + 1 end
from bench_sheet b where b.id = r.sheet_id and r.average is not null
"""
_TOUCH: Final = "update gradebook_sheet s set touched_at = now() from bench_sheet b where b.id = s.id"
_BACK: Final = "update gradebook_mark_row r set average = b.average from bench_row b where b.id = r.id"
_UNTOUCH: Final = (
    "update gradebook_sheet s set touched_at = b.touched_at from bench_sheet b where b.id = s.id"
)


@bench("refresh_full", group=GROUP)
def refresh_full(run: Run) -> Iterator[Result]:
    """Copy every fact anew, in a process of its own; `n` is the rows of the copy."""
    taken = Refresh("--whole").end()
    yield _result("refresh_full", taken, sum(_last().rows.values()), "dòng")


@bench("refresh_incremental", group=GROUP)
def refresh_incremental(run: Run) -> Iterator[Result]:
    """Bring the copy up to date after one sheet in a hundred was written; `n` is the rows of marks that changed."""
    Refresh().end()  # nothing else is new
    with _changed_sheets() as changed:
        taken = Refresh().end()
        copy = _last()
        if copy.is_whole or copy.changed.get("gradebook.marks", 0) < changed // 2:
            raise CannotMeasureError("lần chép này không phải phần thay đổi của các sổ vừa sửa.")
    yield _result("refresh_incremental", taken, changed, "dòng điểm đổi")


@bench("save_beside_refresh", group=GROUP)
def save_beside_refresh(run: Run) -> Iterator[Result]:
    """Save a column of a class while the whole copy is being made, against a quiet time; wall times, medians."""
    here = ground()
    with leaving_nothing():
        unlock(here)
        save = _saving(here)
        quiet = _savings(run, save)
        under_way = Refresh("--whole")
        beside: list[Cost] = []
        while not under_way.is_over:
            beside += _savings(run, save, rounds=1)
            time.sleep(PAUSE)
        taken = under_way.end()
        quiet += _savings(run, save)
    middle, calm = median(one.wall_ms for one in beside), median(one.wall_ms for one in quiet)
    cpu, calm_cpu = median(one.cpu_ms for one in beside), median(one.cpu_ms for one in quiet)
    last = sorted(one.wall_ms for one in beside)[int(len(beside) * 0.95)]
    yield Result(
        "save_beside_refresh", cpu, middle, len(beside), calm, middle / calm, "lúc yên, trước và sau",
        f"lần lưu; CPU lúc yên {calm_cpu:.0f} ms, 95 % dưới {last:.0f} ms; "
        f"lần chép mất {taken.seconds:.0f} s, {taken.mib} MiB",
    )  # fmt: skip


def _savings(run: Run, save: Callable[[], None], rounds: int = SAVES) -> list[Cost]:
    return [run.meter.typical(save, rounds=1, warm=0, undone=True) for _ in range(rounds)]


def _saving(here: Ground) -> Callable[[], None]:
    found = here.frame
    client = browser_of(here.teacher, roles.SUBJECT_TEACHER)
    slot = min(column.slot for column in found.columns)
    pupils = [row for row in queries.all_rows(found) if row.is_counted]
    state = {row.enrolment_id: row.marks[slot] for row in pupils}
    numbers = count(1)
    address = reverse("gradebook:save", args=[here.sheet_id])

    def save() -> None:
        number = next(numbers)
        value = 40 + number % 2 * 5
        sent = [[pk, slot, seen, value] for pk, seen in state.items()]
        answer = client.post(
            address, orjson.dumps({"cells": sent}), content_type="application/json",
            headers={"Idempotency-Key": f"bench-{number}"},
        )  # fmt: skip
        if answer.status_code != 200 or len(answer.json()["written"]) != len(state):
            raise CannotMeasureError(f"lưu điểm trả về {answer.status_code}: {answer.content[:200]!r}")

    return save


@contextmanager
def _changed_sheets() -> Iterator[int]:
    """One sheet in a hundred written, until the copy has seen it; then all is put back, and the copy sees that too."""
    rows("drop table if exists bench_sheet, bench_row")
    rows(_PICK, [EVERY])
    rows(_KEEP)
    changed = rows("select count(*) from bench_row where average is not null")[0][0]
    if not changed:
        raise CannotMeasureError("chưa có sổ điểm nào có điểm; chạy khue demo trước.")
    try:
        _write(_CHANGE, _TOUCH)
        yield changed
    finally:
        _write(_BACK, _TOUCH)
        Refresh().end()
        _write(_UNTOUCH)
        rows("drop table bench_sheet, bench_row")


def _write(*statements: str) -> None:
    with transaction.atomic():
        open_the_wall()
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _last() -> Copy:
    return Copy.objects.filter(state=CopyState.DONE).latest("started_at")


def _result(name: str, taken: Taken, number: int, what: str) -> Result:
    cpu = taken.cpu + (taken.database_cpu or 0.0)
    note = f"{what}; {taken.cpu:.1f} s CPU của tiến trình, bộ nhớ cao nhất {taken.mib} MiB"
    return Result(name, cpu * 1000, taken.seconds * 1000, number, note=note)
