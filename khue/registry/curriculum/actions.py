"""Every write of courses and teaching assignments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.workflow.tasks import close_tasks
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum import queries, rules
from khue.registry.curriculum.events import CoursesChanged
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import Classroom
from khue.registry.staff import queries as staff

MAIN, CO, SUBSTITUTE = "main", "co", "substitute"
SEARCH = queries.SEARCH
COLUMNS = ["course_id", "teacher_id", "role", "periods_a_year", "starts_on", "ends_on", "reason"]


def _open_year(year_id: int) -> SchoolYear:
    year = SchoolYear.objects.get(pk=year_id)
    if year.is_closed:
        raise DomainError(_("Năm học %(year)s đã khóa, chỉ xem.") % {"year": year.label})
    return year


def _first_day(year: SchoolYear, wanted: date | None) -> date:
    day = wanted or max(timezone.localdate(), year.starts_on)
    if not year.starts_on <= day < year.ends_on:
        message = _("Ngày phải trong năm học, từ %(a)s đến trước %(b)s.") % {
            "a": f"{year.starts_on:%d/%m/%Y}", "b": f"{year.ends_on:%d/%m/%Y}",
        }  # fmt: skip
        raise DomainError(message, fields={"starts_on": message})
    return day


def _same(values: Iterable[Any], message: str) -> Any:
    found = set(values)
    if len(found) != 1:
        raise DomainError(message)
    return found.pop()


# --- courses ----------------------------------------------------------------------------------------


@action("curriculum.set_courses", permission="curriculum.assign")
def set_courses(
    work: Work, classrooms: list[Classroom], *, electives: Sequence[str] = (), topics: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> dict[str, int]:  # fmt: skip
    """Give classes of one grade the courses of the programme: what is compulsory and what was chosen.

    Courses that are no longer chosen go, unless somebody has been given them. Gives how many were made, changed and
    removed. Raises DomainError when the choice is not one the programme allows.
    """
    year = _open_year(_same([room.year_id for room in classrooms], _("Chọn các lớp của cùng một năm học.")))
    level, grade = _same(
        [(room.level, room.grade) for room in classrooms], _("Chọn các lớp của cùng một khối.")
    )
    plan = queries.all_plan(year.pk, level, grade)
    if not plan:
        raise DomainError(_("Chương trình chưa có số tiết cho khối này."))
    problems = rules.choice_problems(level, plan, electives, topics, optional)
    if problems:
        raise DomainError(problems[0][1], fields=dict(problems))
    return _write_courses(
        work, year.pk, {room: rules.courses_of(plan, electives, topics, optional) for room in classrooms}
    )


def _write_courses(
    work: Work, year_id: int, wanted: Mapping[Classroom, Sequence[rules.CourseLine]]
) -> dict[str, int]:
    there: dict[int, dict[str, Course]] = {}
    for course in Course.objects.select_for_update().filter(classroom__in=list(wanted)):
        there.setdefault(course.classroom_id, {})[course.subject_id] = course
    new: list[list[Any]] = []
    changed: dict[int, tuple[list[Any], list[Any]]] = {}
    gone: list[Course] = []
    for room, lines in wanted.items():
        known = there.get(room.pk, {})
        for line in lines:
            old = known.get(line.subject)
            if old is None:
                new.append([year_id, room.school_id, room.pk, line.subject, line.periods, line.assessed_by])
            elif old.periods_a_year != line.periods:
                changed[old.pk] = ([old.periods_a_year], [line.periods])
        gone += [course for code, course in known.items() if code not in {line.subject for line in lines}]
    given = set(TeachingAssignment.objects.filter(course__in=gone).values_list("course_id", flat=True))
    if given:
        names = ", ".join(sorted({queries.all_subject_names()[c.subject_id] for c in gone if c.pk in given}))
        raise DomainError(
            _("Chưa bỏ được môn đã phân công: %(names)s. Bỏ phân công trước.") % {"names": names},
            fields={"electives": _("Có môn đã phân công.")},
        )
    work.remove_many(Course, [course.pk for course in gone])
    work.change_many(Course, ["periods_a_year"], changed)
    fields = ["year_id", "school_id", "classroom_id", "subject_id", "periods_a_year", "assessed_by"]
    work.create_many(Course, fields, new)
    work.touch(*wanted)
    if new or changed or gone:
        work.announce(CoursesChanged(tuple(room.pk for room in wanted)))
    return {"made": len(new), "changed": len(changed), "removed": len(gone)}


@action("curriculum.make_courses", permission="curriculum.assign")
def make_courses(work: Work, classrooms: list[Classroom]) -> int:
    """Give classes without any course what their grade's programme makes compulsory; gives how many courses."""
    return make_compulsory(work, classrooms)


def make_compulsory(work: Work, classrooms: Sequence[Classroom]) -> int:
    """The same inside another action: classes of several grades at once."""
    year = _open_year(_same([room.year_id for room in classrooms], _("Chọn các lớp của cùng một năm học.")))
    have = set(Course.objects.filter(classroom__in=classrooms).values_list("classroom_id", flat=True))
    plans = queries.all_plans(year.pk)
    wanted = {
        room: rules.courses_of(plans.get((room.level, room.grade), []))
        for room in classrooms
        if room.pk not in have and plans.get((room.level, room.grade))
    }
    return _write_courses(work, year.pk, wanted)["made"] if wanted else 0


# --- assignments --------------------------------------------------------------------------------------


@action("curriculum.assign_teachers", permission="curriculum.assign")
def assign_teachers(
    work: Work, courses: list[Course], *, teachers: Mapping[int, int | None], starts_on: date | None = None,
    seen: Mapping[int, int | None] | None = None,
) -> int:  # fmt: skip
    """Give courses their main teacher from a day on (today), or none; gives how many changed.

    `teachers` is course id -> person id, `seen` what the page showed: raises Conflict when somebody else was quicker.
    """
    return give_courses(work, courses, teachers=teachers, starts_on=starts_on, seen=seen)


def give_courses(
    work: Work, courses: Sequence[Course], *, teachers: Mapping[int, int | None], starts_on: date | None = None,
    seen: Mapping[int, int | None] | None = None,
) -> int:  # fmt: skip
    """The same inside another action; a handful of statements however many courses."""
    year = _open_year(_same([course.year_id for course in courses], _("Chọn các môn của cùng một năm học.")))
    school = Unit.objects.get(
        pk=_same([course.school_id for course in courses], _("Chọn các môn của cùng một trường."))
    )
    day = _first_day(year, starts_on)
    rows = list(
        TeachingAssignment.objects.select_for_update()
        .filter(course__in=courses, ends_on__gt=day)
        .exclude(role=SUBSTITUTE)
        .order_by("starts_on", "pk")
    )
    mains: dict[int, list[TeachingAssignment]] = {}
    shared: dict[int, int] = {}
    for row in rows:
        if row.role == MAIN:
            mains.setdefault(row.course_id, []).append(row)
        else:
            shared[row.course_id] = shared.get(row.course_id, 0) + row.periods_a_year
    _check_seen(courses, mains, teachers, seen)
    _check_work_here(school, [pk for pk in teachers.values() if pk], day)
    ends: dict[int, tuple[list[Any], list[Any]]] = {}
    drops: list[int] = []
    new: list[list[Any]] = []
    touched: set[int] = set()
    count = 0
    for course in courses:
        if course.pk not in teachers:
            continue
        wanted, held = teachers[course.pk], mains.get(course.pk, [])
        if [row.teacher_id for row in held] == ([wanted] if wanted else []):
            continue
        count += 1
        for row in held:
            touched.add(row.teacher_id)
            if row.starts_on >= day:
                drops.append(row.pk)
            else:
                ends[row.pk] = ([row.ends_on], [day])
        if wanted:
            touched.add(wanted)
            periods = max(0, course.periods_a_year - shared.get(course.pk, 0))
            new.append([course.pk, wanted, MAIN, periods, day, year.ends_on, ""])
    work.remove_many(TeachingAssignment, drops)
    work.change_many(TeachingAssignment, ["ends_on"], ends)
    work.create_many(TeachingAssignment, COLUMNS, new)
    work.touch_people(touched)
    settle_tasks(work, school, day)
    return count


def _check_seen(
    courses: Iterable[Course], mains: Mapping[int, Sequence[TeachingAssignment]], teachers: Mapping[int, int | None],
    seen: Mapping[int, int | None] | None,
) -> None:  # fmt: skip
    for course in courses if seen is not None else ():
        now = mains[course.pk][-1].teacher_id if mains.get(course.pk) else None
        if course.pk in teachers and now != (seen or {}).get(course.pk) and now != teachers[course.pk]:
            name = queries.all_course_label(course)
            raise Conflict(
                _("%(course)s vừa được người khác phân công. Xem lại rồi ghi.") % {"course": name},
                fields={f"c{course.pk}": _("Vừa được người khác phân công.")},
            )


def _check_work_here(school: Unit, teacher_ids: Sequence[int], day: date) -> None:
    wanted = set(teacher_ids)
    strangers = wanted - staff.all_working_at(school, sorted(wanted), max(day, timezone.localdate()))
    if strangers:
        names = (
            Person.objects.filter(pk__in=strangers).order_by("sort_key").values_list("full_name", flat=True)
        )
        message = _("Không làm việc ở %(school)s: %(names)s.") % {
            "school": school.name,
            "names": ", ".join(names),
        }
        raise DomainError(message, fields={"teacher": message})


@action("curriculum.add_teacher", permission="curriculum.assign")
def add_teacher(
    work: Work, course: Course, *, teacher: Person, role: str, starts_on: date | None = None,
    ends_on: date | None = None, periods: int | None = None, reason: str = "",
) -> TeachingAssignment:  # fmt: skip
    """Let somebody teach a course beside the main teacher, or in their stead for a time.

    A co-teacher takes `periods` of the year over from the main teacher; a substitute takes the whole rate between two
    days. Raises DomainError when they do not work here, the days are wrong, or more periods are given than there are.
    """
    year = _open_year(course.year_id)
    day = _first_day(year, starts_on)
    end = ends_on or year.ends_on
    if not day < end <= year.ends_on:
        message = _("Ngày thôi phải sau ngày bắt đầu và trong năm học.")
        raise DomainError(message, fields={"ends_on": message})
    if role == SUBSTITUTE and ends_on is None:
        message = _("Dạy thay thì ghi đến ngày nào.")
        raise DomainError(message, fields={"ends_on": message})
    if role not in (CO, SUBSTITUTE):
        raise DomainError(_("Chọn cùng dạy hoặc dạy thay."), fields={"role": _("Chưa chọn.")})
    _check_work_here(Unit.objects.get(pk=course.school_id), [teacher.pk], day)
    rows = list(
        TeachingAssignment.objects.select_for_update().filter(
            course=course, starts_on__lt=end, ends_on__gt=day
        )
    )
    if any(row.teacher_id == teacher.pk and (row.role != SUBSTITUTE or role == SUBSTITUTE) for row in rows):
        message = _("%(name)s đang dạy môn này rồi.") % {"name": teacher.full_name}
        raise DomainError(message, fields={"teacher": message})
    if role == SUBSTITUTE:
        if any(row.role == SUBSTITUTE for row in rows):
            message = _("Những ngày này đã có người dạy thay.")
            raise DomainError(message, fields={"starts_on": message})
        rate = course.periods_a_year
    else:
        rate = _share(work, course, [row for row in rows if row.role != SUBSTITUTE], periods, day)
    made = work.create(
        TeachingAssignment(
            course=course,
            teacher=teacher,
            role=role,
            periods_a_year=rate,
            starts_on=day,
            ends_on=end,
            reason=reason.strip(),
        )
    )
    work.touch_people([teacher.pk])
    settle_tasks(work, Unit.objects.get(pk=course.school_id), day)
    return made


def settle_tasks(work: Work, school: Unit, day: date) -> None:
    """Close what asks the school to find a substitute where somebody has been found for every course."""
    for subject, person_id in queries.all_open_searches(school):
        if not queries.all_uncovered(school, person_id, day):
            close_tasks(work, subject, [SEARCH])


def _share(
    work: Work, course: Course, rows: Sequence[TeachingAssignment], periods: int | None, day: date
) -> int:
    shared = sum(row.periods_a_year for row in rows if row.role == CO)
    most = course.periods_a_year - shared
    if periods is None or not 0 < periods <= most:
        message = _("Số tiết cùng dạy từ 1 đến %(most)s.") % {"most": most}
        raise DomainError(message, fields={"periods": message})
    for main in [row for row in rows if row.role == MAIN]:
        rate = max(0, most - periods)
        if main.starts_on < day:  # what was taught so far stays as it was
            work.create(
                TeachingAssignment(
                    course=course, teacher_id=main.teacher_id, role=MAIN, periods_a_year=rate, starts_on=day,
                    ends_on=main.ends_on,
                )
            )  # fmt: skip
            work.change(main, ends_on=day)
        else:
            work.change(main, periods_a_year=rate)
    return periods


@action("curriculum.end_assignment", permission="curriculum.assign")
def end_assignment(work: Work, assignment: TeachingAssignment, *, on: date) -> None:
    """Take somebody off a course from a day on; an assignment that had not begun is gone."""
    course = Course.objects.select_for_update().get(pk=assignment.course_id)
    _open_year(course.year_id)
    if assignment.ends_on <= on:
        raise DomainError(_("Phân công này đã dừng từ trước."))
    work.touch_people([assignment.teacher_id])
    if assignment.role == CO:
        for main in TeachingAssignment.objects.select_for_update().filter(
            course=course, role=MAIN, starts_on__lte=on, ends_on__gt=on
        ):
            rate = min(course.periods_a_year, main.periods_a_year + assignment.periods_a_year)
            work.create(
                TeachingAssignment(
                    course=course, teacher_id=main.teacher_id, role=MAIN, periods_a_year=rate, starts_on=on,
                    ends_on=main.ends_on,
                )
            )  # fmt: skip
            if main.starts_on < on:
                work.change(main, ends_on=on)
            else:
                work.remove(main)
    if assignment.starts_on >= on:
        work.remove(assignment)
    else:
        work.change(assignment, ends_on=on)


@action("curriculum.copy_last_year", permission="curriculum.assign")
def copy_last_year(
    work: Work, school: Unit, *, year_id: int, follow: bool, starts_on: date | None = None
) -> int:
    """Give courses without a teacher to whoever taught them last year; gives how many.

    `follow`: teachers go up with their pupils (7A3 to 8A3); else they keep the class of the same name. Those who no
    longer work here are left out. Raises DomainError when there is nothing to copy.
    """
    wanted = queries.all_copies(school, year_id, follow=follow)
    day = _first_day(_open_year(year_id), starts_on)
    here = staff.all_working_at(school, sorted(set(wanted.values())), max(day, timezone.localdate()))
    chosen = {course_id: teacher for course_id, teacher in wanted.items() if teacher in here}
    if not chosen:
        raise DomainError(_("Không có phân công nào của năm trước dùng được cho các môn còn trống."))
    courses = list(Course.objects.select_for_update().filter(pk__in=chosen).order_by("pk"))
    return give_courses(work, courses, teachers=chosen, starts_on=day)


def end_all_of(work: Work, teacher_id: int, unit: Unit, on: date) -> list[Course]:
    """Take somebody off everything they teach at a unit from a day on; gives the courses they leave."""
    rows = list(
        TeachingAssignment.objects.select_for_update(of=("self",))
        .filter(
            Q(course__school=unit) | Q(course__classroom__campus=unit), teacher_id=teacher_id, ends_on__gt=on
        )
        .select_related("course__classroom", "course__subject")
        .order_by("pk")
    )
    begun = {row.pk: ([row.ends_on], [on]) for row in rows if row.starts_on < on}
    work.change_many(TeachingAssignment, ["ends_on"], begun)
    work.remove_many(TeachingAssignment, [row.pk for row in rows if row.starts_on >= on])
    return [row.course for row in rows]
