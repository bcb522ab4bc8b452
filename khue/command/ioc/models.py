"""Tables of the operations centre."""

from khue.command.ioc.models_cohort import CohortCount, CohortYear
from khue.command.ioc.models_desk import Desk, DeskShare, Every, Posting, Schedule, Wall

__all__ = ["CohortCount", "CohortYear", "Desk", "DeskShare", "Every", "Posting", "Schedule", "Wall"]
