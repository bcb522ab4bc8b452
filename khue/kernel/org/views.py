"""Pages of units: the tree, one unit with its history, the forms that change it."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.errors import NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.queries import trail_of
from khue.kernel.org import conversion, forms, queries
from khue.kernel.org.verbs import VERBS, verbs_for
from khue.ui import messages
from khue.ui.words import number_vi


@page("org.view")
def tree(request: ActorRequest) -> HttpResponse:
    """The tree from where the actor's reach begins; with `q` what matches."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = queries.found_units(request.actor, text) if text else []
    tops = [] if text else queries.top_units(request.actor)
    only = tops[0] if len(tops) == 1 else None
    below = queries.children(request.actor, only) if only else []
    context = {"tops": tops, "only": only, "below": below, "found": found, "q": text}
    if request.headers.get("HX-Target") == "cay":
        return render(request, "org/_tree.html", context)
    return render(request, "org/tree.html", {**context, "may_manage": request.actor.holds("org.manage")})


@page("org.view")
def below(request: ActorRequest, pk: int) -> HttpResponse:
    """The units directly below one, as a part of the tree."""
    unit = get_object_or_404(queries.units(request.actor), pk=pk)
    return render(
        request, "org/_units.html", {"units": queries.children(request.actor, unit), "parent": unit}
    )


@page("org.view")
def unit(request: ActorRequest, pk: int) -> HttpResponse:
    """One unit: what it is, what lies below, what was decided about it."""
    found = get_object_or_404(queries.units(request.actor).select_related("parent"), pk=pk)
    context = {
        "unit": found,
        "below": queries.children(request.actor, found, with_closed=True),
        "history": queries.history(request.actor, found),
        "versions": queries.versions(request.actor, found),
        "verbs": verbs_for(request.actor, found),
        "commune": queries.all_commune_label(found.commune_code),
        "trail": trail_of(request.actor, f"org.unit:{found.pk}", limit=10),
        "crumbs": queries.crumbs(request.actor, found),
    }
    return render(request, "org/unit.html", context)


def refusals(form: Form, problem: DomainError) -> None:
    """Put a rule's "no" beside the fields it names; what concerns the request as a whole goes on to the frame."""
    if isinstance(problem, NotVisible | NotAllowed | ProofNeeded):
        raise problem
    for name, text in problem.fields.items():
        form.add_error(name if name in form.fields else None, text)
    if not problem.fields:
        form.add_error(None, problem.message)


@page("org.edit", methods=("GET", "POST"))
def change(request: ActorRequest, pk: int, verb: str) -> HttpResponse:
    """One form that changes a unit; which one is said by the last word of the address."""
    found = get_object_or_404(queries.units(request.actor), pk=pk)
    chosen = VERBS.get(verb)
    if chosen is None or chosen not in verbs_for(request.actor, found):
        raise Http404
    form = chosen.form(request.actor, found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            after = chosen.act(request.actor, found, dict(form.cleaned_data))
        except DomainError as problem:
            refusals(form, problem)
        else:
            messages.done(request, f"{chosen.done}: {after.name}")
            return HttpResponseRedirect(reverse("org:unit", args=[after.pk]))
    crumbs = [*queries.crumbs(request.actor, found), (chosen.title, "")]
    context: dict[str, Any] = {"unit": found, "verb": chosen, "form": form, "crumbs": crumbs}
    return render(request, "org/change.html", context)


@page("org.manage", methods=("GET", "POST"))
def convert(request: ActorRequest, pk: int) -> HttpResponse:
    """From three tiers to two: first what would happen, then the decision."""
    found = get_object_or_404(queries.units(request.actor, "org.manage"), pk=pk, parent__isnull=True)
    form = forms.ConvertForm(request.actor, found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = conversion.convert_tree(request.actor, found, **form.cleaned_data)
        except DomainError as problem:
            refusals(form, problem)
        else:
            messages.done(request, _("Đã chuyển %(count)s trường") % {"count": number_vi(done.moved)})
            return HttpResponseRedirect(reverse("org:unit", args=[found.pk]))
    context = {
        "unit": found,
        "form": form,
        "plan": conversion.plan(request.actor, found),
        "crumbs": [*queries.crumbs(request.actor, found), (_("Chuyển mô hình quản lý"), "")],
    }
    return render(request, "org/convert.html", context)


@page(SIGNED_IN)
def communes(request: ActorRequest) -> HttpResponse:
    """Suggestions for a commune, as options of a data list."""
    text = request.GET.get("commune_code", "").replace("\x00", "")[:100]
    return render(
        request, "org/_communes.html", {"communes": queries.commune_suggestions(request.actor, text)}
    )
