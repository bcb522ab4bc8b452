"""After an approved year: who still has something before them, the steps for one pupil, the titles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.gradebook.actions import after_year as actions
from khue.school.gradebook.judging import PENDING, YEAR
from khue.school.gradebook.queries import result_pages as queries
from khue.school.gradebook.views import result_forms
from khue.school.gradebook.views.results import act, show_pupil, year_id
from khue.school.gradebook.views.where import place_of
from khue.ui import messages


@page("gradebook.view_results")
def after_year(request: ActorRequest) -> HttpResponse:
    """The pupils whose year is approved and not finished, and those for whom it was."""
    place = place_of(request, "gradebook.view_results")
    asked = request.GET.get("lop", "")
    room = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    school = place.unit.pk if place.unit and place.is_school and place.is_reached else None
    lines = queries.after_lines(request.actor, year_id(request), school, room)
    return render(
        request, "gradebook/after_year.html",
        {
            "waiting": [line for line in lines if line.outcome in PENDING],
            "done": [line for line in lines if line.outcome not in PENDING], "is_one_class": room is not None,
            "crumbs": [
                *((unit.name, "") for unit in place.path),
                (_("Kết quả học tập"), f"{reverse('gradebook:results')}?ky=ca-nam"),
                (_("Sau năm học"), ""),
            ],
        },
    )  # fmt: skip


@page("gradebook.view_results")
def awards(request: ActorRequest) -> HttpResponse:
    """The titles of the year, by title, then by class and name; made to be printed."""
    place = place_of(request, "gradebook.view_results")
    school = place.unit.pk if place.unit and place.is_school and place.is_reached else None
    lines = queries.award_lines(request.actor, year_id(request), school)
    groups = [(title, list(rows)) for title, rows in groupby(lines, key=lambda line: line.title)]
    return render(
        request, "gradebook/awards.html",
        {
            "groups": groups, "total": len(lines), "is_proposed": any(not line.is_approved for line in lines),
            "unit": place.unit,
            "crumbs": [
                *((unit.name, "") for unit in place.path),
                (_("Kết quả học tập"), f"{reverse('gradebook:results')}?ky=ca-nam"),
                (_("Khen thưởng"), ""),
            ],
        },
    )  # fmt: skip


def _version(request: ActorRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _do(
    request: ActorRequest, pk: int, permission: str, do: Callable[[Any, int], Any], told: str
) -> HttpResponse:
    one = queries.enrolment(request.actor, pk, permission)
    if one is None:
        raise Http404
    problem = act(lambda: do(one, _version(request)))
    if problem:
        return show_pupil(request, pk, YEAR, problem)
    messages.done(request, told)
    return HttpResponseRedirect(f"{reverse('gradebook:pupil_result', args=[pk])}?ky=ca-nam")


@page("gradebook.enter_retest", methods=("POST",))
def retest(request: ActorRequest, pk: int) -> HttpResponse:
    """Choose subjects, write marks of re-tests, or a primary pupil's supplement."""
    step, source = request.POST.get("buoc", ""), request.POST.get("nguon", "")

    def do(one: Any, version: int) -> None:
        if step == "mon":
            actions.choose_retest(request.actor, one, version=version, subjects=request.POST.getlist("mon"))
            return
        found = queries.pupil_result(request.actor, pk, YEAR)
        if found is None:
            raise Http404
        if found.room.is_primary:
            values = result_forms.typed_supplement(request.POST, found.room)
            actions.supplement(request.actor, one, version=version, values=values, source=source)
            return
        marks = result_forms.typed_retest(request.POST, found.room)
        actions.enter_retest(
            request.actor, one, version=version, marks=marks, source=source, is_over="het" in request.POST
        )

    told = _("Đã ghi môn kiểm tra lại") if step == "mon" else _("Đã ghi kết quả đánh giá lại")
    return _do(request, pk, "gradebook.enter_retest", do, told)


@page("gradebook.report_summer", methods=("POST",))
def summer(request: ActorRequest, pk: int) -> HttpResponse:
    """Give the summer's tasks, or say that the signed report came back."""
    task = request.POST.get("nhiem-vu")

    def do(one: Any, version: int) -> None:
        if task is not None:
            actions.assign_summer_training(request.actor, one, version=version, task=task)
        else:
            signed = request.POST.get("da-ky") == "1"
            actions.report_summer_training(request.actor, one, version=version, is_signed=signed)

    return _do(request, pk, "gradebook.report_summer", do, _("Đã ghi rèn luyện hè"))


@page("gradebook.finish_year", methods=("POST",))
def judge_summer(request: ActorRequest, pk: int) -> HttpResponse:
    """Judge conduct again after the summer."""
    conduct = request.POST.get("muc", "")
    return _do(
        request, pk, "gradebook.finish_year",
        lambda one, version: actions.judge_summer_training(request.actor, one, version=version, conduct=conduct),
        _("Đã đánh giá lại rèn luyện"),
    )  # fmt: skip


@page("gradebook.finish_year", methods=("POST",))
def decide(request: ActorRequest, pk: int) -> HttpResponse:
    """Write the principal's decision."""
    promoted = {"len": True, "lai": False}.get(request.POST.get("quyet-dinh", ""))

    def do(one: Any, version: int) -> None:
        if promoted is None:
            raise DomainError(_("Chọn cho lên lớp hoặc ở lại lớp."))
        actions.decide_promotion(
            request.actor, one, version=version, is_promoted=promoted, words=request.POST.get("loi", "")
        )

    return _do(request, pk, "gradebook.finish_year", do, _("Đã ghi quyết định của hiệu trưởng"))


@page("gradebook.submit_results", methods=("POST",))
def recognise(request: ActorRequest, pk: int) -> HttpResponse:
    """Say in what the class recognised pupils of primary school."""
    room = queries.result_class(request.actor, pk, "gradebook.submit_results")
    if room is None:
        raise Http404
    words = {
        int(key[3:]): str(value)
        for key, value in request.POST.items()
        if key.startswith("em-") and key[3:].isascii() and key[3:].isdigit() and len(key) < 22
    }
    problem = act(lambda: actions.recognise(request.actor, room, words=words))
    if problem:
        messages.refuse(request, problem)
    else:
        messages.done(request, _("Đã ghi các em tiêu biểu"))
    return HttpResponseRedirect(f"{reverse('gradebook:class_results', args=[pk])}?ky=ca-nam")
