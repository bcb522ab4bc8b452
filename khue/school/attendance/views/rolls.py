"""The classes of a day, and the roll of a class: everybody is there but those who are pressed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.actor import Actor
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import Conflict, DomainError, NotAllowed
from khue.kernel.home.year import year_of
from khue.school.attendance import actions, drawing, queries, rules, words
from khue.school.attendance.actions import Entry
from khue.school.attendance.queries import MarkRow, Room, SheetRow
from khue.school.attendance.queries.checkins import all_pressed
from khue.school.attendance.queries.corrections import Asked, all_corrections, correction
from khue.school.attendance.queries.rolls import Beside, ClassDay, all_beside, class_days, classroom
from khue.school.attendance.queries.rolls import sheet as sheet_of
from khue.school.attendance.rules import Window
from khue.school.attendance.views.asked import day_of, number, session_of
from khue.ui import messages
from khue.ui.words import percent_vi

Shown = Mapping[int, tuple[str, int | None, str]]


@page("attendance.view")
def today(request: ActorRequest) -> HttpResponse:
    """The classes of a day: of a teacher those whose roll they take, of the office all; what is taken, what is not."""
    day = day_of(request.GET)
    year = year_of(request)
    found = class_days(request.actor, day, year.value) if year else []
    lines = [line for one in found for line in _lines(one)]
    taken = [line["sheet"] for line in lines if line["sheet"]]
    rate = rules.rate(sum(one.expected for one in taken), sum(one.excused + one.unexcused for one in taken))
    return render(
        request,
        "attendance/today.html",
        {
            "day": day,
            "day_label": words.day_name(day),
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < timezone.localdate() else None,
            "is_today": day == timezone.localdate(),
            "classes": [{"day": one, "lines": _lines(one), "why": one.room.day_name(day)} for one in found],
            "has_lessons": bool(lines),
            "open": [line for line in lines if not line["sheet"]],
            "expected": sum(one.expected for one in taken),
            "excused": sum(one.excused for one in taken),
            "unexcused": sum(one.unexcused for one in taken),
            "taken": len(taken),
            "total": len(lines),
            "rate": rate,
            "rate_text": percent_vi(rate / 10) if rate is not None else "",
            "is_office": not request.actor.reach("attendance.take").class_ids,
            "may_sign": request.actor.holds("attendance.sign"),
        },
    )


def _lines(one: ClassDay) -> list[dict[str, Any]]:
    """The sessions of a class on a day, by period where it is called so; those taken already at least."""
    found = []
    for session in one.sessions:
        periods = sorted(period for name, period in one.sheets if name == session and period)
        by_period = one.room.plan(one.room.day).by_period and session in rules.TEACHING
        for period in periods or [1 if by_period else 0]:
            sheet = one.sheets.get((session, period))
            window = one.room.window(session, period)
            deadline = one.room.deadline(session, period)
            found.append(
                {
                    "label": words.session_name(session, period),
                    "sheet": sheet if sheet and sheet.taken_at else None,
                    "teacher": words.teacher(sheet.taken_by_given, sheet.taken_by, sheet.taken_by_sex) if sheet else "",
                    "url": roll_url(one.room.id, one.room.day, session, period),
                    "room": one.room,
                    "deadline": deadline,
                    "is_late": window in (Window.LATE, Window.OVER),
                    "may_take": one.is_own and window.is_open,
                    "is_home": session in one.room.home_sessions(one.room.day),
                }
            )  # fmt: skip
    return found


def roll_url(classroom_id: int, day: date, session: str = "", period: int = 0) -> str:
    """The address of a roll."""
    address = f"{reverse('attendance:roll', args=[classroom_id])}?ngay={day:%Y-%m-%d}"
    if session:
        address += f"&buoi={session}"
    return f"{address}&tiet={period}" if period else address


@page("attendance.view", methods=("GET", "POST"))
def roll(request: ActorRequest, pk: int) -> HttpResponse:
    """The roll of a class at a session; posted, it is taken or corrected, after its day by a head with a reason."""
    is_posted = request.method == "POST"
    data = request.POST if is_posted else request.GET
    if is_posted and _is_own(request.actor, pk) and data.get("buoi", "") in rules.ORDER:
        return _ask(request, pk, data) if data.get("xin") else _take_own(request, pk, data)
    found = queries.room(request.actor, pk, day_of(data))
    if found is None:
        raise Http404
    if is_posted and not any(
        queries.reaches(request.actor, found, name) for name in ("attendance.take", "attendance.override")
    ):
        raise NotAllowed
    session, period = session_of(found, data)
    if is_posted and data.get("buoi", "") not in ("", session):
        gone = DomainError(_("Lớp không còn học buổi này. Danh sách dưới đây là của buổi khác."))
        return _refused(request, pk, data, None, gone)
    if not session:
        return _no_lessons(request, found)
    if is_posted:
        return _write(request, found, session, period)
    return _show(request, found, session, period)


def _is_own(actor: Actor, classroom_id: int) -> bool:
    """Whether the actor takes the roll of a class as its teacher, and nothing else of it."""
    return classroom_id in actor.reach("attendance.take").class_ids and not actor.holds("attendance.override")


def _take_own(request: ActorRequest, pk: int, data: QueryDict) -> HttpResponse:
    """A teacher's own roll, which the action reads, checks and writes; the page is read only when it says no."""
    day, session, period = day_of(data), data.get("buoi", ""), number(data.get("tiet", ""))
    typed = _typed(data)
    try:
        taken = actions.take_roll(
            request.actor, queries.all_target(pk), day=day, session=session, period=period, exceptions=_entries(typed),
            version=number(data.get("version", "")),
        )  # fmt: skip
    except DomainError as problem:
        return _refused(request, pk, data, typed, problem)
    return _done(request, pk, day, session, period, taken)


def _ask(request: ActorRequest, pk: int, data: QueryDict) -> HttpResponse:
    """What a teacher would have set right of a past day goes to the heads."""
    day, session, period = day_of(data), data.get("buoi", ""), number(data.get("tiet", ""))
    typed = _typed(data)
    try:
        actions.ask_correction(
            request.actor, queries.all_target(pk), day=day, session=session, period=period, exceptions=_entries(typed),
            reason=data.get("reason", ""),
        )  # fmt: skip
    except DomainError as problem:
        return _refused(request, pk, data, typed, problem)
    messages.done(request, _("Đã gửi đề nghị sửa cho lãnh đạo trường."))
    return HttpResponseRedirect(roll_url(pk, day, session, period))


def _refused(
    request: ActorRequest, pk: int, data: QueryDict, typed: Shown | None, problem: DomainError
) -> HttpResponse:
    """The roll with what was sent and why it was not taken in."""
    found = queries.room(request.actor, pk, day_of(data))
    if problem.status == 404 or isinstance(problem, NotAllowed) or found is None:
        raise problem
    session, period = session_of(found, data)
    if not session:
        return _no_lessons(request, found)
    is_clash = isinstance(problem, Conflict)
    return _show(request, found, session, period, typed, problem.message, is_clash=is_clash)


def _no_lessons(request: ActorRequest, found: Room) -> HttpResponse:
    return render(
        request,
        "attendance/no_lessons.html",
        {"found": found, "why": found.day_name(found.day), "day_label": words.day_name(found.day),
         "last": _last_lesson(found), "crumbs": crumbs(found)},
    )  # fmt: skip


def _last_lesson(found: Room) -> date | None:
    """The nearest day with lessons before one that has none."""
    days = (found.day - timedelta(days=n) for n in range(1, 31))
    return next((day for day in days if found.sessions(day)), None)


def _write(request: ActorRequest, found: Room, session: str, period: int) -> HttpResponse:
    typed = _typed(request.POST)
    try:
        taken = _save(request, found, session, period, typed)
    except DomainError as problem:
        if problem.status == 404 or isinstance(problem, NotAllowed):
            raise
        is_clash = isinstance(problem, Conflict)
        return _show(request, found, session, period, typed, problem.message, is_clash=is_clash)
    return _done(request, found.id, found.day, session, period, taken)


def _done(
    request: ActorRequest, pk: int, day: date, session: str, period: int, taken: actions.Taken
) -> HttpResponse:
    """Back to the roll, with what was handed in and whose families will hear of it."""
    absent = taken.counts[rules.UNEXCUSED]
    text = _("Đã nộp điểm danh lớp %(name)s: %(present)s em có mặt.") % {
        "name": taken.classroom, "present": taken.present,
    }  # fmt: skip
    if absent and day == timezone.localdate() and session in rules.TEACHING:
        text += " " + ngettext(
            "Gia đình %(n)s em vắng không phép được báo sau 20 giây; bấm nhầm thì sửa ngay.",
            "Gia đình %(n)s em vắng không phép được báo sau 20 giây; bấm nhầm thì sửa ngay.",
            absent,
        ) % {"n": absent}
    messages.done(request, text)
    return HttpResponseRedirect(roll_url(pk, day, session, period))


def _save(request: ActorRequest, found: Room, session: str, period: int, typed: Shown) -> actions.Taken:
    actor, version = request.actor, number(request.POST.get("version", ""))
    entries = _entries(typed)
    is_over = found.window(session, period) is Window.OVER
    if queries.reaches(actor, found, "attendance.take") and not (
        is_over and queries.reaches(actor, found, "attendance.override")
    ):
        return actions.take_roll(
            actor, queries.all_target(found.id), day=found.day, session=session, period=period, exceptions=entries,
            version=version,
        )  # fmt: skip
    target = classroom(actor, found.id, "attendance.override")
    if target is None:
        raise NotAllowed
    reason = request.POST.get("reason", "")
    sheet = queries.all_sheet(found.id, found.day, session, period)
    if sheet is not None and sheet.taken_at is not None:
        row = sheet_of(actor, sheet.id, "attendance.override")
        if row is None or sheet.version != version:
            raise Conflict(_("Buổi này vừa có người khác điểm danh. Xem hai bản rồi nộp lại."))
        everybody = [Entry(pk, code, minutes, note) for pk, (code, minutes, note) in typed.items()]
        return actions.override(actor, row, entries=everybody, reason=reason)
    return actions.take_late(
        actor, target, day=found.day, session=session, period=period, exceptions=entries, version=version, reason=reason
    )  # fmt: skip


def _typed(data: QueryDict) -> dict[int, tuple[str, int | None, str]]:
    """What the form says of each pupil."""
    typed: dict[int, tuple[str, int | None, str]] = {}
    for name, code in data.items():
        if name[:1] == "m" and name[1:].isascii() and name[1:].isdigit() and len(name) < 19:
            pk, minutes, note = int(name[1:]), None, ""
            if code in (rules.LATE, rules.EARLY):
                minutes = number(data.get(f"p{pk}", "")) or None
            if code:
                note = " ".join(data.get(f"n{pk}", "").split())[:200]
            typed[pk] = (str(code), minutes, note)
    return typed


def _entries(typed: Shown) -> list[Entry]:
    return [Entry(pk, code, minutes, note) for pk, (code, minutes, note) in typed.items() if code]


def _show(
    request: ActorRequest, found: Room, session: str, period: int, typed: Shown | None = None, problem: str = "", *,
    is_clash: bool = False,
) -> HttpResponse:  # fmt: skip
    actor, day = request.actor, found.day
    sheet = queries.all_sheet(found.id, day, session, period)
    pupils = queries.all_marks(sheet.id if sheet else 0, found.id, day)
    beside = all_beside(found.id, day, session)
    window = found.window(session, period)
    is_taken = sheet is not None and sheet.taken_at is not None
    takes = window.is_open and queries.reaches(actor, found, "attendance.take")
    corrects = (
        not takes
        and not window.is_locked
        and window is not Window.FUTURE
        and queries.reaches(actor, found, "attendance.override")
    )
    asked = all_corrections(found.id, day, session, period) if window is Window.OVER else []
    may_ask = (
        window is Window.OVER
        and not corrects
        and queries.reaches(actor, found, "attendance.take")
        and all(one.state != "asked" for one in asked)
    )
    asks = may_ask and bool(request.GET.get("sua") or request.POST.get("xin"))
    writes = takes or corrects or asks
    pressed = all_pressed(found.id, day, session) if session in found.home_sessions(day) else None
    shown = dict(typed) if typed is not None else _standing(pupils, is_taken, beside, day, session, pressed)
    others = _others(pupils, shown, sheet) if is_clash else {}
    counts = rules.counts_of(code for code, _m, _n in shown.values() if code in rules.CODES)
    present = len(pupils) - counts[rules.EXCUSED] - counts[rules.UNEXCUSED]
    sessions = [
        {"label": words.session_name(one), "url": roll_url(found.id, day, one), "is_here": one == session}
        for one in (*found.sessions(day), *found.home_sessions(day))
    ]
    return render(
        request,
        "attendance/roll.html",
        {
            "found": found,
            "session": session,
            "period": period,
            "session_label": words.session_name(session, period),
            "day_label": words.day_name(day),
            "is_today": day == timezone.localdate(),
            "is_checkin": session in found.home_sessions(day),
            "deadline": found.deadline(session, period) if window is Window.ON_TIME and takes else None,
            "sheet": sheet if is_taken else None,
            "window": window.value,
            "writes": writes,
            "corrects": corrects,
            "asks": asks,
            "may_ask": may_ask,
            "asked": [_asked(one, beside, may_answer=corrects) for one in asked],
            "rows": drawing.roll(pupils, beside, shown, others, writes=writes, pressed=pressed),
            "pressed": len(pressed) if pressed is not None else None,
            "version": sheet.version if sheet else 0,
            "counts": counts,
            "present": present,
            "pupils": len(pupils),
            "problem": problem,
            "is_clash": is_clash,
            "reason": request.POST.get("reason", ""),
            "sessions": sessions if len(sessions) > 1 else [],
            "periods": [
                {"n": n, "url": roll_url(found.id, day, session, n), "is_here": n == period} for n in range(1, 6)
            ]
            if period
            else [],
            "partners": [(name, roll_url(pk, day, session)) for pk, name in queries.partners(actor, found)],
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < timezone.localdate() else None,
            "here": roll_url(found.id, day, session, period),
            "crumbs": crumbs(found),
        },
    )  # fmt: skip


def _asked(one: Asked, beside: Mapping[int, Beside], *, may_answer: bool) -> dict[str, Any]:
    """A request to set the roll right, in words."""
    changes = []
    for pk, before, code, minutes, _note in one.wanted:
        near = beside.get(pk)
        late = f" {minutes}′" if minutes else ""
        changes.append(
            {
                "name": near.full_name if near else "",
                "before": "" if one.is_whole else words.CODES.get(before, _("Có mặt")),
                "after": f"{words.CODES.get(code, _('Có mặt'))}{late}",
            }
        )
    return {
        "row": one,
        "changes": changes,
        "waits": one.state == "asked",
        "may_answer": may_answer and one.state == "asked",
    }


@page("attendance.override", methods=("POST",))
def answer_correction(request: ActorRequest, pk: int) -> HttpResponse:
    """Grant what a teacher asked to be set right, or say why not."""
    row = correction(request.actor, pk)
    if row is None:
        raise Http404
    is_granted = request.POST.get("answer") == "grant"
    try:
        actions.answer_correction(
            request.actor, row, is_granted=is_granted, answer=request.POST.get("reason", "")
        )
        messages.done(request, _("Đã sửa sổ và báo thầy cô.") if is_granted else _("Đã trả lời thầy cô."))
    except DomainError as problem:
        if problem.is_for_middleware:
            raise
        messages.refuse(request, problem.message)
    return HttpResponseRedirect(roll_url(row.classroom_id, row.day, row.session, row.period))


def _standing(
    pupils: list[MarkRow],
    is_taken: bool,
    beside: Mapping[int, Any],
    day: date,
    session: str,
    pressed: Mapping[int, Any] | None = None,
) -> dict[int, tuple[str, int | None, str]]:
    """What each pupil has; before the roll was taken, P for those whose leave was granted, and of a session learnt at
    home K for those who have not pressed."""
    shown = {row.enrolment_id: (row.code, row.minutes, row.note) for row in pupils}
    if not is_taken:
        if pressed is not None:
            shown |= {pk: (rules.UNEXCUSED, None, "") for pk in shown if pk not in pressed}
        for pk, near in beside.items():
            granted = any(one.state == "granted" and one.span.covers(day, session) for one in near.leaves)
            if granted and pk in shown:
                shown[pk] = (rules.EXCUSED, None, "")
    return shown


def _others(pupils: list[MarkRow], shown: Shown, sheet: SheetRow | None) -> dict[int, str]:
    """Where somebody else's roll says something else of a pupil than the one just sent."""
    who = sheet.taken_by if sheet else ""
    found = {}
    for row in pupils:
        mine = shown.get(row.enrolment_id, ("", None, ""))[0]
        if row.code != mine:
            code = f"{row.code}, {words.CODES[row.code]}" if row.code else _("có mặt")
            found[row.enrolment_id] = _("%(who)s đã ghi: %(code)s") % {"who": who, "code": code}
    return found


def crumbs(found: Room, *tail: tuple[str, str]) -> list[tuple[str, str]]:
    """School, roll call, class."""
    here = (_("Lớp %(name)s") % {"name": found.name}, roll_url(found.id, found.day) if tail else "")
    return [
        (found.school_name, ""),
        (_("Điểm danh"), f"{reverse('attendance:today')}?ngay={found.day:%Y-%m-%d}"),
        here,
        *tail,
    ]
