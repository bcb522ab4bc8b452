"""Where sessions are kept: the database knows only the hash of a session's key.

A copy of the database opens no session, and a row can be named (listed, revoked) without holding the key itself.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string

from khue.kernel.statements import fetch, run


def stored_key(session_key: str | None) -> str:
    """What the database calls the session of a browser's key: 160 bits of its SHA-256."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's sessions in the database, under hashed keys; a new one is written once, when the answer is ready."""

    _is_fresh = False

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Django's own table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        key = stored_key(self.session_key)
        rows = fetch(
            "select session_data, expire_date from django_session where session_key = %s and expire_date > %s",
            [key, timezone.now()],
        )
        if not rows:
            self._session_key = None
            return None
        return Session(session_key=key, session_data=rows[0][0], expire_date=rows[0][1])

    def exists(self, session_key: str) -> bool:
        """Whether a browser's key has a session."""
        return Session.objects.filter(session_key=stored_key(session_key)).exists()

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)  # 165 bits: nobody asks whether it is taken

    def create(self) -> None:
        """Take a new key; the row follows with the first save."""
        self._session_key = self._get_new_session_key()
        self._is_fresh = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the session: a new row under a new key, else the one there is."""
        if self.session_key is None:
            self.create()
        must_create, self._is_fresh = must_create or self._is_fresh, False
        if not must_create:
            return super().save()
        row = self.create_model_instance(self._get_session(no_load=True))  # type: ignore[attr-defined]
        run(
            "insert into django_session (session_key, session_data, expire_date) values (%s, %s, %s)",
            [row.session_key, row.session_data, row.expire_date],
        )

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session."""
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return Session(
            session_key=stored_key(key), session_data=self.encode(data), expire_date=self.get_expiry_date()
        )

    def delete(self, session_key: str | None = None) -> None:
        """End the session of a browser's key, else this one."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=stored_key(key)).delete()


def end_stored(keys: list[str]) -> int:
    """End sessions by what the database calls them; their next request is anonymous."""
    return Session.objects.filter(session_key__in=keys).delete()[0]
