"""Rows of certificates from what the engine reads, and the register of signatures; always inside an action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.db.models import Q
from django.utils import timezone

from khue.kernel.actions import Work
from khue.kernel.signing import engine
from khue.kernel.signing.engine.cms import encoded
from khue.kernel.signing.models import Certificate, Signature


@dataclass(frozen=True)
class Signed:
    """A signature just made, for the register."""

    unit_id: int
    document_kind: str
    document_id: int
    form: str  # 'xml' or 'pdf'
    position: int
    field: str
    capacity: str
    signer_id: int | None
    certificate_id: int
    sha256: str  # of the file as shown and signed
    result_sha256: str
    signed_at: datetime
    is_time_stamped: bool = False


REGISTER = tuple(Signed.__dataclass_fields__)


def record_signatures(work: Work, made: Iterable[Signed]) -> None:
    """Write signatures into the register, all in one statement, inside the action that made them."""
    rows = [tuple(getattr(each, name) for name in REGISTER) for each in made]
    if rows:
        work.create_many(Signature, REGISTER, rows)


def keep_certificate(
    work: Work,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    source: str,
    person_id: int | None = None,
    unit_id: int | None = None,
    key_file: bytes | None = None,
    locator: str = "",
) -> Certificate:
    """Keep a certificate of a person or a unit; the same one again gives the row there is."""
    sha256 = engine.fingerprint(certificate)
    owner = Q(person_id=person_id) if person_id is not None else Q(unit_id=unit_id)
    kept = Certificate.objects.filter(owner, sha256=sha256, withdrawn_at__isnull=True).first()
    if kept is not None:
        return kept
    who = engine.identity(certificate)
    return work.create(
        Certificate(
            person_id=person_id, unit_id=unit_id, source=source, content=encoded(certificate),
            chain=b"".join(encoded(each) for each in chain), key_file=key_file, locator=locator, sha256=sha256,
            name=who.name[:200], subject_number=(who.personal_id or who.organisation_id)[:30],
            issuer=who.issuer[:200], serial=who.serial[:64], key_kind=who.key[:20],
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc, registered_at=timezone.now(),
        )
    )  # fmt: skip


def read_chain(content: bytes) -> tuple[x509.Certificate, ...]:
    """Certificates from DER, one after another."""
    from khue.kernel.signing.engine.der import first_element

    found = []
    while content:
        one = first_element(content)
        found.append(x509.load_der_x509_certificate(one))
        content = content[len(one) :]
    return tuple(found)
