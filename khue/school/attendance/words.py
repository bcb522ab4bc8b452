"""What things of roll call are called on pages and in files."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from khue.school.attendance import rules
from khue.school.attendance.models import Code, Session

SESSIONS: Final[dict[str, str | Promise]] = {one.value: one.label for one in Session}
CODES: Final[dict[str, str | Promise]] = {one.value: one.label for one in Code}
KINDS: Final[dict[str, str | Promise]] = {
    "sick": _("Ốm, sốt"),
    "check_up": _("Đi khám"),
    "family": _("Việc gia đình"),
    "weather": _("Trời rét, mưa bão"),
    "other": _("Lý do khác"),
}
DAYS: Final = (
    _("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật"),
)  # fmt: skip
SHORT_DAYS: Final = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
SOURCES: Final[dict[str, str | Promise]] = {
    "page": _("trên trang"),
    "carried": _("ghi lúc không có mạng"),
    "leave": _("theo đơn xin nghỉ"),
    "gate": _("qua cổng"),
    "office": _("nhà trường sửa"),
}


def day_name(day: date) -> str:
    """`Thứ Năm 17/12/2026`."""
    return f"{DAYS[day.weekday()]} {day:%d/%m/%Y}"


def session_name(session: str, period: int = 0) -> str:
    """`Sáng`, `Sáng, tiết 2`."""
    name = str(SESSIONS.get(session, session))
    return _now("%(session)s, tiết %(period)s") % {"session": name, "period": period} if period else name


def letter(session: str, period: int = 0) -> str:
    """`S`, `S2`, `C`: how a column of a register is headed."""
    short = {rules.MEAL: _now("Ăn"), rules.BED: _now("Ngủ")}.get(session, session)
    return f"{short}{period or ''}"


def teacher(given_name: str, full_name: str, sex: int | None) -> str:
    """`cô Lan`, `thầy Hùng`; the full name when the sex is not known."""
    if sex == 2:
        return _now("cô %(name)s") % {"name": given_name or full_name}
    if sex == 1:
        return _now("thầy %(name)s") % {"name": given_name or full_name}
    return full_name


def leave_span(first: date, start: str, last: date, end: str) -> str:
    """`cả ngày 20/11`, `sáng 20/11`, `từ sáng 20/11 đến hết chiều 23/11`."""
    if first == last:
        if (start, end) == (rules.MORNING, rules.AFTERNOON):
            return _now("cả ngày %(day)s") % {"day": f"{first:%d/%m}"}
        if start == end:
            return f"{str(SESSIONS[start]).lower()} {first:%d/%m}"
    return _now("từ %(start)s %(first)s đến hết %(end)s %(last)s") % {
        "start": str(SESSIONS[start]).lower(), "first": f"{first:%d/%m}",
        "end": str(SESSIONS[end]).lower(), "last": f"{last:%d/%m}",
    }  # fmt: skip
