"""Where signing keys live, and the one thing they do: sign SHA-256 digests.

A `KeySource` is opened for a batch and gives a `Signer`; passphrase or PIN are asked for once a batch, and the key
read once: both common libraries read an RSA key again at every signature, which costs ten times the signature itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import pkcs12

from khue.kernel.signing.engine.reasons import KeyProblem, reason

SHA256 = utils.Prehashed(hashes.SHA256())
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Signer(Protocol):
    """A key that is ready: the certificate that goes with it, those above it, and how to sign digests."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the key."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Certificates above it, nearest first, the root left out or not."""

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        """One signature for each SHA-256 digest: PKCS#1 v1.5 for RSA, DER (r, s) for elliptic curves."""


class KeySource(Protocol):
    """Something that can be opened for a batch of signatures."""

    def open(self) -> AbstractContextManager[Signer]:
        """Ask for the key, hold it while the block runs, forget it after; raises KeyProblem."""


@dataclass(frozen=True)
class HeldKey:
    """A private key in memory, for the length of one batch."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        """Sign each digest."""
        key = self.key
        if isinstance(key, rsa.RSAPrivateKey):
            pad = padding.PKCS1v15()
            return [key.sign(digest, pad, SHA256) for digest in digests]
        scheme = ec.ECDSA(SHA256)
        return [key.sign(digest, scheme) for digest in digests]


@dataclass(frozen=True)
class FileKey:
    """A PKCS#12 file with its passphrase; neither is ever shown, logged or kept."""

    content: bytes = field(repr=False)
    passphrase: str = field(repr=False)

    @contextmanager
    def open(self) -> Iterator[Signer]:
        """Open the file for a batch; KeyProblem WRONG_PASSPHRASE, NOT_A_KEY_FILE or UNFIT_KEY."""
        yield _read_file(self.content, self.passphrase)


def _read_file(content: bytes, passphrase: str) -> HeldKey:
    try:
        held = pkcs12.load_pkcs12(content, passphrase.encode())
    except ValueError as problem:
        words = str(problem).casefold()
        wrong = "password" in words or "mac" in words or "decrypt" in words
        raise KeyProblem(reason("WRONG_PASSPHRASE" if wrong else "NOT_A_KEY_FILE")) from None
    if held.cert is None or not isinstance(held.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyProblem(reason("NOT_A_KEY_FILE"))
    chain = tuple(extra.certificate for extra in held.additional_certs)
    return fit(HeldKey(held.key, held.cert.certificate, chain))


def fit(held: HeldKey) -> HeldKey:
    """Refuse a key that is not its certificate's, or unfit: RSA under 2048 bits, curves other than P-256."""
    check_public_key(held.certificate)
    if held.key.public_key() != held.certificate.public_key():
        raise KeyProblem(reason("KEY_NOT_OF_CERTIFICATE"))
    return held


def check_public_key(certificate: x509.Certificate) -> str:
    """`rsa` or `ec`, the kind of the certificate's key; KeyProblem UNFIT_KEY for any other or a weaker one."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return "rsa"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "ec"
    raise KeyProblem(reason("UNFIT_KEY"))
