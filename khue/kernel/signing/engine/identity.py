"""Who a certificate names: the ways Vietnamese authorities write a person's or an institution's number in a subject."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

USER_ID = NameOID.USER_ID  # public authorities write `CCCD:…`, `MST:…` here
ORGANISATION_IDENTIFIER = NameOID.ORGANIZATION_IDENTIFIER
_PERSON = re.compile(r"^(?:CCCD|CMND|CC|ĐDCN|DDCN|IDCVN-|PNOVN-)[:\s]*(\d{9}|\d{12})$", re.IGNORECASE)
_INSTITUTION = re.compile(r"^(?:MST|MNS|MDV|VATVN-|NTRVN-)[:\s]*([0-9A-Za-z.\-]{3,20})$", re.IGNORECASE)
_BARE_PERSON = re.compile(r"^\d{12}$")


@dataclass(frozen=True)
class Identity:
    """The subject of a certificate: a person by name and personal number, or an institution by its code."""

    name: str
    personal_id: str = ""  # 12 digits (9 on old cards); empty on the certificate of an institution
    organisation: str = ""
    organisation_id: str = ""
    issuer: str = ""
    serial: str = ""  # hexadecimal
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""  # 'RSA 2048', 'EC secp256r1'

    @property
    def is_institution(self) -> bool:
        """Whether this is a seal: an institution's certificate, naming no person."""
        return bool(self.organisation_id) and not self.personal_id


@lru_cache(maxsize=4096)
def identity(certificate: x509.Certificate) -> Identity:
    """Read the subject of a certificate; what it does not say stays empty."""
    numbers = [*_texts(certificate, USER_ID), *_texts(certificate, NameOID.SERIAL_NUMBER)]
    codes = [*_texts(certificate, ORGANISATION_IDENTIFIER), *numbers]
    person = next((found[1] for text in numbers if (found := _PERSON.match(text))), "")
    institution = next((found[1] for text in codes if (found := _INSTITUTION.match(text))), "")
    if not person and not institution:
        person = next((text for text in numbers if _BARE_PERSON.match(text)), "")
    organisation = next(iter(_texts(certificate, NameOID.ORGANIZATION_NAME)), "")
    name = next(iter(_texts(certificate, NameOID.COMMON_NAME)), "") or organisation
    return Identity(
        name=name,
        personal_id=person,
        organisation=organisation,
        organisation_id=institution,
        issuer=next(iter(_texts(certificate, NameOID.COMMON_NAME, issuer=True)), "")
        or certificate.issuer.rfc4514_string(),
        serial=format(certificate.serial_number, "x"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=key_name(certificate),
    )


def key_name(certificate: x509.Certificate) -> str:
    """The kind of the certificate's key as people say it: `RSA 2048`, `EC secp256r1`."""
    try:
        key = certificate.public_key()
    except (ValueError, TypeError):
        return "?"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the whole certificate, hexadecimal: its name among all."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def same_name(one: str, other: str) -> bool:
    """Whether two writings are the same name, however accents were composed, whatever the capitals and spaces."""
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _texts(certificate: x509.Certificate, kind: x509.ObjectIdentifier, *, issuer: bool = False) -> list[str]:
    name = certificate.issuer if issuer else certificate.subject
    return [str(part.value).strip() for part in name.get_attributes_for_oid(kind)]
