"""Who has not taken the roll: the classes of a school as they stand, and the tallies of the schools below a unit.

A school is read class by class, always as it is now. What stands above it adds up tallies: a line a school and day
(models.Tally), counted by a job and, where nothing was counted yet, when somebody looks. Sessions of teaching only;
a class that calls the roll by period has taken it once one period was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import typed
from khue.kernel.statements import fetch, run
from khue.registry.calendar import rules as calendar
from khue.registry.roster.models import Classroom
from khue.school.attendance import rules
from khue.school.attendance.models import DayState
from khue.school.attendance.queries.frames import FRAME, SETTINGS, Room, all_room_of
from khue.school.attendance.rules import Plan, PlanRow

PERMISSION, REMIND = "attendance.oversee", "attendance.remind_roll"
KIND: Final = "attendance.roll_missing"  # of the notice that reminds
AT_ONCE: Final = 250  # schools read together
_BELLS: Final = ("attendance.morning_bell", "attendance.afternoon_bell")

# What the province says of a day: its year, terms, special days, closures, bells, plans of sessions.
_DAY = """
select y.id, y.is_closed,
       (select json_agg(json_build_array(t.starts_on, t.ends_on)) from calendar_term t where t.year_id = y.id),
       (select json_agg(json_build_array(d.unit_id, d.kind, d.starts_on, d.ends_on, d.is_school_day, d.name))
          from calendar_special_day d where d.year_id = y.id and %s between d.starts_on and d.ends_on),
       (select json_agg(json_build_array(c.unit_id, c.starts_on, c.is_from_noon, c.ends_on, c.at_home))
          from calendar_closure c where c.year_id = y.id and not c.is_cancelled and c.starts_on <= %s
          and (c.ends_on is null or c.ends_on >= %s)),
       (select json_agg(json_build_array(v.name, v.unit_id, v.valid_from, v.value)) from settings_value v
          where v.name = any(%s) and v.valid_from <= %s)
from calendar_school_year y where y.starts_on <= %s order by y.id desc limit 1
"""
_CLASSES = """
select k.id, k.name, k.level, k.grade, k.school_id, k.campus_id, u.name, coalesce(c.path, u.path)
from roster_classroom k join org_unit u on u.id = k.school_id left join org_unit c on c.id = k.campus_id
where k.year_id = %s and k.school_id = any(%s) and (k.closed_on is null or k.closed_on > %s)
order by k.school_id, k.sort_key, k.id
"""
_PLANS = """
select school_id, level, classroom_id, morning_days, afternoon_days, evening_days, main_session, by_period, starts_on
from attendance_session_plan where school_id = any(%s) and starts_on <= %s
"""
_SHEETS = """
select s.classroom_id, s.session, min(s.taken_at), bool_and(not s.is_late) from attendance_sheet s
where s.school_id = any(%s) and s.day = %s and s.taken_at is not null group by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A session of a class on a day, and whether its roll was taken."""

    classroom_id: int
    class_name: str
    session: str
    starts: time
    deadline: time | None
    has_begun: bool
    is_over: bool  # the time to take it has passed
    taken_at: datetime | None
    on_time: bool

    @property
    def is_due(self) -> bool:
        """Whether a roll should be there by now."""
        return self.has_begun or self.taken_at is not None

    @property
    def is_missing(self) -> bool:
        """Whether the session has begun and nobody took the roll; that says nothing of who is there."""
        return self.has_begun and self.taken_at is None


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """The sessions of a school on a day; without any, why."""

    school_id: int
    state: str  # DayState
    why: str
    turns: tuple[Turn, ...]

    @property
    def missing(self) -> list[Turn]:
        """Sessions that have begun and whose roll nobody took."""
        return [one for one in self.turns if one.is_missing]

    @property
    def overdue(self) -> int:
        """Sessions whose roll nobody took though the time to take it has passed."""
        return sum(one.is_missing and one.is_over for one in self.turns)

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Classes, sessions planned, due, taken, taken on time."""
        due = [one for one in self.turns if one.is_due]
        taken = [one for one in due if one.taken_at is not None]
        classes = len({one.classroom_id for one in self.turns})
        return classes, len(self.turns), len(due), len(taken), sum(one.on_time for one in taken)


@dataclass(frozen=True, slots=True)
class _Day:
    """What holds on a day in the whole province."""

    day: date
    year_id: int
    is_closed: bool
    terms: tuple[tuple[date, date], ...]
    spans: tuple[tuple[calendar.Span, str], ...]
    shuts: tuple[calendar.Shut, ...]
    bells: tuple[tuple[str, int, str, Any], ...]


def all_school_days(school_ids: Sequence[int], day: date, now: datetime | None = None) -> Iterator[SchoolDay]:
    """Schools on a day, in the order given; four statements for every few hundred of them."""
    rows = fetch(_DAY, [day, day, day, list(_BELLS), day, day])
    if not rows:
        return
    frame = _frame(rows[0], day)
    local = timezone.localtime(now).replace(tzinfo=None)
    for at in range(0, len(school_ids), AT_ONCE):
        yield from _some(frame, list(school_ids[at : at + AT_ONCE]), local)


def _frame(row: tuple[Any, ...], day: date) -> _Day:
    year, is_closed, terms, spans, shuts, bells = row
    dates = date.fromisoformat
    return _Day(
        day, year, is_closed, tuple((dates(a), dates(b)) for a, b in terms or ()),
        tuple(
            (calendar.Span(unit, kind, dates(a), dates(b), on), name) for unit, kind, a, b, on, name in spans or ()
        ),
        tuple(
            calendar.Shut(unit, dates(a), noon, dates(b) if b else None, home) for unit, a, noon, b, home in shuts or ()
        ),
        tuple((name, unit, start, value) for name, unit, start, value in bells or ()),
    )  # fmt: skip


def _some(frame: _Day, schools: list[int], now: datetime) -> Iterator[SchoolDay]:
    plans: dict[int, list[PlanRow]] = defaultdict(list)
    for school, level, of_class, s, c, t, main, by_period, starts in fetch(_PLANS, [schools, frame.day]):
        plans[school].append(PlanRow(Plan(s, c, t, main, by_period), level, of_class, starts))
    taken = {(pk, session): (at, good) for pk, session, at, good in fetch(_SHEETS, [schools, frame.day])}
    rooms: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in fetch(_CLASSES, [frame.year_id, schools, frame.day]):
        rooms[row[4]].append(row)
    frames: dict[tuple[Any, ...], Room] = {}
    for school in schools:
        own = {one.classroom_id for one in plans[school]}
        found = [
            (row[0], row[1], _room(frame, plans[school], row, own, frames)) for row in rooms.get(school, ())
        ]
        yield _school_day(school, frame, found, taken, now)


def _room(
    frame: _Day, plans: Sequence[PlanRow], row: tuple[Any, ...], own: set[int | None], known: dict[Any, Room]
) -> Room:
    """The frame of a class; classes of a level at one place share theirs unless one has a plan of its own."""
    pk, name, level, grade, school, campus, school_name, path = row
    key = (path, level, pk if pk in own else 0)
    if key not in known:
        units = tuple(int(one) for one in path.strip("/").split("/"))
        spans = [(span, title) for span, title in frame.spans if span.unit_id in units]
        known[key] = Room(
            pk, name, level, grade, school, campus, frame.year_id, frame.is_closed, school_name, units, tuple(plans),
            frame.terms, tuple(span for span, _title in spans),
            tuple((span.starts_on, span.ends_on, span.kind, title) for span, title in spans),
            _settings(frame, units), (), tuple(one for one in frame.shuts if one.unit_id in units), frame.day,
        )  # fmt: skip
    return known[key]


def _settings(frame: _Day, units: Sequence[int]) -> dict[str, Any]:
    """The bells, the nearest unit's newest; boarders' meals and beds are not overseen here."""
    found: dict[str, Any] = {
        **dict.fromkeys(_BELLS, ""),
        "attendance.meal_roll": False,
        "attendance.bed_roll": False,
    }
    best: dict[str, tuple[int, str]] = {}
    for name, unit, start, value in frame.bells:
        if unit in units and (units.index(unit), start) > best.get(name, (-1, "")):
            best[name] = (units.index(unit), start)
            found[name] = typed(name, value)
    return found


def _school_day(
    school: int, frame: _Day, rooms: Sequence[tuple[int, str, Room]],
    taken: dict[tuple[int, str], tuple[datetime, bool]], now: datetime,
) -> SchoolDay:  # fmt: skip
    day, turns = frame.day, list[Turn]()
    sessions: dict[int, tuple[str, ...]] = {}  # by the identity of the shared frame
    for pk, name, room in rooms:
        if id(room) not in sessions:
            sessions[id(room)] = _taught(room, day)
        turns += _turns(pk, name, room, day, taken, now, sessions[id(room)])
    if turns:
        return SchoolDay(school, DayState.LESSONS, "", tuple(turns))
    is_shut = any(
        one.holds(day, session)
        for _pk, _name, room in rooms
        for one in room.shuts
        for session in rules.TEACHING
    )
    state = DayState.NONE
    if is_shut:
        state = (
            DayState.HOME if any(room.home_sessions(day) for _pk, _name, room in rooms) else DayState.CLOSED
        )
    return SchoolDay(school, state, next((room.day_name(day) for _pk, _name, room in rooms), ""), ())


def _taught(room: Room, day: date) -> tuple[str, ...]:
    return tuple(one for one in room.sessions(day) if one in rules.TEACHING)


def _turns(
    pk: int, name: str, room: Room, day: date, taken: dict[tuple[int, str], tuple[datetime, bool]], now: datetime,
    sessions: Sequence[str] | None = None,
) -> Iterator[Turn]:  # fmt: skip
    """The sessions of a class, whose frame may be shared with others of its level."""
    for session in _taught(room, day) if sessions is None else sessions:
        starts, deadline = room.bells.first(session), room.deadline(session)
        at, good = taken.get((pk, session), (None, False))
        begun = day < now.date() or (day == now.date() and now.time() >= starts)
        over = day < now.date() or (day == now.date() and deadline is not None and now.time() > deadline)
        yield Turn(pk, name, session, starts, deadline, begun, over, at, good)


# --- one school -----------------------------------------------------------------------------------------------------

_TEACHERS = """
select k.id, p.id, p.full_name, p.given_name, p.sex,
       (select json_agg(json_build_array(right(m.dedupe_key, 1), m.sent_at)) from notify_message m
          where m.person_id = p.id and m.kind = %s and m.dedupe_key like %s || k.id::text || ':' || %s || ':_')
from roster_classroom k
left join lateral (
  select q.* from roster_homeroom h join people_person q on q.id = h.teacher_id
  where h.classroom_id = k.id and h.starts_on <= %s and h.ends_on > %s order by h.starts_on desc limit 1
) p on true
where k.id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers for a class, and when they were reminded, by session."""

    person_id: int | None
    full_name: str
    given_name: str
    sex: int | None
    reminded: dict[str, datetime]


def all_key_of(classroom_id: int, day: date, session: str) -> str:
    """What keeps a class and session from being reminded twice; it ends in the session's letter."""
    return f"{KIND}:{classroom_id}:{day:%Y-%m-%d}:{session}"


def all_answerers(classroom_ids: Sequence[int], day: date) -> dict[int, Answerer]:
    """The homeroom teachers of classes by class; one statement."""
    today = timezone.localdate()
    values = [KIND, f"{KIND}:", f"{day:%Y-%m-%d}", today, today, list(classroom_ids)]
    return {
        pk: Answerer(
            person, name or "", given or "", sex,
            {session: datetime.fromisoformat(at) for session, at in told or ()},
        )
        for pk, person, name, given, sex, told in fetch(_TEACHERS, values)
    }  # fmt: skip


def all_turns(classroom_ids: Sequence[int], school_id: int, day: date) -> list[Turn]:
    """The sessions of some classes of a school."""
    wanted = set(classroom_ids)
    return [
        turn for one in all_school_days([school_id], day) for turn in one.turns if turn.classroom_id in wanted
    ]


_OWN_ROOMS = f"""
select f.*, (select json_agg(json_build_array(s.session, s.period, s.taken_at, s.is_late)) from attendance_sheet s
             where s.classroom_id = f.id and s.day = %s and s.taken_at is not null)
from ({FRAME.format(ids="%s")}) f where not f.is_closed order by f.grade, f.name
"""  # noqa: S608 (our own words)


def own_turns(actor: Actor, day: date, now: datetime | None = None) -> list[Turn]:
    """The sessions of a day of the classes the actor is homeroom teacher of, as they are now; one statement."""
    classes = list(actor.reach("attendance.close").class_ids)
    if not classes:
        return []
    local = timezone.localtime(now).replace(tzinfo=None)
    turns: list[Turn] = []
    for *row, sheets in fetch(_OWN_ROOMS, [day, classes, list(SETTINGS), day, day, day]):
        room = all_room_of(row, day)
        taken: dict[tuple[int, str], tuple[datetime, bool]] = {}
        for session, _period, at, is_late in sorted(sheets or (), key=lambda one: one[1], reverse=True):
            taken[room.id, session] = (datetime.fromisoformat(at), not is_late)
        turns += _turns(room.id, room.name, room, day, taken, local)
    return turns


def classrooms(actor: Actor, classroom_ids: Sequence[int]) -> list[Classroom]:
    """Classes as the target of a reminder."""
    rows = Classroom.objects.visible_to(actor, REMIND).filter(pk__in=list(classroom_ids))
    return list(rows.order_by("sort_key", "pk"))


# --- tallies ---------------------------------------------------------------------------------------------------------

_OPEN_SCHOOLS = """
select u.id from org_unit u where u.kind = 'school' and u.path like %s || '%%' and u.opened_on <= %s
  and (u.closed_on is null or u.closed_on > %s) and not (%s and exists (
    select from attendance_tally t where t.day = %s and t.school_id = u.id
      and (t.day = %s or (t.counted_at at time zone %s)::date > t.day)))
order by u.id
"""
_KEEP = """
insert into attendance_tally as t (school_id, day, state, classes, planned, due, taken, on_time, overdue, counted_at)
select s, %s, st, c, p, d, k, o, w, %s from unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[],
  %s::int[], %s::int[]) as n(s, st, c, p, d, k, o, w) order by s
on conflict (day, school_id) do update set state = excluded.state, classes = excluded.classes,
  planned = excluded.planned, due = excluded.due, taken = excluded.taken, on_time = excluded.on_time,
  overdue = excluded.overdue, counted_at = excluded.counted_at
"""


def all_uncounted(day: date, path: str = "/") -> list[int]:
    """Schools open on a day below a unit without a tally; of a day that is over, without one made after it."""
    values = [path, day, day, True, day, timezone.localdate(), timezone.get_current_timezone_name()]
    return [pk for (pk,) in fetch(_OPEN_SCHOOLS, values)]


def all_open_schools(day: date, path: str = "/") -> list[int]:
    """Every school open on a day below a unit."""
    values = [path, day, day, False, day, day, timezone.get_current_timezone_name()]
    return [pk for (pk,) in fetch(_OPEN_SCHOOLS, values)]


def all_count(day: date, school_ids: Sequence[int], now: datetime | None = None) -> int:
    """Count schools on a day and keep what was counted; gives how many lines were written. A count, not a record."""
    moment, written = now or timezone.now(), 0
    lines = [
        (one.school_id, one.state, *one.counts, one.overdue)
        for one in all_school_days(school_ids, day, moment)
    ]
    for at in range(0, len(lines), AT_ONCE):
        columns = [list(column) for column in zip(*lines[at : at + AT_ONCE], strict=True)]
        written += run(_KEEP, [day, moment, *columns])
    return written


_BELOW = """
select c.code, c.name, c.kind, count(*), count(*) filter (where t.state = 'lessons'), sum(t.planned), sum(t.due),
       sum(t.taken), sum(t.on_time), count(*) filter (where t.due > t.taken),
       count(*) filter (where t.due > 0 and t.taken = 0), min(t.counted_at), min(t.state), sum(t.classes)
from attendance_tally t
join org_unit u on u.id = t.school_id and u.path like %s || '%%'
join org_unit c on c.id = nullif(split_part(u.path, '/', %s::int), '')::bigint
where t.day = %s group by c.id order by c.sort_key, c.id
"""


@dataclass(frozen=True, slots=True)
class Below:
    """How far the rolls have come in a unit below: an office with its schools, or a school."""

    code: str
    name: str
    kind: str
    schools: int
    with_lessons: int
    planned: int
    due: int
    taken: int
    on_time: int
    behind: int  # schools in which a roll is missing
    without: int  # schools in which no roll of the day was taken though some were due
    counted_at: datetime
    state: str  # of a school
    classes: int

    @property
    def missing(self) -> int:
        """Sessions begun whose roll nobody took."""
        return self.due - self.taken


def below(actor: Actor, unit: Unit, day: date) -> list[Below]:
    """The units directly below one, from the tallies of the schools in them; the caller has reached the unit.

    Schools not counted yet for the day are counted first. Two statements when there is nothing to count.
    """
    if not actor.holds(PERMISSION):
        return []
    missing = all_uncounted(day, unit.path)
    if missing:
        all_count(day, missing)
    return [Below(*row) for row in fetch(_BELOW, [unit.path, len(unit.ancestor_ids) + 2, day])]


_OWN = """
select t.state, t.classes, t.planned, t.due, t.taken, t.on_time, t.counted_at from attendance_tally t
where t.school_id = %s and t.day = %s
"""
_SUM = """
select sum(t.due), sum(t.taken), count(*) filter (where t.state = 'lessons'), count(*) filter (where t.due > t.taken),
       min(t.counted_at)
from attendance_tally t join org_unit u on u.id = t.school_id and u.path like (select path from org_unit where id = %s)
  || '%%' where t.day = %s
"""


def all_tally(school_id: int, day: date) -> tuple[str, int, int, int, int, int, datetime] | None:
    """The tally of a school: state, classes, planned, due, taken, on time, as of when."""
    rows = fetch(_OWN, [school_id, day])
    return rows[0] if rows else None  # type: ignore[return-value]


def all_sum(unit_id: int, day: date) -> tuple[int, int, int, int, datetime] | None:
    """Due, taken, schools with lessons, schools behind, as of when, below a unit; None where nothing was counted."""
    rows = fetch(_SUM, [unit_id, day])
    return rows[0] if rows and rows[0][4] is not None else None  # type: ignore[return-value]
