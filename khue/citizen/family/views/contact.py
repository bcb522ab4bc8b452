"""Contact data put right: a guardian asks, the office compares and answers."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.citizen.family import actions, queries
from khue.citizen.family.comparing import compared
from khue.citizen.family.forms import ContactForm
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.lib.phones import format_phone
from khue.ui.messages import done, refuse


@page("family.ask_correction", methods=("GET", "POST"))
def contact(request: ActorRequest) -> HttpResponse:
    """One's own contact data and the children's as the school has them, and what one asked to correct."""
    children = queries.children(request.actor)
    people = queries.own_people(request.actor, children)
    chosen = next((one for one in people if str(one.person.pk) == request.GET.get("ai", "")), None)
    if request.GET.get("ai") and chosen is None:
        raise Http404
    form = None
    if chosen is not None:
        first = {
            "phone": format_phone(chosen.person.phone) if chosen.person.phone else "",
            "email": chosen.person.email,
            "address": chosen.person.address,
        }
        form = ContactForm(request.POST if request.method == "POST" else None, initial=first)
        if request.method == "POST" and form.is_valid():
            wanted = {name: form.cleaned_data[name] for name in queries.FIELDS}
            try:
                actions.ask_correction(
                    request.actor,
                    queries.own_enrolment(request.actor, chosen.enrolment_id),
                    is_self=chosen.is_self,
                    wanted=wanted,
                    note=form.cleaned_data["note"],
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                done(request, _("Đã gửi đề nghị đến văn phòng trường"))
                return HttpResponseRedirect(reverse("family:contact"))
    return render(
        request,
        "family/contact.html",
        {
            "people": people,
            "chosen": chosen,
            "form": form,
            "asked": [(row, compared(row)) for row in queries.own_corrections(request.actor)[:20]],
        },
        status=422 if form is not None and form.errors else 200,
    )


@page("family.ask_correction", methods=("POST",))
def withdraw(request: ActorRequest, pk: int) -> HttpResponse:
    """Take back a wish that was not answered yet."""
    row = queries.own_corrections(request.actor).filter(pk=pk).first()
    if row is None:
        raise Http404
    actions.withdraw_correction(request.actor, row)
    done(request, _("Đã rút đề nghị"))
    return HttpResponseRedirect(reverse("family:contact"))


@page("family.decide_corrections")
def corrections(request: ActorRequest) -> HttpResponse:
    """What waits for the office: what the record says now beside what is asked."""
    rows = [(row, compared(row)) for row in queries.waiting(request.actor)[:50]]
    return render(request, "family/corrections.html", {"rows": rows})


@page("family.decide_corrections", methods=("POST",))
def decide(request: ActorRequest, pk: int) -> HttpResponse:
    """Say yes or no to one wish."""
    row = queries.waiting_row(request.actor, pk)
    if row is None:
        raise Http404
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    try:
        if request.POST.get("answer") == "accept":
            actions.accept_correction(request.actor, row, version=version)
            done(request, _("Đã sửa hồ sơ và báo cho phụ huynh"))
        else:
            actions.refuse_correction(
                request.actor, row, version=version, reason=request.POST.get("reason", "")
            )
            done(request, _("Đã trả lời phụ huynh"))
    except DomainError as problem:
        refuse(request, problem.message)
    return HttpResponseRedirect(reverse("family:corrections"))
