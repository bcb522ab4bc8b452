"""Whether a certificate may be believed at a moment: chain to an anchor, dates, use, revocation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from khue.kernel.signing.engine import evidence as said
from khue.kernel.signing.engine.evidence import Evidence
from khue.kernel.signing.engine.identity import identity, same_name
from khue.kernel.signing.engine.reasons import Reason, reason

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
LONGEST = 6
TRIAL = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
REQUIRE, WHEN_KNOWN = "require", "when_known"


@dataclass(frozen=True)
class Expected:
    """A signature that must be there: in this field, by this person or institution, in this capacity when given."""

    field: str
    personal_id: str = ""
    organisation_id: str = ""
    capacity: str = ""
    part: str = ""  # the part of the file it may be limited to; empty: it covers the whole


@dataclass(frozen=True)
class Policy:
    """What is believed: the anchors, the news of revocations, and what is known of the file that is judged.

    `sha256` is the registered hash of the file, `registered_at` when an append-only register took it in (which proves
    that its signatures existed then); `expected` the signatures it must have, in order.
    `revocation` is `require` (no news: not valid) or `when_known`.
    """

    anchors: tuple[x509.Certificate, ...]
    evidence: Evidence
    intermediates: tuple[x509.Certificate, ...] = ()
    sha256: str = ""
    registered_at: datetime | None = None
    expected: tuple[Expected, ...] = ()
    revocation: str = REQUIRE
    made: Mapping[str, datetime] = field(default_factory=dict)

    def for_file(
        self,
        *,
        sha256: str = "",
        registered_at: datetime | None = None,
        expected: Iterable[Expected] = (),
        made: Mapping[str, datetime] | None = None,
    ) -> Policy:
        """The same policy for one file of a register; `made`: when the register took down each signature, by field."""
        return replace(
            self, sha256=sha256, registered_at=registered_at, expected=tuple(expected), made=made or {}
        )


@dataclass(frozen=True)
class Path:
    """The way from a certificate up to an anchor, or as far as it goes, and what is wrong on it."""

    certificates: tuple[x509.Certificate, ...]
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Codes of what is wrong."""
        return frozenset(each.code for each in self.reasons)

    @property
    def is_for_trial(self) -> bool:
        """Whether it ends at a test authority, whose signatures have no legal value."""
        last = self.certificates[-1]
        return TRIAL in identity(last).name.upper() or TRIAL in identity(last).issuer.upper()


def shown(moment: datetime) -> str:
    """A moment as sentences say it, in Vietnamese time: 30/05/2026 17:05."""
    return moment.astimezone(HERE).strftime("%d/%m/%Y %H:%M")


def judge(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    policy: Policy,
    at: datetime,
    now: datetime,
    *,
    purpose: str = "sign",
) -> Path:
    """Follow the certificate up to an anchor and say everything that is wrong `at` the moment, as known by `now`.

    `purpose` is `sign` or `stamp`. For stamps missing revocation news are no fault: a stamp must outlive its authority.
    """
    try:
        return _judge(certificate, tuple(others), policy, at, now, purpose)
    except Exception:  # keys, names and extensions of strangers that are none: many kinds are raised
        return Path((certificate,), (reason("UNREADABLE_CERTIFICATE"),))


def _judge(
    certificate: x509.Certificate,
    others: tuple[x509.Certificate, ...],
    policy: Policy,
    at: datetime,
    now: datetime,
    purpose: str,
) -> Path:
    path, found = _climb(certificate, (*others, *policy.intermediates), policy.anchors)
    reasons = list(found)
    reasons += _key_problems(certificate)
    if not _has_use(certificate, purpose):
        reasons.append(reason("WRONG_USE"))
    reasons += _date_problems(path, at)
    if not any(each.code in {"UNKNOWN_ISSUER", "ROGUE_ISSUER", "NOT_AN_AUTHORITY"} for each in found):
        reasons += _revocations(path, policy, at, now, purpose)
    return Path(path, tuple(reasons))


def _climb(
    certificate: x509.Certificate, pool: Iterable[x509.Certificate], anchors: tuple[x509.Certificate, ...]
) -> tuple[tuple[x509.Certificate, ...], list[Reason]]:
    path, pool = [certificate], tuple(pool)
    while path[-1] not in anchors:
        child = path[-1]
        named = [each for each in (*anchors, *pool) if each.subject == child.issuer and each != child]
        above = next((each for each in named if is_issued_by(child, each)), None)
        if above is None or len(path) > LONGEST:
            name = identity(child).issuer
            if any(each.subject == child.issuer for each in anchors):
                return tuple(path), [reason("ROGUE_ISSUER", what=name)]
            return tuple(path), [reason("UNKNOWN_ISSUER", what=name)]
        if not _may_issue(above, len(path) - 1):
            return (*path, above), [reason("NOT_AN_AUTHORITY", what=identity(above).name)]
        if weak := _weak_signature(child):
            return (*path, above), [weak]
        path.append(above)
    if _impersonates(path, anchors):
        return tuple(path), [reason("ROGUE_ISSUER", what=identity(path[-1]).name)]
    return tuple(path), []


def _impersonates(path: list[x509.Certificate], anchors: tuple[x509.Certificate, ...]) -> bool:
    """A certificate that calls itself an anchor by name but is not that anchor."""
    return len(path) > 1 and any(
        each.subject == anchor.subject and each != anchor and each.public_key() != anchor.public_key()
        for each in path[:-1]
        for anchor in anchors
    )


@lru_cache(maxsize=4096)
def is_issued_by(child: x509.Certificate, above: x509.Certificate) -> bool:
    """Whether `above` signed `child` (names and signature)."""
    try:
        child.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=4096)
def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    """An authority's certificate, allowed to sign certificates, with no more authorities below it than it allows."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    if not basic.ca or (basic.path_length is not None and below > basic.path_length):
        return False
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _weak_signature(certificate: x509.Certificate) -> Reason | None:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return reason("UNKNOWN_ALGORITHM", what=certificate.signature_algorithm_oid.dotted_string)
    if algorithm is not None and algorithm.name in {"md5", "sha1"}:
        return reason("WEAK_ALGORITHM", what=algorithm.name.upper())
    return None


def _key_problems(certificate: x509.Certificate) -> list[Reason]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return []
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256:
        return []
    return [reason("WEAK_KEY", what=identity(certificate).key)]


@lru_cache(maxsize=4096)
def _has_use(certificate: x509.Certificate, purpose: str) -> bool:
    """For signing: digitalSignature or nonRepudiation, and no authority; for stamps: timeStamping alone."""
    try:
        extensions = certificate.extensions
    except ValueError:
        return False
    try:
        extended = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        extended = set()
    if purpose == "stamp":
        return extended == {ExtendedKeyUsageOID.TIME_STAMPING}
    if extended and extended <= {
        ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH,
    }:  # fmt: skip
        return False
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    return usage.digital_signature or usage.content_commitment


def _date_problems(path: tuple[x509.Certificate, ...], at: datetime) -> list[Reason]:
    found = []
    own = path[0]
    if at < own.not_valid_before_utc:
        found.append(reason("NOT_YET_VALID", when=shown(own.not_valid_before_utc)))
    if at > own.not_valid_after_utc:
        found.append(reason("EXPIRED", when=shown(own.not_valid_after_utc)))
    found += [
        reason("ISSUER_EXPIRED", what=identity(each).name)
        for each in path[1:]
        if not each.not_valid_before_utc <= at <= each.not_valid_after_utc
    ]
    return found


def _revocations(
    path: tuple[x509.Certificate, ...], policy: Policy, at: datetime, now: datetime, purpose: str
) -> list[Reason]:
    found = []
    for place, (each, above) in enumerate(pairwise(path)):
        standing = policy.evidence.standing(each, above, at, now)
        if standing.kind == said.REVOKED and standing.at:
            if place == 0:
                found.append(reason("REVOKED", when=shown(standing.at)))
            else:
                found.append(reason("ISSUER_REVOKED", what=identity(each).name, when=shown(standing.at)))
        elif purpose == "sign" and policy.revocation == REQUIRE:
            if standing.kind == said.STALE and standing.at:
                found.append(reason("REVOCATION_STALE", what=identity(above).name, when=shown(standing.at)))
            elif standing.kind == said.UNKNOWN:
                found.append(reason("REVOCATION_UNKNOWN", what=identity(above).name))
    return found


@dataclass(frozen=True)
class Whom:
    """The person or institution that is about to sign, as the records know them."""

    name: str = ""
    personal_id: str = ""
    organisation_id: str = ""


def check_certificate(
    certificate: x509.Certificate,
    chain: Iterable[x509.Certificate],
    policy: Policy,
    moment: datetime,
    whom: Whom,
) -> tuple[Reason, ...]:
    """Everything that forbids signing with the certificate now; empty when it may sign.

    Stricter than judging a signature made long ago: whatever is not surely good forbids. `whom` with an organisation's
    code wants its seal, else the person's own certificate: number and name must both agree.
    """
    path = judge(certificate, chain, policy, moment, moment)
    return (*path.reasons, *_belongs(certificate, whom))


def _belongs(certificate: x509.Certificate, whom: Whom) -> list[Reason]:
    subject = identity(certificate)
    if whom.organisation_id:
        same = subject.is_institution and subject.organisation_id == whom.organisation_id
        return [] if same else [reason("NOT_THIS_INSTITUTION")]
    found = []
    if not subject.personal_id:
        found.append(reason("NO_NUMBER"))
    elif subject.personal_id != whom.personal_id:
        found.append(reason("NOT_THIS_NUMBER"))
    if not same_name(subject.name, whom.name):
        found.append(reason("NOT_THIS_PERSON", what=subject.name))
    return found
