"""Lists of sheets: a teacher's own, a school's by class and subject; from the counters, never from the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import F
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.gradebook import plan
from khue.school.gradebook.layout import Column, columns_of
from khue.school.gradebook.models import Sheet, SheetKind
from khue.school.gradebook.queries.frames import Frame

_FIELDS = (
    "id", "school_id", "classroom_id", "course_id", "kind", "term", "rule_set", "regular", "has_topic", "filled",
    "published", "touched_at", "classroom__name", "classroom__level", "classroom__grade", "course__subject_id",
    "course__subject__name", "course__subject__short_name", "course__assessed_by", "course__subject__order",
    "school__name",
)  # fmt: skip
_COUNTS = """
select e.classroom_id, count(*) from roster_enrolment e
where e.classroom_id = any(%s) and e.status in ('studying', 'suspended', 'completed') group by e.classroom_id
"""
_TERMS = "select number, starts_on, ends_on from calendar_term where year_id = %s order by number"
_DEADLINES = """
select d.unit_id, d."column", d.due_on, d.locks_on from gradebook_deadline d
where d.year_id = %s and d.term = %s
  and (d.unit_id = any(%s) or d.unit_id = (select id from org_unit where parent_id is null limit 1))
"""


@dataclass(frozen=True)
class Line:
    """A sheet in a list: what it is, how far it has come, what is late."""

    id: int
    school_id: int
    classroom_id: int
    course_id: int | None
    kind: str
    term: int
    rule_set: str
    regular: int
    has_topic: bool
    filled: tuple[int, ...]
    published: int
    touched_at: datetime | None
    class_name: str
    level: str
    grade: int
    subject: str
    subject_name: str
    subject_short: str
    assessed_by: str
    order: int
    school_name: str
    pupils: int = 0
    is_own: bool = False
    calendar: _Calendar | None = None
    today: date = date.min

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the sheet."""
        return columns_of(
            self.rule_set, self.kind, grade=self.grade, subject=self.subject, term=self.term,
            regular=self.regular, has_topic=self.has_topic,
            is_scored=self.assessed_by == "marks",
        )  # fmt: skip

    @cached_property
    def days(self) -> Mapping[str, plan.Days]:
        """When its columns are due and locked."""
        return self.calendar.days(self) if self.calendar else {}

    @property
    def label(self) -> str:
        """The subject, or what the homeroom teacher writes."""
        return self.subject_name or str(SheetKind(self.kind).label)

    @property
    def short_label(self) -> str:
        """The same where there is little room."""
        return self.subject_short or str(SheetKind(self.kind).label)

    def _done(self, column: Column) -> int:
        done = self.filled[column.slot] if column.slot < len(self.filled) else 0
        return min(done, self.pupils)

    @cached_property
    def required(self) -> list[Column]:
        """The columns that owe a value for every pupil."""
        return [column for column in self.columns if column.is_required]

    @cached_property
    def expected(self) -> int:
        """How many cells the term asks for."""
        return len(self.required) * self.pupils

    @cached_property
    def done(self) -> int:
        """How many of them owe nothing any more."""
        return sum(map(self._done, self.required))

    @cached_property
    def late(self) -> int:
        """How many cells are empty though their day has passed."""
        return sum(self.pupils - self._done(column) for column in self.due)

    @cached_property
    def due(self) -> list[Column]:
        """The columns whose day has passed."""
        days = self.days
        return [column for column in self.required if self.today > days[column.code].due_on]

    @property
    def due_percent(self) -> int:
        """How much of what is due is there; 100 only when nothing is late."""
        asked = len(self.due) * self.pupils
        return (asked - self.late) * 100 // asked if asked else 100

    @cached_property
    def next_due(self) -> tuple[Column, date] | None:
        """The column that is due next and is not full yet."""
        days = self.days
        waiting = [
            (days[column.code].due_on, column.slot, column)
            for column in self.required
            if days[column.code].due_on >= self.today and self._done(column) < self.pupils
        ]
        if not waiting:
            return None
        due, _slot, column = min(waiting, key=lambda one: one[:2])
        return column, due

    @property
    def percent(self) -> int:
        """How full the sheet is; 100 only when it is."""
        return self.done * 100 // self.expected if self.expected else 100


@dataclass(frozen=True)
class Shelf:
    """Every sheet of a term that the actor may read."""

    term: int
    terms: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def own(self) -> list[Line]:
        """Those the actor writes."""
        return [line for line in self.lines if line.is_own]

    @property
    def others(self) -> list[Line]:
        """Those the actor only reads."""
        return [line for line in self.lines if not line.is_own]


def _is_own(actor: Actor, kind: str, course_id: int | None, classroom_id: int) -> bool:
    if kind in (SheetKind.CONDUCT, SheetKind.TRAITS):
        return classroom_id in actor.reach("gradebook.enter_class").class_ids
    return course_id in actor.reach("gradebook.enter").course_ids


def all_term_today(terms: Iterable[tuple[int, date, date]], today: date) -> int:
    """The term that a day belongs to; between terms the one before."""
    begun = [number for number, starts_on, _ends in terms if starts_on <= today]
    return begun[-1] if begun else 1


def shelf(actor: Actor, year_id: int, term: int | None = None) -> Shelf:
    """The sheets of a year's term (today's), by class and subject; four statements."""
    today = timezone.localdate()
    terms = fetch(_TERMS, [year_id])
    known = {number for number, *_days in terms}
    chosen = term if term is not None and term in known else all_term_today(terms, today)
    rows = [
        (*row[:9], tuple(row[9]), *row[10:])
        for row in Sheet.objects.visible_to(actor, "gradebook.view")
        .filter(year_id=year_id, term=chosen)
        .order_by(
            "classroom__sort_key", "classroom_id", F("course__subject__order").asc(nulls_last=True), "kind"
        )
        .values_list(*_FIELDS)
    ]
    counts = dict(fetch(_COUNTS, [[row[2] for row in rows]])) if rows else {}
    calendar = _Calendar(year_id, chosen, {row[1] for row in rows}, terms) if rows else None
    lines = []
    for row in rows:
        values: list[Any] = [*row[:15], *(value or "" for value in row[15:19]), row[19] or 0, row[20]]
        values += [counts.get(row[2], 0), _is_own(actor, row[4], row[3], row[2]), calendar, today]
        lines.append(Line(*values))
    return Shelf(chosen, tuple(number for number, *_rest in terms), tuple(lines))


class _Calendar:
    """The days of columns, by school, worked out once for all sheets alike."""

    def __init__(self, year_id: int, term: int, schools: set[int], terms: list[tuple[Any, ...]]) -> None:
        self.starts_on, self.ends_on = next(
            (starts, ends) for number, starts, ends in terms if number == term
        )
        self.of_department: dict[str, tuple[date, date]] = {}
        self.of_school: dict[int, dict[str, tuple[date, date]]] = {}
        for unit, code, due, locks in fetch(_DEADLINES, [year_id, term, list(schools)]):
            place = self.of_school.setdefault(unit, {}) if unit in schools else self.of_department
            place[code] = (due, locks)
        self.known: dict[tuple[int, tuple[Column, ...]], dict[str, plan.Days]] = {}

    def days(self, line: Line) -> dict[str, plan.Days]:
        """The days of the columns of a sheet."""
        key = (line.school_id, line.columns)
        if key not in self.known:
            self.known[key] = plan.days_of(
                [column.code for column in line.columns], starts_on=self.starts_on, ends_on=self.ends_on,
                of_department=self.of_department, of_school=self.of_school.get(line.school_id, {}),
            )  # fmt: skip
        return self.known[key]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another sheet one may turn to."""

    id: int
    label: str
    term: int
    is_here: bool


_BESIDE = """
select s.id, s.classroom_id, s.course_id, s.kind, s.term, k.name, coalesce(j.short_name, '')
from gradebook_sheet s join roster_classroom k on k.id = s.classroom_id
left join curriculum_course c on c.id = s.course_id left join curriculum_subject j on j.code = c.subject_id
where s.id = any(array(
  select id from gradebook_sheet where term = %s and course_id = any(%s)
  union select id from gradebook_sheet where term = %s and classroom_id = any(%s) and course_id is null
  union select id from gradebook_sheet where term = %s and classroom_id = any(%s)
  union select id from gradebook_sheet where classroom_id = %s and course_id is not distinct from %s::bigint
    and kind = %s))
order by k.sort_key, k.id, j."order" nulls last, s.kind, s.id
"""


def neighbours(actor: Actor, found: Frame) -> tuple[list[Neighbour], int | None]:
    """The actor's other sheets of the term (for who only reads: the class's), and this one in the other term."""
    is_own = _is_own(actor, found.kind, found.course_id, found.classroom_id)
    courses = list(actor.reach("gradebook.enter").course_ids) if is_own else []
    homerooms = list(actor.reach("gradebook.enter_class").class_ids) if is_own else []
    of_class = [] if is_own else [found.classroom_id]
    rows = fetch(
        _BESIDE,
        [found.term, courses, found.term, homerooms, found.term, of_class, found.classroom_id, found.course_id,
         found.kind],
    )  # fmt: skip
    reach = actor.reach("gradebook.view")
    is_wider = reach.everything or found.school_id in reach.unit_ids or found.classroom_id in reach.class_ids
    is_by_course = not is_wider and found.course_id in reach.course_ids
    beside, other_term = [], None
    subjects = set()
    for pk, classroom_id, course_id, kind, term, class_name, short in rows:
        if term != found.term:
            other_term = pk
            continue
        if not is_own and is_by_course and course_id not in reach.course_ids:
            continue  # a head of subject sees no other subject of the class
        name = short or str(SheetKind(kind).label)
        subjects.add(name)
        is_same_class = classroom_id == found.classroom_id and not is_own
        beside.append((pk, name, class_name, is_same_class, pk == found.id))
    is_one_subject = len(subjects) == 1
    return [
        Neighbour(
            pk,
            name if is_same_class else class_name if is_one_subject else f"{name} {class_name}",
            found.term,
            is_here,
        )
        for pk, name, class_name, is_same_class, is_here in beside
    ], other_term
