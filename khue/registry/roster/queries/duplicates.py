"""Reads of pairs of records that may be one child; a school sees the pairs of which it holds at least one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Account, Identifier, Person
from khue.lib.ethnic_groups import GROUPS
from khue.registry.roster.models import DuplicatePair, Enrolment, Guardianship
from khue.registry.roster.queries.pupils import held

Decision = DuplicatePair.Decision
COMPARED = (
    "full_name", "birth_date", "sex", "ethnicity", "nationality", "personal_id", "ministry_code", "phone", "email",
    "birth_place", "home_town", "address", "commune_code",
)  # fmt: skip


def pairs(actor: Actor, permission: str = "roster.merge") -> QuerySet[DuplicatePair]:
    """The pairs of which the actor holds at least one record (a merged one counts with the record that stayed)."""
    if actor.reach(permission).everything:
        return DuplicatePair.objects.all()
    mine = held(actor, permission).values("person_id")
    return DuplicatePair.objects.filter(Q(first__in=mine) | Q(second__in=mine))


@dataclass(frozen=True)
class PairPage:
    """One page of pairs."""

    rows: list[dict[str, Any]]
    total: int


def pair_rows(
    actor: Actor, *, filters: Mapping[str, str] | None = None, school_path: str = "", search: str = "",
    order_by: tuple[str, ...] = ("-score", "id"), offset: int = 0, limit: int | None = 50,
) -> PairPage:  # fmt: skip
    """Pairs with where each record is held; three queries. A record of another school is shown by that school only."""
    filters = filters or {}
    decision = filters.get("quyet-dinh") or Decision.OPEN
    rows = pairs(actor).filter(decision=decision)
    if decision == Decision.OPEN:
        rows = rows.filter(first__merged_into=None, second__merged_into=None)
    if filters.get("noi") == "one":
        rows = rows.filter(school__isnull=False)
    elif filters.get("noi") == "two":
        rows = rows.filter(school__isnull=True)
    if search:
        from khue.lib.names import search_key

        rows = rows.filter(
            Q(first__search_key__contains=search_key(search))
            | Q(second__search_key__contains=search_key(search))
        )
    if school_path:
        below = Enrolment.objects.filter(is_current=True, school__path__startswith=school_path).values(
            "person_id"
        )
        rows = rows.filter(Q(first__in=below) | Q(second__in=below))
    total = rows.count()
    page: list[Any] = list(
        rows.order_by(*order_by).values(
            "id", "first_id", "second_id", "why", "score", "decision", "school_id", "decided_at",
            "first__full_name", "second__full_name", "first__birth_date", "second__birth_date", "moved__kept",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    ids = {row[side] for row in page for side in ("first_id", "second_id")}
    places = {
        row["person_id"]: row
        for row in Enrolment.objects.filter(person_id__in=ids, is_current=True).values(
            "person_id", "school__name", "school_id", "classroom__name"
        )
    }
    mine = set(held(actor, "roster.merge").filter(person_id__in=ids).values_list("person_id", flat=True))
    for row in page:
        _complete(row, places, mine)
    return PairPage(page, total)


def _complete(row: dict[str, Any], places: Mapping[int, Mapping[str, Any]], mine: set[int]) -> None:
    for side in ("first", "second"):
        where = places.get(row[f"{side}_id"], {})
        is_mine = row[f"{side}_id"] in mine
        parts = (where.get("classroom__name") if is_mine else "", where.get("school__name"))
        row[f"{side}_place"] = ", ".join(part for part in parts if part)
    row["name"] = row["first__full_name"] if row["first_id"] in mine else row["second__full_name"]
    row["born"] = row["first__birth_date"] if row["first_id"] in mine else row["second__birth_date"]
    row["may_open"] = row["decision"] == Decision.MERGED or {row["first_id"], row["second_id"]} <= mine


@dataclass(frozen=True)
class Side:
    """One of the two records, as the comparison shows it."""

    person: Person
    enrolment: Enrolment | None
    enrolments: list[Enrolment]
    guardians: list[str]
    identifiers: list[Identifier]
    account: Account | None
    is_kept: bool = False


@dataclass(frozen=True)
class Line:
    """One thing both records say; `is_choice` when they differ and somebody must say which holds."""

    name: str
    label: str
    first: str
    second: str
    is_number: bool = False
    default: str = "first"

    @property
    def differs(self) -> bool:
        """Whether the two say different things."""
        return self.first != self.second

    @property
    def is_choice(self) -> bool:
        """Whether both say something, and not the same."""
        return bool(self.first and self.second) and self.differs


@dataclass(frozen=True)
class Comparison:
    """Two records side by side."""

    pair: DuplicatePair
    sides: tuple[Side, Side]
    lines: list[Line]
    may_merge: bool
    is_across: bool
    needs_department: str = ""
    twins: list[tuple[Enrolment, Enrolment]] = field(default_factory=list)

    @property
    def better(self) -> int:
        """The record to keep unless somebody says otherwise: with the ministry's code, a used account, the older."""

        def weight(side: Side) -> tuple[bool, bool, int, int]:
            used = side.account is not None and side.account.is_activated
            return (bool(side.person.ministry_code), used, len(side.enrolments), -side.person.pk)

        return max(self.sides, key=weight).person.pk


def comparison(actor: Actor, pk: int) -> Comparison | None:
    """A pair with both records; None unless the actor holds both (of a merged pair: the one that stayed)."""
    pair = pairs(actor).select_related("first", "second").filter(pk=pk).first()
    if pair is None:
        return None
    ids = [pair.first_id, pair.second_id]
    mine = set(held(actor, "roster.merge").filter(person_id__in=ids).values_list("person_id", flat=True))
    if pair.decision != Decision.MERGED and len(mine) < 2:
        return None
    rows = list(
        Enrolment.objects.filter(person_id__in=ids)
        .select_related("school", "classroom", "year")
        .order_by("-year_id", "-pk")
    )
    ties = list(
        Guardianship.objects.filter(pupil_id__in=ids, ends_on__isnull=True).select_related("guardian")
    )
    numbers = list(Identifier.objects.filter(person_id__in=ids).order_by("system", "pk"))
    accounts = {row.person_id: row for row in Account.objects.filter(person_id__in=ids)}
    sides = tuple(
        Side(
            person,
            next((row for row in rows if row.person_id == person.pk and row.is_current), None),
            [row for row in rows if row.person_id == person.pk],
            [
                f"{tie.get_relation_display()}: {tie.guardian.full_name}"
                for tie in ties
                if tie.pupil_id == person.pk
            ],
            [row for row in numbers if row.person_id == person.pk],
            accounts.get(person.pk),
            pair.moved.get("kept") == person.pk,
        )
        for person in (pair.first, pair.second)
    )
    schools = {row.school_id for row in rows if row.is_current}
    first, second = sides[0], sides[1]
    by_place = {(row.year_id, row.school_id): row for row in second.enrolments}
    twins = [
        (row, by_place[row.year_id, row.school_id])
        for row in first.enrolments
        if (row.year_id, row.school_id) in by_place
    ]
    power = "" if actor.reach("roster.merge").everything else all_power(ids)
    return Comparison(
        pair, (first, second), _lines(first.person, second.person), len(mine) == 2 and not power, len(schools) > 1,
        power, twins,
    )  # fmt: skip


def all_power(person_ids: list[int]) -> str:
    """The role beyond pupil and guardian that one of these people holds; a school may not move such rights about."""
    from khue.kernel.access.grants import grants_of_people
    from khue.kernel.access.roles import FAMILY, ROLES

    found = next((grant for grant in grants_of_people(person_ids) if grant.role not in FAMILY), None)
    return str(ROLES[found.role].label) if found else ""


def enrolments_of(actor: Actor, pair: DuplicatePair) -> list[Enrolment]:
    """The current enrolments of a pair that the actor may merge."""
    rows = held(actor, "roster.merge").filter(person_id__in=[pair.first_id, pair.second_id])
    return list(rows.order_by(F("person_id")))


def _lines(first: Person, second: Person) -> list[Line]:
    labels = {"nationality": _("Quốc tịch"), "sex": _("Giới tính")}
    found = []
    for name in COMPARED:
        label = labels.get(name) or str(getattr(Person._meta.get_field(name), "verbose_name", name))
        a, b = (_shown(person, name) for person in (first, second))
        if (a or b) and not (name == "nationality" and a == b):
            found.append(Line(name, label, a, b, is_number=name in ("personal_id",)))
    return found


def _shown(person: Person, name: str) -> str:
    value = getattr(person, name)
    if value in (None, ""):
        return ""
    if name == "sex":
        return person.get_sex_display()
    if name == "ethnicity":
        group = GROUPS.get(value)
        return group.name if group else str(value)
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
