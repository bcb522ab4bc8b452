"""Roles and permissions: the matrix, who holds what, giving and taking."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access import actions, queries
from khue.kernel.access.forms import GiveForm
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.access.roles import ROLES
from khue.kernel.actions import DomainError
from khue.kernel.actions.doing import require_proof
from khue.ui.messages import done


@page("access.view")
def roles(request: ActorRequest) -> HttpResponse:
    """Who holds a role given by hand, and what each role may do."""
    mine = actions.grantable(request.actor) if request.actor.holds(actions.ASSIGN) else []
    rows = [
        {
            "row": row,
            "role": ROLES[row.role].label,
            "may_take": row.role in mine and row.person_id != request.actor.person_id,
        }
        for row in queries.assignments(request.actor)[:500]
    ]
    return render(
        request,
        "access/roles.html",
        {
            "groups": queries.all_permissions_by_role(),
            "rows": rows,
            "may_assign": request.actor.holds(actions.ASSIGN),
        },
    )


@page(actions.ASSIGN, methods=("GET", "POST"))
def give(request: ActorRequest) -> HttpResponse:
    """Give somebody a role."""
    form = GiveForm(request.actor, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_proof(request.actor)
        data = form.cleaned_data
        person = queries.person_by_number(request.actor, data["person"])
        unit = queries.unit_by_code(request.actor, data["unit"])
        if person is None:
            form.add_error("person", _("Không có ai mang đúng mã này."))
        if unit is None:
            form.add_error("unit", _("Không có đơn vị này trong phạm vi của thầy cô."))
        if person is not None and unit is not None:
            try:
                actions.give_role(
                    request.actor, unit, person=person, role=data["role"], starts_on=data["starts_on"],
                    ends_on=data["ends_on"], reason=data["reason"],
                )  # fmt: skip
            except DomainError as refusal:
                for name, text in refusal.fields.items() or [(None, refusal.message)]:
                    form.add_error(name, text)
            else:
                done(request, _("Đã giao vai cho %(name)s") % {"name": person.full_name})
                return HttpResponseRedirect(reverse("access:roles"))
    return render(request, "access/give.html", {"form": form}, status=422 if form.errors else 200)


@page(actions.ASSIGN, methods=("GET", "POST"))
def take(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a role, after asking why."""
    row = get_object_or_404(queries.assignable(request.actor), pk=pk)
    problem = ""
    if request.method == "POST":
        require_proof(request.actor)
        try:
            actions.take_role(request.actor, row, reason=request.POST.get("reason", ""))
        except DomainError as refusal:
            problem = refusal.message
        else:
            done(request, _("Đã thu vai của %(name)s") % {"name": row.person.full_name})
            return HttpResponseRedirect(reverse("access:roles"))
    return render(
        request, "access/take.html", {"row": row, "role": ROLES[row.role].label, "problem": problem},
        status=422 if problem else 200,
    )  # fmt: skip
