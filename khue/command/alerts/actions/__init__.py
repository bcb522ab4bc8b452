"""Every write of alerts."""

from khue.command.alerts.actions.evaluating import Moves, all_lock, evaluate
from khue.command.alerts.actions.handling import acknowledge, assign, close, remind, remind_heads, reopen
from khue.command.alerts.actions.ruling import add_rule, set_rule, switch_rule

__all__ = [
    "Moves", "acknowledge", "add_rule", "all_lock", "assign", "close", "evaluate", "remind", "remind_heads", "reopen",
    "set_rule", "switch_rule",
]  # fmt: skip
