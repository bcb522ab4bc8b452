"""All indicators of a unit, by group, with their figures: searched, and narrowed to what calls for attention."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.command.ioc import tables, wording
from khue.command.ioc.views.where import Links, day_of, standing_of, way_of
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.indicators import quality, queries
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Moment, Value
from khue.kernel.indicators.words import say
from khue.lib.names import search_key, search_tokens
from khue.lib.spreadsheets.write import OutColumn
from khue.ui.templatetags.ui import icon
from khue.ui.words import date_vi

UNIT = "don-vi"


@page("indicators.view")
def catalogue(request: ActorRequest) -> HttpResponse:
    """The catalogue at one's own unit, or at the unit in the address."""
    here = standing_of(request, request.GET.get(UNIT, ""))
    day = day_of(request)
    moment = queries.moment(request.actor, day)
    offered = queries.offered(request.actor, here.unit)
    figures = (
        queries.figures(request.actor, [one.name for one in offered], here.unit, moment.day) if moment else {}
    )
    text, state = request.GET.get("q", "").strip()[:80], request.GET.get("muc", "")
    state = state if state in wording.STATES else ""
    found = [one for one in offered if _matches(one, text)]
    counts = {
        key: sum(figures[one.name].state == key for one in found if one.name in figures)
        for key in wording.STATES
    }
    if state:
        found = [one for one in found if one.name in figures and figures[one.name].state == state]
    if kind := tables.wanted(request.GET.get("tep", "")):
        return _file(kind, found, figures, moment, here.name)
    links = Links(moment.day if moment and day else None)
    context = {
        "here": here, "moment": moment, "day": day, "today": timezone.localdate(), "q": text, "state": state,
        "groups": _groups(found, figures, way_of(here), links), "count": len(found), "of": len(offered),
        "states": [(key, wording.state_word(key), counts[key]) for key in ("bad", "wait", "ok")],
        "is_stale": moment is not None and quality.is_stale(moment.copied_at, day),
        "links": links,
        "crumbs": [
            (unit.name, links.catalogue(unit.code) if unit.pk in here.place.reached else "") for unit in here.path
        ] + [(_("Chỉ tiêu"), "")],
    }  # fmt: skip
    return render(request, "ioc/catalogue.html", context)


def _matches(one: Indicator, text: str) -> bool:
    tokens = search_tokens(text)
    if not tokens:
        return True
    said = search_key(f"{say(one.label)} {say(one.group)} {one.code} {say(one.definition)}")
    return all(token in said for token in tokens)


def _groups(
    found: list[Indicator], figures: dict[str, Value], way: str, links: Links
) -> list[tuple[str, int, SafeString]]:
    """Headings with how many there are and their rows, drawn flat: there are close to two hundred."""
    signs = {state: str(icon(sign)) for state, sign in wording.SIGNS.items()}
    words = {state: escape(wording.state_word(state)) for state in wording.STATES}
    query = f"?ngay={links.day.isoformat()}" if links.day else ""
    before, after = escape(reverse("ioc:indicator", args=["_", way]) + query).split("/_/")
    groups: dict[str, list[str]] = {}
    for one in found:
        figure = figures.get(one.name)
        state = figure.state if figure else ""
        told = escape(wording.told(figure) if figure else wording.NONE)
        colour = f" c-{state}" if state in ("wait", "bad") else ""
        look = f"quiet c-{state}" if state == "ok" else f"badge {state}"
        said = f'<span class="{look}">{signs[state]}{words[state]}</span>' if state else ""
        since = date_vi(figure.since) if figure else ""
        groups.setdefault(say(one.group), []).append(
            f'<tr><th scope="row"><a class="name long" href="{before}/{one.name}/{after}">'
            f"{escape(say(one.label))}</a></th>"
            f'<td class="num{colour}"><b>{told}</b></td><td class="num muted x-s x-m">{_of(figure)}</td>'
            f'<td class="line nowrap">{said}</td><td class="muted x-s x-m">{since}</td>'
            f'<td class="muted x-s x-m code">{escape(one.code)}</td></tr>'
        )
    return [(group, len(rows), SafeString("".join(rows))) for group, rows in groups.items()]


def _of(figure: Value | None) -> str:
    """The two parts behind a ratio: 368 / 438."""
    if figure is None or figure.is_hidden or figure.indicator.bottom is None or figure.bottom is None:
        return ""
    return f"{wording.count(figure.top)} / {wording.count(figure.bottom)}"


def _file(
    kind: str, found: list[Indicator], figures: dict[str, Value], moment: Moment | None, where: str
) -> HttpResponse:
    columns = [
        OutColumn(_("Nhóm"), "group", 24), OutColumn(_("Mã số"), "number", 12), OutColumn(_("Chỉ tiêu"), "name", 50),
        OutColumn(_("Đơn vị tính"), "unit", 16), OutColumn(_("Tử số"), "top", 14), OutColumn(_("Mẫu số"), "bottom", 14),
        OutColumn(_("Giá trị"), "value", 14), OutColumn(_("Mức"), "state", 14),
    ]  # fmt: skip
    rows = [
        {
            **tables.row_of(say(one.label), "", figures.get(one.name) or Value(one, 0)),
            "group": say(one.group), "number": one.code, "unit": say(one.unit),
        }
        for one in found
    ]  # fmt: skip
    return tables.respond(kind, f"{_('Chỉ tiêu')} {where}", columns, rows, moment=moment, where=where)
