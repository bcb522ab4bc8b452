"""What happens to pupils and classes, told to whoever lists a reaction; ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from khue.kernel.actions import Event


@dataclass(frozen=True)
class PupilAdmitted(Event):
    """A pupil was taken into a school: new to the province, back, or by transfer."""

    person_id: int
    enrolment_id: int
    school_id: int
    on: date


@dataclass(frozen=True)
class PupilPlaced(Event):
    """Pupils were put into a class, or moved from one to another."""

    enrolment_ids: tuple[int, ...]
    classroom_id: int
    on: date


@dataclass(frozen=True)
class PupilLeft(Event):
    """A pupil left a school; `kind` is the event kind: transferred_out, dropped, completed, deceased."""

    person_id: int
    enrolment_id: int
    school_id: int
    kind: str
    on: date


@dataclass(frozen=True)
class PupilReturned(Event):
    """A pupil who had stopped is at school again."""

    person_id: int
    enrolment_id: int
    school_id: int
    on: date


@dataclass(frozen=True)
class TransferMoved(Event):
    """A request to transfer a pupil took a step; `state` is the one it is in now."""

    transfer_id: int
    enrolment_id: int
    state: str


@dataclass(frozen=True)
class ClassOpened(Event):
    """A class was made."""

    classroom_id: int
    school_id: int
    year_id: int


@dataclass(frozen=True)
class ClassClosed(Event):
    """A class was closed."""

    classroom_id: int
    school_id: int
    year_id: int


@dataclass(frozen=True)
class HomeroomChanged(Event):
    """Another homeroom teacher took a class over (None: nobody)."""

    classroom_id: int
    teacher_id: int | None
    on: date


@dataclass(frozen=True)
class PeopleMerged(Event):
    """Two records of one human being became one; other modules move what is theirs."""

    kept_id: int
    dropped_id: int


@dataclass(frozen=True)
class MergeUndone(Event):
    """Two records were parted again."""

    kept_id: int
    dropped_id: int


@dataclass(frozen=True)
class RolledOver(Event):
    """A school's pupils went into the next school year."""

    rollover_id: int
    school_id: int
    from_year_id: int
    to_year_id: int
