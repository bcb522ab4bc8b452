"""Every write of the gate: badges, readers, and what readers send."""

from khue.school.gate.actions.badges import (
    end_badge,
    issue_badges,
    issue_school_badges,
    replace_badge,
    set_chip,
)
from khue.school.gate.actions.readers import KEY, add_reader, cut_off_reader, hash_of, renew_key
from khue.school.gate.actions.taps import Answer, forget_taps, take_in
from khue.school.gate.batches import Shown

__all__ = [
    "KEY", "Answer", "Shown", "add_reader", "cut_off_reader", "end_badge", "forget_taps", "hash_of", "issue_badges",
    "issue_school_badges", "renew_key", "replace_badge", "set_chip", "take_in",
]  # fmt: skip
