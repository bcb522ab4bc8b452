"""Every write of the gradebook."""

from khue.school.gradebook.actions.deadlines import lock_now, set_deadlines
from khue.school.gradebook.actions.findings import (
    accept_finding,
    ask_explanation,
    explain_class_finding,
    explain_finding,
    write_findings,
)
from khue.school.gradebook.actions.marks import (
    Cell,
    Clash,
    Outcome,
    Refusal,
    Remark,
    enter_class_marks,
    enter_marks,
)
from khue.school.gradebook.actions.phrases import (
    add_phrase,
    add_shared_phrase,
    remove_phrase,
    remove_shared_phrase,
)
from khue.school.gradebook.actions.publishing import publish, publish_class
from khue.school.gradebook.actions.reminders import remind, remind_heads
from khue.school.gradebook.actions.unlocks import (
    ask_class_unlock,
    ask_unlock,
    close_unlock,
    decide_unlock,
    withdraw_unlock,
)

__all__ = [
    "Cell", "Clash", "Outcome", "Refusal", "Remark", "accept_finding", "add_phrase", "add_shared_phrase",
    "ask_class_unlock", "ask_explanation", "ask_unlock", "close_unlock", "decide_unlock", "enter_class_marks",
    "enter_marks", "explain_class_finding", "explain_finding", "lock_now", "publish", "publish_class", "remind",
    "remind_heads", "remove_phrase", "remove_shared_phrase", "set_deadlines", "withdraw_unlock",
    "write_findings",
]  # fmt: skip
