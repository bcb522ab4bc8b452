"""Results: the classes of a school, one class with its steps, one pupil with every reason, computing anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.home.year import year_of
from khue.kernel.jobs.actions import start
from khue.lib.numbers import whole
from khue.school.gradebook import result_drawing, terms
from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.judging import PENDING, PERIODS, YEAR
from khue.school.gradebook.queries import result_pages as queries
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.views import result_forms
from khue.school.gradebook.views.where import place_of
from khue.ui import messages

ALL = 60  # classes at once


def period_of(request: ActorRequest) -> int:
    """The term or year of the page; by default what is nearest to its end today."""
    asked = (request.POST if request.method == "POST" else request.GET).get("ky", "")
    if asked in terms.KEYS:
        return terms.KEYS[asked]
    month = timezone.localdate().month
    return 1 if month >= 8 or month == 1 else 2 if month < 6 else YEAR


def year_id(request: ActorRequest) -> int:
    """The school year of the session; raises DomainError before the province opened one."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    return year.value


def act(do: Callable[[], Any]) -> str:
    """Do something; gives the words of a refusal, empty when it was done."""
    try:
        do()
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return problem.message
    return ""


# --- the school ---------------------------------------------------------------------------------------------------


@page("gradebook.view_results")
def results(request: ActorRequest) -> HttpResponse:
    """The classes with how far their results have come."""
    return _school(request)


def _school(request: ActorRequest, problem: str = "", status: int = 200) -> HttpResponse:
    place = place_of(request, "gradebook.view_results")
    period, year = period_of(request), year_id(request)
    school = place.unit if place.is_school and place.is_reached else None
    lines = queries.class_lines(request.actor, year, period, school.pk if school else None)
    states = Counter(line.state for line in lines)
    ready = [line for line in lines if line.state == "submitted"]
    return render(
        request, "gradebook/results.html",
        {
            "lines": lines, "period": period, "terms": PERIODS, "states": states, "ready": ready, "problem": problem,
            "pending": sum(line.pending for line in lines), "key": terms.key_of(period),
            "period_words": terms.words(period),
            "is_all_approved": bool(lines) and len(lines) == states["approved"],
            "may_approve": school is not None and request.actor.holds("gradebook.approve_results"),
            "may_compute": school is not None and request.actor.holds("gradebook.compute_results"),
            "may_roll_over": school is not None and request.actor.holds("roster.roll_over"),
            "crumbs": [*((unit.name, "") for unit in place.path), (_("Kết quả học tập"), "")],
        },
        status=status,
    )  # fmt: skip


@page("gradebook.approve_results", methods=("POST",))
def approve(request: ActorRequest) -> HttpResponse:
    """Approve the chosen classes; what is not ready is listed."""
    ids = [pk for text in request.POST.getlist("lop")[:ALL] if (pk := whole(text)) is not None]
    rooms = queries.result_classes(request.actor, ids, "gradebook.approve_results")
    if not rooms:
        if ids:
            raise Http404
        return _school(request, _("Chọn ít nhất một lớp."), 422)
    period = period_of(request)
    done: list[Any] = []
    problem = act(lambda: done.append(actions.approve_results(request.actor, rooms, period=period)))
    if problem:
        return _class(request, rooms[0].pk, problem) if len(rooms) == 1 else _school(request, problem, 422)
    approved, aside = done[0]
    messages.done(
        request,
        _("Đã duyệt kết quả %(period)s của %(n)s lớp")
        % {"period": terms.words(period), "n": len(approved)},
    )  # fmt: skip
    if aside:
        messages.warn(request, _("Chưa duyệt: ") + " ".join(f"{one.name}: {one.why}" for one in aside))
    if len(ids) == 1:
        return HttpResponseRedirect(_class_address(approved[0], period))
    return HttpResponseRedirect(f"{reverse('gradebook:results')}?ky={terms.key_of(period)}")


# --- computing ----------------------------------------------------------------------------------------------------


@page("gradebook.compute_results", methods=("GET", "POST"))
def compute(request: ActorRequest) -> HttpResponse:
    """Compute all results of a school or the province anew, behind the page."""
    place = place_of(request, "gradebook.compute_results")
    if place.unit is None or not place.is_reached:
        raise Http404
    year = year_id(request)
    if request.method == "POST":
        title = _("Tính lại kết quả: %(unit)s") % {"unit": place.unit.name}
        run = start(
            request.actor, "gradebook.compute_results", title, place.unit,
            {"unit_id": place.unit.pk, "year_id": year},
        )  # fmt: skip
        return HttpResponseRedirect(reverse("jobs:run", args=[run.pk]))
    schools, pupils = facts.all_size(place.unit.pk, year)
    return render(
        request, "gradebook/compute_results.html",
        {
            "unit": place.unit, "schools": schools, "pupils": pupils, "is_school": place.is_school,
            "crumbs": [*((unit.name, "") for unit in place.path), (_("Tính lại kết quả"), "")],
        },
    )  # fmt: skip


# --- a class ------------------------------------------------------------------------------------------------------


def _class_address(pk: int, period: int) -> str:
    return f"{reverse('gradebook:class_results', args=[pk])}?ky={terms.key_of(period)}"


@page("gradebook.view_results")
def class_results(request: ActorRequest, pk: int) -> HttpResponse:
    """A class by subjects, with levels, titles and outcomes; and the step that comes next."""
    return _class(request, pk)


def _class(request: ActorRequest, pk: int, problem: str = "") -> HttpResponse:
    period = period_of(request)
    table = queries.class_table(request.actor, pk, period)
    if table is None:
        raise Http404
    actor, room = request.actor, table.room
    is_mine = room.id in actor.reach("gradebook.submit_results").class_ids
    is_head = actor.holds("gradebook.approve_results")
    key = terms.key_of(period)
    pupils = reverse("gradebook:pupil_result", args=[0]).replace("/0/", "/{}/")
    return render(
        request, "gradebook/class_results.html",
        {
            "table": table, "period": period, "terms": PERIODS, "key": key, "problem": problem,
            "drawn": result_drawing.body(table, pupils, f"?ky={key}"), "period_words": terms.words(period),
            "moved": [row for row in table.rows if row.moved],
            "counts": _counts(table), "may_submit": is_mine or is_head, "may_approve": is_head,
            "may_recognise": table.room.is_primary and period == YEAR and (is_mine or is_head),
            "crumbs": [
                (table.school_name, ""),
                (_("Kết quả học tập"), f"{reverse('gradebook:results')}?ky={key}"),
                (_("Lớp %(name)s") % {"name": room.name}, ""),
            ],
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _counts(table: queries.ClassTable) -> list[tuple[str, int]]:
    """How many pupils have each level; numbers of the class, nobody's place in it."""
    found: dict[str, int] = {}
    for row in table.rows:
        if row.learning:
            found[row.learning] = found.get(row.learning, 0) + 1
    return sorted(found.items(), key=lambda pair: -pair[1])


def _step(
    request: ActorRequest, pk: int, permission: str, do: Callable[[Any, int], Any], told: str
) -> HttpResponse:
    room = queries.result_class(request.actor, pk, permission)
    if room is None:
        raise Http404
    period = period_of(request)
    problem = act(lambda: do(room, period))
    if problem:
        return _class(request, pk, problem)
    messages.done(request, told % {"period": terms.words(period), "name": room.name})
    return HttpResponseRedirect(_class_address(pk, period))


@page("gradebook.submit_results", methods=("POST",))
def submit(request: ActorRequest, pk: int) -> HttpResponse:
    """Submit the class's results to the head."""
    return _step(
        request, pk, "gradebook.submit_results",
        lambda room, period: actions.submit_results(request.actor, room, period=period),
        _("Đã trình kết quả %(period)s, lớp %(name)s"),
    )  # fmt: skip


@page("gradebook.return_results", methods=("POST",))
def give_back(request: ActorRequest, pk: int) -> HttpResponse:
    """Return them with words."""
    words = request.POST.get("loi", "")
    return _step(
        request, pk, "gradebook.return_results",
        lambda room, period: actions.return_results(request.actor, room, period=period, words=words),
        _("Đã trả lại kết quả %(period)s, lớp %(name)s"),
    )  # fmt: skip


@page("gradebook.approve_results", methods=("POST",))
def reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """Open approved results again, with a reason."""
    reason = request.POST.get("loi", "")
    return _step(
        request, pk, "gradebook.approve_results",
        lambda room, period: actions.reopen_results(request.actor, room, period=period, reason=reason),
        _("Đã mở lại kết quả %(period)s, lớp %(name)s"),
    )  # fmt: skip


# --- a pupil ------------------------------------------------------------------------------------------------------


@page("gradebook.view_results")
def pupil_result(request: ActorRequest, pk: int) -> HttpResponse:
    """Why a pupil has this result: the rule, the marks behind it, what follows."""
    return show_pupil(request, pk, period_of(request))


def show_pupil(request: ActorRequest, pk: int, period: int, problem: str = "") -> HttpResponse:
    """The page of a pupil, with what was refused above it."""
    found = queries.pupil_result(request.actor, pk, period)
    if found is None:
        raise Http404
    room, row, kept = found.room, found.row, found.row.kept
    is_year = period == YEAR and kept is not None and kept.is_approved
    actor = request.actor
    forms = result_forms.forms_of(found) if is_year else None
    back = f"{reverse('gradebook:class_results', args=[room.id])}?ky={terms.key_of(period)}"
    return render(
        request, "gradebook/pupil_result.html",
        {
            "found": found, "row": row, "kept": kept, "period": period, "terms": PERIODS, "problem": problem,
            "period_words": terms.words(period), "forms": forms, "is_waiting": row.verdict.outcome in PENDING,
            "may_retest": is_year and actor.holds("gradebook.enter_retest"),
            "may_summer": is_year and actor.holds("gradebook.report_summer"),
            "may_finish": is_year and actor.holds("gradebook.finish_year"),
            "crumbs": [
                (found.enrolment.school.name, ""),
                (_("Kết quả học tập"), f"{reverse('gradebook:results')}?ky={terms.key_of(period)}"),
                (_("Lớp %(name)s") % {"name": room.name}, back), (row.pupil.name, ""),
            ],
        },
        status=422 if problem else 200,
    )  # fmt: skip
