"""Every write of the statistical reports."""

from khue.command.reports.actions.files import make_file
from khue.command.reports.actions.filling import enter, explain, fill, prepare_many
from khue.command.reports.actions.flow import accept, check, correct, give_back, sign
from khue.command.reports.actions.periods import open_period, set_days
from khue.command.reports.actions.reminders import remind
from khue.command.reports.actions.sums import close, lock

__all__ = [
    "accept",
    "check",
    "close",
    "correct",
    "enter",
    "explain",
    "fill",
    "give_back",
    "lock",
    "make_file",
    "open_period",
    "prepare_many",
    "remind",
    "set_days",
    "sign",
]
