"""When a column is due and when it locks: the school's own day, else the department's, else one from the term.

Pure; no models. Days are days of the province; a column is open until the end of the day before `locks_on`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.school.gradebook.layout import TRAITS, Column

# How much of the term has passed when a column is due, where nobody set a day.
_SHARE: Final = {"tx1": 0.3, "tx2": 0.55, "tx3": 0.75, "tx4": 0.92, "tx5": 0.92, "cd": 0.95, "gk": 0.55}
_MIDDLE_SHARE: Final = 0.55
LOCKS_AFTER: Final = timedelta(days=14)  # from the end of the term, where nobody set a day
COMMENT: Final = "nx"
OBSERVED: Final = "qs"

# Columns for which a unit sets no day of their own have that of another: qualities that of the middle or the end of the
# term, tests that of the level beside them, absences that of conduct, the areas of a young child one for all.
LIKE: Final = {
    **{f"{when}{code}": f"{when}k" for when in ("g", "c") for code, *_words in TRAITS},
    "gkb": "gk", "ckb": "ck", "vp": "rl", "vk": "rl", "tx5": "tx4",
    **dict.fromkeys(("tc", "nt", "nn", "tx", "tm", "cn", "cao"), OBSERVED),
}  # fmt: skip

# What a unit sets days for, in the order of the page, with its words.
SETTABLE: Final[dict[str, str | Promise]] = {
    "tx1": _("Thường xuyên 1"), "tx2": _("Thường xuyên 2"), "tx3": _("Thường xuyên 3"), "tx4": _("Thường xuyên 4"),
    "cd": _("Cụm chuyên đề học tập"), "gk": _("Giữa kì"), "gkb": _("Giữa kì, điểm bài kiểm tra"),
    "ck": _("Cuối kì"), "ckb": _("Cuối kì, điểm bài kiểm tra"), "rl": _("Rèn luyện, số buổi vắng"),
    OBSERVED: _("Quan sát trẻ"), COMMENT: _("Nhận xét"),
}  # fmt: skip
_GRADED: Final = frozenset({"tx1", "tx2", "tx3", "tx4", "cd", "gk", "ck", "rl", COMMENT})
_OF_LEVEL: Final = {
    "MN": frozenset({OBSERVED}), "TH": frozenset({"gk", "gkb", "ck", "ckb", COMMENT}),
    "THCS": _GRADED, "THPT": _GRADED, "GDTX": _GRADED,
}  # fmt: skip


def settable(levels: Sequence[str]) -> tuple[str, ...]:
    """The columns for which days can be set at a unit with these levels (none: the whole province)."""
    wanted = frozenset().union(*(_OF_LEVEL.get(level, frozenset()) for level in levels or _OF_LEVEL))
    return tuple(code for code in SETTABLE if code in wanted)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one column; `is_set` when somebody set them, `is_own` when it was the school."""

    due_on: date
    locks_on: date
    is_set: bool = False
    is_own: bool = False


def share_of(code: str) -> float:
    """How much of the term has passed when a column is due for which nobody set a day."""
    return _SHARE.get(code, _MIDDLE_SHARE if code.startswith("g") else 1.0)


def usual(code: str, starts_on: date, ends_on: date) -> Days:
    """The days of a column for which nobody set any."""
    due = starts_on + timedelta(days=round((ends_on - starts_on).days * share_of(code)))
    return Days(due, ends_on + LOCKS_AFTER)


def days_of(
    codes: Iterable[str],
    *,
    starts_on: date,
    ends_on: date,
    of_department: Mapping[str, tuple[date, date]],
    of_school: Mapping[str, tuple[date, date]],
) -> dict[str, Days]:
    """The days of every column: the school's own before the department's before the usual ones."""
    found = {}
    for code in codes:
        like = LIKE.get(code, code)
        own = of_school.get(code) or of_school.get(like)
        common = of_department.get(code) or of_department.get(like)
        if own:
            found[code] = Days(*own, is_set=True, is_own=True)
        elif common:
            found[code] = Days(*common, is_set=True)
        else:
            found[code] = usual(code, starts_on, ends_on)
    return found


@dataclass(frozen=True, slots=True)
class Opening:
    """A granted unlock: which slots, of one pupil or of all, until when."""

    slots: frozenset[int]
    enrolment_id: int | None
    until: datetime
    reason: str = ""
    unlock_id: int = 0

    def reaches(self, enrolment_id: int | None, now: datetime) -> bool:
        """Whether it opens cells of a pupil now; of None: of the whole class."""
        return self.until > now and self.enrolment_id in (None, enrolment_id)


@dataclass(frozen=True)
class Locks:
    """Which cells of a sheet may be written now; one judge for the grid, the paste, the import and the API."""

    days: Mapping[str, Days]
    openings: tuple[Opening, ...]
    today: date
    now: datetime
    is_closed: bool = False  # the results are approved, or the year is closed: only an unlock opens

    def is_locked(self, column: Column) -> bool:
        """Whether the column is locked for everybody without an unlock."""
        return self.is_closed or self.today >= self.days[column.code].locks_on

    def may_remark(self, enrolment_id: int | None = None) -> bool:
        """Whether a pupil's comment, or every comment, may be written now: until its day, or while an unlock is open.

        An unlock for one pupil opens the comment of that pupil alone.
        """
        is_locked = self.is_closed or (COMMENT in self.days and self.today >= self.days[COMMENT].locks_on)
        return not is_locked or any(one.reaches(enrolment_id, self.now) for one in self.openings)

    def opening(self, slot: int, enrolment_id: int) -> Opening | None:
        """The unlock that opens a cell now."""
        return next(
            (one for one in self.openings if slot in one.slots and one.reaches(enrolment_id, self.now)), None
        )

    def may_write(self, column: Column, enrolment_id: int) -> bool:
        """Whether a cell may be written now."""
        return not self.is_locked(column) or self.opening(column.slot, enrolment_id) is not None

    def is_due(self, column: Column) -> bool:
        """Whether the column's day has passed: what is still empty is late."""
        return self.today > self.days[column.code].due_on
