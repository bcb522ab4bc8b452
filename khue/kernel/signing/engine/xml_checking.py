"""Check a signed XML file: only the one shape of `xml_profile` is believed; anything else is refused as wrapped."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from khue.kernel.signing.engine import cms
from khue.kernel.signing.engine import xml_profile as profile
from khue.kernel.signing.engine.cms import CmsProblem
from khue.kernel.signing.engine.keys import check_public_key
from khue.kernel.signing.engine.reasons import Reason, RefusedToSign, reason
from khue.kernel.signing.engine.trust import Policy
from khue.kernel.signing.engine.verdicts import Claim, Verdict, broken, conclude
from khue.kernel.signing.engine.xml_profile import DS, XADES

INFO, VALUE, KEY, OBJECT = (
    f"{{{DS}}}{word}" for word in ("SignedInfo", "SignatureValue", "KeyInfo", "Object")
)


def validate_xml(data: bytes, policy: Policy, moment: datetime) -> Verdict:
    """Judge every signature of the file and what they cover together, as known at `moment`.

    The last signature must cover the whole document; earlier ones may cover a part when nothing else was expected.
    """
    try:
        root = profile.parse(data)
        signatures = profile.signatures_of(root)
        known = profile.identifiers(root)
    except RefusedToSign as problem:
        return broken("xml", data, *problem.reasons)
    if not signatures:
        return broken("xml", data, reason("NOT_SIGNED"))
    bare = profile.without_signatures(root, signatures)
    claims: list[Claim] = []
    for place, element in enumerate(signatures):
        claims.append(_Reader(root, element, signatures[:place], known, bare).claim())
    faults: list[Reason] = []
    if claims[-1].covers:
        faults.append(reason("ONLY_A_PART", field=claims[-1].field))
    return conclude("xml", data, claims, faults, policy, moment)


class _Strange(Exception):
    """The signature is not of the expected shape."""

    def __init__(self, what: str) -> None:
        self.reason = reason("STRANGE_STRUCTURE", what=what)
        super().__init__(what)


class _Reader:
    """Reads one ds:Signature, demanding the one shape it may have."""

    def __init__(
        self, root: Any, element: Any, earlier: list[Any], known: dict[str, Any], bare: bytes
    ) -> None:
        self.root, self.element, self.earlier, self.known, self.bare = root, element, earlier, known, bare
        self.faults: list[Reason] = []
        self.covers = ""

    def claim(self) -> Claim:
        """Everything the signature says, with the faults of its bytes."""
        field = self.element.get("Id") or ""
        claim = Claim(field, "", None, "", None, faults=self.faults)
        try:
            if not profile.FIELD.match(field):
                raise _Strange("chữ ký không có Id")
            info, value, key, inside = self._parts()
            digest_name, algorithm = self._method(info)
            claim.certificate, claim.others = self._certificates(key)
            properties, tokens = self._qualifying(inside, field)
            self._references(info, properties, field)
            claim.covers = self.covers
            claim.capacity, claim.signed_at = self._said(properties, claim.certificate)
            raw = _base64(value.text)
            claim.signature, claim.tokens = profile.canonical(value), tokens
            signed = cms.from_raw_ec(raw) if algorithm == "ec" else raw
            if (algorithm == "ec") != (check_public_key(claim.certificate) == "ec"):
                raise CmsProblem(reason("BROKEN_SIGNATURE"))
            cms.verify(claim.certificate, signed, profile.canonical(info), digest_name)
        except _Strange as problem:
            self.faults.append(problem.reason)
        except CmsProblem as problem:
            self.faults.append(problem.reason)
        except RefusedToSign as problem:
            self.faults.extend(problem.reasons)
        except Exception:  # lxml and cryptography raise many kinds on bytes of strangers
            self.faults.append(reason("UNREADABLE_SIGNATURE"))
        return claim

    def _parts(self) -> list[Any]:
        parts = list(self.element)
        if [each.tag for each in parts] != [INFO, VALUE, KEY, OBJECT]:
            raise _Strange("thành phần của chữ ký")
        if len(parts[1]) or parts[0].attrib or set(self.element.attrib) != {"Id"}:
            raise _Strange("thành phần của chữ ký")
        return parts

    def _method(self, info: Any) -> tuple[str, str]:
        c14n, method = info[0], info[1]
        if (
            c14n.tag != f"{{{DS}}}CanonicalizationMethod"
            or c14n.get("Algorithm") != profile.EXC_C14N
            or len(c14n)
        ):
            raise _Strange("cách chuẩn hóa")
        name = method.get("Algorithm") or ""
        if method.tag != f"{{{DS}}}SignatureMethod" or len(method):
            raise _Strange("phương pháp ký")
        if profile.WEAK.search(name):
            raise CmsProblem(
                reason("WEAK_ALGORITHM", what="SHA-1" if "sha1" in name else name.rpartition("#")[2])
            )
        kinds = {profile.RSA_SHA256: "rsa", profile.ECDSA_SHA256: "ec"}
        if name not in kinds:
            raise CmsProblem(reason("UNKNOWN_ALGORITHM", what=name.rpartition("#")[2]))
        return "sha256", kinds[name]

    def _certificates(self, key: Any) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        data = list(key)
        if len(data) != 1 or data[0].tag != f"{{{DS}}}X509Data" or not len(data[0]):
            raise _Strange("thông tin khóa")
        if any(each.tag != f"{{{DS}}}X509Certificate" for each in data[0]):
            raise _Strange("thông tin khóa")
        try:
            read = [x509.load_der_x509_certificate(_base64(each.text)) for each in data[0]]
        except ValueError:
            raise CmsProblem(reason("UNREADABLE_CERTIFICATE")) from None
        return read[0], tuple(read[1:])

    def _qualifying(self, inside: Any, field: str) -> tuple[Any, tuple[bytes, ...]]:
        if len(inside) != 1 or inside.attrib or inside[0].tag != f"{{{XADES}}}QualifyingProperties":
            raise _Strange("thuộc tính chữ ký")
        qualifying = inside[0]
        if qualifying.get("Target") != f"#{field}" or not 1 <= len(qualifying) <= 2:
            raise _Strange("thuộc tính chữ ký")
        properties = qualifying[0]
        if properties.tag != f"{{{XADES}}}SignedProperties" or properties.get("Id") != f"{field}-xades":
            raise _Strange("thuộc tính được ký")
        tokens: tuple[bytes, ...] = ()
        if len(qualifying) == 2:
            unsigned = qualifying[1]
            wanted = [
                f"{{{XADES}}}UnsignedProperties", f"{{{XADES}}}UnsignedSignatureProperties",
                f"{{{XADES}}}SignatureTimeStamp", f"{{{DS}}}CanonicalizationMethod",
                f"{{{XADES}}}EncapsulatedTimeStamp",
            ]  # fmt: skip
            if [each.tag for each in unsigned.iter()] != wanted:
                raise _Strange("thuộc tính không ký")
            if unsigned[0][0][0].get("Algorithm") != profile.EXC_C14N:
                raise _Strange("thuộc tính không ký")
            tokens = (_base64(unsigned[0][0][1].text),)
        return properties, tokens

    def _references(self, info: Any, properties: Any, field: str) -> None:
        """Exactly the expected references, in order, each with the expected transforms and the right digest."""
        references = list(info)[2:]
        earlier = [each.get("Id") for each in self.earlier]
        uris = [each.get("URI") for each in references]
        if any(each.tag != f"{{{DS}}}Reference" for each in references) or len(uris) < 2 or None in uris:
            raise _Strange("danh sách phần được ký")
        if uris[1] != f"#{field}-xades" or references[1].get("Type") != profile.PROPERTIES:
            raise _Strange("danh sách phần được ký")
        if uris[2:] != [f"#{each}" for each in earlier]:
            if [each for each in uris[2:] if each not in {f"#{name}" for name in earlier}]:
                raise _Strange("danh sách phần được ký")
            self.faults.append(reason("SKIPS_EARLIER"))
        if self.known.get(f"{field}-xades") is not properties:
            raise _Strange("thuộc tính được ký")
        content = self._content(uris[0])
        by_uri = {f"#{each.get('Id')}": each for each in self.earlier}
        contents = [
            content,
            profile.canonical(properties),
            *(profile.canonical(by_uri[uri]) for uri in uris[2:]),
        ]
        for place, (reference, signed) in enumerate(zip(references, contents, strict=True)):
            self._one(reference, signed, whole=not uris[place], typed=place == 1)

    def _content(self, uri: str) -> bytes:
        if not uri:
            return self.bare
        part = self.known.get(uri[1:]) if uri.startswith("#") else None
        if part is None or part.getparent() is not self.root or part.tag == profile.SIGNATURE:
            raise _Strange("phần được ký")
        self.covers = uri[1:]
        return profile.canonical(part)

    def _one(self, reference: Any, signed: bytes, *, whole: bool, typed: bool) -> None:
        parts = list(reference)
        if [each.tag for each in parts] != [
            f"{{{DS}}}{word}" for word in ("Transforms", "DigestMethod", "DigestValue")
        ]:
            raise _Strange("tham chiếu")
        if set(reference.attrib) != ({"URI", "Type"} if typed else {"URI"}):
            raise _Strange("tham chiếu")
        name = parts[1].get("Algorithm") or ""
        if profile.WEAK.search(name):
            raise CmsProblem(
                reason("WEAK_ALGORITHM", what="SHA-1" if "sha1" in name else name.rpartition("#")[2])
            )
        if name not in profile.DIGESTS:
            raise CmsProblem(reason("UNKNOWN_ALGORITHM", what=name.rpartition("#")[2]))
        found = [
            (each.get("Algorithm"), [(one.tag, (one.text or "").strip()) for one in each])
            for each in parts[0]
        ]
        plain: list[tuple[str, list[tuple[str, str]]]] = [(profile.EXC_C14N, [])]
        filtered = [
            (profile.ENVELOPED, []), (profile.XPATH, [(f"{{{DS}}}XPath", profile.WITHOUT_SIGNATURES)]), *plain
        ]  # fmt: skip
        if found != (filtered if whole else plain):
            raise _Strange("phép biến đổi")
        digest = b64encode(hashlib.new(profile.DIGESTS[name], signed).digest()).decode()
        if "".join((parts[2].text or "").split()) != digest:
            self.faults.append(reason("ALTERED"))

    def _said(self, properties: Any, certificate: x509.Certificate) -> tuple[str, datetime | None]:
        """Capacity and time as the signer wrote them; the certificate must be the one they signed with."""
        if len(properties) != 1 or properties[0].tag != f"{{{XADES}}}SignedSignatureProperties":
            raise _Strange("thuộc tính được ký")
        signed = properties[0]
        method = signed.find(
            f"{{{XADES}}}SigningCertificateV2/{{{XADES}}}Cert/{{{XADES}}}CertDigest/{{{DS}}}DigestMethod"
        )
        value = signed.find(
            f"{{{XADES}}}SigningCertificateV2/{{{XADES}}}Cert/{{{XADES}}}CertDigest/{{{DS}}}DigestValue"
        )
        name = profile.DIGESTS.get(method.get("Algorithm")) if method is not None else None
        if name is None or value is None:
            raise CmsProblem(reason("CERTIFICATE_SWAPPED"))
        if hashlib.new(name, cms.encoded(certificate)).digest() != _base64(value.text):
            raise CmsProblem(reason("CERTIFICATE_SWAPPED"))
        role = signed.find(f"{{{XADES}}}SignerRoleV2/{{{XADES}}}ClaimedRoles/{{{XADES}}}ClaimedRole")
        time = signed.find(f"{{{XADES}}}SigningTime")
        return (role.text or "") if role is not None else "", _time(time.text if time is not None else "")


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _base64(text: str | None) -> bytes:
    try:
        return b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise CmsProblem(reason("UNREADABLE_SIGNATURE")) from None
