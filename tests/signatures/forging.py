"""Tools of the forger: what an attacker, a careless program or a faithless signer does to a signed file."""

from __future__ import annotations

import hashlib
import io
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from khue.kernel.signing.engine import cms, der, xml_profile
from khue.kernel.signing.engine.authority import Issued
from khue.kernel.signing.engine.keys import HeldKey
from khue.kernel.signing.engine.stamps import Stamper

Change = Callable[[str], str]
PLACE = "NHAN"  # an empty place for a signature


# --- XML -----------------------------------------------------------------------------------------
def block(xml: bytes, field: str) -> str:
    """The signature of a field as text."""
    found = re.search(
        f'<ds:Signature xmlns:ds="[^"]*" Id="{field}">.*?</ds:Signature>', xml.decode(), re.DOTALL
    )
    assert found
    return found[0]


def signed_again(xml: bytes, field: str, issued: Issued, change: Change, *, sha1: bool = False) -> bytes:
    """Change the SignedInfo of a field and sign it again with the key, as somebody who holds the key can."""
    old = block(xml, field)
    info = re.search(r"<ds:SignedInfo>.*?</ds:SignedInfo>", old, re.DOTALL)
    assert info
    changed = change(info[0])
    data = xml_profile.canonical_info(changed)
    if sha1:
        assert isinstance(issued.key, rsa.RSAPrivateKey)
        value = issued.key.sign(data, padding.PKCS1v15(), hashes.SHA1())
    else:
        value = HeldKey(issued.key, issued.certificate).sign_digests([hashlib.sha256(data).digest()])[0]
        if not isinstance(issued.key, rsa.RSAPrivateKey):
            value = cms.to_raw_ec(value)
    new = old.replace(info[0], changed)
    new = re.sub(
        r"<ds:SignatureValue>[^<]*", lambda _: f"<ds:SignatureValue>{b64encode(value).decode()}", new, count=1
    )
    return xml.replace(old.encode(), new.encode())


def digest_of(element: bytes | str) -> str:
    """A digest in base64."""
    data = element.encode() if isinstance(element, str) else element
    return b64encode(hashlib.sha256(data).digest()).decode()


# --- PDF ----------------------------------------------------------------------------------------
def edited(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """One more revision with a change in it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def page_of(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    """The first page."""
    return writer.root["/Pages"]["/Kids"][0]


def new_mark(writer: IncrementalPdfFileWriter) -> None:
    """Write another mark on the first page: its content becomes another stream."""
    stream = generic.StreamObject(stream_data=b"BT /F1 18 Tf 72 740 Td (Toan 10.0) Tj ET")
    page = page_of(writer)
    page[pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(page)


def new_stream(writer: IncrementalPdfFileWriter) -> None:
    """Put another stream in the place of the first page's content, under the same number."""
    reference = page_of(writer).raw_get("/Contents")
    stream = generic.StreamObject(stream_data=b"BT /F1 18 Tf 72 740 Td (Toan 10.0) Tj ET")
    writer.objects[(reference.generation, reference.idnum)] = stream


def note(writer: IncrementalPdfFileWriter) -> None:
    """Lay a note with a mark on it over the first page."""
    annotation = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (70, 730, 200, 760))),
            pdf_name("/Contents"): generic.pdf_string("Toan 10.0"),
            pdf_name("/F"): generic.NumberObject(4),
        }
    )
    page = page_of(writer)
    listed = page["/Annots"] if "/Annots" in page else generic.ArrayObject()
    page[pdf_name("/Annots")] = generic.ArrayObject([*listed, writer.add_object(annotation)])
    writer.update_container(page)


def text_field(writer: IncrementalPdfFileWriter) -> None:
    """Give the document a text field, before it is signed."""
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.pdf_string("DIEM"),
            pdf_name("/V"): generic.pdf_string("6.5"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (70, 600, 200, 620))),
            pdf_name("/P"): writer.root["/Pages"]["/Kids"].raw_get(0),
        }
    )
    reference = writer.add_object(field)
    page = page_of(writer)
    listed = page["/Annots"] if "/Annots" in page else generic.ArrayObject()
    page[pdf_name("/Annots")] = generic.ArrayObject([*listed, reference])
    writer.update_container(page)
    if "/AcroForm" in writer.root:
        writer.root["/AcroForm"]["/Fields"].append(reference)
        writer.update_container(writer.root["/AcroForm"]["/Fields"])
        return
    writer.root[pdf_name("/AcroForm")] = writer.add_object(
        generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject([reference])})
    )
    writer.update_root()


def place(writer: IncrementalPdfFileWriter, *, apart: bool = False) -> None:
    """Give the document an empty place for a signature, drawn with another mark; `apart`: what is drawn is its kid."""
    spec = SigFieldSpec(PLACE, on_page=0, box=(70, 730, 300, 760), combine_annotation=not apart)
    append_signature_field(writer, spec)
    made = next(
        one.get_object() for one in writer.root["/AcroForm"]["/Fields"] if one.get_object()["/T"] == PLACE
    )
    paint(writer, made["/Kids"][0].get_object() if apart else made)


def place_and_store(writer: IncrementalPdfFileWriter, *, apart: bool = False) -> None:
    """The same beside validation data, which may follow the last signature."""
    place(writer, apart=apart)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[], ocsps=[], crls=[])


def paint(writer: IncrementalPdfFileWriter, widget: generic.DictionaryObject) -> None:
    """Draw another mark where a place is."""
    drawn = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 230, 30))),
        },
        stream_data=b"1 1 1 rg 0 0 230 30 re f 0 0 0 rg BT /F1 18 Tf 2 10 Td (Toan 10.0) Tj ET",
    )
    widget[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(drawn)})
    writer.update_container(widget)


def drawn_stamp(pdf: bytes, stamper: Stamper) -> bytes:
    """An archive stamp that is seen on the page, and says another mark; in the empty place, if there is one."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields = {str(one.get_object()["/T"]) for one in writer.root["/AcroForm"]["/Fields"]}
    spec = None if PLACE in fields else SigFieldSpec(PLACE, on_page=0, box=(70, 730, 300, 760))
    steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=PLACE, writer=writer)
    paint(writer, next(steps).get_object())
    steps.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=20_000)))
    ready, output = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True))
    ready.fill_with_cms(output, stamper.stamp(ready.document_digest))
    return output.getvalue()


def new_form(writer: IncrementalPdfFileWriter) -> None:
    """Put an empty form in the place of the one with the signatures."""
    fields = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
    writer.root[pdf_name("/AcroForm")] = writer.add_object(fields)
    writer.update_root()


def fill(writer: IncrementalPdfFileWriter) -> None:
    """Fill the text field with another mark."""
    field = writer.root["/AcroForm"]["/Fields"][0].get_object()
    field[pdf_name("/V")] = generic.pdf_string("10.0")
    writer.update_container(field)


def emptied(writer: IncrementalPdfFileWriter) -> None:
    """Take the signature out of the last field."""
    field = writer.root["/AcroForm"]["/Fields"][-1].get_object()
    del field["/V"]
    writer.update_container(field)


def last_range(pdf: bytes) -> tuple[int, int, int, int]:
    """The ByteRange of the last signature."""
    found = re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)\s*\]", pdf)[-1]
    return tuple(map(int, found))  # type: ignore[return-value]


def with_envelope(pdf: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """Put another envelope into the place of the last signature, made over the bytes it covers."""
    _zero, one, two, size = last_range(pdf)
    raw = make(pdf[:one] + pdf[two : two + size]).hex().encode()
    room = two - one - 2
    assert len(raw) <= room
    return pdf[: one + 1] + raw + b"0" * (room - len(raw)) + pdf[two - 1 :]


def own_envelope(pdf: bytes) -> bytes:
    """The envelope of the last signature as it is."""
    _zero, one, two, _size = last_range(pdf)
    return der.first_element(bytes.fromhex(pdf[one + 1 : two - 1].decode()))


def envelope(
    issued: Issued, covered: bytes, *, sha1: bool = False, stamp: bytes = b"", named: Issued | None = None
) -> bytes:
    """An envelope of the forger's: by SHA-1, with a stamp of another signature, or with another certificate named."""
    who = named or issued
    if not sha1:
        attributes = cms.signed_attributes(who.certificate, hashlib.sha256(covered).digest())
        signature = HeldKey(issued.key, issued.certificate).sign_digests(
            [hashlib.sha256(attributes).digest()]
        )[0]
        return cms.envelope(issued.certificate, issued.chain, attributes, signature, stamp=stamp)
    assert isinstance(issued.key, rsa.RSAPrivateKey)
    algorithm = der.sequence(der.oid("1.3.14.3.2.26"), der.NULL)
    attributes = cms.signed_attributes(issued.certificate, hashlib.sha1(covered).digest())
    signature = issued.key.sign(attributes, padding.PKCS1v15(), hashes.SHA1())
    signer = der.sequence(
        der.integer(1), cms.issuer_and_serial(issued.certificate), algorithm, b"\xa0" + attributes[1:],
        der.sequence(der.oid("1.2.840.113549.1.1.5"), der.NULL), der.octets(signature),
    )  # fmt: skip
    certificates = sorted(cms.encoded(each) for each in (issued.certificate, *issued.chain))
    body = der.sequence(
        der.integer(1), der.set_of(algorithm), der.sequence(der.oid(cms.DATA)), der.tlv(0xA0, *certificates),
        der.set_of(signer),
    )  # fmt: skip
    return der.sequence(der.oid(cms.SIGNED_DATA), der.tlv(0xA0, body))


def stamped_envelope(issued: Issued, covered: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """An honest envelope whose stamp the given maker makes from the digest of the signature."""
    attributes = cms.signed_attributes(issued.certificate, hashlib.sha256(covered).digest())
    signature = HeldKey(issued.key, issued.certificate).sign_digests([hashlib.sha256(attributes).digest()])[0]
    token = make(hashlib.sha256(signature).digest())
    return cms.envelope(issued.certificate, issued.chain, attributes, signature, stamp=token)


def pdf_time(moment: datetime) -> str:
    """A moment as PDF writes it."""
    return moment.strftime("D:%Y%m%d%H%M%SZ")
