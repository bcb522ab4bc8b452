"""What roll call costs: the roll of a class of 45 taken from the page, beside the same rows written by bare SQL.

The whole request of a homeroom teacher who is signed in; all of it in a transaction that is rolled back, on a day that
is given lessons there, whatever day it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account
from khue.kernel.statements import TODAY

ROUNDS: Final = 15
GROUP: Final = "attendance"

# A class of about 45 pupils whose homeroom teacher may sign in.
_ROOM: Final = f"""
select e.classroom_id, h.teacher_id, k.school_id, k.year_id, count(*) as pupils from roster_enrolment e
join roster_classroom k on k.id = e.classroom_id
join calendar_school_year y on y.id = k.year_id and not y.is_closed
join roster_homeroom h on h.classroom_id = k.id and h.starts_on <= {TODAY} and h.ends_on > {TODAY}
join people_account a on a.person_id = h.teacher_id and a.is_active
where e.is_current and e.status = 'studying' and k.level in ('THCS', 'THPT')
group by 1, 2, 3, 4 order by abs(count(*) - 45), 1 limit 1
"""  # noqa: S608
_LESSONS: Final = """
insert into calendar_special_day (unit_id, year_id, kind, name, starts_on, ends_on, is_school_day)
values (%s, %s, 'makeup', 'Đo', %s, %s, true)
"""
_CLEAR: Final = (
    "delete from attendance_absence_notice where sheet_id in "
    "(select id from attendance_sheet where classroom_id = %s and day = %s)",
    "delete from attendance_mark where sheet_id in "
    "(select id from attendance_sheet where classroom_id = %s and day = %s)",
    "delete from attendance_sheet where classroom_id = %s and day = %s",
)
_BARE: Final = (
    """
    insert into attendance_sheet (classroom_id, school_id, day, session, period, is_main, is_checkin, is_late, taken_at,
      source, expected, excused, unexcused, late, early, activity, version)
    values (%s, %s, %s, 'S', 0, true, false, false, now(), 'page', 45, 1, 1, 1, 0, 0, 1) returning id
    """,
    """
    insert into attendance_mark (sheet_id, enrolment_id, day, session, period, code, note, source, set_at)
    select %s, e.id, %s, 'S', 0, 'M', '', 'page', now() from roster_enrolment e
    where e.classroom_id = %s and e.status = 'studying' order by e.id limit 3
    """,
)


def _rows(statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or [])
        return list(cursor.fetchall()) if cursor.description else []


@bench("roll_save", group=GROUP)
def roll_save(run: Run) -> Iterator[Result]:
    """Take the roll of a class of 45 with three exceptions; `n` is the pupils."""
    found = _rows(_ROOM)
    if not found:
        raise CannotMeasureError("chưa có lớp nào có chủ nhiệm; chạy khue demo trước.")
    room, teacher, school, year, pupils = found[0]
    today = timezone.localdate()
    account = Account.objects.select_related("person").get(person_id=teacher)
    ids = [
        pk
        for (pk,) in _rows(
            "select id from roster_enrolment where classroom_id = %s and status = 'studying' order by id",
            [room],
        )
    ]
    with leaving_nothing():
        _rows(_LESSONS, [school, year, today, today])
        for statement in _CLEAR:
            _rows(statement, [room, today])
        client = browser_of(account, roles.HOMEROOM_TEACHER)
        address = reverse("attendance:roll", args=[room])
        numbers = count(1)
        codes = dict(zip(ids[:3], ("P", "K", "M"), strict=False))

        def save() -> None:
            form: dict[str, Any] = {f"m{pk}": codes.get(pk, "") for pk in ids}
            form |= {
                "version": "0",
                "ngay": f"{today:%Y-%m-%d}",
                "buoi": "S",
                "_key": f"bench-{next(numbers)}",
            }
            client.cookies.pop("messages", None)  # what the last roll said was read on the page after it
            answer = client.post(
                address, urlencode(form), content_type="application/x-www-form-urlencoded"
            )  # as a browser sends it
            if answer.status_code != 302:
                raise CannotMeasureError(f"điểm danh trả về {answer.status_code}.")

        def write() -> None:
            ((sheet,),) = _rows(_BARE[0], [room, school, today])
            _rows(_BARE[1], [sheet, today, room])

        saved = run.meter.typical(save, rounds=ROUNDS, warm=3, undone=True)
        bare = run.meter.typical(write, rounds=ROUNDS, warm=3, undone=True)
    ratio = saved.cpu_ms / bare.cpu_ms if bare.cpu_ms else None
    yield Result(
        "roll_save", saved.cpu_ms, saved.wall_ms, pupils, bare.cpu_ms, ratio, "INSERT trần cùng các dòng"
    )
