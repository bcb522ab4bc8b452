"""The school's step issues cards: paper rendered and sealed, both files kept, the register says so, the draft goes.

All of a chunk is one transaction of the caller. Files are written first and only named by rows that commit; a kill in
between leaves files that nothing names, never a card issued twice or half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import papers
from khue.kernel.actions import DomainError, Work
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Certificate
from khue.kernel.signing.records import Signed, record_signatures
from khue.school.report_cards import addresses, datafile, keeping, register, signed, superseding
from khue.school.report_cards.models import Card, Draft, EntryKind
from khue.school.report_cards.printing.papers import CARD
from khue.school.report_cards.printing.shape import Proof
from khue.school.report_cards.rules import State, Step, policy_of

DOCUMENT: Final = "report_cards.card"
FIELD: Final = signed.FIELDS[Step.SCHOOL]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A card whose paper waits for the school's key."""

    card: Card
    data: bytes
    is_test: bool
    capacity: str
    paper: engine.Prepared


def issue(
    work: Work,
    cards_with_data: Sequence[tuple[Card, bytes]],
    signer: engine.Signer,
    certificate: Certificate,
    at: datetime,
) -> None:
    """Issue cards whose data files carry every signature of their policy, the school's last.

    `signer` is the open key of the school's `certificate`; its signature on the paper is asked for in one call for all.
    Raises DomainError when a file is not that of its card or lacks a signature, RefusedToSign and KeyProblem from the
    key: then nothing is issued.
    """
    if not cards_with_data:
        return
    site, stamper = addresses.site(), installation.stamper()
    ready = [_ready(card, data, signer, at, site, stamper) for card, data in cards_with_data]
    sealed = engine.sign_many(signer, [one.paper for one in ready])
    issued_at = timezone.now()
    files = {}
    for one, paper in zip(ready, sealed, strict=True):
        files[one.card.pk] = register.Files(
            keeping.keep(one.data), len(one.data), keeping.keep(paper), len(paper)
        )
    fields = ("state", "issued_at", "is_test")
    changes = {}
    for one in ready:
        card = one.card
        before = (str(card.state), card.issued_at, card.is_test)
        card.state, card.issued_at, card.is_test = State.SEALED, issued_at, one.is_test
        changes[card.pk] = (before, (str(State.SEALED), issued_at, one.is_test))
    work.change_many(Card, fields, changes)
    work.remove_many(Draft, [one.card.pk for one in ready])
    record_signatures(
        work, [_record(work, one, certificate, files[one.card.pk], at, stamper is not None) for one in ready]
    )
    for school_id in sorted({one.card.school_id for one in ready}):
        lines = [
            register.Line(one.card, EntryKind.ISSUED, files[one.card.pk])
            for one in ready
            if one.card.school_id == school_id
        ]
        register.enter(work, school_id, lines, issued_at)
    superseding.follow(work, [one.card for one in ready], issued_at)


def _ready(
    card: Card,
    data: bytes,
    signer: engine.Signer,
    at: datetime,
    site: str,
    stamper: engine.Stamper | None,
) -> _Ready:
    """The paper of a card, made ready for the school's key."""
    if card.issued_at is not None:
        raise DomainError(_("Học bạ %s đã cấp rồi.") % card.code)
    made = signed.signatures_in(data)
    demand_whole(card, data, made)
    is_test = any(one.is_test for one in made)
    proof = Proof(
        url=addresses.of(site, card.reference),
        code=card.code,
        site=addresses.bare(site),
        fingerprint=engine.content_sha256(data),
        is_test=is_test,
    )
    content = signed.with_signatures(datafile.card_of(card.content), made, proof)
    capacity = made[-1].capacity
    paper = engine.prepare_pdf(
        papers.render(CARD, content), signer.certificate, signer.chain,
        field=FIELD, capacity=capacity, at=at, stamper=stamper,
    )  # fmt: skip
    return _Ready(card, data, is_test, capacity, paper)


def demand_whole(card: Card, data: bytes, made: Sequence[signed.Made]) -> None:
    """A file says what its card says and carries the signatures of its policy in order; raises DomainError."""
    if hashlib.sha256(datafile.without_signatures(data)).hexdigest() != card.fingerprint:
        raise DomainError(_("Tệp dữ liệu của học bạ %s không phải tệp đã lập. Không cấp.") % card.code)
    steps = policy_of(card.steps).steps
    wanted = [step for step in steps if step != Step.SUBJECT]
    if [one.step for one in made if one.step != Step.SUBJECT] != wanted:
        raise DomainError(_("Học bạ %s chưa đủ chữ ký theo thứ tự. Không cấp.") % card.code)
    subjects = [line["code"] for line in card.content["subjects"] or card.content["primary_subjects"]]
    if Step.SUBJECT in steps and not set(subjects) <= {one.subject for one in made}:
        raise DomainError(_("Học bạ %s còn môn chưa có chữ ký của giáo viên. Không cấp.") % card.code)


def _record(
    work: Work, one: _Ready, certificate: Certificate, files: register.Files, at: datetime, is_stamped: bool
) -> Signed:
    """The school's signature on the paper, for the register of signatures."""
    return Signed(
        unit_id=one.card.school_id, document_kind=DOCUMENT, document_id=one.card.pk, form="pdf", position=1,
        field=FIELD, capacity=one.capacity[:100], signer_id=work.actor.person_id, certificate_id=certificate.pk,
        sha256=one.paper.content_sha256, result_sha256=files.paper_sha256, signed_at=at, is_time_stamped=is_stamped,
    )  # fmt: skip
