"""The courses of classes and who teaches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.workflow.models import Task
from khue.lib.numbers_vi import round_half_up
from khue.lib.workload import TEACHING_WEEKS
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum import rules
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.curriculum.programme import ELECTIVES_TAKEN, PERIODS_OF_TOPIC
from khue.registry.curriculum.queries.plans import all_subject_names
from khue.registry.curriculum.rooms import Room
from khue.registry.roster.models import Classroom, Homeroom
from khue.registry.staff import queries as staff

SEARCH = "curriculum.find_substitute"
MAIN, CO, SUBSTITUTE = "main", "co", "substitute"
ROLES = dict(TeachingAssignment.Role.choices)


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
