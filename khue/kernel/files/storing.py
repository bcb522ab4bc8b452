"""Keep a file byte for byte under the hash of its content, and give it back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work, action
from khue.kernel.files.checking import ALL_KINDS, check
from khue.kernel.files.models import StoredFile
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person


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
            name=name[:200],
            kind=kind,
            size=len(data),
            sha256=sha256,
            unit=unit,
            owner_id=work.actor.person_id,
            purpose=purpose,
        )
    )


def content_of(stored: StoredFile) -> bytes:
    """The bytes of a stored file, proved by their hash; raises OSError when they are not what was stored."""
    with default_storage.open(place_of(stored.sha256)) as source:
        data: bytes = source.read()
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise OSError(f"stored content of file {stored.pk} does not match its hash")
    return data


def store(
    by: Work | Actor,
    upload: File[Any] | tuple[str, bytes],
    *,
    purpose: str,
    unit: Unit | None = None,
    kinds: Iterable[str] = ALL_KINDS,
) -> StoredFile:
    """Check an upload (a form's file, or name and bytes) and keep it; raises DomainError with the reason.

    Inside an action hand over its `work`, elsewhere the actor. `kinds` names what is wanted here: xlsx, xls, csv, pdf,
    jpeg, png, webp. Pictures lose place, camera and comments; everything else is kept byte for byte.
    """
    name, data = upload if isinstance(upload, tuple) else (upload.name or "", upload.read())
    proved = check(name, data, kinds)
    values = {"name": proved.name, "data": proved.data, "kind": proved.kind, "purpose": purpose, "unit": unit}
    if isinstance(by, Work):
        return keep(by, **values)  # type: ignore[arg-type]
    return _store_own(by, Person(pk=by.person_id), **values)


@action("files.store", own=True)
def _store_own(work: Work, owner: Person, /, **values: Any) -> StoredFile:
    return keep(work, **values)
