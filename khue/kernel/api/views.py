"""The description of the API, and the page of one's own keys."""

from __future__ import annotations

import orjson
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions.errors import DomainError, ProofNeeded
from khue.kernel.api import actions, queries
from khue.kernel.api.forms import TokenForm
from khue.ui import messages


@page(SIGNED_IN)
def openapi(request: ActorRequest) -> HttpResponse:
    """The OpenAPI description."""
    from khue.kernel.api.service import description

    return HttpResponse(
        orjson.dumps(description(), default=str, option=orjson.OPT_NON_STR_KEYS),
        content_type="application/json",
    )


@page("api.use", methods=("GET", "POST"))
def tokens(request: ActorRequest) -> HttpResponse:
    """One's own keys; a new one is shown this once."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _token, secret = actions.create_token(
                request.actor, queries.own_account(request.actor), **form.cleaned_data
            )
        except ProofNeeded:
            raise
        except DomainError as problem:
            for name, text in problem.fields.items():
                form.add_error(name, text)
            if not problem.fields:
                form.add_error(None, problem.message)
        else:
            form = TokenForm()
    return render(
        request,
        "api/tokens.html",
        {
            "form": form,
            "secret": secret,
            "tokens": queries.tokens(request.actor),
            "labels": {capacity.key: capacity.full_label for capacity in request.capacities},
            "capacity": request.actor.capacity_label,
        },
    )


@page("api.use", methods=("POST",))
def revoke(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a key back."""
    token = get_object_or_404(queries.tokens(request.actor), pk=pk)
    actions.revoke_token(request.actor, token)
    messages.done(request, _("Đã thu hồi khóa “%(label)s”") % {"label": token.label})
    return HttpResponseRedirect(reverse("api:tokens"))
