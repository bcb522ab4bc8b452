"""Requests for leave as the homeroom teacher answers them, and the sessions a school plans."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.files.storing import content_of
from khue.kernel.files.views import TYPES
from khue.school.attendance import actions, rules, words
from khue.school.attendance.queries import leaves as queries
from khue.school.attendance.queries import plans as plan_queries
from khue.school.attendance.views.asked import date_of, number
from khue.ui import messages

if TYPE_CHECKING:
    from khue.school.attendance.models import LeaveRequest

PAGE_SIZE = 50


@page("attendance.answer_leave")
def leaves(request: ActorRequest) -> HttpResponse:
    """Requests that wait, answered by one press, and those answered of late."""
    waiting = [_line(one) for one in queries.waiting(request.actor)[:200]]
    done = Paginator(queries.leaves(request.actor).exclude(state="asked"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "attendance/leaves.html",
        {"waiting": waiting, "done": [_line(one) for one in done], "page": done},
    )


def _line(one: LeaveRequest) -> dict[str, object]:
    return {
        "leave": one,
        "name": one.enrolment.person.full_name,
        "class_name": one.enrolment.classroom.name if one.enrolment.classroom else "",
        "span": words.leave_span(one.from_day, one.from_session, one.to_day, one.to_session),
        "kind": words.KINDS.get(one.kind, one.kind),
    }


@page("attendance.answer_leave", methods=("POST",))
def answer_leave(request: ActorRequest, pk: int) -> HttpResponse:
    """Grant or refuse a request."""
    leave = get_object_or_404(queries.leaves(request.actor), pk=pk)
    is_granted = request.POST.get("answer") == "grant"
    try:
        actions.answer_leave(
            request.actor, leave, is_granted=is_granted, answer=request.POST.get("note", ""),
            version=number(request.POST.get("version", "")) or None,
        )  # fmt: skip
        name = leave.enrolment.person.full_name
        text = (
            _("Đã cho em %(name)s nghỉ có phép.")
            if is_granted
            else _("Đã trả lời: chưa đồng ý cho em %(name)s nghỉ.")
        )
        messages.done(request, text % {"name": name})
    except DomainError as problem:
        if problem.is_for_middleware:
            raise
        messages.refuse(request, problem.message)
    return HttpResponseRedirect(reverse("attendance:leaves"))


@page("attendance.answer_leave")
def leave_proof(request: ActorRequest, pk: int) -> HttpResponse:
    """The paper a guardian put beside a request."""
    leave = get_object_or_404(queries.leaves(request.actor), pk=pk)
    if leave.proof is None:
        raise Http404
    response = HttpResponse(
        content_of(leave.proof), content_type=TYPES.get(leave.proof.kind, "application/octet-stream")
    )
    response["Content-Disposition"] = content_disposition_header(True, leave.proof.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# --- the sessions of a school ---------------------------------------------------------------------------------------

WEEK = "2345678"


@page("attendance.manage", methods=("GET", "POST"))
def plans(request: ActorRequest) -> HttpResponse:
    """On which weekdays a school, a level or a class has sessions, which one counts, and whether by period."""
    found = plan_queries.place(request.actor)
    if found is None:
        raise Http404
    problem = ""
    data = request.POST
    if request.method == "POST":
        try:
            _set(request, found)
            messages.done(request, _("Đã đặt buổi học."))
            return HttpResponseRedirect(reverse("attendance:plans"))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    rows = [
        {
            "plan": one,
            "morning": _days(one.morning_days),
            "afternoon": _days(one.afternoon_days),
            "evening": _days(one.evening_days),
            "main": words.SESSIONS[one.main_session],
            "level": dict(plan_queries.LEVELS).get(one.level, ""),
        }
        for one in queries.plans(request.actor)
    ]
    usual = [
        (
            plan_queries.LEVELS_BY_CODE[level],
            _days(plan.morning),
            _days(plan.afternoon),
            words.SESSIONS[plan.main],
        )
        for level in found.levels
        for plan in (rules.usual_plan(level),)
    ]
    days = [(n, words.SHORT_DAYS[int(n) - 2]) for n in WEEK]
    sessions = [
        ("sang", words.SESSIONS["S"], data.getlist("sang") if data else list("234567")),
        ("chieu", words.SESSIONS["C"], data.getlist("chieu")),
        ("toi", words.SESSIONS["T"], data.getlist("toi")),
    ]
    return render(
        request,
        "attendance/plans.html",
        {
            "place": found, "rows": rows, "usual": usual, "days": days, "sessions": sessions, "problem": problem,
            "levels": [(one, plan_queries.LEVELS_BY_CODE[one]) for one in found.levels], "data": data,
            "today": timezone.localdate(),
        },
    )  # fmt: skip


def _days(text: str) -> str:
    return ", ".join(words.SHORT_DAYS[int(one) - 2] for one in text)


def _set(request: ActorRequest, found: plan_queries.PlanPlace) -> None:
    where = request.POST.get("cho", "")
    room = None
    level = ""
    if where.startswith("lop-"):
        room = plan_queries.classroom(request.actor, number(where[4:]))
        if room is None:
            raise Http404
    elif where in found.levels:
        level = where
    starts: date | None = date_of(request.POST.get("tu", ""))
    if starts is None:
        raise DomainError(_("Ghi ngày bắt đầu áp dụng."))
    actions.set_plan(
        request.actor, found.school, level=level, classroom=room, starts_on=starts,
        morning_days="".join(request.POST.getlist("sang")), afternoon_days="".join(request.POST.getlist("chieu")),
        evening_days="".join(request.POST.getlist("toi")), main_session=request.POST.get("chinh", "S"),
        by_period=bool(request.POST.get("tung_tiet")),
    )  # fmt: skip


@page("attendance.manage", methods=("POST",))
def remove_plan(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a decision on sessions away."""
    plan = get_object_or_404(queries.plans(request.actor), pk=pk)
    actions.remove_plan(request.actor, plan)
    messages.done(request, _("Đã bỏ. Cách xếp buổi trước đó lại áp dụng."))
    return HttpResponseRedirect(reverse("attendance:plans"))
