"""What teachers carry against the norm, and whom a school lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.statements import fetch
from khue.lib.class_sizes import kind_of_grade, size_limit
from khue.lib.names import fold, search_tokens
from khue.lib.workload import WEEKLY_NORM, Post
from khue.registry.calendar import queries as calendar
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum import rules
from khue.registry.curriculum.queries.grids import SUBSTITUTE, assignments, classrooms, courses, day_in
from khue.registry.roster.models import Classroom, Homeroom
from khue.registry.staff import queries as staff
from khue.registry.staff import rules as staff_rules
from khue.registry.staff.models import Duty, Position


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
    alike = (
        Classroom.objects.filter(year=year, school__in=schools.values("pk"), closed_on__isnull=True)
        .order_by()
        .values_list("school_id", "level", "grade", "sessions_a_week")
        .annotate(n=Count("pk"))
    )
    for school_id, lv, grade, sessions, number in alike:
        line = rooms.setdefault(school_id, {}).setdefault(lv, rules.Classes())
        for _one in range(number):
            line.add(lv, grade, sessions)
    present = dict(
        Position.objects.filter(
            unit__in=schools.values("pk"), post__in=("teacher", "youth_leader"), is_main=True, ends_on__isnull=True,
            person__in=staff.all_working(),
        ).values_list("unit_id").annotate(n=Count("pk"))
    )  # fmt: skip
    crowds = _crowds(list(found), year, day_in(actor, year))
    rows = []
    for pk, row in found.items():
        levels = rooms.get(pk, {})
        form = rules.school_form(row["name"])
        needed = sum(rules.teachers_for(lv, line, form=form) for lv, line in levels.items())
        have = present.get(pk, 0)
        counted, pupils, over = crowds.get(pk, (0, 0, 0))
        rows.append(
            {
                "id": pk, "code": row["code"], "name": row["name"], "sort_key": row["sort_key"],
                "levels": ", ".join(row["levels"]), "classes": sum(line.count for line in levels.values()),
                "needed": needed, "present": have, "difference": have - needed,
                "size": round(pupils / counted, 1) if counted else None, "over": over,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["difference"], row["sort_key"]))


def _crowds(school_ids: list[int], year: SchoolYear, day: date) -> dict[int, tuple[int, int, int]]:
    """Of each school: its classes, their pupils, and how many classes are over the limit of a day."""
    kinds = [(grade, special) for grade in range(1, 13) for special in (False, True)]
    limits = [size_limit(kind_of_grade(grade, specialised=special), day) for grade, special in kinds]
    rows = fetch(
        "select h.school_id, count(*)::int, sum(h.pupils)::int, (count(*) filter (where h.pupils > l.most))::int "
        "from roster_head_count h join roster_classroom c on c.id = h.classroom_id "
        "left join unnest(%s::int[], %s::boolean[], %s::int[]) l(grade, special, most) "
        "on l.grade = h.grade and l.special = c.is_special "
        "where h.year_id = %s and h.valid_to is null and h.grade > 0 and h.school_id = any(%s) group by 1",
        [
            [grade for grade, _special in kinds], [special for _grade, special in kinds],
            [limit.most if limit else None for limit in limits], year.pk, school_ids,
        ],
    )  # fmt: skip
    return {pk: (counted, pupils, over) for pk, counted, pupils, over in rows}
