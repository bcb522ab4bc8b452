"""Argon2id at 19 MiB, two passes, one lane (OWASP), hashed by few at a time so that log-ins never starve pages."""

from __future__ import annotations

import os
import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

_SEATS = threading.BoundedSemaphore(max(1, int(os.environ.get("KHUE_HASHING_SEATS", "1"))))


class Argon2id(Argon2PasswordHasher):
    """19 MiB, t=2, p=1: about 27 ms; an old hash is upgraded at the next log-in."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a password; waits for a seat."""
        with _SEATS:
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Check a password; waits for a seat."""
        with _SEATS:
            return bool(super().verify(password, encoded))
