"""Every write of the roster; a target first, `actor` before it when called."""

from khue.registry.roster.actions.classes import (
    assign_homeroom,
    change_class,
    close_class,
    end_homeroom,
    open_class,
    place_pupils,
    reopen_class,
    undo_placing,
)
from khue.registry.roster.actions.duplicates import ask_merge, find_duplicates, keep_apart, merge, undo_merge
from khue.registry.roster.actions.exports import (
    ask_export,
    decide_export,
    export_chosen,
    export_class,
    export_unit,
    use_export,
)
from khue.registry.roster.actions.guardians import (
    add_guardian,
    change_guardian,
    end_guardianship,
    restrict_guardian,
    set_main_contact,
)
from khue.registry.roster.actions.movements import correct_movement, record_movement
from khue.registry.roster.actions.pupils import GuardianGiven, admit, change_pupil, read_number
from khue.registry.roster.actions.rollover import (
    confirm_rollover,
    draft_rollover,
    drop_draft,
    run_rollover,
    set_outcomes,
    undo_rollover,
)
from khue.registry.roster.actions.transfers import (
    accept_transfer,
    cancel_transfer,
    place_transfer,
    refuse_transfer,
    release_transfer,
    submit_transfer,
)

__all__ = [
    "GuardianGiven",
    "accept_transfer",
    "add_guardian",
    "admit",
    "ask_export",
    "ask_merge",
    "assign_homeroom",
    "cancel_transfer",
    "change_class",
    "change_guardian",
    "change_pupil",
    "close_class",
    "confirm_rollover",
    "correct_movement",
    "decide_export",
    "draft_rollover",
    "drop_draft",
    "end_guardianship",
    "end_homeroom",
    "export_chosen",
    "export_class",
    "export_unit",
    "find_duplicates",
    "keep_apart",
    "merge",
    "open_class",
    "place_pupils",
    "place_transfer",
    "read_number",
    "record_movement",
    "refuse_transfer",
    "release_transfer",
    "reopen_class",
    "restrict_guardian",
    "run_rollover",
    "set_main_contact",
    "set_outcomes",
    "submit_transfer",
    "undo_merge",
    "undo_placing",
    "undo_rollover",
    "use_export",
]
