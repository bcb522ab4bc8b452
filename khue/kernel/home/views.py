"""The first page, the one search, the switches of the header, health."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from khue.kernel.access.middleware import CAPACITY
from khue.kernel.access.pages import ANYBODY, SIGNED_IN, ActorRequest, page
from khue.kernel.home import finder, first_page, health
from khue.kernel.home.context import first_address
from khue.kernel.home.year import YEAR, year_of
from khue.kernel.people.way_back import next_path

LANGUAGE_AGE = 400 * 24 * 3600


@page(SIGNED_IN)
def first(request: ActorRequest) -> HttpResponse:
    """Việc của tôi: what waits, in order of time, and what each module shows this capacity; families have their own."""
    own = first_address(request.actor)
    if own:
        return HttpResponseRedirect(own)
    return render(request, "home/first.html", {"page": first_page.of(request.actor)})


@page(SIGNED_IN)
def find(request: ActorRequest) -> HttpResponse:
    """The one search: a page, or only the results when the dialog asks."""
    text = request.GET.get("q", "")
    found = finder.search(request.actor, text)
    template = "home/_found.html" if request.headers.get("HX-Request") else "home/find.html"
    return render(request, template, {"text": text, "groups": found.groups, "is_short": found.is_short})


@page(SIGNED_IN, methods=("POST",))
def capacity(request: ActorRequest) -> HttpResponse:
    """Act as something else one is; rights change with it at once."""
    wanted = request.POST.get("capacity", "")
    if wanted not in {one.key for one in request.capacities}:
        raise Http404
    request.session[CAPACITY] = wanted
    return HttpResponseRedirect(next_path(request))


@page(SIGNED_IN, methods=("POST",))
def year(request: ActorRequest) -> HttpResponse:
    """Look at another school year."""
    now = year_of(request)
    wanted = request.POST.get("year", "")
    if now is None or wanted not in {str(value) for value, _label, _detail in now.choices}:
        raise Http404
    request.session[YEAR] = int(wanted)
    return HttpResponseRedirect(next_path(request))


@page(ANYBODY, methods=("POST",))
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, on this browser."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponseRedirect(next_path(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, wanted, max_age=LANGUAGE_AGE, samesite="Lax", httponly=True,
        secure=settings.PRODUCTION,
    )  # fmt: skip
    return response


@never_cache
@page(ANYBODY)
def reader(request: HttpRequest) -> HttpResponse:
    """Nothing but who is signed in here, in the header every answer has: the service worker asks when it is online."""
    return HttpResponse(status=204)


@never_cache
@page(ANYBODY)
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether Khuê can work: 200 when it can, 503 when not."""
    state = health.now()
    return JsonResponse(state, status=200 if state["status"] == "ok" else 503)
