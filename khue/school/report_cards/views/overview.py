"""The classes of a school with where their cards stand, a class, composing, and who signs in another's place."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.jobs.actions import start
from khue.school.report_cards.actions import composing, substitutes
from khue.school.report_cards.composing import PROBLEMS
from khue.school.report_cards.queries import cards, places
from khue.school.report_cards.queries import substitutes as named
from khue.school.report_cards.rules import NO_PERSONAL_ID
from khue.school.report_cards.views.years import elsewhere, year_id, year_label
from khue.school.report_cards.waiting import step_words
from khue.ui import messages


@page("report_cards.view")
def overview(request: ActorRequest) -> HttpResponse:
    """The classes of the year with counts by what their cards wait for."""
    year = year_id(request)
    lines = cards.class_lines(request.actor, year)
    totals = {
        key: sum(getattr(line, key) for line in lines)
        for key in (
            "pupils",
            "without",
            "draft",
            "subject",
            "homeroom",
            "principal",
            "school",
            "issued",
            "waits",
        )
    }
    school = places.school_of(request.actor)
    is_begun = totals["without"] < totals["pupils"]
    return render(
        request, "report_cards/overview.html",
        {
            "lines": lines, "totals": totals, "year": year_label(year), "year_id": year,
            **({} if is_begun else elsewhere(request, "report_cards.view", year)),
            "may_compose": school is not None and any(line.is_approved for line in lines),
            "is_head": request.actor.holds("report_cards.sign_principal"),
            "crumbs": [*places.crumbs(request.actor), (_("Học bạ số"), "")],
        },
    )  # fmt: skip


@page("report_cards.compose", methods=("POST",))
def compose_school(request: ActorRequest) -> HttpResponse:
    """Compose the cards of every class of the year behind the page."""
    school = places.school_of(request.actor)
    if school is None:
        raise Http404
    year = year_id(request)
    title = _("Lập học bạ năm học %(year)s: %(unit)s") % {"year": year_label(year), "unit": school.name}
    run = start(
        request.actor, "report_cards.compose", title, school, {"school_id": school.pk, "year_id": year}
    )
    return HttpResponseRedirect(reverse("jobs:run", args=[run.pk]))


# --- a class ------------------------------------------------------------------------------------------------------


@page("report_cards.view")
def class_cards(request: ActorRequest, pk: int) -> HttpResponse:
    """The pupils of a class with their cards, and what each still lacks."""
    return _class(request, pk)


def _class(request: ActorRequest, pk: int, problem: str = "") -> HttpResponse:
    room = cards.classroom(request.actor, pk)
    if room is None:
        raise Http404
    found = cards.all_pupil_lines(pk)
    rows = [
        {
            "line": line,
            "waits": step_words(line.step),
            "problems": [
                (PROBLEMS.get(code, code), _mend(code, line, room.pk), code == NO_PERSONAL_ID)
                for code in line.problems
            ],
        }
        for line in found
    ]
    actor = request.actor
    counts: dict[str, int] = {}
    for line in found:
        word = line.step or ("issued" if line.code and line.state not in ("", "draft") else line.state)
        counts[word] = counts.get(word, 0) + 1
    return render(
        request, "report_cards/class_cards.html",
        {
            "room": room, "rows": rows, "problem": problem, "pupils": len(found),
            "counts": [(label, counts[key]) for key, label in _counted() if counts.get(key)],
            "without": counts.get("", 0), "may_compose": actor.holds("report_cards.compose"),
            "may_excuse": actor.holds("report_cards.sign_principal"),
            "is_primary": room.level == "TH", "review": cards.all_review_state(pk),
            "blocked": [row for row in rows if row["problems"]],
            "substitutes": named.of_class(actor, pk), "may_name": actor.holds("report_cards.name_signer"),
            "crumbs": [
                (room.school.name, ""), (_("Học bạ số"), reverse("report_cards:overview")),
                (_("Lớp %(name)s") % {"name": room.name}, ""),
            ],
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _counted() -> list[tuple[str, str]]:
    return [
        ("draft", _("chưa đủ dữ liệu")), ("subject", _("chờ giáo viên môn học")), ("homeroom", _("chờ chủ nhiệm")),
        ("principal", _("chờ hiệu trưởng")), ("school", _("chờ đóng dấu")), ("issued", _("đã cấp")),
    ]  # fmt: skip


def _mend(code: str, line: cards.PupilLine, room_id: int) -> str:
    """Where a lack is mended."""
    if code in (NO_PERSONAL_ID, "THIEU_NGAY_SINH"):
        return reverse("roster:pupil", args=[line.person_id])
    if code == "CHO_SAU_HE":
        return f"{reverse('gradebook:pupil_result', args=[line.enrolment_id])}?ky=ca-nam"
    if code in ("CHUA_DUYET", "THIEU_KET_QUA"):
        return f"{reverse('gradebook:class_results', args=[room_id])}?ky=ca-nam"
    return ""


@page("report_cards.compose", methods=("POST",))
def compose_class(request: ActorRequest, pk: int) -> HttpResponse:
    """Compose the cards of a class now."""
    room = cards.classroom(request.actor, pk, "report_cards.compose")
    if room is None:
        raise Http404
    try:
        done = composing.compose_class(request.actor, room)
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return _class(request, pk, problem.message)
    messages.done(
        request,
        _("Đã lập học bạ lớp %(name)s: %(made)s em, %(lacking)s em còn thiếu dữ liệu")
        % {"name": room.name, "made": done.made + done.anew, "lacking": done.lacking},
    )
    return HttpResponseRedirect(reverse("report_cards:class_cards", args=[pk]))


# --- who signs in another's place -----------------------------------------------------------------------------------


@page("report_cards.name_signer", methods=("GET", "POST"))
def name_signer(request: ActorRequest, pk: int) -> HttpResponse:
    """Name who signs a class's cards in the homeroom teacher's place, or a subject's rows in its teacher's."""
    room = cards.classroom(request.actor, pk, "report_cards.name_signer")
    if room is None:
        raise Http404
    problem, status = "", 200
    if request.method == "POST":
        try:
            substitutes.name_signer(
                request.actor, room, subject_id=request.POST.get("mon", "")[:20],
                person_id=_number(request.POST.get("nguoi", "")), reason=request.POST.get("ly-do", ""),
            )  # fmt: skip
        except (NotVisible, NotAllowed, ProofNeeded):
            raise
        except DomainError as refused:
            problem, status = refused.message, 422
        else:
            messages.done(request, _("Đã giao người ký thay, lớp %(name)s") % {"name": room.name})
            return HttpResponseRedirect(reverse("report_cards:class_cards", args=[pk]))
    context: dict[str, Any] = {
        "room": room, "people": named.staff_of(request.actor, room), "subjects": named.subjects_of(request.actor, pk),
        "problem": problem, "typed": request.POST,
        "crumbs": [
            (room.school.name, ""), (_("Học bạ số"), reverse("report_cards:overview")),
            (_("Lớp %(name)s") % {"name": room.name}, reverse("report_cards:class_cards", args=[pk])),
            (_("Giao người ký thay"), ""),
        ],
    }  # fmt: skip
    return render(request, "report_cards/name_signer.html", context, status=status)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


@page("report_cards.name_signer", methods=("POST",))
def end_substitute(request: ActorRequest, pk: int) -> HttpResponse:
    """Take it back."""
    row = get_object_or_404(named.substitutes(request.actor), pk=pk)
    substitutes.end_substitute(request.actor, row)
    messages.done(request, _("Đã thôi giao người ký thay"))
    return HttpResponseRedirect(reverse("report_cards:class_cards", args=[row.classroom_id]))
