"""Every read of the roster; `actor` first, `all_*` for jobs and actions."""

from khue.registry.roster.queries.classes import class_record, class_rows, classrooms, free_places
from khue.registry.roster.queries.counts import full_classes
from khue.registry.roster.queries.places import Place, place
from khue.registry.roster.queries.profile import candidates, history, my_children, my_record, record
from khue.registry.roster.queries.pupils import chosen_rows, enrolments, held, pupil_rows, within
from khue.registry.roster.queries.search import find_classes, find_pupils
from khue.registry.roster.queries.transfers import transfer_rows

__all__ = [
    "Place",
    "candidates",
    "chosen_rows",
    "class_record",
    "class_rows",
    "classrooms",
    "enrolments",
    "find_classes",
    "find_pupils",
    "free_places",
    "full_classes",
    "held",
    "history",
    "my_children",
    "my_record",
    "place",
    "pupil_rows",
    "record",
    "transfer_rows",
    "within",
]
