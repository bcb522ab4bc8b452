"""Pages of the second factor: what one has, setting up, showing it at the door."""

from __future__ import annotations

import io
import json
from typing import Any

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import ANYBODY, SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.doing import require_proof
from khue.kernel.people import devices, factors, second_factor, signing_in
from khue.kernel.people.way_back import next_path, with_next
from khue.ui.messages import done, refuse


def qr_svg(text: str, scale: int = 4) -> SafeString:
    """A QR code as inline SVG, dark on white in either theme; segno writes nothing of `text` into the markup."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=scale, border=3, light="#fff", dark="#000", xmldecl=False, svgns=True, svgclass="qr",
        lineclass=None,
    )  # fmt: skip
    return SafeString(out.getvalue().decode())


def shown_once(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page that holds secrets: never stored, neither by the browser nor among the answers to repeated posts."""
    response = StreamingHttpResponse([render_to_string(template, context, request).encode()])
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def is_demanded(request: ActorRequest) -> bool:
    """Whether any of the person's capacities may not act without a second factor."""
    of_teachers = bool(request.session.get(second_factor.TEACHERS))
    return any(second_factor.is_demanded_of(one, of_teachers=of_teachers) for one in request.capacities)


@page(SIGNED_IN)
def overview(request: ActorRequest) -> HttpResponse:
    """What second factors one has, and how to add one."""
    return render(
        request,
        "people/second_factor.html",
        {
            "factors": factors.of(signing_in.own_account(request)),
            "is_demanded": is_demanded(request),
            "is_lacking": not request.session.get(second_factor.KEY),
            "next": next_path(request),
        },
    )


@sensitive_post_parameters("code")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def set_up_app(request: ActorRequest) -> HttpResponse:
    """Pair an authenticator app by QR code."""
    require_proof(request.actor)
    account = signing_in.own_account(request)
    secret = totp.get_totp_secret(regenerate=False)
    problem = ""
    if request.method == "POST":
        try:
            codes = factors.add_app(request.actor, account, secret=secret, code=request.POST.get("code", ""))
        except DomainError as refusal:
            problem = refusal.message
        else:
            totp.clear_totp_secret(request)
            signing_in.proved(request, factor="totp")
            return _after_set_up(request, codes, _("Đã ghép ứng dụng xác thực."))
    return render(
        request,
        "people/set_up_app.html",
        {
            "qr": qr_svg(get_adapter().build_totp_url(account, secret)),
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            "problem": problem,
            "next": next_path(request),
        },
        status=422 if problem else 200,
    )


@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def set_up_passkey(request: ActorRequest) -> HttpResponse:
    """Make a passkey in this browser (fingerprint, face, screen lock or a security key)."""
    require_proof(request.actor)
    account = signing_in.own_account(request)
    problem = ""
    if request.method == "POST":
        try:
            codes = factors.add_passkey(
                request.actor, account, name=request.POST.get("name", ""), credential=_credential(request)
            )
        except DomainError as refusal:
            problem = refusal.message
        else:
            signing_in.proved(request, factor="passkey")
            return _after_set_up(request, codes, _("Đã thêm khóa trên máy này."))
    return render(
        request,
        "people/set_up_passkey.html",
        {
            "options": webauthn.begin_registration(account, True),
            "problem": problem,
            "next": next_path(request),
            "name": devices.name_of(request.META.get("HTTP_USER_AGENT", "")),
        },
        status=422 if problem else 200,
    )


def _after_set_up(request: ActorRequest, codes: list[str], text: str) -> HttpResponse:
    if codes:
        return shown_once(request, "people/recovery_codes.html", {"codes": codes, "next": next_path(request)})
    done(request, text)
    return HttpResponseRedirect(next_path(request, reverse("people:second_factor")))


@page(SIGNED_IN, methods=("POST",))
def recovery_codes(request: ActorRequest) -> HttpResponse:
    """Make new recovery codes and show them once."""
    require_proof(request.actor)
    codes = factors.renew_recovery_codes(request.actor, signing_in.own_account(request))
    return shown_once(request, "people/recovery_codes.html", {"codes": codes, "next": "/"})


@page(SIGNED_IN, methods=("POST",))
def remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Give up an app or a passkey (0: the app)."""
    require_proof(request.actor)
    account = signing_in.own_account(request)
    held = factors.of(account)
    wanted = held.app_id if pk == 0 else pk
    if not wanted or (pk and pk not in {one.id for one in held.passkeys}):
        raise Http404
    factors.remove_factor(request.actor, account, factor_id=wanted, is_demanded=is_demanded(request))
    done(request, _("Đã gỡ lớp xác thực."))
    return HttpResponseRedirect(reverse("people:second_factor"))


@sensitive_post_parameters("code")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def verify(request: ActorRequest) -> HttpResponse:
    """Show the second factor after the password."""
    account = signing_in.own_account(request)
    target = next_path(request)
    if not request.session.get(second_factor.OWED):
        return HttpResponseRedirect(target)
    problem, status = "", 200
    if request.method == "POST":
        problem, status, factor = read_factor(request)
        if factor:
            signing_in.proved(request, factor=factor)
            if factor == "recovery":
                refuse(request, _("Vừa dùng một mã dự phòng. Nếu mất điện thoại, ghép lại ứng dụng ngay."))
            return HttpResponseRedirect(target)
    return render(
        request,
        "people/verify.html",
        {
            "factors": factors.of(account),
            "options": factors.passkey_request(account),
            "problem": problem,
            "next": target,
        },
        status=status,
    )


def read_factor(request: HttpRequest) -> tuple[str, int, str]:
    """What a posted code or passkey answer proves: (problem, status, factor)."""
    account = signing_in.own_account(request)
    if request.POST.get("credential"):
        if factors.check_passkey(_credential(request), account):
            return "", 200, "passkey"
        return _("Khóa này không phải của tài khoản, hoặc máy chưa xác nhận được. Thử lại."), 422, ""
    try:
        factor = factors.check_code(account, request.POST.get("code", "")[:20])
    except DomainError as paused:
        return paused.message, 429, ""
    return (
        ("", 200, factor)
        if factor
        else (_("Mã chưa đúng hoặc đã dùng rồi. Chờ mã mới trên điện thoại rồi nhập."), 422, "")
    )


def _credential(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.POST.get("credential", "")[:20_000])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@page(ANYBODY, methods=("POST",))
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser is to sign for a log-in without a name."""
    return JsonResponse(factors.passkey_request(None))


@page(ANYBODY, methods=("POST",))
def login_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: it is both what one has and what one is."""
    account = factors.check_passkey(_credential(request))
    if account is None:
        refuse(request, _("Chưa vào được bằng khóa này. Dùng tên đăng nhập và mật khẩu."))
        return HttpResponseRedirect(with_next(reverse("people:login"), next_path(request)))
    signing_in.open_session(
        request, account, method="passkey", factor="passkey", remember=request.POST.get("remember") == "1"
    )
    return devices.keep(HttpResponseRedirect(next_path(request)), request.khue_device_token)  # type: ignore[attr-defined]
