"""Learning at home, for families: press that the child, or oneself, is there."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.attendance import actions, words
from khue.school.attendance.queries import checkins as queries
from khue.school.attendance.views.asked import number
from khue.ui import messages


@page(queries.PERMISSION, methods=("GET", "POST"))
def at_home(request: ActorRequest) -> HttpResponse:
    """The sessions that own children learn at home today; posted, one of them is there."""
    if request.method == "POST":
        return _press(request)
    today = timezone.localdate()
    children = [
        {
            "child": one,
            "sessions": [
                {"code": session, "name": words.session_name(session), "at": at}
                for session, at in one.sessions
            ],
        }
        for one in queries.at_home(request.actor, today)
    ]
    return render(
        request, "attendance/at_home.html", {"children": children, "day_label": words.day_name(today)}
    )


def _press(request: ActorRequest) -> HttpResponse:
    place = queries.own_place(request.actor, number(request.POST.get("em", "")))
    if place is None:
        raise Http404
    try:
        actions.check_in(request.actor, place, session=request.POST.get("buoi", "")[:4])
    except DomainError as problem:
        if problem.is_for_middleware:
            raise
        messages.refuse(request, problem.message)
    else:
        messages.done(request, _("Đã báo có mặt. Thầy cô thấy ngay trong bảng điểm danh."))
    return HttpResponseRedirect(reverse("attendance:at_home"))
