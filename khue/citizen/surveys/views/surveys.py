"""Surveys as those make and read them who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.surveys import actions, rules, words
from khue.citizen.surveys.forms import Block, SurveyForm, blocks_of, questions_in, read_blocks
from khue.citizen.surveys.queries import surveys as queries
from khue.citizen.surveys.views.asked import attached, chosen_place, number, place_choices
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.ui import messages

if TYPE_CHECKING:
    from khue.citizen.surveys.models import Survey

A_PAGE = 50


@page("surveys.manage_surveys")
def surveys(request: ActorRequest) -> HttpResponse:
    """The surveys of the own unit or class."""
    rows = Paginator(queries.surveys(request.actor), A_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    return render(
        request,
        "surveys/surveys.html",
        {
            "page": rows,
            "rows": [(one, words.whom(one), words.audience(one.audience), _state(one)) for one in rows],
            "today": today,
        },
    )


def _state(survey: Survey) -> tuple[str, str]:
    """Where a survey stands today: words and colour."""
    today = timezone.localdate()
    if survey.state == "draft":
        return _("Bản nháp"), "edit"
    if queries.is_over(survey, today):
        return _("Đã đóng"), ""
    if survey.opens_on > today:
        return _("Chờ đến ngày mở"), "wait"
    return _("Đang mở"), "ok"


@page("surveys.manage_surveys", methods=("GET", "POST"))
def new(request: ActorRequest) -> HttpResponse:
    """Write a survey; it stays a draft until it is opened."""
    units, rooms = queries.places(request.actor)
    is_post = request.method == "POST"
    form = SurveyForm(
        place_choices(units, rooms), request.POST if is_post else None,
        initial={"is_anonymous": "yes", "opens_on": timezone.localdate()},
    )  # fmt: skip
    blocks, is_good = read_blocks(request.POST) if is_post else (blocks_of(()), True)
    if is_post and form.is_valid() and is_good:
        place, grade = chosen_place(form.cleaned_data["place"], units, rooms)
        try:
            made = actions.make_survey(
                request.actor, place, grade=grade, values=form.cleaned_data, questions=questions_in(blocks)
            )
        except DomainError as refusal:
            put_errors(form, refusal)
        else:
            return _saved(request, made.pk)
    return _typed(request, form, blocks, None, is_good)


@page("surveys.manage_surveys", methods=("GET", "POST"))
def edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Change a survey that nobody has answered."""
    found = get_object_or_404(queries.surveys(request.actor), pk=pk)
    is_post = request.method == "POST"
    first = {name: getattr(found, name) for name in ("title", "intro", "audience", "opens_on", "closes_on")}
    form = SurveyForm(
        None, request.POST if is_post else None, survey=found,
        initial=first | {"is_anonymous": "yes" if found.is_anonymous else "no"},
    )  # fmt: skip
    blocks, is_good = (
        read_blocks(request.POST) if is_post else (blocks_of(rules.questions(found.questions)), True)
    )
    if is_post and form.is_valid() and is_good:
        try:
            actions.change_survey(
                request.actor, found, version=number(request.POST.get("version", "")) or 0,
                values=form.cleaned_data, questions=questions_in(blocks),
            )  # fmt: skip
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            put_errors(form, refusal)
        else:
            return _saved(request, pk)
    return _typed(request, form, blocks, found, is_good)


def _saved(request: ActorRequest, pk: int) -> HttpResponse:
    """Back to the survey, or to its questions to write another."""
    if request.POST.get("verb") == "more":
        return HttpResponseRedirect(reverse("surveys:edit_survey", args=[pk]) + "#cau-moi")
    messages.done(request, _("Đã ghi phiếu hỏi."))
    return HttpResponseRedirect(reverse("surveys:survey", args=[pk]))


def _typed(
    request: ActorRequest, form: SurveyForm, blocks: list[Block], survey: Survey | None, is_good: bool
) -> HttpResponse:
    title = _("Sửa phiếu hỏi") if survey else _("Lập phiếu hỏi")
    steps = [(_("Phiếu hỏi"), reverse("surveys:surveys"))]
    if survey is not None:
        steps.append((survey.title, reverse("surveys:survey", args=[survey.pk])))
    return render(
        request,
        "surveys/survey_form.html",
        {
            "form": form, "blocks": blocks, "survey": survey, "kinds": list(words.KINDS.items()), "heading": title,
            "first_blank": next((one.number for one in blocks if not one.text), 0),
            "has_faults": not is_good, "crumbs": [*steps, (title, "")],
            "is_fixed": survey is not None and (survey.state == "closed" or queries.has_answers(survey)),
        },
        status=422 if form.errors or not is_good else 200,
    )  # fmt: skip


@page("surveys.manage_surveys", methods=("GET", "POST"))
def survey(request: ActorRequest, pk: int) -> HttpResponse:
    """One survey: its questions, how many have answered, and the results when they may be shown."""
    found = get_object_or_404(queries.surveys(request.actor), pk=pk)
    if request.method == "POST":
        return _do(request, found)
    wanted = number(request.GET.get("truong", ""))
    results = queries.results(found, wanted)
    if request.GET.get("truong") and results.school is None:
        raise Http404
    label, kind = _state(found)
    return render(
        request,
        "surveys/survey.html",
        {
            "survey": found,
            "whom": words.whom(found),
            "audience": words.audience(found.audience),
            "state": label,
            "state_kind": kind,
            "results": results,
            "tallies": [_drawn(one) for one in results.tallies],
            "questions": [(one, words.KINDS[one.kind]) for one in rules.questions(found.questions)],
            "share": round(100 * results.answered / results.asked) if results.asked else None,
            "least": rules.LEAST,
            "may_edit": found.state != "closed" and not results.answered,
            "may_close": found.state == "open" and not queries.is_over(found),
            "crumbs": [(_("Phiếu hỏi"), reverse("surveys:surveys")), (found.title, "")],
        },
    )


def _drawn(one: rules.Tally) -> dict[str, Any]:
    rows = [(text, n, round(100 * n / one.answers) if one.answers else 0) for text, n in one.counts]
    mean = None if one.mean is None else f"{one.mean:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return {"tally": one, "rows": rows, "mean": mean, "is_scale": one.question.kind == rules.RATING}


def _do(request: ActorRequest, found: Survey) -> HttpResponse:
    """Open, close, throw away."""
    verb = request.POST.get("verb", "")
    back = reverse("surveys:survey", args=[found.pk])
    try:
        if verb == "open":
            actions.open_survey(request.actor, found)
            messages.done(request, _("Đã mở phiếu. Người được hỏi có tin báo khi đến ngày mở."))
        elif verb == "close":
            actions.close_survey(request.actor, found)
            messages.done(request, _("Đã đóng phiếu."))
        elif verb == "remove":
            actions.remove_survey(request.actor, found)
            messages.done(request, _("Đã xóa bản nháp."))
            back = reverse("surveys:surveys")
        else:
            raise Http404
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
    return HttpResponseRedirect(back)


@page("surveys.manage_surveys")
def workbook(request: ActorRequest, pk: int) -> HttpResponse:
    """The results as a workbook; that they were taken is written down."""
    found = get_object_or_404(queries.surveys(request.actor), pk=pk)
    try:
        data = actions.take_replies(request.actor, found)
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
        return HttpResponseRedirect(reverse("surveys:survey", args=[pk]))
    return attached(data, f"phieu-hoi-{found.pk}")
