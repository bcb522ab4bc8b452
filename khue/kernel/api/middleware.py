"""The door of the API: keys become actors, and whatever refuses a call does so in problem JSON."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from khue.kernel.access.middleware import client_address
from khue.kernel.api.problems import TYPE, problem
from khue.kernel.api.tokens import actor_of_key

PREFIX = "/api/"
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class ApiDoor:
    """`Authorization: Bearer` gives the actor of a key; a wrong key is 401, never the session's actor instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        given = request.headers.get("Authorization", "")
        if given:
            kind, _space, key = given.partition(" ")
            found = actor_of_key(
                key.strip(), ip=client_address(request), device=request.META.get("HTTP_USER_AGENT", "")[:200]
            )
            if kind.lower() != "bearer" or found is None:
                return problem(401, headers={"WWW-Authenticate": 'Bearer realm="Khue"'})
            account, actor, every = found
            request.user = account
            request.actor = actor  # type: ignore[attr-defined]
            request.capacities = every  # type: ignore[attr-defined]
            # A key is sent by a program on purpose, never by a browser on its own: no forged cross-site call.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
            request.khue_by_key = True  # type: ignore[attr-defined]
        return self._as_problem(self.get_response(request))

    @staticmethod
    def _as_problem(response: HttpResponse) -> HttpResponse:
        """Pages' refusals (a form posted twice, a log-in asked for) in the API's own form."""
        if response.status_code == 302:
            return problem(401, headers={"WWW-Authenticate": 'Bearer realm="Khue"'})
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(TYPE):
            return response
        kept = {name: response[name] for name in KEPT_HEADERS if name in response}
        return problem(response.status_code, headers=kept)
