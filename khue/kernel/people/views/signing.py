"""The log-in page and the way out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import ANYBODY, page
from khue.kernel.people import devices, showing, signing_in
from khue.kernel.people.signing_in import Kind, Outcome
from khue.kernel.people.way_back import next_path

STATUS = {Kind.WRONG: 401, Kind.DISABLED: 403, Kind.BLOCKED: 429, Kind.FLOODED: 429, Kind.CROWDED: 503}


@sensitive_post_parameters("password")
@never_cache
@page(ANYBODY, methods=("GET", "POST"))
def login(request: HttpRequest) -> HttpResponse:
    """Sign in by name and password."""
    target = next_path(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return _page(request, target)
    typed = request.POST.get("name", "")[:100]
    password = request.POST.get("password", "")[:1000]
    if not typed.strip() or not password:
        problem = _("Chưa điền tên đăng nhập.") if not typed.strip() else _("Chưa điền mật khẩu.")
        return _page(request, target, typed=typed, problem=problem, status=422)
    outcome = signing_in.attempt(request, typed, password)
    if outcome.kind is not Kind.IN or outcome.account is None:
        response = _page(request, target, typed=typed, problem=_words(outcome), status=STATUS[outcome.kind])
        if outcome.kind is Kind.CROWDED:
            response["Retry-After"] = "15"
            response._has_been_logged = True  # type: ignore[attr-defined] # a rush is no error of ours
        return response
    remember = request.POST.get("remember") == "1"
    signing_in.open_session(request, outcome.account, method="password", remember=remember)
    return devices.keep(HttpResponseRedirect(target), request.khue_device_token)  # type: ignore[attr-defined]


def _page(
    request: HttpRequest, target: str, *, typed: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    return render(
        request,
        "people/login.html",
        {
            "typed": typed,
            "problem": problem,
            "next": target,
            "province": settings.PROVINCE_NAME,
            "demo_groups": showing.offers() if signing_in.is_demo() else (),
            "is_demo": signing_in.is_demo(),
        },
        status=status,
    )


def _words(outcome: Outcome) -> str:
    """What to tell somebody who did not get in; the same for names that exist and names that do not."""
    if outcome.kind is Kind.CROWDED:
        return _(
            "Đang có rất nhiều người đăng nhập cùng lúc. Tên và mật khẩu chưa được xem đến. Chờ 15 giây rồi bấm lại."
        )
    if outcome.kind is Kind.FLOODED:
        return _("Mạng này vừa thử sai quá nhiều lần. Chờ 15 phút, hoặc dùng máy đã từng đăng nhập.")
    if outcome.kind is Kind.DISABLED:
        return _("Tài khoản này đang khóa. Hỏi văn thư của trường để mở lại.")
    if outcome.kind is Kind.BLOCKED and outcome.verdict is not None:
        if outcome.verdict.is_final or outcome.verdict.until is None:
            return _(
                "Đã thử sai 100 lần. Xin văn thư cấp mã đặt lại mật khẩu, hoặc dùng máy đã từng đăng nhập."
            )
        until = date_format(timezone.localtime(outcome.verdict.until), "H:i, d/m")
        return _("Đã thử sai nhiều lần nên tạm dừng đến %(until)s. Quên mật khẩu thì lấy mã đặt lại.") % {
            "until": until
        }
    if outcome.left:
        return ngettext(
            "Tên hoặc mật khẩu chưa đúng. Còn %(left)s lần thử, rồi tạm dừng 15 phút. "
            "Xem lại phím Caps Lock và bộ gõ tiếng Việt.",
            "Tên hoặc mật khẩu chưa đúng. Còn %(left)s lần thử, rồi tạm dừng 15 phút. "
            "Xem lại phím Caps Lock và bộ gõ tiếng Việt.",
            outcome.left,
        ) % {"left": outcome.left}
    return _("Tên hoặc mật khẩu chưa đúng. Lần thử sau phải chờ 15 phút.")


@page(ANYBODY, methods=("POST",))
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out of this browser."""
    signing_in.sign_out(request)
    return HttpResponseRedirect(str(settings.LOGIN_REDIRECT_URL))
