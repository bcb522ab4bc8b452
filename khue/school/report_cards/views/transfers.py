"""The page of a transfer's sheet of partial results: composed, signed, sealed, read by the new school."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import Conflict, DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.school.report_cards.actions import copies
from khue.school.report_cards.actions import transfers as actions
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.forms import KeyForm, SheetForm
from khue.school.report_cards.printing.wording import LEVELS, absent_text, mark_text
from khue.school.report_cards.queries import keys
from khue.school.report_cards.queries import transfers as queries
from khue.school.report_cards.queries.cards import all_signatures
from khue.ui import messages
from khue.ui.words import date_vi

VERBS = ("compose", "sign", "seal")


def _moving(request: ActorRequest, pk: int) -> queries.Moving:
    found = queries.moving(request.actor, pk)
    if found is None:
        raise Http404
    return found


@sensitive_post_parameters("secret")
@never_cache
@page("report_cards.view", methods=("GET", "POST"))
def transfer_sheet(request: ActorRequest, pk: int) -> HttpResponse:
    """The sheet of a transfer, and the step that is ours."""
    found = _moving(request, pk)
    form, verb = _form(request, found)
    status = 200
    if request.method == "POST":
        if request.POST.get("verb") == "compose" and found.is_sender:
            verb = "compose"
        if not verb or request.POST.get("verb") != verb:
            raise NotVisible
        told = ""
        if form is not None and (verb == "compose" or form.is_valid()):
            told = _take(request, found, verb, form)
        if told:
            messages.done(request, told)
            return HttpResponseRedirect(request.path)
        status = 422
    transfer = found.transfer
    return render(
        request,
        "report_cards/transfer_sheet.html",
        {
            "found": found, "transfer": transfer, "sheet": found.sheet, "person": transfer.enrolment.person,
            "form": form, "verb": verb, **(_said(found.sheet) if found.sheet is not None else {}),
            "may_compose": found.is_sender and _may_compose(request, found),
            "crumbs": [
                (_("Chuyển trường"), reverse("roster:transfer", args=[transfer.pk])), (_("Phiếu kết quả"), ""),
            ],
        },
        status=status,
    )  # fmt: skip


def _said(sheet: Any) -> dict[str, Any]:
    """What a sheet says, as a school writes it, and who has signed it."""
    content = sheet.content
    lines = [
        {
            **line,
            **{key: mark_text(line[key]) for key in ("first", "middle", "end", "average")},
            "regular": [mark_text(one) for one in line["regular"]],
        }
        for line in content["lines"]
    ]
    facts = [
        (_("Tính đến ngày"), date_vi(date.fromisoformat(content["as_of"]))),
        (_("Học tập học kì I"), LEVELS.get(content["learning_first"], "")),
        (_("Rèn luyện học kì I"), LEVELS.get(content["conduct_first"], "")),
        (_("Số buổi nghỉ"), absent_text(content["absences_excused"], content["absences_unexcused"])),
        (_("Nhận xét của chủ nhiệm"), content["comment"]),
        (_("Lý do chuyển trường"), content["reason"]),
        (_("Số phiếu"), content["number"].removeprefix("Số:").strip()),
    ]
    return {
        "lines": lines, "said": [(label, words) for label, words in facts if words],
        "has_average": any(line["average"] for line in lines), "has_comment": any(line["comment"] for line in lines),
        "signatures": all_signatures(sheet.pk, actions.DOCUMENT),
    }  # fmt: skip


def _may_compose(request: ActorRequest, found: queries.Moving) -> bool:
    is_open = found.transfer.state in queries.WAITING and (
        found.sheet is None or found.sheet.state == "composed"
    )
    return is_open and request.actor.can("report_cards.compose", found.transfer.enrolment)


def _form(request: ActorRequest, found: queries.Moving) -> tuple[Any, str]:
    """The form of the next step that is the actor's, and its verb; none when there is none."""
    sheet, posted = found.sheet, request.POST if request.method == "POST" else None
    if not found.is_sender or found.transfer.state not in queries.WAITING:
        return None, ""
    if sheet is None or (posted is not None and posted.get("verb") == "compose"):
        return (SheetForm(posted), "compose") if _may_compose(request, found) else (None, "")
    if sheet.state == "composed" and request.actor.can("report_cards.sign_principal", sheet):
        return KeyForm(keys.own(request.actor), posted), "sign"
    if sheet.state == "signed" and request.actor.can("report_cards.seal", sheet):
        return KeyForm(keys.seals_of(request.actor, sheet.school_id), posted), "seal"
    return None, ""


def _take(request: ActorRequest, found: queries.Moving, verb: str, form: Any) -> str:
    """Take the step; gives what to say, or nothing when the form has errors now."""
    actor, sheet = request.actor, found.sheet
    try:
        if verb == "compose":
            number = request.POST.get("number", "")
            actions.compose_transfer_sheet(
                actor, found.transfer.enrolment, transfer_id=found.transfer.pk, number=number
            )
            return _("Đã lập phiếu từ sổ điểm hôm nay")
        key = KeyGiven(form.cleaned_data["seal"], form.cleaned_data["secret"])
        do = actions.sign_sheet if verb == "sign" else actions.seal_sheet
        assert sheet is not None
        do(actor, sheet, shown=request.POST.get("shown", ""), key=key)
    except (NotVisible, ProofNeeded):
        raise
    except Conflict as problem:
        messages.refuse(request, problem.message)
        return ""
    except DomainError as problem:
        if form is None or verb == "compose":
            messages.refuse(request, problem.message)
        else:
            put_errors(form, problem)
        return ""
    return _("Đã ký phiếu, chờ ký số của trường") if verb == "sign" else _("Phiếu đã ký và đóng dấu số")


@page("report_cards.view", methods=("POST",))
def transfer_sheet_file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """The paper or the data file of an issued sheet; taking it is written down."""
    found = _moving(request, pk)
    if found.sheet is None or found.sheet.state != "issued" or kind not in (copies.PAPER, copies.DATA):
        raise Http404
    data = copies.take_sheet(request.actor, found.transfer.pk, kind=kind)
    response = HttpResponse(
        data, content_type="application/pdf" if kind == copies.PAPER else "application/xml"
    )
    response["Content-Disposition"] = (
        content_disposition_header(True, f"phieu-chuyen-truong-{found.transfer.pk}.{kind}") or "attachment"
    )
    return response
