"""Absences that count: half-day sessions of the main plan with and without leave, and which classes keep their roll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils import timezone

from khue.kernel.settings_store.values import values_of
from khue.kernel.statements import fetch
from khue.school.attendance import rules
from khue.school.attendance.queries.frames import FRAME, SETTINGS, Room, all_room_of

# Every mark at a main session of a day, with the number of periods whose roll was taken in it.
_MARKS = """
select m.enrolment_id, e.classroom_id, t.number, s.day, s.session,
       json_agg(json_build_array(s.period, m.code)) as marks,
       (select count(*) from attendance_sheet o where o.classroom_id = s.classroom_id and o.day = s.day
          and o.session = s.session and o.period > 0 and o.taken_at is not null) as periods
from roster_enrolment e
join attendance_mark m on m.enrolment_id = e.id and m.code in ('P', 'K', 'M')
join attendance_sheet s on s.id = m.sheet_id and s.is_main and not s.is_checkin and s.taken_at is not null
join calendar_term t on t.year_id = e.year_id and s.day between t.starts_on and t.ends_on
where {which}
group by m.enrolment_id, e.classroom_id, t.number, s.classroom_id, s.day, s.session
"""
_OF_PUPILS = _MARKS.format(which="e.id = any(%s)")
# Classes of which a roll was taken, with their frame, the days whose roll was taken by term, and the marks.
_CALLING = "array(select classroom_id from taken)"
_KEPT = f"""
with taken as materialized (
  select d.classroom_id, json_agg(json_build_array(d.number, d.days)) as terms from (
    select s.classroom_id, t.number, count(distinct s.day) as days from attendance_sheet s
    join roster_classroom k on k.id = s.classroom_id
    join calendar_term t on t.year_id = k.year_id and s.day between t.starts_on and t.ends_on
    where s.classroom_id = any(%s) and s.is_main and not s.is_checkin and s.taken_at is not null group by 1, 2
  ) d group by 1
), noted as materialized (
  select n.classroom_id,
         json_agg(json_build_array(n.enrolment_id, n.number, n.day, n.session, n.marks, n.periods)) as marks
  from ({_MARKS.format(which=f"e.classroom_id = any({_CALLING})")}) n group by 1
), frame as materialized ({FRAME.format(ids=_CALLING)})
select t.terms, n.marks, f.* from frame f join taken t on t.classroom_id = f.id
left join noted n on n.classroom_id = f.id
"""  # noqa: S608 (our own words)

WEIGHT: Final = ("", rules.LATE, rules.EXCUSED, rules.UNEXCUSED)  # which of two marks of one session stands
Absences = tuple[int, int]  # with leave, without


@dataclass(frozen=True, slots=True)
class Kept:
    """What roll call says of a class: the terms in which it is kept here, and the absences in them."""

    terms: frozenset[int]
    absences: Mapping[tuple[int, int], Absences]  # (enrolment, term)

    def of(self, enrolment_id: int, term: int) -> Absences | None:
        """A pupil's half-day sessions of absence; None in a term whose roll is not kept here."""
        return self.absences.get((enrolment_id, term), (0, 0)) if term in self.terms else None

    def of_pupil(self, enrolment_id: int) -> dict[int, Absences]:
        """A pupil's absences by term, of the terms kept here."""
        return {term: self.absences.get((enrolment_id, term), (0, 0)) for term in self.terms}


def all_absences(enrolment_ids: Sequence[int]) -> dict[tuple[int, int], Absences]:
    """Half-day sessions of absence by enrolment and term (rules/01 A8, rules/15 section 2); none: not in it."""
    if not enrolment_ids:
        return {}
    settings = values_of(["attendance.half_share", "attendance.lates_make_one"])
    rows = fetch(_OF_PUPILS, [list(enrolment_ids)])
    noted = _noted(
        ((pk, term, *rest) for pk, _room, term, *rest in rows), int(settings["attendance.half_share"])
    )
    lates = int(settings["attendance.lates_make_one"])
    return {key: rules.counted(marks, lates_make_one=lates) for key, marks in noted.items()}


def _noted(rows: Iterable[Sequence[Any]], share: int) -> dict[tuple[int, int], list[rules.Noted]]:
    """By enrolment and term: the main sessions of which something was noted; noted in two classes it is one session."""
    noted: dict[tuple[int, int], dict[tuple[object, str], rules.Noted]] = {}
    for pk, term, day, session, marks, periods in rows:
        code = next((code for period, code in marks if period == 0), "")
        if not code:
            code = rules.session_code([one for _period, one in marks], periods, share)
        if not code and any(one == rules.LATE for _period, one in marks):
            code = rules.LATE
        of_pupil = noted.setdefault((pk, term), {})
        known = of_pupil.get((day, session))
        if known is None or WEIGHT.index(known.code) < WEIGHT.index(code):
            of_pupil[day, session] = rules.Noted(day, session, code)
    return {key: list(found.values()) for key, found in noted.items()}


def all_kept(classroom_ids: Sequence[int]) -> dict[int, Kept]:
    """What roll call says of classes by id, those that keep a term here only; one statement."""
    today = timezone.localdate()
    expected: dict[object, dict[int, int]] = {}
    found: dict[int, Kept] = {}
    for taken, marks, *row in fetch(_KEPT, [list(classroom_ids), list(SETTINGS), today, today, today]):
        room = all_room_of(row, today)
        pk = room.id
        own = any(row.classroom_id == pk for row in room.plans)
        key = (room.year_id, room.units, room.level, pk if own else 0)
        if key not in expected:
            expected[key] = _expected(room, today)
        kept = frozenset(term for term, days in taken if rules.is_kept(days, expected[key].get(term, 0)))
        if not kept:
            continue
        of_kept = (
            (who, term, date.fromisoformat(day), *rest)
            for who, term, day, *rest in marks or ()
            if term in kept
        )
        noted = _noted(of_kept, int(room.settings["attendance.half_share"]))
        lates = int(room.settings["attendance.lates_make_one"])
        found[pk] = Kept(
            kept, {key: rules.counted(days, lates_make_one=lates) for key, days in noted.items()}
        )
    return found


def _expected(room: Room, today: date) -> dict[int, int]:
    """How many days of each term have had a main session until today (today left out: it is not over)."""
    counts: dict[int, int] = {}
    for number, (first, last) in enumerate(sorted(room.terms), start=1):
        end = min(last, today - timedelta(days=1))
        days = (first + timedelta(days=n) for n in range((end - first).days + 1))
        counts[number] = sum(bool(room.main(day)) for day in days)
    return counts
