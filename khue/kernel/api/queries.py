"""Reads of one's own keys."""

from __future__ import annotations

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Account, ApiToken


def own_account(actor: Actor) -> Account:
    """The actor's own account."""
    return Account.objects.get(pk=actor.account_id or 0)


def tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own keys that are not revoked, newest first."""
    return ApiToken.objects.filter(account_id=actor.account_id or 0, revoked_at__isnull=True).order_by("-pk")
