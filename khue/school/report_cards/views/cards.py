"""One card: what it says, who signed it, the paper as it will look; excusing a missing number, sending back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel import papers
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.school.report_cards import datafile
from khue.school.report_cards.actions import composing
from khue.school.report_cards.composing import PROBLEMS
from khue.school.report_cards.printing.papers import CARD
from khue.school.report_cards.printing.wording import LEVELS, PRIMARY_RESULTS, mark_text
from khue.school.report_cards.queries import cards, corrections
from khue.school.report_cards.rules import NO_PERSONAL_ID, OPEN, State, Step, next_step, policy_of
from khue.school.report_cards.views.signing import OUTCOMES
from khue.school.report_cards.views.years import year_label
from khue.school.report_cards.waiting import step_words
from khue.ui import messages


@page("report_cards.view")
def card(request: ActorRequest, pk: int) -> HttpResponse:
    """What a card says and how far it has come."""
    return show_card(request, pk)


def show_card(request: ActorRequest, pk: int, problem: str = "") -> HttpResponse:
    """The page of a card, with what was refused above it."""
    found = cards.card(request.actor, pk)
    if found is None:
        raise Http404
    content = found.content
    is_issued = found.issued_at is not None
    waits = next_step(policy_of(found.steps).steps, State(found.state), found.unsigned)
    is_head = request.actor.holds("report_cards.sign_principal")
    room = found.classroom
    return render(
        request, "report_cards/card.html",
        {
            "card": found, "content": content, "problem": problem, "is_issued": is_issued,
            "waits": step_words(waits or ""), "signatures": cards.all_signatures(found.pk),
            "problems": [PROBLEMS.get(code, code) for code in found.problems],
            "subjects": [_line(line) for line in content["subjects"]],
            "has_retest": any(line["retest"] for line in content["subjects"]),
            "primary": content["primary_subjects"], "outcome": _outcome(content),
            "result": _result(content), "unsigned": _unsigned(found),
            **_choices(request, found),
            "may_excuse": is_head and found.state == State.DRAFT and NO_PERSONAL_ID in found.problems,
            "may_send_back": is_head and found.state in OPEN,
            "year": year_label(found.year_id),
            "crumbs": [
                (found.school.name, ""), (_("Học bạ số"), reverse("report_cards:overview")),
                (_("Lớp %(name)s") % {"name": room.name}, _class_url(request, room.pk)),
                (content["pupil"]["full_name"], reverse("report_cards:pupil_cards", args=[found.person_id])),
                (year_label(found.year_id), ""),
            ],
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _class_url(request: ActorRequest, room_id: int) -> str:
    """The class of a card; none for a card that another school made."""
    is_ours = cards.classroom(request.actor, room_id) is not None
    return reverse("report_cards:class_cards", args=[room_id]) if is_ours else ""


def _choices(request: ActorRequest, found: Any) -> dict[str, Any]:
    """What may be done with a card once it is issued."""
    return asdict(corrections.choices(request.actor, found)) if found.issued_at is not None else {}


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    marks = {key: mark_text(line[key]) for key in ("first", "second", "year", "retest")}
    return {**line, **marks}


def _outcome(content: Mapping[str, Any]) -> str:
    if content["completion"]:
        return str(content["completion"])
    if content["promoted_to"]:
        return _("Được lên %(grade)s") % {"grade": content["promoted_to"]}
    return str(OUTCOMES.get(content["outcome"], ""))


def _result(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The results of the year as label and words."""
    primary, result = content["primary_result"], content["result"]
    if primary:
        return [(_("Kết quả giáo dục"), PRIMARY_RESULTS.get(primary["result"], ""))]
    if not result:
        return []
    found = [
        (_("Học tập"), LEVELS.get(result["learning_year"], "")),
        (_("Rèn luyện"), LEVELS.get(result["conduct_year"], "")),
        (_("Số buổi nghỉ cả năm"), "" if result["absences"] is None else str(result["absences"])),
    ]
    if result["learning_after"]:
        found.append((_("Học tập sau đánh giá lại"), LEVELS.get(result["learning_after"], "")))
    if result["conduct_after"]:
        found.append((_("Rèn luyện sau hè"), LEVELS.get(result["conduct_after"], "")))
    return found


def _unsigned(found: Any) -> list[tuple[str, str]]:
    """The subjects whose teachers have not signed, with their names."""
    if found.state not in OPEN or Step.SUBJECT not in policy_of(found.steps).steps:
        return []
    lines = found.content["subjects"] or found.content["primary_subjects"]
    return [(line["name"], line["teacher"]) for line in lines if line["code"] in found.unsigned]


@page("report_cards.view")
def preview(request: ActorRequest, pk: int) -> HttpResponse:
    """The paper as it looks before it is signed, marked as a preview by its blank places."""
    found = cards.card(request.actor, pk)
    if found is None or found.issued_at is not None:
        raise Http404
    response = HttpResponse(
        papers.render(CARD, datafile.card_of(found.content)), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="xem-truoc-{found.pk}.pdf"'
    return response


def _act(request: ActorRequest, pk: int, permission: str, do: Any, told: str) -> HttpResponse:
    found = cards.card(request.actor, pk, permission)
    if found is None:
        raise Http404
    try:
        after = do(found)
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return show_card(request, pk, problem.message)
    messages.done(request, told)
    return HttpResponseRedirect(reverse("report_cards:card", args=[after.pk]))


@page("report_cards.sign_principal", methods=("POST",))
def excuse(request: ActorRequest, pk: int) -> HttpResponse:
    """Let it be signed without the pupil's number, with a reason."""
    reason = request.POST.get("ly-do", "")
    return _act(
        request, pk, "report_cards.sign_principal",
        lambda found: composing.excuse(request.actor, found, reason=reason), _("Đã cho ký khi thiếu số định danh"),
    )  # fmt: skip


@page("report_cards.sign_principal", methods=("POST",))
def send_back(request: ActorRequest, pk: int) -> HttpResponse:
    """Undo its signatures and compose it anew, with a reason."""
    reason = request.POST.get("ly-do", "")
    return _act(
        request, pk, "report_cards.sign_principal",
        lambda found: composing.send_back(request.actor, found, reason=reason), _("Đã trả về và lập lại học bạ"),
    )  # fmt: skip
