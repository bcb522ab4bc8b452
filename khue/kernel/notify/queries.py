"""Every read of notices: a person's own inbox."""

from __future__ import annotations

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.notify.models import Message


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
