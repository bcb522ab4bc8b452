"""What a school sees of the ways in which guardians came to its pupils: classes, slips still open, links made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from khue.citizen.family.models import LinkCode
from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Person
from khue.registry.roster.models import Classroom, Enrolment, Guardianship, Relation

VIEW = "family.view_links"
ISSUE = "family.issue_codes"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class PupilLinks:
    """One pupil of a class: who may see the record by an account of their own, and whether a slip is still out."""

    enrolment_id: int
    person_id: int
    name: str
    has_birth: bool
    guardians: tuple[str, ...]
    open_slips: int


def classes(actor: Actor, permission: str = VIEW) -> list[tuple[int, str, str, int]]:
    """The classes of the running year the actor may look into: id, name, school, pupils; one query."""
    now = Q(enrolments__is_current=True, enrolments__status__in=("studying", "suspended"))
    rows = (
        Classroom.objects.visible_to(actor, permission)
        .filter(year__is_closed=False, closed_on__isnull=True)
        .annotate(n=Count("enrolments", filter=now))
        .filter(n__gt=0)
        .order_by("school__sort_key", "sort_key")
    )
    return list(rows.values_list("pk", "name", "school__name", "n")[:SHOWN])


def class_rows(actor: Actor, classroom_id: int) -> list[PupilLinks]:
    """The pupils of a class with their guardians who have an account and the slips that still work; three queries."""
    enrolments = list(
        Enrolment.objects.visible_to(actor, VIEW)
        .filter(classroom_id=classroom_id, is_current=True, status__in=("studying", "suspended"))
        .order_by("sort_key", "pk")
        .values_list("pk", "person_id", "person__full_name", "person__birth_date")
    )
    today, now = timezone.localdate(), timezone.now()
    guardians: dict[int, list[str]] = {}
    ties = Guardianship.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today), pupil_id__in=[one[1] for one in enrolments], may_view=True,
        guardian__account__is_active=True,
    )  # fmt: skip
    for pupil, name in ties.order_by("guardian__sort_key").values_list("pupil_id", "guardian__full_name"):
        guardians.setdefault(pupil, []).append(name)
    slips = dict(
        LinkCode.objects.filter(
            enrolment__in=[one[0] for one in enrolments], used_at__isnull=True, expires_at__gt=now
        )
        .values_list("enrolment_id")
        .annotate(n=Count("pk"))
    )
    return [
        PupilLinks(pk, person, name, born is not None, tuple(guardians.get(person, ())), slips.get(pk, 0))
        for pk, person, name, born in enrolments
    ]


def own_person(actor: Actor) -> Person:
    """The actor's own record."""
    return Person.objects.get(pk=actor.person_id or 0)


def all_relation_label(relation: str) -> str:
    """A relation in words."""
    return str(dict(Relation.choices).get(relation, ""))


def pupils_of(actor: Actor, ids: list[int]) -> list[Enrolment]:
    """Enrolments for which the actor may hand out slips."""
    return list(
        Enrolment.objects.visible_to(actor, ISSUE)
        .filter(pk__in=ids, is_current=True)
        .select_related("person", "classroom", "school")
        .order_by("sort_key", "pk")
    )


@dataclass(frozen=True, slots=True)
class Link:
    """One link made by a slip: who, whose, when, by whose slip, and whether it still holds."""

    id: int  # of the code
    guardianship_id: int
    person_id: int
    pupil: str
    classroom: str
    guardian: str
    relation: str
    used_at: datetime | None
    issued_by: str
    ends_on: object
    may_view: bool


def links(actor: Actor) -> list[Link]:
    """The links that slips have made, newest first; one query."""
    rows = (
        _made(actor)
        .annotate(
            pupil=F("enrolment__person__full_name"), room=F("enrolment__classroom__name"),
            adult=F("used_by__full_name"), by=F("issued_by__full_name"), ended=F("guardianship__ends_on"),
            sees=F("guardianship__may_view"),
        )
        .order_by("-used_at", "-pk")
    )  # fmt: skip
    return [
        Link(
            row.pk, row.guardianship_id or 0, row.enrolment.person_id, row.pupil, row.room or "", row.adult,
            row.get_relation_display(), row.used_at, row.by or "", row.ended, bool(row.sees),
        )
        for row in rows.select_related("enrolment")[:SHOWN]
    ]  # fmt: skip


def made_link(actor: Actor, pk: int) -> LinkCode | None:
    """One link, with the tie it made."""
    return _made(actor).filter(pk=pk).select_related("enrolment", "guardianship", "used_by").first()


def _made(actor: Actor) -> QuerySet[LinkCode]:
    return LinkCode.objects.visible_to(actor, VIEW).filter(used_at__isnull=False, guardianship__isnull=False)
