"""The bad files, each made by code, with the verdict and the reason that it must get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from khue.kernel.signing import engine
from khue.kernel.signing.engine import xml_profile as profile
from khue.kernel.signing.engine.authority import crl, make_token
from khue.kernel.signing.engine.evidence import Evidence
from tests.signatures import forging
from tests.signatures.forging import edited, signed_again, with_envelope
from tests.signatures.world import DAY, EXPECTED, LAN_NAME, NOW, World, card, sign, world

INVALID, UNSURE = engine.INVALID, engine.INDETERMINATE


@dataclass(frozen=True)
class Exhibit:
    """One bad file: what it is, the verdict and a reason it must get, and what the checker is told.

    `by_bytes`: its fault is in its bytes, so that a foreign verifier which knows no certificates must refuse it too.
    """

    name: str
    data: bytes
    outcome: str
    code: str
    policy: engine.Policy
    moment: datetime = NOW
    by_bytes: bool = False

    @property
    def is_pdf(self) -> bool:
        return self.data.startswith(b"%PDF-") or self.name.startswith("pdf")


Made = tuple[str, bytes, str, str] | tuple[str, bytes, str, str, dict]


@lru_cache(maxsize=1)
def exhibits() -> tuple[Exhibit, ...]:
    """All bad files."""
    some = world()
    _ = some.everyone_revoked
    made = []
    for room in (pdf_bytes, pdf_places, pdf_people, pdf_time, xml_bytes, xml_wrapping, xml_people):
        for name, data, outcome, code, *more in room(some):
            told = {"policy": some.policy(), **(more[0] if more else {})}
            made.append(Exhibit(name, data, outcome, code, **told))
    return tuple(made)


def by_name(name: str) -> Exhibit:
    """One bad file."""
    return next(each for each in exhibits() if each.name == name)


def flipped(data: bytes, at: int) -> bytes:
    """One bit other."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def pdf_bytes(some: World) -> Iterator[Made]:
    """Bytes that were changed, added or taken away."""
    one = sign(some.pdf, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    whole = card(some.pdf)
    bytes_ = {"by_bytes": True}
    yield "pdf: a mark changed", whole.replace(b"Toan 6.5", b"Toan 9.5", 1), INVALID, "ALTERED", bytes_
    yield "pdf: one bit of the page", flipped(whole, whole.index(b"Toan") + 5), INVALID, "ALTERED", bytes_
    yield (
        "pdf: the signer's clock",
        whole.replace(b"20261122080000Z", b"20251122080000Z", 1),
        INVALID,
        "ALTERED",
        bytes_,
    )
    _zero, hole, _two, _size = forging.last_range(one)
    raw = forging.own_envelope(one)
    yield (
        "pdf: one bit of the signature", with_envelope(one, lambda _: flipped(raw, len(raw) - 9)), INVALID,
        "BROKEN_SIGNATURE", bytes_,
    )  # fmt: skip
    yield (
        "pdf: the signature cut short",
        one[: hole + 40] + b"0" * 60 + one[hole + 100 :],
        INVALID,
        "UNREADABLE_SIGNATURE",
    )
    yield (
        "pdf: no envelope at all",
        with_envelope(one, lambda _: b"\x30\x00"),
        INVALID,
        "UNREADABLE_SIGNATURE",
        bytes_,
    )
    yield "pdf: text after the end", whole + b"Toan 10.0\n", INVALID, "NOT_WHOLE_FILE", bytes_
    start = re.findall(rb"startxref\s+(\d+)", whole)[-1]
    again = b"% Toan 10.0\nstartxref\n" + start + b"\n%%EOF\n"
    yield "pdf: a second end", whole + again, INVALID, "NOT_WHOLE_FILE", bytes_
    yield "pdf: a page written over", edited(whole, forging.new_mark), INVALID, "CHANGED_AFTER", bytes_
    yield (
        "pdf: a stream put in its place",
        edited(whole, forging.new_stream),
        INVALID,
        "CHANGED_AFTER",
        bytes_,
    )
    yield "pdf: a note laid over", edited(whole, forging.note), INVALID, "CHANGED_AFTER", bytes_
    for word, change in (("page", forging.new_mark), ("stream", forging.new_stream), ("note", forging.note)):
        late = sign(edited(one, change), some.hung, "HT", "Hiệu trưởng")
        yield f"pdf: the principal changed the {word} and signed", late, INVALID, "CHANGED_AFTER"
    form = sign(edited(some.pdf, forging.text_field), some.lan, "GVCN", "Giáo viên chủ nhiệm")
    yield "pdf: a form filled after", edited(form, forging.fill), INVALID, "CHANGED_AFTER", bytes_
    late = sign(edited(form, forging.fill), some.hung, "HT", "Hiệu trưởng")
    yield "pdf: a form filled, then signed", late, INVALID, "CHANGED_AFTER"
    yield (
        "pdf: a field added and signed",
        sign(edited(one, forging.text_field), some.hung, "HT", "HT"),
        INVALID,
        "CHANGED_AFTER",
    )
    late = sign(edited(one, forging.new_form), some.hung, "HT", "Hiệu trưởng")
    yield "pdf: the teacher's signature taken out, then signed", late, INVALID, "SIGNATURE_REMOVED"
    yield "pdf: not signed", some.pdf, INVALID, "NOT_SIGNED", bytes_
    two = sign(one, some.hung, "HT", "Hiệu trưởng")
    told = {"policy": some.policy().for_file(expected=EXPECTED)}
    yield "pdf: cut back to before the seal", whole[: len(two)], INVALID, "MISSING_SIGNATURE", told
    yield "pdf: the signature taken out", edited(one, forging.emptied), INVALID, "NOT_SIGNED"
    yield "pdf: cut in the middle", whole[: len(whole) // 2], INVALID, "NOT_A_PDF", bytes_
    yield "pdf: no PDF", b"%PDF-1.7\nhello", INVALID, "NOT_A_PDF", bytes_
    yield "pdf: two tables in one (hybrid)", hybrid(one), INVALID, "NOT_A_PDF", bytes_
    yield "pdf: a hole wider than the envelope", wide_hole(some), INVALID, "STRANGE_STRUCTURE"
    yield (
        "pdf: by SHA-1", with_envelope(one, lambda covered: forging.envelope(some.lan, covered, sha1=True)), INVALID,
        "WEAK_ALGORITHM",
    )  # fmt: skip
    old = one.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ", 1)
    yield "pdf: an old kind by SHA-1", old, INVALID, "WEAK_ALGORITHM"
    yield (
        "pdf: the certificate swapped", with_envelope(one, lambda c: forging.envelope(some.twin, c, named=some.lan)),
        INVALID, "CERTIFICATE_SWAPPED",
    )  # fmt: skip
    other = sign(some.pdf.replace(b"6.5", b"9.5"), some.lan, "GVCN", "Giáo viên chủ nhiệm")
    yield (
        "pdf: the signature of another file",
        with_envelope(one, lambda _: forging.own_envelope(other)),
        INVALID,
        "ALTERED",
        bytes_,
    )


def pdf_places(some: World) -> Iterator[Made]:
    """Places that nobody signed, drawn over the page after somebody has signed it."""
    one = sign(some.pdf, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    changed = (INVALID, "CHANGED_AFTER")
    yield "pdf: an empty place drawn over a mark", edited(card(some.pdf), forging.place_and_store), *changed
    apart = edited(card(some.pdf), lambda writer: forging.place_and_store(writer, apart=True))
    yield "pdf: an empty place drawn by its kid", apart, *changed
    late = sign(edited(one, forging.place), some.hung, "HT", "Hiệu trưởng")
    yield "pdf: an empty place drawn over a mark, then signed", late, *changed
    yield (
        "pdf: an archive stamp drawn over a mark",
        forging.drawn_stamp(card(some.pdf), some.stamper()),
        *changed,
    )
    ready = sign(edited(some.pdf, forging.place), some.lan, "GVCN", "Giáo viên chủ nhiệm")
    yield "pdf: an archive stamp in a place made ready", forging.drawn_stamp(ready, some.stamper()), *changed


def hybrid(signed: bytes) -> bytes:
    """A revision whose table points to another, hidden one."""
    start = re.findall(rb"startxref\s+(\d+)", signed)[-1]
    root = re.findall(rb"/Root (\d+ \d+ R)", signed)[-1]
    size = re.findall(rb"/Size (\d+)", signed)[-1]
    table = b"xref\n0 0\ntrailer\n<</Size %s/Root %s/Prev %s/XRefStm %s>>\n" % (size, root, start, start)
    return signed + table + b"startxref\n%d\n%%%%EOF\n" % len(signed)


def wide_hole(some: World) -> bytes:
    """A signature that leaves out more than its own envelope: room for something to be changed later."""
    signed = sign(some.pdf, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    _zero, one, two, size = forging.last_range(signed)
    text = re.findall(rb"/ByteRange\s*\[[^\]]*\]", signed)[-1]
    wider = b"/ByteRange [0 %d %d %d]" % (one, two + 8, size - 8)
    signed = signed.replace(text, wider + b" " * (len(text) - len(wider)))
    covered = signed[:one] + signed[two + 8 :]
    raw = forging.envelope(some.lan, covered).hex().encode()
    return signed[: one + 1] + raw + b"0" * (two - one - 2 - len(raw)) + signed[two - 1 :]


def people(some: World, data: bytes, kind: str) -> Iterator[Made]:
    """Certificates that must not be believed; the same for both kinds of file."""

    def by(who: object, at: datetime = NOW, **more: object) -> bytes:
        return sign(data, who, "GVCN", "Giáo viên chủ nhiệm", at, **more)  # type: ignore[arg-type]

    bare = engine.Policy(some.authority.anchors, Evidence())
    stale = engine.Policy(some.authority.anchors, Evidence(some.crls(NOW - 30 * DAY, days=7)))
    forged = engine.Policy(
        some.authority.anchors,
        Evidence([crl(each, {}, NOW) for each in (some.rogue.root, some.rogue.issuing)]),
    )
    foreign_answer = engine.Policy(
        some.authority.anchors,
        Evidence(
            some.crls()[:1],
            [replace(some.rogue, issuing=replace(some.rogue.issuing)).ocsp(some.lan.certificate, NOW)],
        ),
    )
    yield f"{kind}: not for signing", by(some.no_use), INVALID, "WRONG_USE"
    yield f"{kind}: only for stamps", by(some.stamp_only), INVALID, "WRONG_USE"
    yield f"{kind}: not yet valid", by(some.future), INVALID, "NOT_YET_VALID"
    yield f"{kind}: expired when signing", by(some.short), INVALID, "EXPIRED"
    yield f"{kind}: expired since, no stamp", by(some.short, NOW - 5 * DAY), UNSURE, "EXPIRED_NO_PROOF"
    late = {"moment": NOW}
    yield (
        f"{kind}: expired, stamped after",
        by(some.short, stamper=some.stamper(NOW)),
        INVALID,
        "EXPIRED",
        late,
    )
    yield f"{kind}: revoked when signing", by(some.revoked, NOW - 5 * DAY), INVALID, "REVOKED"
    yield (
        f"{kind}: revoked, stamped after",
        by(some.revoked, NOW - DAY, stamper=some.stamper(NOW - DAY)),
        INVALID,
        "REVOKED",
    )
    yield f"{kind}: revoked since, no stamp", by(some.revoked, NOW - 20 * DAY), UNSURE, "REVOKED_NO_PROOF"
    yield f"{kind}: the authority revoked", by(some.of_revoked_authority), INVALID, "ISSUER_REVOKED"
    yield f"{kind}: no revocation list", by(some.lan), UNSURE, "REVOCATION_UNKNOWN", {"policy": bare}
    yield f"{kind}: an old revocation list", by(some.lan), UNSURE, "REVOCATION_STALE", {"policy": stale}
    yield f"{kind}: a forged revocation list", by(some.lan), UNSURE, "REVOCATION_UNKNOWN", {"policy": forged}
    yield f"{kind}: a forged answer", by(some.lan), UNSURE, "REVOCATION_UNKNOWN", {"policy": foreign_answer}
    yield f"{kind}: an unknown authority", by(some.stranger), UNSURE, "UNKNOWN_ISSUER"
    yield f"{kind}: an authority of the same name", by(some.rogue_lan), INVALID, "ROGUE_ISSUER"
    yield f"{kind}: issued by a person", by(some.by_a_person), INVALID, "NOT_AN_AUTHORITY"
    told = {"policy": some.policy().for_file(expected=EXPECTED)}
    other = sign(sign(by(some.lan), some.hung, "HT", "Hiệu trưởng"), some.other_school, "TRUONG", "Trường")
    yield f"{kind}: the seal of another school", other, INVALID, "NOT_ENTITLED", told
    swapped = sign(sign(by(some.hung), some.lan, "HT", "Hiệu trưởng"), some.school, "TRUONG", "Trường")
    yield f"{kind}: the teacher signed as principal", swapped, INVALID, "NOT_ENTITLED", told
    early = sign(data, some.hung, "HT", "Hiệu trưởng")
    early = sign(sign(early, some.lan, "GVCN", "Giáo viên chủ nhiệm"), some.school, "TRUONG", "Trường")
    yield f"{kind}: the principal before the teacher", early, INVALID, "WRONG_ORDER", told
    missing = sign(by(some.lan), some.school, "TRUONG", "Trường")
    yield f"{kind}: without the principal", missing, INVALID, "MISSING_SIGNATURE", told
    more = sign(card(data), some.other_school, "LA", "Trường khác")
    yield f"{kind}: one signature too many", more, INVALID, "UNEXPECTED_SIGNATURE", told
    another = card(data.replace(b"6.5", b"9.5").replace(b"7.9", b"9.9"))
    registered = some.policy().for_file(sha256=engine.content_sha256(card(data)))
    yield f"{kind}: another pupil's file", another, INVALID, "OTHER_FILE", {"policy": registered}


def pdf_people(some: World) -> Iterator[Made]:
    """Whom a PDF must not be believed of."""
    yield from people(some, some.pdf, "pdf")
    one = sign(some.pdf, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    weak = with_envelope(one, lambda covered: weak_envelope(some, covered))
    yield "pdf: a key of 1,024 bits", weak, INVALID, "WEAK_KEY"


def weak_envelope(some: World, covered: bytes) -> bytes:
    """An envelope by a key that is too short; made by taking a sound one apart."""
    import hashlib

    from khue.kernel.signing.engine import cms, der
    from khue.kernel.signing.engine.keys import HeldKey

    attributes = cms.signed_attributes(some.weak.certificate, hashlib.sha256(covered).digest())
    signature = HeldKey(some.weak.key, some.weak.certificate).sign_digests(
        [hashlib.sha256(attributes).digest()]
    )[0]
    signer = der.sequence(
        der.integer(1), cms.issuer_and_serial(some.weak.certificate), cms.SHA256, b"\xa0" + attributes[1:],
        cms.RSA_SHA256, der.octets(signature),
    )  # fmt: skip
    held = sorted(cms.encoded(each) for each in (some.weak.certificate, *some.weak.chain))
    inside = der.sequence(
        der.integer(1),
        der.set_of(cms.SHA256),
        der.sequence(der.oid(cms.DATA)),
        der.tlv(0xA0, *held),
        der.set_of(signer),
    )
    return der.sequence(der.oid(cms.SIGNED_DATA), der.tlv(0xA0, inside))


def pdf_time(some: World) -> Iterator[Made]:
    """Stamps that prove nothing, and clocks that cannot be right."""
    yield from time(some, some.pdf, "pdf")
    one = sign(some.pdf, some.lan, "GVCN", "Giáo viên chủ nhiệm", stamper=some.stamper())

    def foreign(make: Callable[[bytes], bytes]) -> bytes:
        return with_envelope(one, lambda covered: forging.stamped_envelope(some.lan, covered, make))

    service = some.authority.stamping
    other = foreign(lambda _: make_token(service, b"x" * 32, NOW))
    yield "pdf: the stamp of another signature", other, INVALID, "STAMP_BROKEN"
    torn = foreign(
        lambda digest: flipped(make_token(service, digest, NOW), -20 + len(make_token(service, digest, NOW)))
    )
    yield "pdf: a stamp with a flipped bit", torn, INVALID, "STAMP_BROKEN"


def time(some: World, data: bytes, kind: str) -> Iterator[Made]:
    """The same for both kinds of file."""

    def by(at: datetime = NOW, **more: object) -> bytes:
        return sign(data, some.lan, "GVCN", "Giáo viên chủ nhiệm", at, **more)

    yield (
        f"{kind}: a stamp of an unknown service",
        by(stamper=some.rogue.stamper(NOW)),
        UNSURE,
        "STAMP_UNTRUSTED",
    )
    wrong = engine.authority.TrialStamper(some.wrong_stamper, NOW)
    yield f"{kind}: a stamp by a certificate for something else", by(stamper=wrong), UNSURE, "STAMP_UNTRUSTED"
    first = by(NOW - 3 * DAY, stamper=some.stamper(NOW - DAY))
    order = sign(first, some.hung, "HT", "Hiệu trưởng", NOW - 3 * DAY, stamper=some.stamper(NOW - 2 * DAY))
    yield f"{kind}: stamps out of order", order, UNSURE, "STAMP_ORDER"
    yield f"{kind}: signed after its stamp", by(NOW, stamper=some.stamper(NOW - DAY)), UNSURE, "TIME_CONFLICT"
    yield f"{kind}: signed in the future", by(NOW + DAY), UNSURE, "SIGNED_IN_FUTURE"


def xml_bytes(some: World) -> Iterator[Made]:
    """Bytes of an XML file that were changed, and algorithms that prove nothing."""
    one = sign(some.xml, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    whole = card(some.xml)
    seen = {"by_bytes": True}
    yield "xml: a mark changed", whole.replace(b">7.9<", b">9.9<", 1), INVALID, "ALTERED", seen
    yield "xml: an attribute changed", whole.replace(b"3812345678", b"3812345679"), INVALID, "ALTERED", seen
    yield "xml: a row taken out", re.sub(rb'<Mon Id="MON-2".*?</Mon>', b"", whole), INVALID, "ALTERED", seen
    yield "xml: a blank added", whole.replace(b"<KetQua>", b" <KetQua>"), INVALID, "ALTERED", seen
    yield (
        "xml: another capacity",
        one.replace("chủ nhiệm".encode(), "chủ khảo".encode()),
        INVALID,
        "ALTERED",
        seen,
    )
    yield (
        "xml: another time",
        one.replace(b"<xades:SigningTime>2026", b"<xades:SigningTime>2025"),
        INVALID,
        "ALTERED",
        seen,
    )
    value = re.search(rb"<ds:SignatureValue>([^<]{20})", one)
    assert value
    other = value[1].swapcase()
    yield "xml: another signature value", one.replace(value[1], other, 1), INVALID, "BROKEN_SIGNATURE", seen
    yield (
        "xml: a value that is none",
        one.replace(value[1], b"%%%%%%%%%%%%%%%%%%%%"),
        INVALID,
        "UNREADABLE_SIGNATURE",
        seen,
    )
    yield (
        "xml: an earlier signature changed",
        whole.replace(value[1], b"A" * 20, 1),
        INVALID,
        "BROKEN_SIGNATURE",
        seen,
    )
    sha1 = profile.DS + "sha1"
    digest = signed_again(one, "GVCN", some.lan, lambda info: info.replace(profile.SHA256, sha1, 1))
    yield "xml: digested by SHA-1", digest, INVALID, "WEAK_ALGORITHM"
    method = signed_again(
        one,
        "GVCN",
        some.lan,
        lambda info: info.replace(profile.RSA_SHA256, profile.DS + "rsa-sha1"),
        sha1=True,
    )
    yield "xml: signed by SHA-1", method, INVALID, "WEAK_ALGORITHM"
    shared = signed_again(
        one, "GVCN", some.lan, lambda info: info.replace(profile.RSA_SHA256, profile.DS + "hmac-sha256")
    )
    yield "xml: by a shared secret", shared, INVALID, "UNKNOWN_ALGORITHM", seen
    yield "xml: not signed", some.xml, INVALID, "NOT_SIGNED", seen
    yield "xml: no XML", b"<HocBa><", INVALID, "NOT_XML", seen
    yield (
        "xml: a DTD",
        b'<!DOCTYPE HocBa [<!ENTITY x "10">]>' + one.partition(b"?>\n")[2],
        INVALID,
        "FORBIDDEN_XML",
    )
    yield "xml: a comment in a mark", one.replace(b">7.9<", b">7<!-- -->.9<", 1), INVALID, "FORBIDDEN_XML"
    yield "xml: an instruction", one.replace(b"<KetQua>", b"<?mo diem?><KetQua>"), INVALID, "FORBIDDEN_XML"
    yield "xml: a comment beside the root", one + b"<!-- Toan 10 -->", INVALID, "FORBIDDEN_XML"
    yield (
        "xml: another certificate of the same key",
        one.replace(certificate(one), certificate(sign(some.xml, some.twin, "GVCN", "x")), 1),
        INVALID,
        "CERTIFICATE_SWAPPED",
    )
    yield (
        "xml: another person's certificate",
        one.replace(certificate(one), certificate(sign(some.xml, some.school, "GVCN", "x")), 1),
        INVALID,
        "CERTIFICATE_SWAPPED",
        seen,
    )
    yield from time(some, some.xml, "xml")
    stamped = sign(some.xml, some.lan, "GVCN", "Giáo viên chủ nhiệm", stamper=some.stamper())
    foreign = sign(some.xml, some.hung, "GVCN", "Giáo viên chủ nhiệm", stamper=some.stamper())
    yield (
        "xml: the stamp of another signature",
        stamped.replace(token(stamped), token(foreign)),
        INVALID,
        "STAMP_BROKEN",
    )


def certificate(xml: bytes) -> bytes:
    """The first certificate of an XML file, as written."""
    found = re.search(rb"<ds:X509Certificate>([^<]+)", xml)
    assert found
    return found[1]


def token(xml: bytes) -> bytes:
    """The stamp of an XML file, as written."""
    found = re.search(rb"<xades:EncapsulatedTimeStamp>([^<]+)", xml)
    assert found
    return found[1]


def xml_wrapping(some: World) -> Iterator[Made]:
    """The signed content is kept somewhere, so that the signature holds, and other content is shown."""
    one = sign(some.xml, some.lan, "GVCN", "Giáo viên chủ nhiệm")
    part = sign(some.xml, some.lan, "BM", "Giáo viên Toán", part="MON-1")
    mark = forging.block(part, "BM")
    row = re.search(rb'<Mon Id="MON-1".*?</Mon>', some.xml)
    assert row
    false_row = row[0].replace(b"7.9", b"9.9").replace(b"8.0", b"10.0")
    strange = (INVALID, "STRANGE_STRUCTURE")
    inside = part.replace(row[0], false_row).replace(
        b"</ds:Object></ds:Signature>", b"</ds:Object><ds:Object>" + row[0] + b"</ds:Object></ds:Signature>"
    )
    yield "xml: the signed row hidden in an Object", inside, *strange
    hidden = part.replace(row[0], false_row.replace(b"MON-1", b"MON-0")).replace(
        b"<KetQua>", b"<An>" + row[0] + b"</An><KetQua>"
    )
    yield "xml: the signed row hidden deeper", hidden, *strange
    twice = part.replace(row[0], false_row + row[0])
    yield "xml: two rows with one Id", twice, *strange
    small = part.replace(row[0], false_row.replace(b"Id=", b"id=") + row[0])
    yield "xml: two rows, one with a small id", small, *strange
    body = one.partition(b"?>\n")[2]
    yield (
        "xml: the whole file within another",
        b'<HocBa xmlns="urn:khue:thu"><Mon>10.0</Mon>' + body + b"</HocBa>",
        *strange,
    )
    moved = one.replace(forging.block(one, "GVCN").encode(), b"").replace(
        b"<KetQua>", forging.block(one, "GVCN").encode() + b"<KetQua>"
    )
    yield "xml: the signature before the content", moved, *strange
    yield "xml: content after the signature", one.replace(b"</HocBa>", b"<Mon>10.0</Mon></HocBa>"), *strange
    yield "xml: text after the signature", one.replace(b"</HocBa>", b"Toan 10.0</HocBa>"), *strange
    deep = one.replace(forging.block(one, "GVCN").encode(), b"").replace(
        b"</KetQua>", forging.block(one, "GVCN").encode() + b"</KetQua>"
    )
    yield "xml: the signature inside an element", deep, *strange
    less = signed_again(
        one,
        "GVCN",
        some.lan,
        lambda info: info.replace(profile.WITHOUT_SIGNATURES, "ancestor-or-self::KetQua"),
    )
    yield "xml: an XPath that signs less", less, *strange
    xslt = signed_again(
        one, "GVCN", some.lan,
        lambda info: info.replace(f'"{profile.ENVELOPED}"', '"http://www.w3.org/TR/1999/REC-xslt-19991116"'),
    )  # fmt: skip
    yield "xml: a transform that computes", xslt, *strange
    none = signed_again(
        one, "GVCN", some.lan, lambda info: re.sub(r'<ds:Reference URI="">.*?</ds:Reference>', "", info)
    )
    yield "xml: the content not referenced", none, *strange
    outside = signed_again(
        one, "GVCN", some.lan, lambda info: info.replace('URI=""', 'URI="http://127.0.0.1/x"')
    )
    yield "xml: content from elsewhere", outside, *strange
    c14n = signed_again(
        one,
        "GVCN",
        some.lan,
        lambda info: info.replace(profile.EXC_C14N, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", 1),
    )
    yield "xml: canonical in another way", c14n, *strange
    yield (
        "xml: another Object beside",
        one.replace(b"</ds:Signature>", b"<ds:Object/></ds:Signature>"),
        *strange,
    )
    two = sign(one, some.hung, "HT", "Hiệu trưởng")
    skips = signed_again(
        two, "HT", some.hung, lambda info: re.sub(r'<ds:Reference URI="#GVCN">.*?</ds:Reference>', "", info)
    )
    yield "xml: signed past the teacher", skips, INVALID, "SKIPS_EARLIER"
    yield (
        "xml: the teacher's signature taken out",
        two.replace(forging.block(two, "GVCN").encode(), b""),
        *strange,
    )
    first, second = (forging.block(two, name).encode() for name in ("GVCN", "HT"))
    yield "xml: signatures in another order", two.replace(first + second, second + first), *strange
    yield "xml: only a part signed", part, INVALID, "ONLY_A_PART"
    named = (
        one.replace(b'Id="GVCN"', b'Id="HT"').replace(b"#GVCN", b"#HT").replace(b"GVCN-xades", b"HT-xades")
    )
    yield "xml: the signature under another name", named, INVALID, "ALTERED", {"by_bytes": True}
    assert mark


def xml_people(some: World) -> Iterator[Made]:
    """Whom an XML file must not be believed of."""
    yield from people(some, some.xml, "xml")
    assert LAN_NAME
