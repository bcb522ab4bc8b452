"""Pages of a family: the day of every child, and everything that is not in the bar at the foot."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from khue.citizen.family import day, queries, record
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.access.roles import PUPIL
from khue.kernel.home.context import other_pages
from khue.kernel.statements import planned_once
from khue.ui.app import keepable


@page("family.view_day")
@keepable
def today(request: ActorRequest) -> HttpResponse:
    """Hôm nay: the children of a guardian, whatever their schools, on one screen; a pupil sees the own day."""
    with planned_once():
        shown = day.of(request.actor, queries.children(request.actor))
    return render(
        request,
        "family/today.html",
        {
            "now": timezone.localtime(),
            "day": shown,
            "is_own": PUPIL in request.actor.roles,
        },
    )


@page("family.view_day")
@keepable
def more(request: ActorRequest) -> HttpResponse:
    """Thêm: every other page of the app, the account, and putting the app on the phone."""
    return render(request, "family/more.html", {"links": other_pages(request.actor)})


@page("family.view_day")
@keepable
def child(request: ActorRequest, person_id: int) -> HttpResponse:
    """One child: every published mark of the year and every absence, on one page that can be read without a line."""
    with planned_once():
        found = record.of(request.actor, person_id)
    if found is None:
        raise Http404
    return render(request, "family/child.html", {"record": found, "is_own": PUPIL in request.actor.roles})
