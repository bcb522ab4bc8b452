"""The token of a device: 256 random bits, kept hashed. It says which device speaks and opens nothing."""

from __future__ import annotations

import hashlib
import secrets

PREFIX = "kd_"
HALF = 32  # bytes


def new_token() -> str:
    """A fresh token; `kd_` in front so that scanners of leaked secrets know it."""
    return PREFIX + secrets.token_urlsafe(32)


def new_half() -> bytes:
    """The server's half of a device's key."""
    return secrets.token_bytes(HALF)


def hash_of(token: str) -> str:
    """How a token is kept: a plain SHA-256, for 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
