"""Whoever plays a role in the connected database, and a browser in which they have signed in."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.access.middleware import CAPACITY, PROVED_AT
from khue.kernel.bench.measuring import CannotMeasureError
from khue.kernel.people.backends import BACKEND
from khue.kernel.people.models import Account
from khue.kernel.people.signing_in import SECOND_FACTOR


def host() -> str:
    """A host name that the settings allow."""
    return next((name for name in settings.ALLOWED_HOSTS if name not in ("*", "")), "localhost")


def account_of(role: str) -> Account:
    """The first account that holds a role today; raises CannotMeasureError when nobody does."""
    for source in registry.grant_sources():
        with connection.cursor() as cursor:
            cursor.execute(
                f"select a.id from ({source.sql}) s join people_account a on a.person_id = s.person_id "  # noqa: S608
                "where s.role = %s and a.is_active and (s.starts_on is null or s.starts_on <= %s) "
                "and (s.ends_on is null or s.ends_on > %s) limit 1",
                [role, timezone.localdate(), timezone.localdate()],
            )
            row = cursor.fetchone()
        if row:
            return Account.objects.select_related("person").get(pk=row[0])
    raise CannotMeasureError(f"không ai giữ vai {role}; chạy khue demo trước.")


def actor_in(account: Account, role: str) -> Actor:
    """The account's owner in the capacity in which they hold the role."""
    _first, every = actor_for(account)
    wanted = next(c.key for c in every if any(grant.role == role for grant in c.grants))
    return actor_for(account, wanted=wanted, proved_at=timezone.now())[0]


def browser_of(account: Account, role: str) -> Client:
    """A signed-in browser, second factor shown; inside a transaction that is rolled back it leaves no session."""
    client = Client(HTTP_HOST=host())
    client.force_login(account, backend=BACKEND)
    session = client.session
    session[SECOND_FACTOR] = "totp"
    session[PROVED_AT] = timezone.now().timestamp()
    session[CAPACITY] = actor_in(account, role).capacity
    session.save()
    return client
