"""Step-up: proving once more who one is, before something dangerous; lasts five minutes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.people import factors, second_factor, signing_in, throttle
from khue.kernel.people.hashers import Crowded
from khue.kernel.people.passwords import normal
from khue.kernel.people.views.factors import read_factor
from khue.kernel.people.way_back import next_path


@sensitive_post_parameters("password", "code")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def prove(request: ActorRequest) -> HttpResponse:
    """Ask for the second factor when there is one, else for the password; in the demo, for a click."""
    account = signing_in.own_account(request)
    target = next_path(request)
    by_click = settings.DEMO and request.session.get(second_factor.KEY) == "demo"
    held = factors.of(account)
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
        },
        status=status,
    )


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
