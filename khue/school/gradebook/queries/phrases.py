"""Sentences for comments: the reader's own, the school's, the department's, and those that come with Khuê."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.school.gradebook import phrases
from khue.school.gradebook.models import Phrase


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and whose it is: `own`, `school`, `province` or `usual`; `id` when this page may drop it."""

    group: str
    text: str
    whose: str = "usual"
    id: int | None = None


def bank(actor: Actor) -> list[Sentence]:
    """What the reader chooses from: own sentences, their schools', the department's, then those of Khuê. One query."""
    schools = {grant.unit_id for grant in actor.grants if grant.unit_id is not None}
    wanted = (
        Q(owner_id__in=[actor.person_id]) | Q(unit_id__in=schools) | Q(unit__parent__isnull=True, owner=None)
    )
    return _with_usual(_sentences(wanted, drops="own"))


def shared_bank(actor: Actor, unit: Unit) -> list[Sentence]:
    """The sentences of a school or of the department for its page, with what else its teachers find. One query."""
    if not actor.can("gradebook.set_phrases", unit):
        return []
    wanted = Q(unit=unit) | Q(unit__parent__isnull=True, owner=None)
    return _with_usual(_sentences(wanted, drops="province" if unit.parent_id is None else "school"))


def _sentences(wanted: Q, *, drops: str) -> list[Sentence]:
    rows = Phrase.objects.filter(wanted).order_by("order", "pk")
    found = []
    for pk, group, text, owner, above in rows.values_list(
        "pk", "group", "text", "owner_id", "unit__parent_id"
    ):
        whose = "own" if owner else "province" if above is None else "school"
        found.append(Sentence(group, text, whose, pk if whose == drops else None))
    return sorted(found, key=lambda one: ("own", "school", "province").index(one.whose))


def _with_usual(found: Iterable[Sentence]) -> list[Sentence]:
    """Each text once, the nearest owner first; at the end those that come with Khuê."""
    usual = [Sentence(group, text) for group, texts in phrases.PROVINCE.items() for text in texts]
    known: dict[str, Sentence] = {}
    for one in [*found, *usual]:
        known.setdefault(one.text, one)
    return list(known.values())


def own_phrase(actor: Actor, pk: int) -> Phrase | None:
    """One of the reader's own sentences."""
    return Phrase.objects.filter(owner_id=actor.person_id, pk=pk).first()


def shared_phrase(actor: Actor, unit: Unit, pk: int) -> Phrase | None:
    """A sentence of the unit whose sentences the actor keeps."""
    found: Phrase | None = (
        Phrase.objects.visible_to(actor, "gradebook.set_phrases").filter(unit=unit, owner=None, pk=pk).first()
    )
    return found


def own_person(actor: Actor) -> Person | None:
    """The reader's own record, to which own sentences belong."""
    return Person.objects.filter(pk__in=[actor.person_id]).first()
