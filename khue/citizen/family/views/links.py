"""Pages of slips: a guardian shows one; the school prints them by class and sees the links they have made."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.citizen.family import actions, queries
from khue.citizen.family.forms import CodeForm, RelationForm
from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.people.views.factors import qr_svg, shown_once
from khue.registry.roster import actions as roster
from khue.ui.messages import done


@sensitive_post_parameters("code", "datum")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def link(request: ActorRequest) -> HttpResponse:
    """Show a slip and the child's birth date; the same answer to every code that is not good."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.redeem(request.actor, form.cleaned_data["code"], form.cleaned_data["datum"])
            if row is not None:
                actions.use_code(request.actor, queries.own_person(request.actor), code=row)
                done(request, _("Đã gắn với em %(name)s") % {"name": row.enrolment.person.full_name})
                return HttpResponseRedirect(reverse("home:first"))
            problem = _(
                "Mã và ngày sinh chưa khớp, hoặc mã đã dùng, đã quá hạn. Xem lại từng chữ trên phiếu. Sau 5 lần sai, "
                "xin nhà trường phiếu mới; sau 10 lần, chờ 15 phút."
            )
        except DomainError as refusal:
            problem = refusal.message
    return render(
        request,
        "family/link.html",
        {"form": form, "problem": problem},
        status=422 if problem or form.errors else 200,
    )


@page("family.view_links")
def slips(request: ActorRequest) -> HttpResponse:
    """The classes; of one class the pupils, who sees their records already, and slips to print."""
    rooms = queries.classes(request.actor)
    chosen = _number(request.GET.get("lop", "")) or (rooms[0][0] if len(rooms) == 1 else None)
    room = next((one for one in rooms if one[0] == chosen), None)
    if chosen is not None and room is None:
        raise Http404
    rows = queries.class_rows(request.actor, room[0]) if room else []
    return render(
        request,
        "family/slips.html",
        {
            "rooms": rooms,
            "room": room,
            "rows": rows,
            "without": sum(not row.guardians for row in rows),
            "form": RelationForm(),
            "may_issue": request.actor.holds("family.issue_codes"),
        },
    )


@never_cache
@page("family.issue_codes", methods=("POST",))
def issue(request: ActorRequest) -> HttpResponse:
    """Make codes for those chosen and show the slips, this once."""
    ids = [number for text in request.POST.getlist("row") if (number := _number(text)) is not None]
    found = queries.pupils_of(request.actor, ids)
    if not ids:
        raise DomainError(_("Chưa chọn em nào để in phiếu."))
    if len(found) != len(set(ids)):
        raise Http404
    issued = actions.issue_codes(request.actor, found, relation=request.POST.get("relation", ""))
    address = request.build_absolute_uri(reverse("family:link"))
    known = {one.pk: one for one in found}
    return shown_once(
        request,
        "family/paper.html",
        {
            "slips": [
                {
                    "slip": slip,
                    "pupil": known[slip.enrolment.pk],
                    "qr": qr_svg(f"{address}#{slip.code}", scale=3),
                }
                for slip in issued.slips
            ],
            "relation": queries.all_relation_label(request.POST.get("relation", "")),
            "left_out": issued.left_out,
            "expires_at": issued.expires_at,
            "address": address.partition("://")[2],
            "back_url": f"{reverse('family:slips')}?lop={found[0].classroom_id or ''}",
            "province": settings.PROVINCE_NAME,
        },
    )


@page("family.view_links")
def made(request: ActorRequest) -> HttpResponse:
    """The links that slips have made, newest first; each can be ended."""
    return render(
        request,
        "family/links.html",
        {"links": queries.links(request.actor), "may_end": request.actor.holds("roster.edit_profile")},
    )


@page("roster.edit_profile", methods=("POST",))
def end(request: ActorRequest, pk: int) -> HttpResponse:
    """End a link: the guardian sees nothing from the next request on."""
    row = queries.made_link(request.actor, pk)
    if row is None or row.guardianship is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise DomainError(_("Ghi lý do thôi gắn."), fields={"reason": _("Ghi lý do thôi gắn.")})
    roster.end_guardianship(
        request.actor, row.enrolment, guardianship=row.guardianship, on=queries.all_today(), reason=reason
    )
    done(request, _("Đã thôi gắn %(name)s") % {"name": row.used_by.full_name if row.used_by else ""})
    return HttpResponseRedirect(reverse("family:links"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
