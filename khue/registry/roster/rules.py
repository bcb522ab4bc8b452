"""Pure decisions of the roster: what may follow what, what somebody looks for, limits, outcomes of a year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from khue.lib import class_names, class_sizes, names
from khue.lib.dates import DatePrecision, DateProblem, parse_date
from khue.lib.enrolment_rules import EnrolmentEventKind as Kind
from khue.lib.enrolment_rules import EnrolmentStatus, TransitionProblem, status_after
from khue.lib.working_days import WorkingCalendar

# --- statuses ---------------------------------------------------------------------------------------
PRESENT: Final = ("studying", "suspended", "reserved")  # in the school's hands
COUNTED: Final = ("studying", "suspended")
LAST_GRADES: Final[Mapping[str, int]] = {"MN": -1, "TH": 5, "THCS": 9, "THPT": 12, "GDTX": 12}

_STATUS: Final = {
    "studying": EnrolmentStatus.STUDYING, "suspended": EnrolmentStatus.EXPELLED_TEMP,
    "reserved": EnrolmentStatus.RESERVED, "transferred_out": EnrolmentStatus.TRANSFERRED_OUT,
    "dropped": EnrolmentStatus.DROPPED, "completed": EnrolmentStatus.COMPLETED,
    "deceased": EnrolmentStatus.DECEASED,
}  # fmt: skip
_NAME: Final = {status: name for name, status in _STATUS.items()}
_KINDS: Final = {
    "dropped": Kind.DROPPED, "reserved": Kind.RESERVED, "suspended": Kind.SUSPENDED, "deceased": Kind.DECEASED,
    "transferred_out": Kind.TRANSFERRED_OUT, "transferred_in": Kind.TRANSFERRED_IN, "completed": Kind.COMPLETED,
    "admitted": Kind.ADMITTED,
}  # fmt: skip

DROP_REASONS: Final[Mapping[str, str | Promise]] = {
    "poor": _("Hoàn cảnh gia đình khó khăn"), "work": _("Đi làm"), "weak": _("Học lực yếu, chán học"),
    "far": _("Nhà xa, đi lại khó khăn"), "health": _("Sức khỏe"), "married": _("Lập gia đình sớm"),
    "moved": _("Theo gia đình, không rõ nơi đến"), "other": _("Lý do khác"),
}  # fmt: skip
TRANSFER_REASONS: Final[Mapping[str, str | Promise]] = {
    "family_moved": _("Gia đình chuyển nơi ở"), "nearer": _("Học gần nhà hơn"), "hardship": _("Hoàn cảnh gia đình"),
    "health": _("Sức khỏe"), "programme": _("Nguyện vọng về chương trình học"), "other": _("Lý do khác"),
}  # fmt: skip


def after(status: str, kind: str) -> str:
    """The status an event leads to; raises TransitionProblem with plain words when it cannot happen."""
    now = _STATUS[status]
    event = (
        Kind.REINSTATED
        if kind == "returned" and now is EnrolmentStatus.EXPELLED_TEMP
        else _KINDS.get(kind, Kind.RETURNED)
    )
    return _NAME[status_after(now, event)]


def may_follow(status: str, kind: str) -> bool:
    """Whether an event can happen to a pupil in this state."""
    try:
        after(status, kind)
    except TransitionProblem:
        return False
    return True


# --- looking for somebody -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sought:
    """What a few typed words mean: a number, a birth date, or a name."""

    kind: Literal["personal_id", "ministry_code", "code", "temporary", "born", "digits", "name", "nothing"]
    text: str = ""
    day: date | None = None
    tokens: tuple[str, ...] = ()
    has_tones: bool = False


_BORN: Final = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{4}")


def what_is_sought(text: str) -> Sought:
    """Tell whether somebody typed a personal number, a code, a birth date or a name."""
    text = " ".join(text.replace("\x00", "").split())[:100]
    bare = re.sub(r"[\s.]", "", text).upper()
    if _BORN.fullmatch(text):
        try:
            found = parse_date(text)
        except DateProblem:
            return Sought("nothing", text)
        if found.precision is DatePrecision.DAY:
            return Sought("born", text, found.date)
    if bare.isascii() and bare.isdigit():
        kind: Literal["personal_id", "ministry_code", "digits"]
        kind = "personal_id" if len(bare) == 12 else "ministry_code" if len(bare) == 10 else "digits"
        return Sought(kind, bare)
    if re.fullmatch(r"K\d{11}", bare):
        return Sought("code", bare)
    if bare.startswith("TAM-"):
        return Sought("temporary", bare)
    tokens = tuple(re.sub(r"[^a-z0-9]", "", token) for token in names.search_tokens(text))
    tokens = tuple(token for token in tokens if token)
    if not tokens:
        return Sought("nothing", text)
    return Sought("name", text, tokens=tokens, has_tones=names.search_key(text) != text.lower())


# --- duplicates -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two records may be one human being, and how sure that is (0 to 100)."""

    score: int
    reasons: tuple[str, ...]


def likeness(
    *, same_name: bool, same_birth: bool, same_personal_id: bool = False, same_ministry_code: bool = False,
    same_sex: bool = True, one_is_temporary: bool = False, numbers_differ: bool = False,
) -> Likeness:  # fmt: skip
    """Weigh what two records share; two different personal numbers speak against everything else."""
    reasons = []
    score = 0
    if same_personal_id:
        score, reasons = 95, [gettext_noop("cùng số định danh cá nhân")]
    if same_ministry_code:
        score = max(score, 95)
        reasons.append(gettext_noop("cùng mã định danh Bộ"))
    if same_name and same_birth:
        score = max(score, 70)
        reasons.append(gettext_noop("cùng họ tên và ngày sinh"))
        if one_is_temporary:
            score += 15
            reasons.append(gettext_noop("một hồ sơ còn mã tạm"))
    if numbers_differ:
        score -= 40
    if not same_sex:
        score -= 20
    return Likeness(max(0, min(score, 100)), tuple(reasons))


# --- transfers --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TransferLimits:
    """Working days each side has: to answer (inside, outside the province), to hand over, to place."""

    answer: int
    answer_outside: int
    release: int
    place: int
    legal_basis: str


PRESETS: Final[Mapping[str, TransferLimits]] = {
    "transfer_2026_draft": TransferLimits(5, 8, 3, 3, "TT 15/2026/TT-BGDĐT (dự thảo)"),
    "transfer_2020_primary": TransferLimits(3, 3, 3, 3, "Điều 36 TT 28/2020/TT-BGDĐT"),
}


def transfer_limits(preset: str, *, answer: int = 0, release: int = 0, place: int = 0) -> TransferLimits:
    """The limits in force: the preset's, each replaced where the province set another (0: not set)."""
    base = PRESETS[preset]
    return TransferLimits(
        answer or base.answer,
        answer or base.answer_outside,
        release or base.release,
        place or base.place,
        base.legal_basis,
    )


def due(start: date, days: int, calendar: WorkingCalendar) -> date:
    """The last working day of a limit counted from the day after `start`."""
    return calendar.add(start, days)


# --- classes -----------------------------------------------------------------------------------------------
_PRESCHOOL_KINDS: Final = {-6: "NT1", -5: "NT2", -4: "NT3", -3: "MG3", -2: "MG4", -1: "MG5", 0: "MG5"}
NEAR: Final = 2  # so many places left or fewer: the class is nearly full


def size_limit(grade: int, day: date, *, is_special: bool = False, secondary_limit: int = 45) -> int:
    """The most pupils a class of a grade may have on a day (rules/03 section 7); 0 before any limit was set."""
    if grade < 1:
        kind = class_sizes.ClassKind(_PRESCHOOL_KINDS.get(grade, "MG5"))
    else:
        kind = class_sizes.kind_of_grade(grade, specialised=is_special)
    limit = class_sizes.size_limit(kind, day)
    most = limit.most if limit else 0
    if grade >= 6 and not is_special and most:
        most = min(most, secondary_limit)
    return most


def fullness(pupils: int, limit: int) -> str:
    """`over`, `full`, `near` or `` as a class stands to its limit."""
    if not limit:
        return ""
    if pupils > limit:
        return "over"
    if pupils == limit:
        return "full"
    return "near" if limit - pupils <= NEAR else ""


def next_class_name(name: str) -> str | None:
    """The name a class carries a year later (6A1 gives 7A1); None when it names no grade or the last one."""
    grade = class_names.grade_of(name)
    if grade is None or grade >= class_names.LAST_GRADE:
        return None
    return re.sub(rf"(?<!\d){grade}(?!\d)", str(grade + 1), name, count=1)


def grade_label(grade: int) -> str:
    """`Khối 8`, or the name of the preschool group."""
    if grade >= 1:
        return _now("Khối %(number)s") % {"number": grade}
    found = next((group.label for group in class_names.PRESCHOOL_GROUPS if group.rank - 7 == grade), "")
    return _now(found or "Mầm non")


def grades_of(levels: Iterable[str]) -> list[int]:
    """The grades that the levels of a school teach, preschool groups as negative numbers."""
    spans = {
        "MN": range(-6, 1),
        "TH": range(1, 6),
        "THCS": range(6, 10),
        "THPT": range(10, 13),
        "GDTX": range(6, 13),
    }
    found = {grade for level in levels for grade in spans.get(level, range(0))}
    return sorted(found) or [*range(1, 13)]


# --- the end of a year -----------------------------------------------------------------------------------
OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "promote": _("Lên lớp"), "retain": _("Ở lại lớp"), "complete": _("Hoàn thành cấp học"),
    "leave": _("Không học tiếp"),
}  # fmt: skip


def default_outcome(status: str, grade: int, level: str, levels: tuple[str, ...] | list[str]) -> str:
    """What happens to a pupil unless somebody says otherwise: promoted; completes in the last grade of a level.

    In a school of several levels a pupil of a level's last grade goes on when the school teaches the next level.
    """
    if status not in PRESENT:
        return "leave"
    if grade == LAST_GRADES.get(level, 12) or (level == "MN" and grade == 0):
        following = {"TH": "THCS", "THCS": "THPT"}.get(level)
        return "promote" if following in levels else "complete"
    return "promote"


def allowed_outcomes(grade: int, level: str, levels: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The outcomes that make sense for a grade."""
    if grade == LAST_GRADES.get(level, 12) or (level == "MN" and grade == 0):
        following = {"TH": "THCS", "THCS": "THPT"}.get(level)
        return (
            ("promote", "complete", "retain", "leave")
            if following in levels
            else ("complete", "retain", "leave")
        )
    return ("promote", "retain", "leave")


def level_of_next(grade: int, level: str) -> str:
    """The level of the grade after this one."""
    if level == "TH" and grade == 5:
        return "THCS"
    if level == "THCS" and grade == 9:
        return "THPT"
    return level
