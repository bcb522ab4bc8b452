"""Every write of the room."""

from khue.kernel.offline.actions.devices import add_replica, carry, cut_off, leave, register
from khue.kernel.offline.actions.receiving import Answer, receive
from khue.kernel.offline.actions.settling import accept_review, reject_review, settle_clash

__all__ = [
    "Answer",
    "accept_review",
    "add_replica",
    "carry",
    "cut_off",
    "leave",
    "receive",
    "register",
    "reject_review",
    "settle_clash",
]  # fmt: skip
