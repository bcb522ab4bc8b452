"""The one shape of a signed XML file of ours (XMLDSig and XAdES, EN 319 132-1), written and read from the same texts.

Signatures are the last children of the root, in the order they were made. Each signs, by references in this order: the
document without any signature (or one part, a child of the root with an `Id`), its own signed properties, and every
signature before it. So a later signature proves the earlier ones, and an earlier one stays true when others follow.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from khue.kernel.signing.engine.reasons import RefusedToSign, reason

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
WITHOUT_SIGNATURES = "not(ancestor-or-self::ds:Signature)"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
DIGESTS = {SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
WEAK = re.compile(r"sha1\b|sha1$|md5|dsa-sha1", re.IGNORECASE)
SIGNATURE = f"{{{DS}}}Signature"
FIELD = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$")
LARGEST = 8 * 1024 * 1024

_EXCLUSIVE = f'<ds:Transform Algorithm="{EXC_C14N}"></ds:Transform>'
WHOLE = (
    f'<ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform><ds:Transform Algorithm="{XPATH}">'
    f"<ds:XPath>{WITHOUT_SIGNATURES}</ds:XPath></ds:Transform>{_EXCLUSIVE}</ds:Transforms>"
)
# Attributes called Id, in whatever letters and namespace: found inside the library, twice as fast as here.
_IDS = etree.XPath(
    "descendant-or-self::*/@*[string-length(local-name()) = 2][translate(local-name(), 'ID', 'id') = 'id']"
)
PLAIN = f"<ds:Transforms>{_EXCLUSIVE}</ds:Transforms>"


@dataclass(frozen=True)
class Reference:
    """One thing that a signature signs: its address in the file, of what type, and its digest in base64."""

    uri: str
    digest: str
    kind: str = ""

    def written(self) -> str:
        """As canonical XML."""
        kind = f' Type="{self.kind}"' if self.kind else ""
        transforms = PLAIN if self.uri else WHOLE
        return (
            f'<ds:Reference{kind} URI="{self.uri}">{transforms}<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
            f"<ds:DigestValue>{self.digest}</ds:DigestValue></ds:Reference>"
        )


def signed_info(algorithm: str, references: list[Reference]) -> str:
    """The SignedInfo, in the very form that is signed once the namespace is put in (`canonical_info`)."""
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
        f"{''.join(each.written() for each in references)}</ds:SignedInfo>"
    )


def canonical_info(info: str) -> bytes:
    """The bytes of a SignedInfo that the key signs."""
    return info.replace("<ds:SignedInfo>", f'<ds:SignedInfo xmlns:ds="{DS}">', 1).encode()


def canonical(element: Any) -> bytes:
    """Exclusive canonical form of an element, comments left out."""
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def parse(data: bytes) -> Any:
    """The root of a file that may be signed or checked: UTF-8, no DTD, no comments, no processing instructions.

    RefusedToSign TOO_LARGE, NOT_XML or FORBIDDEN_XML.
    """
    if len(data) > LARGEST:
        raise RefusedToSign(reason("TOO_LARGE"))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_blank_text=False,
        remove_comments=False, remove_pis=False, strip_cdata=False, recover=False,
    )  # fmt: skip
    try:
        tree = etree.fromstring(data, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError):
        raise RefusedToSign(reason("NOT_XML")) from None
    info = tree.docinfo
    if info.doctype or info.internalDTD is not None:
        raise RefusedToSign(reason("FORBIDDEN_XML", what="DTD"))
    if (info.encoding or "UTF-8").upper() != "UTF-8":
        raise RefusedToSign(reason("FORBIDDEN_XML", what=info.encoding))
    root = tree.getroot()
    for forbidden, what in (
        (etree.Comment, "chú thích"),
        (etree.PI, "lệnh xử lý"),
        (etree.Entity, "thực thể"),
    ):
        if next(tree.iter(forbidden), None) is not None or _beside(root, forbidden):
            raise RefusedToSign(reason("FORBIDDEN_XML", what=what))
    return root


def _beside(root: Any, forbidden: Any) -> bool:
    return any(
        each.tag is forbidden
        for preceding in (True, False)
        for each in root.itersiblings(preceding=preceding)
    )


def signatures_of(root: Any) -> list[Any]:
    """The signatures, in order; RefusedToSign STRANGE_STRUCTURE when one is anywhere but at the end of the root."""
    found = [each for each in root if each.tag == SIGNATURE]
    if len(found) != sum(1 for _each in root.iter(SIGNATURE)):
        raise RefusedToSign(reason("STRANGE_STRUCTURE", what="chữ ký đặt sai chỗ"))
    if found and list(root)[-len(found) :] != found:
        raise RefusedToSign(reason("STRANGE_STRUCTURE", what="có nội dung xen sau chữ ký"))
    if any(each.tail for each in found):
        raise RefusedToSign(reason("STRANGE_STRUCTURE", what="có chữ xen giữa các chữ ký"))
    return found


def identifiers(root: Any) -> dict[str, Any]:
    """Every element that has an `Id`; RefusedToSign STRANGE_STRUCTURE when two share one or one is written `id`."""
    found: dict[str, Any] = {}
    for value in _IDS(root):
        name = value.attrname
        if name != "Id":
            raise RefusedToSign(reason("STRANGE_STRUCTURE", what=f"thuộc tính {etree.QName(name).localname}"))
        if value in found:
            raise RefusedToSign(reason("STRANGE_STRUCTURE", what=f"trùng Id {value}"))
        found[str(value)] = value.getparent()
    return found


def without_signatures(root: Any, signatures: list[Any]) -> bytes:
    """Canonical form of the document without its signatures, its last children; the document stays as it was."""
    if not signatures:
        return canonical(root)
    bare = copy.deepcopy(root)
    del bare[-len(signatures) :]
    return canonical(bare)
