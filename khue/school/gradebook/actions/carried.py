"""What a head lets into the gradebook that was entered without a line and came too late (reliability E3)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.school.gradebook import cells, queries
from khue.school.gradebook.actions.marks import Cell, Outcome, Remark, write
from khue.school.gradebook.models import Sheet


@action("gradebook.accept_carried", permission="gradebook.unlock")
def accept_carried(
    work: Work, sheet: Sheet, *, cells_put: Sequence[Cell] = (), remarks: Sequence[Remark] = (), author: int,
    reason: str,
) -> Outcome:  # fmt: skip
    """Write what its author can write no more: by a head, with a reason, in cells that an unlock has opened.

    Raises DomainError where a cell is locked or the value cannot be, Conflict where it is not what the head saw.
    """
    found = queries.all_frame(sheet.pk)
    work.note(author=author)
    work.touch_people([author])
    outcome = write(work, sheet, found, cells_put, remarks, cells.CARRIED, reason)
    told(outcome)
    return outcome


def told(outcome: Outcome) -> None:
    """Raise what kept a cell from being written."""
    if outcome.refusals:
        raise DomainError(outcome.refusals[0].message)
    if outcome.clashes:
        raise Conflict(_("Ô này vừa có thay đổi. Xem lại hai giá trị rồi chọn."))
