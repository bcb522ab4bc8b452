"""Consent slips as a school makes and reads them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.surveys import actions, words
from khue.citizen.surveys.forms import SlipForm
from khue.citizen.surveys.queries import slips as queries
from khue.citizen.surveys.views.asked import attached, chosen_place, place_choices
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed
from khue.kernel.actions.refusing import put_errors
from khue.kernel.settings_store.values import value_of
from khue.ui import messages

if TYPE_CHECKING:
    from khue.citizen.surveys.models import Slip
    from khue.kernel.org.models import Unit

A_PAGE = 50


@page("surveys.view_consents")
def slips(request: ActorRequest) -> HttpResponse:
    """The slips of the own school or class."""
    rows = Paginator(queries.slips(request.actor), A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "surveys/slips.html",
        {
            "page": rows,
            "rows": [(one, words.whom(one), words.purpose(one.purpose)) for one in rows],
            "may_make": request.actor.holds(queries.MANAGE),
            "today": timezone.localdate(),
        },
    )


def _form(request: ActorRequest, places: Any, unit: Unit | None, **more: Any) -> SlipForm:
    data = request.POST if request.method == "POST" else None
    return SlipForm(places, data, has_biometrics=bool(value_of("surveys.biometrics", unit)), **more)


@page("surveys.manage_consents", methods=("GET", "POST"))
def new(request: ActorRequest) -> HttpResponse:
    """Write a slip; it stays a draft until it is sent."""
    units, rooms = queries.places(request.actor)
    form = _form(request, place_choices(units, rooms), units[0] if units else None)
    if request.method == "POST" and form.is_valid():
        place, grade = chosen_place(form.cleaned_data["place"], units, rooms)
        try:
            made = actions.make_slip(request.actor, place, grade=grade, values=form.cleaned_data)
        except DomainError as refusal:
            put_errors(form, refusal)
        else:
            messages.done(request, _("Đã ghi bản nháp. Xem lại rồi gửi."))
            return HttpResponseRedirect(reverse("surveys:slip", args=[made.pk]))
    return _typed(request, form, None)


@page("surveys.manage_consents", methods=("GET", "POST"))
def edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Change a slip that nobody has answered."""
    slip = get_object_or_404(queries.managed(request.actor), pk=pk)
    first = {
        name: getattr(slip, name)
        for name in ("purpose", "title", "body", "data_kinds", "receivers", "due_on", "until")
    }
    form = _form(request, None, slip.school, initial=first)
    if request.method == "POST" and form.is_valid():
        text = request.POST.get("version", "")
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        try:
            actions.change_slip(request.actor, slip, version=version, values=form.cleaned_data)
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            put_errors(form, refusal)
        else:
            messages.done(request, _("Đã ghi phiếu."))
            return HttpResponseRedirect(reverse("surveys:slip", args=[pk]))
    return _typed(request, form, slip)


def _typed(request: ActorRequest, form: SlipForm, slip: Slip | None) -> HttpResponse:
    title = _("Sửa phiếu đồng ý") if slip else _("Lập phiếu đồng ý")
    steps = [(_("Phiếu đồng ý"), reverse("surveys:slips"))]
    if slip is not None:
        steps.append((slip.title, reverse("surveys:slip", args=[slip.pk])))
    return render(
        request,
        "surveys/slip_form.html",
        {
            "form": form, "slip": slip, "heading": title, "crumbs": [*steps, (title, "")],
            "is_fixed": slip is not None and (slip.state == "closed" or queries.has_answers(slip)),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


@page("surveys.view_consents", methods=("GET", "POST"))
def slip(request: ActorRequest, pk: int) -> HttpResponse:
    """One slip: its words, how many agree, and pupil by pupil who has answered what."""
    found = get_object_or_404(queries.slips(request.actor), pk=pk)
    if request.method == "POST":
        return _do(request, pk)
    every = queries.pupils(request.actor, found)
    counts = Counter(one.state for one in every)
    wanted = request.GET.get("xem", "")
    chosen = [one for one in every if not wanted or one.state == wanted]
    rows = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    managed = (
        queries.managed(request.actor).filter(pk=pk).exists()
        if request.actor.holds(queries.MANAGE)
        else False
    )
    today = timezone.localdate()
    return render(
        request,
        "surveys/slip.html",
        {
            "slip": found,
            "whom": words.whom(found),
            "purpose": words.purpose(found.purpose),
            "page": rows,
            "rows": [_line(one) for one in rows],
            "all": len(every),
            "counts": [
                (code, words.STATES[code][0], words.STATES[code][1], counts[code]) for code in words.STATES
            ],
            "yes": counts["yes"],
            "open_answers": counts["none"] + counts["child"],
            "refused": counts["no"] + counts["split"],
            "split": counts["split"],
            "wanted": wanted,
            "may_manage": managed,
            "may_remind": found.state == "open" and found.due_on >= today and found.reminded_on != today,
            "may_edit": managed and found.state != "closed" and not queries.has_answers(found),
            "today": today,
            "crumbs": [(_("Phiếu đồng ý"), reverse("surveys:slips")), (found.title, "")],
        },
    )


def _line(one: queries.PupilAnswers) -> dict[str, Any]:
    label, kind, sign = words.STATES[one.state]
    return {
        "one": one, "label": label, "kind": kind, "icon": sign,
        "voices": [(voice, words.relation(voice.relation), words.answer(voice.answer)) for voice in one.voices],
    }  # fmt: skip


def _do(request: ActorRequest, pk: int) -> HttpResponse:
    """Send, close, remind, throw away."""
    found = queries.managed(request.actor).filter(pk=pk).first()
    if found is None:
        raise NotAllowed  # who comes here has read the slip
    verb = request.POST.get("verb", "")
    back = reverse("surveys:slip", args=[pk])
    try:
        if verb == "open":
            actions.open_slip(request.actor, found)
            messages.done(request, _("Đã gửi. Gia đình được báo trong một phút."))
        elif verb == "close":
            actions.close_slip(request.actor, found)
            messages.done(request, _("Đã đóng phiếu."))
        elif verb == "remind":
            told = actions.remind_slip(request.actor, found)
            messages.done(request, _("Đã nhắc %(n)s người.") % {"n": told})
        elif verb == "remove":
            actions.remove_slip(request.actor, found)
            messages.done(request, _("Đã xóa bản nháp."))
            back = reverse("surveys:slips")
        else:
            raise Http404
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
    return HttpResponseRedirect(back)


@page("surveys.view_consents")
def paper(request: ActorRequest, pk: int) -> HttpResponse:
    """The list to print."""
    found = get_object_or_404(queries.slips(request.actor), pk=pk)
    return render(
        request,
        "surveys/slip_paper.html",
        {
            "slip": found,
            "whom": words.whom(found),
            "purpose": words.purpose(found.purpose),
            "rows": [_line(one) for one in queries.pupils(request.actor, found)],
            "now": timezone.localtime(),
            "back_url": reverse("surveys:slip", args=[pk]),
        },
    )


@page("surveys.view_consents")
def workbook(request: ActorRequest, pk: int) -> HttpResponse:
    """The list as a workbook; that it was taken is written down."""
    found = get_object_or_404(queries.slips(request.actor), pk=pk)
    place = queries.read_as(request.actor, found)
    if place is None:
        raise Http404
    return attached(actions.take_slip(request.actor, place, slip=found), f"phieu-dong-y-{found.pk}")
