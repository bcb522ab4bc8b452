"""Keys with a remote signing service, by the API of the Cloud Signature Consortium, version 2.

Used of it: credentials/info (certificate, and that the key is fit), credentials/authorize (the owner's PIN opens the
credential for exactly these digests; at opening for a random one, so that a wrong PIN is said before a batch is
queued), signatures/signHash. One authorisation serves as many digests as the service allows at once. What comes back
is verified before it is believed.
"""

from __future__ import annotations

import binascii
import json
import secrets
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from khue.kernel.signing.engine.keys import SHA256, Signer, check_public_key
from khue.kernel.signing.engine.reasons import KeyProblem, reason

SHA256_OID = "2.16.840.1.101.3.4.2.1"
ALGORITHMS = {"rsa": "1.2.840.113549.1.1.1", "ec": "1.2.840.10045.2.1"}
LARGEST = 4 * 1024 * 1024
PIN_ERRORS = {"invalid_pin", "invalid_otp"}


@dataclass(frozen=True)
class RemoteKey:
    """A credential at a signing service: its address (up to `/csc/v2`), the credential, its PIN, the access token."""

    url: str
    credential: str
    pin: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    seconds: float = 30

    @contextmanager
    def open(self) -> Iterator[Signer]:
        """Look the credential up and try its PIN, as a file or a token would at once.

        KeyProblem SERVICE_AWAY, SERVICE_REFUSED, WRONG_PIN, NO_KEY_ON_TOKEN, UNFIT_KEY.
        """
        service = Service(self.url, self.access_token, self.seconds)
        info = service.info(self.credential)
        try:
            chain = [x509.load_der_x509_certificate(b64decode(each)) for each in info["cert"]["certificates"]]
            enabled = info["key"]["status"] == "enabled"
            most = int(info.get("multisign", 1))
        except (KeyError, TypeError, ValueError):
            raise KeyProblem(reason("NO_KEY_ON_TOKEN")) from None
        if not chain or not enabled:
            raise KeyProblem(reason("NO_KEY_ON_TOKEN"))
        kind = check_public_key(chain[0])
        service.authorize(self.credential, [secrets.token_bytes(32)], self.pin)  # opens it for no document
        yield _RemoteSigner(
            service, self.credential, self.pin, kind, max(1, most), chain[0], tuple(chain[1:])
        )


@dataclass(frozen=True)
class _RemoteSigner:
    """An open credential."""

    service: Service
    credential: str
    pin: str = field(repr=False)
    kind: str
    most: int
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        """Authorise and sign, as many at once as the service allows."""
        made: list[bytes] = []
        for start in range(0, len(digests), self.most):
            some = list(digests[start : start + self.most])
            sad = self.service.authorize(self.credential, some, self.pin)
            signatures = self.service.sign(self.credential, some, sad, ALGORITHMS[self.kind])
            if len(signatures) != len(some):
                raise KeyProblem(reason("SERVICE_WRONG"))
            for digest, signature in zip(some, signatures, strict=True):
                _demand_true(self.certificate, digest, signature)
            made += signatures
        return made


@dataclass(frozen=True)
class Service:
    """The HTTP client of a signing service."""

    url: str
    access_token: str = field(default="", repr=False)
    seconds: float = 30

    def credentials(self) -> list[str]:
        """The credentials that the access token reaches."""
        return [str(each) for each in self._ask("credentials/list", {}).get("credentialIDs", [])]

    def info(self, credential: str) -> dict[str, Any]:
        """What a credential is: certificates, key, how many signatures at once."""
        return self._ask(
            "credentials/info", {"credentialID": credential, "certificates": "chain", "certInfo": False}
        )

    def authorize(self, credential: str, digests: Sequence[bytes], pin: str) -> str:
        """Open the credential for exactly these digests; gives the activation data."""
        answer = self._ask(
            "credentials/authorize",
            {
                "credentialID": credential,
                "numSignatures": len(digests),
                "hashes": [b64encode(each).decode() for each in digests],
                "hashAlgorithmOID": SHA256_OID,
                "authData": [{"id": "PIN", "value": pin}],
            },
        )
        return str(answer.get("SAD", ""))

    def sign(self, credential: str, digests: Sequence[bytes], sad: str, algorithm: str) -> list[bytes]:
        """The signatures of the digests."""
        answer = self._ask(
            "signatures/signHash",
            {
                "credentialID": credential,
                "SAD": sad,
                "hashes": [b64encode(each).decode() for each in digests],
                "hashAlgorithmOID": SHA256_OID,
                "signAlgo": algorithm,
            },
        )
        try:
            return [b64decode(each, validate=True) for each in answer["signatures"]]
        except (KeyError, TypeError, binascii.Error):
            raise KeyProblem(reason("SERVICE_WRONG")) from None

    def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if not self.url.startswith(("http://", "https://")):
            raise KeyProblem(reason("SERVICE_AWAY", what="chưa có địa chỉ"))
        headers = {"Content-Type": "application/json"}
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        asking = urllib.request.Request(  # noqa: S310 (checked above)
            f"{self.url.rstrip('/')}/{what}", data=json.dumps(body).encode(), headers=headers, method="POST"
        )
        try:
            with urllib.request.urlopen(asking, timeout=self.seconds) as answer:  # noqa: S310
                found = json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as problem:
            raise KeyProblem(_refusal(problem)) from None
        except (OSError, ValueError) as problem:
            raise KeyProblem(reason("SERVICE_AWAY", what=type(problem).__name__)) from None
        if not isinstance(found, dict):
            raise KeyProblem(reason("SERVICE_WRONG"))
        return found


def _refusal(problem: urllib.error.HTTPError) -> Any:
    """What a service said no with; only its own short words, never what was sent to it."""
    try:
        said = json.loads(problem.read(LARGEST))
        code, words = str(said.get("error", "")), str(said.get("error_description", ""))
    except (ValueError, AttributeError, OSError):
        code, words = "", ""
    if code in PIN_ERRORS:
        return reason("WRONG_PIN")
    if problem.code >= 500:
        return reason("SERVICE_AWAY", what=problem.code)
    return reason("SERVICE_REFUSED", what=(words or code or str(problem.code))[:200])


def _demand_true(certificate: x509.Certificate, digest: bytes, signature: bytes) -> None:
    """The service signed what it was asked, with the key of the certificate it named."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), SHA256)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, ec.ECDSA(SHA256))
    except InvalidSignature:
        raise KeyProblem(reason("SERVICE_WRONG")) from None
