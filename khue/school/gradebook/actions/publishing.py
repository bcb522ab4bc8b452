"""Letting families read columns of a sheet, and taking that back with a reason."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action
from khue.school.gradebook import queries
from khue.school.gradebook.events import MarksPublished
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.publishing import COMMENT_SLOT, mask_of, published_slots


@action("gradebook.publish", permission="gradebook.enter")
def publish(
    work: Work, sheet: Sheet, *, slots: Iterable[int], version: int, reason: str = ""
) -> tuple[int, ...]:
    """Let families read exactly these slots of a course's sheet; gives the slots that are new to them.

    Raises DomainError when something is taken back without a reason, Conflict when somebody published meanwhile.
    """
    return _publish(work, sheet, slots, version, reason, is_homeroom=False)


@action("gradebook.publish_class", permission="gradebook.enter_class")
def publish_class(
    work: Work, sheet: Sheet, *, slots: Iterable[int], version: int, reason: str = ""
) -> tuple[int, ...]:
    """The same for the homeroom teacher's sheet."""
    return _publish(work, sheet, slots, version, reason, is_homeroom=True)


def _publish(
    work: Work, sheet: Sheet, slots: Iterable[int], version: int, reason: str, *, is_homeroom: bool
) -> tuple[int, ...]:
    found = queries.all_frame(sheet.pk)
    if found.is_homeroom != is_homeroom:
        raise NotVisible
    known = {column.slot for column in found.columns} | {COMMENT_SLOT}
    wanted = set(slots) & known
    before = set(published_slots(sheet.published))
    if sheet.published != version:
        raise Conflict(_("Có người vừa công bố hoặc thôi công bố ở sổ này. Xem lại rồi chọn."))
    added, taken = tuple(sorted(wanted - before)), tuple(sorted(before - wanted))
    if not added and not taken:
        raise DomainError(_("Chưa đổi cột nào."), fields={"slots": _("Chọn cột muốn công bố.")})
    reason = " ".join(reason.split())
    if taken and not reason:
        raise DomainError(
            _("Thôi công bố cần ghi lý do, vì gia đình đã được xem."),
            fields={"reason": _("Ghi lý do thôi công bố.")},
        )
    if reason:
        work.reason = reason
    work.note(published=list(added), taken_back=list(taken))
    work.change(
        sheet, published=mask_of(wanted), published_at=timezone.now() if added else sheet.published_at
    )
    if added:
        work.announce(MarksPublished(sheet.pk, added))
    return added
