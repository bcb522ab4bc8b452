"""The marks of one pupil in every subject: one statement for whose they are, one for all sheets of both terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import TODAY, fetch
from khue.registry.roster.models import Classroom
from khue.school.gradebook.layout import Column, columns_of
from khue.school.gradebook.models import SheetKind

_FIELDS = """
select e.id, e.person_id, p.full_name, p.given_name, e.year_id, e.classroom_id, coalesce(k.name, ''),
       coalesce(k.level, e.level), coalesce(k.grade, e.grade), u.name, e.is_current,
       (select json_agg(json_build_array(x.term, x.rule_set, x.learning, x.conduct, x.absences, x.award, x.outcome,
          x.subjects, x.retest_learning, x.summer_conduct) order by x.term)
          from gradebook_result x where x.enrolment_id = e.id and x.is_approved),
       (select json_agg(json_build_array(t.number, t.starts_on, t.ends_on) order by t.number)
          from calendar_term t where t.year_id = e.year_id)
from roster_enrolment e
join people_person p on p.id = e.person_id
join org_unit u on u.id = e.school_id
left join roster_classroom k on k.id = e.classroom_id
"""
_OF_PEOPLE = f"{_FIELDS} where e.person_id = any(%s) order by p.sort_key, p.id, e.year_id desc, e.id desc"
_ONE = f"{_FIELDS} where e.id = %s"

_MARKS = f"""
select s.id, s.kind, s.term, s.rule_set, s.regular, s.has_topic, s.published, s.published_at,
       coalesce(c.subject_id, ''), coalesce(j.name, ''), coalesce(c.assessed_by, ''), coalesce(j."order", 999),
       r.marks, r.sources, coalesce(r.comment, ''), r.average,
       (select json_build_array(p.full_name, p.given_name, p.sex) from curriculum_teaching_assignment a
          join people_person p on p.id = a.teacher_id where a.course_id = c.id and a.starts_on <= {TODAY}
          order by a.ends_on > {TODAY} desc, a.role = 'main' desc, a.starts_on desc limit 1)
from gradebook_sheet s
left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
left join gradebook_mark_row r on r.sheet_id = s.id and r.enrolment_id = %s
where s.classroom_id = %s
order by s.term, coalesce(j."order", 999), j.code, s.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Approved:
    """What the head approved for a pupil in a term, or in the year (0)."""

    term: int
    rule_set: str
    learning: str
    conduct: str
    absences: int | None
    award: str
    outcome: str
    subjects: dict[str, Any]
    retest_learning: str
    summer_conduct: str


@dataclass(frozen=True)
class Place:
    """One pupil in one school year: where, with the results that are approved."""

    enrolment_id: int
    person_id: int
    name: str
    given_name: str
    year: int
    classroom_id: int | None
    class_name: str
    level: str
    grade: int
    school_name: str
    is_current: bool
    approved: tuple[Approved, ...]
    terms: tuple[tuple[int, date, date], ...]

    @property
    def year_label(self) -> str:
        """`2026-2027`."""
        return f"{self.year}-{self.year + 1}"

    def result(self, term: int) -> Approved | None:
        """The approved result of a term, or of the year (0)."""
        return next((one for one in self.approved if one.term == term), None)

    def term_on(self, day: date) -> int:
        """The term of a day: the last that has begun."""
        begun = [number for number, starts, _ends in self.terms if starts <= day]
        return begun[-1] if begun else 1


@dataclass(frozen=True)
class PupilSheet:
    """One sheet with the row of one pupil."""

    id: int
    kind: str
    term: int
    rule_set: str
    regular: int
    has_topic: bool
    published: int
    published_at: datetime | None
    subject: str
    subject_name: str
    assessed_by: str
    order: int
    marks: tuple[int | None, ...]
    sources: str
    comment: str
    average: int | None
    teacher: tuple[str, str, int | None] | None  # full name, given name, sex
    grade: int

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order in which they are shown."""
        is_scored = self.assessed_by == "marks" or self.kind != SheetKind.SUBJECT
        return columns_of(
            self.rule_set, self.kind, grade=self.grade, subject=self.subject, term=self.term, regular=self.regular,
            has_topic=self.has_topic, is_scored=is_scored,
        )  # fmt: skip

    def value(self, slot: int) -> int | None:
        """The cell of a slot."""
        return self.marks[slot] if slot < len(self.marks) else None


def _place(row: tuple[Any, ...]) -> Place:
    approved = tuple(Approved(*one) for one in row[11] or ())
    terms = tuple((n, date.fromisoformat(a), date.fromisoformat(b)) for n, a, b in row[12] or ())
    values = [*row[:11], approved, terms]
    return Place(*values)


def own_places(actor: Actor, only: int | None = None) -> list[Place]:
    """The actor's own children, or the actor as a pupil, or only one of them: every school year, newest first."""
    own = actor.reach("gradebook.view_own").person_ids
    people = [one for one in own if only is None or one == only]
    return [_place(row) for row in fetch(_OF_PEOPLE, [list(people)])] if people else []


def pupil_place(actor: Actor, enrolment_id: int) -> Place | None:
    """A pupil of a class whose results the actor may see; None when there is none."""
    rows = fetch(_ONE, [enrolment_id])
    if not rows:
        return None
    found = _place(rows[0])
    if found.classroom_id is None:
        return None
    rooms = Classroom.objects.visible_to(actor, "gradebook.view_results")
    return found if rooms.filter(pk=found.classroom_id).exists() else None


def all_pupil_place(enrolment_id: int) -> Place | None:
    """A pupil in a school year whoever asks: for what a school makes of its own pupil."""
    rows = fetch(_ONE, [enrolment_id])
    return _place(rows[0]) if rows else None


def all_pupil_sheets(place: Place) -> list[PupilSheet]:
    """Every sheet of the pupil's class with the pupil's row, published or not: the caller has a place by right."""
    if place.classroom_id is None:
        return []
    found = []
    for row in fetch(_MARKS, [place.enrolment_id, place.classroom_id]):
        teacher = (row[16][0], row[16][1], row[16][2]) if row[16] else None
        values = [*row[:12], tuple(row[12] or ()), row[13] or "", *row[14:16], teacher, place.grade]
        found.append(PupilSheet(*values))
    return found


_LATEST = f"""
select e.person_id, p.given_name, k.id, k.name, k.grade, x.id, x.kind, x.term, x.rule_set, x.regular, x.has_topic,
       x.published, x.published_at, coalesce(c.subject_id, ''), coalesce(j.short_name, ''), coalesce(c.assessed_by, ''),
       x.marks, coalesce(x.comment, ''),
       (select json_build_array(t.full_name, t.given_name, t.sex) from curriculum_teaching_assignment a
          join people_person t on t.id = a.teacher_id where a.course_id = c.id and a.starts_on <= {TODAY}
          order by a.ends_on > {TODAY} desc, a.role = 'main' desc, a.starts_on desc limit 1)
from roster_enrolment e
join people_person p on p.id = e.person_id
join roster_classroom k on k.id = e.classroom_id
cross join lateral (
  select s.id, s.kind, s.term, s.rule_set, s.regular, s.has_topic, s.published, s.published_at, s.course_id, r.marks,
         r.comment
  from gradebook_sheet s join gradebook_mark_row r on r.sheet_id = s.id and r.enrolment_id = e.id
  where s.classroom_id = k.id and s.published <> 0 and s.kind <> 'conduct' and s.published_at >= %s
  order by s.published_at desc, s.id desc limit 5
) x
left join curriculum_course c on c.id = x.course_id
left join curriculum_subject j on j.code = c.subject_id
where e.person_id = any(%s) and e.is_current
order by x.published_at desc, x.id desc
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Latest:
    """A sheet published lately, with the row of an own child."""

    person_id: int
    given_name: str
    classroom_id: int
    class_name: str
    sheet: PupilSheet


def latest(actor: Actor, since: datetime) -> list[Latest]:
    """What was published of the actor's own children since a moment, newest first, five a child; one statement."""
    people = actor.reach("gradebook.view_own").person_ids
    if not people:
        return []
    found = []
    for row in fetch(_LATEST, [since, list(people)]):
        person, given, room, name, grade, *rest = row
        teacher = (rest[13][0], rest[13][1], rest[13][2]) if rest[13] else None
        values = [*rest[:11], 0, tuple(rest[11] or ()), "", rest[12], None, teacher, grade]
        found.append(Latest(person, given, room, name, PupilSheet(*values)))
    return found


def all_today() -> date:
    """The day of the province."""
    return timezone.localdate()
