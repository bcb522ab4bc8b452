"""The ladder of reminders: who is told of what is late, and when.

On the first late day the teacher is told; two days on the head of subject, four days on the principal, seven days on
the office above the school, in one notice each. A rung of one day is climbed once (the key of the notice), and a run
that was missed is made good within three days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access import roles
from khue.kernel.access.grants import grants_reaching
from khue.kernel.actions import NotAllowed, Work, action, written
from khue.kernel.notify.notices import Notice, tell_each
from khue.kernel.org.models import Unit
from khue.school.gradebook.actions import figures
from khue.school.gradebook.actions.reminders import HEADS, for_teacher
from khue.school.gradebook.progress import Shape
from khue.school.gradebook.queries.progress import Line, all_lines, all_reminded

TEACHER, SUBJECT, PRINCIPAL, OFFICE = 0, 2, 4, 7  # days after the first late day
CATCH_UP: Final = 3  # days within which a missed rung is still climbed
OFFICES: Final = "gradebook.late_office"
SUBJECTS: Final = "gradebook.late_subject"

_SCHOOLS = """
select p.year_id, p.term, p.school_id from gradebook_school_progress p
join calendar_school_year y on y.id = p.year_id and not y.is_closed
join calendar_term t on t.year_id = p.year_id and t.number = p.term and t.starts_on <= %s
where p.late_sheets > 0 order by 1, 2, 3
"""
_COLUMNS = f"""
with {figures.CELLS}
select s.school_id, s.id, s.course_id, d.due_on
from cell s join due d on d.school_id = s.school_id and d.code = s.code
where d.due_on < %(today)s and d.due_on >= %(since)s and s.there < s.pupils
group by s.school_id, s.id, s.course_id, d.due_on order by s.school_id, s.id
"""  # noqa: S608 (our own SQL)


@dataclass(frozen=True, slots=True)
class LateColumn:
    """A sheet with columns of one day that are late."""

    sheet_id: int
    course_id: int | None
    due_on: date
    year_id: int
    term: int


def days_late(due_on: date, today: date) -> int:
    """Days since the first late day: 0 on the day after the last day of the term set."""
    return (today - due_on).days - 1


def is_on(rung: int, due_on: date, today: date) -> bool:
    """Whether a rung is climbed today for what was due on a day."""
    return rung <= days_late(due_on, today) <= rung + CATCH_UP


def all_late_schools(today: date) -> dict[tuple[int, int], list[int]]:
    """Schools with late sheets, by year and term, from their figures."""
    with connection.cursor() as cursor:
        cursor.execute(_SCHOOLS, [today])
        found: dict[tuple[int, int], list[int]] = {}
        for year_id, term, school_id in cursor.fetchall():
            found.setdefault((year_id, term), []).append(school_id)
    return found


def all_late_columns(
    schools: list[int], year_id: int, term: int, today: date, shapes: list[Shape] | None = None
) -> dict[int, list[LateColumn]]:
    """What became late in the last days, by school; one statement for many schools."""
    values = figures.arguments(schools, year_id, term, today, shapes)
    if values is None:
        return {}
    since = today - timedelta(days=OFFICE + CATCH_UP + 1)
    found: dict[int, list[LateColumn]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, {**values, "since": since})
        for school_id, sheet_id, course_id, due_on in cursor.fetchall():
            found.setdefault(school_id, []).append(LateColumn(sheet_id, course_id, due_on, year_id, term))
    return found


@action("gradebook.climb_ladder", permission="gradebook.remind")
def climb(work: Work, school: Unit, *, late: Sequence[LateColumn], today: date) -> int:
    """Tell the people of a school, each rung once; gives how many notices are new. Raises NotAllowed for people."""
    if not work.actor.is_system:
        raise NotAllowed
    notices = _for_teachers([one for one in late if is_on(TEACHER, one.due_on, today)], today)
    notices += _for_subject_heads([one for one in late if is_on(SUBJECT, one.due_on, today)])
    notices += _for_principals(school, [one for one in late if is_on(PRINCIPAL, one.due_on, today)])
    return tell_each(work, notices)


def _lines(late: Iterable[LateColumn], today: date | None = None) -> list[Line]:
    rows = list(late)
    if not rows:
        return []
    return all_lines(sorted({one.sheet_id for one in rows}), rows[0].year_id, rows[0].term, today)


def _for_teachers(late: Sequence[LateColumn], today: date) -> list[Notice]:
    now = timezone.now()
    by_teacher: dict[int, list[Line]] = {}
    for line in _lines(late, today):
        if line.teacher_id is not None and line.late:
            by_teacher.setdefault(line.teacher_id, []).append(line)
    lately = all_reminded(list(by_teacher), now)
    wanted = {teacher: lines for teacher, lines in by_teacher.items() if teacher not in lately}
    latest = max((one.due_on for one in late), default=today)
    return [for_teacher(teacher, lines, f"han:{latest:%Y-%m-%d}") for teacher, lines in wanted.items()]


def _for_subject_heads(late: Sequence[LateColumn]) -> list[Notice]:
    courses = {one.course_id: one for one in late if one.course_id is not None}
    by_head: dict[int, set[int]] = {}
    for grant in grants_reaching(course_ids=list(courses)) if courses else ():
        if grant.role == roles.SUBJECT_HEAD:
            by_head.setdefault(grant.person_id, set()).add(grant.scope_id)
    notices = []
    for head, own in by_head.items():
        sheets = [one for one in late if one.course_id in own]
        for due_on in sorted({one.due_on for one in sheets}):
            n = len({one.sheet_id for one in sheets if one.due_on == due_on})
            notices += _notices([head], SUBJECTS, "Tổ còn %(n)s sổ chậm vào điểm", n, due_on)
    return notices


def _for_principals(school: Unit, late: Sequence[LateColumn]) -> list[Notice]:
    if not late:
        return []
    heads = [
        grant.person_id
        for grant in grants_reaching(unit_ids=[school.pk])
        if grant.role == roles.PRINCIPAL and grant.scope_id == school.pk
    ]
    notices = []
    for due_on in sorted({one.due_on for one in late}):
        n = len({one.sheet_id for one in late if one.due_on == due_on})
        notices += _notices(heads, HEADS, "Trường còn %(n)s sổ chậm vào điểm", n, due_on)
    return notices


def _notices(
    people: Sequence[int], kind: str, title: str, n: int, due_on: date, body: str = ""
) -> list[Notice]:
    words = written(title, n=n), body or written("Hạn %(due)s đã qua.", due=f"{due_on:%d/%m/%Y}")
    where = reverse("gradebook:progress"), f"{kind}:{due_on:%Y-%m-%d}"
    return [Notice(person_id, kind, *words, *where) for person_id in people]


@dataclass
class Offices:
    """Late schools of the units above them, gathered school by school."""

    late: dict[int, dict[date, dict[str, int]]] = field(default_factory=dict)

    def add(self, school: Unit, late: Sequence[LateColumn], today: date) -> None:
        """Count a school's sheets that have been late long enough for the office to know."""
        if school.parent_id is None:
            return
        for due_on in {one.due_on for one in late if is_on(OFFICE, one.due_on, today)}:
            sheets = len({one.sheet_id for one in late if one.due_on == due_on})
            self.late.setdefault(school.parent_id, {}).setdefault(due_on, {})[school.name] = sheets

    def ids(self) -> list[int]:
        """The units to tell."""
        return list(self.late)

    def of(self, unit_id: int) -> Mapping[date, Mapping[str, int]]:
        """Late sheets by day and school."""
        return self.late[unit_id]


@action("gradebook.tell_office", permission="gradebook.remind")
def tell_office(work: Work, office: Unit, *, late: Mapping[date, Mapping[str, int]], today: date) -> int:
    """Tell those who look after a commune, an office or the department which of their schools are late, in one notice
    a day that was due. Raises NotAllowed for people."""
    if not work.actor.is_system:
        raise NotAllowed
    wanted = (roles.DEPARTMENT_OFFICER,) if office.parent_id is None else (roles.OFFICE_OFFICER,)
    people = [
        grant.person_id
        for grant in grants_reaching(unit_ids=[office.pk])
        if grant.role in wanted and grant.scope_id == office.pk
    ]
    notices = []
    for due_on, schools in sorted(late.items()):
        listed = sorted(schools.items(), key=lambda one: (-one[1], one[0]))
        lines = [written("%(school)s: %(n)s sổ", school=name, n=n) for name, n in listed[:20]]
        body = "\n".join([written("Hạn %(due)s đã qua %(days)s ngày.", due=f"{due_on:%d/%m/%Y}",
                                  days=(today - due_on).days), *lines])  # fmt: skip
        notices += _notices(
            people, OFFICES, "%(n)s trường còn sổ chậm vào điểm", len(schools), due_on, body=body
        )
    return tell_each(work, notices)
