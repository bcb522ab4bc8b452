"""Every write of the gradebook."""

from khue.school.gradebook.actions.marks import (
    Cell,
    Clash,
    Outcome,
    Refusal,
    Remark,
    enter_class_marks,
    enter_marks,
)

__all__ = ["Cell", "Clash", "Outcome", "Refusal", "Remark", "enter_class_marks", "enter_marks"]
