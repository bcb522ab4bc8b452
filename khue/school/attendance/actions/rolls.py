"""Writing rolls: a whole class at once, one pupil, what a head sets right with a reason, what a proof excuses.

The row of the class is locked by the action, so two people never write one roll at the same time: who comes second and
saw less gets a Conflict, nothing is written, and the page shows both. A handful of statements whatever the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.attendance import queries, rules
from khue.school.attendance.events import AbsenceFound, AbsenceMended, RollTaken
from khue.school.attendance.models import Mark, Revision, Sheet, Source
from khue.school.attendance.queries import MarkRow, Room, SheetRow
from khue.school.attendance.rules import Window

COUNTS = ["expected", "excused", "unexcused", "late", "early", "activity"]
TAKEN = ["taken_at", "taken_by_id", "source"]
MARK = ["code", "minutes", "note", "source", "leave_id", "set_at"]
NEW_MARK = ["sheet_id", "enrolment_id", "day", "session", "period", *MARK]
REVISION = ["sheet_id", "enrolment_id", "before", "after", "by_id", "capacity", "source", "reason", "at"]
LONGEST_NOTE = 200
_LEAVES = """
select l.enrolment_id, l.id, l.from_day, l.from_session, l.to_day, l.to_session from attendance_leave_request l
where l.enrolment_id = any(%s) and l.state = 'granted' and l.from_day <= %s and l.to_day >= %s
order by l.id
"""
# Who sets right a past roll locks the sheet, who takes one the class: they meet here.
_LOCK = "select version from attendance_sheet where id = %s for update"


@dataclass(frozen=True, slots=True)
class Entry:
    """A pupil who was not simply there: what was noted, how many minutes, a word."""

    enrolment_id: int
    code: str
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A roll as it stands after an action."""

    sheet_id: int
    version: int
    expected: int
    counts: Mapping[str, int]
    changed: int
    classroom: str  # its name

    @property
    def present(self) -> int:
        """Pupils who were there."""
        return self.expected - self.counts[rules.EXCUSED] - self.counts[rules.UNEXCUSED]


@action("attendance.take_roll", permission="attendance.take")
def take_roll(
    work: Work, classroom: Classroom, *, day: date, session: str, period: int = 0, exceptions: Sequence[Entry] = (),
    version: int = 0, source: str = Source.PAGE,
) -> Taken:  # fmt: skip
    """Take or correct the roll of a class: everybody is there but the exceptions (rules/15 section 2).

    `version` is the one the writer saw, 0 where there was none. A roll carried from a device that nobody has taken is
    taken in until its week is closed. Raises Conflict when somebody wrote otherwise meanwhile, DomainError outside the
    window or on a day without this session.
    """
    found, known = queries.all_opening(classroom.pk, day, session, period)
    is_checkin = check_place(found, session, period)
    is_first = known is None or known.taken_at is None
    window = found.window(session, period)
    if not (window is Window.OVER and is_first and source == Source.CARRIED):
        _check_open(window, day)
    return _write(
        work, found, known, session, period, {one.enrolment_id: one for one in exceptions}, whole=True, version=version,
        source=source, is_checkin=is_checkin, is_late=window is not Window.ON_TIME,
    )  # fmt: skip


@action("attendance.take_late", permission="attendance.override")
def take_late(
    work: Work, classroom: Classroom, *, day: date, session: str, period: int = 0, exceptions: Sequence[Entry] = (),
    version: int = 0, reason: str,
) -> Taken:  # fmt: skip
    """Write a whole roll after its day, with a reason: what a head does when nobody took it."""
    work.reason = _reason(reason)
    found, known = queries.all_opening(classroom.pk, day, session, period)
    is_checkin = check_place(found, session, period)
    check_unlocked(found.window(session, period))
    return _write(
        work, found, known, session, period, {one.enrolment_id: one for one in exceptions}, whole=True, version=version,
        source=Source.OFFICE, is_checkin=is_checkin, is_late=True,
    )  # fmt: skip


@action("attendance.set_mark", permission="attendance.take")
def set_mark(
    work: Work, classroom: Classroom, *, day: date, session: str, period: int = 0, entries: Sequence[Entry],
    seen: Mapping[int, str] | None = None, source: str = Source.PAGE,
) -> Taken:  # fmt: skip
    """Set some pupils' marks at a roll that was taken, on its day; an empty code: the pupil was there.

    `seen` holds the codes the writer saw. Raises Conflict when one of them is another by now.
    """
    found, known = _taken(classroom.pk, day, session, period)
    _check_open(found.window(session, period), day)
    return _write(
        work,
        found,
        known,
        session,
        period,
        {one.enrolment_id: one for one in entries},
        seen=seen,
        source=source,
    )


@action("attendance.override")
def override(
    work: Work, sheet: Sheet, *, entries: Sequence[Entry], reason: str, seen: Mapping[int, str] | None = None
) -> Taken:
    """Set right what a roll says, with a reason; both values stay in its history. Refused in a closed span (T4)."""
    work.reason = _reason(reason)
    found, known = _taken(sheet.classroom_id, sheet.day, sheet.session, sheet.period)
    check_unlocked(found.window(sheet.session, sheet.period))
    return _write(
        work, found, known, sheet.session, sheet.period, {one.enrolment_id: one for one in entries}, seen=seen,
        source=Source.OFFICE,
    )  # fmt: skip


@action("attendance.excuse", permission="attendance.answer_leave")
def excuse(work: Work, sheet: Sheet, *, enrolment_id: int, proof: str) -> Taken:
    """Turn an absence without leave into one with leave, by a proof, within three school days (rules/15 section 2)."""
    work.reason = _reason(proof)
    found, known = _taken(sheet.classroom_id, sheet.day, sheet.session, sheet.period)
    check_unlocked(found.window(sheet.session, sheet.period))
    days = found.settings["attendance.proof_days"]
    if not rules.may_excuse(sheet.day, timezone.localdate(), found.is_school_day, days):
        raise DomainError(
            _("Quá %(days)s ngày học kể từ ngày vắng nên không chuyển thành có phép được nữa.")
            % {"days": days}
        )
    entry = Entry(enrolment_id, rules.EXCUSED, None, work.reason[:LONGEST_NOTE])
    return _write(
        work, found, known, sheet.session, sheet.period, {enrolment_id: entry},
        seen={enrolment_id: rules.UNEXCUSED}, source=Source.PAGE,
    )  # fmt: skip


def apply_leave(
    work: Work,
    found: Room,
    sheet: SheetRow,
    session: str,
    period: int,
    enrolment_ids: Iterable[int],
    leave_id: int,
) -> None:
    """What a granted leave does to a roll that was taken: K becomes P; inside an action that has checked."""
    entries = {pk: Entry(pk, rules.EXCUSED) for pk in enrolment_ids}
    _write(
        work,
        found,
        sheet,
        session,
        period,
        entries,
        source=Source.LEAVE,
        leaves=dict.fromkeys(entries, leave_id),
    )


def all_wanted(
    found: Room, known: SheetRow | None, entries: Mapping[int, Entry]
) -> list[tuple[int, str, Entry]]:
    """What a roll as a teacher would have it changes: pupil, code now, entry wanted. Raises DomainError."""
    rows = queries.all_marks(known.id if known else 0, found.id, found.day)
    clean = {pk: _clean(one) for pk, one in entries.items()}
    if set(clean) - {row.enrolment_id for row in rows}:
        raise DomainError(_("Có em không còn trong lớp. Tải lại trang rồi điểm danh lại."))
    return [
        (row.enrolment_id, row.code, one)
        for row in rows
        for one in [clean.get(row.enrolment_id) or Entry(row.enrolment_id, "")]
        if (one.code, one.minutes, one.note) != _as_is(row)
    ]


def apply_correction(
    work: Work, found: Room, known: SheetRow | None, session: str, period: int,
    wanted: Iterable[tuple[int, str, Entry]], *, whole: bool,
) -> None:  # fmt: skip
    """What a granted request does to a past roll; inside an action that has checked. Raises Conflict."""
    entries = {pk: (before, one) for pk, before, one in wanted}
    _write(
        work, found, known, session, period, {pk: one for pk, (_before, one) in entries.items()}, whole=whole,
        version=0, seen={pk: before for pk, (before, _one) in entries.items()}, source=Source.OFFICE, is_late=True,
    )  # fmt: skip


def apply_check_in(work: Work, found: Room, sheet: SheetRow, session: str, enrolment_id: int) -> None:
    """What a check-in from home does to a roll that had the pupil missing; inside an action that has checked."""
    _write(work, found, sheet, session, 0, {enrolment_id: Entry(enrolment_id, "")}, source=Source.PAGE)


# --- the writing itself ---------------------------------------------------------------------------------------------


def _taken(classroom_id: int, day: date, session: str, period: int) -> tuple[Room, SheetRow]:
    """The frame and the sheet of a roll that was taken; raises DomainError when nobody took it."""
    found, known = queries.all_opening(classroom_id, day, session, period)
    if known is None or known.taken_at is None:
        raise DomainError(_("Buổi này chưa điểm danh."))
    return found, known


def _reason(text: str) -> str:
    clean = " ".join(text.split())[:300]
    if not clean:
        raise DomainError(_("Ghi lý do."), fields={"reason": _("Ghi lý do.")})
    return clean


def check_place(found: Room, session: str, period: int) -> bool:
    """Whether the roll is a check-in from home; raises DomainError where the day has no such session."""
    day = found.day
    is_checkin = session in found.home_sessions(day)
    if not is_checkin and session not in found.sessions(day):
        name = found.day_name(day)
        if name and not found.is_school_day(day):
            raise DomainError(
                _("Ngày %(day)s lớp nghỉ: %(name)s.") % {"day": f"{day:%d/%m/%Y}", "name": name}
            )
        raise DomainError(_("Ngày %(day)s lớp không học buổi này.") % {"day": f"{day:%d/%m/%Y}"})
    by_period = not is_checkin and session in rules.TEACHING and found.plan(day).by_period
    if by_period != (period > 0) or not 0 <= period <= rules.MOST_PERIODS:
        raise DomainError(
            _("Lớp điểm danh từng tiết: chọn tiết.")
            if by_period
            else _("Lớp điểm danh theo buổi, không theo tiết.")
        )
    return is_checkin


def _check_open(window: Window, day: date) -> None:
    check_unlocked(window)
    if window is Window.OVER:
        raise DomainError(
            _("Đã hết ngày %(day)s. Nhờ hiệu trưởng hoặc phó hiệu trưởng sửa, có ghi lý do.")
            % {"day": f"{day:%d/%m/%Y}"},
            code="late",
        )


def check_unlocked(window: Window) -> None:
    if window is Window.FUTURE:
        raise DomainError(_("Chưa đến ngày này nên chưa điểm danh được."))
    if window is Window.WEEK_CLOSED:
        raise DomainError(_("Tuần này đã chốt sổ điểm danh. Mở lại sổ rồi mới sửa được."), code="locked")
    if window is Window.MONTH_SIGNED:
        raise DomainError(_("Sổ điểm danh tháng này đã ký duyệt nên không sửa được."), code="locked")


def _clean(entry: Entry) -> Entry:
    if entry.code not in ("", *rules.CODES):
        raise DomainError(_("Chỉ ghi P, K, M, B hoặc T."))
    minutes = entry.minutes if entry.code in (rules.LATE, rules.EARLY) else None
    if minutes is not None and not 0 < minutes <= rules.MOST_MINUTES:
        raise DomainError(_("Số phút là số nguyên, từ 1 đến 300."))
    return Entry(entry.enrolment_id, entry.code, minutes, " ".join(entry.note.split())[:LONGEST_NOTE])


def _write(
    work: Work, found: Room, known: SheetRow | None, session: str, period: int, entries: Mapping[int, Entry], *,
    whole: bool = False, version: int | None = None, seen: Mapping[int, str] | None = None, source: str,
    is_checkin: bool = False, is_late: bool = False, leaves: Mapping[int, int] | None = None,
) -> Taken:  # fmt: skip
    """Write marks and counts of one sheet; `whole`: who is not among the entries was there."""
    if known is not None and fetch(_LOCK, [known.id]) != [(known.version,)]:
        raise Conflict(_("Buổi này vừa có người khác điểm danh. Xem hai bản rồi nộp lại."))
    rows = queries.all_marks(known.id if known else 0, found.id, found.day)
    pupils = {row.enrolment_id: row for row in rows}
    wanted = {pk: _clean(one) for pk, one in entries.items()}
    if set(wanted) - set(pupils):
        raise DomainError(_("Có em không còn trong lớp. Tải lại trang rồi điểm danh lại."))
    if whole:
        wanted = {pk: wanted.get(pk) or Entry(pk, "") for pk in pupils}
    changes = {
        pk: one for pk, one in wanted.items() if (one.code, one.minutes, one.note) != _as_is(pupils[pk])
    }
    is_first = known is None or known.taken_at is None
    if whole and (version or 0) != (known.version if known else 0) and (changes or is_first):
        raise Conflict(_("Buổi này vừa có người khác điểm danh. Xem hai bản rồi nộp lại."))
    if seen is not None and any(pupils[pk].code != seen.get(pk, pupils[pk].code) for pk in changes):
        raise Conflict(_("Có em vừa được ghi khác đi. Xem lại rồi ghi tiếp."))
    if leaves is None:
        away = (rules.EXCUSED, rules.UNEXCUSED) if is_first else (rules.EXCUSED,)
        leaves = _leaves(found.day, session, [pk for pk, one in changes.items() if one.code in away])
        # Whoever takes a roll may not have seen yet that leave was granted: it holds.
        changes |= {
            pk: replace(one, code=rules.EXCUSED)
            for pk, one in changes.items()
            if pk in leaves and one.code == rules.UNEXCUSED
        }
    after = {pk: (changes[pk].code if pk in changes else row.code) for pk, row in pupils.items()}
    counts = rules.counts_of(code for code in after.values() if code)
    numbers: list[Any] = [len(pupils), *(counts[code] for code in rules.CODES)]
    if not changes and not is_first:
        return Taken(known.id, known.version, len(pupils), counts, 0, found.name)  # type: ignore[union-attr]
    now = timezone.now()
    if known is None:
        sheet_id, new_version = (
            _make(work, found, session, period, numbers, now, source, is_checkin, is_late),
            1,
        )
    else:
        fields: list[str] = COUNTS
        before: list[Any] = [getattr(known, name) for name in COUNTS]
        if is_first:
            fields = [*COUNTS, *TAKEN]
            before += [known.taken_at, known.taken_by_id, known.source]
            numbers += [now, work.actor.person_id, source]
        work.change_many(Sheet, fields, {known.id: (before, numbers)}, is_touched=False)
        sheet_id, new_version = known.id, known.version + 1
    _write_marks(work, found, sheet_id, session, period, changes, pupils, leaves, source, now)
    if not is_first:
        capacity = (work.actor.capacity_label or work.actor.name)[:40]
        work.create_many(
            Revision, REVISION,
            [[sheet_id, pk, pupils[pk].code, one.code, work.actor.person_id, capacity, source, work.reason, now]
             for pk, one in changes.items() if pupils[pk].code != one.code],
            is_touched=False,
        )  # fmt: skip
    work.touch(f"attendance.sheet:{sheet_id}")
    work.note(day=f"{found.day:%Y-%m-%d}", session=session, period=period, source=source)
    _announce(
        work, found, sheet_id, session, changes, pupils, is_checkin or bool(known and known.is_checkin), now
    )
    return Taken(sheet_id, new_version, len(pupils), counts, len(changes), found.name)


def _as_is(row: MarkRow) -> tuple[str, int | None, str]:
    return row.code, row.minutes, row.note


def _make(
    work: Work, found: Room, session: str, period: int, numbers: Sequence[Any], now: datetime, source: str,
    is_checkin: bool, is_late: bool,
) -> int:  # fmt: skip
    is_main = not is_checkin and session == found.main(found.day)
    fields = ["classroom_id", "school_id", "campus_id", "day", "session", "period", "is_main", "is_checkin", "is_late",
              *COUNTS, *TAKEN]  # fmt: skip
    row = [found.id, found.school_id, found.campus_id, found.day, session, period, is_main, is_checkin, is_late,
           *numbers, now, work.actor.person_id, source]  # fmt: skip
    return work.create_many(Sheet, fields, [row], is_touched=False)[0]


def _write_marks(
    work: Work, found: Room, sheet_id: int, session: str, period: int, changes: Mapping[int, Entry],
    pupils: Mapping[int, MarkRow], leaves: Mapping[int, int], source: str, now: datetime,
) -> None:  # fmt: skip
    new: list[list[Any]] = []
    moved: dict[int, tuple[list[Any], list[Any]]] = {}
    gone: list[int] = []
    for pk, one in changes.items():
        row = pupils[pk]
        values = [one.code, one.minutes, one.note, source, leaves.get(pk), now]
        if not one.code:
            gone += [row.id] if row.id else []
        elif row.id is None:
            new.append([sheet_id, pk, found.day, session, period, *values])
        else:
            moved[row.id] = ([row.code, row.minutes, row.note, row.source, row.leave_id, None], values)
    work.remove_many(Mark, gone)
    work.change_many(Mark, MARK, moved, is_touched=False)
    work.create_many(Mark, NEW_MARK, new, is_touched=False)


def _leaves(day: date, session: str, enrolment_ids: Sequence[int]) -> dict[int, int]:
    """The granted leave that covers each pupil, by enrolment; asked only when somebody is away with leave."""
    if not enrolment_ids:
        return {}
    return {
        pk: leave
        for pk, leave, a, s, b, t in fetch(_LEAVES, [list(enrolment_ids), day, day])
        if rules.Leave(a, s, b, t).covers(day, session)
    }


def _announce(
    work: Work, found: Room, sheet_id: int, session: str, changes: Mapping[int, Entry], pupils: Mapping[int, MarkRow],
    is_checkin: bool, now: datetime,
) -> None:  # fmt: skip
    work.announce(RollTaken(sheet_id, found.id, found.day))
    if is_checkin or session not in rules.TEACHING:
        return
    lost = [pk for pk, one in changes.items() if one.code == rules.UNEXCUSED and pupils[pk].code != one.code]
    back = [
        pk
        for pk, one in changes.items()
        if pupils[pk].code == rules.UNEXCUSED and one.code not in rules.ABSENT
    ]
    if lost and found.day == timezone.localdate(now):
        work.announce(AbsenceFound(sheet_id, tuple(lost)))
    if back:
        work.announce(AbsenceMended(sheet_id, tuple(back)))
