"""Handing in at a school, taking in at the department, the store with its search, and one card of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.jobs.actions import start
from khue.registry.roster.queries.places import Place, place
from khue.school.report_cards import checkpoints, verification
from khue.school.report_cards.actions import store as actions
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries import store as queries
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.views.years import YEAR, elsewhere, kept, year_id, year_label
from khue.ui import messages
from khue.ui.lists import Column, Empty, Filter, Listing

if TYPE_CHECKING:
    from khue.kernel.org.models import Unit
    from khue.school.report_cards.models import Card

STEP = "don-vi"
KINDS = {"pdf": "application/pdf", "xml": "application/xml"}
REASONS = (
    gettext_lazy("Kiểm tra học bạ trường nộp"),
    gettext_lazy("Giải quyết đề nghị của gia đình"),
    gettext_lazy("Giải quyết khiếu nại, tố cáo"),
    gettext_lazy("Thanh tra, kiểm tra theo kế hoạch"),
    gettext_lazy("Cơ quan có thẩm quyền yêu cầu"),
)
STORE = Listing(
    key="report_cards.store",
    noun=gettext_lazy("học bạ"),
    columns=(
        Column(
            "person__full_name", gettext_lazy("Họ và tên"), sort=("sort_key",), link="url", phone="title", is_fixed=True
        ),
        Column("person__birth_date", gettext_lazy("Ngày sinh"), kind="date", phone="line"),
        Column("school__name", gettext_lazy("Trường cấp"), phone="line"),
        Column("year", gettext_lazy("Năm học"), sort=("-year_id",), phone="line"),
        Column("edition", gettext_lazy("Bản"), kind="number"),
        Column("state", gettext_lazy("Tình trạng"), phone="end"),
        Column("code", gettext_lazy("Mã"), kind="code"),
    ),
    filters=(Filter("year", gettext_lazy("Năm học")), Filter("state", gettext_lazy("Tình trạng"))),
    search=gettext_lazy("Họ tên, mã học sinh, số định danh hoặc mã học bạ"),
    default_sort="person__full_name",
    empty=Empty(gettext_lazy("Chưa trường nào nộp học bạ")),
)  # fmt: skip


def _place(request: ActorRequest, permission: str) -> Place:
    found = place(request.actor, permission, request.GET.get(STEP, "")[:40])
    if found is None or found.unit is None or not found.is_reached:
        raise Http404
    return found


def _path(request: ActorRequest, found: Place, url_name: str, last: str) -> list[tuple[str, str]]:
    address, year = reverse(f"report_cards:{url_name}"), kept(request)
    steps = [
        (unit.name, f"{address}?{STEP}={unit.code}{year}" if unit.pk in found.reached else "")
        for unit in found.path
    ]
    return [*steps, (last, "")]


# --- progress -------------------------------------------------------------------------------------------------------


@page("report_cards.view_progress")
def progress(request: ActorRequest) -> HttpResponse:
    """How far cards have come: a school's classes, the schools of an office, the province."""
    found, year = _place(request, "report_cards.view_progress"), year_id(request)
    unit = found.unit
    assert unit is not None
    if found.is_campus:
        raise Http404
    is_each = request.GET.get("xem") == "truong"
    shown = (
        queries.classes(request.actor, "report_cards.view_progress", unit, year)
        if found.is_school
        else queries.schools(request.actor, "report_cards.view_progress", unit, year, each=is_each)
    )
    is_begun = shown is not None and shown.total.none < shown.total.pupils
    return render(
        request, "report_cards/progress.html",
        {
            **({} if is_begun else elsewhere(request, "report_cards.view_progress", year)),
            "shown": shown, "unit": unit, "is_school": found.is_school, "is_root": found.is_root, "is_each": is_each,
            "year": year_label(year), "step": STEP, "kept": kept(request),
            "opens_classes": request.actor.holds("report_cards.view"),
            "crumbs": _path(request, found, "progress", _("Tiến độ ký học bạ")),
        },
    )  # fmt: skip


# --- a school hands in ----------------------------------------------------------------------------------------------


@page("report_cards.submit", methods=("GET", "POST"))
def submit(request: ActorRequest) -> HttpResponse:
    """The classes of a school with what may be handed in; chosen ones are handed in."""
    found, year = _place(request, "report_cards.submit"), year_id(request)
    unit = found.unit
    if unit is None or not found.is_school:
        raise Http404
    if request.method == "POST":
        return _submit(request, unit, year)
    shown = queries.classes(request.actor, "report_cards.submit", unit, year)
    return render(
        request, "report_cards/submit.html",
        {
            "shown": shown, "unit": unit, "year": year_label(year),
            "crumbs": _path(request, found, "submit", _("Nộp học bạ về Sở")),
            **({} if shown and shown.total.issued else elsewhere(request, "report_cards.submit", year)),
        },
    )  # fmt: skip


def _submit(request: ActorRequest, unit: Unit, year: int) -> HttpResponse:
    chosen = _ids(request.POST.getlist("lop"))
    cards = queries.to_submit(request.actor, unit, year, chosen)
    back = HttpResponseRedirect(f"{reverse('report_cards:submit')}?{STEP}={unit.code}&{YEAR}={year}")
    if not cards:
        messages.refuse(request, _("Chọn lớp có học bạ đã cấp mà chưa nộp."))
        return back
    left = actions.submit(request.actor, cards)
    count = len(cards) - len(left)
    text = ngettext("Đã nộp %(n)s học bạ về Sở.", "Đã nộp %(n)s học bạ về Sở.", count) % {"n": count}
    messages.done(request, text)
    return back


def _ids(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19]


# --- the department takes in ----------------------------------------------------------------------------------------


@page("report_cards.receive", methods=("GET", "POST"))
def receive(request: ActorRequest) -> HttpResponse:
    """What schools have handed in: schools, then the classes of one; checked and taken in behind the page."""
    found, year = _place(request, "report_cards.receive"), year_id(request)
    unit = found.unit
    assert unit is not None
    if request.method == "POST":
        return _receive(request, unit, year)
    shown = (
        queries.classes(request.actor, "report_cards.receive", unit, year)
        if found.is_school
        else queries.schools(request.actor, "report_cards.receive", unit, year, each=True)
    )
    waiting = [line for line in shown.lines if line.submitted] if shown else []
    rest = [line for line in shown.lines if not line.submitted and line.issued] if shown else []
    return render(
        request, "report_cards/receive.html",
        {
            **({} if waiting or rest else elsewhere(request, "report_cards.receive", year)),
            "shown": shown, "waiting": waiting, "rest": rest, "unit": unit, "is_school": found.is_school, "step": STEP,
            "kept": kept(request),
            "year": year_label(year), "crumbs": _path(request, found, "receive", _("Nhận học bạ trường nộp")),
        },
    )  # fmt: skip


def _receive(request: ActorRequest, unit: Unit, year: int) -> HttpResponse:
    chosen = _ids(request.POST.getlist("lop"))
    waiting = queries.handed_in(request.actor, unit.pk, year, chosen)
    if not waiting:
        messages.refuse(request, _("Không có học bạ nào của trường này đang chờ nhận."))
        return HttpResponseRedirect(f"{reverse('report_cards:receive')}?{STEP}={unit.code}&{YEAR}={year}")
    title = _("Kiểm và nhận học bạ: %(unit)s, %(year)s") % {"unit": unit.name, "year": year_label(year)}
    arguments = {"school_id": unit.pk, "year_id": year, "classroom_ids": chosen}
    run = start(request.actor, "report_cards.receive", title, unit, arguments, total=len(waiting))
    return HttpResponseRedirect(reverse("jobs:run", args=[run.pk]))


# --- the store ------------------------------------------------------------------------------------------------------


@page("report_cards.read_store")
def store(request: ActorRequest) -> HttpResponse:
    """Search among the cards that schools handed in; what is found says nothing of marks."""
    years = [(str(one), year_label(one)) for one in queries.all_years_in_store()]
    states = [(state, str(queries.STATE_LABELS[state])) for state in queries.IN_STORE]
    state = STORE.read(request, options={"year": years, "state": states})
    found = queries.search(
        request.actor, state.search, state.filters, state.order_by, state.offset, state.limit
    )
    rows = [
        {
            **row, "url": reverse("report_cards:store_card", args=[row["id"]]), "year": year_label(row["year_id"]),
            "state": str(queries.STATE_LABELS[row["state"]]),
        }
        for row in found.rows
    ]  # fmt: skip
    return STORE.respond(
        request, state, rows, total=found.total, of=found.total, heading=_("Kho học bạ"),
        crumbs=[(_("Học bạ số"), ""), (_("Kho học bạ"), "")], template="report_cards/store.html",
    )  # fmt: skip


@page("report_cards.read_store", methods=("GET", "POST"))
def store_card(request: ActorRequest, pk: int) -> HttpResponse:
    """A card of the store without its marks; whoever needs the files says why, and that is kept with the card."""
    card = get_object_or_404(queries.stored(request.actor).select_related("school", "person"), pk=pk)
    problem = ""
    if request.method == "POST":
        kind = "xml" if request.POST.get("tep") == "xml" else "pdf"
        reason = " ".join(
            filter(None, (request.POST.get("ly-do", ""), request.POST.get("ghi-them", "").strip()))
        )
        try:
            data = actions.read_store(request.actor, card, kind=kind, reason=reason)
        except DomainError as refused:
            problem = refused.message
        else:
            return _file(card, kind, data)
    return _store_card(request, card, problem)


def _store_card(request: ActorRequest, card: Card, problem: str) -> HttpResponse:
    found = verification.answer(card.reference)
    if found is None:
        raise Http404
    context = {
        "card": card, "found": found, "problem": problem, "reasons": REASONS, "year": year_label(card.year_id),
        "is_sound": found.standing != verification.Standing.BROKEN, "looks": queries.looks(request.actor, card),
        "may_decide": request.actor.holds("report_cards.receive") and card.state == State.SUBMITTED,
        "teachers": sum(one.step == Step.SUBJECT for one in found.signatures),
        "crumbs": [(_("Kho học bạ"), reverse("report_cards:store")), (card.content["pupil"]["full_name"], "")],
    }  # fmt: skip
    return render(request, "report_cards/store_card.html", context, status=422 if problem else 200)


@page("report_cards.receive", methods=("POST",))
def give_back(request: ActorRequest, pk: int) -> HttpResponse:
    """Give a card back to its school with a reason."""
    card = get_object_or_404(queries.to_receive(request.actor).select_related("school", "person"), pk=pk)
    try:
        left = actions.give_back(request.actor, [card], reason=request.POST.get("ly-do", ""))
    except DomainError as refused:
        return _store_card(request, card, refused.message)
    if left:
        messages.refuse(request, left[0].why)
    else:
        messages.done(request, _("Đã trả lại trường."))
    return HttpResponseRedirect(reverse("report_cards:store_card", args=[pk]))


@page("report_cards.view")
def card_file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """The paper or the data file of an issued card, for the school that keeps it."""
    card = get_object_or_404(custody.cards(request.actor), pk=pk)
    if kind not in KINDS:
        raise Http404
    try:
        held = custody.holding(request.actor, card)
        if held is not None:
            data = actions.take_copy_as_holder(request.actor, held, card_id=card.pk, kind=kind)
        else:
            data = actions.take_copy(request.actor, card, kind=kind)
    except (NotVisible, NotAllowed):
        raise Http404 from None
    return _file(card, kind, data)


def _file(card: Card, kind: str, data: bytes) -> HttpResponse:
    """`20801503_3826104417_2026-2027_v1.xml`, as rules/02 section 4 names it."""
    content = card.content
    learner, code = content["pupil"]["learner_code"], content["school"]["code"]
    name = f"{code}_{learner}_{card.year_id}-{card.year_id + 1}_v{card.edition}.{kind}"
    response = HttpResponse(data, content_type=KINDS[kind])
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@page("report_cards.read_store")
def register(request: ActorRequest) -> HttpResponse:
    """What the last verification of the registers saw, and the checkpoint that others may keep."""
    return render(
        request, "report_cards/register.html",
        {
            "last": queries.last_verification(request.actor), "checkpoint": checkpoints.newest(),
            "crumbs": [(_("Kho học bạ"), reverse("report_cards:store")), (_("Sổ cấp học bạ"), "")],
        },
    )  # fmt: skip
