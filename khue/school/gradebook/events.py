"""What happens to marks and results, told to whoever lists a reaction; ids only."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.actions import Event


@dataclass(frozen=True)
class MarksEntered(Event):
    """Marks of a sheet were written."""

    sheet_id: int
    enrolment_ids: tuple[int, ...]


@dataclass(frozen=True)
class MarksPublished(Event):
    """Families may read columns of a sheet."""

    sheet_id: int
    slots: tuple[int, ...]


@dataclass(frozen=True)
class ResultsApproved(Event):
    """The results of a class in a term (1, 2) or the year (0) were approved by the head."""

    classroom_id: int
    term: int
