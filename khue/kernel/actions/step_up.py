"""Asking for a fresh proof of identity without losing what somebody was about to send.

A form refused until its sender proves once more who they are is kept for five minutes in their own session, sealed.
After the proof they send it again by one click: to the very address it was meant for, in the capacity they had then,
through every check like any other form. Nothing is ever sent by itself. Files are not kept, nor are pages that take
secrets (`sensitive_post_parameters`), nor any form with a field named as one, nor what did not pass the check against
forged forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions.sealing import seal, unseal

HELD = "held_form"  # key of the session
LASTS = timedelta(minutes=5)
LARGEST = 200_000  # characters; two thousand chosen rows are 40,000
PURPOSE = "khue.held_form"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
NEVER_KEPT = frozenset({"csrfmiddlewaretoken"})
# A field named so holds a password, passphrase or PIN, whatever stands round the word: `dau-secret`, `mat-khau-dau`.
SECRET = re.compile(r"password|passphrase|(?:^|[-_])(?:secret|pin|mat[-_]khau)(?:[-_]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class HeldForm:
    """A form waiting for its sender's proof: where it goes, its fields in order, where it was filled in."""

    path: str
    fields: Sequence[tuple[str, str]]
    back: str


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """Lead to the page that asks for a proof, and from there on to what was wanted."""
    back = _came_from(request)
    if request.headers.get("HX-Request"):
        messages.info(request, _("Việc này cần xác nhận lại danh tính, rồi bấm lại nút vừa rồi."))
        response = HttpResponse(status=204, headers={"HX-Redirect": _prove(back)})
    elif request.method in SAFE:
        response = HttpResponseRedirect(_prove(request.get_full_path()))
    elif hold(request):
        response = HttpResponseRedirect(_prove(reverse("people:go_on")))
    else:
        messages.info(request, _("Việc này cần xác nhận lại danh tính, rồi bấm lại nút vừa rồi."))
        response = HttpResponseRedirect(_prove(back))
    response.khue_is_undone = True  # type: ignore[attr-defined]
    return response


def hold(request: HttpRequest) -> bool:
    """Keep a refused form; False when it is not one to keep."""
    is_plain = (
        request.method == "POST"
        and request.content_type in FORMS
        and not request.FILES
        and not hasattr(request, "sensitive_post_parameters")
        and not any(SECRET.search(name) for name in request.POST)
        and getattr(request, "csrf_processing_done", False)
        and "Authorization" not in request.headers
    )
    if not is_plain:
        return False
    fields = [(k, v) for k, every in request.POST.lists() if k not in NEVER_KEPT for v in every]
    path = request.get_full_path()
    before = held(request)
    body = orjson.dumps(
        {
            "account": request.user.pk,
            "capacity": request.actor.capacity,  # type: ignore[attr-defined]
            "fields": fields,
            "back": before.back if before and before.path == path else _came_from(request),
        }
    ).decode()
    if len(body) > LARGEST:
        return False
    request.session[HELD] = {
        "path": path,
        "at": timezone.now().timestamp(),
        "sealed": seal(PURPOSE, body),
    }
    return True


def held(request: HttpRequest) -> HeldForm | None:
    """The form this session holds for the same person in the same capacity, while it is fresh."""
    kept: dict[str, Any] | None = request.session.get(HELD)
    if not kept or _is_old(kept):
        return None
    text = unseal(PURPOSE, kept["sealed"])
    body = orjson.loads(text) if text is not None else {}
    owner = (request.user.pk, request.actor.capacity)  # type: ignore[attr-defined]
    if (body.get("account"), body.get("capacity")) != owner:
        return None
    return HeldForm(kept["path"], tuple((name, value) for name, value in body["fields"]), body["back"])


def tidy(request: HttpRequest, response: HttpResponse) -> None:
    """Forget a held form once it is old, or was sent and taken."""
    session: Any = getattr(request, "session", {})
    kept = session.get(HELD)
    if not kept:
        return
    is_undone = getattr(response, "khue_is_undone", False)
    is_taken = request.method == "POST" and request.get_full_path() == kept["path"] and not is_undone
    if _is_old(kept) or (is_taken and response.status_code < 400):
        del session[HELD]


def _is_old(kept: dict[str, Any]) -> bool:
    return not 0 <= timezone.now().timestamp() - float(kept["at"]) <= LASTS.total_seconds()


def _prove(target: str) -> str:
    return f"{reverse('people:prove')}?next={quote(target, safe='/')}"


def _came_from(request: HttpRequest) -> str:
    """The path of the page somebody came from, never its host."""
    parts = urlsplit(request.META.get("HTTP_REFERER") or "/")
    if not parts.path.startswith("/") or parts.path.startswith("//") or parts.path == reverse("people:go_on"):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")
