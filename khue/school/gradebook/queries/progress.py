"""How far the sheets of a school have come: one statement reads them, Python counts them by its columns and days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.registry.roster.queries.places import reaches
from khue.school.gradebook import plan
from khue.school.gradebook.layout import Column
from khue.school.gradebook.models import Sheet, SheetKind
from khue.school.gradebook.progress import Counted, Shape, count, late_columns, step_of
from khue.school.gradebook.queries.terms import TermShown

LATE: Final = "gradebook.late"  # kind of the notice to a teacher whose sheets are late
REST: Final = timedelta(days=1)  # between two reminders to one teacher
KINDS: Final = {
    "tx": ("tx", "cd", "m", "p"),
    "gk": ("g", "v1", "v2", "v3"),
    "ck": ("c", "hk", "rl", "vp", "vk"),
}

# The sheets wanted, each with its class, subject, pupils of today and who answers for it today: a substitute before
# the main teacher before a second one; the homeroom teacher.
_LINES = """
select s.id, s.school_id, s.classroom_id, k.name, k.sort_key, s.course_id, coalesce(c.subject_id, ''),
       coalesce(j.name, ''), coalesce(j.short_name, ''), coalesce(j."order", 999), s.rule_set, s.kind, k.grade, s.term,
       s.regular, s.has_topic, coalesce(c.assessed_by, '') = 'marks', s.filled, s.touched_at, t.id, t.full_name,
       (select count(*) from roster_enrolment e where e.classroom_id = s.classroom_id
        and e.status in ('studying', 'suspended', 'completed')), s.year_id
from gradebook_sheet s
join roster_classroom k on k.id = s.classroom_id
left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
left join people_person t on t.id = coalesce(
    (select a.teacher_id from curriculum_teaching_assignment a
     where a.course_id = s.course_id and a.starts_on <= %s and a.ends_on > %s
     order by array_position(array['substitute', 'main', 'co'], a.role::text), a.id limit 1),
    (select m.teacher_id from roster_homeroom m
     where s.course_id is null and m.classroom_id = s.classroom_id and m.starts_on <= %s and m.ends_on > %s
     order by m.id limit 1))
"""
_OF_SCHOOL = (
    f"{_LINES} where s.school_id = %s and s.year_id = %s and s.term = %s "
    "and (%s or s.course_id = any(%s)) order by k.sort_key, k.id, 10, s.id"
)
_BY_ID = f"{_LINES} where s.id = any(%s) order by k.sort_key, k.id, 10, s.id"
_OWN = f"""
{_LINES} where (s.year_id, s.term) = (
  select t.year_id, t.number from calendar_term t where t.starts_on <= %s and t.ends_on + 30 >= %s
  order by t.starts_on desc limit 1
) and (s.course_id = any(%s) or (s.course_id is null and s.classroom_id = any(%s)))
order by k.sort_key, k.id, 10, s.id
"""  # noqa: S608 (our own words)
_DAYS = """
select s.id, t.starts_on, t.ends_on, d.unit_id = s.id, d."column", d.due_on, d.locks_on
from org_unit s join calendar_term t on t.year_id = %s and t.number = %s
left join gradebook_deadline d on d.year_id = t.year_id and d.term = t.number
  and (d.unit_id = s.id or d.unit_id = (select id from org_unit where parent_id is null limit 1))
where s.id = any(%s)
"""
_REMINDED = """
select person_id, max(sent_at) from notify_message where person_id = any(%s) and kind = %s and sent_at > %s
group by person_id
"""


@dataclass(frozen=True)
class Line:
    """One sheet and how far it has come."""

    id: int
    school_id: int
    classroom_id: int
    class_name: str
    course_id: int | None
    subject: str
    subject_name: str
    subject_short: str
    order: int
    kind: str
    touched_at: datetime | None
    teacher_id: int | None
    teacher: str
    counted: Counted
    late: tuple[tuple[Column, int, date], ...]  # column, empty cells, the day it was due
    coming: tuple[tuple[Column, date], ...] = ()  # columns with empty cells that are not due yet

    @property
    def label(self) -> str:
        """The subject, or what the homeroom teacher writes."""
        return self.subject_name or str(SheetKind(self.kind).label)

    @property
    def short(self) -> str:
        """The same where there is little room."""
        return self.subject_short or str(SheetKind(self.kind).label)

    @property
    def subject_key(self) -> str:
        """What tells subjects apart, the homeroom teacher's matters among them."""
        return self.subject or self.kind

    @property
    def late_text(self) -> str:
        """`TX1 5 ô, GK 12 ô`: what is empty."""
        return ", ".join(
            _("%(column)s %(n)s ô") % {"column": column.label, "n": empty}
            for column, empty, _due in self.late
        )

    @property
    def due_on(self) -> date | None:
        """The earliest day that has passed."""
        return min((due for _column, _empty, due in self.late), default=None)


@dataclass
class Group:
    """Sheets together: of a class, of a subject, of a teacher."""

    key: Any
    label: str
    lines: list[Line] = field(default_factory=list)
    reminded_at: datetime | None = None

    @cached_property
    def counted(self) -> Counted:
        """Cells of all of them."""
        return sum((line.counted for line in self.lines), Counted())

    @property
    def step(self) -> int | None:
        """The step of the shortfall scale."""
        return step_of(self.counted.percent)

    @property
    def late_lines(self) -> list[Line]:
        """Those that are late."""
        return [line for line in self.lines if line.counted.late]

    @property
    def touched_at(self) -> datetime | None:
        """When somebody last wrote."""
        return max((line.touched_at for line in self.lines if line.touched_at), default=None)

    @property
    def may_remind(self) -> bool:
        """Whether it is long enough since the last reminder."""
        return self.reminded_at is None


@dataclass
class Board:
    """The sheets of a school in a term, as many as the actor may see."""

    lines: list[Line]
    is_whole: bool  # not only some courses
    read_at: datetime

    @cached_property
    def counted(self) -> Counted:
        """Cells of all sheets."""
        return sum((line.counted for line in self.lines), Counted())

    @cached_property
    def subjects(self) -> list[Group]:
        """By subject, in the order of the programme."""
        found = _groups(self.lines, lambda line: (line.subject_key, line.label))
        return sorted(found, key=lambda group: (group.lines[0].order, group.lines[0].short))

    @cached_property
    def classes(self) -> list[Group]:
        """By class."""
        return _groups(self.lines, lambda line: (line.classroom_id, line.class_name))

    @cached_property
    def teachers(self) -> list[Group]:
        """By who answers for them, the latest first; sheets without a teacher are left out."""
        found = _groups(
            (line for line in self.lines if line.teacher_id), lambda line: (line.teacher_id, line.teacher)
        )
        return sorted(found, key=lambda group: (-group.counted.late, group.label))

    @property
    def late_teachers(self) -> list[Group]:
        """Those who are late."""
        return [group for group in self.teachers if group.counted.late]

    @property
    def late_lines(self) -> list[Line]:
        """Sheets that are late, the most empty first."""
        return sorted((line for line in self.lines if line.counted.late), key=lambda line: -line.counted.late)


def _groups(lines: Iterable[Line], by: Any) -> list[Group]:
    found: dict[Any, Group] = {}
    for line in lines:
        key, label = by(line)
        found.setdefault(key, Group(key, label)).lines.append(line)
    return list(found.values())


def board(
    actor: Actor, unit: Unit, term: TermShown, part: str = "", permission: str = "gradebook.view_progress"
) -> Board:
    """The sheets of a school: all for whom the permission holds there, else those of their courses; three queries.

    `part` is a key of KINDS: only regular, middle or final columns are counted then.
    """
    now = timezone.now()
    is_whole = reaches(actor, permission, unit)
    courses = list(actor.reach(permission).course_ids)
    if not is_whole and not courses:
        return Board([], False, now)
    today = timezone.localdate(now)
    rows = fetch(_OF_SCHOOL, [*[today] * 4, unit.pk, term.year_id, term.number, is_whole, courses])
    lines = _read(rows, term.year_id, term.number, today, part)
    found = Board(lines, is_whole, now)
    reminded = all_reminded([group.key for group in found.late_teachers], now)
    for group in found.teachers:
        group.reminded_at = reminded.get(group.key)
    return found


def own_lines_of(actor: Actor, courses: Sequence[int], classes: Sequence[int], today: date) -> list[Line]:
    """The sheets in the term of a day of courses the actor teaches and of their homeroom classes; two queries."""
    if not actor.is_somebody:
        return []
    rows = fetch(_OWN, [*[today] * 6, list(courses), list(classes)])
    return _read(rows, rows[0][22], rows[0][13], today, "") if rows else []


def sheets_of(actor: Actor, sheet_ids: Sequence[int], permission: str = "gradebook.remind") -> list[Sheet]:
    """Rows of sheets as the target of an action; one query."""
    return list(Sheet.objects.visible_to(actor, permission).filter(pk__in=sheet_ids))


def all_lines(sheet_ids: Sequence[int], year_id: int, term: int, today: date | None = None) -> list[Line]:
    """The same for some sheets of one year and term, unscoped: for actions, which have checked; two queries."""
    day = today or timezone.localdate()
    return _read(fetch(_BY_ID, [*[day] * 4, list(sheet_ids)]), year_id, term, day, "")


def all_reminded(people: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Who of these teachers was reminded within a day, and when; one query."""
    return dict(fetch(_REMINDED, [list(people), LATE, now - REST])) if people else {}  # type: ignore[arg-type]


def _read(rows: list[tuple[Any, ...]], year_id: int, term: int, today: date, part: str) -> list[Line]:
    calendar = _calendar(year_id, term, sorted({row[1] for row in rows}))
    known: dict[tuple[int, Shape], tuple[tuple[Column, ...], dict[str, plan.Days]]] = {}
    found = []
    for row in rows:
        shape = Shape(row[10], row[11], row[12], row[6], row[13], row[14], row[15], row[16])
        key = row[1], shape
        if key not in known:
            columns = shape.owed if not part else tuple(c for c in shape.owed if all_part_of(c.code) == part)
            known[key] = columns, calendar.days(row[1], [column.code for column in columns])
        columns, days = known[key]
        filled, pupils = row[17], row[21]
        late = late_columns(columns, days, filled, pupils, today)
        found.append(
            Line(
                row[0], row[1], row[2], row[3], row[5], row[6], row[7], row[8], row[9], row[11], row[18], row[19],
                row[20] or "", count(columns, days, filled, pupils, today),
                tuple((column, empty, days[column.code].due_on) for column, empty in late),
                tuple(
                    (column, days[column.code].due_on)
                    for column in columns
                    if days[column.code].due_on >= today and _filled(filled, column) < pupils
                ),
            )
        )  # fmt: skip
    return found


def _filled(filled: Sequence[int], column: Column) -> int:
    return filled[column.slot] if column.slot < len(filled) else 0


def all_part_of(code: str) -> str:
    """The part of the term a column belongs to: tx, gk or ck."""
    return next((part for part, starts in KINDS.items() if code.startswith(starts)), "ck")


@dataclass
class _Calendar:
    """The days of a term for some schools."""

    starts_on: date
    ends_on: date
    common: dict[str, tuple[date, date]]
    own: dict[int, dict[str, tuple[date, date]]]

    def days(self, school_id: int, codes: Iterable[str]) -> dict[str, plan.Days]:
        """The days of columns at a school."""
        return plan.days_of(
            codes, starts_on=self.starts_on, ends_on=self.ends_on, of_department=self.common,
            of_school=self.own.get(school_id, {}),
        )  # fmt: skip


def _calendar(year_id: int, term: int, schools: list[int]) -> _Calendar:
    found = _Calendar(date.min, date.min, {}, {})
    for school_id, starts_on, ends_on, is_own, code, due, locks in fetch(_DAYS, [year_id, term, schools]):
        found.starts_on, found.ends_on = starts_on, ends_on
        if code is not None:
            (found.own.setdefault(school_id, {}) if is_own else found.common)[code] = (due, locks)
    return found


def empty_cells(actor: Actor, unit: Unit, term: TermShown, code: str) -> tuple[int, int]:
    """Empty cells of a column in a school and the sheets they are on, were it due today; two queries."""
    if not reaches(actor, "gradebook.set_deadlines", unit):
        return 0, 0
    today = timezone.localdate()
    rows = fetch(_OF_SCHOOL, [*[today] * 4, unit.pk, term.year_id, term.number, True, []])
    cells = sheets = 0
    for row in rows:
        shape = Shape(row[10], row[11], row[12], row[6], row[13], row[14], row[15], row[16])
        for column in shape.owed:
            if plan.LIKE.get(column.code, column.code) == code or column.code == code:
                there = min(row[17][column.slot], row[21]) if column.slot < len(row[17]) else 0
                cells += row[21] - there
                sheets += there < row[21]
    return cells, sheets
