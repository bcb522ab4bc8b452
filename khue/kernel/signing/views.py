"""“Chữ ký số của tôi”: one's own certificates, and the seal of the school for whoever answers for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.kernel.signing import actions, limits, queries
from khue.kernel.signing.forms import KeyForm, SealForm
from khue.ui import messages


@never_cache
@page(SIGNED_IN)
def keys(request: ActorRequest) -> HttpResponse:
    """What I sign with, and registering another."""
    return _keys(request)


def _keys(
    request: ActorRequest,
    form: KeyForm | None = None,
    seal_form: SealForm | None = None,
    problem: str = "",
) -> HttpResponse:
    actor = request.actor
    unit = queries.unit_with_seal(actor)
    return render(
        request, "signing/keys.html",
        {
            "certificates": queries.own_certificates(actor), "form": form or KeyForm(), "problem": problem,
            "unit": unit, "seals": queries.seals_of(actor, unit) if unit else [],
            "seal_form": seal_form or SealForm(prefix="dau"), "now": timezone.now(), "is_trial": settings.DEMO,
            "may_register_seal": actor.holds("signing.register_seal"), "person": queries.own_person(actor),
            "passphrase": actions.TRIAL_PASSPHRASE, "crumbs": [(_("Chữ ký số của tôi"), "")],
        },
        status=422 if problem or form or seal_form else 200,
    )  # fmt: skip


def _try(do: Callable[[], Any]) -> DomainError | None:
    """Do it; gives what was refused."""
    try:
        do()
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return problem
    return None


def _back(request: ActorRequest, told: str) -> HttpResponse:
    messages.done(request, told)
    return HttpResponseRedirect(reverse("signing:keys"))


def _own(request: ActorRequest) -> Any:
    found = queries.own_person(request.actor)
    if found is None:
        raise Http404
    return found


@sensitive_post_parameters("secret")
@never_cache
@page(SIGNED_IN, methods=("POST",))
def register(request: ActorRequest) -> HttpResponse:
    """Register one of my certificates."""
    form = KeyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _keys(request, form)
    person = _own(request)

    def do() -> None:
        with limits.guessing(person.pk):
            actions.register_certificate(request.actor, person, **form.given())  # type: ignore[arg-type]

    if problem := _try(do):
        put_errors(form, problem)
        return _keys(request, form)
    return _back(request, _("Đã đăng ký chứng thư số"))


@page(SIGNED_IN, methods=("POST",))
def withdraw(request: ActorRequest, pk: int) -> HttpResponse:
    """Stop using one of mine."""
    found = get_object_or_404(queries.own_certificates(request.actor), pk=pk)
    actions.withdraw_certificate(request.actor, _own(request), certificate_id=found.pk)
    return _back(request, _("Đã thôi dùng chứng thư số"))


@page(SIGNED_IN, methods=("POST",))
def trial(request: ActorRequest) -> HttpResponse:
    """In the demo: a key of the test authority by one click."""
    problem = _try(lambda: actions.issue_trial(request.actor, _own(request)))
    return _keys(request, problem=problem.message) if problem else _back(request, _("Đã có khóa thử nghiệm"))


@sensitive_post_parameters("dau-secret")
@never_cache
@page("signing.register_seal", methods=("POST",))
def register_seal(request: ActorRequest) -> HttpResponse:
    """Register the seal of the school."""
    unit = queries.unit_with_seal(request.actor)
    if unit is None:
        raise Http404
    form = SealForm(request.POST, request.FILES, prefix="dau")
    if not form.is_valid():
        return _keys(request, seal_form=form)
    code = form.cleaned_data["organisation_id"]

    def do() -> None:
        with limits.guessing(_own(request).pk):
            actions.register_seal(request.actor, unit, organisation_id=code, **form.given())  # type: ignore[arg-type]

    if problem := _try(do):
        put_errors(form, problem)
        return _keys(request, seal_form=form)
    return _back(request, _("Đã đăng ký con dấu số"))


@page("signing.register_seal", methods=("POST",))
def trial_seal(request: ActorRequest) -> HttpResponse:
    """In the demo: a seal of the test authority."""
    unit = queries.unit_with_seal(request.actor)
    if unit is None:
        raise Http404
    problem = _try(lambda: actions.issue_trial_seal(request.actor, unit))
    return (
        _keys(request, problem=problem.message) if problem else _back(request, _("Đã có con dấu thử nghiệm"))
    )


@page("signing.register_seal", methods=("POST",))
def withdraw_seal(request: ActorRequest, pk: int) -> HttpResponse:
    """Stop using a seal."""
    found = get_object_or_404(queries.registered_seals(request.actor), pk=pk)
    actions.withdraw_seal(request.actor, found)
    return _back(request, _("Đã thôi dùng con dấu số"))
