"""Pure decisions: which courses a class has, how much a teacher teaches, what that is against the norm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from khue.lib.names import fold
from khue.lib.numbers_vi import round_half_up
from khue.lib.workload import (
    MOST_DUTIES_REDUCED,
    OVERTIME_SHARE,
    TEACHERS_PER_CLASS,
    TEACHING_WEEKS,
    WEEKLY_NORM,
    WEEKLY_REDUCTION,
    Duty,
    Post,
    StaffedLevel,
    teachers_needed,
    vice_principals,
)
from khue.registry.curriculum.programme import ELECTIVES_TAKEN, PERIODS_OF_TOPIC

TOPICS_TAKEN = 3
CARE = "young_child"
LEVEL_ORDER = ("MN", "TH", "THCS", "THPT", "GDTX")
NORM_LEVEL = {"TH": "TH", "THCS": "THCS", "THPT": "THPT", "GDTX": "THPT"}
BIG_SCHOOL = {1: 19, 2: 28, 3: 28}  # classes from which a primary school is a big one, by region


# --- courses of a class ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What the programme gives a subject in a grade."""

    subject: str
    kind: str  # compulsory, elective, optional
    periods: int
    assessed_by: str


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course a class should have."""

    subject: str
    periods: int
    assessed_by: str


def choice_problems(
    level: str,
    plan: Sequence[PlanLine],
    electives: Sequence[str],
    topics: Sequence[str],
    optional: Sequence[str],
) -> list[tuple[str, str]]:
    """What is wrong with a choice, as pairs (field, sentence); empty when nothing is."""
    kinds = {line.subject: line.kind for line in plan}
    found: list[tuple[str, str]] = []
    if any(kinds.get(code) != "elective" for code in electives):
        found.append(("electives", _("Có môn không nằm trong nhóm môn lựa chọn của khối này.")))
    if any(kinds.get(code) != "optional" for code in optional):
        found.append(("optional", _("Có môn không phải môn tự chọn của khối này.")))
    if level == "THPT":
        if len(set(electives)) not in (0, ELECTIVES_TAKEN):
            text = _("Chọn đủ %(needed)s môn lựa chọn, đang chọn %(n)s.")
            found.append(("electives", text % {"needed": ELECTIVES_TAKEN, "n": len(set(electives))}))
        if len(set(topics)) not in (0, TOPICS_TAKEN):
            text = _("Chọn đủ %(needed)s cụm chuyên đề, đang chọn %(n)s.")
            found.append(("topics", text % {"needed": TOPICS_TAKEN, "n": len(set(topics))}))
        taken = {line.subject for line in plan if line.kind == "compulsory"} | set(electives)
        if not set(topics) <= taken:
            found.append(("topics", _("Chuyên đề phải của môn mà lớp đang học.")))
    elif topics:
        found.append(("topics", _("Chuyên đề học tập chỉ có ở trung học phổ thông.")))
    return found


def courses_of(
    plan: Sequence[PlanLine],
    electives: Iterable[str] = (),
    topics: Iterable[str] = (),
    optional: Iterable[str] = (),
) -> list[CourseLine]:
    """The courses of a class: all that is compulsory, what was chosen, topics as 35 periods on top of their subject."""
    chosen, extra = {*electives, *optional}, set(topics)
    return [
        CourseLine(
            line.subject, line.periods + (PERIODS_OF_TOPIC if line.subject in extra else 0), line.assessed_by
        )
        for line in plan
        if line.kind == "compulsory" or line.subject in chosen
    ]


# --- what a teacher teaches ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """One assignment: of which course and class, in which role, at which rate a year, from when to when (exclusive)."""

    course_id: int
    role: str  # main, co, substitute
    periods: int
    starts_on: date
    ends_on: date

    def holds(self, monday: date) -> bool:
        """Whether the week of a Monday is taught under it (its Thursday decides)."""
        return self.starts_on <= monday + timedelta(days=3) < self.ends_on


def periods_taught(
    spans: Iterable[Span], mondays: Sequence[date], substituted: Mapping[int, Sequence[Span]]
) -> Decimal:
    """Periods a teacher teaches in a year: each rate by its weeks, without those in which a substitute stands in."""
    total = Decimal(0)
    for span in spans:
        others = substituted.get(span.course_id, ()) if span.role == "main" else ()
        weeks = sum(1 for day in mondays if span.holds(day) and not any(other.holds(day) for other in others))
        total += Decimal(span.periods) * weeks / max(len(mondays), 1)
    return round_half_up(total, 1)


# --- the norm ------------------------------------------------------------------------------------------


def school_form(name: str) -> str:
    """PTDTNT or PTDTBT when a school's name says that it is a boarding or semi-boarding one, else nothing."""
    folded = fold(name)
    if "noi tru" in folded or "ptdtnt" in folded:
        return "PTDTNT"
    return "PTDTBT" if "ban tru" in folded or "ptdtbt" in folded else ""


def highest(levels: Iterable[str]) -> str:
    """The highest of some levels; nothing when there is none."""
    return max((level for level in levels if level in LEVEL_ORDER), key=LEVEL_ORDER.index, default="")


def norm_post(post: str, level: str, *, form: str = "", is_big: bool = False) -> Post | None:
    """What a member of staff counts as in TT 05/2025; None for those without a norm of periods."""
    if post == "principal":
        return Post.PRINCIPAL
    if post == "vice_principal":
        return Post.VICE_PRINCIPAL
    if post == "youth_leader" and level == "TH":
        return Post.YOUTH_LEADER_BIG_PRIMARY if is_big else Post.YOUTH_LEADER_PRIMARY
    if post not in ("teacher", "youth_leader") or level not in NORM_LEVEL:
        return None
    wanted = NORM_LEVEL[level]
    return Post(f"{form}_{wanted}") if f"{form}_{wanted}" in Post._value2member_map_ else Post(wanted)


def weekly_reduction(is_homeroom: bool, duties: Iterable[tuple[str, Decimal]]) -> Decimal:
    """Periods a week off the norm: the two largest jobs (homeroom among them), care of a young child beside them."""
    held = list(duties)
    jobs = [periods for kind, periods in held if kind != CARE]
    if is_homeroom:
        jobs.append(Decimal(WEEKLY_REDUCTION[Duty.HOMEROOM]))
    care = sum((periods for kind, periods in held if kind == CARE), Decimal(0))
    return sum(sorted(jobs, reverse=True)[:MOST_DUTIES_REDUCED], Decimal(0)) + care


@dataclass(frozen=True, slots=True)
class Load:
    """A teacher's year against the norm, in periods; `kind`: under, even, over, beyond (more than 150 %)."""

    norm: int  # a week
    reduction: Decimal  # a week
    required: Decimal  # a year
    taught: Decimal  # a year

    @property
    def required_weekly(self) -> Decimal:
        """Periods a week that remain to be taught."""
        return max(Decimal(0), self.norm - self.reduction)

    @property
    def taught_weekly(self) -> Decimal:
        """Periods taught a week on average."""
        return round_half_up(self.taught / TEACHING_WEEKS, 1)

    @property
    def difference(self) -> Decimal:
        """Periods a year beyond (above zero) or short of (below zero) what is required."""
        return self.taught - self.required

    @property
    def most_overtime(self) -> Decimal:
        """Periods a year beyond the norm that may be taught: half of the norm."""
        return self.norm * TEACHING_WEEKS * OVERTIME_SHARE

    @property
    def kind(self) -> str:
        """Where the load stands; within half a period a week it is even."""
        if self.difference > self.most_overtime:
            return "beyond"
        half = Decimal(TEACHING_WEEKS) / 2
        return "over" if self.difference > half else "under" if self.difference < -half else "even"


def load(post: Post, taught: Decimal, *, is_homeroom: bool, duties: Iterable[tuple[str, Decimal]]) -> Load:
    """Set a year's periods against the norm of a post."""
    reduction = weekly_reduction(is_homeroom, duties)
    norm = WEEKLY_NORM[post]
    return Load(norm, reduction, max(Decimal(0), norm - reduction) * TEACHING_WEEKS, taught)


# --- how many teachers a school needs ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Need:
    """Teachers of a level that a school needs by TT 20/2023 and has."""

    level: str
    classes: int
    needed: int
    present: int

    @property
    def difference(self) -> int:
        """Above zero: too many; below: missing."""
        return self.present - self.needed


@dataclass(slots=True)
class Classes:
    """Classes of one level of a school: how many, by sessions a day (primary, preschool) and of nursery age."""

    one_session: int = 0
    two_sessions: int = 0
    nursery: int = 0

    def add(self, level: str, grade: int, sessions_a_week: int) -> None:
        """Count one class; nursery grades are numbered -6 to -4, nine sessions a week or more are two a day."""
        if level == "MN" and grade <= -4:
            self.nursery += 1
        elif sessions_a_week >= 9:
            self.two_sessions += 1
        else:
            self.one_session += 1

    @property
    def count(self) -> int:
        """All classes of the level."""
        return self.one_session + self.two_sessions + self.nursery


def teachers_for(level: str, classes: Classes, *, form: str = "") -> int:
    """Teachers a level needs, rounded half up over the whole level; none for levels without a norm."""
    if level == "MN":
        exact = (
            TEACHERS_PER_CLASS[StaffedLevel.NURSERY, 2] * classes.nursery
            + TEACHERS_PER_CLASS[StaffedLevel.KINDERGARTEN, 2] * classes.two_sessions
            + TEACHERS_PER_CLASS[StaffedLevel.KINDERGARTEN, 1] * classes.one_session
        )
        return int(round_half_up(exact))
    if level == "TH":
        exact = (
            TEACHERS_PER_CLASS[StaffedLevel.PRIMARY, 2] * classes.two_sessions
            + TEACHERS_PER_CLASS[StaffedLevel.PRIMARY, 1] * classes.one_session
        )
        return int(round_half_up(exact))
    if level not in NORM_LEVEL:
        return 0
    wanted = NORM_LEVEL[level]
    boarding = f"PTDTNT_{wanted}"
    staffed = (
        StaffedLevel(boarding)
        if form == "PTDTNT" and boarding in StaffedLevel._value2member_map_
        else StaffedLevel(wanted)
    )
    return teachers_needed(staffed, classes.count)


def leaders_for(levels: Iterable[str], classes: int, region: int) -> int:
    """Vice principals a school may have by its highest level, size and region."""
    level = highest(levels)
    staffed = {
        "THPT": StaffedLevel.UPPER_SECONDARY,
        "GDTX": StaffedLevel.UPPER_SECONDARY,
        "TH": StaffedLevel.PRIMARY,
    }
    return vice_principals(staffed.get(level, StaffedLevel.LOWER_SECONDARY), classes, region=region)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A subject of a school: periods a year to be taught, given, and what its own teachers can give."""

    subject: str
    name: str
    periods: int
    given: int
    teachers: int
    capacity: Decimal  # periods a year that the teachers of the subject are required to teach
    norm: int  # a week, of the level

    @property
    def open(self) -> int:
        """Periods a year that nobody has been given."""
        return self.periods - self.given

    @property
    def difference(self) -> Decimal:
        """Teachers too many (above zero) or missing (below), by what the norm asks of one."""
        return round_half_up((self.capacity - self.periods) / (self.norm * TEACHING_WEEKS), 1)


def subjects_in(text: str, words: Mapping[str, str]) -> list[str]:
    """The subjects a staff file names: `words` is folded wording -> code; parted by comma, semicolon, slash or "và"."""
    whole = fold(text).strip()
    if whole in words:
        return [words[whole]]
    found: list[str] = []
    for part in whole.replace(";", ",").replace("/", ",").replace(" - ", ",").replace(" va ", ",").split(","):
        code = words.get(part.strip())
        if code and code not in found:
            found.append(code)
    return found
