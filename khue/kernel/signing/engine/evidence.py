"""What is known of withdrawn certificates: revocation lists (CRL) and answers (OCSP), believed when signed."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

GOOD, REVOKED, UNKNOWN, STALE = "good", "revoked", "unknown", "stale"
LARGEST = 32 * 1024 * 1024
FAILURE_SECONDS = 60


@dataclass(frozen=True)
class Standing:
    """How a certificate stood at a moment: good, revoked (since when), unknown, or told by stale news (until when)."""

    kind: str
    at: datetime | None = None


@dataclass(frozen=True)
class _News:
    """One list or answer about one certificate: its time span, and since when the certificate is revoked, if it is."""

    since: datetime
    until: datetime
    revoked_at: datetime | None


class Evidence:
    """Revocation lists and OCSP answers at hand. Adding is cheap; signatures are checked when first used."""

    def __init__(
        self,
        crls: Iterable[x509.CertificateRevocationList] = (),
        ocsps: Iterable[ocsp.OCSPResponse] = (),
    ) -> None:
        self.crls: list[x509.CertificateRevocationList] = []
        self.ocsps: list[ocsp.OCSPResponse] = []
        self._lists: dict[bytes, list[x509.CertificateRevocationList]] = defaultdict(list)
        self._answers: dict[int, list[ocsp.OCSPResponse]] = defaultdict(list)
        self._sound: dict[tuple[int, bytes], bool] = {}
        self.add(crls, ocsps)

    def add(
        self,
        crls: Iterable[x509.CertificateRevocationList] = (),
        ocsps: Iterable[ocsp.OCSPResponse] = (),
    ) -> None:
        """Take in more of either."""
        for crl in crls:
            self.crls.append(crl)
            self._lists[crl.issuer.public_bytes()].append(crl)
        for answer in ocsps:
            if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                self.ocsps.append(answer)
                self._answers[answer.serial_number].append(answer)

    def plus(
        self,
        crls: Iterable[x509.CertificateRevocationList] = (),
        ocsps: Iterable[ocsp.OCSPResponse] = (),
    ) -> Evidence:
        """This evidence and what a file brings with it, for judging that file only."""
        crls, ocsps = list(crls), list(ocsps)
        if not crls and not ocsps:
            return self
        return _Both(self, Evidence(crls, ocsps))

    def news(self, certificate: x509.Certificate, issuer: x509.Certificate) -> list[_News]:
        """Everything trustworthy said about the certificate, from lists and answers signed for its issuer."""
        found = []
        for crl in self._lists.get(issuer.subject.public_bytes(), ()):
            if self._crl_is_sound(crl, issuer):
                entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
                until = crl.next_update_utc or crl.last_update_utc + timedelta(days=1)
                found.append(
                    _News(
                        crl.last_update_utc, until, entry.revocation_date_utc if entry is not None else None
                    )
                )
        for answer in self._answers.get(certificate.serial_number, ()):
            if self._answer_is_sound(answer, certificate, issuer):
                until = answer.next_update_utc or answer.this_update_utc + timedelta(days=1)
                found.append(_News(answer.this_update_utc, until, answer.revocation_time_utc))
        return found

    def standing(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, now: datetime
    ) -> Standing:
        """How the certificate stood `at` a moment, told from news known by `now`.

        News speak for a moment when they are of that moment or later; a revocation counts from its own date on.
        """
        heard = [each for each in self.news(certificate, issuer) if each.since <= now + timedelta(minutes=10)]
        revoked = [each.revoked_at for each in heard if each.revoked_at is not None]
        if revoked and min(revoked) <= at:
            return Standing(REVOKED, min(revoked))
        if any(each.since >= at or at <= each.until for each in heard):
            return Standing(GOOD)
        if heard:
            return Standing(STALE, max(each.until for each in heard))
        return Standing(UNKNOWN)

    def _crl_is_sound(self, crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
        key = (id(crl), issuer.public_key().public_bytes(*_SPKI))
        known = self._sound.get(key)
        if known is None:
            known = self._sound[key] = _is_plain(crl) and _crl_signed_by(crl, issuer)
        return known

    def _answer_is_sound(
        self, answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> bool:
        if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            return False
        key = (id(answer), certificate.fingerprint(hashes.SHA256()))
        known = self._sound.get(key)
        if known is None:
            known = self._sound[key] = _answer_is_about(answer, issuer) and _answer_signed_for(answer, issuer)
        return known


class _Both(Evidence):
    """Two lots of evidence read as one, without copying the larger."""

    def __init__(self, one: Evidence, other: Evidence) -> None:
        super().__init__()
        self._parts = (one, other)

    def news(self, certificate: x509.Certificate, issuer: x509.Certificate) -> list[_News]:
        return [each for part in self._parts for each in part.news(certificate, issuer)]

    def standing(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, now: datetime
    ) -> Standing:
        said = super().standing(certificate, issuer, at, now)
        if said.kind in {UNKNOWN, STALE} and isinstance(self._parts[0], OnlineEvidence):
            self._parts[0].standing(certificate, issuer, at, now)  # which may go and ask
            return super().standing(certificate, issuer, at, now)
        return said


class OnlineEvidence(Evidence):
    """Evidence that goes and asks at the addresses a certificate names, when what it has does not answer.

    Answers are kept; an address that failed is left alone for a minute. Only http and https addresses.
    """

    def __init__(self, seconds: float = 8, **kept: Iterable) -> None:
        super().__init__(**kept)
        self._seconds = seconds
        self._failed: dict[str, float] = {}
        self._lock = threading.Lock()

    def standing(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, now: datetime
    ) -> Standing:
        said = super().standing(certificate, issuer, at, now)
        if said.kind not in {UNKNOWN, STALE}:
            return said
        with self._lock:
            said = super().standing(certificate, issuer, at, now)
            if said.kind in {UNKNOWN, STALE} and self._ask(certificate, issuer):
                said = super().standing(certificate, issuer, at, now)
        return said

    def _ask(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        for url in ocsp_addresses(certificate):
            body = self._open(url, ocsp_request(certificate, issuer), "application/ocsp-request")
            if body:
                try:
                    self.add(ocsps=[ocsp.load_der_ocsp_response(body)])
                    return True
                except ValueError:
                    continue
        for url in crl_addresses(certificate):
            body = self._open(url)
            if body:
                try:
                    self.add(crls=[read_crl(body)])
                    return True
                except ValueError:
                    continue
        return False

    def _open(self, url: str, data: bytes | None = None, kind: str = "") -> bytes:
        if not url.startswith(("http://", "https://")) or monotonic() < self._failed.get(url, 0):
            return b""
        asking = urllib.request.Request(url, data=data, headers={"Content-Type": kind} if kind else {})  # noqa: S310
        try:
            with urllib.request.urlopen(asking, timeout=self._seconds) as answer:  # noqa: S310
                body: bytes = answer.read(LARGEST)
                return body
        except (OSError, urllib.error.URLError, ValueError):
            self._failed[url] = monotonic() + FAILURE_SECONDS
            return b""


_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_crl(body: bytes) -> x509.CertificateRevocationList:
    """A revocation list in either writing; ValueError when it is none."""
    if body.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(body)
    return x509.load_der_x509_crl(body)


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The question about one certificate; SHA-1 only names the issuer here, as most services expect."""
    asking = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return asking.build().public_bytes(serialization.Encoding.DER)


def crl_addresses(certificate: x509.Certificate) -> list[str]:
    """Where the certificate says its revocation list is."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [name for point in points for name in point.full_name or ()]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def ocsp_addresses(certificate: x509.Certificate) -> list[str]:
    """Where the certificate says one can ask about it."""
    try:
        ways = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    asked = [way.access_location for way in ways if way.access_method == AuthorityInformationAccessOID.OCSP]
    return [name.value for name in asked if isinstance(name, x509.UniformResourceIdentifier)]


def _is_plain(crl: x509.CertificateRevocationList) -> bool:
    """A full list over all certificates and reasons of its issuer: partial, indirect and delta lists are not read."""
    for extension in crl.extensions:
        if extension.oid == ExtensionOID.DELTA_CRL_INDICATOR:
            return False
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return False
        elif extension.critical:
            return False
    return True


def _crl_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    algorithm = crl.signature_hash_algorithm
    if algorithm is None or algorithm.name in {"md5", "sha1"} or not _may(issuer, "crl_sign"):
        return False
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _may(certificate: x509.Certificate, use: str) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(getattr(usage, use))


def _answer_is_about(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """The answer names this issuer: by the hash of its name, and of its key where that is SHA-1."""
    digest = hashes.Hash(answer.hash_algorithm)
    digest.update(issuer.subject.public_bytes())
    if answer.issuer_name_hash != digest.finalize():
        return False
    key = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest  # type: ignore[arg-type]
    return answer.hash_algorithm.name != "sha1" or answer.issuer_key_hash == key


def _answer_signed_for(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer itself, or by one whom it made a responder for its certificates."""
    for each in (issuer, *answer.certificates):
        if each != issuer and not _is_responder(each, issuer, answer):
            continue
        if _signed(answer, each):
            return True
    return False


def _is_responder(certificate: x509.Certificate, issuer: x509.Certificate, answer: ocsp.OCSPResponse) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    alive = certificate.not_valid_before_utc <= answer.produced_at_utc <= certificate.not_valid_after_utc
    return alive and ExtendedKeyUsageOID.OCSP_SIGNING in uses


def _signed(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    hashed, key = answer.signature_hash_algorithm, certificate.public_key()
    if hashed is None or hashed.name in {"md5", "sha1"}:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashed))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def now_utc() -> datetime:
    """The moment, for callers without a clock of their own."""
    return datetime.now(UTC)
