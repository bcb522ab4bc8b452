"""Roll call without a line: own classes go along with their days, rolls come back whole and are merged pupil by pupil.

A roll that nobody took meanwhile is taken as on the page. Where somebody did, only what the device changed is written,
and where both say different things of a pupil, both stay for a person to choose. A granted leave that the device did
not know turns its K into P, as it does on the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError
from khue.kernel.offline.declare import Asked, Cellname, Home, Outcome, Packed, Place, Wait
from khue.kernel.offline.merge import Cell, Judged, Value, Verdict, judge, overall
from khue.kernel.offline.models import DAYS, Kind
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.attendance import actions, queries, rules
from khue.school.attendance.actions import Entry
from khue.school.attendance.models import Code, Session, Sheet, Source
from khue.school.attendance.queries import MarkRow, Room, SheetRow
from khue.school.attendance.rules import Window

_KEY: Final = re.compile(r"([1-9]\d{0,11})\.(\d{4}-\d{2}-\d{2})\.(S|C|T|meal|bed)\.([0-7])", re.ASCII)
BACK: Final = 7  # days before today that go along
PERIODS: Final = 5  # of a session, where roll is called by period
LONGEST_NOTE: Final = 200
MOST_PUPILS: Final = 200
WHOLE: Final = ""  # the part of a roll as such
PRESENT: Final[list[Any]] = []

_CLASSES = """
select k.id, k.name from roster_classroom k where k.id = any(%s) order by k.sort_key, k.id
"""
_PUPILS = """
select e.classroom_id, e.id, p.full_name from roster_enrolment e join people_person p on p.id = e.person_id
where e.classroom_id = any(%s) and e.status = 'studying' order by e.classroom_id, e.sort_key, e.id
"""
_ROLLS = """
select s.classroom_id, s.day, s.session, s.period, s.taken_at is not null,
       (select json_agg(json_build_array(m.enrolment_id, m.code, m.minutes, m.note)) from attendance_mark m
          where m.sheet_id = s.id)
from attendance_sheet s where s.classroom_id = any(%s) and s.day >= %s and not s.is_checkin
"""
_LEAVES = """
select e.classroom_id, l.enrolment_id, l.from_day, l.from_session, l.to_day, l.to_session
from attendance_leave_request l join roster_enrolment e on e.id = l.enrolment_id
where e.classroom_id = any(%s) and l.state = 'granted' and l.to_day >= %s
"""
_LEAVE_OF = """
select l.enrolment_id, l.from_day, l.from_session, l.to_day, l.to_session from attendance_leave_request l
where l.enrolment_id = any(%s) and l.state = 'granted' and l.from_day <= %s and l.to_day >= %s
"""
_LOCK = "select id from roster_classroom where id = %s for update"
_LAST = """
select r.enrolment_id, coalesce(p.full_name, ''), r.at from attendance_revision r
left join people_person p on p.id = r.by_id where r.sheet_id = %s order by r.id
"""
_NAMES = """
select e.id, p.full_name from roster_enrolment e join people_person p on p.id = e.person_id where e.id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A roll: which class, when."""

    classroom_id: int
    day: date
    session: str
    period: int


def parsed(key: str) -> Key | None:
    """The parts of a key."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match[2])
    except ValueError:
        return None
    return Key(int(match[1]), day, match[3], int(match[4]))


def read_roll(value: Value) -> dict[int, list[Any]] | None:
    """A roll as a device sends it: enrolment to [code, minutes, note]; None when it is none."""
    if not isinstance(value, dict) or len(value) > MOST_PUPILS:
        return None
    found: dict[int, list[Any]] = {}
    for pk, mark in value.items():
        if not (
            pk.isascii() and pk.isdigit() and len(pk) <= 12 and isinstance(mark, list) and 0 < len(mark) <= 3
        ):
            return None
        code, minutes, note = [*mark, None, ""][: len(mark)] + [None, ""][len(mark) - 1 :]
        if code not in rules.CODES or not isinstance(note, str):
            return None
        if code not in (rules.LATE, rules.EARLY):
            minutes = None
        if minutes is not None and not (type(minutes) is int and 0 < minutes <= rules.MOST_MINUTES):
            return None
        found[int(pk)] = [code, minutes, " ".join(note.split())[:LONGEST_NOTE]]
    return found


@dataclass
class Roll:
    """A roll as it stands while it is judged: locked by its class."""

    key: Key
    room: Room
    known: SheetRow | None
    rows: dict[int, MarkRow]
    may_now: bool

    @property
    def is_taken(self) -> bool:
        """Whether somebody took it."""
        return self.known is not None and self.known.taken_at is not None

    @property
    def window(self) -> Window:
        """What may still be done to it."""
        return self.room.window(self.key.session, self.key.period)

    @property
    def is_locked(self) -> bool:
        """Whether the teacher may not write it now: a roll nobody took is taken in until its week is closed."""
        return not self.window.is_open and (self.is_taken or self.window is not Window.OVER)

    def at(self, pk: int) -> list[Any]:
        """What stands of a pupil."""
        row = self.rows.get(pk)
        return [row.code, row.minutes, row.note] if row is not None and row.code else PRESENT

    def as_value(self) -> Value:
        """The roll as a device reads it; None while nobody took it."""
        if not self.is_taken:
            return None
        return {str(pk): self.at(pk) for pk in self.rows if self.at(pk)}


class Rolls:
    """Collection attendance.roll; a key is `class.day.session.period`, a value the whole roll."""

    name = "attendance.roll"
    entering = ("attendance.take",)

    @property
    def label(self) -> str:
        """As pages name it."""
        return _("Điểm danh")

    # --- along ------------------------------------------------------------------------
    def pack(self, actor: Actor) -> Packed:
        """The classes whose roll the actor takes, with the days of the next two weeks; a statement a class."""
        classes = fetch(_CLASSES, [list(actor.reach("attendance.take").class_ids)])
        ids = [pk for pk, _name in classes]
        if not ids:
            return Packed({}, [])
        today = timezone.localdate()
        first = today - timedelta(days=BACK)
        pupils: dict[int, list[list[Any]]] = {pk: [] for pk in ids}
        for classroom_id, pk, name in fetch(_PUPILS, [ids]):
            pupils[classroom_id].append([pk, name])
        rolls: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
        for classroom_id, day, session, period, is_taken, marks in fetch(_ROLLS, [ids, first]):
            rolls[classroom_id][f"{day}.{session}.{period}"] = {
                "taken": is_taken,
                "marks": {str(pk): [code, minutes, note] for pk, code, minutes, note in marks or ()},
            }
        leaves = fetch(_LEAVES, [ids, first])
        packed = []
        for pk, name in classes:
            room = queries.all_room(pk, today)
            if room.is_year_closed:
                continue
            days = _days(room, first, today + timedelta(days=DAYS))
            _prefill(rolls[pk], days, [one[1:] for one in leaves if one[0] == pk])
            packed.append({"id": pk, "name": name, "pupils": pupils[pk], "days": days, "rolls": rolls[pk]})
        codes = [[str(code), str(code.label)] for code in Code]
        return Packed({"codes": codes, "classes": packed}, [one["id"] for one in packed])

    # --- back -------------------------------------------------------------------------
    def group(self, key: str) -> str:
        """The roll itself: each is written for itself."""
        return key if parsed(key) else ""

    def covers(self, rights: list[Any], key: str) -> bool:
        """Whether the class went along."""
        place = parsed(key)
        return place is not None and place.classroom_id in rights

    def apply(self, actor: Actor, group: str, asked: Sequence[Asked]) -> tuple[Home | None, list[Outcome]]:
        """Judge one roll, pupil by pupil where somebody took it meanwhile, and write it by the page's own actions."""
        (one,) = asked
        key = parsed(group)
        if key is None or not fetch(_LOCK, [key.classroom_id]):
            return None, [Outcome(Verdict.REFUSED, message=_("Máy này chưa mang lớp đó theo."))]
        room = queries.all_room(key.classroom_id, key.day)
        home = Home(room.school_id, "attendance.take", campus_id=room.campus_id, classroom_id=room.id)
        known = queries.all_sheet(key.classroom_id, key.day, key.session, key.period)
        rows = queries.all_marks(known.id if known else 0, room.id, key.day)
        roll = Roll(
            key, room, known, {row.enrolment_id: row for row in rows},
            room.id in actor.reach("attendance.take").class_ids,
        )  # fmt: skip
        mine = read_roll(one.entry.value)
        seen = None if one.entry.seen is None else read_roll(one.entry.seen)
        if mine is None or (one.entry.seen is not None and seen is None):
            return home, [Outcome(Verdict.REFUSED, message=_("Máy gửi buổi điểm danh không đọc được."))]
        if roll.window is Window.FUTURE:
            return home, [Outcome(Verdict.REFUSED, message=_("Chưa đến ngày này nên chưa điểm danh được."))]
        if not roll.is_taken:
            return home, [self._first(actor, roll, one, mine)]
        return home, [self._merged(actor, roll, one, mine, seen)]

    def _first(self, actor: Actor, roll: Roll, one: Asked, mine: dict[int, list[Any]]) -> Outcome:
        """Take a roll that nobody took."""
        ends = frozenset(one.waiting)
        if not roll.may_now or roll.is_locked:
            return _waiting(one, *_late(roll), ends)
        gone = [pk for pk in mine if pk not in roll.rows]
        _know_leaves(roll, mine)
        try:
            with transaction.atomic():
                actions.take_roll(
                    actor, Classroom(pk=roll.key.classroom_id), day=roll.key.day, session=roll.key.session,
                    period=roll.key.period, exceptions=[_entry(pk, mine[pk]) for pk in mine if pk not in gone],
                    version=roll.known.version if roll.known else 0, source=Source.CARRIED,
                )  # fmt: skip
        except Conflict:
            raise
        except DomainError as problem:  # the day has become a holiday since, or has other sessions
            return _waiting(one, problem.message, Kind.LATE, ends)
        now = {str(pk): mark for pk, mark in mine.items() if pk not in gone}
        return Outcome(Verdict.APPLY, now, _left(gone), [_gone(pk, mine[pk]) for pk in gone], ends)

    def _merged(
        self,
        actor: Actor,
        roll: Roll,
        one: Asked,
        mine: dict[int, list[Any]],
        seen: dict[int, list[Any]] | None,
    ) -> Outcome:
        """Write what the device changed into a roll that was taken."""
        if WHOLE in one.waiting and one.entry.seen == one.waiting[WHOLE].value:
            seen = None  # what the device saw was its own roll, which nobody took in
        changed: dict[int, Judged] = {}
        for pk in sorted({*roll.rows, *mine, *(seen or {})}):
            wanted, before = mine.get(pk, PRESENT), None if seen is None else seen.get(pk, PRESENT)
            if wanted == before or (pk not in roll.rows and not wanted):
                continue
            if pk in roll.rows:
                cell = Cell(
                    roll.at(pk), one.could_then, roll.may_now, roll.is_locked, one.waiting.get(str(pk))
                )
                changed[pk] = judge(wanted, before, cell)
            else:
                changed[pk] = Judged(Verdict.LATE, before, str(pk) in one.waiting)
        writing = [pk for pk, judged in changed.items() if judged.verdict is Verdict.APPLY]
        if writing:
            marks = {pk: mine.get(pk, PRESENT) for pk in writing}
            _know_leaves(roll, marks)
            actions.set_mark(
                actor, Classroom(pk=roll.key.classroom_id), day=roll.key.day, session=roll.key.session,
                period=roll.key.period, entries=[_entry(pk, mark) for pk, mark in marks.items()],
                seen={pk: (roll.at(pk) or [""])[0] for pk in writing}, source=Source.CARRIED,
            )  # fmt: skip
        verdict = overall([judged.verdict for judged in changed.values()])
        now = dict(roll.as_value() or {})
        for pk in writing:
            now.pop(str(pk), None)
            if marks[pk]:
                now[str(pk)] = marks[pk]
        waits = self._waits(roll, mine, changed)
        ends = {str(pk) for pk, judged in changed.items() if judged.replaces} | ({WHOLE} & set(one.waiting))
        message = waits[0].message if waits else ""
        return Outcome(verdict, now if roll.may_now else None, message, waits, frozenset(ends))

    def _waits(self, roll: Roll, mine: Mapping[int, list[Any]], changed: Mapping[int, Judged]) -> list[Wait]:
        """What of a roll waits for a person."""
        held = {
            pk: one
            for pk, one in changed.items()
            if one.verdict in (Verdict.CLASH, Verdict.LATE) and mine.get(pk, PRESENT) != roll.at(pk)
        }
        if not held or roll.known is None:
            return []
        by = dict.fromkeys(held, (roll.known.taken_by, roll.known.taken_at))
        by |= {pk: (who, at) for pk, who, at in fetch(_LAST, [roll.known.id]) if pk in held}
        waits = []
        for pk, judged in held.items():
            if pk not in roll.rows:
                waits.append(_gone(pk, mine.get(pk, PRESENT)))
                continue
            message, kind = _late(roll)
            if judged.verdict is Verdict.CLASH:
                message, kind = (
                    _("Buổi này đã có người khác điểm danh. Cả hai bản đang chờ chọn."),
                    Kind.CLASH,
                )
            waits.append(
                Wait(kind, mine.get(pk, PRESENT), judged.seen, roll.at(pk), str(pk), *by[pk], message=message)
            )
        return waits

    # --- decided by a person ------------------------------------------------------------
    def describe(self, names: Sequence[Cellname]) -> dict[tuple[str, str], Place]:
        """Pupils of rolls in words; three statements."""
        wanted = [(one, key) for one in names if (key := parsed(one.key)) is not None]
        pupils = dict(fetch(_NAMES, [[int(one.part) for one, _key in wanted if one.part]]))
        rooms = queries.all_rooms_on({(key.classroom_id, key.day) for _one, key in wanted})
        rolls = queries.all_rolls(
            {(key.classroom_id, key.day, key.session, key.period) for _one, key in wanted}
        )
        found = {}
        for one, key in wanted:
            room = rooms[key.classroom_id, key.day]
            known, rows = rolls[key.classroom_id, key.day, key.session, key.period]
            roll = Roll(key, room, known, {row.enrolment_id: row for row in rows}, True)
            session = str(Session(key.session).label)
            when = f"{session} {key.day:%d/%m/%Y}" if not key.period else _("tiết %(n)s, %(session)s %(day)s") % {
                "n": key.period, "session": session.lower(), "day": f"{key.day:%d/%m/%Y}",
            }  # fmt: skip
            now = roll.at(int(one.part)) if one.part else roll.as_value()
            found[one.key, one.part] = Place(
                title=_("Điểm danh lớp %(class)s") % {"class": room.name},
                detail=f"{pupils.get(int(one.part), '')} · {when}" if one.part else when,
                url=f"{reverse('attendance:roll', args=[room.id])}?ngay={key.day}",
                now=now,
                now_text=_show(now, one.part),
                mine_text=_show(one.mine, one.part),
                theirs_text=_show(one.theirs, one.part),
                is_locked=roll.window.is_locked,
            )
        return found

    def read(self, key: str, part: str, text: str) -> Value:
        """`P`, `K`, `M 15`, `B 10`, `T`, or nothing for present; raises DomainError."""
        words = text.upper().split()
        if not words or words[0] in ("X", "-"):
            return PRESENT
        minutes = int(words[1]) if len(words) > 1 and words[1].isdigit() and words[1].isascii() else None
        mark = read_roll({"1": [words[0], minutes, ""]})
        if mark is None or len(words) > 2:
            raise DomainError(_("Gõ P, K, M, B hoặc T; đi muộn và về sớm thêm số phút; để trống là có mặt."))
        return mark[1]

    def settle(self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int) -> None:
        """Write one pupil's mark by the page's own action."""
        place = _place(key, part)
        self._check(place, part, seen)
        actions.set_mark(
            actor, Classroom(pk=place.classroom_id), day=place.day, session=place.session, period=place.period,
            entries=[_entry(int(part), value)], seen={int(part): (seen or [""])[0]}, source=Source.CARRIED,
        )  # fmt: skip

    def accept(
        self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int, reason: str,
    ) -> None:  # fmt: skip
        """Write it by a head, with the reason: a roll nobody took, or a pupil of one that was."""
        place = _place(key, part or "0")
        known = queries.all_sheet(place.classroom_id, place.day, place.session, place.period)
        if not part:
            roll = read_roll(value) or {}
            if known is not None and known.taken_at is not None:
                raise Conflict(_("Buổi này đã có người điểm danh rồi."))
            rows = queries.all_marks(known.id if known else 0, place.classroom_id, place.day)
            here = {row.enrolment_id for row in rows}  # who left meanwhile keeps nobody else's mark waiting
            actions.take_late(
                actor, Classroom(pk=place.classroom_id), day=place.day, session=place.session, period=place.period,
                exceptions=[_entry(pk, mark) for pk, mark in roll.items() if pk in here],
                version=known.version if known else 0, reason=reason,
            )  # fmt: skip
            return
        self._check(place, part, seen)
        if known is None:
            raise DomainError(_("Buổi này chưa điểm danh."))
        actions.override(
            actor, Sheet(pk=known.id), entries=[_entry(int(part), value)], reason=reason,
            seen={int(part): (seen or [""])[0]},
        )  # fmt: skip

    def _check(self, place: Key, part: str, seen: Value) -> None:
        """Raise Conflict when the pupil's mark is not what the page showed, minutes and note included."""
        known = queries.all_sheet(place.classroom_id, place.day, place.session, place.period)
        rows = queries.all_marks(known.id if known else 0, place.classroom_id, place.day)
        row = next((row for row in rows if row.enrolment_id == int(part)), None)
        if row is None:
            raise DomainError(_("Em không có trong lớp ngày hôm đó."))
        if ([row.code, row.minutes, row.note] if row.code else PRESENT) != seen:
            raise Conflict(_("Em vừa được ghi khác đi. Xem lại hai giá trị rồi chọn."))


ROLLS = Rolls()


def _place(key: str, part: str) -> Key:
    place = parsed(key)
    if place is None or not (part.isascii() and part.isdigit()):
        raise DomainError(_("Không còn buổi điểm danh này."))
    return place


def _entry(pk: int, mark: Sequence[Any]) -> Entry:
    return Entry(pk, *mark) if mark else Entry(pk, "")


def _days(room: Room, first: date, last: date) -> list[list[Any]]:
    """The days on which roll is called, with their sessions and periods."""
    days = []
    day = first
    while day <= last:
        called = [
            [session, period]
            for session in room.sessions(day)
            for period in (
                range(1, PERIODS + 1) if session in rules.TEACHING and room.plan(day).by_period else (0,)
            )
        ]
        if called:
            days.append([f"{day}", called])
        day += timedelta(days=1)
    return days


def _prefill(rolls: dict[str, Any], days: Sequence[Sequence[Any]], leaves: Sequence[Sequence[Any]]) -> None:
    """Who is on granted leave stands as P in rolls that nobody took."""
    for pk, *span in leaves:
        leave = rules.Leave(*span)
        for day, called in days:
            for session, period in called:
                if not leave.covers(date.fromisoformat(day), session):
                    continue
                roll = rolls.setdefault(f"{day}.{session}.{period}", {"taken": False, "marks": {}})
                if not roll["taken"]:
                    roll["marks"].setdefault(str(pk), [rules.EXCUSED, None, ""])


def _know_leaves(roll: Roll, marks: dict[int, list[Any]]) -> None:
    """Turn K into P where a leave was granted that the device did not know."""
    lost = [pk for pk, mark in marks.items() if mark and mark[0] == rules.UNEXCUSED]
    if not lost:
        return
    for pk, *span in fetch(_LEAVE_OF, [lost, roll.key.day, roll.key.day]):
        if rules.Leave(*span).covers(roll.key.day, roll.key.session):
            marks[pk] = [rules.EXCUSED, None, marks[pk][2]]


def _late(roll: Roll) -> tuple[str, Kind]:
    if not roll.may_now:
        return _("Thầy cô không còn phụ trách lớp này. Nhà trường sẽ xét."), Kind.MOVED
    return _("Buổi này không sửa được nữa khi máy nối lại. Nhà trường sẽ xét."), Kind.LATE


def _waiting(one: Asked, message: str, kind: Kind, ends: frozenset[str]) -> Outcome:
    """A whole roll that a head has to look at."""
    wait = Wait(kind, one.entry.value, None, None, message=message)
    return Outcome(Verdict.LATE, None, message, (wait,), ends)


def _left(gone: Sequence[int]) -> str:
    return _("Có em không còn trong lớp ngày hôm đó; nhà trường sẽ xét.") if gone else ""


def _gone(pk: int, mark: list[Any]) -> Wait:
    return Wait(Kind.LATE, mark, None, PRESENT, str(pk), message=_("Em không có trong lớp ngày hôm đó."))


def _show(value: Value, part: str) -> str:
    """A pupil's mark, or a whole roll, in words."""
    if part:
        if not value:
            return _("Có mặt")
        label = str(Code(value[0]).label)
        return f"{label} {value[1]}′" if value[1] else label
    if value is None:
        return _("Chưa điểm danh")
    roll = read_roll(value) or {}
    counts = rules.counts_of(mark[0] for mark in roll.values())
    said = [f"{Code(code).label}: {count}" for code, count in counts.items() if count]
    return ", ".join(said) or _("Có mặt cả lớp")
