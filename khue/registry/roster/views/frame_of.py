"""What every page of the roster starts from: the school year, the place looked at, the path to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest
from khue.kernel.actions import DomainError
from khue.kernel.home.year import year_of
from khue.lib.dates import DateProblem, parse_date
from khue.registry.roster.queries.places import Place, place

STEP = "don-vi"  # key of the address: the code of the unit stepped down to


def year_id(request: ActorRequest) -> int:
    """The school year of the session; raises DomainError before the province opened one."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    return year.value


def page_place(request: ActorRequest, permission: str) -> Place:
    """The unit of the capacity, or the one in the address; Http404 when the permission does not lead there."""
    found = place(request.actor, permission, request.GET.get(STEP, "")[:40])
    if found is None:
        raise Http404
    return found


def school_place(request: ActorRequest, permission: str) -> Place:
    """The same when only a school will do (its own, or the one of the campus); Http404 elsewhere."""
    found = page_place(request, permission)
    if not found.is_school or not found.is_reached:
        raise Http404
    return found


def address(name: str, *args: Any, **query: Any) -> str:
    """A page's address with parameters; empty ones are left out, `don_vi` stands for the unit's code."""
    wanted = {
        ("don-vi" if key == "don_vi" else key.replace("_", "-")): value
        for key, value in query.items()
        if value
    }
    text = urlencode(wanted)
    return f"{reverse(name, args=args)}?{text}" if text else reverse(name, args=args)


def crumbs(found: Place | None, url_name: str, *tail: tuple[str, str] | str) -> list[tuple[str, str]]:
    """The path down the unit tree, each reached unit a link to the same page there, then where we are."""
    reached = found.reached if found else frozenset()
    steps = [
        (unit.name, f"{reverse(url_name)}?{STEP}={unit.code}" if unit.pk in reached else "")
        for unit in (found.path if found else ())
    ]
    return [*steps, *((one, "") if isinstance(one, str) else one for one in tail)]


def day_of(text: str | None, otherwise: date | None = None) -> date:
    """A day typed into the address (dd/mm/yyyy or ISO); today when there is none or it is none."""
    try:
        return parse_date(text).date if text else (otherwise or timezone.localdate())
    except DateProblem:
        return otherwise or timezone.localdate()


def filters_text(filters: Mapping[str, str]) -> dict[str, str]:
    """Filters as the audit record keeps them."""
    return {key: str(value) for key, value in filters.items()}
