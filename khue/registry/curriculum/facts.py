"""What is counted of courses and teaching: the columnar copies (khue.kernel.indicators.declare)."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, TODAY, copied, touched
from khue.registry.calendar.spans import SPANS

# Classes whose courses or teachers may have changed: by an action, or because an assignment began or ended.
_CHANGED: Final = f"""
select t.id from {touched("roster.classroom")} t
union select c.classroom_id from {touched("curriculum.course")} t join curriculum_course c on c.id = t.id
union select c.classroom_id from {touched("curriculum.teachingassignment")} t
      join curriculum_teaching_assignment a on a.id = t.id join curriculum_course c on c.id = a.course_id
union select k.id from {touched("org.unit")} t join roster_classroom k on k.school_id = t.id
union select c.classroom_id from curriculum_teaching_assignment a join curriculum_course c on c.id = a.course_id
      where a.starts_on between %(since)s::timestamptz::date and {TODAY}
         or a.ends_on between %(since)s::timestamptz::date and {TODAY}
"""  # noqa: S608 (our own SQL)

COURSES: Final = copied(
    "curriculum.courses",
    "Môn học của lớp",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, course_id int32, level text, grade int16,
    subject text, assessed_by text, periods int16, has_teacher bool, is_substituted bool, ownership text,
    region int16, school_level text
    """,
    f"""
select c.year_id as year, c.school_id as unit_id, k.campus_id, c.classroom_id as class_id, c.id as course_id, k.level,
       k.grade, c.subject_id as subject, c.assessed_by, c.periods_a_year as periods, t.teachers > 0 as has_teacher,
       t.substitutes > 0 as is_substituted, {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from curriculum_course c join roster_classroom k on k.id = c.classroom_id
join {SPANS} y on y.id = c.year_id join org_unit u on u.id = c.school_id
cross join lateral (
    select count(*) as teachers, count(*) filter (where a.role = 'substitute') as substitutes
    from curriculum_teaching_assignment a
    where a.course_id = c.id and a.starts_on <= y.seen_on and a.ends_on > y.seen_on
) t
where k.closed_on is null or k.closed_on > y.seen_on
""",  # noqa: S608
    key="class_id",
    changed=_CHANGED,
    rows="khue.registry.curriculum.figures.course_rows",
)

# Who teaches how much: the periods a year that a teacher has at a school today, beside what the post asks for.
LOADS: Final = copied(
    "curriculum.loads",
    "Tiết dạy của giáo viên",
    """
    year int16, unit_id int32, person_id int32, courses int16, classes int16, periods int32, ownership text,
    region int16, school_level text
    """,
    f"""
select l.*, {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from (
    select c.year_id as year, c.school_id as unit_id, a.teacher_id as person_id, count(distinct c.id) as courses,
           count(distinct c.classroom_id) as classes, sum(a.periods_a_year)::int as periods
    from curriculum_teaching_assignment a join curriculum_course c on c.id = a.course_id
    join {SPANS} y on y.id = c.year_id
    where a.starts_on <= y.seen_on and a.ends_on > y.seen_on group by 1, 2, 3
) l join org_unit u on u.id = l.unit_id
""",  # noqa: S608
    rows="khue.registry.curriculum.figures.load_rows",
)

FACTS: Final = (COURSES, LOADS)
