"""What one is asked in person: everything that waits, one slip about one pupil, one survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from khue.citizen.surveys import actions, rules, words
from khue.citizen.surveys.queries import own as queries
from khue.citizen.surveys.views.asked import number
from khue.kernel.access import roles
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.ui import messages
from khue.ui.app import keepable

if TYPE_CHECKING:
    from khue.citizen.surveys.models import Survey


@page("surveys.answer")
@keepable
def asked(request: ActorRequest) -> HttpResponse:
    """What waits for the reader, and what was answered that still holds or may still be changed."""
    today = timezone.localdate()
    slips = queries.asked_slips(request.actor, today)
    surveys = queries.asked_surveys(request.actor, today)
    return render(
        request,
        "surveys/open.html",
        {
            "slips": [one for one in slips if one.waits(today)],
            "surveys": [one for one in surveys if not one.is_answered],
            "answered": [(one, words.answer(one.answer), _kind(one.answer)) for one in slips if one.answer],
            "changeable": [one for one in surveys if one.is_answered],
            "is_family": not request.actor.roles.isdisjoint(roles.FAMILY),
            "is_pupil": roles.PUPIL in request.actor.roles,
        },
    )


def _kind(answer: str) -> str:
    return {"yes": "ok", "no": "bad"}.get(answer, "")


@page("surveys.answer_consents", methods=("GET", "POST"))
@keepable
def consent(request: ActorRequest, pk: int) -> HttpResponse:
    """One slip about one pupil: all the law wants said, the two answers, and taking one's yes back."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("em", "")
    found = queries.asked_slip(request.actor, pk, number(wanted) or 0)
    if found is None:
        raise Http404
    slip = queries.slip_text(found)
    problem, status = "", 200
    if request.method == "POST":
        try:
            _consent(request, found, request.POST.get("answer", ""))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem, status = refusal.message, refusal.status
        else:
            return HttpResponseRedirect(f"{reverse('surveys:consent', args=[pk])}?em={found.enrolment_id}")
    today = timezone.localdate()
    return render(
        request,
        "surveys/consent.html",
        {
            "asked": found,
            "slip": slip,
            "purpose": words.purpose(slip.purpose),
            "is_own": found.person_id == request.actor.person_id,
            "needs_child": rules.asks_child(slip.purpose, found.born, today),
            "is_open": found.is_open(today),
            "decisions": [(one, words.answer(one.answer)) for one in queries.own_decisions(request.actor, found)],
            "answer": found.answer or "",
            "label": words.answer(found.answer or ""),
            "problem": problem,
            "crumbs": [(_("Phiếu"), reverse("surveys:open")), (slip.title, "")],
        },
        status=status,
    )  # fmt: skip


def _consent(request: ActorRequest, found: queries.AskedSlip, answer: str) -> None:
    enrolment = queries.own_enrolment(request.actor, found.enrolment_id)
    if enrolment is None:
        raise Http404
    slip = queries.slip_text(found)
    if answer == "withdraw":
        actions.withdraw_consent(request.actor, enrolment, slip=slip)
        messages.done(request, _("Đã rút đồng ý. Nhà trường được báo ngay."))
        return
    actions.answer_slip(
        request.actor, enrolment, slip=slip, answer=answer, text_hash=request.POST.get("text_hash", "")
    )
    is_own = found.person_id == request.actor.person_id
    messages.done(request, _("Đã ghi trả lời của em.") if is_own else _("Đã ghi trả lời của anh chị."))


@page("surveys.answer", methods=("GET", "POST"))
@never_cache
def answer(request: ActorRequest, pk: int) -> HttpResponse:
    """Fill in a survey.

    The form of an anonymous one carries no key: the memory of posts would keep a hash of the sheet beside its sender.
    """
    data = request.POST if request.method == "POST" else request.GET
    wanted = data.get("em", "")
    if wanted and number(wanted) is None:
        raise Http404
    found = queries.asked_survey(request.actor, pk, number(wanted))
    if found is None:
        raise Http404
    survey = queries.survey_text(found)
    reply = None if survey.is_anonymous else queries.own_reply(request.actor, found)
    problem: DomainError | None = None
    given: dict[str, list[str]] = {name: list(value) for name, value in request.POST.lists()}
    if request.method == "POST":
        try:
            is_new = actions.answer_survey(
                request.actor, queries.own_person(request.actor), survey_id=pk, enrolment_id=found.enrolment_id,
                given=given,
            )  # fmt: skip
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal
        else:
            messages.done(request, _("Đã gửi phiếu. Cảm ơn đã trả lời.") if is_new else _("Đã sửa trả lời."))
            return HttpResponseRedirect(reverse("surveys:open"))
    elif reply is not None:
        given = _typed(reply.sheet)
    return render(
        request,
        "surveys/answer.html",
        {
            "asked": found,
            "survey": survey,
            "fields": _fields(survey, given, problem.fields if problem else {}),
            "problem": problem.message if problem else "",
            "is_change": reply is not None,
            "may_answer": found.may_answer and (reply is not None or not found.is_answered),
            "crumbs": [(_("Phiếu"), reverse("surveys:open")), (survey.title, "")],
        },
        status=problem.status if problem else 200,
    )  # fmt: skip


def _typed(sheet: Mapping[str, Any]) -> dict[str, list[str]]:
    """A kept sheet as its form would have sent it."""
    found = {}
    for name, value in sheet.items():
        values = value if isinstance(value, list) else [value]
        found[name] = [_number(one) if isinstance(one, float) else str(one) for one in values]
    return found


def _number(value: float) -> str:
    """A number as it was typed: with a comma, and no more places than it has."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",")


def _fields(
    survey: Survey, given: Mapping[str, Sequence[str]], faults: Mapping[str, str]
) -> list[dict[str, Any]]:
    fields = []
    for one in rules.questions(survey.questions):
        values = list(given.get(one.id, ()))
        texts = [str(n) for n in rules.SCALE] if one.kind == rules.RATING else one.options
        first = 1 if one.kind == rules.RATING else 0
        fields.append(
            {
                "question": one,
                "value": values[0] if values else "",
                "error": faults.get(one.id, ""),
                "options": [(str(n), text, str(n) in values) for n, text in enumerate(texts, start=first)],
            }
        )
    return fields
