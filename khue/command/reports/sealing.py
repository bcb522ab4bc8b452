"""The paper of a report signed by its official's own key (PAdES): made once, kept with the report, judged when taken.

Who has no certificate signs off on Khuê alone, as before: name, time and digest stand on the paper, no key is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.reports.models import Report
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Work
from khue.kernel.actions.doing import require_proof
from khue.kernel.files.storing import content_of, store
from khue.kernel.signing.models import Certificate
from khue.kernel.signing.queries import all_signatures

if TYPE_CHECKING:
    from khue.kernel.signing import engine

KIND: Final = "reports.report"
FIELD: Final = "KY"


@dataclass(frozen=True, slots=True)
class Hand:
    """An open key and the certificate that it goes with."""

    signer: engine.Signer
    certificate: Certificate


@contextmanager
def hand_of(actor: Actor, certificate: Certificate | None, secret: str) -> Iterator[Hand | None]:
    """The actor's key, open as long as it signs; None when they sign without one.

    Raises DomainError in words for a wrong passphrase or PIN and for a certificate that may not sign; ProofNeeded.
    """
    if certificate is None:
        yield None
        return
    from khue.kernel.signing import installation, limits
    from khue.kernel.signing.actions import in_words

    require_proof(actor)
    assert actor.person_id is not None
    limits.demand_room(actor.person_id, 1)
    with (
        in_words(),
        limits.guessing(actor.person_id),
        installation.opened(certificate, secret) as signer,
    ):
        yield Hand(signer, certificate)


def keep_paper(work: Work, report: Report, hand: Hand) -> None:
    """Draw the paper of a report just signed off, sign it and keep it with the report, in the same transaction."""
    from khue.command.reports.printing import files
    from khue.kernel.signing import engine, installation
    from khue.kernel.signing.records import Signed, record_signatures

    if hand.certificate.person_id != work.actor.person_id:
        raise DomainError(_("Chứng thư số này không phải của thầy cô."))
    assert report.signed_at is not None
    capacity, stamper = work.actor.capacity_label[:100], installation.stamper()
    drawn = files.drawn(work.actor, report)
    signed = engine.sign_pdf(
        drawn, hand.signer, field=FIELD, capacity=capacity, at=report.signed_at, stamper=stamper
    )
    name = files.name_of(report.period, report.unit, "pdf")
    work.change(
        report, paper=store(work, (name, signed), purpose="reports.paper", unit=report.unit, kinds={"pdf"})
    )
    record_signatures(
        work,
        [
            Signed(
                unit_id=report.unit_id, document_kind=KIND, document_id=report.pk, form="pdf", position=1,
                field=FIELD, capacity=capacity, signer_id=work.actor.person_id, certificate_id=hand.certificate.pk,
                sha256=engine.content_sha256(drawn), result_sha256=engine.content_sha256(signed),
                signed_at=report.signed_at, is_time_stamped=stamper is not None,
            )
        ],
    )  # fmt: skip


def verified(report: Report) -> bytes:
    """The signed paper of a report, judged anew; raises DomainError when it is not what was signed."""
    from khue.kernel.signing import engine, installation

    known = all_signatures(KIND, [report.pk]).first()
    broken = DomainError(
        _("Tệp báo cáo đã ký số không còn đúng như khi ký nên không đưa ra. Báo Sở kiểm tra."), code="broken"
    )
    if report.paper is None or known is None:
        raise broken
    try:
        data = content_of(report.paper)
    except OSError as problem:
        raise broken from problem
    policy = installation.policy().for_file(
        sha256=known.result_sha256,
        registered_at=known.signed_at,
        expected=[
            engine.Expected(FIELD, personal_id=known.certificate.subject_number, capacity=known.capacity)
        ],
    )
    if engine.validate_pdf(data, policy, timezone.now()).outcome == "invalid":
        raise broken
    return data
