"""What every session must live up to: its age, its roles, its second factor, and reading only once it is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import NoReverseMatch, resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.middleware import PROVED_AT
from khue.kernel.actions.step_up import ask_for_proof
from khue.kernel.people import second_factor, signing_in
from khue.kernel.people.models import SignIn
from khue.kernel.people.way_back import with_next

NOTED_EVERY = 60  # seconds between two notes that a session is still in use
UNATTENDED = "X-Khue-Unattended"  # a page that asked by itself: no sign that anybody is there
READ_ONLY_AFTER = timedelta(hours=12)  # a remembered session, without a proof, from then on only reads
SAFE = {"GET", "HEAD", "OPTIONS"}

# What a session may reach that still owes its second factor, and what an old session may post to.
ALWAYS = frozenset(
    {
        "people:login", "people:login_passkey", "people:passkey_options", "people:logout", "people:activate",
        "people:choose_password", "people:forgotten", "people:verify", "people:prove", "people:second_factor",
        "people:set_up_totp", "people:set_up_passkey", "people:recovery_codes", "home:demo_login", "home:capacity",
        "home:language", "home:health",
    }
)  # fmt: skip
LEAVING = frozenset(
    {"people:logout", "people:login", "home:health"}
)  # what a session left on a screen still does
SET_UP = frozenset(
    {"people:set_up_totp", "people:set_up_passkey", "people:recovery_codes", "people:second_factor"}
)


class SessionLife:
    """Ends sessions too old, idle or of other powers than their person has now; holds up those without their factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if self._is_over(request):
            signing_in.sign_out(request)
            from khue.kernel.access.actor import Actor

            request.actor = Actor.nobody()  # type: ignore[attr-defined]
            request.capacities = ()  # type: ignore[attr-defined]
            return self.get_response(request)
        return self._held_back(request) or self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        session = request.session
        seen_at = session.get(signing_in.SEEN_AT)
        if seen_at is None:
            return False
        now = timezone.now().timestamp()
        idle = 0 if session.get(signing_in.ONLY) else session.get(signing_in.IDLE) or 0
        life = signing_in.REMEMBERED_LIFE if session.get(signing_in.REMEMBERED) else signing_in.STAFF_LIFE
        if (idle and now - seen_at > idle) or now - session[signing_in.SIGNED_IN_AT] > life.total_seconds():
            return True
        powers = session.get(signing_in.POWERS)
        if powers is not None and powers != signing_in.powers(request.capacities):  # type: ignore[attr-defined]
            return True
        if now - seen_at > NOTED_EVERY and not request.headers.get(UNATTENDED):
            session[signing_in.SEEN_AT] = now
            SignIn.objects.filter(pk=session.get(signing_in.SIGN_IN) or 0).update(seen_at=timezone.now())
        return False

    def _held_back(self, request: HttpRequest) -> HttpResponse | None:
        session = request.session
        owed = bool(session.get(second_factor.OWED))
        lacking = not session.get(second_factor.KEY) and second_factor.is_demanded(
            request.actor.roles,  # type: ignore[attr-defined]
            of_teachers=bool(session.get(second_factor.TEACHERS)),
        )
        only = session.get(signing_in.ONLY)
        if not (only or owed or lacking):
            return None  # nearly every request: its address is resolved once, by the page
        name = _route(request)
        if only and request.path != only and name not in LEAVING:
            return _only(request, only)
        if owed and (name not in ALWAYS or name in SET_UP):
            return _sent_to(request, "people:verify", _("Cần lớp xác thực thứ hai trước khi làm việc tiếp."))
        if lacking and not owed and name not in ALWAYS:
            return _sent_to(request, "people:second_factor", _("Vai này cần lớp xác thực thứ hai."))
        return None

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Whoever stays signed in for thirty days proves themselves again before writing (after the forgery check)."""
        if request.method in SAFE or not request.user.is_authenticated:
            return None
        if not request.session.get(signing_in.REMEMBERED) or _route(request) in ALWAYS:
            return None
        age = timezone.now().timestamp() - (request.session.get(PROVED_AT) or 0)
        if age <= READ_ONLY_AFTER.total_seconds():
            return None
        if request.path.startswith("/api/"):
            why = _("Đã lâu chưa nhập mật khẩu: xác nhận lại rồi gửi.")
            return JsonResponse({"detail": why, "code": "proof_needed"}, status=403)
        return ask_for_proof(request)


def _only(request: HttpRequest, address: str) -> HttpResponse:
    """Back to the one page of a session left on a screen; whatever else was asked is not done."""
    if request.path.startswith("/api/"):
        return HttpResponse(status=403)
    return HttpResponseRedirect(address)


def _route(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _sent_to(request: HttpRequest, name: str, why: str) -> HttpResponse:
    try:
        address = reverse(name)
    except NoReverseMatch:
        return HttpResponse(status=403)
    path = request.get_full_path() if request.method in SAFE else "/"
    address = with_next(address, path)
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": why, "code": "second_factor_needed"}, status=403)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
