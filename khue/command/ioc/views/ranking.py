"""Schools in order of a ratio among like schools, with what may not be read into it; and where a figure is missing."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from khue.command.ioc import ranking as rank
from khue.command.ioc import tables, wording
from khue.command.ioc.queries.places import Standing
from khue.command.ioc.views.where import Links, day_of, indicator_of, standing_of
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.indicators import quality, queries
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.words import say
from khue.lib.spreadsheets.write import OutColumn
from khue.registry.curriculum.listing import LEVEL_NAMES


def region_word(number: int) -> str:
    """A region in words."""
    return {1: _("miền núi, hải đảo"), 2: _("nông thôn"), 3: _("đô thị")}.get(number, "")


def _wide(request: ActorRequest, name: str, where: str) -> tuple[Standing, Indicator]:
    here = standing_of(request, where)
    if here.unit.is_school:
        raise Http404  # a school does not look into others
    return here, indicator_of(request, name, here)


@page("indicators.view")
def ranking(request: ActorRequest, name: str, where: str = "") -> HttpResponse:
    """The schools under a unit in order, one group of like schools at a time."""
    here, one = _wide(request, name, where)
    day = day_of(request)
    moment = queries.moment(request.actor, day)
    links = Links(moment.day if moment and day else None)
    schools = queries.schools(request.actor, one.name, here.unit, moment.day) if moment else []
    groups = rank.groups(schools)
    keys = {f"{levels}.{region}": (levels, region) for levels, region in groups}
    wanted = request.GET.get("nhom", "")
    chosen = wanted if wanted in keys else next(iter(keys), "")
    members = [school for school in schools if chosen and rank.group_of(school) == keys[chosen]]
    places, left = rank.ranked(one, members) if rank.can_rank(one) else ([], members)
    if (kind := tables.wanted(request.GET.get("tep", ""))) and rank.can_rank(one):
        return _file(kind, one, here, places, moment)
    context = {
        "indicator": one, "label": say(one.label), "here": here, "moment": moment, "links": links,
        "can_rank": rank.can_rank(one), "few": len(places) < rank.FEWEST, "fewest": rank.FEWEST, "small": rank.SMALL,
        "groups": [(key, _group_label(*keys[key]), key == chosen) for key in keys],
        "places": [_line(one, place, links) for place in places],
        "left": [(school.name, school.parent, wording.told(school.figure), _why(school)) for school in left],
        "bottom": wording.part_names(one)[1], "unit_label": say(one.unit),
        "crumbs": [
            (say(one.label), links.indicator(one.name, here)), (_("Xếp theo thứ tự"), ""),
        ],
    }  # fmt: skip
    return render(request, "ioc/ranking.html", context)


def _group_label(levels: str, region: int) -> str:
    said = ", ".join(str(LEVEL_NAMES.get(level, level)) for level in levels.split("-") if level)
    return f"{said}, {region_word(region)}"


def _line(one: Indicator, place: rank.Place, links: Links) -> dict[str, Any]:
    figure = place.school.figure
    span = ""
    if place.low is not None and place.high is not None:
        span = f"{wording.number(one, place.low)} – {wording.number(one, place.high)}"
    return {
        "number": place.number, "name": place.school.name, "parent": place.school.parent,
        "told": wording.told(figure), "n": wording.count(figure.bottom), "span": span, "state": figure.state,
        "is_like_next": place.is_like_next, "url": links.at(one.name, (place.school.code,)),
    }  # fmt: skip


def _why(school: queries.Below) -> str:
    if school.figure.is_hidden:
        return _("số nhỏ, không hiện")
    if school.figure.value is None:
        return _("chưa có số liệu")
    return _("quá ít để xếp: %(n)s") % {"n": wording.count(school.figure.bottom)}


def _file(
    kind: str, one: Indicator, here: Standing, places: list[rank.Place], moment: queries.Moment | None
) -> HttpResponse:
    columns = [OutColumn(_("Thứ"), "number", 8), *tables.part_columns(one, _("Trường"))]
    rows = [
        {"number": place.number, **tables.row_of(place.school.name, place.school.code, place.school.figure)}
        for place in places
    ]
    title = f"{_('Xếp theo thứ tự')} {say(one.label)} {here.name}"
    return tables.respond(kind, title, columns, rows, moment=moment, where=here.name)


@page("indicators.view")
def missing(request: ActorRequest, name: str, where: str = "") -> HttpResponse:
    """The schools under a unit that should have a figure and have none."""
    here, one = _wide(request, name, where)
    day = day_of(request)
    moment = queries.moment(request.actor, day)
    links = Links(moment.day if moment and day else None)
    rows = quality.missing(request.actor, one.name, here.unit, moment.day) if moment else []
    context = {
        "indicator": one, "label": say(one.label), "here": here, "moment": moment,
        "rows": [(school.name, school.parent, school.code, links.at(one.name, (school.code,))) for school in rows],
        "crumbs": [(say(one.label), links.indicator(one.name, here)), (_("Còn thiếu"), "")],
    }  # fmt: skip
    return render(request, "ioc/missing.html", context)
