"""One child's year as the family reads it: both terms' published marks, results, and absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.safestring import SafeString

from khue.citizen.family.queries import Child, children
from khue.kernel.access.actor import Actor
from khue.school.gradebook import card_drawing, cards
from khue.school.gradebook.queries import pupils


@dataclass(frozen=True, slots=True)
class TermShown:
    """What may be read of one term."""

    number: int
    drawn: SafeString | None
    quiet: Sequence[str]
    result: cards.ResultShown | None


@dataclass(frozen=True, slots=True)
class Record:
    """One child's year."""

    child: Child
    place: pupils.Place
    terms: Sequence[TermShown]
    year: cards.ResultShown | None


def of(actor: Actor, person_id: int) -> Record | None:
    """The running year of an own child; None for every other child. Four statements."""
    child = next((one for one in children(actor) if one.place.person_id == person_id), None)
    if child is None:
        return None
    places = [one for one in pupils.own_places(actor) if one.enrolment_id == child.place.enrolment_id]
    if not places:
        return None
    place, now = places[0], timezone.now()
    sheets = pupils.all_pupil_sheets(place)
    terms = []
    for number in (1, 2):
        shown = cards.cards_of(sheets, number, is_open=False, now=now)
        full = [card for card in shown if not card.is_empty]
        if full or number <= place.term_on(now.date()):
            terms.append(
                TermShown(
                    number,
                    card_drawing.body(full) if full else None,
                    [card.title for card in shown if card.is_empty],
                    cards.result_shown(place.result(number), place.grade),
                )
            )
    return Record(child, place, terms, cards.result_shown(place.result(0), place.grade))
