"""Time stamps (RFC 3161): ask a service for one, and read one."""

from __future__ import annotations

import hashlib
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509

from khue.kernel.signing.engine import cms, der
from khue.kernel.signing.engine.reasons import StampProblem, reason

SECONDS = 20
LARGEST = 64 * 1024


class Stamper(Protocol):
    """A time-stamping service."""

    def stamp(self, digest: bytes) -> bytes:
        """The token (a CMS envelope) over a SHA-256 digest; StampProblem when there is none."""


@dataclass(frozen=True)
class Stamp:
    """A time stamp whose signature is sound: when, by which service; whether the service is trusted is judged apart."""

    at: datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class HttpStamper:
    """A time-stamping service at an address, by HTTP POST (RFC 3161 section 3.4)."""

    url: str
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("a time-stamping service is at an http address")

    def stamp(self, digest: bytes) -> bytes:
        """Ask for a token and look at it before believing it."""
        nonce = secrets.randbits(63)
        asking = request(digest, nonce)
        post = urllib.request.Request(  # noqa: S310  (checked above)
            self.url, data=asking, headers={"Content-Type": "application/timestamp-query"}, method="POST"
        )
        try:
            with urllib.request.urlopen(post, timeout=self.seconds) as answer:  # noqa: S310
                body = answer.read(LARGEST)
        except (OSError, urllib.error.URLError, ValueError) as problem:
            raise StampProblem(reason("STAMP_AWAY", what=type(problem).__name__)) from None
        return token_of(body, digest, nonce)


def request(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256 digest that asks for the service's certificate."""
    return der.sequence(
        der.integer(1), der.sequence(cms.SHA256, der.octets(digest)), der.integer(nonce), b"\x01\x01\xff"
    )


def token_of(answer: bytes, digest: bytes, nonce: int) -> bytes:
    """The token in a TimeStampResp, when it answers this very question; StampProblem STAMP_REFUSED or STAMP_WRONG."""
    from asn1crypto import tsp

    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        granted = response["status"]["status"].native in {"granted", "granted_with_mods"}
        token = bytes(response["time_stamp_token"].dump()) if granted else b""
    except (ValueError, TypeError, KeyError):
        raise StampProblem(reason("STAMP_WRONG")) from None
    if not granted:
        raise StampProblem(reason("STAMP_REFUSED"))
    try:
        envelope = cms.read(token)
        said = tsp.TSTInfo.load(envelope.content)
        read(token, digest)
        if said["nonce"].native != nonce:
            raise ValueError("another nonce")
    except (cms.CmsProblem, ValueError, TypeError, KeyError):
        raise StampProblem(reason("STAMP_WRONG")) from None
    return token


def read(token: bytes, digest: bytes = b"", *, data: bytes = b"") -> Stamp:
    """Read a token over `digest` (SHA-256) or over `data`; CmsProblem STAMP_BROKEN when it is not sound."""
    from asn1crypto import tsp

    broken = cms.CmsProblem(reason("STAMP_BROKEN"))
    try:
        envelope = cms.read(token)
        envelope.verify()
        if envelope.content_type != cms.TST_INFO:
            raise broken
        if hashlib.new(envelope.digest_name, envelope.content).digest() != envelope.message_digest:
            raise broken
        said = tsp.TSTInfo.load(envelope.content, strict=True)
        imprint = said["message_imprint"]
        name = cms.digest_algorithm(imprint["hash_algorithm"]["algorithm"].native)
        expected = hashlib.new(name, data).digest() if data else digest
        if not expected or imprint["hashed_message"].native != expected:
            raise broken
        at: datetime = said["gen_time"].native
    except cms.CmsProblem as problem:
        if problem.reason.code in {"WEAK_ALGORITHM", "UNKNOWN_ALGORITHM", "WEAK_KEY"}:
            raise
        raise broken from None
    except (ValueError, TypeError, KeyError):
        raise broken from None
    return Stamp(at.astimezone(UTC), envelope.certificate, envelope.others)
