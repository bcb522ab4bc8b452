"""A file made ready to be signed: what will be signed is known before the key is touched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from khue.kernel.signing.engine.keys import Signer
from khue.kernel.signing.engine.reasons import RefusedToSign, reason


@dataclass(frozen=True)
class Prepared:
    """The digest that the key signs, the SHA-256 of the file as it was before, and what to do with the signature."""

    digest: bytes
    content_sha256: str
    finish: Callable[[bytes], bytes]


def content_sha256(data: bytes) -> str:
    """The hash shown on the page before signing: SHA-256 of the file as it is, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def demand_shown(data: bytes, shown: str) -> str:
    """What you see is what you sign: the file's hash is the one that was shown; RefusedToSign SHOWN_OTHER."""
    found = content_sha256(data)
    if shown and shown != found:
        raise RefusedToSign(reason("SHOWN_OTHER"))
    return found


def sign_many(signer: Signer, prepared: Sequence[Prepared]) -> list[bytes]:
    """Sign files made ready for this signer, in one call to the key: a remote service is asked once."""
    signatures = signer.sign_digests([each.digest for each in prepared])
    return [each.finish(signature) for each, signature in zip(prepared, signatures, strict=True)]
