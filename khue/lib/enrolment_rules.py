"""Enrolment: the states of a pupil at a school, the events that change them, and the head count.

The head count is never stored: it follows from the events, so that start + joined - left = end holds for
every class, school and day (rules/03, section 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from khue.lib.dates import age_in_school_year
from khue.lib.wording import Wording, said

DROPPED_AFTER_ABSENT_DAYS: Final = 45
"""Consecutive unexcused school days after which a pupil counts as dropped out; a setting."""

OVER_AGE_YEARS_ALLOWED: Final = 3
"""Years above the expected age at which listed groups of pupils may still attend a grade."""


class EnrolmentStatus(StrEnum):
    """What a pupil is at a school."""

    STUDYING = "STUDYING"
    RESERVED = "RESERVED"
    TRANSFERRED_OUT = "TRANSFERRED_OUT"
    DROPPED = "DROPPED"
    EXPELLED_TEMP = "EXPELLED_TEMP"
    COMPLETED = "COMPLETED"
    DECEASED = "DECEASED"

    @property
    def label(self) -> str:
        """The words of the registers."""
        return _STATUS_LABELS[self]

    @property
    def counts_in_enrolment(self) -> bool:
        """Whether a pupil in this state is counted as a pupil of the school."""
        return self in _COUNTED

    @property
    def is_final(self) -> bool:
        """Whether no event can follow at the same school and enrolment."""
        return not any((self, kind) in TRANSITIONS for kind in EnrolmentEventKind)


_STATUS_LABELS: Final[dict[EnrolmentStatus, str]] = {
    EnrolmentStatus.STUDYING: "Đang học",
    EnrolmentStatus.RESERVED: "Bảo lưu",
    EnrolmentStatus.TRANSFERRED_OUT: "Chuyển đi",
    EnrolmentStatus.DROPPED: "Bỏ học",
    EnrolmentStatus.EXPELLED_TEMP: "Tạm dừng học",
    EnrolmentStatus.COMPLETED: "Hoàn thành cấp học",
    EnrolmentStatus.DECEASED: "Đã mất",
}
_COUNTED: Final = frozenset({EnrolmentStatus.STUDYING, EnrolmentStatus.EXPELLED_TEMP})


class EnrolmentEventKind(StrEnum):
    """What can happen to an enrolment."""

    ADMITTED = "ADMITTED"
    TRANSFERRED_IN = "TRANSFERRED_IN"
    RESERVED = "RESERVED"
    SUSPENDED = "SUSPENDED"
    REINSTATED = "REINSTATED"
    RETURNED = "RETURNED"
    TRANSFERRED_OUT = "TRANSFERRED_OUT"
    DROPPED = "DROPPED"
    COMPLETED = "COMPLETED"
    DECEASED = "DECEASED"

    @property
    def label(self) -> str:
        """The words of the registers."""
        return _EVENT_LABELS[self]


_EVENT_LABELS: Final[dict[EnrolmentEventKind, str]] = {
    EnrolmentEventKind.ADMITTED: "Tiếp nhận mới",
    EnrolmentEventKind.TRANSFERRED_IN: "Chuyển đến",
    EnrolmentEventKind.RESERVED: "Bảo lưu kết quả",
    EnrolmentEventKind.SUSPENDED: "Tạm dừng học (kỷ luật)",
    EnrolmentEventKind.REINSTATED: "Hết hạn tạm dừng học",
    EnrolmentEventKind.RETURNED: "Trở lại học",
    EnrolmentEventKind.TRANSFERRED_OUT: "Chuyển đi",
    EnrolmentEventKind.DROPPED: "Bỏ học",
    EnrolmentEventKind.COMPLETED: "Hoàn thành cấp học",
    EnrolmentEventKind.DECEASED: "Qua đời",
}

_S, _E = EnrolmentStatus, EnrolmentEventKind

TRANSITIONS: Final[dict[tuple[EnrolmentStatus | None, EnrolmentEventKind], EnrolmentStatus]] = {
    (None, _E.ADMITTED): _S.STUDYING,
    (None, _E.TRANSFERRED_IN): _S.STUDYING,
    (_S.STUDYING, _E.RESERVED): _S.RESERVED,
    (_S.STUDYING, _E.SUSPENDED): _S.EXPELLED_TEMP,
    (_S.STUDYING, _E.TRANSFERRED_OUT): _S.TRANSFERRED_OUT,
    (_S.STUDYING, _E.DROPPED): _S.DROPPED,
    (_S.STUDYING, _E.COMPLETED): _S.COMPLETED,
    (_S.STUDYING, _E.DECEASED): _S.DECEASED,
    (_S.EXPELLED_TEMP, _E.REINSTATED): _S.STUDYING,
    (_S.EXPELLED_TEMP, _E.TRANSFERRED_OUT): _S.TRANSFERRED_OUT,
    (_S.EXPELLED_TEMP, _E.DROPPED): _S.DROPPED,
    (_S.EXPELLED_TEMP, _E.DECEASED): _S.DECEASED,
    (_S.RESERVED, _E.RETURNED): _S.STUDYING,
    (_S.RESERVED, _E.TRANSFERRED_OUT): _S.TRANSFERRED_OUT,
    (_S.RESERVED, _E.DROPPED): _S.DROPPED,
    (_S.RESERVED, _E.DECEASED): _S.DECEASED,
    (_S.DROPPED, _E.RETURNED): _S.STUDYING,
    (_S.DROPPED, _E.TRANSFERRED_OUT): _S.TRANSFERRED_OUT,
    (_S.DROPPED, _E.DECEASED): _S.DECEASED,
    (_S.TRANSFERRED_OUT, _E.TRANSFERRED_IN): _S.STUDYING,
    (_S.COMPLETED, _E.ADMITTED): _S.STUDYING,
    (_S.COMPLETED, _E.TRANSFERRED_IN): _S.STUDYING,
}
"""What an event turns a state into; None is a pupil not yet at the school. What is absent is refused."""


class TransitionProblem(ValueError):
    """An event that cannot happen in a pupil's state, with a Vietnamese message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def allowed_events(status: EnrolmentStatus | None) -> tuple[EnrolmentEventKind, ...]:
    """Give the events that may follow a state, in the order of the registers."""
    return tuple(kind for kind in EnrolmentEventKind if (status, kind) in TRANSITIONS)


def status_after(status: EnrolmentStatus | None, kind: EnrolmentEventKind) -> EnrolmentStatus:
    """Give the state an event leads to; raises TransitionProblem when it cannot happen."""
    following = TRANSITIONS.get((status, kind))
    if following is None:
        event = Wording.of(kind.label)
        if status is None:
            raise TransitionProblem(said("Em chưa học ở trường này, chưa ghi được “%(event)s”.", event=event))
        state = Wording.of(status.label)
        sentence = said(
            "Em đang ở trạng thái “%(state)s”, chưa ghi được “%(event)s”.", state=state, event=event
        )
        raise TransitionProblem(sentence)
    return following


@dataclass(frozen=True, slots=True)
class EnrolmentEvent:
    """Something that happened to a pupil at a unit on a day; `order` breaks ties within the day."""

    pupil: object
    unit: object
    day: date
    kind: EnrolmentEventKind
    order: int = 0


@dataclass(frozen=True, slots=True)
class HeadCount:
    """Pupils of a unit over a stretch of days: at the start, what changed it, at the end."""

    start: int
    changes: Mapping[EnrolmentEventKind, int]
    end: int

    @property
    def joined(self) -> int:
        """Pupils who came or came back."""
        return sum(change for change in self.changes.values() if change > 0)

    @property
    def left(self) -> int:
        """Pupils who went, for whatever reason."""
        return -sum(change for change in self.changes.values() if change < 0)


def _in_order(events: Iterable[EnrolmentEvent]) -> list[EnrolmentEvent]:
    return sorted(events, key=lambda event: (event.day, event.order))


def statuses_on(events: Iterable[EnrolmentEvent], day: date) -> dict[tuple[object, object], EnrolmentStatus]:
    """Give the state of every pupil at every unit at the end of a day; raises TransitionProblem."""
    found: dict[tuple[object, object], EnrolmentStatus] = {}
    for event in _in_order(events):
        if event.day <= day:
            key = (event.pupil, event.unit)
            found[key] = status_after(found.get(key), event.kind)
    return found


def head_count(events: Iterable[EnrolmentEvent], first_day: date, last_day: date) -> HeadCount:
    """Count pupils before `first_day`, the changes up to `last_day` by kind, and pupils at its end.

    An event that changes nothing (a suspended pupil still counts) stands with 0.
    """
    statuses: dict[tuple[object, object], EnrolmentStatus] = {}
    changes: Counter[EnrolmentEventKind] = Counter()
    start = count = 0
    for event in _in_order(events):
        if event.day > last_day:
            break
        key = (event.pupil, event.unit)
        before = statuses.get(key)
        after = status_after(before, event.kind)
        statuses[key] = after
        change = after.counts_in_enrolment - (before is not None and before.counts_in_enrolment)
        count += change
        if event.day < first_day:
            start = count
        else:
            changes[event.kind] += change
    return HeadCount(start, dict(changes), count)


def expected_age(grade: int) -> int:
    """Give the age, in calendar years, of a pupil of a grade 1 to 12 in the year it begins: 6, 11, 15."""
    if not 1 <= grade <= 12:
        raise ValueError(f"no grade {grade}")
    return grade + 5


class AgeOutlier(StrEnum):
    """How a pupil's age departs from that expected of the grade."""

    TOO_YOUNG = "TOO_YOUNG"
    ONE_YEAR_EARLY = "ONE_YEAR_EARLY"
    OVER_AGE = "OVER_AGE"
    FAR_OVER_AGE = "FAR_OVER_AGE"

    @property
    def needs_decision(self) -> bool:
        """Whether the pupil may attend the grade only by a special decision or procedure."""
        return self is not AgeOutlier.OVER_AGE


def age_outlier(
    birth: date, grade: int, school_year: str | int, *, years_over_allowed: int = OVER_AGE_YEARS_ALLOWED
) -> AgeOutlier | None:
    """Tell whether a pupil's age departs from the grade's; None when it is the expected one."""
    difference = age_in_school_year(birth, school_year) - expected_age(grade)
    if difference == 0:
        return None
    if difference > 0:
        return AgeOutlier.OVER_AGE if difference <= years_over_allowed else AgeOutlier.FAR_OVER_AGE
    return AgeOutlier.ONE_YEAR_EARLY if difference == -1 else AgeOutlier.TOO_YOUNG


def age_remark(birth: date, grade: int, school_year: str | int) -> str | None:
    """Say in Vietnamese how a pupil's age departs from the grade's, or None."""
    outlier = age_outlier(birth, grade, school_year)
    if outlier is None:
        return None
    age, expected = age_in_school_year(birth, school_year), expected_age(grade)
    gap = f"hơn {age - expected}" if age > expected else f"kém {expected - age}"
    return f"Em {age} tuổi, {gap} tuổi so với tuổi vào lớp {grade} ({expected} tuổi)."
