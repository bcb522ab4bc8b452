"""Pages of background work: the list, one run as it goes on, and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.jobs import actions, queries
from khue.ui import messages

PAGE_SIZE = 30
FAILURES_SHOWN = 200


@page(SIGNED_IN)
def runs(request: ActorRequest) -> HttpResponse:
    """Own runs, and those of one's units."""
    shown = Paginator(queries.runs(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "jobs/runs.html", {"page": shown, "person_id": request.actor.person_id})


@page(SIGNED_IN)
def run(request: ActorRequest, pk: int) -> HttpResponse:
    """One run; while it goes on, the page asks for its changing part every two seconds."""
    found = get_object_or_404(queries.runs(request.actor), pk=pk)
    context: dict[str, Any] = {
        "run": found,
        "failures": found.failures[:FAILURES_SHOWN],
        "is_own": found.asked_by_id == request.actor.person_id,
        "minutes_left": None if found.seconds_left is None else max(1, round(found.seconds_left / 60)),
    }
    if request.headers.get("HX-Target") == "viec":
        return render(request, "jobs/_run.html", context)
    crumbs = [(_("Việc nền"), reverse("jobs:runs")), (found.title, "")]
    return render(request, "jobs/run.html", {**context, "crumbs": crumbs})


def _press(request: ActorRequest, pk: int, act: Callable[..., Any], told: str) -> HttpResponse:
    found = get_object_or_404(queries.runs(request.actor), pk=pk)
    act(request.actor, found)
    messages.done(request, told)
    return HttpResponseRedirect(reverse("jobs:run", args=[pk]))


@page(SIGNED_IN, methods=("POST",))
def stop(request: ActorRequest, pk: int) -> HttpResponse:
    """Stop after the step it is at."""
    return _press(request, pk, actions.stop, _("Sẽ dừng sau phần đang làm"))


@page(SIGNED_IN, methods=("POST",))
def resume(request: ActorRequest, pk: int) -> HttpResponse:
    """Go on."""
    return _press(request, pk, actions.resume, _("Đang làm tiếp"))


@page(SIGNED_IN, methods=("POST",))
def retry(request: ActorRequest, pk: int) -> HttpResponse:
    """Try the failed parts again."""
    return _press(request, pk, actions.retry_failures, _("Đang thử lại các phần chưa được"))
