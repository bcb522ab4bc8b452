"""What is said of a file: valid, indeterminate or invalid, with reasons, and who signed it.

Judging follows EN 319 102-1 in short: a signature is judged at the earliest moment it is proven to have existed (a
time stamp on it or on what covers it, or the register's own entry), and now when nothing proves it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509

from khue.kernel.signing.engine import stamps
from khue.kernel.signing.engine.cms import CmsProblem
from khue.kernel.signing.engine.identity import Identity, identity
from khue.kernel.signing.engine.prepared import content_sha256
from khue.kernel.signing.engine.reasons import VALID, Reason, by_weight, reason, worst
from khue.kernel.signing.engine.trust import Path, Policy, judge, shown

SLACK = timedelta(minutes=10)
SOFTENED = {"EXPIRED": "EXPIRED_NO_PROOF", "REVOKED": "REVOKED_NO_PROOF"}
STAMP, REGISTER, LATER = "stamp", "register", "later"


@dataclass(frozen=True)
class Finding:
    """One signature: who, in which capacity, when, what it covers, and whether it holds."""

    order: int  # from 1, as made
    field: str
    identity: Identity
    capacity: str
    signed_at: datetime | None  # as the signer's own clock said
    stamped_at: datetime | None  # as a time-stamping service said
    proven_at: datetime | None  # existed at the latest then
    proven_by: str  # 'stamp' on it, 'later' stamp over it, 'register', or ''
    covers: str  # '' the whole file as it was, else the Id of a part
    outcome: str
    reasons: tuple[Reason, ...]
    certificate: x509.Certificate | None = dataclasses.field(default=None, repr=False)
    is_for_trial: bool = False  # rests on a test authority: no legal value
    is_stamp: bool = False  # an archive time stamp over the whole file, no person's signature
    path: tuple[x509.Certificate, ...] = dataclasses.field(
        default=(), repr=False
    )  # all certificates it rests on, roots too

    @property
    def is_time_stamped(self) -> bool:
        """Whether a time-stamping service confirmed when."""
        return self.stamped_at is not None


@dataclass(frozen=True)
class Verdict:
    """What is said of a file. Only `is_valid` may be shown as good."""

    outcome: str
    reasons: tuple[Reason, ...]
    signatures: tuple[Finding, ...]
    sha256: str
    kind: str  # 'pdf' | 'xml'
    stamps: tuple[Finding, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Everything holds and everything needed is known."""
        return self.outcome == VALID

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all reasons, the worst first, those of signatures included."""
        return tuple(each.code for each in self.all_reasons)

    @property
    def all_reasons(self) -> tuple[Reason, ...]:
        """Reasons of the file and of its signatures, the worst first."""
        each = (*self.signatures, *self.stamps)
        return by_weight([*self.reasons, *(one for finding in each for one in finding.reasons)])

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons in Vietnamese, the worst first."""
        return tuple(each.text for each in self.all_reasons)

    @property
    def is_for_trial(self) -> bool:
        """Whether any signature rests on a test authority."""
        return any(each.is_for_trial for each in self.signatures)


@dataclass
class Claim:
    """A signature as read from a file, on its way to a finding. `faults` are those of its bytes."""

    field: str
    capacity: str
    signed_at: datetime | None
    covers: str
    certificate: x509.Certificate | None
    others: tuple[x509.Certificate, ...] = ()
    signature: bytes = b""  # the bytes its stamps are over
    tokens: tuple[bytes, ...] = ()
    faults: list[Reason] = dataclasses.field(default_factory=list)
    is_stamp: bool = False
    stamp: stamps.Stamp | None = None  # of an archive stamp


def broken(kind: str, data: bytes, *reasons: Reason, signatures: Sequence[Finding] = ()) -> Verdict:
    """The verdict on a file that cannot even be read as signed."""
    return Verdict(
        worst(each.outcome for each in reasons),
        by_weight(reasons),
        tuple(signatures),
        content_sha256(data),
        kind,
    )


def conclude(
    kind: str,
    data: bytes,
    claims: Sequence[Claim],
    faults: Sequence[Reason],
    policy: Policy,
    moment: datetime,
) -> Verdict:
    """Judge what was read, in the order it was signed, and sum it up."""
    reasons, sha256 = list(faults), content_sha256(data)
    registered = bool(policy.sha256) and policy.sha256 == sha256
    if policy.sha256 and not registered:
        reasons.append(reason("OTHER_FILE"))
    if not any(not each.is_stamp for each in claims):
        reasons.append(reason("NOT_SIGNED"))
    findings = _findings(claims, policy, moment, policy.registered_at if registered else None)
    signed = tuple(each for each in findings if not each.is_stamp)
    archive = tuple(each for each in findings if each.is_stamp)
    reasons += _expectations(signed, policy)
    reasons += _stamp_order(findings)
    summed = worst([*(each.outcome for each in reasons), *(each.outcome for each in findings)])
    return Verdict(summed, by_weight(reasons), signed, sha256, kind, archive)


def _findings(
    claims: Sequence[Claim], policy: Policy, moment: datetime, registered_at: datetime | None
) -> list[Finding]:
    """From the last signature to the first: what covers a signature proves when it existed."""
    moment = moment.astimezone(UTC)
    control, by = moment, ""
    if registered_at is not None and registered_at < moment:
        control, by = registered_at.astimezone(UTC), REGISTER
    found: list[Finding] = []
    for place in range(len(claims) - 1, -1, -1):
        claim = claims[place]
        stamp, stamp_reasons, path = _stamp_of(claim, policy, control, moment)
        proven, proven_by = (control, by) if by else (None, "")
        if stamp is not None and stamp < control:
            proven, proven_by = stamp, STAMP
        known = policy.made.get(claim.field) if registered_at is not None else None
        if known is not None and known < (proven or moment):
            proven, proven_by = known.astimezone(UTC), REGISTER
        reasons = [*claim.faults, *stamp_reasons]
        trial = False
        if claim.certificate is not None and not claim.is_stamp:
            judged = _judged(claim, policy, proven, moment)
            trial, path = judged.is_for_trial, (*judged.certificates, *path)
            reasons += [*judged.reasons, *_clock_reasons(claim, stamp, moment)]
        found.append(_finding(claim, place + 1, stamp, (proven, proven_by), by_weight(reasons), trial, path))
        if stamp is not None and stamp < control and not claim.faults:
            control, by = stamp, LATER
    return found[::-1]


def _finding(
    claim: Claim,
    order: int,
    stamp: datetime | None,
    proven: tuple[datetime | None, str],
    reasons: tuple[Reason, ...],
    trial: bool,
    path: tuple[x509.Certificate, ...],
) -> Finding:
    who = _who(claim.certificate)
    return Finding(
        order, claim.field, who, claim.capacity, claim.signed_at, stamp, *proven, claim.covers,
        worst(each.outcome for each in reasons), reasons, claim.certificate, trial, claim.is_stamp, path,
    )  # fmt: skip


def _who(certificate: x509.Certificate | None) -> Identity:
    """Whom a certificate names; nobody when it cannot be read."""
    try:
        return identity(certificate) if certificate is not None else Identity("")
    except (ValueError, TypeError):
        return Identity("")


def _stamp_of(
    claim: Claim, policy: Policy, control: datetime, moment: datetime
) -> tuple[datetime | None, list[Reason], tuple[x509.Certificate, ...]]:
    """The earliest stamp on the signature that can be believed, what is wrong with any, and what they rest on."""
    read: list[stamps.Stamp] = [claim.stamp] if claim.stamp else []
    reasons: list[Reason] = []
    for token in claim.tokens:
        try:
            read.append(stamps.read(token, data=claim.signature))
        except CmsProblem as problem:
            reasons.append(problem.reason)
    good: list[datetime] = []
    rests: tuple[x509.Certificate, ...] = ()
    for stamp in read:
        path = judge(stamp.certificate, stamp.others, policy, max(control, stamp.at), moment, purpose="stamp")
        if path.reasons:
            reasons.append(reason("STAMP_UNTRUSTED", what=path.reasons[0].text))
        else:
            good.append(stamp.at)
            rests = (*rests, *path.certificates)
    return min(good, default=None), reasons, rests


def _judged(claim: Claim, policy: Policy, proven: datetime | None, moment: datetime) -> Path:
    """What is wrong with the certificate when the signature existed; without proof, what that leaves open."""
    assert claim.certificate is not None
    path = judge(claim.certificate, claim.others, policy, proven or moment, moment)
    claimed = claim.signed_at
    if proven is not None or claimed is None or path.codes.isdisjoint(SOFTENED):
        return path
    earlier = judge(claim.certificate, claim.others, policy, claimed, moment).codes
    return replace(
        path,
        reasons=tuple(
            reason(SOFTENED[each.code], **dict(each.values))
            if each.code in SOFTENED and each.code not in earlier
            else each
            for each in path.reasons
        ),
    )


def _clock_reasons(claim: Claim, stamp: datetime | None, moment: datetime) -> list[Reason]:
    claimed = claim.signed_at
    if claimed is None:
        return []
    if claimed > moment + SLACK:
        return [reason("SIGNED_IN_FUTURE", when=shown(claimed))]
    if stamp is not None and claimed > stamp + SLACK:
        return [reason("TIME_CONFLICT", when=shown(claimed))]
    return []


def _stamp_order(findings: Iterable[Finding]) -> list[Reason]:
    times = [each.stamped_at for each in findings if each.stamped_at is not None]
    return [reason("STAMP_ORDER")] if times != sorted(times) else []


def _expectations(signed: Sequence[Finding], policy: Policy) -> list[Reason]:
    """Who must have signed and did not, who did and must not, in which order and capacity, over how much."""
    if not policy.expected:
        return []
    by_field = {each.field: each for each in signed}
    wanted = {each.field for each in policy.expected}
    reasons = [
        reason("UNEXPECTED_SIGNATURE", field=each.field) for each in signed if each.field not in wanted
    ]
    for each in policy.expected:
        found = by_field.get(each.field)
        if found is None:
            reasons.append(reason("MISSING_SIGNATURE", field=each.field))
            continue
        who = found.identity
        right = (not each.personal_id or who.personal_id == each.personal_id) and (
            not each.organisation_id or who.organisation_id == each.organisation_id
        )
        if not right:
            reasons.append(reason("NOT_ENTITLED", what=who.name, field=each.field))
        if each.capacity and found.capacity != each.capacity:
            reasons.append(reason("WRONG_CAPACITY", what=found.capacity, field=each.field))
        if found.covers != each.part:
            reasons.append(reason("ONLY_A_PART", field=each.field))
    present = [each.field for each in policy.expected if each.field in by_field]
    if [each.field for each in signed if each.field in wanted] != present:
        reasons.append(reason("WRONG_ORDER"))
    return reasons


def held_against(verdict: Verdict, *reasons: Reason) -> Verdict:
    """The verdict with more reasons, and as bad as the worst of them."""
    summed = worst([verdict.outcome, *(each.outcome for each in reasons)])
    return replace(verdict, outcome=summed, reasons=by_weight([*verdict.reasons, *reasons]))
