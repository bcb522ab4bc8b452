"""Registers: which rolls of a span were taken, and every mark of a class in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.attendance import rules
from khue.school.attendance.models import Closing
from khue.school.attendance.queries.frames import EVER_IN, Room

STAYING: Final = ("studying", "completed")
_TAKEN_DAYS = """
select day, session from attendance_sheet
where classroom_id = %s and day between %s and %s and taken_at is not null group by 1, 2
"""


def all_taken_days(classroom_id: int, first: date, last: date) -> set[tuple[date, str]]:
    """Days and sessions of a class whose roll was taken, at least at one period."""
    return {(day, session) for day, session in fetch(_TAKEN_DAYS, [classroom_id, first, last])}


_SHEETS = """
select id, day, session, period, taken_at is not null, is_checkin, expected, excused, unexcused, late
from attendance_sheet where classroom_id = %s and day between %s and %s order by day, session, period
"""
_MARKS = """
select m.enrolment_id, m.day, m.session, m.period, m.code, m.minutes, m.note
from attendance_mark m join attendance_sheet s on s.id = m.sheet_id
where s.classroom_id = %s and s.day between %s and %s
"""
# Whoever was of the class for a day of the span, with the classes the pupil was put into, oldest first.
_PUPILS = f"""
select e.id, p.full_name, p.given_name, e.status, e.status_on, e.joined_on, e.left_on, p.birth_date, e.classroom_id,
       (select json_agg(json_build_array(v."on", v.classroom_id) order by v."on", v.id) from roster_enrolment_event v
          where v.enrolment_id = e.id and (v.classroom_id is not null or v.kind = 'class_changed'))
from (select %s::bigint as room) a cross join roster_enrolment e join people_person p on p.id = e.person_id
where {EVER_IN.format(room="a.room")} and e.joined_on <= %s and (e.left_on is null or e.left_on > %s)
order by e.sort_key, e.id
"""  # noqa: S608 (our own words)
# The teacher of the class, once, with each closing; one row without a closing where nothing was closed.
_SIGNED = """
select (select p.full_name from roster_homeroom h join people_person p on p.id = h.teacher_id
          where h.classroom_id = a.id and h.starts_on <= a.last and h.ends_on > a.first
          order by h.starts_on desc limit 1),
       z.id, z.span, z.starts_on, z.ends_on, z.closed_at, p.full_name
from (select %s::bigint as id, %s::date as first, %s::date as last) a
left join attendance_closing z on z.classroom_id = a.id and z.starts_on <= a.last and z.ends_on >= a.first
left join people_person p on p.id = z.closed_by_id
order by z.starts_on
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A roll in a register."""

    id: int
    day: date
    session: str
    period: int
    is_taken: bool
    is_checkin: bool
    expected: int
    excused: int
    unexcused: int
    late: int


@dataclass(frozen=True, slots=True)
class Pupil:
    """A line of a register."""

    enrolment_id: int
    full_name: str
    given_name: str
    status: str
    status_on: date
    joined_on: date
    left_on: date | None
    birth_date: date | None
    classroom_id: int | None  # today's
    moves: tuple[tuple[date, int | None], ...]  # the class from a day on

    def belongs(self, day: date, classroom_id: int) -> bool:
        """Whether the pupil was of a class on a day: rules/15 expects nothing of days before, after or elsewhere."""
        if not self.joined_on <= day or (self.left_on is not None and self.left_on <= day):
            return False
        if self.status not in STAYING and self.left_on is None and self.status_on <= day:
            return False
        begun = [room for on, room in self.moves if on <= day]
        return (begun[-1] if begun else self.classroom_id) == classroom_id


@dataclass(frozen=True, slots=True)
class Closed:
    """A week that was closed, a month that was signed."""

    id: int
    span: str
    starts_on: date
    ends_on: date
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True)
class Register:
    """Everything noted of a class from one day to another."""

    room: Room
    first: date
    last: date
    sheets: Mapping[tuple[date, str, int], Taken]
    marks: Mapping[tuple[int, date, str, int], str]
    pupils: tuple[Pupil, ...]
    closings: tuple[Closed, ...]
    teacher: str

    @property
    def days(self) -> list[date]:
        """The days of the span."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def is_taken(self, day: date, session: str) -> bool:
        """Whether the roll of a session was taken, at one period at least."""
        return any(
            one.is_taken for (on, name, _n), one in self.sheets.items() if (on, name) == (day, session)
        )

    def code(self, enrolment_id: int, day: date, session: str) -> str:
        """What a pupil was at a session: its own mark, else what its periods make."""
        whole = self.marks.get((enrolment_id, day, session, 0), "")
        taken = [
            n
            for (on, name, n), one in self.sheets.items()
            if (on, name) == (day, session) and n and one.is_taken
        ]
        if whole or not taken:
            return whole
        codes = [self.marks.get((enrolment_id, day, session, n), "") for n in taken]
        share = self.room.settings["attendance.half_share"]
        return rules.session_code(codes, len(taken), share) or next((one for one in codes if one), "")

    def closing(self, span: str) -> Closed | None:
        """The closing of the whole span, when it was closed."""
        return next((one for one in self.closings if one.span == span and one.starts_on == self.first), None)


def all_register(room: Room, first: date, last: date) -> Register:
    """The register of a class whose frame was read by right; four statements."""
    sheets = [Taken(*row) for row in fetch(_SHEETS, [room.id, first, last])]
    marks = {
        (pk, day, session, period): code
        for pk, day, session, period, code, _minutes, _note in fetch(_MARKS, [room.id, first, last])
    }
    found = []
    for *row, moves in fetch(_PUPILS, [room.id, last, first]):
        values = [*row, tuple((date.fromisoformat(on), pk) for on, pk in moves or ())]
        found.append(Pupil(*values))
    noted = {pk for pk, _day, _session, _period in marks}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    pupils = tuple(
        one for one in found if one.enrolment_id in noted or any(one.belongs(day, room.id) for day in days)
    )
    signed = fetch(_SIGNED, [room.id, first, last])
    return Register(
        room, first, last, {(one.day, one.session, one.period): one for one in sheets}, marks, pupils,
        tuple(Closed(*row) for _teacher, *row in signed if row[0] is not None), signed[0][0] or "",
    )  # fmt: skip


# --- one pupil ------------------------------------------------------------------------------------------------------

_PLACE = """
select e.id, e.person_id, p.full_name, p.given_name, e.classroom_id, coalesce(k.name, ''), u.name, e.school_id,
       e.year_id,
       (select array_agg(o.id) from roster_enrolment o where o.person_id = e.person_id and o.year_id = e.year_id)
from roster_enrolment e join people_person p on p.id = e.person_id
join org_unit u on u.id = e.school_id left join roster_classroom k on k.id = e.classroom_id where e.id = any(%s)
"""
_OF_PUPIL = """
select s.id, s.day, s.session, s.period, m.code, m.minutes, m.note, m.source, s.is_main, s.is_checkin, t.full_name,
       s.taken_at,
       (select json_agg(json_build_array(r.before, r.after, q.full_name, r.capacity, r.source, r.reason, r.at)
            order by r.id)
          from attendance_revision r left join people_person q on q.id = r.by_id
          where r.sheet_id = s.id and r.enrolment_id = %s), s.classroom_id
from attendance_sheet s
left join attendance_mark m on m.sheet_id = s.id and m.enrolment_id = %s
left join people_person t on t.id = s.taken_by_id
where s.classroom_id in (select %s::bigint union select v.classroom_id from roster_enrolment_event v
                         where v.enrolment_id = %s and v.classroom_id is not null) and (m.id is not null
  or exists (select from attendance_revision r where r.sheet_id = s.id and r.enrolment_id = %s))
order by s.day desc, s.session, s.period limit 200
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A pupil and the class."""

    enrolment_id: int
    person_id: int
    full_name: str
    given_name: str
    classroom_id: int | None
    class_name: str
    school_name: str
    school_id: int
    year_id: int
    of_year: list[int]  # this and the enrolments of the same year at schools before


@dataclass(frozen=True, slots=True)
class Change:
    """What a mark was and became, by whom and why."""

    before: str
    after: str
    by: str
    capacity: str
    source: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PupilMark:
    """A session at which something was noted of a pupil, and what was said of it before."""

    sheet_id: int
    day: date
    session: str
    period: int
    code: str
    minutes: int | None
    note: str
    source: str
    is_main: bool
    is_checkin: bool
    taken_by: str
    taken_at: datetime | None
    changes: tuple[Change, ...]
    classroom_id: int  # the class it was, which may have been another


def place(actor: Actor, enrolment_id: int, permission: str = "attendance.view") -> Place | None:
    """A pupil whose attendance the actor may see."""
    if not Enrolment.objects.visible_to(actor, permission).filter(pk=enrolment_id).exists():
        return None
    return Place(*fetch(_PLACE, [[enrolment_id]])[0])


def all_pupil_marks(found: Place) -> list[PupilMark]:
    """Everything noted of a pupil in the classes of the year, newest first; the caller has a place by right."""
    if found.classroom_id is None:
        return []
    pk = found.enrolment_id
    marks = []
    for row in fetch(_OF_PUPIL, [pk, pk, found.classroom_id, pk, pk]):
        changes = tuple(
            Change(before, after, by or "", capacity, source, reason, datetime.fromisoformat(at))
            for before, after, by, capacity, source, reason, at in row[12] or ()
        )
        texts = {n: row[n] or "" for n in (4, 6, 7, 10)}
        values = [*(texts.get(n, value) for n, value in enumerate(row[:12])), changes, row[13]]
        marks.append(PupilMark(*values))
    return marks


# --- months to sign -------------------------------------------------------------------------------------------------

_MONTHS = """
select k.id, k.name, k.grade, count(distinct s.day) filter (where s.is_main and s.taken_at is not null),
       coalesce(sum(s.excused) filter (where s.is_main), 0), coalesce(sum(s.unexcused) filter (where s.is_main), 0),
       (select count(*) from attendance_closing z where z.classroom_id = k.id and z.span = 'week'
          and z.starts_on between %s and %s),
       (select json_build_array(z.id, z.closed_at, p.full_name) from attendance_closing z
          join people_person p on p.id = z.closed_by_id
          where z.classroom_id = k.id and z.span = 'month' and z.starts_on = %s)
from roster_classroom k
left join attendance_sheet s on s.classroom_id = k.id and s.day between %s and %s
where k.id = any(%s) group by k.id order by k.sort_key, k.id
"""


@dataclass(frozen=True, slots=True)
class ClassMonth:
    """A class in a month: days whose roll was taken, absences, weeks closed, and whether it was signed."""

    id: int
    name: str
    grade: int
    taken: int
    excused: int
    unexcused: int
    weeks_closed: int
    signed: tuple[int, datetime, str] | None


def class_months(actor: Actor, year_id: int, first: date, last: date) -> list[ClassMonth]:
    """The classes whose months the actor signs; two statements."""
    rooms = Classroom.objects.visible_to(actor, "attendance.sign").filter(year_id=year_id, closed_on=None)
    ids = list(rooms.values_list("pk", flat=True))
    found = []
    for *row, signed in fetch(_MONTHS, [first, last, first, first, last, ids]):
        values = [*row, (signed[0], datetime.fromisoformat(signed[1]), signed[2]) if signed else None]
        found.append(ClassMonth(*values))
    return found


def closing(actor: Actor, closing_id: int, permission: str) -> Closing | None:
    """A closing as the target of an action."""
    found: Closing | None = Closing.objects.visible_to(actor, permission).filter(pk=closing_id).first()
    return found
