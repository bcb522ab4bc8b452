"""Argon2id at 19 MiB, two passes, one lane (OWASP), hashed by few at a time so that log-ins never starve pages.

A process hashes one password at a time (KHUE_HASHING_SEATS), and lets only so many people wait for it at the log-in
page that three of its threads (KHUE_THREADS) stay free for everybody else. Who finds no place hears at once that it is
crowded, before their name or password is looked at and before a try is counted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password

SEATS = max(1, int(os.environ.get("KHUE_HASHING_SEATS", "1")))
FREE_THREADS = 3
PLACES = max(SEATS + 1, int(os.environ.get("KHUE_THREADS", "8")) - FREE_THREADS)
_SEATS = threading.BoundedSemaphore(SEATS)
_PLACES = threading.BoundedSemaphore(PLACES)
PATIENCE = 10.0  # seconds one waits for a seat before hearing that it is crowded


class Crowded(RuntimeError):
    """Too many are signing in at this moment; says nothing about the password (reliability J3)."""


@contextmanager
def place() -> Iterator[None]:
    """A place at the log-in page, from the first look at a name to the verdict; raises Crowded when all are taken."""
    if not _PLACES.acquire(blocking=False):
        raise Crowded
    try:
        yield
    finally:
        _PLACES.release()


@contextmanager
def seat() -> Iterator[None]:
    """A seat for hashing; raises Crowded when none becomes free in time."""
    if not _SEATS.acquire(timeout=PATIENCE):
        raise Crowded
    try:
        yield
    finally:
        _SEATS.release()


@cache
def nobodys_hash() -> str:
    """The hash checked for names that do not exist, so that they cost what others cost."""
    return make_password(os.urandom(16).hex())


class Argon2id(Argon2PasswordHasher):
    """19 MiB, t=2, p=1: about 27 ms; an old hash is upgraded at the next log-in."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a password; waits for a seat."""
        with seat():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Check a password; waits for a seat."""
        with seat():
            return bool(super().verify(password, encoded))
