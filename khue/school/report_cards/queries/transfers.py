"""Reads of transfer sheets: the sending school until the pupil is placed, the receiving one once it is issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from khue.kernel.access.actor import Actor
from khue.registry.roster.models import Enrolment, Transfer, TransferState
from khue.registry.roster.queries.places import reaches
from khue.registry.roster.queries.transfers import transfers
from khue.school.report_cards.models import SheetState, TransferSheet
from khue.school.report_cards.queries import custody

WAITING: Final = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)
ENDED: Final = (TransferState.REFUSED, TransferState.CANCELLED)


@dataclass(slots=True)
class Moving:
    """A transfer with its sheet as the actor may see them."""

    transfer: Transfer
    sheet: TransferSheet | None
    is_sender: bool


def moving(actor: Actor, transfer_id: int) -> Moving | None:
    """A transfer of which the actor may read the sheet.

    The sender while the pupil is its own; who receives as soon as the sheet is issued, and for good, unless the
    transfer comes to nothing.
    """
    if not actor.holds(custody.VIEW):
        return None
    found = (
        transfers(actor, custody.VIEW)
        .select_related("enrolment__person", "enrolment__classroom", "from_school", "to_school")
        .filter(pk=transfer_id)
        .first()
    )
    if found is None:
        return None
    sheet = TransferSheet.objects.filter(transfer=found).first()
    is_sender = found.state in (*WAITING, *ENDED)
    if found.to_school_id is None:
        is_sender = True  # outside the province: the record stays here
    if is_sender and reaches(actor, custody.VIEW, found.from_school):
        return Moving(found, sheet, True)
    is_receiver = found.to_school is not None and reaches(actor, custody.VIEW, found.to_school)
    if found.state in ENDED:
        return None  # the pupil stays where they are
    if is_receiver and sheet is not None and sheet.state == SheetState.ISSUED:
        return Moving(found, sheet, False)
    return None


def waiting_transfer(enrolment: Enrolment) -> Transfer | None:
    """The transfer of a pupil that waits; the caller has the pupil by right."""
    return Transfer.objects.filter(enrolment_id=enrolment.pk, state__in=WAITING).first()
