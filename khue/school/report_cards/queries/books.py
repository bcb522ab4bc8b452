"""Reads of a whole school life: the pupil's years, the cards brought from elsewhere, who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Person
from khue.kernel.signing.engine import INVALID, VALID
from khue.kernel.statements import fetch
from khue.registry.roster.models import Enrolment
from khue.school.report_cards import datafile
from khue.school.report_cards.models import Card, Direction, Package, TransferSheet
from khue.school.report_cards.printing.shape import CardData, School, Signer
from khue.school.report_cards.queries import custody
from khue.school.report_cards.rules import ISSUED

EXPORT: Final = "report_cards.export"
_HISTORY: Final = """
select e.year_id, coalesce(k.name, ''), u.name, coalesce(m.name, ''), e.joined_on, e.status, e.left_on, e.level
from roster_enrolment e join org_unit u on u.id = e.school_id
left join org_unit m on m.id = u.parent_id and m.kind in ('commune', 'office')
left join roster_classroom k on k.id = e.classroom_id
where e.person_id = %s order by e.year_id, e.joined_on, e.id
"""


@dataclass(frozen=True, slots=True)
class Stay:
    """A school year at a school."""

    year: int
    classroom: str
    school: str
    joined_on: date | None
    note: str = ""


@dataclass(slots=True)
class BookFacts:
    """What stands in a book beside the cards."""

    number: str = ""
    school: School | None = None
    principal: Signer | None = None
    opened_on: date | None = None
    history: list[Stay] = field(default_factory=list)


def all_book_facts(person_id: int) -> BookFacts:
    """The pupil's years as the records say; two statements."""
    found = BookFacts()
    seen = set()
    for year, room, school, commune, joined_on, status, left_on, _level in fetch(_HISTORY, [person_id]):
        place = f"Trường {school}" if not school.startswith(("Trường ", "Trung tâm ")) else school
        place = f"{place}, {commune[:1].lower()}{commune[1:]}" if commune else place
        note = f"Chuyển đi ngày {left_on:%d/%m/%Y}" if status == "transferred_out" and left_on else ""
        is_new = school not in seen
        seen.add(school)
        found.history.append(Stay(year, room, place, joined_on if is_new else None, note))
        found.opened_on = found.opened_on or joined_on
    code = Person.objects.filter(pk=person_id).values_list("code", flat=True).first()
    found.number = code or ""
    return found


def all_foreign_cards(person_id: int) -> list[CardData]:
    """The cards of years at schools outside, from packages none of whose signatures is bad; in order of the years.

    They show their signatures only if all of the package are known to be good.
    """
    rows = Package.objects.filter(person_id=person_id, direction=Direction.IN).exclude(verdict=INVALID)
    found: dict[int, CardData] = {}
    for package in rows.order_by("at", "pk"):
        for card in cards_in(package):
            found[card.year] = card if package.verdict == VALID else replace(card, signatures=())
    return [found[year] for year in sorted(found)]


def cards_in(package: Package) -> list[CardData]:
    """The cards that a package brought, with the signatures that they bear."""
    found = []
    for one in package.cards:
        try:
            found.append(datafile.card_of(one["content"]))
        except (ValidationError, KeyError):
            continue
    return found


# --- the page of a pupil's cards --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Life:
    """A pupil with every card that the actor may read."""

    person: Person
    enrolment: Enrolment | None  # the current one, where the actor's school holds the pupil
    cards: Sequence[Card]
    packages: Sequence[Package]
    sheets: Sequence[TransferSheet]
    may_export: bool

    @property
    def has_issued(self) -> bool:
        """Whether a card stands, so that there is a book and a package."""
        return any(card.state in ISSUED for card in self.cards) or any(
            one.direction == Direction.IN for one in self.packages
        )


def life(actor: Actor, person_id: int) -> Life | None:
    """A pupil whose cards somebody of a school may read: those held now, and those a school is still making."""
    cards = list(
        custody.cards(actor)
        .filter(person_id=person_id)
        .select_related("person", "classroom", "school")
        .order_by("-year_id", "-edition", "-pk")
    )
    held = _held(actor, person_id)
    if held is None and not cards:
        return None
    person = held.person if held is not None else cards[0].person
    packages: list[Package] = []
    sheets: list[TransferSheet] = []
    if held is not None:
        packages = list(
            Package.objects.filter(person_id=person_id).select_related("school", "by").order_by("-at")
        )
        sheets = list(
            TransferSheet.objects.filter(person_id=person_id, issued_at__isnull=False)
            .select_related("school")
            .order_by("-issued_at")
        )
    may_export = held is not None and exporting(actor, person_id) is not None
    return Life(person, held, cards, packages, sheets, may_export)


def _held(actor: Actor, person_id: int) -> Enrolment | None:
    rows: Any = Enrolment.objects.visible_to(actor, custody.VIEW)
    found: Enrolment | None = (
        rows.filter(person_id=person_id, is_current=True)
        .select_related("person", "school", "classroom")
        .first()
    )
    return found


def exporting(actor: Actor, person_id: int) -> Enrolment | None:
    """The current enrolment of a pupil by which the actor's school may make or take in packages."""
    if not actor.holds(EXPORT):
        return None
    rows: Any = Enrolment.objects.visible_to(actor, EXPORT)
    found: Enrolment | None = (
        rows.filter(person_id=person_id, is_current=True).select_related("person", "school").first()
    )
    return found


def may_read_book(actor: Actor, person_id: int) -> bool:
    """Whether somebody may read the whole book: the family, or the school that holds the pupil."""
    return person_id in actor.reach(custody.VIEW_OWN).person_ids or _held(actor, person_id) is not None


def book_target(actor: Actor, person_id: int) -> Enrolment | None:
    """The pupil's current enrolment, when the actor may read the book by it."""
    if not may_read_book(actor, person_id):
        return None
    return Enrolment.objects.filter(person_id=person_id, is_current=True).select_related("person").first()


def package(actor: Actor, pk: int) -> Package | None:
    """One package of a pupil whom the actor's school holds now."""
    if not actor.holds(EXPORT):
        return None
    pupils = Enrolment.objects.visible_to(actor, EXPORT).filter(is_current=True).values("person_id")
    return Package.objects.filter(pk=pk, person_id__in=pupils).select_related("person", "school").first()
