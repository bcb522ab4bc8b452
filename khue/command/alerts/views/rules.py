"""The department's rules: the list, one of them edited with a trial of what it would open now, added, switched."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.command.alerts import actions, queries
from khue.command.alerts.forms import RuleForm
from khue.command.alerts.readings import sources
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.lib.numbers import whole
from khue.registry.roster.queries.places import place
from khue.ui import messages


@page("alerts.manage")
def listed(request: ActorRequest) -> HttpResponse:
    """Every rule with its bounds and what it has open."""
    context = {
        "lines": queries.rule_lines(request.actor),
        "crumbs": [(_("Cảnh báo"), reverse("alerts:alerts")), (_("Quy tắc"), "")],
    }
    return render(request, "alerts/rules.html", context)


@page("alerts.manage", methods=("GET", "POST"))
def rule(request: ActorRequest, code: str) -> HttpResponse:
    """One rule: changed, or tried without writing."""
    found = queries.rule(request.actor, code)
    if found is None:
        raise Http404
    if request.method != "POST":
        initial = {name: getattr(found, name) for name in RuleForm.base_fields}
        return _page(request, RuleForm(sources(), initial=initial), found)
    form = RuleForm(sources(), request.POST)
    version = whole(request.POST.get("version", "")) or 0
    if form.is_valid() and request.POST.get("verb") != "try":
        try:
            actions.set_rule(request.actor, found, wanted=form.wanted(), version=version)
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            put_errors(form, problem)
            return _page(request, form, found, problem.status)
        messages.done(request, _("Đã ghi quy tắc, áp dụng từ lần xét tới"))
        return HttpResponseRedirect(reverse("alerts:rules"))
    return _page(request, form, found, 422 if form.errors else 200)


@page("alerts.manage", methods=("GET", "POST"))
def add(request: ActorRequest) -> HttpResponse:
    """A rule of the department's own."""
    if request.method != "POST":
        return _page(
            request, RuleForm(sources(), initial={"floor": "school", "repeat_days": 3, "quiet_days": 7}), None
        )
    form = RuleForm(sources(), request.POST)
    if form.is_valid() and request.POST.get("verb") != "try":
        root = place(request.actor, "alerts.manage")
        if root is None or root.unit is None:
            raise Http404
        try:
            actions.add_rule(request.actor, root.path[0], wanted=form.wanted())
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            put_errors(form, problem)
            return _page(request, form, None, problem.status)
        messages.done(request, _("Đã thêm quy tắc"))
        return HttpResponseRedirect(reverse("alerts:rules"))
    return _page(request, form, None, 422 if form.errors else 200)


def _page(request: ActorRequest, form: RuleForm, found: Any, status: int = 200) -> HttpResponse:
    is_tried = request.method == "POST" and form.is_bound and form.is_valid()
    trial = queries.trial(request.actor, form.wanted(), found.pk if found else None) if is_tried else None
    title = found.label if found else _("Thêm quy tắc")
    context = {
        "rule": found, "form": form, "groups": (form["months"], form["roles"]), "trial": trial, "title": title,
        "crumbs": [(_("Cảnh báo"), reverse("alerts:alerts")), (_("Quy tắc"), reverse("alerts:rules")), (title, "")],
    }  # fmt: skip
    return render(request, "alerts/rule.html", context, status=status)


@page("alerts.manage", methods=("POST",))
def switch(request: ActorRequest, code: str) -> HttpResponse:
    """Off or on again."""
    found = queries.rule(request.actor, code)
    if found is None:
        raise Http404
    is_on = request.POST.get("on") == "1"
    actions.switch_rule(request.actor, found, is_on=is_on)
    text = _("Đã bật %(rule)s") if is_on else _("Đã tắt %(rule)s, cảnh báo của nó sẽ đóng ở lần xét tới")
    messages.done(request, text % {"rule": found.label})
    return HttpResponseRedirect(reverse("alerts:rules"))
