"""What joining costs after three days without a line: a column of 12 subjects for 45 pupils, and the rolls (E5).

The whole of it over HTTP as the device sends it: packed batches of at most 16 KB, one after the other, then the new
package. All happens in a transaction that is rolled back.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import orjson
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.offline.joining import MOST_SENT
from khue.kernel.offline.merge import MOST_ENTRIES
from khue.kernel.statements import TODAY
from khue.school.attendance import queries as attendance
from khue.school.gradebook import queries
from khue.school.gradebook.actions.marks import open_the_wall
from khue.school.gradebook.bench import Ground, ground, rows, unlock

DAYS: Final = 3
LINE: Final = 64_000 / 8  # bytes a second
_BARE: Final = """
update gradebook_mark_row r set marks[%s] = n.mark, version = r.version + 1
from unnest(%s::bigint[], %s::smallint[]) as n(enrolment_id, mark)
where r.sheet_id = %s and r.enrolment_id = n.enrolment_id
"""
_MAKE_ROOM: Final = (
    "alter table attendance_revision disable trigger attendance_revision_is_kept",
    "delete from attendance_revision r using attendance_sheet s where s.id = r.sheet_id and s.classroom_id = %s",
    "delete from attendance_mark m using attendance_sheet s where s.id = m.sheet_id and s.classroom_id = %s",
    "delete from attendance_sheet where classroom_id = %s",
    "delete from attendance_closing where classroom_id = %s",
    f"update curriculum_teaching_assignment a set teacher_id = %s, starts_on = {TODAY} - 400, "  # noqa: S608
    f"ends_on = {TODAY} + 400 from curriculum_course c where c.id = a.course_id and c.classroom_id = %s "
    "and a.role = 'main'",
)


class _Sender:
    """A device that sends what it is given."""

    def __init__(self, here: Ground) -> None:
        self.client: Client = browser_of(here.teacher, roles.SUBJECT_TEACHER)
        self.name = "bench" + "0" * 20
        self.token = ""
        said = self.post("offline:register", {"name": "Máy đo", "replica": self.name})
        self.token = said["token"]
        self.bytes = 0

    def post(self, name: str, data: Any) -> Any:
        """Ask; raises CannotMeasureError when it is refused."""
        body = gzip.compress(orjson.dumps(data), 9)
        answer = self.client.post(
            reverse(name), body, content_type="application/json",
            headers={"Content-Encoding": "gzip", "X-Khue-Device": self.token},
        )  # fmt: skip
        if answer.status_code >= 400:
            raise CannotMeasureError(f"{name} trả về {answer.status_code}: {answer.content[:200]!r}")
        self.last = len(body)
        return orjson.loads(answer.content)


def batches(entries: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """Entries in batches that hold what may be sent at once."""
    batch: list[list[Any]] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == MOST_ENTRIES or len(orjson.dumps(batch)) > 4 * MOST_SENT:
            yield batch
            batch = []
    if batch:
        yield batch


@bench("offline_join", group="attendance")
def offline_join(run: Run) -> Iterator[Result]:
    """Join three days' work of a class: marks of every subject and the rolls; `n` is the entries."""
    here = ground()
    with leaving_nothing():
        unlock(here)
        for statement in _MAKE_ROOM:
            count = statement.count("%s")
            values: list[Any] = [here.classroom_id] * count
            if count == 2:
                values = [here.teacher.person_id, here.classroom_id]
            rows(statement, values)
        device = _Sender(here)
        package = device.post("offline:carry", {"replica": device.name})
        entries, written = _entries(here, package)
        if not entries:
            raise CannotMeasureError("máy không mang được sổ nào theo.")
        sent: list[int] = []

        def join() -> None:
            sent.clear()
            wrong: set[str] = set()
            for batch in batches(entries):
                said = device.post("offline:join", {"replica": device.name, "entries": batch})
                sent.append(device.last)
                wrong |= {
                    f"{verdict}: {why}"
                    for _seq, verdict, _now, why, _again in said["answers"]
                    if verdict != "apply"
                }
            if wrong:
                raise CannotMeasureError(f"có mục không ghi được: {sorted(wrong)[:3]}")

        def write() -> None:
            open_the_wall()
            for sheet_id, slot, marks in written:
                rows(_BARE, [slot + 1, list(marks), list(marks.values()), sheet_id])

        joined = run.meter.typical(join, rounds=3, warm=1, undone=True)
        bare = run.meter.typical(write, rounds=3, warm=1, undone=True)
    most, total = max(sent), sum(sent)
    size = f"{total / 1024:.1f} KB (lượt lớn nhất {most / 1024:.1f})"
    note = f"{len(sent)} lượt gửi, {size}, {total / LINE:.0f} s ở 64 kbit/s"
    ratio = joined.cpu_ms / bare.cpu_ms if bare.cpu_ms else None
    yield Result(
        "offline_join",
        joined.cpu_ms,
        joined.wall_ms,
        len(entries),
        bare.cpu_ms,
        ratio,
        "UPDATE trần cùng các ô",
        note,
    )


def _entries(here: Ground, package: Any) -> tuple[list[list[Any]], list[tuple[int, int, dict[int, int]]]]:
    """A column of every sheet that went along, and three rolls; the marks again for the bare writing."""
    entries: list[list[Any]] = []
    written: list[tuple[int, int, dict[int, int]]] = []
    for sheet in package["collections"]["gradebook.marks"]["sheets"]:
        if sheet["classroom"] != here.classroom_id or here.frame.term != sheet["term"]:
            continue
        column = next((one for one in sheet["columns"] if one[3] in ("mark", "pass") and not one[5]), None)
        if column is None:
            continue
        slot, place = column[0], sheet["columns"].index(column)
        marks: dict[int, int] = {}
        found = queries.all_frame(sheet["id"])
        for row in queries.all_rows(found):
            if not row.is_counted:
                continue
            seen = sheet["rows"].get(str(row.enrolment_id), [[]])[0][place : place + 1]
            before = seen[0] if seen else None
            if before is not None and before < 0:  # a state moves by rules of its own
                continue
            value = 1 - (before or 0) if column[3] == "pass" else 40 + (before or 0) % 50 + 1
            marks[row.enrolment_id] = value
            at = f"{timezone.localdate()}T07:{len(entries) % 60:02}:00+07:00"
            entries.append(
                [len(entries) + 1, "gradebook.marks", f"{found.id}.{row.enrolment_id}.{slot}", value, before,
                 package["carry"], at]
            )  # fmt: skip
        written.append((found.id, slot, marks))
    for key, roll in _rolls(here):
        entries.append([len(entries) + 1, "attendance.roll", key, roll, None, package["carry"], ""])
    return entries, written


def _rolls(here: Ground) -> Iterator[tuple[str, Any]]:
    """The rolls of the last three days with lessons, four pupils away at each."""
    today = timezone.localdate()
    room = attendance.all_room(here.classroom_id, today)
    days = [day for n in range(60) for day in (today - timedelta(days=n),) if room.sessions(day)][:DAYS]
    for day in days:
        pupils = [row.enrolment_id for row in attendance.all_marks(0, here.classroom_id, day)][:4]
        for session in room.sessions(day):
            periods = range(1, 6) if room.plan(day).by_period else (0,)
            for period in periods:
                yield (
                    f"{here.classroom_id}.{day}.{session}.{period}",
                    {str(pk): ["K", None, ""] for pk in pupils},
                )
