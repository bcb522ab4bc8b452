"""Keys on a PKCS#11 token (USB token, HSM): the key signs where it is and never leaves; the PIN is kept nowhere."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pkcs11
from cryptography import x509
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as trouble

from khue.kernel.signing.engine.cms import from_raw_ec
from khue.kernel.signing.engine.keys import Signer, check_public_key
from khue.kernel.signing.engine.reasons import KeyProblem, reason

# DigestInfo of SHA-256 (RFC 8017 section 9.2): tokens pad and sign it; the file itself need not travel to them.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True)
class TokenKey:
    """The key of a token: the module of its maker, the label of the token, and of the key where it holds several."""

    library: str
    token: str
    pin: str = field(repr=False)
    label: str = ""

    @contextmanager
    def open(self) -> Iterator[Signer]:
        """Log in to the token for a batch; KeyProblem TOKEN_AWAY, WRONG_PIN, PIN_LOCKED, NO_KEY_ON_TOKEN, UNFIT_KEY."""
        with _session(self.library, self.token, self.pin) as session:
            yield _found(session, self.label)


@dataclass(frozen=True)
class _TokenSigner:
    """A key in an open session."""

    key: Any = field(repr=False)
    kind: str
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        """Sign each digest on the token."""
        try:
            if self.kind == "rsa":
                return [
                    self.key.sign(SHA256_INFO + digest, mechanism=Mechanism.RSA_PKCS) for digest in digests
                ]
            return [from_raw_ec(self.key.sign(digest, mechanism=Mechanism.ECDSA)) for digest in digests]
        except trouble.PKCS11Error:
            raise KeyProblem(reason("TOKEN_AWAY")) from None


@lru_cache(maxsize=8)
def _library(path: str) -> Any:
    return pkcs11.lib(path)


@dataclass
class _Login:
    """A process is logged in to a token once, for all its sessions: by whom, and how many still use it."""

    session: Any = field(repr=False)
    pin: bytes = field(repr=False)  # keyed by a secret of this process
    users: int = 0


_logins: dict[tuple[str, str], _Login] = {}
_turn = threading.Lock()
_own = secrets.token_bytes(32)


@contextmanager
def _session(library: str, token: str, pin: str) -> Iterator[Any]:
    """A session on a token logged in to; what the maker's module says of the PIN never goes further than a code."""
    with _said(), _turn:
        found = _library(library).get_token(token_label=token)
        login = _log_in(found, (library, token), hmac.digest(_own, pin.encode(), "sha256"), pin)
        try:
            session = found.open()
        except BaseException:
            _leave((library, token))
            raise
        login.users += 1
    try:
        yield session
    finally:
        with suppress(trouble.PKCS11Error):  # a token pulled out has closed it already
            session.close()
        with _turn:
            login.users -= 1
            _leave((library, token))


def _log_in(found: Any, place: tuple[str, str], proof: bytes, pin: str) -> _Login:
    """Log in, or join whoever is logged in already: then the token asks no more, and we compare the PIN ourselves."""
    held = _logins.get(place)
    if held is not None and not _stands(held):
        del _logins[place]
        held = None
    if held is None:
        held = _logins[place] = _Login(found.open(user_pin=pin), proof)
    elif not hmac.compare_digest(held.pin, proof):
        raise trouble.PinIncorrect
    return held


def _stands(login: _Login) -> bool:
    """Whether a login still holds: a token that was pulled out meanwhile asks for the PIN again."""
    try:
        list(login.session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
    except trouble.PKCS11Error:
        return False
    return True


def _leave(place: tuple[str, str]) -> None:
    """Log out when nobody uses the login any more."""
    login = _logins.get(place)
    if login is not None and login.users == 0:
        del _logins[place]
        with suppress(trouble.PKCS11Error):
            login.session.close()


@contextmanager
def _said() -> Iterator[None]:
    """What the module of the token says, as the engine's own reasons."""
    try:
        yield
    except (trouble.PinIncorrect, trouble.PinInvalid, trouble.PinLenRange):
        raise KeyProblem(reason("WRONG_PIN")) from None
    except trouble.PinLocked:
        raise KeyProblem(reason("PIN_LOCKED")) from None
    except (trouble.PKCS11Error, trouble.NoSuchToken, trouble.MultipleTokensReturned, RuntimeError, OSError):
        raise KeyProblem(reason("TOKEN_AWAY")) from None


def _found(session: Any, label: str) -> _TokenSigner:
    """The private key that has a certificate beside it (same id), with the other certificates as its chain."""
    with _said():
        held = [
            (bytes(each[Attribute.ID]), x509.load_der_x509_certificate(bytes(each[Attribute.VALUE])))
            for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
        ]
        wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        if label:
            wanted[Attribute.LABEL] = label
        for key in session.get_objects(wanted):
            own = bytes(key[Attribute.ID])
            certificate = next((each for place, each in held if place == own), None)
            if certificate is not None and key.key_type in {KeyType.RSA, KeyType.EC}:
                others = tuple(each for _place, each in held if each != certificate)
                return _TokenSigner(key, check_public_key(certificate), certificate, others)
    raise KeyProblem(reason("NO_KEY_ON_TOKEN"))
