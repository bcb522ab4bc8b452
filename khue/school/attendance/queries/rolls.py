"""What the page of a roll shows beside each name: the gate, leave, absences in a row; and the classes of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.attendance import rules
from khue.school.attendance.models import Sheet
from khue.school.attendance.queries.frames import EVER_IN, Room, all_rooms

# Pupils of a class on a day: names, the gate, leave that touches the day, and what they missed at the four days before.
_AROUND = """
with room as (
  select %s::bigint as id, %s::date as day
), days as (
  select s.day, count(*) as taken from attendance_sheet s, room r
  where s.classroom_id = r.id and s.is_main and not s.is_checkin and s.taken_at is not null and s.day < r.day
  group by s.day order by s.day desc limit 4
), missed as (
  select m.enrolment_id, json_agg(json_build_array(d.day, d.taken, m.code)) as codes
  from days d join attendance_sheet s on s.day = d.day and s.is_main
  join attendance_mark m on m.sheet_id = s.id and m.code in ('P', 'K'), room r
  where s.classroom_id = r.id group by m.enrolment_id
)
select e.id, p.full_name, p.given_name, a.first_in, a.last_out, x.codes,
       (select json_agg(json_build_array(l.id, l.state, l.kind, l.note, l.asked_at, l.from_day, l.from_session,
            l.to_day, l.to_session) order by l.id) from attendance_leave_request l
          where l.enrolment_id = e.id and l.state in ('asked', 'granted') and l.from_day <= r.day
          and l.to_day >= r.day),
       n.told_at, n.answer
from room r
join roster_enrolment e on {members}
join people_person p on p.id = e.person_id
left join attendance_arrival a on a.enrolment_id = e.id and a.day = r.day
left join attendance_absence_notice n on n.enrolment_id = e.id and n.day = r.day and n.session = %s
left join missed x on x.enrolment_id = e.id
"""
_BESIDE = _AROUND.format(members="e.classroom_id = r.id")
_BESIDE_THEN = _AROUND.format(members=EVER_IN.format(room="r.id"))
_DAYS = """
select distinct day from attendance_sheet where classroom_id = %s and is_main and not is_checkin
  and taken_at is not null and day < %s order by day desc limit 4
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for leave that touches a day."""

    id: int
    state: str
    kind: str
    note: str
    asked_at: datetime
    span: rules.Leave


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a pupil on a day beside the mark."""

    full_name: str
    given_name: str
    first_in: datetime | None
    last_out: datetime | None
    missed_in_a_row: int  # main sessions just before this day
    leaves: tuple[Asked, ...]
    told_at: datetime | None  # guardians were told that the pupil is missing at this session
    answer: str

    @property
    def family_name(self) -> str:
        """What stands before the given name."""
        return self.full_name[: -len(self.given_name)] if self.given_name else self.full_name


def all_beside(classroom_id: int, day: date, session: str) -> dict[int, Beside]:
    """What stands beside each pupil's name on the roll of a day; one statement, and one more when somebody was away."""
    statement = _BESIDE_THEN if day < timezone.localdate() else _BESIDE
    rows = fetch(statement, [classroom_id, day, session])
    days: Sequence[date] = ()
    if any(row[5] for row in rows):
        days = [one for (one,) in fetch(_DAYS, [classroom_id, day])]
    return {
        pk: Beside(
            name, given or "", first_in, last_out, _row(days, missed), tuple(map(_asked, leaves or ())), told,
            answer or "",
        )
        for pk, name, given, first_in, last_out, missed, leaves, told, answer in rows
    }  # fmt: skip


def _asked(row: Sequence[Any]) -> Asked:
    pk, state, kind, note, asked_at, a, s, b, t = row
    span = rules.Leave(date.fromisoformat(a), s, date.fromisoformat(b), t)
    return Asked(pk, state, kind, note, datetime.fromisoformat(asked_at), span)


def _row(days: Sequence[date], missed: Sequence[Sequence[Any]] | None) -> int:
    codes: dict[date, list[str]] = {}
    taken: dict[date, int] = {}
    for day, count, code in missed or ():
        codes.setdefault(date.fromisoformat(day), []).append(code)
        taken[date.fromisoformat(day)] = count
    return rules.row_of_absences([rules.session_code(codes.get(day, ()), taken.get(day, 1)) for day in days])


# --- the classes of a day -------------------------------------------------------------------------------------------

_SHEETS = """
select s.classroom_id, s.session, s.period, s.id, s.taken_at, s.expected, s.excused, s.unexcused, s.late, s.early,
       s.activity, s.is_checkin, s.is_late, p.full_name, p.given_name, p.sex,
       (select json_agg(json_build_array(e.id, q.full_name, m.code, m.minutes, m.note, m.source)
            order by e.sort_key, e.id)
          from attendance_mark m join roster_enrolment e on e.id = m.enrolment_id
          join people_person q on q.id = e.person_id where m.sheet_id = s.id)
from attendance_sheet s left join people_person p on p.id = s.taken_by_id
where s.classroom_id = any(%s) and s.day = %s order by s.session, s.period
"""


@dataclass(frozen=True, slots=True)
class Away:
    """A pupil who was not simply there."""

    enrolment_id: int
    full_name: str
    code: str
    minutes: int | None
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class DaySheet:
    """A roll of the day, with who was away."""

    classroom_id: int
    session: str
    period: int
    id: int
    taken_at: datetime | None
    expected: int
    excused: int
    unexcused: int
    late: int
    early: int
    activity: int
    is_checkin: bool
    is_late: bool
    taken_by: str
    taken_by_given: str
    taken_by_sex: int | None
    away: tuple[Away, ...]

    @property
    def present(self) -> int:
        """Pupils who were there."""
        return self.expected - self.excused - self.unexcused


@dataclass(frozen=True, slots=True)
class ClassDay:
    """A class on a day: its sessions, and the rolls taken of them."""

    room: Room
    sessions: tuple[str, ...]
    is_homeroom: bool
    is_own: bool  # the actor takes its roll
    sheets: Mapping[tuple[str, int], DaySheet] = field(default_factory=dict)


def class_days(actor: Actor, day: date, year_id: int) -> list[ClassDay]:
    """The classes whose roll the actor takes, or all the actor may see, on a day; own class first. Three statements."""
    rooms = Classroom.objects.visible_to(actor, "attendance.view").filter(year_id=year_id, closed_on=None)
    ids = list(rooms.order_by("sort_key", "pk").values_list("pk", flat=True))
    if not ids:
        return []
    frames = all_rooms(ids, day)
    found: dict[int, dict[tuple[str, int], DaySheet]] = {}
    for *row, name, given, sex, away in fetch(_SHEETS, [ids, day]):
        values = [*row, name or "", given or "", sex, tuple(Away(*one) for one in away or ())]
        one = DaySheet(*values)
        found.setdefault(one.classroom_id, {})[one.session, one.period] = one
    homes = set(actor.reach("attendance.close").class_ids)
    own = set(actor.reach("attendance.take").class_ids)
    days = [
        ClassDay(
            frames[pk], (*frames[pk].sessions(day), *frames[pk].home_sessions(day)), pk in homes, pk in own,
            found.get(pk, {}),
        )
        for pk in ids
    ]  # fmt: skip
    return sorted(days, key=lambda one: not one.is_homeroom)


def sheet(actor: Actor, sheet_id: int, permission: str = "attendance.view") -> Sheet | None:
    """A sheet as the target of an action."""
    found: Sheet | None = Sheet.objects.visible_to(actor, permission).filter(pk=sheet_id).first()
    return found


def classroom(actor: Actor, classroom_id: int, permission: str) -> Classroom | None:
    """A class as the target of an action."""
    found: Classroom | None = Classroom.objects.visible_to(actor, permission).filter(pk=classroom_id).first()
    return found
