"""One pupil's cards as a school reads them: every year, the whole book, packages that leave or come."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.school.report_cards.actions import copies
from khue.school.report_cards.actions import packages as actions
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.forms import BringForm, ExportForm, ReceiptForm
from khue.school.report_cards.printing.shape import CardData
from khue.school.report_cards.queries import books as queries
from khue.school.report_cards.queries import transfers as transfer_queries
from khue.school.report_cards.queries.corrections import open_requests
from khue.school.report_cards.queries.keys import seals_of
from khue.school.report_cards.rules import Step
from khue.ui import messages

MOST_BYTES = 40_000_000
SIGNERS: Final = {
    Step.SUBJECT: gettext_lazy("Giáo viên bộ môn"),
    Step.HOMEROOM: gettext_lazy("Giáo viên chủ nhiệm"),
    Step.PRINCIPAL: gettext_lazy("Hiệu trưởng"),
    Step.SCHOOL: gettext_lazy("Con dấu số của trường"),
}


@page("report_cards.view")
def pupil_cards(request: ActorRequest, person_id: int) -> HttpResponse:
    """A pupil's cards of all years and editions, the book, packages, the transfer sheet."""
    found = _life(request, person_id)
    asked = open_requests(request.actor, [card.pk for card in found.cards])
    for card in found.cards:
        card.year_label = f"{card.year_id}-{card.year_id + 1}"  # type: ignore[attr-defined]
        card.asked = asked.get(card.pk)  # type: ignore[attr-defined]
    waiting = transfer_queries.waiting_transfer(found.enrolment) if found.enrolment is not None else None
    return render(
        request,
        "report_cards/pupil_cards.html",
        {
            "life": found, "person": found.person, "waiting": waiting,
            "crumbs": _crumbs(request, found.person, is_held=found.enrolment is not None),
            "may_decide": request.actor.holds("report_cards.decide_correction"),
            "may_ask": request.actor.holds("report_cards.ask_correction"),
        },
    )  # fmt: skip


def _life(request: ActorRequest, person_id: int) -> queries.Life:
    found = queries.life(request.actor, person_id)
    if found is None:
        raise Http404
    return found


def _crumbs(
    request: ActorRequest, person: Any, *more: tuple[str, str], is_held: bool = True
) -> list[tuple[str, str]]:
    first = (person.full_name, "")
    if is_held and request.actor.holds("roster.view_profile"):
        first = (person.full_name, reverse("roster:pupil", args=[person.pk]))
    own = reverse("report_cards:pupil_cards", args=[person.pk]) if more else ""
    return [first, (_("Học bạ"), own), *more]


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@page(SIGNED_IN)
def book_file(request: ActorRequest, person_id: int) -> HttpResponse:
    """The whole school life of a pupil as one PDF: for the family, and for the school that holds the pupil."""
    target = queries.book_target(request.actor, person_id)
    if target is None:
        raise Http404
    is_own = person_id in request.actor.reach("report_cards.view_own").person_ids
    take = copies.take_own_book if is_own else copies.take_book
    data = take(request.actor, target)
    return _file(data, f"hoc-ba-{target.person.code}.pdf", "application/pdf")


@sensitive_post_parameters("secret")
@never_cache
@page("report_cards.export", methods=("GET", "POST"))
def export_package(request: ActorRequest, person_id: int) -> HttpResponse:
    """Make one signed package of a pupil's cards for a school elsewhere."""
    enrolment = queries.exporting(request.actor, person_id)
    if enrolment is None:
        raise Http404
    seals = seals_of(request.actor, enrolment.school_id)
    form = ExportForm(seals, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.export_package(
                    request.actor, enrolment, to=form.cleaned_data["to"],
                    key=KeyGiven(form.cleaned_data["seal"], form.cleaned_data["secret"]),
                )  # fmt: skip
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                status = problem.status
            else:
                messages.done(request, _("Đã đóng gói học bạ của em. Tải gói rồi gửi trường kia."))
                return HttpResponseRedirect(reverse("report_cards:package", args=[made.pk]))
    context = {
        "person": enrolment.person, "form": form, "has_seal": bool(seals),
        "crumbs": _crumbs(request, enrolment.person, (_("Đóng gói"), "")),
    }  # fmt: skip
    return render(request, "report_cards/export_package.html", context, status=status)


@page("report_cards.export", methods=("GET", "POST"))
def bring_package(request: ActorRequest, person_id: int) -> HttpResponse:
    """Take in the package that a pupil brought from another province."""
    enrolment = queries.exporting(request.actor, person_id)
    if enrolment is None:
        raise Http404
    form = BringForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload: Any = form.cleaned_data["file"]
            try:
                if upload.size > MOST_BYTES:
                    raise DomainError(_("Tệp quá lớn, không phải gói học bạ."))
                made = actions.bring_package(request.actor, enrolment, data=upload.read())
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                status = problem.status
            else:
                messages.done(request, _("Đã nhận gói học bạ vào hồ sơ của em"))
                return HttpResponseRedirect(reverse("report_cards:package", args=[made.pk]))
    context = {
        "person": enrolment.person, "form": form,
        "crumbs": _crumbs(request, enrolment.person, (_("Nhận gói"), "")),
    }  # fmt: skip
    return render(request, "report_cards/bring_package.html", context, status=status)


@page("report_cards.export", methods=("GET", "POST"))
def package(request: ActorRequest, pk: int) -> HttpResponse:
    """One package: where it went or came from, how its signatures stand; the other school's receipt."""
    found = queries.package(request.actor, pk)
    if found is None:
        raise Http404
    is_out = found.direction == "out"
    form = ReceiptForm(request.POST or None, initial={"receipt": found.receipt}) if is_out else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            actions.write_receipt(request.actor, found, receipt=form.cleaned_data["receipt"])
            messages.done(request, _("Đã ghi giấy tiếp nhận"))
            return HttpResponseRedirect(request.path)
    context = {
        "found": found, "person": found.person, "form": form, "is_out": is_out,
        "years": [f"{year}-{year + 1}" for year in found.years],
        "cards": [_signed_by(one) for one in queries.cards_in(found)],
        "crumbs": _crumbs(request, found.person, (_("Gói học bạ"), "")),
    }  # fmt: skip
    return render(request, "report_cards/package.html", context, status=status)


def _signed_by(card: CardData) -> dict[str, Any]:
    """Of which year and school a card of a package is, and the names on the certificates that signed it, by place."""
    places: dict[Step, list[str]] = {}
    for one in card.signatures:
        known = places.setdefault(Step(one.role), [])
        if one.name not in known:
            known.append(one.name)
    return {
        "year": f"{card.year}-{card.year + 1}", "school": card.school.name,
        "signers": [(SIGNERS[step], ", ".join(names)) for step, names in places.items()],
    }  # fmt: skip


@page("report_cards.export", methods=("POST",))
def package_file(request: ActorRequest, pk: int) -> HttpResponse:
    """The file of a package; taking it is written down."""
    found = queries.package(request.actor, pk)
    if found is None:
        raise Http404
    data = actions.take_package(request.actor, found)
    return _file(data, f"goi-hoc-ba-{found.person.code}-{found.pk}.zip", "application/zip")
