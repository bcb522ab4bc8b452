"""Last year's courses of the small demo province, and who taught them: the roster has last year's classes alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from django.db import connection

from khue.kernel.demo import plan
from khue.registry.calendar.demo import LAST_RETURN, LAST_YEAR_ENDS, YEAR
from khue.registry.curriculum.programme import (
    COMPULSORY,
    ELECTIVE,
    PERIODS_OF_TOPIC,
    PlanLine,
    plan_lines,
)
from khue.registry.roster.demo_history import LAST_YEAR

_ROOMS: Final = """
select k.id, k.school_id, k.level, k.grade, regexp_replace(k.name, '^[0-9]+', ''), k.name, k.year_id, h.teacher_id
from roster_classroom k left join roster_homeroom h on h.classroom_id = k.id
order by k.school_id, k.sort_key, k.id
"""
_COURSES: Final = """
select c.classroom_id, c.subject_id, c.periods_a_year, a.teacher_id
from curriculum_course c left join lateral (select teacher_id from curriculum_teaching_assignment
  where course_id = c.id and role = 'main' order by id limit 1) a on true
where c.year_id = %s order by c.id
"""


def last_year() -> None:
    """Give last year's classes the subjects of their grade, taught by who teaches them there this year."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS)
        rooms = cursor.fetchall()
        cursor.execute(_COURSES, [YEAR])
        lessons: dict[int, dict[str, tuple[int, int | None]]] = defaultdict(dict)
        for room, subject, periods, teacher in cursor.fetchall():
            lessons[room][subject] = periods, teacher
        cursor.execute("select coalesce(max(id), 0) from curriculum_course")
        (course,) = cursor.fetchone()
    lines: dict[tuple[str, int], list[PlanLine]] = defaultdict(list)
    for line in plan_lines():
        if line.kind in (COMPULSORY, ELECTIVE) and line.valid_from <= LAST_YEAR:
            lines[line.level, line.grade].append(line)
    periods_of = {(line.level, line.grade, line.subject): line.periods_a_year for line in plan_lines()}
    now = {(school, grade, tail): pk for pk, school, _l, grade, tail, _n, year, _h in rooms if year == YEAR}
    teachers: dict[tuple[int, str, str], list[int]] = defaultdict(list)  # who teaches a subject in a school
    for pk, school, level, _grade, _tail, _name, year, _home in rooms:
        if year == YEAR:
            for subject, (_periods, teacher) in lessons[pk].items():
                if teacher:
                    teachers[school, level, subject].append(teacher)
    courses: list[tuple[int, int, int, int, str, int, str]] = []
    assigned: list[tuple[int, int, int]] = []
    for pk, school, level, grade, tail, _name, year, homeroom in rooms:
        if year == YEAR:
            continue
        same = lessons.get(now.get((school, grade, tail), 0), {})
        after = lessons.get(now.get((school, grade + 1, tail), 0)) or same
        if level == plan.PRESCHOOL:
            taught = [("MAM_NON", 0, "comments")]
        else:
            taught = [
                (line.subject, line.periods_a_year + _topic(level, grade, line, after, periods_of), line.assessed_by)
                for line in lines[level, grade]
                if line.kind == COMPULSORY or line.subject in after
            ]  # fmt: skip
        for subject, periods, assessed in taught:
            course += 1
            courses.append((course, LAST_YEAR, school, pk, subject, periods, assessed))
            others = teachers[school, level, subject] or [homeroom]
            own = homeroom if level in (plan.PRESCHOOL, plan.PRIMARY) or subject == "HDTN" else None
            teacher = own or same.get(subject, (0, None))[1] or others[pk % len(others)]
            if teacher:
                assigned.append((course, teacher, periods))
    with connection.cursor() as cursor:
        with cursor.copy(
            "copy curriculum_course (id, year_id, school_id, classroom_id, subject_id, periods_a_year, assessed_by) "
            "from stdin"
        ) as copy:
            for row in courses:
                copy.write_row(row)
        with cursor.copy(
            "copy curriculum_teaching_assignment (course_id, teacher_id, periods_a_year, role, starts_on, ends_on, "
            "reason) from stdin"
        ) as copy:
            for taken in assigned:
                copy.write_row((*taken, "main", LAST_RETURN, LAST_YEAR_ENDS, ""))
        cursor.execute(
            "select setval(pg_get_serial_sequence('curriculum_course', 'id'), max(id)) from curriculum_course"
        )
        cursor.execute("set constraints all immediate")  # so that tables may be altered after this
        cursor.execute("set constraints all deferred")


def _topic(
    level: str,
    grade: int,
    line: PlanLine,
    after: dict[str, tuple[int, int | None]],
    periods_of: dict[tuple[str, int, str], int],
) -> int:
    """Periods of the topic cluster of a subject: where the same class has one a year later, it had one before."""
    if line.kind != ELECTIVE or level != plan.UPPER or line.subject not in after:
        return 0
    more = after[line.subject][0] - periods_of.get((level, min(grade + 1, 12), line.subject), 0)
    return PERIODS_OF_TOPIC if more == PERIODS_OF_TOPIC else 0
