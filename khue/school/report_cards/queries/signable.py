"""What somebody may sign: the cards themselves for the hand that signs, and unscoped reads for the job."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import PERMISSION


def cards(actor: Actor, step: Step, ids: Sequence[int]) -> list[Card]:
    """Of these cards those the actor may sign at a step that covers the whole file; the action reads what they say."""
    found = Card.objects.visible_to(actor, PERMISSION[step]).filter(pk__in=list(ids)).only("pk")
    return list(found.order_by("pk"))


def own_courses(actor: Actor, ids: Sequence[int]) -> tuple[list[Course], list[Card]]:
    """The actor's courses in the classes of these cards, and those of the cards that lie in one of them.

    Of the cards their ids: the action reads what they say.
    """
    found = list(Card.objects.filter(pk__in=list(ids)).only("pk", "classroom_id").order_by("pk"))
    rooms = {card.classroom_id for card in found}
    courses = list(
        Course.objects.visible_to(actor, PERMISSION[Step.SUBJECT])
        .filter(classroom_id__in=rooms)
        .order_by("pk")
    )
    taught = {course.classroom_id for course in courses}
    return courses, [card for card in found if card.classroom_id in taught]


def all_files(ids: Sequence[int]) -> dict[int, str]:
    """The SHA-256 of the files as they lie, by card."""
    return dict(Draft.objects.filter(card_id__in=list(ids)).values_list("card_id", "sha256"))


def all_label(card_id: int) -> str:
    """A card as lists of failures name it; its number when it is gone."""
    content = Card.objects.filter(pk=card_id).values_list("content", flat=True).first()
    return f"{content['pupil']['full_name']}, {content['classroom']}" if content else f"#{card_id}"


def all_classes(school_id: int, year_id: int) -> QuerySet[Classroom]:
    """The classes of a school's year that have pupils of a school (no preschool groups)."""
    return Classroom.objects.filter(
        school_id=school_id, year_id=year_id, grade__gte=1, closed_on__isnull=True
    ).order_by("pk")
