"""The language of a request, how an answer goes over the line, and the headers it carries (reliability H4, H6)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

from khue.kernel.access import roles
from khue.ui.app import KEEP, PERSON

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor
    from khue.kernel.access.capacities import Capacity

FAMILY = frozenset(roles.FAMILY)
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


class Language:
    """Vietnamese unless somebody chose otherwise on this browser; what the browser itself prefers is not asked.

    Half the browsers of a Vietnamese school are installed in English, by nobody's choice.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class Compressed(GZipMiddleware):
    """Pages and data go gzipped over the line; a grid of 57 KB becomes 11, and a village has 400 kbit/s.

    Static files are compressed once, when they are built; sheets and archives of files are so by themselves. Each
    answer gets some random bytes of no meaning (Django's guard against BREACH); costs 0.6 ms CPU for the grid.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or not kind.startswith(("text/", "application/json", "image/svg")):
            return response
        packed: HttpResponseBase = super().process_response(request, response)
        return packed


class SecurityHeaders:
    """Content-Security-Policy on all, `no-store` on whatever is not static."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


class Readers:
    """Names the reader of every answer to the service worker, which keeps copies for nobody else (khue/ui/app.py).

    A reader is a person together with the children and the own record they may see today: when a guardian may no
    longer see a child, another reader answers the next request, and all copies are gone. Only families keep copies.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        actor = getattr(request, "actor", None)
        if actor is None:
            return response
        response.headers[PERSON] = reader_of(actor, request.capacities) or "-"  # type: ignore[attr-defined]
        if KEEP in response.headers and (not actor.grants or not actor.roles <= FAMILY):
            del response.headers[KEEP]
        return response


def reader_of(actor: Actor, capacities: Sequence[Capacity]) -> str:
    """An opaque word for a person and the records of children they may see; empty for nobody."""
    if actor.person_id is None:
        return ""
    seen = sorted({(g.role, g.scope_id) for one in capacities for g in one.grants if g.role in FAMILY})
    text = f"reader:{actor.person_id}:{seen}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]
