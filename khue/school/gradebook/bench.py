"""What the gradebook costs: opening and saving a grid of 45 pupils, a class's results, a pupil's marks, the map.

Each is the whole request of somebody signed in, beside the same rows read or written by bare SQL in the same run. All
of it happens in a transaction that is rolled back, each saving by itself; there the days of the columns are taken away,
so that none is locked, and the sheet has eight columns, more than the programme of 2018 gives any subject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import orjson
from django.db import connection
from django.test import Client
from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account
from khue.kernel.statements import TODAY
from khue.school.gradebook import queries
from khue.school.gradebook.actions.marks import open_the_wall
from khue.school.gradebook.queries import Frame

PUPILS: Final = 45
ROUNDS: Final = 15
GROUP: Final = "gradebook"

# A scored sheet of this year's running term in a class of about 45 pupils, and who teaches it today.
_SHEET: Final = f"""
with room as materialized (
  select e.classroom_id, count(*) as pupils from roster_enrolment e
  where e.is_current and e.status = 'studying' and e.level in ('THCS', 'THPT') and e.classroom_id is not null
  group by 1 order by abs(count(*) - 45), 1 limit 60
)
select s.id, a.teacher_id, s.classroom_id from room n join gradebook_sheet s on s.classroom_id = n.classroom_id
join calendar_school_year y on y.id = s.year_id and not y.is_closed
join calendar_term t on t.year_id = y.id and t.number = s.term
join curriculum_course c on c.id = s.course_id and c.assessed_by = 'marks'
join curriculum_teaching_assignment a on a.course_id = c.id and a.role = 'main'
  and a.starts_on <= {TODAY} and a.ends_on > {TODAY}
join people_account p on p.person_id = a.teacher_id and p.is_active
where exists (select from gradebook_mark_row r where r.sheet_id = s.id)
order by t.ends_on < {TODAY}, s.term, abs(n.pupils - 45), s.regular desc, s.id limit 1
"""  # noqa: S608
_BARE_OPEN: Final = """
select e.id, p.full_name, e.status, r.marks, r.sources, r.comment, r.average from roster_enrolment e
join people_person p on p.id = e.person_id
left join gradebook_mark_row r on r.sheet_id = %s and r.enrolment_id = e.id
where e.classroom_id = %s order by e.sort_key, e.id
"""
_BARE_SAVE: Final = """
update gradebook_mark_row r set marks = n.marks::smallint[], average = n.average, version = r.version + 1
from unnest(%s::bigint[], %s::text[], %s::smallint[]) as n(enrolment_id, marks, average)
where r.sheet_id = %s and r.enrolment_id = n.enrolment_id
"""
_BARE_PUPIL: Final = """
select s.id, s.term, s.kind, j.name, r.marks, r.sources, r.comment, r.average from gradebook_mark_row r
join gradebook_sheet s on s.id = r.sheet_id
left join curriculum_course c on c.id = s.course_id left join curriculum_subject j on j.code = c.subject_id
where r.enrolment_id = %s and s.published <> 0 order by s.term, j."order"
"""
_BARE_CLASS: Final = """
select e.id, p.full_name, array_agg(r.average order by s.id) from roster_enrolment e
join people_person p on p.id = e.person_id
left join gradebook_sheet s on s.classroom_id = e.classroom_id and s.term = %s
left join gradebook_mark_row r on r.sheet_id = s.id and r.enrolment_id = e.id
where e.classroom_id = %s group by e.id, p.full_name, e.sort_key order by e.sort_key, e.id
"""
_BARE_MAP: Final = """
select u.id, u.name, u.path, g.due, g.done, g.late_sheets, g.touched_at from gradebook_school_progress g
join org_unit u on u.id = g.school_id where g.year_id = %s and g.term = %s order by u.path
"""


@dataclass(frozen=True)
class Ground:
    """The sheet that is measured, its class and its teacher."""

    sheet_id: int
    classroom_id: int
    teacher: Account

    @property
    def frame(self) -> Frame:
        """The sheet as it is now."""
        return queries.all_frame(self.sheet_id)


def ground() -> Ground:
    """The sheet that is measured; raises CannotMeasureError where no demo made marks."""
    found = rows(_SHEET)
    if not found:
        raise CannotMeasureError("chưa có sổ điểm nào có điểm; chạy khue demo trước.")
    sheet, teacher, room = found[0]
    return Ground(sheet, room, Account.objects.select_related("person").get(person_id=teacher))


def rows(statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a bare statement and fetch what it gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or [])
        return list(cursor.fetchall()) if cursor.description else []


def unlock(here: Ground) -> None:
    """Take the days of columns away and give the sheet its eight columns; rolled back with all the rest."""
    with connection.cursor() as cursor:
        cursor.execute("delete from gradebook_deadline")
        cursor.execute(
            "update gradebook_sheet set regular = 5, has_topic = true where id = %s", [here.sheet_id]
        )


def getting(client: Client, address: str) -> Callable[[], None]:
    """The work of opening a page, once it is known to open."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise CannotMeasureError(f"{address} trả về {answer.status_code}.")

    def work() -> None:
        client.get(address)

    return work


@bench("grid_open", group=GROUP)
def grid_open(run: Run) -> Iterator[Result]:
    """Open the grid of a class as its teacher; `n` is the cells of the grid."""
    here = ground()
    with leaving_nothing():
        unlock(here)
        found = here.frame
        client = browser_of(here.teacher, roles.SUBJECT_TEACHER)
        opened = run.meter.typical(
            getting(client, reverse("gradebook:sheet", args=[here.sheet_id])), rounds=ROUNDS, warm=3
        )
        bare = run.meter.typical(
            lambda: rows(_BARE_OPEN, [here.sheet_id, here.classroom_id]), rounds=ROUNDS, warm=3
        )
    yield _result("grid_open", opened, found.counted * len(found.columns), bare, "SELECT trần cùng các ô")


@bench("grid_save_45", group=GROUP)
def grid_save_45(run: Run) -> Iterator[Result]:
    """Save one column of the class, audited; `n` is the cells written."""
    yield _saving(run, "grid_save_45", 1)


@bench("grid_save_360", group=GROUP)
def grid_save_360(run: Run) -> Iterator[Result]:
    """Save every column of the class at once, audited; `n` is the cells written."""
    yield _saving(run, "grid_save_360", 8)


def _saving(run: Run, name: str, columns: int) -> Result:
    here = ground()
    with leaving_nothing():
        unlock(here)
        found = here.frame
        client = browser_of(here.teacher, roles.SUBJECT_TEACHER)
        slots = sorted(column.slot for column in found.columns)[:columns]
        pupils = [row for row in queries.all_rows(found) if row.is_counted]
        state = {(row.enrolment_id, slot): row.marks[slot] for row in pupils for slot in slots}
        numbers = count(1)
        address = reverse("gradebook:save", args=[here.sheet_id])

        def save() -> None:
            number = next(numbers)
            value = 40 + number % 2 * 5
            sent = [[pk, slot, seen, value + slot] for (pk, slot), seen in state.items()]
            answer = client.post(
                address, orjson.dumps({"cells": sent}), content_type="application/json",
                headers={"Idempotency-Key": f"bench-{number}"},
            )  # fmt: skip
            if answer.status_code != 200 or len(answer.json()["written"]) != len(state):
                raise CannotMeasureError(f"lưu điểm trả về {answer.status_code}: {answer.content[:200]!r}")

        def write() -> None:
            value = 40 + next(numbers) % 2 * 5
            marks = "{" + ",".join(str(value + slot) for slot in range(found.width)) + "}"
            enrolments = [row.enrolment_id for row in pupils]
            open_the_wall()
            rows(_BARE_SAVE, [enrolments, [marks] * len(pupils), [value] * len(pupils), here.sheet_id])

        saved = run.meter.typical(save, rounds=ROUNDS, warm=3, undone=True)
        bare = run.meter.typical(write, rounds=ROUNDS, warm=3, undone=True)
    return _result(name, saved, len(state), bare, "UPDATE trần cùng các ô")


@bench("class_results", group=GROUP)
def class_results(run: Run) -> Iterator[Result]:
    """Open the results of a class as its homeroom teacher; `n` is pupils by subjects."""
    here = ground()
    found = here.frame
    homeroom = rows("select teacher_id from roster_homeroom where classroom_id = %s", [here.classroom_id])
    if not homeroom:
        raise CannotMeasureError("lớp này chưa có chủ nhiệm.")
    subjects = rows(
        "select count(*) from gradebook_sheet where classroom_id = %s and term = %s and kind = 'subject'",
        [here.classroom_id, found.term],
    )[0][0]
    account = Account.objects.select_related("person").get(person_id=homeroom[0][0])
    with leaving_nothing():
        client = browser_of(account, roles.HOMEROOM_TEACHER)
        address = f"{reverse('gradebook:class_results', args=[here.classroom_id])}?ky={found.term}"
        opened = run.meter.typical(getting(client, address), rounds=ROUNDS, warm=3)
        bare = run.meter.typical(
            lambda: rows(_BARE_CLASS, [found.term, here.classroom_id]), rounds=ROUNDS, warm=3
        )
    yield _result("class_results", opened, found.counted * subjects, bare, "SELECT trần cùng điểm trung bình")


@bench("pupil_marks", group=GROUP)
def pupil_marks(run: Run) -> Iterator[Result]:
    """Open one's own marks in every subject; `n` is the sheets that are published."""
    here = ground()
    pupils = rows(
        "select a.id, e.id from roster_enrolment e join people_account a on a.person_id = e.person_id and a.is_active "
        "where e.classroom_id = %s and e.status = 'studying' order by e.id limit 1",
        [here.classroom_id],
    )
    if not pupils:
        raise CannotMeasureError("lớp này chưa có em nào có tài khoản.")
    account = Account.objects.select_related("person").get(pk=pupils[0][0])
    with leaving_nothing():
        client = browser_of(account, roles.PUPIL)
        opened = run.meter.typical(getting(client, reverse("gradebook:my_marks")), rounds=ROUNDS, warm=3)
        bare = run.meter.typical(lambda: rows(_BARE_PUPIL, [pupils[0][1]]), rounds=ROUNDS, warm=3)
    shown = len(rows(_BARE_PUPIL, [pupils[0][1]]))
    yield _result("pupil_marks", opened, shown, bare, "SELECT trần cùng các sổ")


@bench("progress_map", group=GROUP)
def progress_map(run: Run) -> Iterator[Result]:
    """Open the province's map of progress as the department; `n` is the schools."""
    here = ground()
    found = here.frame
    schools = rows(_BARE_MAP, [found.year_id, found.term])
    if not schools:
        raise CannotMeasureError("chưa có số liệu tiến độ; chạy khue demo trước.")
    with leaving_nothing():
        client = browser_of(account_of(roles.DEPARTMENT_OFFICER), roles.DEPARTMENT_OFFICER)
        opened = run.meter.typical(getting(client, reverse("gradebook:progress")), rounds=ROUNDS, warm=3)
        bare = run.meter.typical(lambda: rows(_BARE_MAP, [found.year_id, found.term]), rounds=ROUNDS, warm=3)
    yield _result("progress_map", opened, len(schools), bare, "SELECT trần cùng các trường")


def _result(name: str, cost: Any, things: int, bare: Any, words: str) -> Result:
    ratio = cost.cpu_ms / bare.cpu_ms if bare.cpu_ms else None
    return Result(name, cost.cpu_ms, cost.wall_ms, things, bare.cpu_ms, ratio, words)
