"""Pages of closures: what stands, closing with a look at who is told, another last day, opening again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.registry.calendar import actions, queries
from khue.registry.calendar.forms import ClosureForm, FirstDayForm, LastDayForm, show_refusal
from khue.registry.calendar.places import STEP, crumbs_of, place_of
from khue.registry.calendar.views.year import chosen_year
from khue.ui import messages

PERMISSION = "calendar.close_classes"


@page(PERMISSION, methods=("GET", "POST"))
def closures(request: ActorRequest) -> HttpResponse:
    """What is closed now and was before; closing a unit, seen before it is done."""
    unit = place_of(request.actor, PERMISSION, request.GET.get(STEP, ""))
    is_seen = "reason" in request.GET
    given = request.POST if request.method == "POST" else request.GET if is_seen else None
    form = ClosureForm(given, initial={"starts_on": timezone.localdate(), "reason": "storm"})
    status = 200
    is_planned = form.is_bound and form.is_valid()
    if form.is_bound and not is_planned:
        status = 422
    if request.method == "POST" and is_planned:
        try:
            made = actions.close_classes(request.actor, unit, year=chosen_year(request), **form.cleaned_data)
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            show_refusal(form, problem)
            status, is_planned = problem.status, False
        else:
            messages.done(
                request,
                _("%(unit)s tạm nghỉ học. Khuê đang báo cho phụ huynh và giáo viên") % {"unit": unit.name},
            )
            return HttpResponseRedirect(reverse("calendar:closure", args=[made.pk]))
    context = {
        "heading": _("Tạm nghỉ học"), "lead": unit.name, "unit": unit, "form": form, "step": STEP,
        "is_planned": is_planned,
        "rows": list(queries.closures(request.actor, chosen_year(request))[:50]),
        "below": queries.places_below(request.actor, unit),
        "crumbs": crumbs_of(request.actor, PERMISSION, unit, "calendar:closures", _("Tạm nghỉ học")),
    }  # fmt: skip
    return render(request, "calendar/closures.html", context, status=status)


@page(PERMISSION)
def closure(request: ActorRequest, pk: int) -> HttpResponse:
    """One closure: what holds, who closed, opening again."""
    return _closure_page(request, pk, FirstDayForm(initial={"on": timezone.localdate()}), LastDayForm())


def _closure_page(
    request: ActorRequest, pk: int, opening: forms.Form, last_day: forms.Form, status: int = 200
) -> HttpResponse:
    row = get_object_or_404(queries.closures(request.actor, chosen_year(request)), pk=pk)
    context = {
        "heading": _("Tạm nghỉ học: %(unit)s") % {"unit": row.unit.name}, "row": row, "opening": opening,
        "last_day": last_day, "is_over": row.reopened_at is not None or row.is_past(timezone.localdate()),
        "crumbs": [(_("Tạm nghỉ học"), reverse("calendar:closures")), (row.unit.name, "")],
    }  # fmt: skip
    return render(request, "calendar/closure.html", context, status=status)


@page(PERMISSION, methods=("POST",))
def reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """Lessons at school go on from a day."""
    return _changed(
        request, pk, FirstDayForm(request.POST), actions.reopen_classes, _("Đã mở lại, Khuê đang báo tin")
    )


@page(PERMISSION, methods=("POST",))
def extend(request: ActorRequest, pk: int) -> HttpResponse:
    """Another last day."""
    return _changed(
        request, pk, LastDayForm(request.POST), actions.extend_closure, _("Đã đổi ngày, Khuê đang báo tin")
    )


def _changed(request: ActorRequest, pk: int, form: forms.Form, do: Any, words: str) -> HttpResponse:
    row = get_object_or_404(queries.closures(request.actor, chosen_year(request)), pk=pk)
    status = 422
    if form.is_valid():
        try:
            do(request.actor, row, **form.cleaned_data)
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            show_refusal(form, problem)
            status = problem.status
        else:
            messages.done(request, words)
            return HttpResponseRedirect(reverse("calendar:closure", args=[pk]))
    if isinstance(form, FirstDayForm):
        return _closure_page(request, pk, form, LastDayForm(), status)
    return _closure_page(request, pk, FirstDayForm(initial={"on": timezone.localdate()}), form, status)
