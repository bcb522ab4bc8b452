"""What a family reads: the issued cards of an own child, newest year first, each with its editions and requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.functional import Promise

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.report_cards.models import Card, CardState, Correction, CorrectionState
from khue.school.report_cards.queries import custody
from khue.school.report_cards.rules import ISSUED

_FIELDS = (
    "id", "person_id", "person__full_name", "person__given_name", "year_id", "classroom__name", "school__name",
    "edition", "state", "reference", "code", "issued_at", "is_test", "enrolment_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnCard:
    """An issued card as its family sees it."""

    id: int
    person_id: int
    name: str
    given_name: str
    year: int
    class_name: str
    school_name: str
    edition: int
    state: str
    reference: str
    code: str
    issued_at: datetime
    is_test: bool
    enrolment_id: int
    request_id: int = 0  # the newest request to correct it
    request_state: str = ""

    @property
    def year_label(self) -> str:
        """`2025-2026`."""
        return f"{self.year}-{self.year + 1}"

    @property
    def is_valid(self) -> bool:
        """Whether it is the edition that stands."""
        return self.state in {state.value for state in ISSUED}

    @property
    def state_label(self) -> str | Promise:
        """Its state in words; what the department does with it is not the family's."""
        return CardState.SEALED.label if self.is_valid else CardState(self.state).label

    @property
    def is_asked(self) -> bool:
        """Whether a request to correct it is open."""
        return self.request_state in custody.OPEN_CORRECTIONS

    @property
    def request_label(self) -> str | Promise:
        """The request's state in words."""
        return CorrectionState(self.request_state).label if self.request_state else ""


@dataclass(slots=True)
class OwnYear:
    """A school year of a child: the edition that stands first, the others after it."""

    card: OwnCard
    older: list[OwnCard] = field(default_factory=list)


@dataclass(slots=True)
class OwnChild:
    """A child with the years that have a card."""

    person_id: int
    name: str
    given_name: str
    years: list[OwnYear] = field(default_factory=list)


def own_children(actor: Actor) -> list[OwnChild]:
    """The actor's children, or the actor, with their issued cards; two statements."""
    rows = list(
        custody.own(actor)
        .order_by("person__sort_key", "person_id", "-year_id", "-edition", "-pk")
        .values_list(*_FIELDS)
    )
    asked = _requests([row[0] for row in rows])
    cards = [_own_card(row, asked) for row in rows]
    children = []
    for _person, own in groupby(cards, key=lambda one: one.person_id):
        mine = list(own)
        child = OwnChild(mine[0].person_id, mine[0].name, mine[0].given_name)
        for _year, editions in groupby(mine, key=lambda one: (one.year, one.enrolment_id)):
            first, *older = sorted(editions, key=lambda one: (not one.is_valid, -one.edition))
            child.years.append(OwnYear(first, older))
        children.append(child)
    return children


def _own_card(row: Sequence[Any], asked: Mapping[int, tuple[int, str]]) -> OwnCard:
    request_id, request_state = asked.get(row[0], (0, ""))
    return OwnCard(*row, request_id=request_id, request_state=request_state)  # type: ignore[misc]


def _requests(card_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    rows = Correction.objects.filter(card_id__in=list(card_ids)).order_by("pk")
    return {card: (pk, state) for pk, card, state in rows.values_list("pk", "card_id", "state")}


_NEW = """
select c.id, p.given_name, coalesce(k.name, ''), c.year_id, c.issued_at from report_cards_card c
join people_person p on p.id = c.person_id left join roster_classroom k on k.id = c.classroom_id
where c.person_id = any(%s) and c.state = any(%s) and c.issued_at >= %s order by c.issued_at desc, c.id desc limit 6
"""


def all_newly_issued(people: Sequence[int], since: datetime) -> list[tuple[int, str, str, int, datetime]]:
    """Cards issued to these pupils since a moment: id, given name, class, year, when; newest first. One statement."""
    states = [state.value for state in ISSUED]
    return [(row[0], row[1], row[2], row[3], row[4]) for row in fetch(_NEW, [list(people), states, since])]


def own_card(actor: Actor, pk: int) -> Card | None:
    """One issued card of the actor's child."""
    return custody.own(actor).filter(pk=pk).first()
