"""A passkey in software: makes what a browser posts, for any origin and challenge one likes (W3C WebAuthn level 2)."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

HERE, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class SoftKey:
    """One key pair for one site."""

    def __init__(self, site: str = "testserver") -> None:
        self.site = site
        self.pair = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user = b""
        self.count = 0

    def created(
        self, options: dict[str, Any], origin: str, *, flags: int = HERE | VERIFIED
    ) -> dict[str, Any]:
        """The answer to a request to make a key."""
        self.user = urlsafe_b64decode(options["user"]["id"] + "===")
        public = cbor.encode(dict(ES256.from_cryptography_key(self.pair.public_key())))
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(flags | WITH_KEY) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options["challenge"], origin),
            attestationObject=text(attestation),
        )

    def signed(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        site: str = "",
        challenge: str = "",
        flags: int = HERE | VERIFIED,
    ) -> dict[str, Any]:
        """The answer to a request to sign; properly signed, whatever it says."""
        self.count += 1
        data = self._data(flags, site)
        client = self._client("webauthn.get", challenge or options["challenge"], origin)
        said = data + hashlib.sha256(urlsafe_b64decode(client + "===")).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=text(data),
            signature=text(self.pair.sign(said, ec.ECDSA(hashes.SHA256()))),
            userHandle=text(self.user),
        )

    def _data(self, flags: int, site: str = "") -> bytes:
        return hashlib.sha256((site or self.site).encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str, origin: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return text(json.dumps(said).encode())

    def _answer(self, **response: str) -> dict[str, Any]:
        return {
            "id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }  # fmt: skip
