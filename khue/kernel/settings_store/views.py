"""Pages of settings: all of a unit, one with its history."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.errors import ProofNeeded
from khue.kernel.settings_store import actions, queries
from khue.kernel.settings_store.forms import SettingForm
from khue.ui import messages


def _unit(request: ActorRequest) -> Any:
    unit = queries.unit_of(request.actor)
    if unit is None:
        raise Http404
    return unit


@page("settings_store.view")
def settings_list(request: ActorRequest) -> HttpResponse:
    """Every setting of the unit of one's capacity."""
    unit = _unit(request)
    return render(
        request, "settings_store/list.html", {"unit": unit, "groups": queries.groups(request.actor, unit)}
    )


@page("settings_store.view", methods=("GET", "POST"))
def setting(request: ActorRequest, name: str) -> HttpResponse:
    """One setting: what it is now, what it was, and for those who may the form to change it."""
    unit = _unit(request)
    line = queries.line(request.actor, unit, name)
    if line is None:
        raise Http404
    initial = {"value": ("1" if line.value else "") if line.setting.kind == "bool" else line.value}
    form = SettingForm(line.setting, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_setting(request.actor, unit, name=name, **form.cleaned_data)
        except ProofNeeded:
            raise
        except DomainError as problem:
            if not problem.fields:
                raise
            for field, text in problem.fields.items():
                form.add_error(field, text)
        else:
            messages.done(request, _("Đã ghi “%(label)s”") % {"label": _(line.setting.label)})
            return HttpResponseRedirect(reverse("settings_store:list"))
    return render(
        request,
        "settings_store/setting.html",
        {
            "unit": unit,
            "line": line,
            "form": form if line.may_change else None,
            "history": queries.history(request.actor, unit, name),
            "crumbs": [(_("Thiết lập"), reverse("settings_store:list")), (_(line.setting.label), "")],
        },
    )
