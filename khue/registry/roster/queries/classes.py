"""Reads of classes: the list of a place, one class with its pupils, places still free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import value_of
from khue.registry.roster import rules
from khue.registry.roster.models import Classroom, Enrolment, Homeroom
from khue.registry.roster.queries.places import Place, reaches


def classrooms(actor: Actor, permission: str = "roster.view_classes") -> QuerySet[Classroom]:
    """The classes of every year that the actor may see."""
    rows: QuerySet[Classroom] = Classroom.objects.visible_to(actor, permission)
    return rows


@dataclass(frozen=True)
class ClassPage:
    """One page of classes."""

    rows: list[dict[str, Any]]
    total: int


def _counted() -> Any:
    return Subquery(
        Enrolment.objects.filter(classroom=OuterRef("pk"), status__in=rules.COUNTED)
        .order_by()
        .values("classroom")
        .annotate(n=Count("pk"))
        .values("n"),
        output_field=IntegerField(),
    )


def class_rows(
    actor: Actor,
    *,
    year_id: int,
    place: Place | None,
    search: str = "",
    filters: dict[str, str] | None = None,
    order_by: Sequence[str] = ("sort_key", "pk"),
    offset: int = 0,
    limit: int | None = 50,
    permission: str = "roster.view_classes",
) -> ClassPage:
    """Classes of a place with pupils, girls, homeroom teacher and how full they are; three queries."""
    filters = filters or {}
    rows = classrooms(actor, permission).filter(year_id=year_id)
    unit = place.unit if place else None
    if unit is not None and reaches(actor, permission, unit) and unit.parent_id is not None:
        if unit.kind == UnitKind.CAMPUS:
            rows = rows.filter(campus_id=unit.pk)
        elif unit.kind == UnitKind.SCHOOL:
            rows = rows.filter(school_id=unit.pk)
        else:
            rows = rows.filter(school__path__startswith=unit.path)
    if filters.get("tinh-trang") != "closed":
        rows = rows.filter(closed_on__isnull=True)
    else:
        rows = rows.filter(closed_on__isnull=False)
    if filters.get("khoi"):
        rows = rows.filter(grade=int(filters["khoi"]))
    if filters.get("diem-truong"):
        rows = rows.filter(campus_id=int(filters["diem-truong"]))
    if filters.get("thieu") == "gvcn":
        today = timezone.localdate()
        rows = rows.exclude(
            Exists(Homeroom.objects.filter(classroom=OuterRef("pk"), starts_on__lte=today, ends_on__gt=today))
        )
    if search:
        rows = rows.filter(
            Q(name__icontains=search.replace(" ", "")) | Q(school__search_key__contains=search.lower())
        )
    page: list[dict[str, Any]] = list(
        rows.order_by(*order_by).values(  # type: ignore[arg-type]
            "id", "name", "grade", "level", "school_id", "school__name", "campus__name", "sessions_a_week",
            "is_special", "closed_on", "combined_with__name",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    total = (
        offset + len(page) if limit is None or (len(page) < limit and (page or not offset)) else rows.count()
    )
    _complete(page)
    return ClassPage(page, total)


def _complete(page: list[dict[str, Any]]) -> None:
    today = timezone.localdate()
    ids = [row["id"] for row in page]
    counts = {
        row["classroom_id"]: row
        for row in Enrolment.objects.filter(classroom__any_of=ids, status__in=rules.COUNTED)
        .order_by()
        .values("classroom_id")
        .annotate(
            pupils=Count("pk"), girls=Count("pk", filter=Q(person__sex=2)),
            minority=Count("pk", filter=~Q(person__ethnicity__in=["", "01", "55", "56"])),
        )
    }  # fmt: skip
    teachers = dict(
        Homeroom.objects.filter(classroom__any_of=ids, starts_on__lte=today, ends_on__gt=today)
        .order_by("starts_on")
        .values_list("classroom_id", "teacher__full_name")
    )
    secondary = int(value_of("roster.class_limit_secondary"))
    for row in page:
        counted: dict[str, Any] = counts.get(row["id"], {})  # type: ignore[assignment]
        row["pupils"] = counted.get("pupils", 0)
        row["girls"] = counted.get("girls", 0)
        row["minority"] = counted.get("minority", 0)
        row["teacher"] = teachers.get(row["id"], "")
        row["limit"] = rules.size_limit(
            row["grade"], today, is_special=row["is_special"], secondary_limit=secondary
        )
        row["fullness"] = rules.fullness(row["pupils"], row["limit"])


@dataclass(frozen=True)
class ClassRecord:
    """One class: its pupils in order, its homeroom teachers, classes taught together with it."""

    classroom: Classroom
    pupils: list[dict[str, Any]]
    homerooms: list[Homeroom]
    combined: list[Classroom]
    counted: int
    girls: int
    minority: int
    limit: int
    fullness: str

    @property
    def teacher(self) -> Homeroom | None:
        """Who is homeroom teacher today."""
        today = timezone.localdate()
        return next((row for row in self.homerooms if row.starts_on <= today < row.ends_on), None)


def classroom(actor: Actor, pk: int) -> Classroom | None:
    """One class by itself; None when it is not the actor's to see. One query."""
    return classrooms(actor).select_related("school", "campus", "year", "combined_with").filter(pk=pk).first()


def class_record(actor: Actor, pk: int) -> ClassRecord | None:
    """One class with everything in it; None when it is not the actor's to see. Five queries."""
    room = classroom(actor, pk)
    if room is None:
        return None
    fields = (
        "id", "person_id", "person__full_name", "person__birth_date", "person__sex", "person__ethnicity",
        "person__ministry_code", "person__code", "status", "is_current", "is_repeat", "joined_on",
    )  # fmt: skip
    pupils = list(
        Enrolment.objects.filter(classroom=room, status__in=rules.PRESENT)
        .order_by("sort_key", "pk")
        .values(*fields)
    )
    counted = [row for row in pupils if row["status"] in rules.COUNTED]
    today = timezone.localdate()
    limit = rules.size_limit(
        room.grade,
        today,
        is_special=room.is_special,
        secondary_limit=int(value_of("roster.class_limit_secondary")),
    )
    return ClassRecord(
        room,
        pupils,
        list(Homeroom.objects.filter(classroom=room).select_related("teacher").order_by("-starts_on", "-pk")),
        list(
            Classroom.objects.filter(Q(combined_with=room) | Q(pk=room.combined_with_id)).order_by("sort_key")
        ),
        len(counted),
        sum(1 for row in counted if row["person__sex"] == 2),
        sum(1 for row in counted if row["person__ethnicity"] not in ("", "01", "55", "56")),
        limit,
        rules.fullness(len(counted), limit),
    )


@dataclass(frozen=True)
class FreePlace:
    """A class to put pupils into: how many it has, how many it may have."""

    classroom: Classroom
    pupils: int
    limit: int

    @property
    def label(self) -> str:
        """`8A2 (41/45 em)`."""
        return (
            f"{self.classroom.name} ({self.pupils}/{self.limit} em)"
            if self.limit
            else f"{self.classroom.name} ({self.pupils} em)"
        )

    @property
    def is_full(self) -> bool:
        """Whether one more would be too many."""
        return bool(self.limit) and self.pupils >= self.limit


def open_classrooms(actor: Actor, *, school_id: int, year_id: int) -> QuerySet[Classroom]:
    """The open classes of a school in a year, in order."""
    rows = classrooms(actor).filter(school_id=school_id, year_id=year_id, closed_on__isnull=True)
    return rows.order_by("sort_key", "pk")


def free_places(actor: Actor, *, school_id: int, year_id: int, grade: int | None = None) -> list[FreePlace]:
    """The open classes of a school (of one grade) with their sizes; two queries."""
    rows = open_classrooms(actor, school_id=school_id, year_id=year_id)
    if grade is not None:
        rows = rows.filter(grade=grade)
    rooms = list(rows.annotate(counted=_counted()))
    secondary = int(value_of("roster.class_limit_secondary")) if rooms else 0
    today = timezone.localdate()
    return [
        FreePlace(
            room, room.counted or 0,  # type: ignore[attr-defined]
            rules.size_limit(room.grade, today, is_special=room.is_special, secondary_limit=secondary),
        )
        for room in rooms
    ]  # fmt: skip


def homeroom_candidates(actor: Actor, school: Unit, on: date | None = None) -> list[tuple[int, str]]:
    """Who may become homeroom teacher at a school: everyone who works there; with the class they have already."""
    from khue.registry.staff import queries as staff

    today = on or timezone.localdate()
    people = staff.teachers_of(actor, school, on=today)
    taken = dict(
        Homeroom.objects.filter(
            teacher_id__in=[one["id"] for one in people], starts_on__lte=today, ends_on__gt=today,
            classroom__school=school,
        ).values_list("teacher_id", "classroom__name")
    )  # fmt: skip
    found = {}
    for one in people:
        busy = {"name": one["name"], "room": taken.get(one["id"], "")}
        found[one["id"]] = _("%(name)s (đang chủ nhiệm %(room)s)") % busy if busy["room"] else one["name"]
    return list(found.items())


def all_counted(classroom_ids: Sequence[int]) -> dict[int, int]:
    """How many pupils count in each of these classes; for rules inside actions."""
    rows = (
        Enrolment.objects.filter(classroom__any_of=classroom_ids, status__in=rules.COUNTED)
        .order_by()
        .values("classroom_id")
        .annotate(n=Count("pk"))
        .values_list("classroom_id", "n")
    )
    return dict(rows)


def homerooms(actor: Actor, permission: str = "roster.manage_classes") -> QuerySet[Homeroom]:
    """The homeroom assignments the actor may change."""
    rows: QuerySet[Homeroom] = Homeroom.objects.visible_to(actor, permission)
    return rows
