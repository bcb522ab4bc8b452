"""A test authority: root, authority below it, certificates of persons and seals, revocation, time stamps.

For demonstrations and tests alone. Every certificate says "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in its issuer, and so does every
verdict that rests on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from khue.kernel.signing.engine import cms, der
from khue.kernel.signing.engine.evidence import Evidence
from khue.kernel.signing.engine.keys import HeldKey, PrivateKey, Signer
from khue.kernel.signing.engine.stamps import Stamper
from khue.kernel.signing.engine.trust import TRIAL, Policy

YEAR = timedelta(days=365)
SHA256 = hashes.SHA256()


@dataclass(frozen=True)
class Issued:
    """A certificate of the test authority with its key; a key source for tests and demonstrations."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @contextmanager
    def open(self) -> Iterator[Signer]:
        """The key is at hand."""
        yield HeldKey(self.key, self.certificate, self.chain)

    def pkcs12(self, passphrase: str) -> bytes:
        """The same as a file, as authorities hand them out."""
        return pkcs12.serialize_key_and_certificates(
            b"khue", self.key, self.certificate, self.chain,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )  # fmt: skip

    def private_bytes(self) -> bytes:
        """The key without protection, to be kept by the owner of the folder alone."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def new_key(kind: str = "ec") -> PrivateKey:
    """A fresh key: `ec` (P-256) or `rsa` (2048)."""
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authority:
    """A root, the authority below it that issues, and its time-stamping service."""

    root: Issued
    issuing: Issued
    stamping: Issued
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def make(cls, name: str = "Khuê", *, kind: str = "ec", born: datetime | None = None) -> Authority:
        """A new authority in memory; `born` is when its certificates begin (a day ago)."""
        born = born or datetime.now(UTC) - timedelta(days=1)
        root = _root(f"CA gốc thử, {TRIAL}", kind, born, name)
        issuing = sub_authority(root, f"CA thử, {TRIAL}", kind=kind, born=born)
        stamping = stamp_service(issuing, f"Dấu thời gian thử, {TRIAL}", born=born)
        return cls(root, issuing, stamping)

    @classmethod
    def at(cls, folder: Path, name: str = "Khuê") -> Authority:
        """The authority kept in a folder, made there at first use; keys are readable by the owner alone."""
        if not (folder / "stamping.key").exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = cls.make(name)
            for word, each in (("root", made.root), ("issuing", made.issuing), ("stamping", made.stamping)):
                _keep(folder, word, each)
        root, issuing, stamping = (_kept(folder, word) for word in ("root", "issuing", "stamping"))
        chain = (issuing.certificate,)
        return cls(
            root,
            Issued(issuing.key, issuing.certificate, ()),
            Issued(stamping.key, stamping.certificate, chain),
        )

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """What those believe who believe this authority."""
        return (self.root.certificate,)

    def person(
        self,
        name: str,
        *,
        personal_id: str = "",
        organisation: str = "",
        kind: str = "rsa",
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> Issued:
        """A person's certificate, with the personal number as public authorities write it."""
        subject = [(NameOID.COMMON_NAME, name), (NameOID.COUNTRY_NAME, "VN")]
        if personal_id:
            subject.append((NameOID.USER_ID, f"CCCD:{personal_id}"))
        if organisation:
            subject.append((NameOID.ORGANIZATION_NAME, organisation))
        return issue(self.issuing, subject, kind=kind, begins=begins, ends=ends)

    def institution(
        self,
        name: str,
        *,
        organisation_id: str,
        kind: str = "rsa",
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> Issued:
        """An institution's seal."""
        subject = [
            (NameOID.COMMON_NAME, name), (NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, name),
            (NameOID.USER_ID, f"MST:{organisation_id}"),
        ]  # fmt: skip
        return issue(self.issuing, subject, kind=kind, begins=begins, ends=ends)

    def revoke(self, certificate: x509.Certificate, at: datetime | None = None) -> None:
        """Withdraw a certificate as of a moment; lists and answers made later say so."""
        self.revoked[certificate.serial_number] = at or datetime.now(UTC)

    def crls(self, at: datetime | None = None, days: int = 7) -> list[x509.CertificateRevocationList]:
        """The lists of the root and of the issuing authority, as of a moment, good for some days."""
        at = at or datetime.now(UTC)
        return [crl(each, self.revoked, at, days) for each in (self.root, self.issuing)]

    def ocsp(
        self, certificate: x509.Certificate, at: datetime | None = None, days: int = 1
    ) -> ocsp.OCSPResponse:
        """An answer about one certificate of the issuing authority."""
        at = at or datetime.now(UTC)
        revoked_at = self.revoked.get(certificate.serial_number)
        status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
        made = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                certificate, self.issuing.certificate, hashes.SHA256(), status, at, at + timedelta(days=days),
                revoked_at, x509.ReasonFlags.key_compromise if revoked_at else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuing.certificate)
        )  # fmt: skip
        return made.sign(self.issuing.key, SHA256)

    def evidence(self, at: datetime | None = None) -> Evidence:
        """The lists as of a moment, as evidence."""
        return Evidence(self.crls(at))

    def policy(self, at: datetime | None = None) -> Policy:
        """Believe this authority, with its lists as of a moment."""
        return Policy(self.anchors, self.evidence(at))

    def stamper(self, clock: datetime | None = None) -> Stamper:
        """The time-stamping service; with `clock` it stands still at that moment, for tests."""
        return TrialStamper(self.stamping, clock)


@dataclass(frozen=True)
class TrialStamper:
    """A time-stamping service in the same process."""

    service: Issued
    clock: datetime | None = None

    def stamp(self, digest: bytes) -> bytes:
        """A token over a SHA-256 digest."""
        return make_token(self.service, digest, self.clock or datetime.now(UTC))


def make_token(
    service: Issued, digest: bytes, at: datetime, *, nonce: int | None = None, imprint: bytes = cms.SHA256
) -> bytes:
    """A time-stamp token (RFC 3161) over a digest."""
    serial = int.from_bytes(hashlib.sha256(digest + at.isoformat().encode()).digest()[:8], "big")
    said = der.sequence(
        der.integer(1), der.oid("1.3.6.1.4.1.13762.3"), der.sequence(imprint, der.octets(digest)), der.integer(serial),
        der.tlv(0x18, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()),
        *([der.integer(nonce)] if nonce is not None else []),
    )  # fmt: skip
    attributes = cms.signed_attributes(service.certificate, hashlib.sha256(said).digest(), kind=cms.TST_INFO)
    held = HeldKey(service.key, service.certificate, service.chain)
    signature = held.sign_digests([hashlib.sha256(attributes).digest()])[0]
    return cms.envelope(
        service.certificate, service.chain, attributes, signature, content=said, kind=cms.TST_INFO
    )


def answer_request(service: Issued, request: bytes, at: datetime) -> bytes:
    """What the service answers to a TimeStampReq: a TimeStampResp."""
    from asn1crypto import tsp

    asked = tsp.TimeStampReq.load(request)
    digest = asked["message_imprint"]["hashed_message"].native
    token = make_token(service, digest, at, nonce=asked["nonce"].native)
    return der.sequence(der.sequence(der.integer(0)), token)


def crl(
    issuer: Issued, revoked: dict[int, datetime], at: datetime, days: int = 7
) -> x509.CertificateRevocationList:
    """A revocation list of an authority."""
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(at + timedelta(days=days))
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for serial, when in revoked.items():
        if when <= at:
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            )
    return made.sign(issuer.key, SHA256)


def issue(
    issuer: Issued,
    subject: Sequence[tuple[x509.ObjectIdentifier, str]],
    *,
    kind: str = "rsa",
    key: PrivateKey | None = None,
    begins: datetime | None = None,
    ends: datetime | None = None,
    signs: bool = True,
    extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
    digest: hashes.HashAlgorithm = SHA256,
) -> Issued:
    """An end certificate: one year unless dates are given; `signs` puts digitalSignature and nonRepudiation in."""
    begins = begins or max(datetime.now(UTC) - timedelta(hours=1), issuer.certificate.not_valid_before_utc)
    key = key or new_key(kind)
    usage = x509.KeyUsage(signs, signs, not signs, False, not signs, False, False, False, False)
    made = _builder(issuer.certificate.subject, subject, key, begins, ends or begins + YEAR, issuer)
    made = made.add_extension(x509.BasicConstraints(False, None), critical=True)
    made = made.add_extension(usage, critical=True)
    for extension, critical in extra:
        made = made.add_extension(extension, critical)
    certificate = made.sign(issuer.key, digest)  # type: ignore[arg-type]
    return Issued(key, certificate, _chain(issuer))


def sub_authority(
    above: Issued, name: str, *, kind: str = "ec", born: datetime, years: int = 20, is_authority: bool = True
) -> Issued:
    """An authority below another."""
    key = new_key(kind)
    made = _builder(
        above.certificate.subject, [(NameOID.COMMON_NAME, name)], key, born, born + years * YEAR, above
    )
    made = made.add_extension(x509.BasicConstraints(is_authority, 0 if is_authority else None), critical=True)
    made = made.add_extension(_ca_usage(), critical=True)
    return Issued(key, made.sign(above.key, SHA256), ())


def stamp_service(
    issuer: Issued, name: str, *, born: datetime, years: int = 15, uses: Sequence[x509.ObjectIdentifier] = ()
) -> Issued:
    """A time-stamping service's certificate and key."""
    use = x509.ExtendedKeyUsage(uses or [ExtendedKeyUsageOID.TIME_STAMPING])
    return issue(
        issuer,
        [(NameOID.COMMON_NAME, name)],
        kind="ec",
        begins=born,
        ends=born + years * YEAR,
        extra=[(use, True)],
    )


def _root(name: str, kind: str, born: datetime, of: str) -> Issued:
    key = new_key(kind)
    subject = [(NameOID.COMMON_NAME, name), (NameOID.ORGANIZATION_NAME, of), (NameOID.COUNTRY_NAME, "VN")]
    made = _builder(_name(subject), subject, key, born, born + 25 * YEAR, None)
    made = made.add_extension(x509.BasicConstraints(True, 2), critical=True)
    made = made.add_extension(_ca_usage(), critical=True)
    return Issued(key, made.sign(key, SHA256), ())


def _builder(
    issuer_name: x509.Name,
    subject: Sequence[tuple[x509.ObjectIdentifier, str]],
    key: PrivateKey,
    begins: datetime,
    ends: datetime,
    issuer: Issued | None,
) -> x509.CertificateBuilder:
    above = issuer.key if issuer else key
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer_name)
        .subject_name(_name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )


def _name(parts: Sequence[tuple[x509.ObjectIdentifier, str]]) -> x509.Name:
    # The standard allows 64 letters; the library counts bytes, too few for Vietnamese names, hence unvalidated.
    return x509.Name([x509.NameAttribute(kind, text[:64], _validate=False) for kind, text in parts])


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(False, False, False, False, False, True, True, False, False)


def _chain(issuer: Issued) -> tuple[x509.Certificate, ...]:
    """The authorities above an end certificate, without the root."""
    own = issuer.certificate
    return () if own.subject == own.issuer else (own, *issuer.chain)


def _keep(folder: Path, word: str, issued: Issued) -> None:
    path = folder / f"{word}.key"
    path.touch(mode=0o600)
    (folder / f"{word}.crt").write_bytes(issued.certificate.public_bytes(serialization.Encoding.PEM))
    path.write_bytes(issued.private_bytes())


def _kept(folder: Path, word: str) -> Issued:
    key = serialization.load_pem_private_key((folder / f"{word}.key").read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("the folder holds a key of another kind")
    return Issued(key, x509.load_pem_x509_certificate((folder / f"{word}.crt").read_bytes()))
