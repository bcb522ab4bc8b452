"""Check a signed PDF: every byte covered, nothing slipped in between or after, every signature judged.

pyHanko reads the structure and compares revisions; envelopes and certificates are judged by our own rules.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.x509 import ocsp
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.policy_api import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from khue.kernel.signing.engine import cms, stamps
from khue.kernel.signing.engine.cms import CmsProblem
from khue.kernel.signing.engine.der import first_element
from khue.kernel.signing.engine.evidence import Evidence
from khue.kernel.signing.engine.prepared import content_sha256
from khue.kernel.signing.engine.reasons import Reason, reason
from khue.kernel.signing.engine.trust import Policy
from khue.kernel.signing.engine.verdicts import Claim, Verdict, broken, conclude

LARGEST = 64 * 1024 * 1024
CADES, PLAIN, STAMP = "/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"
LTA = ModificationLevel.LTA_UPDATES
# What may follow a signature: further signatures and the store of validation data. No form filling, no annotations.
RULES = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        DocInfoRule().as_qualified(LTA),
        XrefStreamRule().as_qualified(LTA),
        ObjectStreamRule().as_qualified(LTA),
        DSSCompareRule().as_qualified(LTA),
        MetadataUpdateRule().as_qualified(LTA),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)
_RANGES = re.compile(rb"/ByteRange\s*\[\s*0\s+\d+\s+\d+\s+\d+\s*\]")
_TAIL = re.compile(rb"startxref\s+\d+\s+%%EOF[\r\n]{0,2}\Z")


def validate_pdf(data: bytes, policy: Policy, moment: datetime) -> Verdict:
    """Judge every signature and archive stamp of the file, and that they cover all of it, as known at `moment`."""
    if len(data) > LARGEST:
        return broken("pdf", data, reason("TOO_LARGE"))
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        if reader.encrypted:
            return broken("pdf", data, reason("NOT_A_PDF"))
        fields = [
            (name, entry.get_object(), field)
            for name, entry, field in enumerate_sig_fields(reader, filled_status=True)
        ]
        fields.sort(key=lambda each: _end(each[1]))
        others, evidence = _store(reader)
    except Exception:  # pyHanko raises many kinds on bytes of strangers
        return broken("pdf", data, reason("NOT_A_PDF"))
    if not fields:
        return broken("pdf", data, reason("NOT_SIGNED"))
    same = policy.sha256 == content_sha256(
        data
    )  # byte for byte the registered file: no later edit to look for
    claims = [_claim(reader, each, data, compare=not same) for each in fields]
    for claim in claims:
        claim.others = (*claim.others, *others)
    faults = _coverage([entry for _name, entry, _field in fields], data)
    if not same:
        faults += _shown_later(reader, fields)
    return conclude("pdf", data, claims, faults, _with(policy, evidence), moment)


def _with(policy: Policy, brought: Evidence) -> Policy:
    return replace(policy, evidence=policy.evidence.plus(brought.crls, brought.ocsps))


def _end(entry: Any) -> int:
    """Where the last byte that a signature covers is: signatures are made in this order."""
    try:
        return int(entry["/ByteRange"][2]) + int(entry["/ByteRange"][3])
    except (KeyError, IndexError, ValueError, TypeError):
        return 0


def _claim(reader: PdfFileReader, of: tuple[str, Any, Any], data: bytes, *, compare: bool) -> Claim:
    """Read one signature of the file, and note the faults of its bytes and of what follows it."""
    name, entry, field = of
    claim = Claim(str(name), _text(entry, "/Reason"), _moment(entry), "", None)
    try:
        kind = str(entry["/SubFilter"])
        covered, raw = _covered(entry, data)
        if kind not in {CADES, PLAIN, STAMP}:
            raise CmsProblem(
                reason("WEAK_ALGORITHM" if "sha1" in kind else "UNKNOWN_ALGORITHM", what=kind[1:])
            )
        if kind == STAMP:
            claim.is_stamp = True
            claim.stamp = stamps.read(raw, data=covered)
            claim.certificate, claim.others = claim.stamp.certificate, claim.stamp.others
        else:
            _envelope(claim, cms.read(raw, demand_certificate=kind == CADES), covered)
        _integrity(EmbeddedPdfSignature(reader, field, name), claim, compare)
    except CmsProblem as problem:
        claim.faults.append(problem.reason)
    except Exception:  # pyHanko raises many kinds on bytes of strangers
        claim.faults.append(reason("UNREADABLE_SIGNATURE"))
    return claim


def _envelope(claim: Claim, envelope: cms.Envelope, covered: bytes) -> None:
    """Take over what the envelope says, and verify it over the bytes it covers."""
    claim.certificate, claim.others = envelope.certificate, envelope.others
    claim.signature, claim.tokens = envelope.signature, envelope.stamps
    if envelope.content_type != cms.DATA or envelope.content:
        raise CmsProblem(reason("UNREADABLE_SIGNATURE"))
    if hashlib.new(envelope.digest_name, covered).digest() != envelope.message_digest:
        claim.faults.append(reason("ALTERED"))
    envelope.verify()


def _integrity(embedded: EmbeddedPdfSignature, claim: Claim, compare: bool) -> None:
    """The signature covers its whole revision, and later revisions only add signatures and validation data.

    Comparing revisions reads the whole document (100 ms on a tagged card), so a registered file is spared it.
    """
    embedded.compute_integrity_info(diff_policy=RULES, skip_diff=not compare)
    if embedded.coverage is None or embedded.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        claim.faults.append(reason("STRANGE_STRUCTURE", what="phạm vi ký"))
    if not compare:
        return
    diff = embedded.diff_result
    if diff is None:
        if embedded.coverage != SignatureCoverageLevel.ENTIRE_FILE:
            claim.faults.append(reason("CHANGED_AFTER"))
    elif not hasattr(diff, "modification_level") or diff.modification_level > ModificationLevel.FORM_FILLING:
        claim.faults.append(reason("CHANGED_AFTER"))


def _covered(entry: Any, data: bytes) -> tuple[bytes, bytes]:
    """The bytes a signature covers, and its envelope: all of the file up to its end but the envelope itself."""
    ranges = [int(each) for each in entry["/ByteRange"]]
    if (
        len(ranges) != 4
        or ranges[0] != 0
        or ranges[1] >= ranges[2]
        or min(ranges) < 0
        or sum(ranges[2:]) > len(data)
    ):
        raise CmsProblem(reason("STRANGE_STRUCTURE", what="phạm vi ký"))
    hole = data[ranges[1] : ranges[2]]
    if not re.fullmatch(rb"<(?:[0-9a-f]{2})+>|<(?:[0-9A-F]{2})+>", hole):
        raise CmsProblem(reason("STRANGE_STRUCTURE", what="phạm vi ký"))
    raw = bytes.fromhex(hole[1:-1].decode())
    if raw[len(first_element(raw)) :].strip(b"\0"):  # the room left over is the only place nobody signed
        raise CmsProblem(reason("STRANGE_STRUCTURE", what="phần đệm của chữ ký"))
    return data[: ranges[1]] + data[ranges[2] : sum(ranges[2:])], raw


def _coverage(entries: list[Any], data: bytes) -> list[Reason]:
    """The last signature reaches the last byte (validation data may follow), and none was taken out of the form."""
    found = []
    if len(_RANGES.findall(data)) > len(entries):
        found.append(reason("SIGNATURE_REMOVED"))
    tail = data[_end(entries[-1]) :]
    proper = (
        tail.count(b"startxref") == 1 and tail.count(b"%%EOF") == 1 and _TAIL.search(tail) and b"/DSS" in tail
    )
    return found if not tail or proper else [*found, reason("NOT_WHOLE_FILE")]


def _shown_later(reader: PdfFileReader, fields: list[tuple[str, Any, Any]]) -> list[Reason]:
    """What no person signed, an empty field or an archive stamp, is drawn nowhere if it came after a signature.

    pyHanko lets such a field come later with any appearance, and an appearance can cover a mark.
    """
    try:
        first = EmbeddedPdfSignature(reader, fields[0][2], fields[0][0]).signed_revision
        for _name, entry, place in enumerate_sig_fields(reader):
            if entry is not None and str(entry.get_object().get("/SubFilter")) != STAMP:
                continue
            field = place.get_object()
            for widget in (place, *field.get("/Kids", ())):
                is_later = reader.xrefs.get_last_change(widget.reference) > first
                if is_later and _is_drawn(widget.get_object()):
                    return [reason("CHANGED_AFTER")]
    except Exception:  # pyHanko raises many kinds on bytes of strangers
        return [reason("STRANGE_STRUCTURE", what="vị trí ký")]
    return []


def _is_drawn(widget: Any) -> bool:
    """Whether a field takes up room on a page; raises on a box that is none."""
    box = [float(side) for side in widget.get("/Rect", ())]
    return bool(box) and not (len(box) == 4 and (box[0] == box[2] or box[1] == box[3]))


def _store(reader: PdfFileReader) -> tuple[tuple[x509.Certificate, ...], Evidence]:
    """Certificates, lists and answers that the file brings in its store of validation data."""
    root = reader.root
    if "/DSS" not in root:
        return (), Evidence()
    store = root["/DSS"]

    def streams(name: str) -> list[bytes]:
        return [bytes(each.get_object().data) for each in store[name]] if name in store else []

    certificates, crls, answers = [], [], []
    for body in streams("/Certs"):
        certificates.append(x509.load_der_x509_certificate(body))
    for body in streams("/CRLs"):
        crls.append(x509.load_der_x509_crl(body))
    for body in streams("/OCSPs"):
        answers.append(ocsp.load_der_ocsp_response(body))
    return tuple(certificates), Evidence(crls, answers)


def _text(entry: Any, name: str) -> str:
    return str(entry[name]) if name in entry else ""


def _moment(entry: Any) -> datetime | None:
    try:
        claimed = generic.parse_pdf_date(str(entry["/M"]))
    except (PdfError, KeyError, ValueError, TypeError):
        return None
    return claimed.astimezone(UTC) if claimed.tzinfo else claimed.replace(tzinfo=UTC)
