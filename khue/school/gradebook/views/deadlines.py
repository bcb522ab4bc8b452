"""The page of days: by when columns are to be entered, from when they are locked, and locking at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.registry.roster.queries.places import Place
from khue.school.gradebook import actions, plan
from khue.school.gradebook.deadline_forms import DaysForm
from khue.school.gradebook.queries import deadlines as queries
from khue.school.gradebook.queries.progress import empty_cells
from khue.school.gradebook.queries.terms import TermShown
from khue.school.gradebook.views.where import STEP, TERM, path_to, place_of, term_of
from khue.ui import messages


@dataclass(frozen=True)
class Row:
    """A column with its two fields."""

    line: queries.DayLine
    due: Any
    lock: Any


@page("gradebook.set_deadlines", methods=("GET", "POST"))
def deadlines(request: ActorRequest) -> HttpResponse:
    """Set the days of a school or the default of the province; `?khoa=` asks before locking a column at once."""
    term, place = term_of(request), place_of(request, "gradebook.set_deadlines")
    unit = place.unit
    if unit is None or not place.is_reached or not (place.is_school or place.is_root):
        raise Http404
    lines = queries.days(request.actor, unit, term)
    here = f"{reverse('gradebook:deadlines')}?{STEP}={unit.code}&{TERM}={term.number}"
    fields = [(line.code, line.label) for line in lines]
    if request.method == "POST" and request.POST.get("lock"):
        return _lock(request, place, term, request.POST["lock"], here)
    if request.method == "POST":
        form = DaysForm(fields, request.POST)
        if form.is_valid():
            try:
                changed = actions.set_deadlines(
                    request.actor, unit, year=term.year_id, term=term.number, days=form.wanted(),
                    seen=queries.all_seen_of(request.POST.get("seen", "")), reason=form.cleaned_data["reason"],
                )  # fmt: skip
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                return _page(request, place, term, lines, form, problem.status)
            text = ngettext("Đã ghi hạn của %(n)s cột", "Đã ghi hạn của %(n)s cột", changed) % {"n": changed}
            messages.done(request, text if changed else _("Không có hạn nào thay đổi"))
            return HttpResponseRedirect(here)
        return _page(request, place, term, lines, form, 422)
    initial = {
        f"{line.code}-{name}": day
        for line in lines
        if line.own
        for name, day in zip(("due", "lock"), line.own, strict=True)
    }
    return _page(request, place, term, lines, DaysForm(fields, initial=initial))


def _page(
    request: ActorRequest, place: Place, term: TermShown, lines: list[queries.DayLine], form: DaysForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    unit = place.unit
    assert unit is not None
    asked = next(
        (line for line in lines if line.code == request.GET.get("khoa") and not line.is_locked), None
    )
    today = timezone.localdate()
    context = {
        "place": place, "unit": unit, "term": term, "form": form, "seen": queries.all_seen_text(lines),
        "rows": [Row(line, form[f"{line.code}-due"], form[f"{line.code}-lock"]) for line in lines],
        "asked": asked, "yesterday": today - timedelta(days=1), "today": today,
        "empty": empty_cells(request.actor, unit, term, asked.code) if asked and place.is_school else None,
        "crumbs": path_to(place, "deadlines", term, _("Hạn vào điểm")),
        "may_edit": not term.is_closed,
    }  # fmt: skip
    return render(request, "gradebook/deadlines.html", context, status=status)


def _lock(request: ActorRequest, place: Place, term: TermShown, code: str, here: str) -> HttpResponse:
    assert place.unit is not None
    try:
        actions.lock_now(request.actor, place.unit, year=term.year_id, term=term.number, column=code)
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        messages.refuse(request, problem.message)
    else:
        messages.done(request, _("Đã khóa cột %(column)s từ hôm nay") % {"column": plan.SETTABLE[code]})
    return HttpResponseRedirect(here)
