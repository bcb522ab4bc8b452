"""What may be chosen in forms and filters: posts, statuses, duties."""

from __future__ import annotations

from khue.registry.staff.models import DutyKind, Post, StaffStatus
from khue.registry.staff.rules import POWER

POWER_POSTS = tuple((value, label) for value, label in Post.choices if value in POWER)
POSTS = tuple((value, label) for value, label in Post.choices if value not in POWER)
EVERY_POST = tuple(Post.choices)
STATUSES = tuple(StaffStatus.choices)
LEAVINGS = tuple((value, label) for value, label in StaffStatus.choices if value != StaffStatus.WORKING)
DUTIES = tuple(DutyKind.choices)
STATUS_LOOKS = {"working": "ok", "leave": "wait", "moved": "", "retired": "", "quit": "", "deceased": ""}
