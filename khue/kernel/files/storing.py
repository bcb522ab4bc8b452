"""Keep a file byte for byte under the hash of its content, and give it back."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from khue.kernel.actions import Work
from khue.kernel.files.models import StoredFile
from khue.kernel.org.models import Unit


def place_of(sha256: str) -> str:
    """Where content of this hash lies in the storage."""
    return f"{sha256[:2]}/{sha256}"


def keep(work: Work, *, name: str, data: bytes, kind: str, purpose: str, unit: Unit | None) -> StoredFile:
    """Store checked content once and record who gave it; `name` has been made safe, `kind` proved."""
    sha256 = hashlib.sha256(data).hexdigest()
    place = place_of(sha256)
    if not default_storage.exists(place):
        default_storage.save(place, ContentFile(data))
    return work.create(
        StoredFile(
            name=name[:200], kind=kind, size=len(data), sha256=sha256, unit=unit, owner_id=work.actor.person_id, purpose=purpose
        )
    )


def content_of(stored: StoredFile) -> bytes:
    """The bytes of a stored file, proved by their hash; raises OSError when they are not what was stored."""
    with default_storage.open(place_of(stored.sha256)) as source:
        data: bytes = source.read()
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise OSError(f"stored content of file {stored.pk} does not match its hash")
    return data
