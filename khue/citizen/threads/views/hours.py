"""When a teacher answers families."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.citizen.threads import actions, words
from khue.citizen.threads.hours import WEEK, Hours
from khue.citizen.threads.queries import partners
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.notify.queries import self_of
from khue.ui import messages


@page("threads.set_hours", methods=("GET", "POST"))
def office_hours(request: ActorRequest) -> HttpResponse:
    """One's own hours at the school of the capacity, and a way back to the school's."""
    school = partners.own_school(request.actor)
    if school is None:
        raise Http404
    hours, is_own = partners.own_hours(request.actor, school)
    problem = ""
    if request.method == "POST":
        wish = None
        try:
            if request.POST.get("verb") != "school":
                wish = hours = _hours(request)
            actions.set_hours(request.actor, self_of(request.actor), hours=wish)
            messages.done(request, _("Đã đặt giờ trả lời phụ huynh"))
            return HttpResponseRedirect(reverse("threads:hours"))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    return render(
        request,
        "threads/hours.html",
        {
            "school": school, "is_own": is_own, "problem": problem, "span": words.span(hours) if hours.is_sound else "",
            "days": [(one, words.first_upper(str(words.DAYS[int(one) - 2])), one in hours.days) for one in WEEK],
            "start": _clock(hours.start), "until": _clock(hours.until),
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _hours(request: ActorRequest) -> Hours:
    days = "".join(one for one in WEEK if one in request.POST.getlist("days"))
    return Hours(days, _minutes(request.POST.get("start", "")), _minutes(request.POST.get("until", "")))


def _minutes(text: str) -> int:
    """`07:30` as minutes; -1, which no hours may have, for anything else."""
    hour, _colon, minute = text.partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()) or len(text) > 5:
        return -1
    return int(hour) * 60 + int(minute) if int(hour) < 24 and int(minute) < 60 else -1


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes >= 0 else ""
