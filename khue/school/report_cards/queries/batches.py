"""Batches of the one who signs, and what of them may be opened."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom
from khue.school.report_cards.models import Batch, Card
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import PERMISSION


def batches(actor: Actor) -> QuerySet[Batch]:
    """The actor's own batches, newest first."""
    if actor.person_id is None:
        return Batch.objects.none()
    return (
        Batch.objects.filter(signer_id=actor.person_id, run__isnull=False)
        .select_related("run", "school")
        .order_by("-started_at", "-pk")
    )


def recent(actor: Actor) -> list[Batch]:
    """The last few."""
    return list(batches(actor).defer("cards", "shown")[:5])


def readable(actor: Actor, ids: Iterable[int]) -> frozenset[int]:
    """Of these cards those whose page the actor may open."""
    wanted = list(ids)
    if not wanted:
        return frozenset()
    found = Card.objects.visible_to(actor, "report_cards.view").filter(pk__in=wanted)
    return frozenset(found.values_list("pk", flat=True))


def may_sign_class(actor: Actor, step: Step, classroom_id: int) -> bool:
    """Whether the actor signs cards of a class at a step at all."""
    if step == Step.SUBJECT:
        courses = Course.objects.visible_to(actor, PERMISSION[step]).filter(classroom_id=classroom_id)
        return courses.exists()
    return Classroom.objects.visible_to(actor, PERMISSION[step]).filter(pk=classroom_id).exists()
