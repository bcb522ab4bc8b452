"""What roll call and the gate say of a child's day, as lines of the family's first page; and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.citizen.family import queries
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import FamilyChild, FamilyLine
from khue.school.attendance.families import day_lines as at_home_lines
from khue.school.attendance.queries import ChildDay, day_of
from khue.school.attendance.words import session_name
from khue.ui.words import date_vi, translated

ABSENT, EXCUSED, LATE, EARLY, ACTIVITY = "K", "P", "M", "B", "T"
_HEADS: Final[dict[str, tuple[str | Promise, str, str]]] = {  # code: words, sign, colour
    ABSENT: (gettext_lazy("Vắng, chưa có phép"), "circle-x", "bad"),
    EXCUSED: (gettext_lazy("Nghỉ có phép"), "calendar-off", "wait"),
    LATE: (gettext_lazy("Đến muộn"), "clock", "wait"),
    EARLY: (gettext_lazy("Về sớm"), "door-exit", "wait"),
    ACTIVITY: (gettext_lazy("Đi hoạt động của trường"), "circle-check", "ok"),
    "": (gettext_lazy("Đã đến lớp"), "circle-check", "ok"),
}
_WORST: Final = (ABSENT, EXCUSED, LATE, EARLY, ACTIVITY, "")


def day_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """Gate, roll call, absences nobody has explained, leave of today and lessons at home; one query on most days."""
    if not actor.holds("attendance.view_own"):
        return []
    names = {one.person_id: one.given_name for one in children}
    found = day_of(actor, list(names), queries.all_today())
    lines: list[FamilyLine] = []
    for person_id, given in names.items():
        day = found.get(person_id)
        if day is not None:
            lines += lines_of(day, given, may_answer=actor.holds("attendance.ask_leave"))
    if any(day.is_at_home for day in found.values()):
        lines += at_home_lines(actor, children)
    return lines


def lines_of(day: ChildDay, given: str, *, may_answer: bool) -> list[FamilyLine]:
    """The lines of one child's day."""
    lines = []
    for notice in day.notices:
        if notice.is_mended or notice.answer:
            continue
        session = session_name(notice.session, notice.period).lower()
        taken = next(
            (at for s, n, at, *_rest in day.rolls if (s, n) == (notice.session, notice.period)), None
        )
        detail = _("Nhà trường cần biết con đang ở đâu.")
        if taken is not None:
            detail = _("Điểm danh lúc %(time)s.") % {"time": _clock(taken)} + " " + detail
        lines.append(
            FamilyLine(
                _("%(name)s vắng %(session)s, chưa có phép") % {"name": given, "session": session}, detail,
                _notice(notice.id) if may_answer else "", "alert-triangle", kind="bad",
                call=_("Trả lời ngay") if may_answer else "", person_id=day.person_id, place="alert", order=10,
            )
        )  # fmt: skip
    at_school = [roll for roll in day.rolls if not roll[5]]  # learning at home has lines of roll call's own
    if at_school or day.first_in is not None:
        lines.append(_present(day, at_school))
    for _pk, state in day.leaves:
        words = _("Nhà trường đã cho phép") if state == "granted" else _("Nhà trường chưa trả lời")
        lines.append(
            FamilyLine(
                _("Đã xin nghỉ hôm nay"), words, address("attendance:my_leaves"), "calendar-off",
                person_id=day.person_id, order=12,
            )
        )  # fmt: skip
    return lines


def _present(day: ChildDay, rolls: Sequence[tuple[str, int, datetime, str, int | None, bool]]) -> FamilyLine:
    codes = [code for _session, _period, _at, code, _minutes, _home in rolls]
    worst = next((code for code in _WORST if code in codes), None)
    details = []
    if day.first_in is not None:
        details.append(_("qua cổng %(time)s") % {"time": _clock(day.first_in)})
    if day.last_out is not None:
        details.append(_("ra về %(time)s") % {"time": _clock(day.last_out)})
    for session, period, at, code, minutes, _home in rolls:
        words = session_name(session, period).lower()
        if code == LATE and minutes:
            words = _("%(session)s muộn %(n)s phút") % {"session": words, "n": minutes}
        elif code != worst:
            words = f"{words} {str(_HEADS.get(code, _HEADS[''])[0]).lower()}"
        details.append(_("%(session)s điểm danh %(time)s") % {"session": words, "time": _clock(at)})
    if worst is None:
        label, icon, kind = _("Đã qua cổng trường"), "circle-check", "ok"
    else:
        head = _HEADS[worst]
        label, icon, kind = str(head[0]), head[1], head[2]
    text = ", ".join(details)
    return FamilyLine(
        label, text[:1].upper() + text[1:], icon=icon, kind=kind, person_id=day.person_id, order=5
    )


def task_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """What waits for the reader in person; one query."""
    return [
        FamilyLine(
            translated(title), translated(detail) if detail else "", url, "clipboard-check",
            _("hạn %(day)s") % {"day": date_vi(timezone.localtime(due))} if due else "", place="wanted",
        )
        for title, detail, url, due in queries.own_tasks(actor)
    ]  # fmt: skip


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def _notice(pk: int) -> str:
    try:
        return reverse("attendance:notice", args=[pk])
    except NoReverseMatch:
        return address("attendance:my_leaves")
