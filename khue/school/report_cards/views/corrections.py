"""Pages of requests to correct an issued card, of putting marks right, of the next edition, of revoking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import Conflict, DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.lib.numbers import whole
from khue.school.gradebook import cells as gradebook_cells
from khue.school.gradebook.actions.correcting import Put, PutComment, correct_results
from khue.school.gradebook.queries.pupils import PupilSheet
from khue.school.report_cards.actions import corrections as actions
from khue.school.report_cards.forms import (
    AskForm,
    CellsForm,
    GrantForm,
    RefuseForm,
    RevokeForm,
)
from khue.school.report_cards.queries import cards as card_queries
from khue.school.report_cards.queries import corrections as queries
from khue.school.report_cards.queries.facts import ClassFacts, all_class_facts
from khue.school.report_cards.views.years import year_label
from khue.ui import lists, messages
from khue.ui.templatetags.ui import badge
from khue.ui.words import datetime_vi

LOOKS = {
    "asked": ("wait", gettext_lazy("Chờ hiệu trưởng")), "granted": ("edit", gettext_lazy("Đang sửa")),
    "refused": ("bad", gettext_lazy("Không sửa")), "withdrawn": ("", gettext_lazy("Đã rút")),
    "done": ("ok", gettext_lazy("Đã cấp bản mới")),
}  # fmt: skip
CORRECTIONS = lists.Listing(
    key="report_cards.corrections",
    noun=gettext_lazy("đề nghị"),
    columns=(
        lists.Column("pupil", gettext_lazy("Học sinh"), link="url", phone="title", is_fixed=True),
        lists.Column("year", gettext_lazy("Học bạ"), phone="line"),
        lists.Column("what", gettext_lazy("Nội dung"), phone="line"),
        lists.Column("asked_by", gettext_lazy("Người đề nghị"), phone="line"),
        lists.Column("asked_at", gettext_lazy("Lúc gửi"), sort=("asked_at",), width="x-m"),
        lists.Column("state", gettext_lazy("Tình trạng"), phone="end"),
    ),
    filters=(
        lists.Filter(
            "tinh-trang",
            gettext_lazy("Tình trạng"),
            tuple((key, label) for key, (_kind, label) in LOOKS.items()),
        ),
    ),
    default_sort="-asked_at",
    empty=lists.Empty(
        gettext_lazy("Chưa có đề nghị sửa học bạ nào"),
        gettext_lazy("Gia đình, chủ nhiệm, văn thư đề nghị sửa từ trang của học bạ đã cấp."),
    ),
)


def shown_state(state: str) -> Any:
    """A request's state in colour and word."""
    kind, label = LOOKS[state]
    return badge(kind, str(label))


@page("report_cards.ask_correction")
def corrections(request: ActorRequest) -> HttpResponse:
    """Requests about cards of the school, or one's own, newest first."""
    state = CORRECTIONS.read(request)
    found = queries.correction_rows(
        request.actor, filters=state.filters, order_by=state.order_by, offset=state.offset, limit=state.limit
    )
    rows = [
        {
            "id": row["id"], "url": reverse("report_cards:correction", args=[row["id"]]),
            "pupil": row["card__person__full_name"], "what": row["what"], "asked_by": row["asked_by__full_name"],
            "asked_at": datetime_vi(row["asked_at"]), "state": shown_state(row["state"]),
            "year": _("%(room)s, %(year)s, bản %(edition)s") % {
                "room": row["card__classroom__name"], "year": f"{row['card__year_id']}-{row['card__year_id'] + 1}",
                "edition": row["card__edition"],
            },
        }
        for row in found.rows
    ]  # fmt: skip
    return CORRECTIONS.respond(
        request, state, rows, total=found.total, heading=_("Đề nghị sửa học bạ"),
        lead=_("Học bạ đã cấp không sửa được. Hiệu trưởng quyết định thì lập bản mới, ký lại, bản cũ hết giá trị."),
        crumbs=[(_("Học bạ"), ""), (_("Đề nghị sửa"), "")],
    )  # fmt: skip


@page("report_cards.ask_correction", methods=("GET", "POST"))
def ask(request: ActorRequest, pk: int) -> HttpResponse:
    """Ask to have an issued card corrected: what is wrong, what is right, a paper that shows it."""
    card = queries.askable(request.actor, pk)
    if card is None:
        raise Http404
    form = AskForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = _ask(request, card, form)
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                status = problem.status
            else:
                messages.done(request, _("Đã gửi đề nghị. Có trả lời, Khuê báo trong Thông báo."))
                return HttpResponseRedirect(reverse("report_cards:correction", args=[made.pk]))
    context = {"card": card, "form": form, "crumbs": _crumbs(request, _("Đề nghị sửa học bạ"))}
    return render(request, "report_cards/ask_correction.html", context, status=status)


def _ask(request: ActorRequest, card: Any, form: AskForm) -> Any:
    what, evidence = form.cleaned_data["what"], form.cleaned_data["evidence"]
    holding = queries.holding(request.actor, card)
    if holding is not None:
        return actions.ask_correction_as_holder(
            request.actor, holding, card_id=card.pk, what=what, evidence=evidence
        )
    return actions.ask_correction(request.actor, card, what=what, evidence=evidence)


def _found(request: ActorRequest, pk: int) -> Any:
    found = queries.correction(request.actor, pk)
    if found is None:
        raise Http404
    return found


@page("report_cards.ask_correction", methods=("GET", "POST"))
def correction(request: ActorRequest, pk: int) -> HttpResponse:
    """One request: the head answers it, then mends the source and composes the next edition."""
    found = _found(request, pk)
    may_decide = request.actor.can_all_as_read("report_cards.decide_correction", [found.card])
    is_mine = found.asked_by_id == request.actor.person_id
    grant, refuse = GrantForm(), RefuseForm()
    status = 200
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        version = whole(request.POST.get("version", ""))
        form: GrantForm | RefuseForm | None = None
        told = ""
        do: Callable[[], Any] | None = None
        if verb == "grant" and may_decide:
            form = grant = GrantForm(request.POST)
            told = _("Đã quyết định sửa")
            do = lambda: actions.grant_correction(  # noqa: E731
                request.actor, found, version=version, **grant.cleaned_data
            )
        elif verb == "refuse" and may_decide:
            form = refuse = RefuseForm(request.POST)
            told = _("Đã trả lời người đề nghị")
            do = lambda: actions.refuse_correction(  # noqa: E731
                request.actor, found, version=version, **refuse.cleaned_data
            )
        elif verb == "withdraw" and is_mine:
            do, told = (lambda: actions.withdraw_correction(request.actor, found)), _("Đã rút đề nghị")
        elif verb == "compose" and may_decide:
            do = lambda: actions.compose_edition(request.actor, found)  # noqa: E731
            told = _("Đã lập bản mới, chờ ký")
        if do is None:
            raise NotVisible
        if (form is None or form.is_valid()) and _done(request, do, told, form):
            return HttpResponseRedirect(request.path)
        status = 422
    is_granted = found.state == "granted"
    facts = all_class_facts(found.card.classroom_id) if is_granted and may_decide else None
    changed = actions.all_recomposed(found, facts)
    made = queries.all_next_edition(found) if is_granted else found.made
    return render(
        request,
        "report_cards/correction.html",
        {
            "found": found, "card": found.card, "state": shown_state(found.state), "may_decide": may_decide,
            "is_mine": is_mine, "grant": grant, "refuse": refuse, "changed": changed, "made": made,
            "made_url": _made_url(request, made),
            "done": queries.all_changes(found),
            "is_waiting": found.state == "asked", "is_granted": is_granted, "is_nothing": changed == [],
            "sheets": _sheet_links(request, found, facts) if facts is not None else [],
            "may_open_pupil": request.actor.holds("roster.view_profile"),
            "crumbs": _crumbs(request, found.card.person.full_name),
        },
        status=status,
    )  # fmt: skip


def _done(request: ActorRequest, do: Callable[[], Any], told: str, form: Any) -> bool:
    try:
        do()
    except (NotVisible, ProofNeeded):
        raise
    except Conflict as problem:
        messages.refuse(request, problem.message)
    except DomainError as problem:
        if form is not None:
            put_errors(form, problem)
            return False
        messages.refuse(request, problem.message)
    else:
        messages.done(request, told)
    return True


def _sheet_links(
    request: ActorRequest, found: Any, facts: ClassFacts
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The sheets of the pupil's class by semester, each with its address."""
    if not request.actor.can_all_as_read("gradebook.view_results", [found.card.classroom]):
        return []
    room, address = facts.room, reverse("report_cards:correct_marks", args=[found.pk])
    own = (("conduct", room.conduct), ("traits", room.traits))
    named = [(_sheet_name("subject", one.name), (one.first, one.second)) for one in room.courses]
    named += [(_sheet_name(kind, ""), sheets) for kind, sheets in own]
    found_in = [
        (
            _term(term),
            [(name, f"{address}?so={sheets[term - 1]}") for name, sheets in named if sheets[term - 1]],
        )
        for term in (1, 2)
    ]
    return [(term, links) for term, links in found_in if links]


def _sheet_title(sheet: PupilSheet) -> str:
    return _in_term(_sheet_name(sheet.kind, sheet.subject_name), sheet.term)


def _sheet_name(kind: str, subject: str) -> str:
    words = {"conduct": _("Rèn luyện, ngày nghỉ"), "traits": _("Phẩm chất, năng lực")}
    return subject or words.get(kind, kind)


def _term(term: int) -> str:
    return _("học kì I") if term == 1 else _("học kì II")


def _in_term(name: str, term: int) -> str:
    return f"{name}, {_term(term)}"


def _made_url(request: ActorRequest, made: Any) -> str:
    """The page of the next edition for a school, the family's page once it is issued; else none."""
    if made is None:
        return ""
    if request.actor.holds("report_cards.view"):
        is_read = card_queries.card(request.actor, made.pk) is not None
        return reverse("report_cards:card", args=[made.pk]) if is_read else ""
    return reverse("report_cards:my_cards") if made.issued_at is not None else ""


@page("report_cards.decide_correction", methods=("GET", "POST"))
def correct_marks(request: ActorRequest, pk: int) -> HttpResponse:
    """Put the cells of the pupil on one sheet right, for a request that was granted; the results follow at once."""
    found = _found(request, pk)
    if found.state != "granted" or not request.actor.can("report_cards.decide_correction", found):
        raise Http404
    wanted = request.GET.get("so", "")
    sheet = next((one for one in queries.sheets_of(request.actor, found) if str(one.id) == wanted), None)
    if sheet is None:
        raise Http404
    shown = [
        (f"o{column.slot}", str(column.title), gradebook_cells.show(column, sheet.value(column.slot)))
        for column in sheet.columns
    ]
    form = CellsForm(shown, sheet.comment, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _correct(request, found, sheet, form):
            return HttpResponseRedirect(reverse("report_cards:correction", args=[pk]))
    context = {
        "found": found, "card": found.card, "form": form, "title": _sheet_title(sheet),
        "year": year_label(found.card.year_id),
        "crumbs": _crumbs(request, found.card.person.full_name),
    }  # fmt: skip
    return render(request, "report_cards/correct_marks.html", context, status=status)


def _correct(request: ActorRequest, found: Any, sheet: PupilSheet, form: CellsForm) -> bool:
    wanted = _wanted(sheet, form)
    if form.errors:
        return False
    text = form.cleaned_data["comment"]
    comments = [PutComment(sheet.id, sheet.comment, text)] if text != sheet.comment else []
    try:
        correct_results(
            request.actor, found.card.enrolment, cells_put=wanted, comments=comments, reason=found.what[:300],
            asked_by=found.asked_by_id, decision=found.decision,
        )  # fmt: skip
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        put_errors(form, problem)
        return False
    messages.done(request, _("Đã sửa %(what)s, kết quả của em tính lại theo") % {"what": _sheet_title(sheet)})
    return True


def _wanted(sheet: PupilSheet, form: CellsForm) -> Sequence[Put]:
    found = []
    for column in sheet.columns:
        name = f"o{column.slot}"
        seen = sheet.value(column.slot)
        text = form.cleaned_data[name].strip()
        if text == gradebook_cells.show(column, seen):
            continue
        given = gradebook_cells.read(column, text)
        if given.refusal or given.question is not None:
            form.add_error(name, str(given.refusal) or _("Ghi đủ dấu phẩy: 8,5."))
        else:
            found.append(Put(sheet.id, column.slot, seen, given.value))
    return found


@page("report_cards.ask_correction")
def evidence(request: ActorRequest, pk: int) -> HttpResponse:
    """The paper that came with a request."""
    kept = queries.all_evidence(_found(request, pk))
    if kept is None:
        raise Http404
    stored, data = kept
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    return response


@page("report_cards.decide_correction", methods=("GET", "POST"))
def revoke(request: ActorRequest, pk: int) -> HttpResponse:
    """Withdraw an issued card by a decision, with its reason."""
    card = queries.revocable(request.actor, pk)
    if card is None:
        raise Http404
    form = RevokeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.revoke(request.actor, card, **form.cleaned_data)
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                status = problem.status
            else:
                messages.done(
                    request, _("Đã thu hồi học bạ của em %(name)s") % {"name": card.person.full_name}
                )
                return HttpResponseRedirect(reverse("report_cards:corrections"))
    context = {"card": card, "form": form, "crumbs": _crumbs(request, _("Thu hồi học bạ"))}
    return render(request, "report_cards/revoke.html", context, status=status)


def _crumbs(request: ActorRequest, last: str) -> list[tuple[str, str]]:
    if request.actor.holds("report_cards.view_own") and not request.actor.holds("report_cards.view"):
        return [(_("Học bạ"), reverse("report_cards:my_cards")), (last, "")]
    return [(_("Đề nghị sửa học bạ"), reverse("report_cards:corrections")), (last, "")]
