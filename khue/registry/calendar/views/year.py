"""Pages of the calendar: the year of a unit, its own days, and the frame of the province."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.home.year import year_of
from khue.lib.numbers import whole
from khue.lib.school_years import Break
from khue.registry.calendar import actions, overview, queries
from khue.registry.calendar.forms import FrameForm, SpecialDayForm, show_refusal
from khue.registry.calendar.places import STEP, crumbs_of, place_of, reaches
from khue.ui import messages


def chosen_year(request: ActorRequest) -> int:
    """The school year this session looks at; Http404 before the province has opened any."""
    now = year_of(request)
    if now is None:
        raise Http404
    return now.value


def shown_year(request: ActorRequest) -> Any:
    """The row of the school year this session looks at; Http404 before the province has opened any."""
    now = year_of(request)
    row = getattr(now, "row", None)
    if row is None:
        raise Http404
    return row


@page("calendar.view")
def year(request: ActorRequest) -> HttpResponse:
    """The year of a unit: where we are, days unlike others, weeks."""
    return _year_page(request, SpecialDayForm())


def _year_page(request: ActorRequest, form: SpecialDayForm, status: int = 200) -> HttpResponse:
    now = year_of(request)
    if now is None:
        may_manage = request.actor.holds("calendar.manage")
        return render(request, "calendar/none.html", {"heading": _("Lịch năm học"), "may_manage": may_manage})
    unit = place_of(request.actor, "calendar.view", request.GET.get(STEP, ""), is_own_enough=True)
    shown = overview.year_of_unit(request.actor, now.value, unit)
    context = {
        "heading": _("Lịch năm học %(year)s") % {"year": now.label}, "lead": unit.name, "unit": unit, "shown": shown,
        "form": form, "step": STEP,
        "crumbs": crumbs_of(request.actor, "calendar.view", unit, "calendar:year", _("Lịch năm học")),
        "may_set": not shown.is_closed and reaches(request.actor, "calendar.set_days", unit),
        "may_manage": request.actor.holds("calendar.manage"),
    }  # fmt: skip
    return render(request, "calendar/year.html", context, status=status)


@page("calendar.set_days", methods=("POST",))
def set_day(request: ActorRequest) -> HttpResponse:
    """Set a special day of a unit; the fields may stand in the address when it undoes a removal."""
    given = request.POST if "kind" in request.POST else request.GET
    form = SpecialDayForm(given)
    unit = place_of(request.actor, "calendar.set_days", request.GET.get(STEP, ""))
    if not form.is_valid():
        return _year_page(request, form, 422)
    try:
        made = actions.set_special_day(request.actor, unit, year=chosen_year(request), **form.cleaned_data)
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        show_refusal(form, problem)
        return _year_page(request, form, problem.status)
    messages.done(request, _("Đã đặt “%(name)s”") % {"name": made.name})
    return HttpResponseRedirect(f"{reverse('calendar:year')}?{STEP}={unit.code}")


@page("calendar.set_days", methods=("POST",))
def remove_day(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a special day away, with a way back."""
    day = get_object_or_404(queries.own_days(request.actor).select_related("unit"), pk=pk)
    back = urlencode(
        {
            STEP: day.unit.code,
            "kind": day.kind,
            "name": day.name,
            "starts_on": day.starts_on,
            "ends_on": day.ends_on,
        }
    )
    actions.remove_special_day(request.actor, day)
    messages.done(
        request, _("Đã bỏ “%(name)s”") % {"name": day.name}, f"{reverse('calendar:set_day')}?{back}"
    )
    return HttpResponseRedirect(f"{reverse('calendar:year')}?{STEP}={day.unit.code}")


@page("calendar.manage", methods=("GET", "POST"))
def frame(request: ActorRequest) -> HttpResponse:
    """Open a school year, or number the weeks of an open one anew, seen before it is written."""
    department = place_of(request.actor, "calendar.manage")
    asked = request.POST if request.method == "POST" else request.GET if "year" in request.GET else None
    form = FrameForm(asked) if asked is not None else FrameForm(initial=overview.usual_frame(request.actor))
    planned = None
    if form.is_bound and form.is_valid():
        planned = overview.planned(form.cleaned_data)
        if request.method == "POST":
            try:
                return _write_frame(request, department, form)
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                show_refusal(form, problem)
    status = 422 if request.method == "POST" or (form.is_bound and not form.is_valid()) else 200
    context = {
        "heading": _("Khung năm học"), "lead": department.name, "form": form, "planned": planned,
        "crumbs": [(_("Lịch năm học"), reverse("calendar:year")), (_("Khung năm học"), "")],
        "years": overview.years_to_close(request.actor),
    }  # fmt: skip
    return render(request, "calendar/frame.html", context, status=status)


def _write_frame(request: ActorRequest, department: object, form: FrameForm) -> HttpResponse:
    data = form.cleaned_data
    breaks = [Break(str(_("Nghỉ Tết Nguyên đán")), data["break_from"], data["break_to"])]
    known = {row.pk for row in queries.years(request.actor)}
    if data["year"] in known:
        actions.change_frame(
            request.actor,
            department,
            year=data["year"],
            first_lesson_day=data["first_lesson_day"],
            breaks=breaks,
        )
        messages.done(request, _("Đã đánh số lại các tuần của năm học %(year)s") % {"year": data["year"]})
    else:
        made = actions.open_school_year(
            request.actor,
            department,
            year=data["year"],
            first_lesson_day=data["first_lesson_day"],
            breaks=breaks,
        )
        messages.done(request, _("Đã mở năm học %(year)s") % {"year": made.label})
    return HttpResponseRedirect(reverse("calendar:year"))


@page("calendar.manage", methods=("POST",))
def close(request: ActorRequest) -> HttpResponse:
    """Close a school year that is over."""
    department = place_of(request.actor, "calendar.manage")
    wanted = whole(request.POST.get("year", ""))
    if wanted is None:
        raise Http404
    closed = actions.close_school_year(request.actor, department, year=wanted, on=timezone.localdate())
    messages.done(request, _("Đã khóa năm học %(year)s") % {"year": closed.label})
    return HttpResponseRedirect(reverse("calendar:frame"))
