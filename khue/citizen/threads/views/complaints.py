"""Reporting a conversation, and what the school's heads do about it."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.citizen.threads import actions
from khue.citizen.threads.queries import conversations as queries
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.ui import messages

SHOWN = 100


@page("threads.read", methods=("GET", "POST"))
def report(request: ActorRequest, pk: int) -> HttpResponse:
    """Report an own conversation to the head of the school, with the reason."""
    found = queries.thread(request.actor, pk)
    if found is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            actions.report(request.actor, found, reason=request.POST.get("reason", ""))
            messages.done(request, _("Đã báo hiệu trưởng. Có trả lời thì có tin báo."))
            return HttpResponseRedirect(reverse("threads:thread", args=[pk]))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    return render(
        request,
        "threads/report.html",
        {"thread": found, "problem": problem, "typed": request.POST.get("reason", "")},
        status=422 if problem else 200,
    )


@page("threads.hear_complaints")
def complaints(request: ActorRequest) -> HttpResponse:
    """What was reported at the school: open first."""
    rows = list(queries.complaints(request.actor)[:SHOWN])
    return render(
        request,
        "threads/complaints.html",
        {
            "waiting": [one for one in rows if not one.closed_at],
            "done": [one for one in rows if one.closed_at],
        },
    )


@page("threads.hear_complaints", methods=("GET", "POST"))
def complaint(request: ActorRequest, pk: int) -> HttpResponse:
    """One report: why; then, opened by a press that the record keeps, the conversation itself; then the answer."""
    found = queries.complaint(request.actor, pk)
    if found is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "open":
                actions.open_complaint(request.actor, found)
            else:
                actions.close_complaint(request.actor, found, answer=request.POST.get("answer", ""))
                messages.done(request, _("Đã trả lời người báo. Cuộc trò chuyện đóng lại."))
            return HttpResponseRedirect(reverse("threads:complaint", args=[pk]))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    return render(
        request,
        "threads/complaint.html",
        {
            "complaint": found,
            "said": queries.complained_messages(request.actor, found),
            "problem": problem,
            "typed": request.POST.get("answer", ""),
        },
        status=422 if problem else 200,
    )
