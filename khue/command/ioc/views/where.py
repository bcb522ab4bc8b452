"""What the address of a page of figures says: the place, the day; and the way back up as crumbs and links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from khue.command.ioc import paths
from khue.command.ioc.queries.places import Standing, standing
from khue.kernel.access.pages import ActorRequest
from khue.kernel.indicators import catalogue, queries
from khue.kernel.indicators.declare import Indicator
from khue.lib.dates import DateProblem, parse_date

DAY: Final = "ngay"


def standing_of(request: ActorRequest, where: str) -> Standing:
    """The place an address leads to; Http404 when there is none such, or it is not the actor's."""
    way = paths.read(where)
    found = standing(request.actor, way.code, way.classroom_id) if way else None
    if way is None or found is None or not paths.is_way_to(way, tuple(unit.code for unit in found.path)):
        raise Http404
    return found


def indicator_of(request: ActorRequest, name: str, here: Standing) -> Indicator:
    """The indicator of an address; Http404 when there is none such, or the actor may not see it here."""
    found = catalogue.indicators().get(name)
    if found is None or not queries.may_see(request.actor, found, here.unit):
        raise Http404
    return found


def day_of(request: ActorRequest, key: str = DAY) -> date | None:
    """The day asked for; None for the newest, and for what is no day."""
    text = request.GET.get(key, "").strip()
    if not text:
        return None
    try:
        return parse_date(text[:20]).date
    except DateProblem:
        return None


@dataclass(frozen=True)
class Links:
    """Addresses of pages of figures, with the day that is shown kept in them."""

    day: date | None

    def indicator(self, name: str, here: Standing, **more: str) -> str:
        """The page of an indicator at a place."""
        return self._to("ioc:indicator", name, way_of(here), more)

    def at(self, name: str, codes: tuple[str, ...], classroom_id: int | None = None, **more: str) -> str:
        """The same at a place named by its codes from the top."""
        return self._to("ioc:indicator", name, paths.write(codes, classroom_id), more)

    def ranking(self, name: str, here: Standing, **more: str) -> str:
        """The ranking of the schools under a place."""
        return self._to("ioc:ranking", name, way_of(here), more)

    def missing(self, name: str, here: Standing) -> str:
        """The schools from which a figure is missing."""
        return self._to("ioc:missing", name, way_of(here), {})

    def catalogue(self, code: str, **more: str) -> str:
        """All indicators of a unit."""
        return f"{reverse('ioc:catalogue')}{self._query({'don-vi': code, **more})}"

    def compare(self, **more: str) -> str:
        """Two units or two days side by side."""
        return f"{reverse('ioc:compare')}{self._query(more)}"

    def _to(self, route: str, name: str, way: str, more: dict[str, str]) -> str:
        return f"{reverse(route, args=[name, way])}{self._query(more)}"

    def _query(self, more: dict[str, str]) -> str:
        asked = {DAY: self.day.isoformat()} if self.day else {}
        asked |= {key.replace("_", "-"): value for key, value in more.items() if value}
        return f"?{urlencode(asked)}" if asked else ""


def way_of(here: Standing) -> str:
    """The address of a place, from the top."""
    codes = tuple(unit.code for unit in here.path)
    return paths.write(codes, here.classroom.pk if here.classroom else None)
