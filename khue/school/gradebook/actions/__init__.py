"""Every write of the gradebook."""

from khue.school.gradebook.actions.deadlines import lock_now, set_deadlines
from khue.school.gradebook.actions.marks import (
    Cell,
    Clash,
    Outcome,
    Refusal,
    Remark,
    enter_class_marks,
    enter_marks,
)
from khue.school.gradebook.actions.phrases import add_phrase, remove_phrase
from khue.school.gradebook.actions.publishing import publish, publish_class

__all__ = [
    "Cell", "Clash", "Outcome", "Refusal", "Remark", "add_phrase", "enter_class_marks", "enter_marks", "lock_now",
    "publish", "publish_class", "remove_phrase", "set_deadlines",
]  # fmt: skip
