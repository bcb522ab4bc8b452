"""Who a log-in name belongs to: login name, ministry code or phone, checked in constant time."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from khue.kernel.people.models import Account


class AccountBackend(BaseBackend):
    """Loads the account of a session together with its person: one query a request."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Account | None:
        """Signing in is done by `people.signing_in`; this backend only says whose session it is."""
        return None

    def get_user(self, user_id: int) -> Account | None:
        """The active account of a session."""
        return Account.objects.select_related("person").filter(pk=user_id, is_active=True).first()
