"""What must be known before a roll is shown or written: the class, its day, its sheets, its pupils; few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, Final

from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.settings_store.values import typed
from khue.kernel.statements import fetch, planned_once
from khue.registry.calendar import rules as calendar
from khue.registry.roster.models import Classroom
from khue.school.attendance import rules
from khue.school.attendance.rules import Bells, Plan, PlanRow, Window

SETTINGS = (
    "attendance.morning_bell",
    "attendance.afternoon_bell",
    "attendance.meal_roll",
    "attendance.bed_roll",
    "attendance.proof_days",
    "attendance.half_share",
    "attendance.lates_make_one",
)

# The day comes as a value, the classes as told; units above a class by the path of its campus, else its school.
FRAME = """
with room as (
  select k.id, k.name, k.level, k.grade, k.school_id, k.campus_id, k.year_id, y.is_closed, u.name as school,
         k.combined_with_id as combined,
         string_to_array(trim(both '/' from coalesce(c.path, u.path)), '/')::bigint[] as units
  from roster_classroom k
  join org_unit u on u.id = k.school_id
  left join org_unit c on c.id = k.campus_id
  join calendar_school_year y on y.id = k.year_id
  where k.id = any({ids})
)
select r.id, r.name, r.level, r.grade, r.school_id, r.campus_id, r.year_id, r.is_closed, r.school, r.units,
       (select json_agg(json_build_array(p.level, p.classroom_id, p.morning_days, p.afternoon_days, p.evening_days,
            p.main_session, p.by_period, p.starts_on)) from attendance_session_plan p where p.school_id = r.school_id),
       (select json_agg(json_build_array(t.starts_on, t.ends_on)) from calendar_term t where t.year_id = r.year_id),
       (select json_agg(json_build_array(d.unit_id, d.kind, d.starts_on, d.ends_on, d.is_school_day, d.name))
          from calendar_special_day d where d.year_id = r.year_id and d.unit_id = any(r.units)),
       (select json_agg(json_build_array(v.name, v.unit_id, v.valid_from, v.value)) from settings_value v
          where v.name = any(%s) and v.unit_id = any(r.units) and v.valid_from <= %s),
       (select array_agg(z.span) from attendance_closing z
          where z.classroom_id = r.id and z.starts_on <= %s and z.ends_on >= %s),
       (select json_agg(json_build_array(c.unit_id, c.starts_on, c.is_from_noon, c.ends_on, c.at_home, c.is_cancelled))
          from calendar_closure c where c.year_id = r.year_id and c.unit_id = any(r.units)),
       (select json_agg(json_build_array(o.id, o.name) order by o.sort_key, o.id) from roster_classroom o
          where (o.combined_with_id = coalesce(r.combined, r.id) or o.id = r.combined) and o.id <> r.id
          and o.closed_on is null)
from room r
"""
_FRAME = FRAME.format(ids="%s")


@dataclass(frozen=True)
class Room:
    """A class on a day, as roll call sees it."""

    id: int
    name: str
    level: str
    grade: int
    school_id: int
    campus_id: int | None
    year_id: int
    is_year_closed: bool
    school_name: str
    units: tuple[int, ...]
    plans: tuple[PlanRow, ...]
    terms: tuple[tuple[date, date], ...]
    spans: tuple[calendar.Span, ...]
    names: tuple[tuple[date, date, str, str], ...]  # special days: from, to, kind, name
    settings: dict[str, Any]
    closed: tuple[str, ...]
    shuts: tuple[calendar.Shut, ...]
    day: date
    partners: tuple[tuple[int, str], ...] = ()  # classes taught together with it, each with a roll of its own

    def is_school_day(self, day: date) -> bool:
        """Whether there are lessons on a day."""
        return calendar.is_school_day(day, self.units, self.terms, self.spans)

    def is_makeup(self, day: date) -> bool:
        """Whether lessons of another day are made up on it."""
        return any(span.kind == calendar.MAKEUP and span.is_school_day and day in span for span in self.spans)

    def plan(self, day: date) -> Plan:
        """The plan of sessions in force."""
        return rules.plan_on(self.plans, day, self.level, self.id)

    def sessions(self, day: date) -> tuple[str, ...]:
        """The sessions at which roll is called at school on a day."""
        if not self.is_school_day(day):
            return ()
        return tuple(session for session in self._usual(day) if self.shut(day, session) is None)

    def home_sessions(self, day: date) -> tuple[str, ...]:
        """The sessions of a day at which pupils check in from home, because their school is closed."""
        if not self.shuts:
            return ()
        found = ((session, self.shut(day, session)) for session in self._usual(day))
        return tuple(
            session for session, shut in found if shut and shut.at_home and session in rules.TEACHING
        )

    def shut(self, day: date, session: str) -> calendar.Shut | None:
        """The closure that holds in a session of a day."""
        return calendar.shut_at(day, session, self.units, self.shuts) if self.shuts else None

    def _usual(self, day: date) -> tuple[str, ...]:
        """The sessions of a day as if nothing were closed."""
        lessons = calendar.is_school_day(
            day, self.units, self.terms, [span for span in self.spans if span.kind != "closure"]
        )
        return rules.sessions_on(
            self.plan(day), day, is_school_day=lessons, is_makeup=self.is_makeup(day), extra=self.extra
        )

    def main(self, day: date) -> str:
        """The session of a day that counts for promotion."""
        return rules.main_of(self.plan(day), self.sessions(day))

    @cached_property
    def extra(self) -> tuple[str, ...]:
        """The extra rolls of boarders the school calls."""
        wanted = (
            (rules.MEAL, self.settings["attendance.meal_roll"]),
            (rules.BED, self.settings["attendance.bed_roll"]),
        )
        return tuple(session for session, is_called in wanted if is_called)

    @cached_property
    def bells(self) -> Bells:
        """When the sessions of the school begin."""
        usual = Bells(morning=time(7, 15)) if self.level == "TH" else Bells()
        return Bells(
            _time(self.settings["attendance.morning_bell"], usual.morning),
            _time(self.settings["attendance.afternoon_bell"], usual.afternoon),
        )

    def deadline(self, session: str, period: int = 0) -> time | None:
        """Until when the roll of a session is taken in time; None where no bell rings."""
        if session not in rules.TEACHING:
            return None
        return rules.period_ends(self.level, session, period, self.bells)

    def window(self, session: str, period: int = 0, now: datetime | None = None) -> Window:
        """What may be done now to the roll of the frame's day."""
        local = timezone.localtime(now).replace(tzinfo=None)
        closed = (*self.closed, "month") if self.is_year_closed else self.closed
        return rules.window(self.day, self.deadline(session, period), local, closed)

    def day_name(self, day: date) -> str:
        """What a special day is called; empty for the others."""
        return next((name for first, last, _kind, name in self.names if first <= day <= last), "")


def _time(text: str, usual: time) -> time:
    try:
        return time.fromisoformat(text) if text else usual
    except ValueError:
        return usual


def _settings(units: Sequence[int], rows: Sequence[Sequence[Any]] | None) -> dict[str, Any]:
    known = registry.setting_declarations()
    found = {name: known[name].default for name in SETTINGS}
    order = {pk: depth for depth, pk in enumerate(units)}
    best: dict[str, tuple[int, str]] = {}
    for name, unit_id, valid_from, value in rows or ():
        place = (order[unit_id], valid_from)
        if known[name].min_level == "department" and place[0] > 0:
            continue
        if name not in best or place > best[name]:
            best[name] = place
            found[name] = typed(name, value)
    return found


def all_room_of(row: Sequence[Any], day: date) -> Room:
    """The frame of a class from a row of its statement."""
    (pk, name, level, grade, school, campus, year, closed_year, school_name, units, plans, terms, spans, values,
     closed, shuts, partners) = row  # fmt: skip
    dates = date.fromisoformat
    special = [(unit, kind, dates(a), dates(b), on, title) for unit, kind, a, b, on, title in spans or ()]
    return Room(
        pk, name, level, grade, school, campus, year, closed_year, school_name, tuple(units),
        tuple(
            PlanRow(Plan(s, c, t, main, by_period), of_level, of_class, dates(starts))
            for of_level, of_class, s, c, t, main, by_period, starts in plans or ()
        ),
        tuple((dates(a), dates(b)) for a, b in terms or ()),
        tuple(calendar.Span(*one[:5]) for one in special),
        tuple((a, b, kind, title) for _unit, kind, a, b, _on, title in special),
        _settings(units, values), tuple(closed or ()),
        tuple(
            calendar.Shut(unit, dates(a), from_noon, dates(b) if b else None, at_home, cancelled)
            for unit, a, from_noon, b, at_home, cancelled in shuts or ()
        ),
        day, tuple((pk, name) for pk, name in partners or ()),
    )  # fmt: skip


def all_room(classroom_id: int, day: date) -> Room:
    """The frame of a class that exists, unscoped: for actions, which have checked, and jobs."""
    return all_room_of(fetch(_FRAME, [[classroom_id], list(SETTINGS), day, day, day])[0], day)


def all_rooms(classroom_ids: Sequence[int], day: date) -> dict[int, Room]:
    """The frames of several classes by id, unscoped; one statement."""
    if not classroom_ids:
        return {}
    rows = fetch(_FRAME, [list(classroom_ids), list(SETTINGS), day, day, day])
    return {row[0]: all_room_of(row, day) for row in rows}


def room(actor: Actor, classroom_id: int, day: date, permission: str = "attendance.view") -> Room | None:
    """The frame of a class the actor may see; None when there is none. One statement."""
    rows = fetch(_FRAME, [[classroom_id], list(SETTINGS), day, day, day])
    if not rows:
        return None
    found = all_room_of(rows[0], day)
    return found if reaches(actor, found, permission) else None


def reaches(actor: Actor, found: Room, permission: str) -> bool:
    """Whether a permission reaches a class: what Classroom.scope says, of a frame that was read already."""
    reach = actor.reach(permission)
    if reach.unit_paths and not reach.everything:
        return Classroom.objects.visible_to(actor, permission).filter(pk=found.id).exists()
    return (
        reach.everything
        or found.school_id in reach.unit_ids
        or found.campus_id in reach.unit_ids
        or found.id in reach.class_ids
    )


def partners(actor: Actor, found: Room) -> list[tuple[int, str]]:
    """The classes taught together with one that was read, of which the actor sees the rolls too."""
    reach = actor.reach("attendance.view")
    sees_school = reach.everything or found.school_id in reach.unit_ids or found.campus_id in reach.unit_ids
    return [(pk, name) for pk, name in found.partners if sees_school or pk in reach.class_ids]


def all_target(classroom_id: int) -> Classroom:
    """A class by its id, as the target of an action, which reads, locks and checks it."""
    return Classroom(pk=classroom_id)


# --- a sheet and who is on it ---------------------------------------------------------------------------------------

_SHEET = """
select s.id, s.is_main, s.is_checkin, s.is_late, s.taken_at, s.taken_by_id, s.source, s.expected, s.excused,
       s.unexcused, s.late, s.early, s.activity, s.version, p.full_name, p.sex
from attendance_sheet s left join people_person p on p.id = s.taken_by_id
where s.classroom_id = %s and s.day = %s and s.session = %s and s.period = %s
"""
_PUPILS = """
select e.id, m.id, m.code, m.minutes, m.note, m.source, m.leave_id
from roster_enrolment e left join attendance_mark m on m.sheet_id = %s and m.enrolment_id = e.id
where e.classroom_id = %s and e.joined_on <= %s
  and (e.status in ('studying', 'completed') or (e.left_on is not null and e.left_on > %s) or m.id is not null)
order by e.sort_key, e.id
"""


# The class of a pupil on a past day, who may have been moved since: the last movement until then says it; without any,
# the class of today.
CLASS_ON = """
coalesce((select json_build_array(v.classroom_id) from roster_enrolment_event v where v.enrolment_id = e.id
  and v."on" <= {day} and (v.classroom_id is not null or v.kind = 'class_changed')
  order by v."on" desc, v.id desc limit 1
), json_build_array(e.classroom_id)) ->> 0
"""
# Pupils of today's class and those it had before.
EVER_IN = """
e.id in (select id from roster_enrolment where classroom_id = {room}
  union select enrolment_id from roster_enrolment_event where classroom_id = {room} and kind <> 'transferred_out')
"""
_PUPILS_THEN = f"""
select e.id, m.id, m.code, m.minutes, m.note, m.source, m.leave_id
from (select %s::bigint as sheet, %s::bigint as room, %s::date as day) a
cross join roster_enrolment e left join attendance_mark m on m.sheet_id = a.sheet and m.enrolment_id = e.id
where {EVER_IN.format(room="a.room")} and (m.id is not null or (
  ({CLASS_ON.format(day="a.day")})::bigint = a.room and e.joined_on <= a.day
  and (e.left_on is null or e.left_on > a.day)
  and (e.status in ('studying', 'completed') or e.left_on is not null or e.status_on > a.day)))
order by e.sort_key, e.id
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A roll as it stands."""

    id: int
    is_main: bool
    is_checkin: bool
    is_late: bool
    taken_at: datetime | None
    taken_by_id: int | None
    source: str
    expected: int
    excused: int
    unexcused: int
    late: int
    early: int
    activity: int
    version: int
    taken_by: str
    taken_by_sex: int | None

    @property
    def present(self) -> int:
        """Pupils who were there, of a roll that was taken."""
        return self.expected - self.excused - self.unexcused


_OPENING = f"""
select f.*, s.id, s.is_main, s.is_checkin, s.is_late, s.taken_at, s.taken_by_id, s.source, s.expected, s.excused,
       s.unexcused, s.late, s.early, s.activity, s.version, p.full_name, p.sex
from ({_FRAME}) f
left join attendance_sheet s on s.classroom_id = f.id and s.day = %s and s.session = %s and s.period = %s
left join people_person p on p.id = s.taken_by_id
"""  # noqa: S608 (our own words)
_COLUMNS_OF_SHEET: Final = 16


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A pupil of the class with the mark at a roll; no code: nothing was noted."""

    enrolment_id: int
    id: int | None
    code: str
    minutes: int | None
    note: str
    source: str
    leave_id: int | None


def all_sheet(classroom_id: int, day: date, session: str, period: int) -> SheetRow | None:
    """The sheet of a session, when there is one."""
    rows = fetch(_SHEET, [classroom_id, day, session, period])
    return SheetRow(*rows[0]) if rows else None


def all_opening(classroom_id: int, day: date, session: str, period: int) -> tuple[Room, SheetRow | None]:
    """The frame of a class that exists and its sheet of a session in one statement, unscoped: for actions."""
    with planned_once():
        (row,) = fetch(_OPENING, [[classroom_id], list(SETTINGS), day, day, day, day, session, period])
    sheet = row[-_COLUMNS_OF_SHEET:]
    return all_room_of(row[:-_COLUMNS_OF_SHEET], day), None if sheet[0] is None else SheetRow(*sheet)


def all_marks(sheet_id: int, classroom_id: int, day: date) -> list[MarkRow]:
    """The pupils who belonged to the class on a day, in Vietnamese order, with their marks at a sheet (0: none)."""
    if day < timezone.localdate():
        return [all_mark_of(row) for row in fetch(_PUPILS_THEN, [sheet_id, classroom_id, day])]
    return [all_mark_of(row) for row in fetch(_PUPILS, [sheet_id, classroom_id, day, day])]


def all_mark_of(row: Sequence[Any]) -> MarkRow:
    """A pupil's mark from a row of its statement."""
    pk, mark, code, minutes, note, source, leave = row
    return MarkRow(pk, mark, code or "", minutes, note or "", source or "", leave)
