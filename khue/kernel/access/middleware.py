"""Who is asking: the account of the session becomes an actor in one of the person's capacities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from khue.kernel.access import capacities
from khue.kernel.access.actor import Actor

PROVED_AT = "proved_at"
CAPACITY = "capacity"


class ActorMiddleware:
    """Puts `request.actor`; grants are read anew for every request, so a right that ended is gone at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.capacities = ()  # type: ignore[attr-defined]
        request.actor = Actor.nobody()  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            actor, every = capacities.actor_for(
                request.user,
                wanted=request.session.get(CAPACITY, ""),
                ip=client_address(request),
                device=request.META.get("HTTP_USER_AGENT", "")[:200],
                proved_at=_proved_at(request),
            )
            request.actor = actor  # type: ignore[attr-defined]
            request.capacities = every  # type: ignore[attr-defined]
        return self.get_response(request)


def _proved_at(request: HttpRequest) -> datetime | None:
    kept = request.session.get(PROVED_AT)
    return datetime.fromtimestamp(kept, UTC) if kept else None


def client_address(request: HttpRequest) -> str:
    """The address of the connection itself; a header that a client can write is never believed."""
    return str(request.META.get("REMOTE_ADDR") or "")
