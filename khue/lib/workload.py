"""How much a teacher teaches and how many teachers a school needs.

Periods a week by TT 05/2025/TT-BGDĐT (in force 22/04/2025), teachers per class by TT 20/2023/TT-BGDĐT
(rules/12, sections 2 and 3). Periods are whole numbers or halves, kept as decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from khue.lib.numbers_vi import format_number, round_half_up

TEACHING_WEEKS: Final = 35
MOST_DUTIES_REDUCED: Final = 2
OVERTIME_SHARE: Final = Decimal("0.5")
"""Periods beyond the yearly norm that may be taught, as a share of it (150 % in all)."""
OVERTIME_HOURS: Final = 200
"""Hours of overtime a year that a civil employee may work."""


class Post(StrEnum):
    """What a teacher is placed as; decides the periods a week."""

    PRIMARY = "TH"
    LOWER_SECONDARY = "THCS"
    UPPER_SECONDARY = "THPT"
    SEMI_BOARDING_PRIMARY = "PTDTBT_TH"
    SEMI_BOARDING_LOWER_SECONDARY = "PTDTBT_THCS"
    BOARDING_LOWER_SECONDARY = "PTDTNT_THCS"
    BOARDING_UPPER_SECONDARY = "PTDTNT_THPT"
    SPECIAL_PRIMARY = "KT_TH"
    SPECIAL_LOWER_SECONDARY = "KT_THCS"
    SPECIAL_UPPER_SECONDARY = "KT_THPT"
    PRE_UNIVERSITY = "DBDH"
    PRINCIPAL = "HT"
    VICE_PRINCIPAL = "PHT"
    YOUTH_LEADER_BIG_PRIMARY = "TPT_LON"
    YOUTH_LEADER_PRIMARY = "TPT"


WEEKLY_NORM: Final[dict[Post, int]] = {
    Post.PRIMARY: 23,
    Post.LOWER_SECONDARY: 19,
    Post.UPPER_SECONDARY: 17,
    Post.SEMI_BOARDING_PRIMARY: 21,
    Post.SEMI_BOARDING_LOWER_SECONDARY: 17,
    Post.BOARDING_LOWER_SECONDARY: 17,
    Post.BOARDING_UPPER_SECONDARY: 15,
    Post.SPECIAL_PRIMARY: 21,
    Post.SPECIAL_LOWER_SECONDARY: 17,
    Post.SPECIAL_UPPER_SECONDARY: 15,
    Post.PRE_UNIVERSITY: 12,
    Post.PRINCIPAL: 2,
    Post.VICE_PRINCIPAL: 4,
    Post.YOUTH_LEADER_BIG_PRIMARY: 2,
    Post.YOUTH_LEADER_PRIMARY: 8,
}
"""Periods a week, as the yearly average."""


class Duty(StrEnum):
    """What a teacher does besides teaching that takes periods off the norm."""

    HOMEROOM = "GVCN"
    GROUP_HEAD = "TO_TRUONG"
    GROUP_DEPUTY = "TO_PHO"
    BOARDERS_HEAD = "QLHS_TRUONG"
    BOARDERS_DEPUTY = "QLHS_PHO"
    SUBJECT_ROOM = "PHONG_BO_MON"
    PARTY_SECRETARY_BIG_SCHOOL = "BI_THU_LON"
    PARTY_SECRETARY = "BI_THU"
    YOUNG_CHILD = "CON_NHO"
    YOUNG_CHILD_PRIMARY = "CON_NHO_TH"

    @property
    def label(self) -> str:
        """What schools call the duty."""
        return _DUTY_LABELS[self]


_DUTY_LABELS: Final[dict[Duty, str]] = {
    Duty.HOMEROOM: "Chủ nhiệm lớp",
    Duty.GROUP_HEAD: "Tổ trưởng chuyên môn",
    Duty.GROUP_DEPUTY: "Tổ phó chuyên môn",
    Duty.BOARDERS_HEAD: "Trưởng ban quản lý học sinh",
    Duty.BOARDERS_DEPUTY: "Phó ban quản lý học sinh",
    Duty.SUBJECT_ROOM: "Phụ trách phòng bộ môn, thiết bị",
    Duty.PARTY_SECRETARY_BIG_SCHOOL: "Bí thư chi bộ (trường hạng lớn)",
    Duty.PARTY_SECRETARY: "Bí thư chi bộ",
    Duty.YOUNG_CHILD: "Nuôi con dưới 12 tháng",
    Duty.YOUNG_CHILD_PRIMARY: "Nuôi con dưới 12 tháng (tiểu học)",
}

WEEKLY_REDUCTION: Final[dict[Duty, int]] = {
    Duty.HOMEROOM: 4,
    Duty.GROUP_HEAD: 3,
    Duty.GROUP_DEPUTY: 1,
    Duty.BOARDERS_HEAD: 3,
    Duty.BOARDERS_DEPUTY: 1,
    Duty.SUBJECT_ROOM: 3,
    Duty.PARTY_SECRETARY_BIG_SCHOOL: 4,
    Duty.PARTY_SECRETARY: 3,
    Duty.YOUNG_CHILD: 3,
    Duty.YOUNG_CHILD_PRIMARY: 4,
}
"""Periods a week taken off the norm for a duty."""

_NOT_JOBS: Final = frozenset({Duty.YOUNG_CHILD, Duty.YOUNG_CHILD_PRIMARY})


def weekly_reduction(duties: Iterable[Duty], *, most_duties: int = MOST_DUTIES_REDUCED) -> int:
    """Add up the periods a week that duties take off; only the `most_duties` largest jobs count.

    Care of a young child is a right, not a job, and counts beside them.
    """
    held = set(duties)
    jobs = sorted((WEEKLY_REDUCTION[duty] for duty in held - _NOT_JOBS), reverse=True)
    care = max((WEEKLY_REDUCTION[duty] for duty in held & _NOT_JOBS), default=0)
    return sum(jobs[:most_duties]) + care


def required_weekly(post: Post, duties: Iterable[Duty] = ()) -> int:
    """Give the periods a week that remain to be taught after reductions, never below zero."""
    return max(0, WEEKLY_NORM[post] - weekly_reduction(duties))


def required_yearly(post: Post, duties: Iterable[Duty] = (), *, weeks: int = TEACHING_WEEKS) -> int:
    """Give the periods a year that remain to be taught: weekly ones times the teaching weeks."""
    return required_weekly(post, duties) * weeks


@dataclass(frozen=True, slots=True)
class Workload:
    """A teacher's year: periods required, taught, beyond; and the Vietnamese remarks on it."""

    required: int
    taught: Decimal
    overtime: Decimal
    remarks: tuple[str, ...]


def workload(
    post: Post,
    taught: Decimal | int,
    duties: Iterable[Duty] = (),
    *,
    weeks: int = TEACHING_WEEKS,
    minutes_a_period: int = 45,
) -> Workload:
    """Set periods taught in a year against those required; overtime below zero means too few."""
    required = required_yearly(post, duties, weeks=weeks)
    done = Decimal(taught)
    overtime = done - required
    remarks: list[str] = []
    allowed = WEEKLY_NORM[post] * weeks * OVERTIME_SHARE
    if overtime < 0:
        remarks.append(
            f"Còn thiếu {format_number(-overtime)} tiết so với định mức {format_number(required)} tiết."
        )
    if overtime > allowed:
        remarks.append(
            f"Dạy thêm giờ {format_number(overtime)} tiết, quá mức {format_number(allowed)} tiết một năm."
        )
    hours = overtime * minutes_a_period / 60
    if hours > OVERTIME_HOURS:
        remarks.append(f"Dạy thêm {format_number(hours, 1)} giờ, quá mức {OVERTIME_HOURS} giờ một năm.")
    return Workload(required, done, overtime, tuple(remarks))


class StaffedLevel(StrEnum):
    """A level whose teachers are counted by classes."""

    NURSERY = "NT"
    KINDERGARTEN = "MG"
    PRIMARY = "TH"
    LOWER_SECONDARY = "THCS"
    UPPER_SECONDARY = "THPT"
    BOARDING_LOWER_SECONDARY = "PTDTNT_THCS"
    BOARDING_UPPER_SECONDARY = "PTDTNT_THPT"


TEACHERS_PER_CLASS: Final[dict[tuple[StaffedLevel, int], Decimal]] = {
    (StaffedLevel.NURSERY, 2): Decimal("2.5"),
    (StaffedLevel.KINDERGARTEN, 2): Decimal("2.2"),
    (StaffedLevel.KINDERGARTEN, 1): Decimal("1.2"),
    (StaffedLevel.PRIMARY, 2): Decimal("1.5"),
    (StaffedLevel.PRIMARY, 1): Decimal("1.2"),
    (StaffedLevel.LOWER_SECONDARY, 1): Decimal("1.9"),
    (StaffedLevel.UPPER_SECONDARY, 1): Decimal("2.25"),
    (StaffedLevel.BOARDING_LOWER_SECONDARY, 1): Decimal("2.2"),
    (StaffedLevel.BOARDING_UPPER_SECONDARY, 1): Decimal("2.4"),
}
"""Teachers per class by level and sessions a day; secondary levels do not differ by sessions."""

_ONE_NORM: Final = frozenset(level for level in StaffedLevel if (level, 2) not in TEACHERS_PER_CLASS)


def teachers_needed_exactly(level: StaffedLevel, classes: int, *, sessions: int = 2) -> Decimal:
    """Give teachers needed for classes before rounding; KeyError where the circular names no norm."""
    return TEACHERS_PER_CLASS[level, 1 if level in _ONE_NORM else sessions] * classes


def teachers_needed(level: StaffedLevel, classes: int, *, sessions: int = 2) -> int:
    """Give teachers needed for the classes of one school and level, rounded half up."""
    return int(round_half_up(teachers_needed_exactly(level, classes, sessions=sessions)))


def vice_principals(level: StaffedLevel, classes: int, *, region: int = 2) -> int:
    """Give how many vice principals a school may have by its size and region.

    Region 1 is mountains, islands and hard places, 2 towns and country, 3 cities.
    """
    if region not in (1, 2, 3):
        raise ValueError(f"no region {region}")
    if level is StaffedLevel.UPPER_SECONDARY:
        return 3 if classes >= 28 else 2 if classes >= 18 else 1
    return 2 if classes >= (19 if region == 1 else 28) else 1
