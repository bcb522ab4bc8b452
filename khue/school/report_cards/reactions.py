"""What report cards do when others announce: a pupil is about to move in mid-year."""

from __future__ import annotations

from khue.kernel.actions import Work
from khue.kernel.workflow.tasks import close_tasks
from khue.registry.roster.events import TransferMoved
from khue.registry.roster.models import Transfer, TransferState
from khue.school.report_cards.actions.transfers import ask_for_sheet, subject_of


def transfer_moved(work: Work, event: TransferMoved) -> None:
    """Once the new school takes the pupil the old one is asked for the sheet of partial results; not any more later."""
    if event.state == TransferState.ACCEPTED:
        transfer = Transfer.objects.select_related("enrolment__person", "to_school").get(pk=event.transfer_id)
        ask_for_sheet(work, transfer)
    elif event.state not in (TransferState.SUBMITTED, TransferState.RELEASED):
        close_tasks(work, subject_of(event.transfer_id))
