"""Writes of messages and announcements."""

from khue.citizen.threads.actions.announcements import (
    Words,
    announce,
    confirm_announcement,
    edit_announcement,
    read_announcement,
    remind,
    withdraw_announcement,
)
from khue.citizen.threads.actions.complaints import close_complaint, open_complaint, report
from khue.citizen.threads.actions.conversations import (
    see,
    send,
    withdraw,
    write_to_families,
    write_to_teacher,
)
from khue.citizen.threads.actions.hours import set_hours

__all__ = [
    "Words",
    "announce",
    "close_complaint",
    "confirm_announcement",
    "edit_announcement",
    "open_complaint",
    "read_announcement",
    "remind",
    "report",
    "see",
    "send",
    "set_hours",
    "withdraw",
    "withdraw_announcement",
    "write_to_families",
    "write_to_teacher",
]
