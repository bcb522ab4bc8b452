"""Several rolls at once, each on a day of its own, for pages where values of many days wait."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from khue.kernel.statements import fetch
from khue.school.attendance.queries.frames import (
    CLASS_ON,
    EVER_IN,
    FRAME,
    SETTINGS,
    MarkRow,
    Room,
    SheetRow,
    all_mark_of,
    all_room_of,
)

RollKey = tuple[int, date, str, int]  # class, day, session, period

_OF_DAY = FRAME.format(ids="array[a.id]") % ("%s", "a.day", "a.day", "a.day")
_FRAMES = f"""
select a.day, f.* from unnest(%s::bigint[], %s::date[]) as a(id, day) cross join lateral ({_OF_DAY}) f
"""  # noqa: S608 (our own words)


def all_rooms_on(places: Collection[tuple[int, date]]) -> dict[tuple[int, date], Room]:
    """The frames of several classes on days of their own, unscoped; one statement."""
    if not places:
        return {}
    classrooms, days = [pk for pk, _day in places], [day for _pk, day in places]
    rows = fetch(_FRAMES, [classrooms, days, list(SETTINGS)])
    return {(row[0], day): all_room_of(row, day) for day, *row in rows}


_ROLLS = f"""
select a.classroom_id, a.day, a.session, a.period,
       s.id, s.is_main, s.is_checkin, s.is_late, s.taken_at, s.taken_by_id, s.source, s.expected, s.excused,
       s.unexcused, s.late, s.early, s.activity, s.version, p.full_name, p.sex,
       r.enrolment_id, r.id, r.code, r.minutes, r.note, r.source, r.leave_id
from unnest(%s::bigint[], %s::date[], %s::text[], %s::int[]) as a(classroom_id, day, session, period)
left join attendance_sheet s
  on s.classroom_id = a.classroom_id and s.day = a.day and s.session = a.session and s.period = a.period
left join people_person p on p.id = s.taken_by_id
left join lateral (
  select e.id as enrolment_id, e.sort_key, m.id, m.code, m.minutes, m.note, m.source, m.leave_id
  from roster_enrolment e left join attendance_mark m on m.sheet_id = s.id and m.enrolment_id = e.id
  where {EVER_IN.format(room="a.classroom_id")} and (m.id is not null or (
    ({CLASS_ON.format(day="a.day")})::bigint = a.classroom_id and e.joined_on <= a.day
    and (e.left_on is null or e.left_on > a.day)
    and (e.status in ('studying', 'completed') or e.left_on is not null or e.status_on > a.day)))
) r on true
order by r.sort_key, r.enrolment_id
"""  # noqa: S608 (our own words)


def all_rolls(places: Collection[RollKey]) -> dict[RollKey, tuple[SheetRow | None, list[MarkRow]]]:
    """Sheets and marks of several rolls by class, day, session and period, unscoped; one statement."""
    found: dict[RollKey, tuple[SheetRow | None, list[MarkRow]]] = {}
    columns = [list(column) for column in zip(*places, strict=True)]
    for row in fetch(_ROLLS, columns) if columns else ():
        (classroom_id, day, session, period), sheet, pupil = row[:4], row[4:20], row[20:]
        _sheet, marks = found.setdefault(
            (classroom_id, day, session, period), (None if sheet[0] is None else SheetRow(*sheet), [])
        )
        if pupil[0] is not None:
            marks.append(all_mark_of(pupil))
    return found
