"""Reads of pairs of records that may be one human being; a school sees the pairs of which it holds one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Identifier, Person
from khue.registry.roster.models import DuplicatePair, Enrolment, Guardianship
from khue.registry.roster.queries.pupils import held

Decision = DuplicatePair.Decision


def pairs(actor: Actor, permission: str = "roster.merge") -> QuerySet[DuplicatePair]:
    """The pairs of which the actor holds at least one record (a merged one counts with the record that stayed)."""
    if actor.reach(permission).everything:
        return DuplicatePair.objects.all()
    mine = held(actor, permission).values("person_id")
    return DuplicatePair.objects.filter(Q(first_id__in=mine) | Q(second_id__in=mine))


@dataclass(frozen=True)
class PairPage:
    """One page of pairs."""

    rows: list[dict[str, Any]]
    total: int


def pair_rows(
    actor: Actor,
    *,
    filters: dict[str, str] | None = None,
    school_path: str = "",
    offset: int = 0,
    limit: int | None = 50,
) -> PairPage:
    """Pairs, surest first, with where each record is held; three queries."""
    filters = filters or {}
    rows = pairs(actor).filter(decision=filters.get("quyet-dinh") or Decision.OPEN)
    if school_path:
        below = Enrolment.objects.filter(is_current=True, school__path__startswith=school_path).values(
            "person_id"
        )
        rows = rows.filter(Q(first_id__in=below) | Q(second_id__in=below))
    page = list(
        rows.order_by("-score", "pk").values(
            "id", "first_id", "second_id", "why", "score", "decision", "first__full_name", "second__full_name",
            "first__birth_date", "second__birth_date", "first__ministry_code", "second__ministry_code",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    ids = {row[side] for row in page for side in ("first_id", "second_id")}
    places = {
        row["person_id"]: row
        for row in Enrolment.objects.filter(person_id__in=ids, is_current=True).values(
            "person_id", "school__name", "school_id", "classroom__name"
        )
    }
    for row in page:
        for side in ("first", "second"):
            where = places.get(row[f"{side}_id"], {})
            row[f"{side}_place"] = ", ".join(
                filter(None, (where.get("classroom__name"), where.get("school__name")))
            )
            row[f"{side}_school_id"] = where.get("school_id")
        row["is_across"] = row["first_school_id"] != row["second_school_id"]
    total = (
        offset + len(page) if limit is None or (len(page) < limit and (page or not offset)) else rows.count()
    )
    return PairPage(page, total)


@dataclass(frozen=True)
class Side:
    """One record of a pair, for comparing; a record the actor does not hold shows the least."""

    person: Person
    enrolment: Enrolment | None
    is_held: bool
    years: int
    guardians: list[str]
    identifiers: list[Identifier]


@dataclass(frozen=True)
class Comparison:
    """Two records side by side."""

    pair: DuplicatePair
    sides: tuple[Side, Side]
    may_merge: bool
    is_across: bool


def comparison(actor: Actor, pk: int) -> Comparison | None:
    """A pair with both records; None when neither is the actor's."""
    pair = pairs(actor).select_related("first", "second").filter(pk=pk).first()
    if pair is None:
        return None
    ids = [pair.first_id, pair.second_id]
    mine = set(held(actor, "roster.merge").filter(person_id__in=ids).values_list("person_id", flat=True))
    current = {
        row.person_id: row
        for row in Enrolment.objects.filter(person_id__in=ids, is_current=True).select_related(
            "school", "classroom"
        )
    }
    sides = []
    for person in (pair.first, pair.second):
        is_held = person.pk in mine
        ties = Guardianship.objects.filter(pupil=person, ends_on__isnull=True).select_related("guardian")
        sides.append(
            Side(
                person, current.get(person.pk), is_held, Enrolment.objects.filter(person=person).count(),
                [f"{tie.get_relation_display()}: {tie.guardian.full_name}" for tie in ties] if is_held else [],
                list(Identifier.objects.filter(person=person)) if is_held else [],
            )
        )  # fmt: skip
    schools = {row.school_id for row in current.values()}
    return Comparison(pair, (sides[0], sides[1]), len(mine) == 2, len(schools) > 1)


def enrolments_of(actor: Actor, pair: DuplicatePair) -> list[Enrolment]:
    """The current enrolments of a pair that the actor may merge."""
    return list(held(actor, "roster.merge").filter(person_id__in=[pair.first_id, pair.second_id]))
