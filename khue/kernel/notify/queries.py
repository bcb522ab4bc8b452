"""Every read of notices: a person's own inbox, own browsers and wishes; what messages cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.notify.models import Message, Preference, Spending, Subscription
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.settings_store.values import values_of


def messages(actor: Actor) -> QuerySet[Message]:
    """The actor's own notices, newest first."""
    if actor.person_id is None:
        return Message.objects.none()
    return Message.objects.filter(person_id=actor.person_id).order_by("-sent_at", "-pk")


def unread(actor: Actor) -> QuerySet[Message]:
    """Those not read yet."""
    return messages(actor).filter(read_at__isnull=True)


def count_unread(actor: Actor) -> int:
    """How many notices the actor has not read; one query over a partial index."""
    if actor.person_id is None:
        return 0
    return Message.objects.filter(person_id=actor.person_id, read_at__isnull=True).count()


def self_of(actor: Actor) -> Person:
    """The actor's own record."""
    return Person.objects.get(pk=actor.person_id or 0)


def browsers(actor: Actor) -> QuerySet[Subscription]:
    """The browsers that show the actor's notices."""
    if actor.person_id is None:
        return Subscription.objects.none()
    return Subscription.objects.filter(person_id=actor.person_id).order_by("pk")


def wishes(actor: Actor) -> Preference:
    """What the actor wishes of the channels; not saved yet when they never said."""
    person_id = actor.person_id or 0
    return Preference.objects.filter(person_id=person_id).first() or Preference(person_id=person_id)


@dataclass(frozen=True)
class Purse:
    """The money of one unit: the whole province, or one school."""

    unit: Unit
    dong: int
    messages: int
    refused: int
    cap: int


def spending(actor: Actor, month: date) -> QuerySet[Spending]:
    """What the schools within reach have spent in a month, the most first."""
    return (
        Spending.objects.visible_to(actor, "notify.view_costs")
        .filter(month=month, unit__kind=UnitKind.SCHOOL)
        .select_related("unit")
        .order_by("-dong", "unit__sort_key")
    )


def purse(actor: Actor, month: date) -> Purse | None:
    """The money of the unit in whose capacity the actor looks: the province's for the Department, else the school's."""
    unit = Unit.objects.visible_to(actor, "notify.view_costs").filter(pk=actor.unit_id or 0).first()
    if unit is None:
        return None
    row = Spending.objects.visible_to(actor, "notify.view_costs").filter(month=month, unit=unit).first()
    name = "notify.cap_province" if unit.parent_id is None else "notify.cap_school"
    cap = int(values_of([name], unit)[name])
    return Purse(unit, row.dong if row else 0, row.messages if row else 0, row.refused if row else 0, cap)
