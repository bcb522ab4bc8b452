"""Keys of other systems: made, hashed, and turned into an actor at each call."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import Capacity, actor_for
from khue.kernel.people.models import Account, ApiToken

PREFIX = "khue_"
NOTED_EVERY = timedelta(minutes=5)


def new_key() -> str:
    """A fresh key of 256 bits; `khue_` in front so that scanners of leaked secrets know it."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """How a key is kept: a plain SHA-256, for 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def actor_of_key(
    key: str, *, ip: str = "", device: str = ""
) -> tuple[Account, Actor, tuple[Capacity, ...]] | None:
    """The account and the actor behind a key, with the rights of today; None when it is unknown, revoked or over.

    The capacity is the one the key was made for: when the person no longer holds it, the key opens nothing.
    """
    if not key.startswith(PREFIX):
        return None
    now = timezone.now()
    token = (
        ApiToken.objects.filter(token_hash=hash_of(key), revoked_at__isnull=True, expires_at__gt=now)
        .filter(account__is_active=True)
        .select_related("account__person")
        .first()
    )
    if token is None:
        return None
    if token.used_at is None or now - token.used_at > NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    actor, every = actor_for(
        token.account, wanted=token.capacity, ip=ip, device=f"API · {token.label} · {device}"[:200]
    )
    if actor.capacity != token.capacity or not actor.holds("api.use"):
        return None
    return token.account, actor, every
