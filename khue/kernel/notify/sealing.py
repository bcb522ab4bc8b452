"""Messages to browsers as RFC 8291 seals them and RFC 8292 signs for them; the key is made at first use.

The primitives are those of `cryptography`; a test holds this file against the worked example of RFC 8291, appendix A.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RECORD_SIZE: Final = 4096
PADDED_TO: Final = 512  # bytes: how long a notice is tells nobody anything
TOKEN_LASTS: Final = 12 * 3600  # seconds; push services take at most a day
TOKEN_TURNS: Final = 6 * 3600


def decoded(text: str) -> bytes:
    """Bytes of base64url with or without its padding; raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def is_key(public_key: str, secret: str) -> bool:
    """Whether a browser's public key is a point of P-256 and its secret sixteen bytes."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public_key))
        return len(decoded(secret)) == 16
    except ValueError:
        return False


def seal(
    plain: bytes, public_key: str, secret: str, *, salt: bytes = b"", key: EllipticCurvePrivateKey | None = None,
    padded_to: int = PADDED_TO,
) -> bytes:  # fmt: skip
    """One record of `aes128gcm` that only the browser with this key can read (RFC 8188, 8291)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    theirs = decoded(public_key)
    salt = salt or os.urandom(16)
    key = key or ec.generate_private_key(ec.SECP256R1())
    ours = point_of(key)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    material = _derived(shared, decoded(secret), b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    padding = bytes(max(0, padded_to - len(plain) - 1))
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(content_key).encrypt(nonce, plain + b"\2" + padding, None)


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(material)


def point_of(key: EllipticCurvePrivateKey) -> bytes:
    """The public half as 65 bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


# --- who sends ------------------------------------------------------------------------------------------------
def house_key() -> EllipticCurvePrivateKey:
    """The installation's key for push services, made at first use and readable by its owner only."""
    folder = Path(settings.VAR) / "keys"
    return _key_at(folder)


@lru_cache(maxsize=2)
def _key_at(folder: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / "push"
    if not place.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        fresh = place.with_suffix(f".{secrets.token_hex(8)}")  # processes and threads may come here at once
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        try:
            os.link(fresh, place)  # whoever comes second uses the first one's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = load_pem_private_key(place.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def house_point() -> str:
    """The public half as browsers take it when they subscribe."""
    return encoded(point_of(house_key()))


def authorization(endpoint: str) -> str:
    """The header by which a push service knows who sends (RFC 8292)."""
    parts = urlsplit(endpoint)
    return _token(
        Path(settings.VAR) / "keys", f"{parts.scheme}://{parts.netloc}", int(time.time()) // TOKEN_TURNS
    )


@lru_cache(maxsize=64)
def _token(folder: Path, audience: str, turn: int) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _key_at(folder)
    origins = settings.CSRF_TRUSTED_ORIGINS
    claims = {
        "aud": audience,
        "exp": turn * TOKEN_TURNS + TOKEN_LASTS,
        "sub": origins[0] if origins else f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }
    said = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(SHA256())))
    signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={encoded(point_of(key))}"
