"""What the signatures in a data file say: who, as what, when. The signing room says whether they hold."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from cryptography import x509
from lxml import etree

from khue.kernel.signing import engine
from khue.kernel.signing.engine.trust import TRIAL
from khue.school.report_cards import datafile
from khue.school.report_cards.printing.shape import CardData, Proof, Signature, Signer, TransferData
from khue.school.report_cards.rules import Step

DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
XADES: Final = "{http://uri.etsi.org/01903/v1.3.2#}"
# The Id of a signature in the data file, by step; a teacher's covers one subject and is told by what it covers.
FIELDS: Final = {Step.HOMEROOM: "GVCN", Step.PRINCIPAL: "HT", Step.SCHOOL: "TRUONG"}
STEPS: Final = {field: step for step, field in FIELDS.items()}
PART: Final = "MON_"
Paper = TypeVar("Paper", CardData, TransferData)
STEAD: Final = "KT. "  # ký thay: a deputy signs in the head's stead (NĐ 30/2020)


@dataclass(frozen=True, slots=True)
class Made:
    """A signature as it says: its Id, step, subject, signer, number of the certificate, capacity, when."""

    field: str
    step: Step
    subject: str
    name: str
    serial: str
    capacity: str
    at: datetime
    is_stamped: bool
    is_test: bool

    @property
    def shown(self) -> Signature:
        """As the paper draws it."""
        return Signature(str(self.step), self.name, self.at, self.serial.upper(), self.subject)

    @property
    def is_deputy(self) -> bool:
        """Whether it was made in the head's stead."""
        return self.capacity.startswith(STEAD)


def signatures_in(data: bytes, tag: str = datafile.ROOT) -> tuple[Made, ...]:
    """The signatures of a data file in order; raises DataFileError when one cannot be read."""
    root = datafile.parse(data, tag)
    try:
        return tuple(_made(element) for element in root.iterchildren(f"{DS}Signature"))
    except (AttributeError, ValueError, binascii.Error) as problem:
        raise datafile.DataFileError("Có chữ ký không đọc được.") from problem


def with_signatures(paper: Paper, made: Sequence[Made], proof: Proof) -> Paper:
    """What is printed once all have signed: their signatures, the day, the proof, and who signed as the head.

    Whoever signs in the head's stead stands there by name and office as the signature says ("KT. HIỆU TRƯỞNG, PHÓ HIỆU
    TRƯỞNG"), not whoever was expected when the paper was composed.
    """
    head = next((one for one in made if one.step == Step.PRINCIPAL), None)
    return replace(
        paper,
        principal=paper.principal
        if head is None
        else Signer(head.name, _office(head, paper.principal.title)),
        signatures=tuple(one.shown for one in made),
        signed_on=made[-1].at.date() if made else None,
        proof=proof,
    )


def head_capacity(title: str, *, is_head: bool) -> str:
    """As what the step of the head is signed: "Hiệu trưởng", or "KT. Hiệu trưởng, Phó hiệu trưởng" by a deputy.

    `title` is the head's office where it is not that of a principal: "GIÁM ĐỐC".
    """
    office = title.capitalize() or "Hiệu trưởng"
    return office if is_head else f"{STEAD}{office}, Phó {office[:1].lower()}{office[1:]}"


def _office(head: Made, title: str) -> str:
    return head.capacity.upper().replace(", ", "\n") if head.is_deputy else title


def _made(element: etree._Element) -> Made:
    field = element.get("Id", "")
    first = element.find(f"{DS}SignedInfo/{DS}Reference")
    covers = first.get("URI", "") if first is not None else ""
    subject = covers.removeprefix(f"#{PART}") if covers.startswith(f"#{PART}") else ""
    name, serial, is_test = _holder(element.findtext(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate", ""))
    about = element.find(f".//{XADES}SignedSignatureProperties")
    if about is None or (not subject and field not in STEPS):
        raise ValueError(field)
    return Made(
        field=field,
        step=Step.SUBJECT if subject else STEPS[field],
        subject=subject,
        name=name,
        serial=serial,
        capacity=about.findtext(f".//{XADES}ClaimedRole", ""),
        at=datetime.fromisoformat(about.findtext(f"{XADES}SigningTime", "")),
        is_stamped=element.find(f".//{XADES}EncapsulatedTimeStamp") is not None,
        is_test=is_test,
    )


@lru_cache(maxsize=4096)
def _holder(certificate: str) -> tuple[str, str, bool]:
    """Name, number and whether a test authority issued it, of a certificate in base64."""
    who = engine.identity(x509.load_der_x509_certificate(b64decode(certificate)))
    return who.name, who.serial, TRIAL in who.issuer.upper()
