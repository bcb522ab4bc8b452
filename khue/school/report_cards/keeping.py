"""The two files of a card lie in the storage under the hash of their content, and are never written a second time."""

from __future__ import annotations

import hashlib
import os
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from khue.kernel.files.storing import place_of

SOUND: Final = ""
MISSING: Final = "missing"
CHANGED: Final = "changed"


def keep(data: bytes) -> str:
    """Store the bytes and see them on disk before anything is said about them; gives their SHA-256."""
    sha256 = hashlib.sha256(data).hexdigest()
    place = place_of(sha256)
    if default_storage.exists(place):
        if state_of(sha256) == SOUND:
            return sha256
        default_storage.delete(place)  # half written when the machine went down
    default_storage.save(place, ContentFile(data))
    _settle(place)
    return sha256


def _settle(place: str) -> None:
    """Wait until a stored file is on the disk; a storage that is no folder does that by itself."""
    try:
        path = default_storage.path(place)
    except NotImplementedError:
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def content(sha256: str) -> bytes | None:
    """The bytes stored under a hash as they lie there, changed or not; None when there are none."""
    try:
        with default_storage.open(place_of(sha256)) as source:
            data: bytes = source.read()
    except FileNotFoundError:
        return None
    return data


def state_of(sha256: str) -> str:
    """SOUND, MISSING or CHANGED."""
    data = content(sha256)
    if data is None:
        return MISSING
    return SOUND if hashlib.sha256(data).hexdigest() == sha256 else CHANGED
