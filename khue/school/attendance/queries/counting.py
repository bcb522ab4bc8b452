"""Absences that count: half-day sessions of the main plan with and without leave, and which classes keep their roll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from khue.kernel.settings_store.values import values_of
from khue.kernel.statements import fetch
from khue.school.attendance import rules
from khue.school.attendance.queries.frames import Room, all_rooms

# Every mark at a main session of a day, with the number of periods whose roll was taken in it.
_MARKS = """
select m.enrolment_id, t.number, s.day, s.session, json_agg(json_build_array(s.period, m.code)),
       (select count(*) from attendance_sheet o where o.classroom_id = s.classroom_id and o.day = s.day
          and o.session = s.session and o.period > 0 and o.taken_at is not null)
from attendance_mark m
join attendance_sheet s on s.id = m.sheet_id and s.is_main and not s.is_checkin and s.taken_at is not null
join roster_enrolment e on e.id = m.enrolment_id
join calendar_term t on t.year_id = e.year_id and s.day between t.starts_on and t.ends_on
where m.enrolment_id = any(%s) and m.code in ('P', 'K', 'M')
group by m.enrolment_id, t.number, s.classroom_id, s.day, s.session
"""
_TAKEN = """
select s.classroom_id, t.number, count(distinct s.day) from attendance_sheet s
join roster_classroom k on k.id = s.classroom_id
join calendar_term t on t.year_id = k.year_id and s.day between t.starts_on and t.ends_on
where s.classroom_id = any(%s) and s.is_main and not s.is_checkin and s.taken_at is not null group by 1, 2
"""
_PUPILS = "select id, classroom_id from roster_enrolment where classroom_id = any(%s)"
_TERMS = "select number, starts_on, ends_on from calendar_term where year_id = %s order by number"

Absences = tuple[int, int]  # with leave, without


@dataclass(frozen=True, slots=True)
class Kept:
    """What roll call says of a class: the terms in which it is kept here, and the absences in them."""

    terms: frozenset[int]
    absences: Mapping[tuple[int, int], Absences]  # (enrolment, term)

    def of(self, enrolment_id: int, term: int) -> Absences | None:
        """A pupil's half-day sessions of absence; None in a term whose roll is not kept here."""
        return self.absences.get((enrolment_id, term), (0, 0)) if term in self.terms else None


def all_absences(enrolment_ids: Sequence[int]) -> dict[tuple[int, int], Absences]:
    """Half-day sessions of absence by enrolment and term (rules/01 A8, rules/15 section 2); none: not in it."""
    if not enrolment_ids:
        return {}
    settings = values_of(["attendance.half_share", "attendance.lates_make_one"])
    share, lates = int(settings["attendance.half_share"]), int(settings["attendance.lates_make_one"])
    noted: dict[tuple[int, int], list[rules.Noted]] = {}
    for pk, term, day, session, marks, periods in fetch(_MARKS, [list(enrolment_ids)]):
        code = next((code for period, code in marks if period == 0), "")
        if not code:
            code = rules.session_code([one for _period, one in marks], periods, share)
        late = any(one == rules.LATE for _period, one in marks)
        noted.setdefault((pk, term), []).append(
            rules.Noted(day, session, code or (rules.LATE if late else ""))
        )
    return {key: rules.counted(marks, lates_make_one=lates) for key, marks in noted.items()}


def all_kept(classroom_ids: Sequence[int]) -> dict[int, Kept]:
    """What roll call says of classes by id, those that keep a term here only; five statements for all of them."""
    taken: dict[int, dict[int, int]] = {}
    for room, term, days in fetch(_TAKEN, [list(classroom_ids)]):
        taken.setdefault(room, {})[term] = days
    if not taken:
        return {}
    today = timezone.localdate()
    rooms = all_rooms(list(taken), today)
    known: dict[object, dict[int, int]] = {}
    found: dict[int, frozenset[int]] = {}
    for pk, room in rooms.items():
        own = any(row.classroom_id == pk for row in room.plans)
        key = (room.year_id, room.units, room.level, pk if own else 0)
        if key not in known:
            known[key] = _expected(room, today)
        kept = frozenset(
            term for term, days in taken[pk].items() if rules.is_kept(days, known[key].get(term, 0))
        )
        if kept:
            found[pk] = kept
    return _with_absences(found)


def _with_absences(found: Mapping[int, frozenset[int]]) -> dict[int, Kept]:
    pupils: dict[int, list[int]] = {}
    for pk, room in fetch(_PUPILS, [list(found)]) if found else ():
        pupils.setdefault(room, []).append(pk)
    absences = all_absences([pk for ids in pupils.values() for pk in ids])
    return {
        room: Kept(
            terms,
            {
                (pk, term): absences[pk, term]
                for pk in pupils.get(room, ())
                for term in terms
                if (pk, term) in absences
            },
        )
        for room, terms in found.items()
    }


def _expected(room: Room, today: date) -> dict[int, int]:
    """How many days of each term have had a main session until today (today left out: it is not over)."""
    counts: dict[int, int] = {}
    for number, first, last in _terms(room.year_id):
        end = min(last, today - timedelta(days=1))
        days = ((first + timedelta(days=n)) for n in range((end - first).days + 1))
        counts[number] = sum(bool(room.main(day)) for day in days)
    return counts


def _terms(year_id: int) -> Iterable[tuple[int, date, date]]:
    return [(number, first, last) for number, first, last in fetch(_TERMS, [year_id])]
