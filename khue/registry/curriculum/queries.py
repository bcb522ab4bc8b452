"""Every read of the programme, the courses and who teaches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.workflow.models import Task
from khue.lib.class_sizes import ClassKind, kind_of_grade, size_limit
from khue.lib.names import fold, search_tokens
from khue.lib.numbers_vi import round_half_up
from khue.lib.workload import TEACHING_WEEKS, WEEKLY_NORM, Post
from khue.registry.calendar import queries as calendar
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum import rules
from khue.registry.curriculum.models import Course, Subject, SubjectPlan, TeachingAssignment
from khue.registry.curriculum.programme import ELECTIVES_TAKEN, PERIODS_OF_TOPIC
from khue.registry.curriculum.rooms import Room
from khue.registry.roster.models import Classroom, HeadCount, Homeroom
from khue.registry.staff import queries as staff
from khue.registry.staff import rules as staff_rules
from khue.registry.staff.models import Duty, Position

SEARCH = "curriculum.find_substitute"
MAIN, CO, SUBSTITUTE = "main", "co", "substitute"
ROLES = dict(TeachingAssignment.Role.choices)


# --- the programme --------------------------------------------------------------------------------------


def _plans(year_id: int) -> QuerySet[SubjectPlan]:
    held = Q(valid_from__lte=year_id) & (Q(valid_to__isnull=True) | Q(valid_to__gt=year_id))
    return SubjectPlan.objects.filter(held).order_by("level", "grade", "subject__order", "valid_from")


def all_plans(year_id: int) -> dict[tuple[str, int], list[rules.PlanLine]]:
    """The programme of a year by level and grade, in the order of subjects; the newest line of a subject holds."""
    found: dict[tuple[str, int], dict[str, rules.PlanLine]] = {}
    rows = _plans(year_id).values_list(
        "level", "grade", "subject_id", "kind", "periods_a_year", "assessed_by"
    )
    for level, grade, subject, kind, periods, assessed in rows:
        found.setdefault((level, grade), {})[subject] = rules.PlanLine(subject, kind, periods, assessed)
    return {place: list(lines.values()) for place, lines in found.items()}


def all_plan(year_id: int, level: str, grade: int) -> list[rules.PlanLine]:
    """The programme of one grade in a year."""
    return all_plans(year_id).get((level, grade), [])


def all_subject_names() -> dict[str, str]:
    """Code to name."""
    return dict(Subject.objects.order_by("order").values_list("code", "name"))


def subjects(actor: Actor) -> list[Subject]:
    """The subjects of the programme, in the order of books."""
    return list(Subject.objects.order_by("order")) if actor.holds("curriculum.view") else []


@dataclass(frozen=True)
class ProgrammeTable:
    """The programme of one level: rows of subjects by grades, and the sums the circular gives."""

    level: str
    grades: list[int]
    rows: list[tuple[str, str, str, list[int | None]]]  # name, kind, assessed by, periods by grade
    compulsory: list[int]
    every: list[int]  # what every pupil has: with electives and topics
    sources: list[str]


def programme(actor: Actor, year_id: int) -> list[ProgrammeTable]:
    """The programme in force in a year, a table a level; one query."""
    if not actor.holds("curriculum.view"):
        return []
    rows = _plans(year_id).values_list(
        "level", "grade", "subject__name", "kind", "assessed_by", "periods_a_year", "source", "subject__order"
    )
    levels: dict[str, dict[tuple[int, str, str, str], dict[int, int]]] = {}
    sources: dict[str, set[str]] = {}
    for level, grade, name, kind, assessed, periods, source, order in rows:
        levels.setdefault(level, {}).setdefault((order, name, kind, assessed), {})[grade] = periods
        sources.setdefault(level, set()).add(source)
    found = []
    for level in sorted(levels, key=lambda one: ("TH", "THCS", "THPT", "GDTX").index(one)):
        lines = levels[level]
        grades = sorted({grade for by_grade in lines.values() for grade in by_grade})
        ranks = {"compulsory": 0, "elective": 1, "optional": 2}
        ranked = sorted(lines.items(), key=lambda item: (ranks.get(item[0][2], 3), item[0][0]))
        compulsory = [
            sum(given.get(g, 0) for (_o, _n, kind, _a), given in ranked if kind == "compulsory")
            for g in grades
        ]
        more = ELECTIVES_TAKEN * 70 + rules.TOPICS_TAKEN * PERIODS_OF_TOPIC if level == "THPT" else 0
        found.append(
            ProgrammeTable(
                level, grades,
                [(name, kind, how, [given.get(g) for g in grades]) for (_o, name, kind, how), given in ranked],
                compulsory, [total + more for total in compulsory], sorted(sources[level]),
            )
        )  # fmt: skip
    return found


# --- courses and assignments ------------------------------------------------------------------------------


def courses(actor: Actor, permission: str = "curriculum.view_assignments") -> QuerySet[Course]:
    """The courses the actor may see."""
    return Course.objects.visible_to(actor, permission)


def assignments(
    actor: Actor, permission: str = "curriculum.view_assignments"
) -> QuerySet[TeachingAssignment]:
    """The assignments the actor may see."""
    return TeachingAssignment.objects.visible_to(actor, permission)


def classrooms(actor: Actor, permission: str = "curriculum.view_assignments") -> QuerySet[Classroom]:
    """The classes whose courses the actor may see."""
    return Classroom.objects.visible_to(actor, permission)


def all_course_label(course: Course) -> str:
    """`Toán 8A3`."""
    name = Subject.objects.values_list("short_name", flat=True).get(pk=course.subject_id)
    room = Classroom.objects.values_list("name", flat=True).get(pk=course.classroom_id)
    return f"{name} {room}"


def day_in(actor: Actor, year: SchoolYear) -> date:
    """Today, or the nearest day of a year that is not now: the day a page shows."""
    last = date.fromordinal(year.ends_on.toordinal() - 1)
    return min(max(timezone.localdate(), year.starts_on), last) if actor.is_somebody else year.starts_on


@dataclass
class Cell:
    """A course in the grid: who teaches it on the day shown."""

    course_id: int
    subject: str
    periods: int
    teacher_id: int | None = None
    teacher: str = ""
    others: list[str] = field(default_factory=list)  # "cùng dạy", "dạy thay"


@dataclass
class GridRow:
    """A class in the grid."""

    id: int
    name: str
    level: str
    grade: int
    campus: str
    cells: list[Cell | None] = field(default_factory=list)

    @property
    def periods(self) -> int:
        """Periods a year of all its courses."""
        return sum(cell.periods for cell in self.cells if cell)


@dataclass
class Grid:
    """Classes by subjects."""

    subjects: list[tuple[str, str, str]]  # code, short name, name
    rows: list[GridRow]
    day: date

    @property
    def cells(self) -> list[Cell]:
        """Every course shown."""
        return [cell for row in self.rows for cell in row.cells if cell]

    @property
    def open(self) -> int:
        """Courses nobody teaches."""
        return sum(1 for cell in self.cells if cell.teacher_id is None and not cell.others)


def school_rooms(
    actor: Actor, unit: Unit, year: SchoolYear, permission: str = "curriculum.view_assignments"
) -> list[Room]:
    """The open classes of a school or campus in the order of class lists; one query."""
    rooms = classrooms(actor, permission).filter(year=year, closed_on__isnull=True)
    rooms = rooms.filter(campus=unit) if unit.kind == UnitKind.CAMPUS else rooms.filter(school=unit)
    some = Exists(Course.objects.filter(classroom=OuterRef("pk")))
    away = Case(When(campus__is_main=True, then=Value("")), default="campus__name")
    rows = rooms.order_by("sort_key").values_list("pk", "name", "level", "grade", away, some)
    return [Room(pk, name, level, grade, campus or "", has) for pk, name, level, grade, campus, has in rows]


def grid(
    actor: Actor, unit: Unit, year: SchoolYear, *, rooms: Sequence[Room] | None = None, grade: int | None = None,
    subject: str = "", classroom_id: int | None = None, teacher_id: int | None = None,
    permission: str = "curriculum.view_assignments",
) -> Grid:  # fmt: skip
    """Classes by subjects with their teachers on the day; two queries more than the classes, whatever the size."""
    day = day_in(actor, year)
    shown = [
        room
        for room in (school_rooms(actor, unit, year, permission) if rooms is None else rooms)
        if grade in (None, room.grade) and classroom_id in (None, room.id)
    ]
    chosen = courses(actor, permission).filter(classroom__in=[room.id for room in shown])
    if subject:
        chosen = chosen.filter(subject=subject)
    if teacher_id:
        chosen = chosen.filter(assignments__teacher=teacher_id).distinct()
    cells: dict[int, dict[str, Cell]] = {}
    by_course: dict[int, Cell] = {}
    names: dict[str, tuple[int, str, str, str]] = {}
    for pk, room_id, code, periods, order, short, name in chosen.values_list(
        "pk",
        "classroom_id",
        "subject_id",
        "periods_a_year",
        "subject__order",
        "subject__short_name",
        "subject__name",
    ):
        by_course[pk] = cells.setdefault(room_id, {})[code] = Cell(pk, code, periods)
        names[code] = (order, code, short, name)
    held = assignments(actor, permission).filter(
        course__in=list(by_course), starts_on__lte=day, ends_on__gt=day
    )
    for course_id, pk, name, role in held.order_by("starts_on", "pk").values_list(
        "course_id", "teacher_id", "teacher__full_name", "role"
    ):
        cell = by_course[course_id]
        if role == MAIN:
            cell.teacher_id, cell.teacher = pk, name
        else:
            cell.others.append(name)
    columns = [line[1:] for line in sorted(names.values())]
    rows = [
        GridRow(
            room.id, room.name, room.level, room.grade, room.campus,
            [cells.get(room.id, {}).get(code) for code, _short, _name in columns],
        )
        for room in shown
        if room.id in cells or not (subject or teacher_id)
    ]  # fmt: skip
    return Grid(columns, rows, day)


def without_courses(actor: Actor, unit: Unit, year: SchoolYear) -> list[Classroom]:
    """Classes with a programme and without any course yet, where the actor may assign."""
    rooms = classrooms(actor, "curriculum.assign").filter(
        year=year, school=unit, closed_on__isnull=True, courses=None
    )
    return list(rooms.exclude(level="MN").order_by("sort_key"))


def all_copies(school: Unit, year_id: int, *, follow: bool) -> dict[int, int]:
    """Courses without a main teacher and who taught them last year: course id -> person id (see `copy_last_year`)."""
    main = TeachingAssignment.objects.filter(
        course=OuterRef("pk"), role=MAIN, ends_on__gt=timezone.localdate()
    )
    empty = Course.objects.filter(~Exists(main), school=school, year_id=year_id).values_list(
        "pk", "classroom__name", "classroom__grade", "subject_id"
    )
    last: dict[tuple[str, str], int] = {}
    for name, code, teacher_id in (
        TeachingAssignment.objects.filter(course__school=school, course__year_id=year_id - 1, role=MAIN)
        .order_by("starts_on", "pk")
        .values_list("course__classroom__name", "course__subject_id", "teacher_id")
    ):
        last[name, code] = teacher_id
    found = {}
    for pk, name, grade, code in empty:
        text = str(grade)
        before = f"{grade - 1}{name.removeprefix(text)}" if follow and name.startswith(text) else name
        if (before, code) in last:
            found[pk] = last[before, code]
    return found


def all_open_searches(school: Unit) -> list[tuple[str, int]]:
    """Open tasks that ask a school to find a substitute: subject and whom for."""
    rows = Task.objects.filter(kind=SEARCH, unit=school, closed_at__isnull=True).values_list(
        "subject", flat=True
    )
    return [(subject, int(subject.rpartition(":")[2])) for subject in rows]


def all_uncovered(unit: Unit, person_id: int, day: date) -> list[str]:
    """The courses somebody taught at a unit that nobody else has been given from a day on: `Toán 8A3`."""
    theirs = TeachingAssignment.objects.filter(course=OuterRef("pk"), teacher_id=person_id, role=MAIN)
    others = TeachingAssignment.objects.filter(
        course=OuterRef("pk"), role__in=(MAIN, SUBSTITUTE), ends_on__gt=day
    )
    rows = Course.objects.filter(
        Exists(theirs), ~Exists(others.exclude(teacher_id=person_id)), Q(school=unit) | Q(classroom__campus=unit),
        year__is_closed=False, year__ends_on__gt=day,
    )  # fmt: skip
    found = rows.order_by("classroom__sort_key", "subject__order").values_list(
        "subject__short_name", "classroom__name"
    )
    return [f"{subject} {room}" for subject, room in found]


@dataclass(frozen=True)
class ClassLine:
    """A course on the page of its class."""

    course_id: int
    name: str
    kind: str
    periods: int
    has_topic: bool
    teacher: str
    others: str


def class_lines(actor: Actor, room: Classroom, plan: Sequence[rules.PlanLine], grid: Grid) -> list[ClassLine]:
    """The courses of a class with their kinds, from a grid that was asked for already."""
    if not actor.holds("curriculum.view_assignments"):
        return []
    lines = {line.subject: line for line in plan}
    names = {code: name for code, _short, name in grid.subjects}
    found = []
    for cell in grid.cells:
        line = lines.get(cell.subject)
        has_topic = line is not None and cell.periods == line.periods + PERIODS_OF_TOPIC
        found.append(
            ClassLine(
                cell.course_id, names[cell.subject], line.kind if line else "", cell.periods, has_topic, cell.teacher,
                ", ".join(cell.others),
            )
        )  # fmt: skip
    return found


def all_choices(
    plan: Sequence[rules.PlanLine], held: Mapping[str, int]
) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """What a class may choose (electives, topics, optional) and what it has chosen; `held` is subject -> periods."""
    names = all_subject_names()
    kinds: dict[str, list[tuple[str, str]]] = {"electives": [], "topics": [], "optional": []}
    chosen: dict[str, list[str]] = {"electives": [], "topics": [], "optional": []}
    is_upper = any(line.kind == "elective" for line in plan)
    for line in plan:
        name = {"elective": "electives", "optional": "optional"}.get(line.kind)
        if name:
            kinds[name].append((line.subject, names[line.subject]))
            if line.subject in held:
                chosen[name].append(line.subject)
        if is_upper and line.assessed_by == "marks" and line.kind != "optional":
            kinds["topics"].append((line.subject, names[line.subject]))
            if held.get(line.subject) == line.periods + PERIODS_OF_TOPIC:
                chosen["topics"].append(line.subject)
    return kinds, chosen


def all_expected(plan: Sequence[rules.PlanLine], level: str) -> int:
    """Periods a year that every pupil of the grade has by the circular."""
    more = ELECTIVES_TAKEN * 70 + rules.TOPICS_TAKEN * PERIODS_OF_TOPIC if level == "THPT" else 0
    return sum(line.periods for line in plan if line.kind == "compulsory") + more


@dataclass(frozen=True)
class Teaching:
    """What one teacher teaches in a year, as far as somebody may see it."""

    name: str
    rows: list[dict[str, Any]]
    homerooms: list[str]
    weekly: Decimal


def teaching_of(actor: Actor, person_id: int, year: SchoolYear) -> Teaching | None:
    """The courses and classes of a teacher; None when nothing of theirs is the actor's to see; three queries."""
    day = day_in(actor, year)
    rows: list[dict[str, Any]] = [
        {**row, "is_now": row["starts_on"] <= day < row["ends_on"], "role_label": ROLES[row["role"]]}
        for row in assignments(actor)
        .filter(teacher_id=person_id, course__year=year)
        .order_by("course__classroom__sort_key", "course__subject__order")
        .values(
            "course_id", "course__subject__name", "course__classroom__name", "course__school__name", "role",
            "periods_a_year", "starts_on", "ends_on",
        )
    ]  # fmt: skip
    homerooms = list(
        Homeroom.objects.visible_to(actor, "curriculum.view_assignments")
        .filter(teacher_id=person_id, classroom__year=year, starts_on__lte=day, ends_on__gt=day)
        .values_list("classroom__name", flat=True)
    )
    known = staff.positions(actor, "curriculum.view_assignments").filter(person_id=person_id).exists()
    if not rows and not homerooms and not known and actor.person_id != person_id:
        return None
    name = Person.objects.values_list("full_name", flat=True).get(pk=person_id)
    total = sum(row["periods_a_year"] for row in rows if row["is_now"])
    return Teaching(name, rows, homerooms, round_half_up(Decimal(total) / TEACHING_WEEKS, 1))


# --- workload -------------------------------------------------------------------------------------------


@dataclass
class TeacherLoad:
    """A teacher's year at a school."""

    id: int
    name: str
    post: str
    level: str
    subjects: str
    load: rules.Load | None  # None: no norm of periods
    courses: list[str]
    homerooms: list[str]
    duties: list[str]
    campuses: list[str]
    is_guest: bool
    is_away: bool

    @property
    def travels(self) -> bool:
        """Whether they teach at two places of the school or more."""
        return len(self.campuses) > 1


@dataclass
class SchoolLoad:
    """The workload of a school: teachers, subjects, levels."""

    teachers: list[TeacherLoad]
    shortages: list[rules.Shortage]
    needs: list[rules.Need]
    vice_principals: tuple[int, int]  # allowed, present

    def count(self, kind: str) -> int:
        """How many teachers' load is of a kind."""
        return sum(1 for one in self.teachers if one.load and one.load.kind == kind)


_TAUGHT = (
    "teacher_id", "role", "periods_a_year", "starts_on", "ends_on", "course_id", "course__subject_id",
    "course__subject__short_name", "course__classroom__name", "course__classroom__level",
    "course__classroom__campus__name",
)  # fmt: skip


def workloads(actor: Actor, school: Unit, year: SchoolYear) -> SchoolLoad:
    """Everybody's workload at a school, shortage by subject and staff by level; eight queries whatever the size."""
    permission = "curriculum.view_workload"
    mondays = [monday for monday, _term in calendar.all_weeks_of(year.pk)]
    day = day_in(actor, year)
    people = staff.teachers_of(actor, school, permission=permission, on=day)
    rows = list(
        assignments(actor, permission)
        .filter(course__year=year, course__school=school)
        .order_by("course__classroom__sort_key", "course__subject__order")
        .values(*_TAUGHT)
    )
    now_homeroom = Homeroom.objects.filter(classroom=OuterRef("pk"), starts_on__lte=day, ends_on__gt=day)
    rooms = list(
        classrooms(actor, permission)
        .filter(year=year, school=school, closed_on__isnull=True)
        .annotate(homeroom_id=Subquery(now_homeroom.order_by("-starts_on").values("teacher_id")[:1]))
        .order_by("sort_key")
        .values("level", "grade", "sessions_a_week", "name", "homeroom_id")
    )
    names: dict[int, list[str]] = {}
    for room in rooms:
        if room["homeroom_id"]:
            names.setdefault(room["homeroom_id"], []).append(room["name"])
    duties: dict[int, list[tuple[str, Decimal, str]]] = {}
    for duty in Duty.objects.visible_to(actor, permission).filter(unit=school, year=year):
        duties.setdefault(duty.person_id, []).append((duty.kind, duty.periods, duty.get_kind_display()))
    spans: dict[int, list[rules.Span]] = {}
    substituted: dict[int, list[rules.Span]] = {}
    for row in rows:
        span = rules.Span(
            row["course_id"], row["role"], row["periods_a_year"], row["starts_on"], row["ends_on"]
        )
        spans.setdefault(row["teacher_id"], []).append(span)
        if row["role"] == SUBSTITUTE:
            substituted.setdefault(row["course_id"], []).append(span)
    taught: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        taught.setdefault(row["teacher_id"], []).append(row)
    form, classes = rules.school_form(school.name), len(rooms)
    is_big = classes >= rules.BIG_SCHOOL.get(school.region, 28)
    teachers = []
    for person in people:
        given = taught.get(person["id"], [])
        level = rules.highest(row["course__classroom__level"] for row in given)
        level = level or staff_rules.level_of_title(person["title_code"]) or rules.highest(school.levels)
        post = rules.norm_post(person["post"], level, form=form, is_big=is_big)
        if post is None and not given:
            continue
        held = duties.get(person["id"], [])
        now = [row for row in given if row["ends_on"] > day]
        load = None
        if post is not None:
            total = rules.periods_taught(spans.get(person["id"], []), mondays, substituted)
            load = rules.load(
                post,
                total,
                is_homeroom=person["id"] in names,
                duties=[(kind, periods) for kind, periods, _l in held],
            )
        teachers.append(
            TeacherLoad(
                person["id"], person["name"], person["post"], level, person["subjects"], load,
                [f"{r['course__subject__short_name']} {r['course__classroom__name']}" for r in now],
                names.get(person["id"], []), [label for _k, _p, label in held],
                sorted({r["course__classroom__campus__name"] or school.name for r in now}),
                person["is_guest"], person["is_away"],
            )
        )  # fmt: skip
    return SchoolLoad(
        teachers,
        _shortages(actor, school, year, teachers, rows),
        _needs(school, rooms, teachers, form),
        (
            rules.leaders_for(school.levels, classes, school.region),
            sum(p["post"] == "vice_principal" for p in people),
        ),
    )


def _words_of(lines: Sequence[tuple[str, str, str, str]]) -> dict[str, str]:
    """Folded wording -> code, of subjects as (code, name, short name, other words); the first of a wording holds."""
    found: dict[str, str] = {}
    for code, name, short, words in lines:
        for wording in (name, short, *words.split("|")):
            if wording:
                found.setdefault(fold(wording), code)
    for code, name, short, words in lines:
        for part in " - ".join((name, short, *words.split("|"))).replace(" và ", " - ").split(" - "):
            found.setdefault(fold(part), code)
    found.pop("", None)
    return found


def _shortages(
    actor: Actor,
    school: Unit,
    year: SchoolYear,
    teachers: Sequence[TeacherLoad],
    rows: Sequence[Mapping[str, Any]],
) -> list[rules.Shortage]:
    day = day_in(actor, year)
    given: dict[str, int] = {}
    for row in rows:
        if row["role"] != SUBSTITUTE and row["starts_on"] <= day < row["ends_on"]:
            code = row["course__subject_id"]
            given[code] = given.get(code, 0) + row["periods_a_year"]
    wanted: dict[str, list[Any]] = {}
    spoken: dict[str, tuple[str, str, str, str]] = {}
    for code, name, periods, level, order, short, wordings in (
        courses(actor, "curriculum.view_workload")
        .filter(school=school, year=year, classroom__closed_on__isnull=True)
        .order_by("subject__order")
        .values_list(
            "subject_id", "subject__name", "periods_a_year", "classroom__level", "subject__order",
            "subject__short_name", "subject__words",
        )
    ):  # fmt: skip
        spoken[code] = (code, name, short, wordings)
        line = wanted.setdefault(code, [order, name, 0, level])
        line[2] += periods
        line[3] = rules.highest([line[3], level])
    words = _words_of(list(spoken.values()))
    able: dict[str, list[Decimal]] = {}
    everything: list[Decimal] = []  # of primary teachers who teach a whole class
    for one in teachers:
        named = rules.subjects_in(one.subjects, words) if one.subjects else []
        if not named and one.level == "TH" and one.load:
            everything.append(one.load.required)
        for code in named:
            share = one.load.required / len(named) if one.load else Decimal(0)
            able.setdefault(code, []).append(share)
    common = (
        [code for code, line in wanted.items() if line[3] == "TH" and code not in able] if everything else []
    )
    found = []
    if common:
        periods, done = sum(wanted[code][2] for code in common), sum(given.get(code, 0) for code in common)
        norm, name = WEEKLY_NORM[Post.PRIMARY], _("Các môn giáo viên dạy cả lớp")
        found.append(
            rules.Shortage("", name, periods, done, len(everything), sum(everything, Decimal(0)), norm)
        )
    for code, (_order, name, periods, level) in sorted(wanted.items(), key=lambda item: item[1][0]):
        if code in common:
            continue
        post = rules.norm_post("teacher", level, form=rules.school_form(school.name))
        norm = WEEKLY_NORM[post] if post else 19
        capacity = sum(able.get(code, []), Decimal(0))
        found.append(
            rules.Shortage(code, name, periods, given.get(code, 0), len(able.get(code, [])), capacity, norm)
        )
    return found


def _classes_by_level(rooms: Sequence[Mapping[str, Any]]) -> dict[str, rules.Classes]:
    found: dict[str, rules.Classes] = {}
    for room in rooms:
        line = found.setdefault(room["level"], rules.Classes())
        line.add(room["level"], room["grade"], room["sessions_a_week"])
    return found


def _needs(
    school: Unit, rooms: Sequence[Mapping[str, Any]], teachers: Sequence[TeacherLoad], form: str
) -> list[rules.Need]:
    levels = _classes_by_level(rooms)
    present: dict[str, int] = {}
    for one in teachers:
        if one.post in ("teacher", "youth_leader") and not one.is_guest:
            present[one.level] = present.get(one.level, 0) + 1
    return [
        rules.Need(
            level,
            levels[level].count,
            rules.teachers_for(level, levels[level], form=form),
            present.get(level, 0),
        )
        for level in rules.LEVEL_ORDER
        if level in levels
    ]


# --- staffing of many schools --------------------------------------------------------------------------


def staffing_rows(
    actor: Actor, unit: Unit, year: SchoolYear, *, search: str = "", level: str = ""
) -> list[dict[str, Any]]:
    """Teachers needed and present of every open school below a unit, the shortest first; four queries."""
    permission = "curriculum.view_workload"
    schools = Unit.objects.visible_to(actor, permission).filter(
        path__startswith=unit.path, kind=UnitKind.SCHOOL, closed_on__isnull=True
    )
    if level:
        schools = schools.filter(levels__contains=[level])
    for token in search_tokens(search):
        schools = schools.filter(Q(search_key__startswith=token) | Q(search_key__contains=f" {token}"))
    found = {row["pk"]: row for row in schools.values("pk", "code", "name", "levels", "region", "sort_key")}
    rooms: dict[int, dict[str, rules.Classes]] = {}
    for school_id, lv, grade, sessions in Classroom.objects.filter(
        year=year, school__in=schools.values("pk"), closed_on__isnull=True
    ).values_list("school_id", "level", "grade", "sessions_a_week"):
        line = rooms.setdefault(school_id, {}).setdefault(lv, rules.Classes())
        line.add(lv, grade, sessions)
    present = dict(
        Position.objects.filter(
            unit__in=schools.values("pk"), post__in=("teacher", "youth_leader"), is_main=True, ends_on__isnull=True,
            person__staff_member__status__in=staff.WORKS,
        ).values_list("unit_id").annotate(n=Count("pk"))
    )  # fmt: skip
    sizes: dict[int, list[int]] = {}
    over: dict[int, int] = {}
    limits = {kind: size_limit(kind, day_in(actor, year)) for kind in ClassKind}
    for school_id, grade, special, pupils in HeadCount.objects.filter(
        school__in=schools.values("pk"),
        year=year,
        valid_to__isnull=True,
        classroom__isnull=False,
        grade__gt=0,
    ).values_list("school_id", "grade", "classroom__is_special", "pupils"):
        sizes.setdefault(school_id, []).append(pupils)
        limit = limits[kind_of_grade(grade, specialised=special)]
        if limit is not None and pupils > limit.most:
            over[school_id] = over.get(school_id, 0) + 1
    rows = []
    for pk, row in found.items():
        levels = rooms.get(pk, {})
        form = rules.school_form(row["name"])
        needed = sum(rules.teachers_for(lv, line, form=form) for lv, line in levels.items())
        have, counts = present.get(pk, 0), sizes.get(pk, [])
        rows.append(
            {
                "id": pk, "code": row["code"], "name": row["name"], "sort_key": row["sort_key"],
                "levels": ", ".join(row["levels"]), "classes": sum(line.count for line in levels.values()),
                "needed": needed, "present": have, "difference": have - needed,
                "size": round(sum(counts) / len(counts), 1) if counts else None, "over": over.get(pk, 0),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["difference"], row["sort_key"]))
