"""A passphrase or PIN held for one batch: sealed in a row, with half of the key to it in a file elsewhere.

The row alone (a copy of the database) opens nothing, nor does the file alone; both with the installation's secret do.
Each is wiped when its batch ends, and after half an hour it is no longer opened. Web and workers share the folder.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from khue.kernel.actions import Work
from khue.school.report_cards.models import Batch, HeldSecret

LASTS: Final = timedelta(minutes=30)
PURPOSE: Final = "khue.report_cards.held"
NONCE: Final = 12


def folder() -> Path:
    """Where the other halves lie, readable by the installation alone."""
    place = Path(settings.VAR) / "signing" / "held"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def hold(work: Work, batch: Batch, step: str, certificate_id: int, secret: str) -> HeldSecret:
    """Keep a secret for a batch, inside the action that starts it."""
    token, half = secrets.token_hex(16), secrets.token_bytes(32)
    nonce = secrets.token_bytes(NONCE)
    sealed = nonce + AESGCM(_key(str(settings.SECRET_KEY), half)).encrypt(
        nonce, secret.encode(), _about(batch.pk, step)
    )
    descriptor = os.open(folder() / token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(half)
    return work.create(
        HeldSecret(
            batch=batch, step=step, certificate_id=certificate_id, token=token, sealed=sealed,
            held_until=timezone.now() + LASTS,
        )
    )  # fmt: skip


def secret_of(row: HeldSecret, now: datetime | None = None) -> str | None:
    """The secret; None when it is held no longer."""
    if (now or timezone.now()) >= row.held_until:
        return None
    try:
        half = (folder() / row.token).read_bytes()
    except FileNotFoundError:
        return None
    sealed = bytes(row.sealed)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            opened = AESGCM(_key(str(key), half)).decrypt(
                sealed[:NONCE], sealed[NONCE:], _about(row.batch_id, row.step)
            )
        except InvalidTag:
            continue
        return opened.decode()
    return None


def forget(batch_id: int) -> None:
    """Wipe what is held for a batch."""
    _wipe(list(HeldSecret.objects.filter(batch_id=batch_id)))


def forget_old(now: datetime | None = None) -> int:
    """Wipe what was held too long, and halves whose row is gone; gives how many rows."""
    moment = now or timezone.now()
    rows = list(HeldSecret.objects.filter(held_until__lte=moment))
    _wipe(rows)
    known = set(HeldSecret.objects.values_list("token", flat=True))
    oldest = time.time() - 2 * LASTS.total_seconds()  # a row that is being written is not seen yet
    for path in folder().iterdir():
        if path.name not in known and path.stat().st_mtime < oldest:
            _burn(path)
    return len(rows)


def _wipe(rows: list[HeldSecret]) -> None:
    for row in rows:
        _burn(folder() / row.token)
    HeldSecret.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _burn(path: Path) -> None:
    try:
        with path.open("r+b") as target:
            target.write(b"\0" * 32)
            target.flush()
            os.fsync(target.fileno())
        path.unlink()
    except FileNotFoundError:
        pass


def _key(secret: str, half: bytes) -> bytes:
    return hashlib.sha256(f"{PURPOSE}:{secret}:".encode() + half).digest()


def _about(batch_id: int, step: str) -> bytes:
    return f"{batch_id}:{step}".encode()
