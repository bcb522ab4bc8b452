"""Who reads a card: the family, the school that holds the pupil now, and while it works on it the one that made it.

Custody follows the pupil (rules/02 sections 2 and 6): from the day the new school places a pupil it reads the issued
cards of earlier years and writes those to come; the old school reads them no more, except the one whose correction it
is deciding. A card that is not issued yet stays with the school that is making it.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.registry.roster.models import Enrolment, Guardianship
from khue.school.report_cards.models import Card, Correction, CorrectionState
from khue.school.report_cards.rules import ISSUED, State

VIEW, VIEW_OWN = "report_cards.view", "report_cards.view_own"
KEPT: tuple[str, ...] = tuple(state.value for state in (*ISSUED, State.SUPERSEDED, State.REVOKED))
OPEN_CORRECTIONS = (CorrectionState.ASKED, CorrectionState.GRANTED)


def _held_elsewhere() -> Exists:
    """Whether another school than the card's own holds the pupil now."""
    return Exists(
        Enrolment.objects.filter(person_id=OuterRef("person_id"), is_current=True).exclude(
            school_id=OuterRef("school_id")
        )
    )


def cards(actor: Actor, permission: str = VIEW) -> QuerySet[Card]:
    """Every card, issued or not, that somebody of a school may read: as its maker, or as the holder of the pupil."""
    reach = actor.reach(permission)
    if reach.everything:
        return Card.objects.all()
    made = Card.scope.condition(actor, permission)
    held = Enrolment.scope.condition(actor, permission)
    if made is None or held is None:
        return Card.objects.none()
    being_corrected = Exists(Correction.objects.filter(card_id=OuterRef("pk"), state__in=OPEN_CORRECTIONS))
    own = made & (~Q(state__in=KEPT) | ~Q(_held_elsewhere()) | Q(being_corrected))
    pupils = Enrolment.objects.filter(held, is_current=True).values("person_id")
    return Card.objects.filter(own | Q(state__in=KEPT, person_id__in=pupils))


def holding(actor: Actor, card: Card) -> Enrolment | None:
    """The enrolment by which the actor's school holds the pupil of a card that another school issued."""
    rows: QuerySet[Enrolment] = Enrolment.objects.visible_to(actor, VIEW)
    return rows.filter(person_id=card.person_id, is_current=True).exclude(school_id=card.school_id).first()


def issued(actor: Actor) -> QuerySet[Card]:
    """The issued cards the actor may read and take away, at a school or as a family; replaced and revoked ones too."""
    family = actor.reach(VIEW_OWN).person_ids
    found = cards(actor).filter(state__in=KEPT)
    return Card.objects.filter(state__in=KEPT, person_id__in=family) | found if family else found


def own(actor: Actor) -> QuerySet[Card]:
    """The issued cards of the actor's children, or the actor's own."""
    people = actor.reach(VIEW_OWN).person_ids
    return Card.objects.filter(state__in=KEPT, person_id__in=people)


def all_latest(person_id: int) -> QuerySet[Card]:
    """The card that stands for each school year of a pupil: the newest issued edition that was not revoked."""
    newest = (
        Card.objects.filter(person_id=OuterRef("person_id"), year_id=OuterRef("year_id"), state__in=ISSUED)
        .order_by("-edition", "-pk")
        .values("pk")[:1]
    )
    return Card.objects.filter(person_id=person_id, state__in=ISSUED, pk=newest).order_by(
        F("year_id").asc(), "pk"
    )


def all_family(person_id: int) -> list[int]:
    """The pupil and whoever may see the pupil's record today; for notices."""
    today = timezone.localdate()
    kin = Guardianship.objects.filter(pupil_id=person_id, may_view=True, starts_on__lte=today).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today)
    )
    return sorted({person_id, *kin.values_list("guardian_id", flat=True)})
