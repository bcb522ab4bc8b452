"""Reads of requests to correct issued cards: one's own, and those of the school one answers for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import content_of
from khue.registry.roster.models import Enrolment
from khue.school.gradebook.queries import pupils as gradebook
from khue.school.report_cards.datafile import card_of
from khue.school.report_cards.differences import Difference, differences
from khue.school.report_cards.models import Card, Correction
from khue.school.report_cards.queries import custody
from khue.school.report_cards.rules import ISSUED, OPEN, State

ASK, DECIDE = "report_cards.ask_correction", "report_cards.decide_correction"
LABELS = ("asked", "granted", "refused", "withdrawn", "done")


def corrections(actor: Actor) -> QuerySet[Correction]:
    """The requests the actor may read: of cards they may ask about, and those they made themselves."""
    mine = Q(asked_by_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    reached = Correction.scope.condition(actor, ASK)
    return Correction.objects.filter(mine if reached is None else reached | mine)


def correction(actor: Actor, pk: int) -> Correction | None:
    """One request with its card, pupil and the people in it."""
    return (
        corrections(actor)
        .select_related(
            "card__person", "card__classroom", "card__school", "card__enrolment", "asked_by", "decided_by", "made",
            "evidence",
        )
        .filter(pk=pk)
        .first()
    )  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page of requests."""

    rows: list[dict[str, Any]]
    total: int


def correction_rows(
    actor: Actor, *, filters: Mapping[str, str], order_by: tuple[str, ...], offset: int, limit: int | None
) -> Page:
    """Requests of the actor's school, or one's own; two statements."""
    rows = corrections(actor)
    state = filters.get("tinh-trang", "")
    if state in LABELS:
        rows = rows.filter(state=state)
    page: list[dict[str, Any]] = list(
        rows.order_by(*order_by).values(  # type: ignore[arg-type]
            "id", "state", "what", "asked_at", "asked_by__full_name", "card__person__full_name",
            "card__classroom__name", "card__year_id", "card__edition",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    total = offset + len(page) if limit is None or len(page) < limit else rows.count()
    return Page(page, total)


def askable(actor: Actor, pk: int) -> Card | None:
    """An issued card the actor may ask to have corrected."""
    if not actor.holds(ASK):
        return None
    return (
        custody.issued(actor)
        .select_related("person", "classroom", "school")
        .filter(pk=pk, state__in=[state.value for state in ISSUED])
        .first()
    )


@dataclass(frozen=True)
class Choices:
    """What the page of an issued card offers: take its files, follow or make a request, revoke."""

    takes: bool = False
    asked: int | None = None  # the request that waits
    may_ask: bool = False
    may_revoke: bool = False


def choices(actor: Actor, card: Card) -> Choices:
    """What somebody may do with an issued card; three statements at most."""
    takes = custody.issued(actor).filter(pk=card.pk).exists()
    open_ones = corrections(actor).filter(card_id=card.pk, state__in=custody.OPEN_CORRECTIONS)
    asked = open_ones.values_list("pk", flat=True).first()
    is_free = asked is None and card.state in {state.value for state in ISSUED}
    return Choices(
        takes,
        asked,
        may_ask=is_free and takes and actor.holds(ASK),
        may_revoke=is_free and actor.can(DECIDE, card),
    )


def open_requests(actor: Actor, card_ids: Sequence[int]) -> dict[int, int]:
    """The request that waits for each of some cards, where there is one: card -> request; one statement."""
    found = corrections(actor).filter(card_id__in=card_ids, state__in=custody.OPEN_CORRECTIONS)
    return dict(found.values_list("card_id", "pk")) if card_ids and actor.holds(ASK) else {}


def holding(actor: Actor, card: Card) -> Enrolment | None:
    """The enrolment by which the actor's school holds the pupil of a card that another school issued."""
    rows: QuerySet[Enrolment] = Enrolment.objects.visible_to(actor, ASK)
    return rows.filter(person_id=card.person_id, is_current=True).exclude(school_id=card.school_id).first()


def revocable(actor: Actor, pk: int) -> Card | None:
    """An issued card whose revoking the actor may decide."""
    return (
        Card.objects.visible_to(actor, DECIDE)
        .select_related("person", "classroom", "school")
        .filter(pk=pk, state__in=[state.value for state in ISSUED])
        .first()
    )


def all_next_edition(found: Correction) -> Card | None:
    """The next edition of the card, when it was composed and is not issued yet."""
    waiting = [state.value for state in (State.DRAFT, *OPEN)]
    return Card.objects.filter(replaces_id=found.card_id, state__in=waiting).first()


def sheets_of(actor: Actor, found: Correction) -> list[gradebook.PupilSheet]:
    """The pupil's sheets of the card's year, where the actor may see results; empty elsewhere."""
    place = gradebook.pupil_place(actor, found.card.enrolment_id)
    return gradebook.all_pupil_sheets(place) if place is not None else []


def all_evidence(found: Correction) -> tuple[StoredFile, bytes] | None:
    """The paper that came with a request; the caller has the request by right."""
    if found.evidence is None or found.evidence.erased_at is not None:
        return None
    return found.evidence, content_of(found.evidence)


def all_changes(found: Correction) -> list[Difference]:
    """What the edition that came of a request says otherwise than the one it replaced."""
    if found.made is None:
        return []
    return differences(card_of(found.card.content), card_of(found.made.content))
