"""What guardians do: ask for leave, see what became of it, answer the news that a child is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.attendance import actions, rules, words
from khue.school.attendance.actions.leaves import BEHIND
from khue.school.attendance.queries import leaves as queries
from khue.school.attendance.queries.leaves import Child
from khue.school.attendance.views.asked import date_of
from khue.ui import messages
from khue.ui.app import keepable

if TYPE_CHECKING:
    from khue.school.attendance.models import AbsenceNotice, LeaveRequest

NOW, TODAY, TOMORROW, SPAN = "sang", "hom-nay", "ngay-mai", "tu-den"
SHOWN = 30


@page("attendance.ask_leave", methods=("GET", "POST"))
@keepable
def my_leaves(request: ActorRequest) -> HttpResponse:
    """Ask for leave for a child, and the requests made so far."""
    children = queries.own_children(request.actor)
    chosen = _chosen(request, children)
    problem = ""
    if request.method == "POST":
        if chosen is None:
            raise Http404
        try:
            _ask(request, chosen)
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
        else:
            messages.done(request, _("Đã gửi đơn. Thầy cô trả lời thì có tin báo."))
            return HttpResponseRedirect(reverse("attendance:my_leaves"))
    today = timezone.localdate()
    return render(
        request,
        "attendance/my_leaves.html",
        {
            "children": children,
            "chosen": chosen,
            "teacher": words.teacher(chosen.teacher_given, chosen.teacher, chosen.teacher_sex) if chosen else "",
            "when": request.POST.get("khi", TODAY if timezone.localtime().hour < 17 else TOMORROW),
            "whens": _whens(today),
            "kinds": list(words.KINDS.items()),
            "kind": request.POST.get("ly_do", "sick"),
            "data": request.POST,
            "today": today,
            "problem": problem,
            "leaves": [_line(one) for one in queries.own_leaves(request.actor)[:SHOWN]],
        },
    )  # fmt: skip


def _whens(today: date) -> list[tuple[str, str]]:
    tomorrow = today + timedelta(days=1)
    return [
        (NOW, _("Sáng nay")),
        (TODAY, _("Hôm nay, %(day)s") % {"day": f"{today:%d/%m}"}),
        (TOMORROW, _("Ngày mai, %(day)s") % {"day": f"{tomorrow:%d/%m}"}),
        (SPAN, _("Từ ngày đến ngày")),
    ]


def _chosen(request: ActorRequest, children: Sequence[Child]) -> Child | None:
    data = request.POST if request.method == "POST" else request.GET
    asked = data.get("em", "")
    if asked:
        found = next((one for one in children if str(one.person_id) == asked), None)
        if found is None:
            raise Http404  # another's child is as one who does not exist
        return found
    return children[0] if children else None


def _ask(request: ActorRequest, child: Child) -> None:
    enrolment = queries.own_enrolment(request.actor, child.enrolment_id)
    if enrolment is None:
        raise Http404
    first, start, last, end = _span(request)
    actions.ask_leave(
        request.actor, enrolment, from_day=first, from_session=start, to_day=last, to_session=end,
        kind=request.POST.get("ly_do", ""), note=request.POST.get("loi_nhan", ""), proof=request.FILES.get("tep"),
    )  # fmt: skip


def _span(request: ActorRequest) -> tuple[date, str, date, str]:
    """The days a form names; raises DomainError when it names none."""
    today = timezone.localdate()
    when = request.POST.get("khi", "")
    if when == NOW:
        return today, rules.MORNING, today, rules.MORNING
    if when in (TODAY, TOMORROW):
        day = today + timedelta(days=when == TOMORROW)
        return day, rules.MORNING, day, rules.AFTERNOON
    first, last = date_of(request.POST.get("tu", "")), date_of(request.POST.get("den", ""))
    if first is None:
        raise DomainError(_("Ghi ngày bắt đầu nghỉ."))
    return (
        first,
        request.POST.get("tu_buoi", rules.MORNING),
        last or first,
        request.POST.get("den_buoi", rules.AFTERNOON),
    )


def _line(one: LeaveRequest) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "leave": one,
        "name": one.enrolment.person.full_name,
        "span": words.leave_span(one.from_day, one.from_session, one.to_day, one.to_session),
        "kind": words.KINDS.get(one.kind, one.kind),
        "may_withdraw": one.state == "asked" or (one.state == "granted" and one.from_day > today),
    }


@page("attendance.ask_leave", methods=("POST",))
def withdraw_leave(request: ActorRequest, pk: int) -> HttpResponse:
    """Take back a request."""
    leave = get_object_or_404(queries.own_leaves(request.actor), pk=pk)
    try:
        actions.withdraw_leave(request.actor, leave)
        messages.done(request, _("Đã rút đơn."))
    except DomainError as problem:
        if problem.is_for_middleware:
            raise
        messages.refuse(request, problem.message)
    return HttpResponseRedirect(reverse("attendance:my_leaves"))


@page("attendance.view_own", methods=("GET", "POST"))
@keepable
def notice(request: ActorRequest, pk: int) -> HttpResponse:
    """The news that a child is missing, and the family's answer."""
    found = get_object_or_404(queries.own_notices(request.actor), pk=pk)
    problem = ""
    if request.method == "POST":
        try:
            _answer(request, found)
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
        else:
            messages.done(request, _("Đã gửi trả lời cho thầy cô."))
            return HttpResponseRedirect(reverse("attendance:notice", args=[pk]))
    return _show(request, found, problem)


def _answer(request: ActorRequest, found: AbsenceNotice) -> None:
    last, end = found.day, found.session
    until = request.POST.get("den", "")
    if until == TODAY:
        end = rules.AFTERNOON if rules.ORDER[end] < rules.ORDER[rules.AFTERNOON] else end
    elif until == TOMORROW:
        last, end = found.day + timedelta(days=1), rules.AFTERNOON
    actions.answer_notice(
        request.actor, found, answer=request.POST.get("tra_loi", ""), kind=request.POST.get("ly_do", "sick"),
        note=request.POST.get("loi_nhan", ""), to_day=last, to_session=end,
    )  # fmt: skip


def _show(request: ActorRequest, found: AbsenceNotice, problem: str) -> HttpResponse:
    person = found.enrolment.person
    children = queries.own_children(request.actor, "attendance.view_own")
    child = next((one for one in children if one.enrolment_id == found.enrolment_id), None)
    tomorrow = found.day + timedelta(days=1)
    answers = {
        "home": _("Có, con nghỉ ở nhà"), "coming": _("Con đến muộn"),
        "unknown": _("Không, tôi tưởng con đã đến lớp"),
    }  # fmt: skip
    return render(
        request,
        "attendance/notice.html",
        {
            "found": found,
            "person": person,
            "child": child,
            "teacher": words.teacher(child.teacher_given, child.teacher, child.teacher_sex) if child else "",
            "when": words.session_name(found.session, found.period).lower(),
            "day_label": words.day_name(found.day),
            "told": queries.all_told(found),
            "answers": answers,
            "answer_label": answers.get(found.answer, ""),
            "untils": [
                ("buoi", words.leave_span(found.day, found.session, found.day, found.session).capitalize()),
                (TODAY, _("Hết ngày %(day)s") % {"day": f"{found.day:%d/%m}"}),
                (TOMORROW, _("Hết ngày %(day)s") % {"day": f"{tomorrow:%d/%m}"}),
            ],
            "kinds": list(words.KINDS.items()),
            "kind": request.POST.get("ly_do", "sick"),
            "data": request.POST,
            "problem": problem,
            "may_answer": not found.answer
            and found.mended_at is None
            and found.day >= timezone.localdate() - BEHIND
            and request.actor.holds("attendance.ask_leave"),
        },
    )
