"""The installation's key for signing the heads of its ledgers: made at first use, kept in the house's own folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def _folder() -> Path:
    folder = Path(settings.VAR) / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def key_id_of(public: bytes) -> str:
    """Sixteen hex digits that name a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def signing_key() -> Ed25519PrivateKey:
    """The installation's key, made at first use and readable by its owner only; its public half lies beside it."""
    place = _folder() / "audit_signing"
    if not place.exists():
        made = Ed25519PrivateKey.generate()
        fresh = place.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(made.private_bytes_raw().hex())
        try:
            os.link(fresh, place)  # whoever comes second uses the first one's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(place.read_text().strip()))
    public = key.public_key().public_bytes_raw()
    beside = _folder() / f"audit_{key_id_of(public)}.pub"
    if not beside.exists():
        beside.write_text(public.hex())
    return key


def public_key(key_id: str) -> bytes | None:
    """A public key of this installation, past or present."""
    place = _folder() / f"audit_{key_id}.pub"
    if not key_id.isalnum() or not place.exists():
        return None
    public = bytes.fromhex(place.read_text().strip())
    return public if key_id_of(public) == key_id else None
