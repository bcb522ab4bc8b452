"""Any two units side by side, any two days, and one's own school beside the unit above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.ioc import tables, wording
from khue.command.ioc.queries.places import Standing, found_units
from khue.command.ioc.views.where import Links, day_of, standing_of
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.indicators import queries
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Moment
from khue.kernel.indicators.words import say
from khue.lib.spreadsheets.write import OutColumn

if TYPE_CHECKING:
    from khue.kernel.org.models import Unit

OTHER_DAY: Final = "ngayb"
A, B, FIND = "a", "b", "tim"


@dataclass(frozen=True)
class Side:
    """One column: a unit on a day, or what a unit above has as ratios only."""

    unit: Unit
    moment: Moment
    values: dict[str, float | None]
    told: dict[str, str]
    states: dict[str, str]
    is_above: bool = False


@page("indicators.view")
def compare(request: ActorRequest) -> HttpResponse:
    """Two columns of figures with their difference; the second is another unit, another day, or the unit above."""
    here = standing_of(request, request.GET.get(A, ""))
    day, other_day = day_of(request), day_of(request, OTHER_DAY)
    moment = queries.moment(request.actor, day)
    text = request.GET.get(FIND, "").strip()[:80]
    links = Links(None)
    context: dict[str, Any] = {
        "here": here, "moment": moment, "day": day, "other_day": other_day, "today": timezone.localdate(),
        "text": text, "above": _above(here),
        "found": [unit for unit in found_units(request.actor, text) if unit.pk != here.unit.pk] if text else [],
        "is_wide": not here.unit.is_school, "links": links,
        "crumbs": [(_("Chỉ tiêu"), links.catalogue(here.unit.code)), (_("Đặt cạnh nhau"), "")],
    }  # fmt: skip
    code = request.GET.get(B, "")
    other = _other(request, here, code)
    if moment is None:
        return render(request, "ioc/compare.html", context)
    offered = queries.offered(request.actor, here.unit)
    left = _side(request, here.unit, moment, offered)
    right = _right(request, here, other, moment, other_day, offered)
    rows = _rows(offered, left, right)
    if kind := tables.wanted(request.GET.get("tep", "")):
        return _file(kind, left, right, offered)
    context |= {
        "left": left, "right": right, "b": code, "groups": rows, "same_unit": left.unit.pk == right.unit.pk,
        "other_day": right.moment.day,
    }  # fmt: skip
    return render(request, "ioc/compare.html", context)


def _above(here: Standing) -> list[Unit]:
    """The units above that are not the actor's own: their ratios may be put beside one's own."""
    return [unit for unit in here.path if unit.pk not in here.place.reached]


def _other(request: ActorRequest, here: Standing, code: str) -> Unit:
    """The second unit: one above one's own, or one the actor sees; Http404 for any other."""
    above = next((unit for unit in _above(here) if unit.code == code), None)
    if above is not None:
        return above
    return standing_of(request, code).unit if code else here.unit


def _right(
    request: ActorRequest,
    here: Standing,
    other: Unit,
    moment: Moment,
    other_day: date | None,
    offered: list[Indicator],
) -> Side:
    if other in _above(here):
        return _benchmark(request, here, other, moment, offered)
    then = other_day or (None if other.pk != here.unit.pk else moment.day - timedelta(days=28))
    return _side(request, other, queries.moment(request.actor, then) or moment if then else moment, offered)


def _side(request: ActorRequest, unit: Unit, moment: Moment, offered: list[Indicator]) -> Side:
    names = [one.name for one in offered if queries.concerns(one, unit)]
    figures = queries.figures(request.actor, names, unit, moment.day)
    return Side(
        unit, moment,
        {name: figure.value for name, figure in figures.items()},
        {name: wording.told(figure) for name, figure in figures.items()},
        {name: figure.state for name, figure in figures.items()},
    )  # fmt: skip


def _benchmark(
    request: ActorRequest, here: Standing, above: Unit, moment: Moment, offered: list[Indicator]
) -> Side:
    found = queries.benchmarks(request.actor, [one.name for one in offered], here.unit, moment.day)
    known = {one.name: one for one in offered}
    values: dict[str, float | None] = {
        name: mark.value for name, marks in found.items() for mark in marks if mark.unit_id == above.pk
    }
    told = {name: wording.shown(known[name], value) for name, value in values.items()}
    states = {name: queries.state_of(known[name], value) for name, value in values.items()}
    return Side(above, moment, values, told, states, is_above=True)


def _rows(offered: list[Indicator], left: Side, right: Side) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    links = Links(None)
    same = None if left.unit.pk == right.unit.pk else _("bằng nhau")
    for one in offered:
        if one.name not in left.told or (right.is_above and one.name not in right.told):
            continue
        now, then = left.values.get(one.name), right.values.get(one.name)
        other = right.told.get(one.name, wording.NONE)
        if left.told[one.name] == other == wording.NONE:
            continue
        is_fair = (
            left.unit.pk == right.unit.pk or one.bottom is not None
        )  # a count says who is large, not who is better
        groups.setdefault(say(one.group), []).append(
            {
                "name": say(one.label), "url": links.at(one.name, (left.unit.code,)),
                "left": left.told[one.name], "left_state": left.states.get(one.name, ""),
                "right": other, "right_state": right.states.get(one.name, ""),
                "by": wording.difference(one, now, then, same=same),
                "kind": wording.direction_of(one, now, then) if is_fair else "",
            }
        )  # fmt: skip
    return list(groups.items())


def _file(kind: str, left: Side, right: Side, offered: list[Indicator]) -> HttpResponse:
    def head(side: Side) -> str:
        return f"{side.unit.name}, {side.moment.day:%d/%m/%Y}"

    columns = [
        OutColumn(_("Chỉ tiêu"), "name", 50), OutColumn(_("Đơn vị tính"), "unit", 16),
        OutColumn(head(left), "left", 28), OutColumn(f"{head(right)} ", "right", 28), OutColumn(_("Chênh"), "by", 18),
    ]  # fmt: skip
    rows = []
    for one in offered:
        now, then = left.values.get(one.name), right.values.get(one.name)
        rows.append(
            {
                "name": say(one.label), "unit": say(one.unit), "left": _bare(one, now), "right": _bare(one, then),
                "by": wording.difference(one, now, then),
            }
        )  # fmt: skip
    return tables.respond(kind, _("Đặt cạnh nhau"), columns, rows, moment=left.moment, where=left.unit.name)


def _bare(one: Indicator, value: float | None) -> float | None:
    return None if value is None else round(value, one.decimals)
