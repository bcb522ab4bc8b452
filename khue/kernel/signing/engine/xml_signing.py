"""Sign an XML file: one more ds:Signature at the end of the root, XAdES-B, or XAdES-T with a stamp."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from cryptography import x509

from khue.kernel.signing.engine import cms
from khue.kernel.signing.engine import xml_profile as profile
from khue.kernel.signing.engine.keys import Signer, check_public_key
from khue.kernel.signing.engine.prepared import Prepared, demand_shown, sign_many
from khue.kernel.signing.engine.reasons import RefusedToSign, reason
from khue.kernel.signing.engine.stamps import Stamper
from khue.kernel.signing.engine.trust import HERE
from khue.kernel.signing.engine.xml_profile import Reference


def sign_xml(
    data: bytes,
    signer: Signer,
    *,
    field: str,
    capacity: str,
    at: datetime,
    stamper: Stamper | None = None,
    part: str = "",
    shown: str = "",
) -> bytes:
    """The file with one more signature after those it has; see `prepare_xml`."""
    made = prepare_xml(
        data, signer.certificate, signer.chain,
        field=field, capacity=capacity, at=at, stamper=stamper, part=part, shown=shown,
    )  # fmt: skip
    return sign_many(signer, [made])[0]


def prepare_xml(
    data: bytes,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate] = (),
    *,
    field: str,
    capacity: str,
    at: datetime,
    stamper: Stamper | None = None,
    part: str = "",
    shown: str = "",
) -> Prepared:
    """Make an XML file ready to be signed in `field` (the Id of the signature) by the holder of the certificate.

    `part` limits the signature to the child of the root with that Id (a subject teacher's own row); else it covers the
    whole document, and in both cases every signature made before. The bytes before the signature stay as they are.
    RefusedToSign: NOT_XML, FORBIDDEN_XML, STRANGE_STRUCTURE, FIELD_TAKEN, NO_SUCH_PART, SHOWN_OTHER.
    """
    if not profile.FIELD.match(field):
        raise ValueError("a field is named by letters, digits, -, _ and .")
    seen = demand_shown(data, shown)
    root = profile.parse(data)
    earlier, known = profile.signatures_of(root), profile.identifiers(root)
    if field in known or properties_id(field) in known:
        raise RefusedToSign(reason("FIELD_TAKEN", field=field))
    properties = _properties(field, capacity, at, certificate)
    references = [
        _content_reference(root, earlier, known, part),
        Reference(f"#{properties_id(field)}", _digest(_canonical_properties(properties)), profile.PROPERTIES),
        *(Reference(f"#{each.get('Id')}", _digest(profile.canonical(each))) for each in earlier),
    ]
    kind = check_public_key(certificate)
    info = profile.signed_info(profile.RSA_SHA256 if kind == "rsa" else profile.ECDSA_SHA256, references)
    place = _place(data)

    def finish(signature: bytes) -> bytes:
        value = b64encode(cms.to_raw_ec(signature) if kind == "ec" else signature).decode()
        stamp = _stamp(value, stamper)
        block = (
            f'<ds:Signature xmlns:ds="{profile.DS}" Id="{field}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
            f"{_key_info(certificate, tuple(chain))}<ds:Object>"
            f'<xades:QualifyingProperties xmlns:xades="{profile.XADES}" Target="#{field}">{properties}{stamp}'
            "</xades:QualifyingProperties></ds:Object></ds:Signature>"
        )
        return data[:place] + block.encode() + data[place:]

    return Prepared(hashlib.sha256(profile.canonical_info(info)).digest(), seen, finish)


def properties_id(field: str) -> str:
    """The Id of the signed properties of a signature."""
    return f"{field}-xades"


def _content_reference(root: Any, earlier: list[Any], known: dict[str, Any], part: str) -> Reference:
    if not part:
        return Reference("", _digest(profile.without_signatures(root, earlier)))
    element = known.get(part)
    if element is None or element.getparent() is not root or element.tag == profile.SIGNATURE:
        raise RefusedToSign(reason("NO_SUCH_PART", what=part))
    if not profile.FIELD.match(part):
        raise RefusedToSign(reason("NO_SUCH_PART", what=part))
    return Reference(f"#{part}", _digest(profile.canonical(element)))


def _digest(data: bytes) -> str:
    return b64encode(hashlib.sha256(data).digest()).decode()


def _place(data: bytes) -> int:
    """Where the root's closing tag begins: signatures go just before it."""
    place = data.rfind(b"</")
    if place < 0:
        raise RefusedToSign(reason("STRANGE_STRUCTURE", what="tệp rỗng"))
    return place


def _properties(field: str, capacity: str, at: datetime, certificate: x509.Certificate) -> str:
    """SignedProperties: when, with which certificate, in which capacity; written in canonical form."""
    return (
        f'<xades:SignedProperties Id="{properties_id(field)}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at.astimezone(HERE).isoformat(timespec='seconds')}</xades:SigningTime>"
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod xmlns:ds="{profile.DS}" Algorithm="{profile.SHA256}"></ds:DigestMethod>'
        f'<ds:DigestValue xmlns:ds="{profile.DS}">{_digest(cms.encoded(certificate))}</ds:DigestValue>'
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        "<xades:SignerRoleV2><xades:ClaimedRoles>"
        f"<xades:ClaimedRole>{escape(_one_line(capacity))}</xades:ClaimedRole>"
        "</xades:ClaimedRoles></xades:SignerRoleV2></xades:SignedSignatureProperties></xades:SignedProperties>"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _canonical_properties(properties: str) -> bytes:
    return properties.replace(
        "<xades:SignedProperties ", f'<xades:SignedProperties xmlns:xades="{profile.XADES}" ', 1
    ).encode()


@lru_cache(maxsize=1024)
def _key_info(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> str:
    inside = "".join(
        f"<ds:X509Certificate>{b64encode(cms.encoded(each)).decode()}</ds:X509Certificate>"
        for each in dict.fromkeys((certificate, *chain))
    )
    return f"<ds:KeyInfo><ds:X509Data>{inside}</ds:X509Data></ds:KeyInfo>"


def _stamp(value: str, stamper: Stamper | None) -> str:
    """UnsignedProperties with a stamp over the canonical SignatureValue; empty without a service."""
    if stamper is None:
        return ""
    token = stamper.stamp(hashlib.sha256(canonical_value(value)).digest())
    return (
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>"
        f'<ds:CanonicalizationMethod Algorithm="{profile.EXC_C14N}"></ds:CanonicalizationMethod>'
        f"<xades:EncapsulatedTimeStamp>{b64encode(token).decode()}</xades:EncapsulatedTimeStamp>"
        "</xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )


def canonical_value(value: str) -> bytes:
    """The canonical SignatureValue element, over which its stamp is."""
    return f'<ds:SignatureValue xmlns:ds="{profile.DS}">{value}</ds:SignatureValue>'.encode()
