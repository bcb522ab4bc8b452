"""Step-up: proving once more who one is before something dangerous, good for five minutes; then on with it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import step_up
from khue.kernel.actions.doing import has_proof
from khue.kernel.people import factors, second_factor, signing_in, throttle
from khue.kernel.people.hashers import Crowded
from khue.kernel.people.passwords import normal
from khue.kernel.people.views.factors import read_factor
from khue.kernel.people.way_back import next_path, with_next
from khue.ui.messages import warn


@sensitive_post_parameters("password", "code")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def prove(request: ActorRequest) -> HttpResponse:
    """Ask for the second factor when there is one, else for the password; in the demo, for a click."""
    account = signing_in.own_account(request)
    target = next_path(request)
    by_click = settings.DEMO and request.session.get(second_factor.KEY) == "demo"
    held = factors.of(account)
    held_form = step_up.held(request) if target == reverse("people:go_on") else None
    problem, status = "", 200
    if request.method == "POST":
        if by_click:
            problem, factor = "", "demo"
        elif held.is_strong:
            problem, status, factor = read_factor(request)
        else:
            problem, status, factor = _password(account, request.POST.get("password", "")[:1000]), 422, ""
        if not problem:
            signing_in.proved(request, factor=factor)
            return HttpResponseRedirect(target)
    return render(
        request,
        "people/prove.html",
        {
            "by_click": by_click,
            "factors": held,
            "options": factors.passkey_request(account) if held.passkeys else None,
            "problem": problem,
            "next": target,
            "held": held_form,
            "back": held_form.back if held_form else target,
        },
        status=status,
    )


@never_cache
@page(SIGNED_IN)
def go_on(request: ActorRequest) -> HttpResponse:
    """Show the form that waited for the proof, to be sent by one click."""
    held_form = step_up.held(request)
    if held_form is None:
        warn(request, _("Đã quá 5 phút nên việc đang làm dở không còn giữ. Làm lại từ đầu."))
        return HttpResponseRedirect("/")
    if not has_proof(request.actor):
        return HttpResponseRedirect(with_next(reverse("people:prove"), request.path))
    return render(request, "people/go_on.html", {"held": held_form})


def _password(account: Any, password: str) -> str:
    key = factors.key(account)
    if not throttle.reserve(key).allowed:
        return _("Đã nhập sai nhiều lần nên tạm dừng. Chờ 15 phút rồi nhập lại.")
    try:
        is_right = check_password(normal(password), account.password)
    except Crowded:
        throttle.clear(key)
        return _("Đang có rất nhiều người đăng nhập. Mật khẩu chưa được xem đến: chờ 15 giây rồi bấm lại.")
    if not is_right:
        return _("Mật khẩu chưa đúng.")
    throttle.clear(key)
    return ""
