"""Every write of roll call."""

from khue.school.attendance.actions.arrivals import Arrived, note_arrivals
from khue.school.attendance.actions.checkins import check_in
from khue.school.attendance.actions.closing import close_week, reopen_month, reopen_week, sign_month
from khue.school.attendance.actions.corrections import answer_correction, ask_correction
from khue.school.attendance.actions.leaves import answer_leave, ask_leave, withdraw_leave
from khue.school.attendance.actions.notices import answer_notice, tell_absences
from khue.school.attendance.actions.plans import remove_plan, set_plan
from khue.school.attendance.actions.reminding import remind_roll
from khue.school.attendance.actions.rolls import (
    Entry,
    Taken,
    excuse,
    override,
    set_mark,
    take_late,
    take_roll,
)

__all__ = [
    "Arrived", "Entry", "Taken", "answer_correction", "answer_leave", "answer_notice", "ask_correction", "ask_leave",
    "check_in", "close_week", "excuse", "note_arrivals", "override", "remind_roll", "remove_plan", "reopen_month",
    "reopen_week", "set_mark", "set_plan", "sign_month", "take_late", "take_roll", "tell_absences", "withdraw_leave",
]  # fmt: skip
