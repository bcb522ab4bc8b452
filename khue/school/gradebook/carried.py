"""The gradebook without a line: own sheets of the term go along, cells come back and are entered as on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError
from khue.kernel.offline.declare import Asked, Cellname, Home, Outcome, Packed, Place, Wait
from khue.kernel.offline.merge import Cell, Judged, Value, Verdict, judge
from khue.kernel.offline.models import Kind as HeldKind
from khue.kernel.statements import fetch
from khue.registry.calendar.queries import all_year_now
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.actions.carried import accept_carried, told
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.models import OF_CLASS
from khue.school.gradebook.plan import COMMENT
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.queries.frames import all_frames
from khue.school.gradebook.queries.history import last_changes
from khue.school.gradebook.queries.sheets import shelf
from khue.school.gradebook.rules import typed

_KEY: Final = re.compile(r"([1-9]\d{0,11})\.([1-9]\d{0,11})\.(\d{1,2}|nx)", re.ASCII)
_PUPILS = """
select e.classroom_id, e.id, p.full_name from roster_enrolment e join people_person p on p.id = e.person_id
where e.classroom_id = any(%s) and e.status = any(%s) order by e.classroom_id, e.sort_key, e.id
"""
_MARKS = "select sheet_id, enrolment_id, marks, comment from gradebook_mark_row where sheet_id = any(%s)"
_LOCK = "select id from gradebook_sheet where id = %s for update"
_HELD = """
select a.sheet_id, a.enrolment_id, p.full_name, m.marks, m.comment
from unnest(%s::bigint[], %s::bigint[]) as a(sheet_id, enrolment_id)
left join roster_enrolment e on e.id = a.enrolment_id left join people_person p on p.id = e.person_id
left join gradebook_mark_row m on m.sheet_id = a.sheet_id and m.enrolment_id = a.enrolment_id
"""
LONGEST: Final = 500  # letters of a comment
_NOTE: Final = -1  # the slot of the comment where a number is wanted

Key = tuple[int, int, int]  # sheet, enrolment, slot; _NOTE for the comment


def parsed(key: str) -> Key | None:
    """The parts of a key."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    return int(match[1]), int(match[2]), _NOTE if match[3] == COMMENT else int(match[3])


class Marks:
    """Collection gradebook.marks; a key is `sheet.enrolment.slot` or `sheet.enrolment.nx`."""

    name = "gradebook.marks"
    entering = ("gradebook.enter", "gradebook.enter_class")

    @property
    def label(self) -> str:
        """As pages name it."""
        return _("Sổ điểm")

    # --- along ------------------------------------------------------------------------
    def pack(self, actor: Actor) -> Packed:
        """The actor's own sheets of today's term with what they hold; six statements."""
        year = all_year_now(None)
        own = [line.id for line in shelf(actor, year.value).own] if year is not None else []
        frames = [frame for frame in all_frames(own).values() if not frame.is_year_closed]
        frames.sort(key=lambda frame: own.index(frame.id))
        if not frames:
            return Packed({}, [])
        classes: dict[str, dict[str, Any]] = {
            str(frame.classroom_id): {"name": frame.class_name, "pupils": []} for frame in frames
        }
        for classroom_id, pk, name in fetch(_PUPILS, [[int(one) for one in classes], list(OF_CLASS)]):
            classes[str(classroom_id)]["pupils"].append([pk, name])
        pupils = {pk for one in classes.values() for pk, _name in one["pupils"]}
        rows: dict[int, dict[str, Any]] = {frame.id: {} for frame in frames}
        by_id = {frame.id: frame for frame in frames}
        for sheet_id, pk, marks, comment in fetch(_MARKS, [list(rows)]):
            if pk in pupils:
                values = [
                    marks[column.slot] if column.slot < len(marks) else None
                    for column in by_id[sheet_id].columns
                ]
                rows[sheet_id][str(pk)] = [values, comment or ""]
        return Packed(
            {
                "typed": _WORDS, "most": _MOST, "classes": classes,
                "sheets": [_sheet(frame, rows[frame.id]) for frame in frames],
            },
            [frame.id for frame in frames],
        )  # fmt: skip

    # --- back -------------------------------------------------------------------------
    def group(self, key: str) -> str:
        """The sheet."""
        place = parsed(key)
        return str(place[0]) if place else ""

    def covers(self, rights: list[Any], key: str) -> bool:
        """Whether the sheet went along for writing."""
        place = parsed(key)
        return place is not None and place[0] in rights

    def apply(self, actor: Actor, group: str, asked: Sequence[Asked]) -> tuple[Home | None, list[Outcome]]:
        """Judge each cell against the sheet, which is locked here; write what may be by the page's own action."""
        if not fetch(_LOCK, [int(group)]):
            return None, [_nowhere()] * len(asked)
        found = queries.all_frame(int(group))
        rows = {row.enrolment_id: row for row in queries.all_rows(found)}
        columns = queries.all_slots_of(found.columns)
        may_now = queries.may_enter(actor, found)
        judged: list[Outcome | Judged] = []
        places: list[Key] = []
        for one in asked:
            place = parsed(one.entry.key)
            row, slot = (rows.get(place[1]), place[2]) if place else (None, 0)
            places.append(place or (0, 0, 0))
            if row is None or (slot != _NOTE and slot not in columns):
                judged.append(_left() if row is None and place and place[1] else _nowhere())
                continue
            problem = _impossible(columns.get(slot), one.entry.value)
            if problem:
                judged.append(Outcome(Verdict.REFUSED, _now(row, slot) if may_now else None, problem))
                continue
            cell = Cell(
                _now(row, slot), one.could_then, may_now, _is_locked(found, columns.get(slot), row.enrolment_id),
                one.waiting.get(""),
            )  # fmt: skip
            judged.append(judge(_clean(one.entry.value, slot), _clean(one.entry.seen, slot), cell))
        refused = self._write(actor, found, asked, places, judged) if may_now else {}
        changes = self._others(found, places, judged)
        return _home(found), [
            one
            if isinstance(one, Outcome)
            else _outcome(found, asked[n], places[n], one, rows, refused, changes, may_now)
            for n, one in enumerate(judged)
        ]  # fmt: skip

    def _write(
        self, actor: Actor, found: Frame, asked: Sequence[Asked], places: Sequence[Key],
        judged: Sequence[Outcome | Judged],
    ) -> dict[tuple[int, int], str]:  # fmt: skip
        """Write what applies; gives what was refused after all, with why."""
        wanted, remarks = [], []
        for one, (_sheet, enrolment, slot), verdict in zip(asked, places, judged, strict=True):
            if isinstance(verdict, Outcome) or verdict.verdict is not Verdict.APPLY:
                continue
            if slot == _NOTE:
                text = str(one.entry.value or "")
                remarks.append(actions.Remark(enrolment, str(verdict.seen or ""), text))
            else:
                wanted.append(actions.Cell(enrolment, slot, verdict.seen, one.entry.value))
        if not wanted and not remarks:
            return {}
        enter = actions.enter_class_marks if found.is_homeroom else actions.enter_marks
        outcome = enter(actor, queries.target(found), cells=wanted, remarks=remarks, source=cells.CARRIED)
        if outcome.clashes:
            raise Conflict(_("Ô này vừa có thay đổi. Xem lại hai giá trị rồi chọn."))
        return {(one.enrolment_id, one.slot): one.message for one in outcome.refusals}

    def _others(
        self, found: Frame, places: Sequence[Key], judged: Sequence[Outcome | Judged]
    ) -> dict[tuple[int, int], Any]:
        """Who wrote last where values clash."""
        wanted = [
            places[n][1:]
            for n, one in enumerate(judged)
            if isinstance(one, Judged) and one.verdict in (Verdict.CLASH, Verdict.LATE)
        ]
        return last_changes(found, wanted)

    # --- decided by a person ------------------------------------------------------------
    def describe(self, names: Sequence[Cellname]) -> dict[tuple[str, str], Place]:
        """Cells in words: `Toán, lớp 8A3`, `Nguyễn Văn An · Giữa kì`; two statements."""
        places = [(one, place) for one in names if (place := parsed(one.key)) is not None]
        frames = all_frames({place[0] for _one, place in places})
        asked = sorted({place[:2] for _one, place in places})
        held: dict[tuple[int, int], tuple[str, list[int | None], str]] = {
            (sheet, pk): (name or "", marks or [], comment or "")
            for sheet, pk, name, marks, comment in fetch(
                _HELD, [[sheet for sheet, _pk in asked], [pk for _sheet, pk in asked]]
            )
        }
        told_of = {}
        for one, (sheet, enrolment, slot) in places:
            found = frames.get(sheet)
            column = queries.all_slots_of(found.columns).get(slot) if found else None
            if found is None or (column is None and slot != _NOTE):
                continue
            pupil, marks, comment = held[sheet, enrolment]
            now: Value = comment if column is None else marks[slot] if slot < len(marks) else None
            label = column.title if column is not None else _("Nhận xét")
            told_of[one.key, one.part] = Place(
                title=found.title,
                detail=f"{pupil} · {label}",
                url=reverse("gradebook:sheet", args=[sheet]),
                now=now,
                now_text=_show(column, now),
                mine_text=_show(column, one.mine),
                theirs_text=_show(column, one.theirs),
                is_locked=_is_locked(found, column, enrolment),
            )
        return told_of

    def read(self, key: str, part: str, text: str) -> Value:
        """A cell as it is typed in the grid; raises DomainError with the grid's own words."""
        place = parsed(key)
        found = all_frames([place[0]]).get(place[0]) if place else None
        if place is None or found is None:
            raise DomainError(_("Sổ không còn ô này."))
        if place[2] == _NOTE:
            return _clean(text, _NOTE)
        column = queries.all_slots_of(found.columns).get(place[2])
        if column is None:
            raise DomainError(_("Sổ không còn ô này."))
        given = cells.read(column, text)
        if given.refusal:
            raise DomainError(str(given.refusal))
        if given.question is not None:
            shown = cells.show(column, given.question)
            raise DomainError(_("Gõ “%(meant)s” nếu muốn ghi như vậy.") % {"meant": shown})
        return given.value

    def settle(self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int) -> None:
        """Write the chosen value by the page's own action."""
        found, wanted, remarks = _put(key, seen, value)
        enter = actions.enter_class_marks if found.is_homeroom else actions.enter_marks
        told(enter(actor, queries.target(found), cells=wanted, remarks=remarks, source=cells.CARRIED))

    def accept(
        self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int, reason: str,
    ) -> None:  # fmt: skip
        """Write it by a head, in a cell that an unlock has opened."""
        found, wanted, remarks = _put(key, seen, value)
        accept_carried(
            actor, queries.target(found), cells_put=wanted, remarks=remarks, author=author, reason=reason
        )


MARKS = Marks()

_MOST: Final = {
    "mark": 100,
    "test": 100,
    "measure": cells.MOST[Kind.MEASURE],
    "count": cells.MOST[Kind.COUNT],
}
_WORDS: Final[dict[str, dict[str, int]]] = {
    **{str(kind): dict(words) for kind, words in cells._KIND_WORDS.items()},
    str(Kind.MARK): dict(typed._STATE_WORDS),
    str(Kind.TEST): dict(typed._STATE_WORDS),
    str(Kind.PASS): {**typed._STATE_WORDS, **typed._COMMENT_WORDS},
}


def _nowhere() -> Outcome:
    return Outcome(Verdict.REFUSED, message=_("Máy này chưa mang chỗ đó theo, nên không ghi được."))


def _left() -> Outcome:
    return Outcome(Verdict.REFUSED, message=_("Em này không còn trong lớp."))


def _sheet(found: Frame, rows: Mapping[str, Any]) -> dict[str, Any]:
    """A sheet as the device reads it."""
    days = found.locks.days
    remark = days.get(COMMENT) if not found.is_homeroom else None
    return {
        "id": found.id,
        "classroom": found.classroom_id,
        "title": found.subject_name or found.kind_label,
        "term": found.term,
        "columns": [
            [
                column.slot, str(column.label), str(column.title), str(column.kind),
                f"{days[column.code].locks_on:%Y-%m-%d}", found.locks.is_locked(column),
            ]
            for column in found.columns
        ],
        "comment": [f"{remark.locks_on:%Y-%m-%d}", not found.locks.may_remark()] if remark else None,
        "rows": rows,
    }  # fmt: skip


def _now(row: Row, slot: int) -> Value:
    return row.comment if slot == _NOTE else row.marks[slot]


def _clean(value: Value, slot: int) -> Value:
    return cells.clean(str(value or "")) if slot == _NOTE else value


def _impossible(column: Column | None, value: Value) -> str:
    """Why a value can stand in no such cell, whoever writes it; empty when it can."""
    if column is None:
        is_good = value is None or (isinstance(value, str) and len(_clean(value, _NOTE)) <= LONGEST)
        return "" if is_good else _("Nhận xét dài nhất 500 chữ.")
    is_number = value is None or (isinstance(value, int) and not isinstance(value, bool))
    if is_number and actions.marks.is_possible(column, value):
        return ""
    return _("Giá trị này không ghi được vào cột %(column)s.") % {"column": column.label}


def _is_locked(found: Frame, column: Column | None, enrolment_id: int) -> bool:
    if column is None:
        return not found.locks.may_remark(enrolment_id)
    return not found.locks.may_write(column, enrolment_id)


def _home(found: Frame) -> Home:
    entering = "gradebook.enter_class" if found.is_homeroom else "gradebook.enter"
    return Home(
        found.school_id,
        entering,
        classroom_id=found.classroom_id if found.is_homeroom else None,
        course_id=found.course_id,
    )


def _outcome(
    found: Frame, one: Asked, place: Key, judged: Judged, rows: Mapping[int, Row],
    refused: Mapping[tuple[int, int], str], changes: Mapping[tuple[int, int], Any], may_now: bool,
) -> Outcome:  # fmt: skip
    """A verdict with what the device is told and what a person has to decide."""
    _sheet_id, enrolment, slot = place
    now = _now(rows[enrolment], slot)
    value = _clean(one.entry.value, slot)
    ends = frozenset({""}) if judged.replaces else frozenset()
    verdict = judged.verdict
    if verdict is Verdict.APPLY:
        problem = refused.get((enrolment, slot))
        if problem is None:
            return Outcome(verdict, value, ends=ends)
        return Outcome(Verdict.REFUSED, now, problem)
    if verdict in (Verdict.SAME, Verdict.REFUSED):
        return Outcome(
            verdict, now if may_now else None, ends=ends if verdict is Verdict.SAME else frozenset()
        )
    change = changes.get((enrolment, slot))
    message, kind = _why(found, slot, verdict, may_now)
    wait = Wait(
        kind, value, judged.seen, now, theirs_by=(change.who or change.capacity) if change else "",
        theirs_at=change.at if change else None, message=message,
    )  # fmt: skip
    return Outcome(verdict, now if may_now else None, message, (wait,), ends)


def _why(found: Frame, slot: int, verdict: Verdict, may_now: bool) -> tuple[str, HeldKind]:
    if not may_now:
        return _("Thầy cô không còn phụ trách sổ này. Nhà trường sẽ xét."), HeldKind.MOVED
    if verdict is Verdict.LATE:
        return _("Cột đã khóa khi máy nối lại. Nhà trường sẽ xét."), HeldKind.LATE
    return _("Ô này đã có người khác ghi. Cả hai giá trị đang chờ chọn."), HeldKind.CLASH


def _show(column: Column | None, value: Value) -> str:
    if column is None:
        return str(value or "")
    return cells.show(column, value) if value is None or isinstance(value, int) else ""


def _put(key: str, seen: Value, value: Value) -> tuple[Frame, list[actions.Cell], list[actions.Remark]]:
    """One cell as the actions take it."""
    place = parsed(key)
    found = all_frames([place[0]]).get(place[0]) if place else None
    if place is None or found is None:
        raise DomainError(_("Sổ không còn ô này."))
    if place[2] == _NOTE:
        return found, [], [actions.Remark(place[1], str(seen or ""), str(value or ""))]
    if not (seen is None or isinstance(seen, int)) or not (value is None or isinstance(value, int)):
        raise DomainError(_("Giá trị này không ghi được."))
    return found, [actions.Cell(place[1], place[2], seen, value)], []
