"""Reads of pupils in lists: narrowed to a place and a year, searched, filtered, in Vietnamese order.

A list of fifty names costs the same in one school as in two thousand: the rows come in the order of an index
((school, year, sort_key) or (year, sort_key)), and what matches is counted up to COUNTED_TO at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Identifier
from khue.kernel.statements import fetch
from khue.lib.numbers import whole
from khue.registry.roster import rules
from khue.registry.roster.models import Classroom, Enrolment, Guardianship, Status
from khue.registry.roster.queries.opened_list import all_opened
from khue.registry.roster.queries.places import Place, reaches

COUNTED_TO = 10_000
WORDS = SearchVector("person__search_key", config="simple")
LEFT = (Status.TRANSFERRED_OUT, Status.DROPPED, Status.COMPLETED, Status.DECEASED)
FIELDS = (
    "id", "person_id", "person__full_name", "person__birth_date", "person__birth_precision", "person__sex",
    "person__ethnicity", "person__ministry_code", "person__personal_id", "person__code", "classroom_id",
    "classroom__name", "school_id", "status", "is_current", "is_repeat", "grade",
)  # fmt: skip


def enrolments(actor: Actor, permission: str = "roster.view_list") -> QuerySet[Enrolment]:
    """The enrolments of every year that the actor may see."""
    rows: QuerySet[Enrolment] = Enrolment.objects.visible_to(actor, permission)
    return rows


def held(actor: Actor, permission: str = "roster.view_profile") -> QuerySet[Enrolment]:
    """The current enrolments the actor may see: who holds the record holds the pupil."""
    return enrolments(actor, permission).filter(is_current=True)


def within(actor: Actor, permission: str, year_id: int, place: Place | None) -> QuerySet[Enrolment]:
    """The enrolments of a year at a place: always those of `visible_to`, asked so that the index gives the order.

    Where the permission holds at the unit itself every row of the unit is the actor's, so the unit is the whole
    condition; elsewhere (a teacher's classes, a campus) the general condition stands.
    """
    unit = place.unit if place else None
    if unit is None or not reaches(actor, permission, unit):
        rows = enrolments(actor, permission).filter(year_id=year_id)
        return rows.filter(school_id=place.school_id) if place and place.is_school else rows
    rows = Enrolment.objects.filter(year_id=year_id)
    if unit.kind == UnitKind.SCHOOL:
        return rows.filter(school_id=unit.pk)
    if unit.kind == UnitKind.CAMPUS:
        return rows.filter(school_id=unit.parent_id, campus_id=unit.pk)
    if unit.parent_id is None:
        return rows
    below = Unit.objects.filter(path__startswith=unit.path, kind=UnitKind.SCHOOL).values_list("pk", flat=True)
    return rows.filter(school_id__in=list(below))


def matching(rows: QuerySet[Enrolment], text: str, *, is_wide: bool) -> QuerySet[Enrolment]:
    """Narrow to what was typed: name (each word begins a word of the name), number, code or birth date."""
    sought = rules.what_is_sought(text)
    if sought.kind == "born":
        return rows.filter(person__birth_date=sought.day)
    if sought.kind == "personal_id":
        return rows.filter(person__personal_id=sought.text)
    if sought.kind == "ministry_code":
        return rows.filter(person__ministry_code=sought.text)
    if sought.kind == "digits":
        return rows.filter(
            Q(person__ministry_code__startswith=sought.text) | Q(person__personal_id__startswith=sought.text)
        )
    if sought.kind == "code":
        return rows.filter(person__code=sought.text)
    if sought.kind == "temporary":
        return rows.filter(
            person__in=Identifier.objects.filter(system="temporary", value=sought.text).values("person_id")
        )
    if sought.kind == "nothing":
        return rows.none()
    if is_wide:
        words = " & ".join([*sought.tokens[:-1], f"{sought.tokens[-1]}:*"])
        return rows.annotate(words=WORDS).filter(words=SearchQuery(words, config="simple", search_type="raw"))
    rows = rows.annotate(name_words=Concat(Value(" "), F("person__search_key"), output_field=CharField()))
    for token in sought.tokens:
        rows = rows.filter(name_words__contains=f" {token}")
    return rows


def filtered(rows: QuerySet[Enrolment], filters: Mapping[str, str]) -> QuerySet[Enrolment]:
    """Narrow by the conditions of the list (their keys are those of its address)."""
    status = filters.get("tinh-trang", "")
    if status == "left":
        rows = rows.filter(status__in=LEFT)
    elif status == "counted":
        rows = rows.filter(status__in=rules.COUNTED)
    elif status:
        rows = rows.filter(status=status)
    elif filters.get("moi") != "1":
        rows = rows.filter(status__in=rules.PRESENT)
    if filters.get("khoi"):
        rows = rows.filter(grade=int(filters["khoi"]))
    if filters.get("lop"):
        rows = rows.filter(classroom_id=int(filters["lop"]))
    if filters.get("gioi"):
        rows = rows.filter(person__sex=int(filters["gioi"]))
    ethnicity = filters.get("dan-toc", "")
    if ethnicity == "minority":
        rows = rows.exclude(person__ethnicity__in=["", "01", "55", "56"])
    elif ethnicity:
        rows = rows.filter(person__ethnicity=ethnicity)
    if filters.get("diem-truong"):
        rows = rows.filter(campus_id=int(filters["diem-truong"]))
    if filters.get("luu-ban"):
        rows = rows.filter(is_repeat=filters["luu-ban"] == "1")
    return missing(rows, filters.get("thieu", ""))


def missing(rows: QuerySet[Enrolment], what: str) -> QuerySet[Enrolment]:
    """Narrow to pupils of whom something is missing."""
    if what == "so-dinh-danh":
        return rows.filter(Q(person__personal_id__isnull=True) | Q(person__personal_id=""))
    if what == "ma-bo":
        return rows.filter(Q(person__ministry_code__isnull=True) | Q(person__ministry_code=""))
    if what == "lop":
        return rows.filter(classroom__isnull=True)
    if what == "lien-he":
        reachable = Guardianship.objects.filter(ends_on__isnull=True).exclude(guardian__phone="")
        return rows.exclude(person_id__in=reachable.values("pupil_id"))
    return rows


@dataclass(frozen=True)
class PupilPage:
    """One page of the list; `total` None when more match than are counted."""

    rows: list[dict[str, Any]]
    total: int | None
    has_more: bool


def pupil_rows(
    actor: Actor,
    *,
    year_id: int,
    place: Place | None,
    search: str = "",
    filters: Mapping[str, str] | None = None,
    order_by: Sequence[str] = ("sort_key", "id"),
    offset: int = 0,
    limit: int | None = 50,
    with_guardian: bool = False,
    with_school: bool = False,
    permission: str = "roster.view_list",
) -> PupilPage:
    """A page of pupils; one query without conditions, else two, and one more when main contacts are shown."""
    is_plain = (
        not search and limit is not None and tuple(order_by) == ("sort_key", "id") and not with_guardian
    )
    if is_plain and not any(value for key, value in (filters or {}).items() if key != "don-vi"):
        opened = _as_opened(actor, permission, year_id, place, offset, limit or 0)
        if opened is not None:
            return opened
    rows = chosen_rows(
        actor, year_id=year_id, place=place, search=search, filters=filters, permission=permission
    )
    fields = (*FIELDS, "school__name") if with_school else FIELDS
    if limit is None:
        page = list(rows.order_by(*order_by).values_list(*fields))
    elif _is_middle(actor, permission, place) and tuple(order_by) == ("sort_key", "id"):
        of_one = chosen_rows(
            actor, year_id=year_id, place=place, search=search, filters=filters, permission=permission,
            among=Enrolment.objects.filter(year_id=year_id, school_id=RawSQL("wanted.school_id", [])),
        )  # fmt: skip
        firsts = _firsts_of_schools(of_one, place, offset + limit + 1)
        page = list(firsts.values_list(*fields)[offset : offset + limit + 1])
    else:
        page = list(rows.order_by(*order_by).values_list(*fields)[offset : offset + limit + 1])
    has_more = limit is not None and len(page) > limit
    page = page[:limit] if limit is not None else page
    found = [dict(zip(fields, row, strict=True)) for row in page]
    total: int | None
    if not has_more and (page or not offset):
        total = offset + len(page)
    else:
        counted = rows.order_by()[: COUNTED_TO + 1].values("pk").count()
        total = counted if counted <= COUNTED_TO else None
    may_see_family = actor.holds("roster.view_family")
    if with_guardian and may_see_family:
        contacts = _contacts([row["person_id"] for row in found if row["is_current"]])
        for row in found:
            row["guardian"], row["guardian_phone"] = contacts.get(row["person_id"], ("", ""))
    return PupilPage(found, total, has_more)


def _as_opened(
    actor: Actor, permission: str, year_id: int, place: Place | None, offset: int, limit: int
) -> PupilPage | None:
    """The list without conditions by its own statement; None when the place is neither school nor province."""
    unit = place.unit if place else None
    if unit is None or not reaches(actor, permission, unit):
        return None
    opened = all_opened(unit, year_id, offset, limit, COUNTED_TO)
    if opened is None or (offset and not opened[0]):
        return None
    rows, counted = opened
    return PupilPage(rows, counted if counted <= COUNTED_TO else None, counted > offset + len(rows))


def _is_middle(actor: Actor, permission: str, place: Place | None) -> bool:
    unit = place.unit if place else None
    return (
        place is not None and unit is not None and place.is_wide and not place.is_root
        and reaches(actor, permission, unit)
    )  # fmt: skip


def _firsts_of_schools(of_one: QuerySet[Enrolment], place: Place | None, most: int) -> QuerySet[Enrolment]:
    """The first pupils of all schools of a place by name, read from the beginnings of each school's own order.

    No index orders the pupils of some schools; without this, a commune of 6,000 would be read whole for fifty names.
    """
    assert place is not None
    assert place.unit is not None
    below = Unit.objects.filter(path__startswith=place.unit.path, kind=UnitKind.SCHOOL)
    sql, values = of_one.order_by("sort_key", "id").values("id", "sort_key")[:most].query.sql_with_params()
    ids = RawSQL(  # noqa: S611 (our own SQL)
        f"select e.id from unnest(%s::bigint[]) wanted(school_id), lateral ({sql}) e "  # noqa: S608 (our own SQL)
        "order by e.sort_key, e.id limit %s",
        [list(below.values_list("pk", flat=True)), *values, most],
    )
    return Enrolment.objects.filter(pk__in=ids).order_by("sort_key", "id")


def chosen_rows(
    actor: Actor,
    *,
    year_id: int,
    place: Place | None,
    search: str = "",
    filters: Mapping[str, str] | None = None,
    permission: str = "roster.view_list",
    among: QuerySet[Enrolment] | None = None,
) -> QuerySet[Enrolment]:
    """What a list shows, before order and page: for its count, its export and bulk actions."""
    rows = filtered(among if among is not None else within(actor, permission, year_id, place), filters or {})
    if search:
        is_wide = place is not None and place.is_wide and place.is_reached
        rows = matching(rows, search, is_wide=is_wide)
    return rows


def _contacts(person_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    rows = (
        Guardianship.objects.filter(pupil_id__in=list(person_ids), ends_on__isnull=True)
        .order_by("is_main_contact", "pk")
        .values_list("pupil_id", "guardian__full_name", "guardian__phone")
    )
    return {pupil: (name, phone) for pupil, name, phone in rows}


def selected(actor: Actor, ids: Iterable[str | int], permission: str) -> list[Enrolment]:
    """Chosen rows that the actor may act on; others do not exist."""
    wanted = [pk for one in ids if (pk := whole(str(one))) is not None]
    return list(held(actor, permission).filter(pk__in=wanted).select_related("person").order_by("sort_key"))


_CLASSES = (
    "select id, name, grade from roster_classroom where school_id = %s and year_id = %s and closed_on is null "
    "and (%s = 0 or campus_id = %s) order by sort_key"
)


@dataclass(frozen=True)
class ListOptions:
    """The choices of the list's filters at a place."""

    classes: list[tuple[str, str]]
    grades: list[tuple[str, str]]
    campuses: list[tuple[str, str]]


def list_options(
    actor: Actor, year_id: int, place: Place | None, permission: str = "roster.view_list"
) -> ListOptions:
    """Classes, grades and campuses to filter by; one query in a school, none above."""
    if place is not None and place.is_wide and place.is_reached:
        grades = [*range(-6, 1), *range(1, 13)]
        return ListOptions([], [(str(grade), rules.grade_label(grade)) for grade in grades], [])
    if place is not None and place.is_reached and place.school_id:
        campus_id = place.unit.pk if place.is_campus and place.unit else 0
        rows = fetch(_CLASSES, [place.school_id, year_id, campus_id, campus_id])
    else:
        mine = Classroom.objects.visible_to(actor, permission).filter(year_id=year_id, closed_on__isnull=True)
        rows = list(mine.order_by("sort_key").values_list("pk", "name", "grade"))
    campuses = [
        (str(unit.pk), unit.name) for unit in (place.below if place else ()) if unit.kind == UnitKind.CAMPUS
    ]
    grades_here = sorted({row[2] for row in rows})
    return ListOptions(
        [(str(pk), name) for pk, name, _grade in rows],
        [(str(grade), rules.grade_label(grade)) for grade in grades_here],
        campuses,
    )


def export_rows(actor: Actor, rows: QuerySet[Enrolment]) -> list[dict[str, Any]]:
    """Everything of the chosen pupils that a school's own file holds; one query and one for the contacts."""
    if not actor.holds("roster.export"):
        return []
    temporary = Identifier.objects.filter(
        person_id=OuterRef("person_id"), system="temporary", replaced_on__isnull=True
    ).values("value")[:1]
    fields = (
        *FIELDS, "school__name", "school__code", "campus__name", "person__address", "person__birth_place",
        "person__home_town", "person__phone", "joined_on", "status_on", "temporary_code", "code_shown",
    )  # fmt: skip
    found = list(
        rows.annotate(
            temporary_code=Subquery(temporary),
            code_shown=Case(
                When(person__ministry_code__isnull=False, then=F("person__ministry_code")),
                default=Subquery(temporary), output_field=CharField(),
            ),
        )
        .order_by("sort_key", "id")
        .values(*fields)
    )  # fmt: skip
    families = _families([row["person_id"] for row in found]) if actor.holds("roster.view_family") else {}
    for row in found:
        row.update(families.get(row["person_id"], {}))
    return found


def _families(person_ids: list[int]) -> dict[int, dict[str, str]]:
    rows = Guardianship.objects.filter(pupil__any_of=person_ids, ends_on__isnull=True).values_list(
        "pupil_id", "relation", "guardian__full_name", "guardian__phone"
    )
    found: dict[int, dict[str, str]] = {}
    for pupil, relation, name, phone in rows:
        place = relation if relation in ("father", "mother") else "guardian"
        found.setdefault(pupil, {}).setdefault(f"{place}_name", name)
        found[pupil].setdefault(f"{place}_phone", phone)
    return found
