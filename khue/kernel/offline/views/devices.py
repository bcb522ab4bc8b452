"""One's own devices, and those of a school's people: when they last joined, and the way to cut one off."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.offline import actions, contact, queries
from khue.ui import messages

ON_A_PAGE = 100


@page(SIGNED_IN)
def own(request: ActorRequest) -> HttpResponse:
    """One's own devices."""
    return render(
        request,
        "offline/devices.html",
        {
            "devices": list(queries.own_devices(request.actor)[:ON_A_PAGE]),
            "open": queries.open_counts(request.actor),
            "days": contact.DAYS,
            "may_carry": request.actor.holds("offline.carry"),
        },
    )


@page(SIGNED_IN, methods=("POST",))
def cut_own(request: ActorRequest, pk: int) -> HttpResponse:
    """Cut an own device off."""
    device = get_object_or_404(queries.own_devices(request.actor), pk=pk)
    actions.leave(request.actor, device)
    messages.done(
        request,
        _("Đã cắt “%(name)s”. Lần tới có mạng, máy tự xóa dữ liệu mang theo.") % {"name": device.name},
    )
    return HttpResponseRedirect(reverse("offline:devices"))


@page("offline.manage")
def of_school(request: ActorRequest) -> HttpResponse:
    """The devices of the people of one's school."""
    found = list(queries.devices(request.actor)[: ON_A_PAGE + 1])
    return render(
        request,
        "offline/school_devices.html",
        {"devices": found[:ON_A_PAGE], "has_more": len(found) > ON_A_PAGE, "days": contact.DAYS},
    )


@page("offline.manage", methods=("GET", "POST"))
def cut(request: ActorRequest, pk: int) -> HttpResponse:
    """Cut somebody's device off, with the reason."""
    device = get_object_or_404(queries.devices(request.actor), pk=pk)
    problem = None
    if request.method == "POST":
        try:
            actions.cut_off(request.actor, device, reason=request.POST.get("reason", ""))
        except DomainError as refused:
            if refused.status == 404:
                raise Http404 from refused
            problem = refused
        else:
            messages.done(
                request,
                _("Đã cắt máy “%(name)s”. Lần tới có mạng, máy tự xóa dữ liệu mang theo.")
                % {"name": device.name},
            )
            return HttpResponseRedirect(reverse("offline:school_devices"))
    return render(
        request,
        "offline/cut_off.html",
        {
            "device": device,
            "problem": problem,
            "reason": request.POST.get("reason", ""),
            "crumbs": [(_("Máy mang đi"), reverse("offline:school_devices")), (device.name, "")],
        },
        status=422 if problem else 200,
    )
