"""Sentences for comments: the province's and the reader's own."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Person
from khue.school.gradebook import phrases
from khue.school.gradebook.models import Phrase


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `id` when it is the reader's own and may be dropped."""

    group: str
    text: str
    id: int | None = None


def bank(actor: Actor) -> list[Sentence]:
    """The reader's own sentences, those the province added, then those that come with Khuê."""
    rows = Phrase.objects.filter(owner_id__in=[actor.person_id]) | Phrase.objects.filter(owner=None)
    found = [
        Sentence(group, text, pk if owner else None)
        for pk, owner, group, text in rows.order_by("owner_id", "order", "pk").values_list(
            "pk", "owner_id", "group", "text"
        )
    ]
    known = {one.text for one in found}
    usual = [
        Sentence(group, text)
        for group, texts in phrases.PROVINCE.items()
        for text in texts
        if text not in known
    ]
    return [*found, *usual]


def own_phrase(actor: Actor, pk: int) -> Phrase | None:
    """One of the reader's own sentences."""
    return Phrase.objects.filter(owner_id=actor.person_id, pk=pk).first()


def own_person(actor: Actor) -> Person | None:
    """The reader's own record, to which own sentences belong."""
    return Person.objects.filter(pk__in=[actor.person_id]).first()
