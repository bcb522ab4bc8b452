"""What people do with their own notices."""

from __future__ import annotations

from django.utils import timezone

from khue.kernel.actions import Work, action
from khue.kernel.notify.models import Message


@action("notify.mark_read", own=True)
def mark_read(work: Work, messages: list[Message]) -> int:
    """Mark one's own notices as read; gives how many were not."""
    now = timezone.now()
    fresh = [message.pk for message in messages if message.read_at is None]
    work.change_many(Message, ["read_at"], {pk: ([None], [now]) for pk in fresh})
    return len(fresh)
