"""Choosing one's own password by a one-time code, and asking for one by e-mail."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.access.middleware import client_address
from khue.kernel.access.pages import ANYBODY, page
from khue.kernel.actions import DomainError
from khue.kernel.jobs.actions import start
from khue.kernel.people import (
    actions,
    codes,
    devices,
    passwords,
    queries,
    second_factor,
    signing_in,
    throttle,
)
from khue.kernel.people.hashers import Crowded
from khue.ui.messages import done

if TYPE_CHECKING:
    from khue.kernel.people.models import OneTimeCode

REDEEMED = "redeemed_code"
MINUTES = 15


@sensitive_post_parameters("code")
@never_cache
@page(ANYBODY, methods=("GET", "POST"))
def activate(request: HttpRequest) -> HttpResponse:
    """Show a code and one's second datum; the same answer to every code that is not good."""
    problem = ""
    if request.method == "POST":
        found = codes.redeem(
            request.POST.get("code", "")[:40], request.POST.get("datum", "")[:20], client_address(request)
        )
        if found is not None:
            request.session.cycle_key()
            request.session[REDEEMED] = [found.pk, time.time()]
            return HttpResponseRedirect(reverse("people:choose_password"))
        problem = _(
            "Mã và ngày sinh chưa khớp, hoặc mã đã dùng, đã quá hạn. Xem lại từng chữ trên phiếu; "
            "sau 5 lần sai, xin văn thư cấp mã mới."
        )
    return render(
        request, "people/activate.html", {"problem": problem, "province": settings.PROVINCE_NAME},
        status=422 if problem else 200,
    )  # fmt: skip


def _redeemed(request: HttpRequest) -> OneTimeCode | None:
    kept = request.session.get(REDEEMED)
    if not kept or time.time() - kept[1] > MINUTES * 60:
        return None
    found = queries.all_codes().filter(pk=kept[0]).first()
    return found if found and codes.is_alive(found) and found.account.is_active else None


@sensitive_post_parameters("password")
@never_cache
@page(ANYBODY, methods=("GET", "POST"))
def choose_password(request: HttpRequest) -> HttpResponse:
    """Choose one's own password; then one is signed in."""
    code = _redeemed(request)
    if code is None:
        return HttpResponseRedirect(reverse("people:activate"))
    account, problem = code.account, ""
    if request.method == "POST":
        password = request.POST.get("password", "")[:1000]
        actor = actor_for(account, ip=client_address(request))[0]
        try:
            actions.redeem_code(actor, account, code=code, password=password, more=queries.words_of(account))
        except DomainError as refusal:
            problem = refusal.message
        except Crowded:
            problem = _("Đang có rất nhiều người đăng nhập. Chờ 15 giây rồi bấm lại.")
        else:
            account.refresh_from_db()
            request.session.pop(REDEEMED, None)
            signing_in.open_session(request, account, method="code")
            done(request, _("Đã đặt mật khẩu của %(name)s") % {"name": account.person.full_name})
            return devices.keep(HttpResponseRedirect("/"), request.khue_device_token)  # type: ignore[attr-defined]
    return render(
        request, "people/choose_password.html", choosing(account, problem), status=422 if problem else 200
    )


def choosing(account: Any, problem: str) -> dict[str, Any]:
    """What the page for choosing a password needs."""
    strong = second_factor.is_set_up(account)
    return {
        "account": account,
        "problem": problem,
        "least": passwords.WITH_SECOND_FACTOR if strong else passwords.ALONE,
        "suggestions": passwords.suggestions(),
    }


@never_cache
@page(ANYBODY, methods=("GET", "POST"))
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a code by e-mail; the answer and the work are the same whether there is such an account or not."""
    if request.method == "POST":
        typed = " ".join(request.POST.get("name", "").split())[:100]
        key = f"mail:{throttle.keyed('mail', typed.lower())}"
        if typed and not throttle.is_flooding(client_address(request)) and throttle.reserve(key).allowed:
            throttle.count_network_failure(client_address(request))
            start(
                Actor.system("people.forgotten"), "people.mail_code", "Gửi mã đặt lại mật khẩu qua thư điện tử",
                arguments={"name": typed, "address": request.build_absolute_uri(reverse("people:activate"))},
            )  # fmt: skip
        return render(request, "people/forgotten.html", {"is_sent": True})
    return render(request, "people/forgotten.html", {"is_sent": False})
