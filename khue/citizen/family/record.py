"""One child's year as the family reads it: both terms' published marks, results, and absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.citizen.family.queries import Child, Missed, all_days_with_roll, all_missed, children
from khue.kernel.access.actor import Actor
from khue.school.attendance.queries import all_absences
from khue.school.attendance.words import session_name
from khue.school.gradebook import card_drawing, cards
from khue.school.gradebook.queries import pupils

_WORDS: Final[dict[str, tuple[str | Promise, str]]] = {
    "P": (gettext_lazy("nghỉ có phép"), ""),
    "K": (gettext_lazy("nghỉ không phép"), "bad"),
    "M": (gettext_lazy("đi muộn"), "wait"),
    "B": (gettext_lazy("về sớm"), "wait"),
}


@dataclass(frozen=True, slots=True)
class TermShown:
    """What may be read of one term."""

    number: int
    drawn: SafeString | None
    quiet: Sequence[str]
    result: cards.ResultShown | None


@dataclass(frozen=True, slots=True)
class MissedShown:
    """One line of the attendance of a year."""

    day: date
    session: str
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """One child's year."""

    child: Child
    place: pupils.Place
    terms: Sequence[TermShown]
    year: cards.ResultShown | None
    missed: Sequence[MissedShown]
    absences: Sequence[tuple[int, int, int]]  # term, half-days with leave, without


def of(actor: Actor, person_id: int) -> Record | None:
    """The running year of an own child; None for every other child. Seven statements at most."""
    child = next((one for one in children(actor) if one.place.person_id == person_id), None)
    if child is None:
        return None
    places = [
        one for one in pupils.own_places(actor, person_id) if one.enrolment_id == child.place.enrolment_id
    ]
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
    rolls = all_days_with_roll(place.year, place.classroom_id)
    counted = all_absences([place.enrolment_id]) if rolls else {}
    absences = [(n, *counted.get((place.enrolment_id, n), (0, 0))) for n in sorted(rolls)]
    return Record(
        child, place, terms, cards.result_shown(place.result(0), place.grade),
        [_missed(one) for one in all_missed(place.enrolment_id)] if rolls else [],
        absences,
    )  # fmt: skip


def _missed(one: Missed) -> MissedShown:
    label, kind = _WORDS.get(one.code, (one.code, ""))
    words = str(label)
    if one.minutes:
        words = _("%(what)s %(n)s phút") % {"what": words, "n": one.minutes}
    return MissedShown(one.day, session_name(one.session, one.period), words, kind)
