"""How a page is declared: who may enter, by which methods. The URL map of the whole house is read from here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
    QueryDict,
)

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import Capacity

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

ANYBODY = "public"  # no log-in asked
SIGNED_IN = "signed-in"  # any account, whatever its capacity


class ActorRequest(HttpRequest):
    """A request as Khuê's views know it."""

    actor: Actor
    capacities: tuple[Capacity, ...]


def _is_garbled(request: HttpRequest) -> bool:
    """Whether an address or a form carries a NUL, which no keyboard types and no text of the database holds."""
    given = [request.path, *_texts(request.GET)]
    if request.method == "POST":
        given += _texts(request.POST)
    return any("\x00" in text for text in given)


def _texts(sent: QueryDict) -> Iterable[str]:
    return (text for _name, every in sent.lists() for text in every)


def page(
    permission: str, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[..., HttpResponse]], View[P]]:
    """Declare a view: `permission` is a permission name, SIGNED_IN or ANYBODY.

    Anonymous visitors get the log-in page; a capacity that holds the permission nowhere gets the same 404 as a page
    that does not exist. Whose rows are shown is the query's business, not the page's.
    """

    accepted = (*methods, "HEAD") if "GET" in methods else methods  # a page that writes is never run by HEAD

    def wrap(view: Callable[..., HttpResponse]) -> View[P]:
        @functools.wraps(view)
        def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = cast(ActorRequest, request)
            if request.method not in accepted:
                return HttpResponseNotAllowed(methods)
            if _is_garbled(request):
                return HttpResponseBadRequest()
            if permission != ANYBODY:
                if not asked.actor.is_somebody:
                    return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))
                if permission != SIGNED_IN and not asked.actor.holds(permission):
                    raise Http404
            return view(asked, *args, **kwargs)

        run.khue_permission = permission  # type: ignore[attr-defined]
        run.khue_methods = methods  # type: ignore[attr-defined]
        return cast(View[P], run)

    return wrap
