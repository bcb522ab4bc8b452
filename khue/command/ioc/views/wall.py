"""The wall: full screen for a room, refreshed by itself; and choosing what stands on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.ioc import actions
from khue.command.ioc import wall as walls
from khue.command.ioc.queries import desk as queries
from khue.command.ioc.queries.wall import unit_seen
from khue.command.ioc.views.choices import grouped
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.home.year import year_of
from khue.kernel.indicators.queries import reaches
from khue.kernel.people import signing_in
from khue.ui import messages

if TYPE_CHECKING:
    from khue.kernel.org.models import Unit

FRAGMENT = "X-Khue-Fragment"
FIELDS = ("f1", "f2", "f3", "f4", "f5", "f6")


def _unit(request: ActorRequest) -> Unit:
    """The unit in the address, else that of the capacity."""
    asked = request.GET.get("don-vi", "")
    unit = unit_seen(request.actor, asked) if asked else queries.unit_of(request.actor)
    if unit is None:
        raise Http404
    return unit


def _hung_until(request: ActorRequest) -> datetime | None:
    """When a session left on the screen ends; None for one that somebody sits at."""
    begun = request.session.get(signing_in.SIGNED_IN_AT)
    if not request.session.get(signing_in.ONLY) or begun is None:
        return None
    return datetime.fromtimestamp(begun, tz=UTC) + signing_in.STAFF_LIFE


@page("indicators.view")
def wall(request: ActorRequest) -> HttpResponse:
    """The screen of a unit; asked by its own script it gives only what changes."""
    unit = _unit(request)
    is_fragment = request.headers.get(FRAGMENT) == "wall"
    shown = walls.shown(request.actor, unit, timezone.localtime(), map_by=request.GET.get("theo", ""))
    context = {
        "wall": shown,
        "year": year_of(request),
        "may_choose": reaches(request.actor, unit, "ioc.choose_wall"),
        "wall_url": request.get_full_path(),
        "hung_until": _hung_until(request),
    }
    response = render(request, "ioc/_wall.html" if is_fragment else "ioc/wall.html", context)
    response["Vary"] = FRAGMENT
    response["Cache-Control"] = "no-store"
    return response


@page("indicators.view", methods=("POST",))
def wall_hang(request: ActorRequest) -> HttpResponse:
    """Leave the wall on a screen: from now on this session shows the wall and does nothing else, until its day ends."""
    unit = _unit(request)
    request.session[signing_in.ONLY] = reverse("ioc:wall")
    return HttpResponseRedirect(f"{reverse('ioc:wall')}?don-vi={unit.code}")


@page("ioc.choose_wall", methods=("GET", "POST"))
def wall_choice(request: ActorRequest) -> HttpResponse:
    """Which figures stand on the screen of a unit, in which order, and what colours its map."""
    unit = _unit(request)
    names, by = walls.chosen(request.actor, unit)
    problem: DomainError | None = None
    if request.method == "POST":
        names, by = [request.POST.get(field, "") for field in FIELDS], request.POST.get("map", "")
        try:
            actions.choose_wall(request.actor, unit, figures=names, map_by=by)
        except NotVisible:
            raise
        except DomainError as found:
            problem = found
        else:
            messages.done(
                request, _("Đã ghi %(n)s chỉ tiêu cho màn hình lớn") % {"n": len([n for n in names if n])}
            )
            return HttpResponseRedirect(f"{reverse('ioc:wall')}?don-vi={unit.code}")
    names = [*names, *([""] * len(FIELDS))][: len(FIELDS)]
    context = {
        "unit": unit,
        "groups": grouped(queries.choosable(request.actor).values()),
        "rows": list(zip(FIELDS, names, strict=True)),
        "map": by,
        "problem": problem,
        "crumbs": [(_("Màn hình lớn"), f"{reverse('ioc:wall')}?don-vi={unit.code}"), (_("Chọn số liệu"), "")],
    }
    return render(request, "ioc/wall_choice.html", context, status=problem.status if problem else 200)
