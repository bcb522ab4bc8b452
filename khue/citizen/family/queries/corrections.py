"""Wishes to correct contact data: a guardian's own, and those that wait at a school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from khue.citizen.family.models import Correction, CorrectionState
from khue.citizen.family.queries.own import Child
from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotVisible
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment

DECIDE = "family.decide_corrections"
FIELDS = ("phone", "email", "address")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whose contact data a guardian may ask to correct: themselves, or a child."""

    person: Person
    enrolment_id: int
    is_self: bool


def own_people(actor: Actor, children: Sequence[Child]) -> list[Contact]:
    """The guardian first, at the school of the eldest child, then the children; one query."""
    if not children or actor.person_id is None:
        return []
    people = Person.objects.in_bulk([actor.person_id, *(one.place.person_id for one in children)])
    return [
        Contact(people[actor.person_id], children[0].place.enrolment_id, True),
        *(Contact(people[one.place.person_id], one.place.enrolment_id, False) for one in children),
    ]


def own_enrolment(actor: Actor, pk: int) -> Enrolment:
    """The place of an own child; raises NotVisible for any other."""
    found = Enrolment.objects.visible_to(actor, "family.ask_correction").filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def own_corrections(actor: Actor) -> QuerySet[Correction]:
    """What the actor has asked of themselves and of those they may see today, newest first.

    A line says what the record holds now, so that one about a child whom the asker may no longer see is not theirs.
    """
    people = {*actor.reach("family.ask_correction").person_ids, actor.person_id or 0}
    return (
        Correction.objects.filter(asked_by_id=actor.person_id or 0, person__in=people)
        .select_related("person", "enrolment__school")
        .order_by("-asked_at", "-pk")
    )


def waiting(actor: Actor) -> QuerySet[Correction]:
    """What waits for the office, the oldest first."""
    return (
        Correction.objects.visible_to(actor, DECIDE)
        .filter(state=CorrectionState.ASKED)
        .select_related("person", "asked_by", "enrolment__person", "enrolment__classroom")
        .order_by("asked_at", "pk")
    )


def waiting_row(actor: Actor, pk: int) -> Correction | None:
    """One of them, decided or not."""
    return Correction.objects.visible_to(actor, DECIDE).filter(pk=pk).first()
