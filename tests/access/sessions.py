"""Sessions in memory for the matrix, so that tens of thousands of requests cost no statement for them."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase

KEPT: dict[str, dict[str, Any]] = {}


class SessionStore(SessionBase):
    """Sessions of this process."""

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        return session_key in KEPT

    def create(self) -> None:
        """Begin one."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Keep it."""
        if self.session_key is None:
            return self.create()
        if must_create and self.session_key in KEPT:
            raise CreateError
        KEPT[self.session_key] = copy.deepcopy(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End it."""
        KEPT.pop(session_key or self.session_key or "", None)

    def load(self) -> dict[str, Any]:
        """Its content."""
        if self.session_key not in KEPT:
            self._session_key = None
            return {}
        return copy.deepcopy(KEPT[self.session_key or ""])
