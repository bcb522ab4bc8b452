"""What happens at roll call, told to whoever lists a reaction; ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from khue.kernel.actions import Event


@dataclass(frozen=True)
class RollTaken(Event):
    """The roll of a class was taken or corrected."""

    sheet_id: int
    classroom_id: int
    day: date


@dataclass(frozen=True)
class AbsenceFound(Event):
    """Pupils (enrolments) are missing without leave at a roll of today."""

    sheet_id: int
    enrolment_ids: tuple[int, ...]


@dataclass(frozen=True)
class AbsenceMended(Event):
    """Pupils (enrolments) who were missing without leave at a roll were there after all."""

    sheet_id: int
    enrolment_ids: tuple[int, ...]


@dataclass(frozen=True)
class LeaveAsked(Event):
    """A guardian asks for leave."""

    leave_id: int


@dataclass(frozen=True)
class LeaveAnswered(Event):
    """A request for leave was granted or refused."""

    leave_id: int
