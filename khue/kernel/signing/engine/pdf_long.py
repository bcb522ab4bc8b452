"""Make a signed PDF last: put in what its checking needs (PAdES B-LT), then stamp all of it (B-LTA)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from khue.kernel.signing.engine import cms
from khue.kernel.signing.engine.evidence import Evidence
from khue.kernel.signing.engine.pdf_checking import validate_pdf
from khue.kernel.signing.engine.reasons import RefusedToSign, reason
from khue.kernel.signing.engine.stamps import Stamper
from khue.kernel.signing.engine.trust import Policy

ROOM = 20_000
DER = serialization.Encoding.DER


def with_revocation(data: bytes, policy: Policy, moment: datetime) -> bytes:
    """B-LT: the file with the certificates, lists and answers that its checking needs, as one more revision.

    Wants a file that is valid at `moment`; RefusedToSign with the verdict's reasons when it is not.
    """
    verdict = validate_pdf(data, policy, moment)
    if not verdict.is_valid:
        raise RefusedToSign(*verdict.all_reasons)
    rests = list(dict.fromkeys(one for each in (*verdict.signatures, *verdict.stamps) for one in each.path))
    return _store(data, rests, policy.evidence)


def archive(data: bytes, stamper: Stamper) -> bytes:
    """B-LTA: a time stamp over the whole file as one more revision; done again before the stamp's certificate ends."""
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        field = f"LUUTRU{1 + data.count(b'/ETSI.RFC3161')}"
        steps = PdfCMSEmbedder(new_field_spec=SigFieldSpec(field)).write_cms(field_name=field, writer=writer)
        next(steps)
        steps.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=ROOM)))
        ready, output = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True))
    except (PdfError, SigningError, ValueError, KeyError, TypeError, IndexError):
        raise RefusedToSign(reason("NOT_OURS_TO_EXTEND")) from None
    ready.fill_with_cms(output, stamper.stamp(ready.document_digest))
    return bytes(output.getvalue())


def _store(data: bytes, rests: Iterable[x509.Certificate], evidence: Evidence) -> bytes:
    rests = list(rests)
    serials = {each.serial_number for each in rests}
    names = {each.subject for each in rests}
    output = io.BytesIO(data)
    try:
        writer = IncrementalPdfFileWriter(output)
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1_x509.Certificate.load(cms.encoded(each)) for each in rests],
            ocsps=[
                asn1_ocsp.OCSPResponse.load(each.public_bytes(DER))
                for each in evidence.ocsps
                if each.serial_number in serials
            ],
            crls=[
                asn1_crl.CertificateList.load(each.public_bytes(DER))
                for each in evidence.crls
                if each.issuer in names
            ],
        )
        writer.write_in_place()
    except (PdfError, SigningError, ValueError, KeyError, TypeError):
        raise RefusedToSign(reason("NOT_OURS_TO_EXTEND")) from None
    return output.getvalue()
