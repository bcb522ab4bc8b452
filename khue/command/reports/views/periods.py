"""The periods of reporting, and the department's pages to open one and move its days."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.reports import actions
from khue.command.reports.days import usual_days
from khue.command.reports.forms import KINDS, DaysForm, OpenForm
from khue.command.reports.queries import progress
from khue.command.reports.queries import reports as queries
from khue.command.reports.views.where import STEP
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.kernel.home.year import year_of
from khue.registry.calendar.queries import years
from khue.registry.roster.queries.places import place
from khue.ui import messages


@page("reports.view")
def periods(request: ActorRequest) -> HttpResponse:
    """The periods: a school sees its own reports, others how many schools have sent."""
    found = place(request.actor, "reports.view", request.GET.get(STEP, "")[:40])
    if found is None or found.unit is None or not found.is_reached:
        raise Http404
    unit, rows = found.unit, list(queries.periods(request.actor))
    own = queries.own_latest(request.actor, unit) if found.is_school else {}
    counted = {} if found.is_school else progress.counts(request.actor, unit)
    schools = 0 if found.is_school else progress.schools_below(request.actor, unit)
    today, page_of = timezone.localdate(), "report" if found.is_school else "progress"
    lines: list[dict[str, Any]] = []
    for row in rows:
        sent, accepted = counted.get(row.pk, (0, 0))
        lines.append({
            "period": row, "report": own.get(row.pk), "sent": sent, "accepted": accepted, "schools": max(schools, sent),
            "is_late": today > row.due_on, "is_ahead": today < row.as_of,
            "url": f"{reverse(f'reports:{page_of}', args=[row.pk])}?{STEP}={unit.code}",
        })  # fmt: skip
    context = {
        "lines": lines, "unit": unit, "is_school": found.is_school,
        "may_open": found.is_root and request.actor.holds("reports.manage"),
        "crumbs": [(unit.name, ""), (_("Báo cáo thống kê"), "")],
    }  # fmt: skip
    return render(request, "reports/periods.html", context)


@page("reports.manage", methods=("GET", "POST"))
def open_period(request: ActorRequest) -> HttpResponse:
    """Open a period of the year the header shows; its days are the usual ones unless moved."""
    found, now = place(request.actor, "reports.manage"), year_of(request)
    if found is None or found.unit is None or not found.is_root or now is None:
        raise Http404
    usual = usual_days(now.value)
    taken = set(queries.periods(request.actor).filter(year_id=now.value).values_list("kind", flat=True))
    left = [(value, label) for value, label in KINDS if value not in taken]
    kind = request.GET.get("ky", "")
    kind = kind if kind in dict(left) else left[0][0] if left else ""
    days_of = usual.get(kind, (None, None))
    form = OpenForm(request.POST or None, initial={"kind": kind, "as_of": days_of[0], "due_on": days_of[1]})
    form.fields["kind"].choices = left  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        year = get_object_or_404(years(request.actor), pk=now.value)
        try:
            made = actions.open_period(request.actor, found.unit, year=year, **form.cleaned_data)
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã mở kì báo cáo. Khuê đang lập báo cáo cho các trường."))
            return HttpResponseRedirect(f"{reverse('reports:progress', args=[made.pk])}")
    context = {
        "form": form, "kind": kind, "kinds": left, "year": now.label,
        "crumbs": [(_("Báo cáo thống kê"), reverse("reports:periods")), (_("Mở kì báo cáo"), "")],
    }  # fmt: skip
    return render(request, "reports/open.html", context, status=422 if form.errors else 200)


@page("reports.manage", methods=("GET", "POST"))
def days(request: ActorRequest, pk: int) -> HttpResponse:
    """Move the days of a period."""
    period = get_object_or_404(queries.periods(request.actor), pk=pk)
    form = DaysForm(
        request.POST or None, initial={"as_of": period.as_of, "due_on": period.due_on, "note": period.note}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_days(request.actor, period, **form.cleaned_data)
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã ghi ngày của kì báo cáo."))
            return HttpResponseRedirect(reverse("reports:progress", args=[pk]))
    context = {
        "form": form, "period": period,
        "crumbs": [
            (_("Báo cáo thống kê"), reverse("reports:periods")),
            (period.label, reverse("reports:progress", args=[pk])), (_("Đổi ngày"), ""),
        ],
    }  # fmt: skip
    return render(request, "reports/days.html", context, status=422 if form.errors else 200)
