"""Registers of a week and a month, what is noted of one pupil, closing and signing."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.home.year import year_of
from khue.lib.names import fold
from khue.school.attendance import actions, queries, rules, tables, words
from khue.school.attendance.actions.files import take_register
from khue.school.attendance.queries import Room, registers
from khue.school.attendance.queries.registers import Register
from khue.school.attendance.queries.rolls import classroom, sheet
from khue.school.attendance.views.asked import day_of, number
from khue.school.attendance.views.rolls import crumbs, roll_url
from khue.ui import messages
from khue.ui.words import percent_vi

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("attendance.view")
def week(request: ActorRequest, pk: int) -> HttpResponse:
    """The register of a class in a week, which the homeroom teacher closes."""
    day = day_of(request.GET)
    first, last = rules.week_of(day)
    found = _room(request, pk, day)
    register = registers.all_register(found, first, last)
    table = tables.week(register)
    return render(
        request,
        "attendance/week.html",
        {
            **_common(request, found, register, table),
            "span": "week",
            "title": _("Sổ điểm danh tuần, lớp %(name)s") % {"name": found.name},
            "before": first - timedelta(days=7),
            "after": first + timedelta(days=7) if last < timezone.localdate() else None,
            "may_close": queries.reaches(request.actor, found, "attendance.close")
            and not found.is_year_closed,
            "may_reopen": queries.reaches(request.actor, found, "attendance.manage"),
            "crumbs": crumbs(found, (_("Sổ tuần"), "")),
        },
    )


@page("attendance.view")
def month(request: ActorRequest, pk: int) -> HttpResponse:
    """The register of a class in a month by the form, which a leader signs."""
    day = day_of(request.GET)
    first, last = rules.month_of(day)
    found = _room(request, pk, day)
    register = registers.all_register(found, first, last)
    sessions = [one for one in rules.COUNTED if found.plan(last).days(one)]
    session = request.GET.get("buoi", "")
    session = session if session in sessions else ""
    table = tables.month(register, session)
    return render(
        request,
        "attendance/week.html",
        {
            **_common(request, found, register, table),
            "span": "month",
            "title": _("Sổ điểm danh tháng %(month)s, lớp %(name)s")
            % {"month": f"{first:%m/%Y}", "name": found.name},
            "before": first - timedelta(days=1),
            "after": last + timedelta(days=1) if last < timezone.localdate() else None,
            "sessions": [(one, words.session_name(one)) for one in sessions] if len(sessions) > 1 else [],
            "session": session,
            "may_sign": queries.reaches(request.actor, found, "attendance.sign") and not found.is_year_closed,
            "crumbs": crumbs(found, (_("Sổ tháng"), "")),
        },
    )


def _room(request: ActorRequest, pk: int, day: date) -> Room:
    found = queries.room(request.actor, pk, day)
    if found is None:
        raise Http404
    return found


def _common(request: ActorRequest, found: Room, register: Register, table: tables.Table) -> dict[str, object]:
    links = {day: roll_url(found.id, day) for day in register.days}
    pupil = reverse("attendance:pupil", args=[0]).replace("/0/", "/{pk}/")
    closed = register.closing("month" if register.first.day == 1 and len(register.days) > 7 else "week")
    return {
        "found": found,
        "register": register,
        "table": tables.draw(table, links=links, pupil_url=pupil),
        "rate": table.rate,
        "rate_text": _rate(table.rate),
        "first": register.first,
        "last": register.last,
        "closed": closed,
        "signed": [one for one in register.closings if one.span == "month"],
        "untaken": sum(not one.is_off and not one.is_taken and one.day < timezone.localdate() for one in table.columns),
    }  # fmt: skip


def _rate(value: int | None) -> str:
    return "" if value is None else percent_vi(value / 10)


@page("attendance.view")
def month_file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """The register of a month to print or to keep as a workbook; that it was taken is written down."""
    room = classroom(request.actor, pk, "attendance.view")
    if room is None or kind not in ("pdf", "xlsx"):
        raise Http404
    day = day_of(request.GET)
    session = request.GET.get("buoi", "")
    data = take_register(
        request.actor, room, day=day, session=session if session in rules.COUNTED else "", is_paper=kind == "pdf"
    )  # fmt: skip
    response = HttpResponse(data, content_type="application/pdf" if kind == "pdf" else XLSX)
    name = f"so-diem-danh-{fold(room.name).replace(' ', '-').replace('/', '-')}-{day:%Y-%m}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("attendance.close", methods=("POST",))
def close_week(request: ActorRequest, pk: int) -> HttpResponse:
    """Close a week of a class."""
    room = classroom(request.actor, pk, "attendance.close")
    if room is None:
        raise Http404
    day = day_of(request.POST)
    try:
        actions.close_week(request.actor, room, day=day, reason=request.POST.get("reason", ""))
        messages.done(request, _("Đã chốt tuần. Cần sửa thì nhờ nhà trường mở lại."))
    except DomainError as problem:
        _told(request, problem)
    return HttpResponseRedirect(f"{reverse('attendance:week', args=[pk])}?ngay={day:%Y-%m-%d}")


def _told(request: ActorRequest, problem: DomainError) -> None:
    if problem.is_for_middleware:
        raise problem
    messages.refuse(request, problem.message)


@page("attendance.sign")
def months(request: ActorRequest) -> HttpResponse:
    """The classes of a school in a month, to be signed one by one or all at once."""
    day = day_of(request.GET)
    first, last = rules.month_of(day)
    year = year_of(request)
    rows = registers.class_months(request.actor, year.value, first, last) if year else []
    return render(
        request,
        "attendance/months.html",
        {
            "rows": rows,
            "first": first,
            "before": first - timedelta(days=1),
            "after": last + timedelta(days=1) if last < timezone.localdate() else None,
            "open": sum(one.signed is None for one in rows),
        },
    )


@page("attendance.sign", methods=("POST",))
def sign_months(request: ActorRequest) -> HttpResponse:
    """Sign a month for the chosen classes."""
    day = day_of(request.POST)
    chosen = [number(one) for one in request.POST.getlist("lop")]
    rooms = [classroom(request.actor, pk, "attendance.sign") for pk in chosen[:100]]
    if any(room is None for room in rooms):
        raise Http404
    if not rooms:
        messages.refuse(request, _("Chọn lớp để ký."))
    else:
        try:
            done = actions.sign_month(
                request.actor, [room for room in rooms if room], day=day, reason=request.POST.get("reason", "")
            )  # fmt: skip
            messages.done(
                request, _("Đã ký tháng %(month)s của %(n)s lớp.") % {"month": f"{day:%m/%Y}", "n": len(done)}
            )
        except DomainError as problem:
            _told(request, problem)
    return HttpResponseRedirect(f"{reverse('attendance:months')}?ngay={day:%Y-%m-%d}")


@page("attendance.manage", methods=("POST",))
def reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """Open a closed week, or a signed month, again with a reason."""
    week_closed = registers.closing(request.actor, pk, "attendance.manage")
    if week_closed is None:
        raise Http404
    reason = request.POST.get("reason", "")
    view = "week" if week_closed.span == "week" else "month"
    try:
        if week_closed.span == "week":
            actions.reopen_week(request.actor, week_closed, reason=reason)
        else:
            actions.reopen_month(request.actor, week_closed, reason=reason)
        messages.done(request, _("Đã mở lại sổ điểm danh."))
    except DomainError as problem:
        _told(request, problem)
    address = reverse(f"attendance:{view}", args=[week_closed.classroom_id])
    return HttpResponseRedirect(f"{address}?ngay={week_closed.starts_on:%Y-%m-%d}")


@page("attendance.view")
def pupil(request: ActorRequest, pk: int) -> HttpResponse:
    """What is noted of a pupil: absences that count, each mark with everything it was before."""
    found = registers.place(request.actor, pk)
    if found is None:
        raise Http404
    marks = registers.all_pupil_marks(found)
    absences = queries.all_absences(found.of_year)
    room = queries.all_room(found.classroom_id, timezone.localdate()) if found.classroom_id else None
    excuses = room is not None and queries.reaches(request.actor, room, "attendance.answer_leave")
    today = timezone.localdate()
    lines = [
        {
            "mark": one,
            "label": words.session_name(one.session, one.period),
            "day": words.day_name(one.day),
            "code": words.CODES.get(one.code, _("Có mặt")),
            "source": words.SOURCES.get(one.source, ""),
            "changes": [
                (
                    change,
                    words.CODES.get(change.before, _("Có mặt")),
                    words.CODES.get(change.after, _("Có mặt")),
                )
                for change in one.changes
            ],
            "may_excuse": excuses
            and room is not None
            and one.code == rules.UNEXCUSED
            and rules.may_excuse(one.day, today, room.is_school_day, room.settings["attendance.proof_days"]),
            "url": roll_url(one.classroom_id, one.day, one.session, one.period),
        }
        for one in marks
    ]
    excused = sum(value[0] for value in absences.values())
    unexcused = sum(value[1] for value in absences.values())
    steps = [(found.school_name, ""), (_("Điểm danh"), reverse("attendance:today"))]
    if room is not None:
        steps.append(
            (_("Lớp %(name)s") % {"name": found.class_name}, reverse("attendance:week", args=[room.id]))
        )
    return render(
        request,
        "attendance/pupil.html",
        {
            "found": found, "lines": lines, "excused": excused, "unexcused": unexcused,
            "total": excused + unexcused, "most": 45, "level": room.level if room else "",
            "crumbs": [*steps, (found.full_name, "")],
        },
    )  # fmt: skip


@page("attendance.answer_leave", methods=("POST",))
def excuse(request: ActorRequest, pk: int) -> HttpResponse:
    """Turn an absence without leave into one with leave by a proof."""
    row = sheet(request.actor, pk, "attendance.answer_leave")
    enrolment = number(request.POST.get("em", ""))
    if row is None or registers.place(request.actor, enrolment) is None:
        raise Http404
    try:
        actions.excuse(request.actor, row, enrolment_id=enrolment, proof=request.POST.get("proof", ""))
        messages.done(request, _("Đã chuyển thành nghỉ có phép."))
    except DomainError as problem:
        _told(request, problem)
    return HttpResponseRedirect(reverse("attendance:pupil", args=[enrolment]))
