"""Reads of the family's app: what a family sees of itself, and what the school sees of links and wishes to correct."""

from khue.citizen.family.queries.corrections import (
    FIELDS,
    own_corrections,
    own_enrolment,
    own_people,
    waiting,
    waiting_row,
)
from khue.citizen.family.queries.links import (
    all_relation_label,
    class_rows,
    classes,
    links,
    made_link,
    own_person,
    pupils_of,
)
from khue.citizen.family.queries.own import (
    Child,
    Missed,
    all_days_with_roll,
    all_missed,
    all_today,
    children,
    own_tasks,
)

__all__ = [
    "FIELDS",
    "Child",
    "Missed",
    "all_days_with_roll",
    "all_missed",
    "all_relation_label",
    "all_today",
    "children",
    "class_rows",
    "classes",
    "links",
    "made_link",
    "own_corrections",
    "own_enrolment",
    "own_people",
    "own_person",
    "own_tasks",
    "pupils_of",
    "waiting",
    "waiting_row",
]
