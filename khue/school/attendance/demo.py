"""Rolls of the demo: every main session of the term until the demo's day, written by the database itself.

About three pupils of a hundred are away on a day, some for several days in a row; what is made follows from hashes of
ids and the seed, so the same province has the same rolls. In a province only the last weeks are made.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.registry.calendar.demo import YEAR
from khue.school.attendance import rules
from khue.school.attendance.queries import Room, all_rooms

TODAY: Final = date(2026, 11, 20)  # the demo's day, as in the gradebook
WEEKS_OF_PROVINCE: Final = 2
CLASSES_AT_ONCE: Final = 2_000

_ROOMS: Final = """
select k.id from roster_classroom k where k.year_id = %s and k.closed_on is null and k.level <> 'MN' order by k.id
"""
# Days of a level's main session come as an array; a pupil is away by a hash of the pupil and the day, and goes on being
# away the day after by another.
_MARKS: Final = """
create temp table demo_roll on commit drop as
select e.classroom_id, e.id as enrolment_id, d.day, d.n,
  case when h.x %% 1000 < 11 then 'P' when h.x %% 1000 < 15 then 'K' when h.x %% 1000 < 26 then 'M'
    when h.x %% 1000 = 26 then 'B' when (h.y %% 1000) < 11 and (h.y >> 12) %% 100 < 55 then 'P' else '' end as code,
  5 + (h.x >> 20) %% 21 as minutes
from roster_enrolment e
join demo_room r on r.id = e.classroom_id
cross join lateral unnest(r.days) with ordinality as d(day, n)
cross join lateral (select
  abs(hashint8extended(e.id * 4096 + d.n, %(seed)s)) as x,
  abs(hashint8extended(e.id * 4096 + d.n - 1, %(seed)s)) as y) h
where e.year_id = %(year)s and e.status = 'studying' and e.joined_on <= d.day
  and (h.x %% 1000 < 27 or ((h.y %% 1000) < 11 and (h.y >> 12) %% 100 < 55))
"""
_SHEETS: Final = """
insert into attendance_sheet (classroom_id, school_id, campus_id, day, session, period, is_main, is_checkin, is_late,
  taken_at, taken_by_id, source, expected, excused, unexcused, late, early, activity, version)
select k.id, k.school_id, k.campus_id, d.day, 'S', 0, true, false, t.late,
  (d.day + time '07:12' + make_interval(mins => t.minute)) at time zone 'Asia/Ho_Chi_Minh',
  h.teacher_id, 'page', c.pupils, coalesce(m.p, 0), coalesce(m.k, 0), coalesce(m.m, 0), coalesce(m.b, 0), 0, 1
from demo_room r
join roster_classroom k on k.id = r.id
cross join lateral unnest(r.days) with ordinality as d(day, n)
cross join lateral (select (abs(hashint8extended(k.id * 4096 + d.n, %(seed)s)) %% 30)::int as minute,
  abs(hashint8extended(k.id * 4096 + d.n, %(seed)s)) %% 100 < 4 as late,
  abs(hashint8extended(k.id * 8192 + d.n, %(seed)s)) %% 100 < 3 and d.day > %(recent)s as missing) t
left join lateral (select teacher_id from roster_homeroom h where h.classroom_id = k.id and h.starts_on <= d.day
  and h.ends_on > d.day order by h.starts_on desc limit 1) h on true
join lateral (select count(*) as pupils from roster_enrolment e
  where e.classroom_id = k.id and e.status = 'studying' and e.joined_on <= d.day) c on c.pupils > 0
left join (select classroom_id, day, count(*) filter (where code = 'P') as p, count(*) filter (where code = 'K') as k,
    count(*) filter (where code = 'M') as m, count(*) filter (where code = 'B') as b
  from demo_roll where code <> '' group by 1, 2) m on m.classroom_id = k.id and m.day = d.day
where not t.missing
order by d.day, k.id
"""
_WRITE: Final = """
insert into attendance_mark (sheet_id, enrolment_id, day, session, period, code, minutes, note, source, set_at)
select s.id, m.enrolment_id, m.day, 'S', 0, m.code, case when m.code in ('M', 'B') then m.minutes end, '', 'page',
  s.taken_at
from demo_roll m join attendance_sheet s on s.classroom_id = m.classroom_id and s.day = m.day
where m.code <> '' order by s.id, m.enrolment_id
"""
# Guardians of the pupils who are away tomorrow by a hash ask for leave; those of the past were answered.
_LEAVES: Final = """
insert into attendance_leave_request (enrolment_id, from_day, from_session, to_day, to_session, kind, note, state,
  asked_by_id, asked_at, decided_by_id, decided_at, answer, version)
select x.enrolment_id, x.day, 'S', x.day, 'C', (array['sick', 'check_up', 'family', 'sick'])[1 + x.h %% 4],
  (array['Cháu sốt từ đêm qua.', 'Cháu đi khám răng theo hẹn.', 'Gia đình có việc hiếu ở quê.',
    'Cháu đau bụng.'])[1 + x.h %% 4],
  case when x.day > %(today)s then 'asked' else 'granted' end, x.guardian_id,
  (x.day - 1 + time '20:10' + make_interval(mins => (x.h %% 50)::int)) at time zone 'Asia/Ho_Chi_Minh',
  case when x.day > %(today)s then null else x.teacher_id end,
  case when x.day > %(today)s then null else (x.day + time '06:40') at time zone 'Asia/Ho_Chi_Minh' end, '', 1
from (
  select e.id as enrolment_id, d.day, g.guardian_id, h.teacher_id, abs(hashint8extended(e.id, %(seed)s)) as h
  from roster_enrolment e
  join demo_room r on r.id = e.classroom_id
  join lateral (select guardian_id from roster_guardianship g where g.pupil_id = e.person_id and g.may_view
    and g.ends_on is null order by g.is_main_contact desc, g.id limit 1) g on true
  left join lateral (select teacher_id from roster_homeroom h where h.classroom_id = e.classroom_id
    and h.starts_on <= %(today)s and h.ends_on > %(today)s limit 1) h on true
  join lateral (select m.day from demo_roll m where m.enrolment_id = e.id and m.code = 'P' and m.day > %(recent)s
      union all select %(next)s::date where abs(hashint8extended(e.id, %(seed)s + 1)) %% 400 = 0) d on true
) x
"""
# Who was missing without leave was told of half a minute after the roll, as the job does.
_TOLD: Final = """
insert into attendance_absence_notice (enrolment_id, sheet_id, day, session, period, due_at, told_at, answer)
select m.enrolment_id, s.id, m.day, 'S', 0, s.taken_at + interval '20 seconds', s.taken_at + interval '30 seconds', ''
from demo_roll m join attendance_sheet s on s.classroom_id = m.classroom_id and s.day = m.day
where m.code = 'K' order by s.taken_at, m.enrolment_id
"""
_LINK: Final = """
update attendance_mark m set leave_id = l.id, source = 'leave' from attendance_leave_request l
where l.enrolment_id = m.enrolment_id and l.from_day = m.day and l.state = 'granted' and m.code = 'P'
"""


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Rolls, marks and requests for leave of this year's classes until the demo's day."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS, [YEAR])
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("create temp table demo_room (id bigint primary key, days date[]) on commit drop")
        days_of: dict[object, list[date]] = {}
        for first in range(0, len(ids), CLASSES_AT_ONCE):
            lines = []
            for pk, room in all_rooms(ids[first : first + CLASSES_AT_ONCE], TODAY).items():
                key = (room.units, room.level)
                if key not in days_of:
                    days_of[key] = _days(room, size)
                lines.append((pk, days_of[key]))
            with cursor.copy("copy demo_room (id, days) from stdin") as copy:
                for line in lines:
                    copy.write_row(line)
        values: dict[str, Any] = {
            "seed": seed, "year": YEAR, "today": TODAY, "recent": TODAY - timedelta(days=2),
            "next": TODAY + timedelta(days=3),
        }  # fmt: skip
        cursor.execute(_MARKS, values)
        cursor.execute("create index on demo_roll (classroom_id, day)")
        cursor.execute("create index on demo_roll (enrolment_id)")
        cursor.execute("analyze demo_roll")
    loader.run("attendance_sheet", _SHEETS, values)
    loader.run("attendance_mark", _WRITE, values)
    loader.run("attendance_absence_notice", _TOLD, values)
    loader.run("attendance_leave_request", _LEAVES, values)
    loader.end()
    with connection.cursor() as cursor:
        cursor.execute(_LINK)
        cursor.execute("drop table demo_roll, demo_room")


def _days(room: Room, size: Size) -> list[date]:
    """The days of a class's main session: the whole term in the small demo, the last weeks in a province."""
    first = date(2026, 9, 7) if size.has_cast else TODAY - timedelta(weeks=WEEKS_OF_PROVINCE)
    days = (first + timedelta(days=n) for n in range((TODAY - first).days + 1))
    return [day for day in days if room.main(day) == rules.MORNING]
