"""The envelope of a PDF signature and of a time stamp (CMS, RFC 5652; attributes of PAdES, EN 319 142-1).

Written by hand in DER, read with asn1crypto. Only one signer, SHA-256 to SHA-512, RSA PKCS#1 v1.5 and ECDSA.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from khue.kernel.signing.engine import der
from khue.kernel.signing.engine.keys import check_public_key
from khue.kernel.signing.engine.reasons import Reason, reason

if TYPE_CHECKING:
    from asn1crypto import cms as asn1

DATA, SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
STAMPED = "1.2.840.113549.1.9.16.2.14"
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
RSA_SHA256 = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL)
ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
WEAK = {"md2", "md4", "md5", "sha1"}


class CmsProblem(Exception):
    """The envelope cannot be trusted; `reason` says why."""

    def __init__(self, why: Reason) -> None:
        self.reason = why
        super().__init__(why.code)


@lru_cache(maxsize=1024)
def encoded(certificate: x509.Certificate) -> bytes:
    """The DER of a certificate, kept: each is written into thousands of signatures."""
    return certificate.public_bytes(serialization.Encoding.DER)


@lru_cache(maxsize=1024)
def issuer_and_serial(certificate: x509.Certificate) -> bytes:
    """IssuerAndSerialNumber of a certificate."""
    return der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number))


@lru_cache(maxsize=1024)
def _signing_certificate(certificate: x509.Certificate) -> bytes:
    digest = hashlib.sha256(encoded(certificate)).digest()
    return der.sequence(
        der.oid(SIGNING_CERTIFICATE_V2),
        der.set_of(der.sequence(der.sequence(der.sequence(der.octets(digest))))),
    )


def signed_attributes(certificate: x509.Certificate, digest: bytes, *, kind: str = DATA) -> bytes:
    """The attributes that are signed, as a SET: what kind of content, its SHA-256, and whose certificate."""
    return der.set_of(
        der.sequence(der.oid(CONTENT_TYPE), der.set_of(der.oid(kind))),
        der.sequence(der.oid(MESSAGE_DIGEST), der.set_of(der.octets(digest))),
        _signing_certificate(certificate),
    )


def envelope(
    certificate: x509.Certificate,
    chain: Iterable[x509.Certificate],
    attributes: bytes,
    signature: bytes,
    *,
    stamp: bytes = b"",
    content: bytes = b"",
    kind: str = DATA,
) -> bytes:
    """A ContentInfo with one signer; `stamp` is a time-stamp token, `content` is put inside when given."""
    algorithm = RSA_SHA256 if check_public_key(certificate) == "rsa" else ECDSA_SHA256
    inside = der.sequence(der.oid(kind), *([der.tlv(0xA0, der.octets(content))] if content else []))
    unsigned = [der.tlv(0xA1, der.sequence(der.oid(STAMPED), der.set_of(stamp)))] if stamp else []
    signer = der.sequence(
        der.integer(1), issuer_and_serial(certificate), SHA256, b"\xa0" + attributes[1:], algorithm,
        der.octets(signature), *unsigned,
    )  # fmt: skip
    certificates = sorted({encoded(each) for each in (certificate, *chain)})
    return der.sequence(
        der.oid(SIGNED_DATA),
        der.tlv(
            0xA0,
            der.sequence(
                der.integer(1 if kind == DATA else 3), der.set_of(SHA256), inside,
                der.tlv(0xA0, *certificates), der.set_of(signer),
            ),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Envelope:
    """What an envelope says, its signature not judged yet."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    digest_name: str
    message_digest: bytes
    attributes: bytes  # as signed
    signature: bytes
    content_type: str
    content: bytes
    stamps: tuple[bytes, ...]

    def verify(self) -> None:
        """The signature over the attributes is of the certificate's key; CmsProblem BROKEN_SIGNATURE."""
        verify(self.certificate, self.signature, self.attributes, self.digest_name)


def verify(certificate: x509.Certificate, signature: bytes, data: bytes, digest_name: str) -> None:
    """The signature over `data` is of this certificate's key, and the key is strong enough; CmsProblem."""
    hashed = HASHES[digest_name]()
    try:
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < 2048:
                raise CmsProblem(reason("WEAK_KEY", what=f"RSA {key.key_size}"))
            key.verify(signature, data, padding.PKCS1v15(), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if key.curve.key_size < 256:
                raise CmsProblem(reason("WEAK_KEY", what=key.curve.name))
            key.verify(signature, data, ec.ECDSA(hashed))
        else:
            raise CmsProblem(reason("UNKNOWN_ALGORITHM", what=type(key).__name__))
    except InvalidSignature:
        raise CmsProblem(reason("BROKEN_SIGNATURE")) from None
    except (UnsupportedAlgorithm, ValueError, TypeError):
        raise CmsProblem(reason("UNREADABLE_SIGNATURE")) from None


def digest_algorithm(name: str) -> str:
    """The name of an accepted digest; CmsProblem WEAK_ALGORITHM or UNKNOWN_ALGORITHM for any other."""
    if name in HASHES:
        return name
    raise CmsProblem(reason("WEAK_ALGORITHM" if name in WEAK else "UNKNOWN_ALGORITHM", what=name.upper()))


def read(raw: bytes, *, demand_certificate: bool = True) -> Envelope:
    """Read an envelope with one signer (padding after it is ignored); CmsProblem when it is not one.

    `demand_certificate`: the signer must have signed which certificate it was (PAdES; older PDF signatures do not).
    """
    try:
        return _read(der.first_element(raw), demand_certificate)
    except CmsProblem:
        raise
    except Exception:  # asn1crypto and cryptography raise many kinds on bytes of strangers
        raise CmsProblem(reason("UNREADABLE_SIGNATURE")) from None


def _read(raw: bytes, demand_certificate: bool) -> Envelope:
    from asn1crypto import cms as asn1  # 5 MB, of use only where signatures are read

    outer = asn1.ContentInfo.load(raw, strict=True)
    if outer["content_type"].native != "signed_data":
        raise CmsProblem(reason("UNREADABLE_SIGNATURE"))
    signed = outer["content"]
    infos = signed["signer_infos"]
    if len(infos) != 1:
        raise CmsProblem(reason("UNREADABLE_SIGNATURE"))
    info = infos[0]
    digest_name = digest_algorithm(info["digest_algorithm"]["algorithm"].native)
    _check_algorithm(info["signature_algorithm"], digest_name)
    certificates = [x509.load_der_x509_certificate(each.chosen.dump()) for each in signed["certificates"]]
    attributes = {each["type"].dotted: each["values"] for each in info["signed_attrs"]}
    certificate = _signer(info["sid"], certificates)
    _check_signing_certificate(attributes, certificate, demand_certificate)
    inside = signed["encap_content_info"]
    content_type = inside["content_type"].dotted
    if attributes[CONTENT_TYPE][0].dotted != content_type:
        raise CmsProblem(reason("ALTERED"))
    content = inside["content"]
    unsigned = info["unsigned_attrs"]
    return Envelope(
        certificate=certificate,
        others=tuple(each for each in certificates if each != certificate),
        digest_name=digest_name,
        message_digest=attributes[MESSAGE_DIGEST][0].native,
        attributes=b"\x31" + info["signed_attrs"].dump()[1:],
        signature=info["signature"].native,
        content_type=content_type,
        content=_inner(content),
        stamps=tuple(
            value.dump()
            for each in unsigned or ()
            if each["type"].dotted == STAMPED
            for value in each["values"]
        ),
    )


def _inner(content: object) -> bytes:
    if content is None or not hasattr(content, "native") or content.native is None:
        return b""
    parsed = getattr(content, "parsed", None)
    return parsed.dump() if parsed is not None else bytes(content.native)


def _check_algorithm(algorithm: asn1.SignedDigestAlgorithm, digest_name: str) -> None:
    kind = algorithm.signature_algo
    if kind not in {"rsassa_pkcs1v15", "ecdsa"}:
        raise CmsProblem(reason("UNKNOWN_ALGORITHM", what=kind))
    named = algorithm["algorithm"].native
    if named != "rsassa_pkcs1v15" and algorithm.hash_algo != digest_name:
        digest_algorithm(algorithm.hash_algo)
        raise CmsProblem(reason("UNREADABLE_SIGNATURE"))


def _signer(named: asn1.SignerIdentifier, certificates: list[x509.Certificate]) -> x509.Certificate:
    chosen = named.chosen
    for each in certificates:
        if named.name == "issuer_and_serial_number":
            same = (
                each.serial_number == chosen["serial_number"].native
                and each.issuer.public_bytes() == chosen["issuer"].dump()
            )
        else:
            same = _key_identifier(each) == chosen.native
        if same:
            return each
    raise CmsProblem(reason("CERTIFICATE_SWAPPED"))


def _key_identifier(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return b""


def _check_signing_certificate(
    attributes: dict[str, asn1.SetOf], certificate: x509.Certificate, demand: bool
) -> None:
    """The certificate is the one the signer put under the signature (no swapping for another of the same key)."""
    der_bytes = encoded(certificate)
    if (values := attributes.get(SIGNING_CERTIFICATE_V2)) is not None:
        first = values[0]["certs"][0]
        name = digest_algorithm(first["hash_algorithm"]["algorithm"].native)
        same = hashlib.new(name, der_bytes).digest() == first["cert_hash"].native
    elif (values := attributes.get(SIGNING_CERTIFICATE)) is not None:
        # The older attribute names the certificate by SHA-1, as many time-stamping services still do: it identifies
        # here, it proves nothing; what is signed is hashed by SHA-256 or better all the same.
        same = (
            hashlib.sha1(der_bytes, usedforsecurity=False).digest()
            == values[0]["certs"][0]["cert_hash"].native
        )
    else:
        same = not demand
    if not same:
        raise CmsProblem(reason("CERTIFICATE_SWAPPED"))


def to_raw_ec(signature: bytes) -> bytes:
    """r and s side by side, 32 bytes each (as XML wants it), from the DER of an ECDSA signature."""
    r, s = utils.decode_dss_signature(signature)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def from_raw_ec(signature: bytes) -> bytes:
    """The DER of an ECDSA signature from r and s side by side."""
    half = len(signature) // 2
    return utils.encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
