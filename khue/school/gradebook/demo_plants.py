"""Plants oddities and a history into the small demo province's marks (demo_planted), and requests to unlock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.urls import NoReverseMatch, reverse
from psycopg.types.json import Jsonb

from khue.kernel.demo import small
from khue.kernel.demo.history import remember
from khue.kernel.demo.loading import Loader
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook import cells, oddities
from khue.school.gradebook.actions.marks import FIELDS, open_the_wall
from khue.school.gradebook.demo_planted import GK, PLANTED, TX1, TX2, Planted
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import all_frame
from khue.school.gradebook.queries import findings as facts
from khue.school.gradebook.rules.suspicious import Suspicion

_SHEET: Final = """
select s.id, s.school_id, s.touched_by, p.full_name, u.name from demo_sheet s
join org_unit u on u.id = s.school_id join roster_classroom k on k.id = s.classroom_id
join curriculum_course c on c.id = s.course_id left join people_person p on p.id = s.touched_by
where u.code = %s and k.name = %s and c.subject_id = %s and s.year_id = 2026 and s.term = 1
"""
_ROWS: Final = """
select r.id, r.enrolment_id, r.person_id, r.marks, r.sources from gradebook_mark_row r
join demo_pupil p on p.enrolment_id = r.enrolment_id and p.is_counted where r.sheet_id = %s order by p.place
"""
BACKWARDS, EASY = "9A3", "9A7"
ENTER: Final = "gradebook.enter_marks"
BURST_AT: Final = datetime(2026, 11, 6, 16, 34, tzinfo=UTC)  # 23:34 of the evening before TX2 locks
AFTER_LOCK_AT: Final = datetime(2026, 11, 10, 3, 20, tzinfo=UTC)
RAISED: Final = 15  # tenths


@dataclass
class Row:
    """One pupil's row while it is changed."""

    id: int
    enrolment_id: int
    person_id: int
    marks: list[int | None]
    sources: str


@dataclass(frozen=True)
class Page:
    """A sheet of the demo and its teacher."""

    id: int
    school_id: int
    teacher_id: int
    capacity: str


def page_of(school: str, room: str, subject: str) -> Page:
    """The sheet of this year's first term."""
    with connection.cursor() as cursor:
        cursor.execute(_SHEET, [school, room, subject])
        pk, school_id, teacher, name, school_name = cursor.fetchone()
    return Page(pk, school_id, teacher, f"{name} · Giáo viên · {school_name}")


def rows_of(page: Page) -> list[Row]:
    """The rows of a sheet in the order of the class."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [page.id])
        return [Row(*row) for row in cursor.fetchall()]


def plant() -> None:
    """Change the marks as `PLANTED` says, and leave the entries of the record that a story needs."""
    for one in PLANTED:
        page = page_of(one.school, one.room, one.subject)
        rows = rows_of(page)
        _alter(one, [row for row in rows if row.marks[one.slot] is not None])
        if one.kind == Suspicion.BURST:
            _burst(page, rows, one.slot)
        elif one.kind == Suspicion.AFTER_LOCK:
            _after_lock(page, rows, one.slot)
        _store(rows)
    for room, steps in _LESSONS_OF_LAN.items():
        page = page_of(small.LE_QUY_DON, room, "TOAN")
        _tell(page, rows_of(page), steps)


def _alter(one: Planted, rows: Sequence[Row]) -> None:
    column = [row.marks[one.slot] for row in rows]
    if one.kind == Suspicion.SAME:
        _set(rows, one.slot, [{"6A4": 90, "7A9": 80}.get(one.room, 85)] * len(rows))
    elif one.kind == Suspicion.COPIED:
        _set(rows, one.slot, [row.marks[TX1] for row in rows])
    elif one.room == BACKWARDS:
        _set(rows, one.slot, column[::-1])
    elif one.room == EASY:
        _set(rows, one.slot, [min(100, (row.marks[TX1] or 0) + 25) for row in rows])
    elif one.kind == Suspicion.JUMP:
        weakest = min(rows, key=lambda row: (row.marks[TX1] or 0) + (row.marks[TX2] or 0))
        weakest.marks[one.slot] = 95


def _set(rows: Sequence[Row], slot: int, values: Sequence[int | None]) -> None:
    for row, value in zip(rows, values, strict=True):
        row.marks[slot] = value


def _store(rows: Sequence[Row]) -> None:
    open_the_wall()
    with connection.cursor() as cursor:
        cursor.execute(
            "update gradebook_mark_row r set marks = n.marks::smallint[], sources = n.sources "
            "from unnest(%s::bigint[], %s::text[], %s::text[]) as n(id, marks, sources) where r.id = n.id",
            [[row.id for row in rows], [_text(row.marks) for row in rows], [row.sources for row in rows]],
        )


def _text(marks: Sequence[int | None]) -> str:
    return "{" + ",".join("NULL" if mark is None else str(mark) for mark in marks) + "}"


# --- the record ---------------------------------------------------------------------------------------------------

_Step = tuple[datetime, tuple[int, ...], slice, str]  # when, which slots, whose rows, where from


def _vn(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


_EVERYBODY: Final = slice(None)
_LESSONS_OF_LAN: Final[dict[str, tuple[_Step, ...]]] = {
    "8A3": (
        (_vn(9, 25, 20, 12), (TX1,), _EVERYBODY, cells.TYPED),
        (_vn(10, 16, 19, 41), (TX2,), _EVERYBODY, cells.TYPED),
        (_vn(11, 14, 21, 3), (GK,), _EVERYBODY, cells.PASTED),
    ),
    "9A2": (
        (_vn(9, 30, 20, 40), (TX1,), _EVERYBODY, cells.TYPED),
        (_vn(10, 21, 22, 10), (TX2,), slice(0, 31), cells.TYPED),
    ),
}


def _tell(page: Page, rows: Sequence[Row], steps: Sequence[_Step]) -> None:
    """Leave the entries by which a sheet came to what it holds."""
    width = len(rows[0].marks)
    now: dict[int, tuple[list[int | None], str]] = {}
    for at, slots, whose, letter in steps:
        new, changed = [], []
        for row in rows[whose]:
            before, sources = now.get(row.id, ([None] * width, cells.NOWHERE * width))
            marks = list(before)
            for slot in slots:
                marks[slot] = row.marks[slot]
            after = "".join(letter if n in slots else c for n, c in enumerate(sources))
            if row.id in now:
                changed.append([row.id, [before, sources, "", None], [marks, after, "", None]])
            else:
                new.append([row.id, page.id, row.enrolment_id, row.person_id, marks, after, "", None])
            now[row.id] = marks, after
        changes = []
        if changed:
            changes.append(["gradebook.markrow", "changed rows", {"fields": FIELDS, "rows": changed}])
        if new:
            fields = ["id", "sheet_id", "enrolment_id", "person_id", *FIELDS]
            changes.append(["gradebook.markrow", "new rows", {"fields": fields, "rows": new}])
        _entry(page, at, changes, {"source": letter, "written": len(new) + len(changed)})
    known = {pk: sources for pk, (_marks, sources) in now.items()}
    for row in rows:
        row.sources = "".join(
            old
            if old == cells.NOWHERE or known.get(row.id, row.sources)[n] == cells.NOWHERE
            else known[row.id][n]
            for n, old in enumerate(row.sources)
        )
    _store(rows)


def _entry(page: Page, at: datetime, changes: list[Any], details: dict[str, Any], reason: str = "") -> None:
    remember(
        at=at, chain=page.school_id, action=ENTER, actor_id=page.teacher_id, capacity=page.capacity,
        target=f"gradebook.sheet:{page.id}", touched=[f"gradebook.sheet:{page.id}"],
        payload={"changes": changes, "details": details}, reason=reason,
    )  # fmt: skip


def _burst(page: Page, rows: Sequence[Row], slot: int) -> None:
    """The whole sheet in the last half hour before its column locks."""
    step = len(rows) // 4 + 1
    steps: list[_Step] = [
        (BURST_AT + timedelta(minutes=6 * n), (TX1, slot), slice(n * step, (n + 1) * step), cells.TYPED)
        for n in range(4)
    ]
    _tell(page, rows, [one for one in steps if rows[one[2]]])


def _after_lock(page: Page, rows: Sequence[Row], slot: int) -> None:
    """Three pupils' marks raised while the column was unlocked; the unlock is the closed one of `ask`."""
    _tell(page, rows, [(_vn(9, 29, 20, 0), (TX1,), _EVERYBODY, cells.TYPED)])
    changed = []
    for row in sorted(rows, key=lambda one: one.marks[slot] or 0)[3:6]:
        before = [list(row.marks), row.sources, "", None]
        row.marks[slot] = min(100, (row.marks[slot] or 0) + RAISED)
        row.sources = cells.with_source(row.sources, slot, cells.TYPED, after_lock=True)
        changed.append([row.id, before, [list(row.marks), row.sources, "", None]])
    _entry(
        page, AFTER_LOCK_AT, [["gradebook.markrow", "changed rows", {"fields": FIELDS, "rows": changed}]],
        {"source": cells.TYPED, "written": len(changed), "after_lock": len(changed), "unlocks": [1]},
        "Chấm sót câu 3b, đã chấm lại trước lớp.",
    )  # fmt: skip


# --- requests to unlock -----------------------------------------------------------------------------------------

# state, class, subject, slot, whose (place in the list; none: everybody), reason, asked, answered, answer, open until
_Request = tuple[str, str, str, int, int | None, str, datetime, datetime | None, str, datetime | None]
_REQUESTS: Final[tuple[_Request, ...]] = (
    ("closed", "8A1", "NGU_VAN", TX1, None, "Chấm sót câu 3b của ba em, đã chấm lại trước lớp.", _vn(11, 9, 9, 15),
     _vn(11, 9, 16, 40), "Đồng ý, sửa xong báo lại.", _vn(11, 11, 16, 40)),
    ("asked", "8A6", "TOAN", TX2, 7, "Nhập nhầm điểm của hai em cùng tên, cần sửa lại cho em này.",
     _vn(11, 19, 20, 5), None, "", None),
    ("granted", "7A5", "NGU_VAN", TX2, None, "Có bốn em nghỉ ốm làm bài bù ngày 18/11, cần vào điểm.",
     _vn(11, 18, 15, 30), _vn(11, 20, 8, 10), "Đồng ý mở cho bài làm bù.", _vn(12, 4, 8, 10)),
    ("refused", "9A4", "LS_DL", TX1, 3, "Phụ huynh xin nâng điểm cho em vì em đã cố gắng.",
     _vn(11, 12, 10, 0), _vn(11, 12, 14, 20), "Không mở: điểm đã công bố, bài chấm đúng đáp án.", None),
)  # fmt: skip


def ask(loader: Loader) -> None:
    """Requests to unlock at Lê Quý Đôn: one waits, one is open, one was refused, one is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.person_id, n.unit_id from staff_position n join org_unit u on u.id = n.unit_id "
            "where u.code = %s and n.post = 'principal'",
            [small.LE_QUY_DON],
        )
        head, school = cursor.fetchone()
    for number, request in enumerate(_REQUESTS, start=1):
        state, room, subject, slot, place, reason, asked, answered, answer, until = request
        page = page_of(small.LE_QUY_DON, room, subject)
        whose = rows_of(page)[place].enrolment_id if place is not None else None
        loader.run(
            "gradebook_unlock",
            "insert into gradebook_unlock (id, sheet_id, slots, enrolment_id, reason, asked_by_id, asked_at, state, "
            "decided_by_id, decided_at, answer, open_until, version) values (%(id)s, %(sheet)s, %(slots)s, %(whose)s, "
            "%(reason)s, %(by)s, %(asked)s, %(state)s, %(head)s, %(answered)s, %(answer)s, %(until)s, 1)",
            {
                "id": number, "sheet": page.id, "slots": [slot], "whose": whose, "reason": reason,
                "by": page.teacher_id, "asked": asked, "state": state, "head": head if answered else None,
                "answered": answered, "answer": answer, "until": until,
            },
        )  # fmt: skip
        if state == "asked":
            _task(number, page, school, f"TX{slot + 1} · Toán, lớp {room}", reason)


def _task(number: int, page: Page, school: int, what: str, reason: str) -> None:
    """The task that waits at the head's, as the action would have opened it."""
    try:
        url = reverse("gradebook:unlock", args=[number])
    except NoReverseMatch:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into workflow_task (kind, title, detail, url, action_label, unit_id, permission, subject, "
            "opened_at, done_of, total) values ('gradebook.unlock', %s, %s, %s, 'Xem và trả lời', %s, "
            "'gradebook.unlock', %s, %s, 0, 0)",
            [
                f"Duyệt mở khóa điểm: {what}", f"{page.capacity.split(' · ')[0]}: {reason}", url, school,
                f"gradebook.unlock:{number}", _REQUESTS[number - 1][6],
            ],
        )  # fmt: skip


# --- what was found ---------------------------------------------------------------------------------------------------

FOUND_AT: Final = _vn(11, 20, 2, 0)
EXPLAINED: Final = {("7A9", "TIN_HOC"): "Bài thực hành theo nhóm, cả lớp hoàn thành như nhau nên cùng 8,0."}


def find(loader: Loader) -> None:
    """Write down what the job finds on the planted sheets; a teacher has explained one of them."""
    for one in PLANTED:
        sheet = Sheet.objects.get(
            school__code=one.school, classroom__name=one.room, course__subject=one.subject, year=YEAR, term=1
        )
        frame = all_frame(sheet.pk)
        marks = facts.all_marks([sheet.pk])[sheet.pk]
        written = facts.all_written([sheet.pk])
        changes = [change for row in marks for change in written.get(row.row_id, ())]
        told = EXPLAINED.get((one.room, one.subject), "")
        for odd in oddities.inspect(frame.columns, frame.locks.days, marks, changes):
            loader.run(
                "gradebook_finding",
                "insert into gradebook_finding (sheet_id, school_id, enrolment_id, slot, kind, detail, found_at, "
                "state, explanation, explained_by_id, version) values (%(sheet)s, %(school)s, %(whose)s, %(slot)s, "
                "%(kind)s, %(detail)s, %(at)s, %(state)s, %(told)s, %(by)s, 1)",
                {
                    "sheet": sheet.pk, "school": sheet.school_id, "whose": odd.enrolment_id, "slot": odd.slot,
                    "kind": odd.kind, "detail": Jsonb(odd.detail), "at": FOUND_AT, "told": told,
                    "state": "explained" if told else "open", "by": sheet.touched_by_id if told else None,
                },
            )  # fmt: skip
