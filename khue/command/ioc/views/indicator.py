"""The page of an indicator at a place, and the steps down from the province to the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.ioc import drawing, tables, wording
from khue.command.ioc.queries import living
from khue.command.ioc.queries.places import Standing
from khue.command.ioc.views.where import Links, day_of, indicator_of, standing_of
from khue.kernel import registry
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.indicators import catalogue, quality, queries
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.places import Spot
from khue.kernel.indicators.queries import Below, Benchmark, Moment, Value
from khue.kernel.indicators.words import say, unit_of

WEEKS: Final = 26
PART: Final = "xem"  # by what the figure is parted
FILE: Final = "tep"
BIG: Final = 30  # parts shown at first


@dataclass(frozen=True)
class Step:
    """A step of the path: a place with its figure; without address where it is not the actor's."""

    kind: str
    name: str
    figure: str
    state: str = ""
    url: str = ""
    is_here: bool = False
    note: str = ""


@page("indicators.view")
def indicator(request: ActorRequest, name: str, where: str = "") -> HttpResponse:
    """An indicator at one's own unit, or at the place the address steps down to."""
    here = standing_of(request, where)
    one = indicator_of(request, name, here)
    day = day_of(request)
    moment = queries.moment(request.actor, day)
    links = Links(moment.day if moment and day else None)
    context: dict[str, Any] = {
        "indicator": one, "here": here, "moment": moment, "links": links, "day": day, "today": timezone.localdate(),
        "crumbs": _crumbs(one, here, links), "definition": say(one.definition), "wording": _words(one),
        "catalogue_url": links.catalogue(here.unit.code),
    }  # fmt: skip
    if moment is None:
        return render(request, "ioc/indicator.html", context)
    if here.is_live:
        return _live_page(request, one, here, moment, links, context)
    figure = queries.figures(request.actor, [one.name], here.unit, moment.day)[one.name]
    ways = living.ways(one, here)
    by = request.GET.get(PART, "")
    context |= _kept(request, one, here, moment, figure, links)
    context |= {"ways": _ways(ways, by, here), "by": by, "lazy": _lazy(ways, by, here)}
    if by:
        context |= _parted(request, one, here, moment, by, links)
    if file := tables.wanted(request.GET.get(FILE, "")):
        return _file(file, one, here, moment, context)
    return render(request, _template(request), context)


def _template(request: ActorRequest) -> str:
    is_piece = request.headers.get("HX-Target") == "chia"
    return "ioc/_parted.html" if is_piece else "ioc/indicator.html"


# --- kept figures ----------------------------------------------------------------------------------------------------


def _kept(
    request: ActorRequest, one: Indicator, here: Standing, moment: Moment, figure: Value, links: Links
) -> dict[str, Any]:
    actor, unit = request.actor, here.unit
    days = [moment.day - timedelta(days=7 * back) for back in range(WEEKS, -1, -1)]
    past = [day - timedelta(days=364) for day in days]
    found = queries.trend(actor, one.name, unit, [*past, *days])
    now, before = found[len(days) :], found[: len(days)]
    first = next((at for at, value in enumerate(now) if value.since is not None), len(days) - 1)
    first = min(first, len(days) - 2)  # the week before last is compared with
    days, now, before = days[first:], now[first:], before[first:]
    parts = queries.parts(actor, one.name, unit, moment.day)
    spread = quality.spread(actor, one.name, unit, moment.day, computed_at=moment.computed_at)
    marks = _marks(request, one, here, moment)
    reached = [step for step in here.path if step.pk in here.place.reached and step.pk != unit.pk]
    above = {step.pk: queries.figures(actor, [one.name], step, moment.day)[one.name] for step in reached}
    lines = [value.value for value in now], [value.value for value in before]
    return {
        "figure": figure, "value": wording.number(one, figure.value), "told": wording.told(figure),
        "unit": unit_of(one, figure.value),
        "state": figure.state, "state_word": wording.state_word(figure.state),
        "top": wording.count(figure.top), "bottom": wording.count(figure.bottom),
        "target_line": wording.target_line(one, figure.value), "beside": _beside(one, now, before),
        "trend": drawing.trend(one, days, *lines, where=unit.name),
        "trend_small": drawing.trend(one, days, *lines, where=unit.name, width=drawing.NARROW),
        "has_before": any(one.value is not None for one in before),
        "weeks": _weeks(one, days, now, before), "kept": list(zip(days, now, strict=True)),
        "steps": _steps(one, here, figure, above, marks, links),
        "marks": [(mark, wording.shown(one, mark.value), _against(one, figure.value, mark)) for mark in marks
                  if mark.unit_id not in above],
        "parts": parts, "part_rows": _part_rows(one, parts, here, links, request.GET.get("het") == "1"),
        "part_count": len(parts), "part_kind": _part_kind(parts), "spread": spread,
        "behind": _behind(one, spread, here, links),
        "middle": wording.shown(one, spread.quartiles[2]) if spread and spread.quartiles else "",
        "drawing": drawing.distribution(one, spread) if spread else "",
        "drawing_small": drawing.distribution(one, spread, width=drawing.NARROW) if spread else "",
        "is_stale": quality.is_stale(moment.copied_at, day_of(request)), "rows_url": rows_url(request, one, here),
    }  # fmt: skip


def _marks(request: ActorRequest, one: Indicator, here: Standing, moment: Moment) -> list[Benchmark]:
    """What units above have that are not the actor's own to look into."""
    if all(unit.pk in here.place.reached for unit in here.path):
        return []
    found = queries.benchmarks(request.actor, [one.name], here.unit, moment.day)
    return found.get(one.name, [])


def _beside(one: Indicator, now: Sequence[Value], before: Sequence[Value]) -> list[tuple[str, str, str]]:
    """A week ago, and the same day a year ago: what, how much, whether for the better."""
    said = []
    for what, then in ((_("tuần trước"), now[-2].value), (_("cùng kì năm trước"), before[-1].value)):
        if then is not None and now[-1].value is not None:
            by = wording.difference(one, now[-1].value, then)
            said.append(
                (what, f"{wording.shown(one, then)} ({by})", wording.direction_of(one, now[-1].value, then))
            )
    return said


def _weeks(
    one: Indicator, days: Sequence[date], now: Sequence[Value], before: Sequence[Value]
) -> list[tuple[date, str, str]]:
    rows = [
        (day, wording.told(a), wording.shown(one, b.value))
        for day, a, b in zip(days, now, before, strict=True)
        if a.since is not None or a.is_hidden
    ]
    return rows[::-1]


def _against(one: Indicator, value: float | None, mark: Benchmark) -> tuple[str, str]:
    return wording.difference(one, value, mark.value), wording.direction_of(one, value, mark.value)


def _steps(
    one: Indicator,
    here: Standing,
    figure: Value,
    above: dict[int, Value],
    marks: Sequence[Benchmark],
    links: Links,
) -> list[Step]:
    """The path from the top down to here, each step with its figure."""
    by_mark = {mark.unit_id: mark for mark in marks}
    found, codes = [], []
    for unit in here.path:
        codes.append(unit.code)
        kind = str(wording.KINDS.get(unit.kind, ""))
        is_here = unit.pk == here.path[-1].pk and here.classroom is None
        if unit.pk == here.unit.pk:
            shown = figure
        elif unit.pk in above:
            shown = above[unit.pk]
        else:
            mark = by_mark.get(unit.pk)
            if mark is None and not is_here:
                continue
            text = wording.shown(one, mark.value) if mark else wording.NONE
            found.append(Step(kind, unit.name, text, note=_("chỉ xem tỉ lệ chung")))
            continue
        url = links.at(one.name, tuple(codes))
        found.append(Step(kind, unit.name, wording.told(shown), shown.state, url, is_here))
    return found


def _part_kind(parts: Sequence[Below]) -> str:
    kinds = {part.kind for part in parts}
    return _("trường") if kinds == {"school"} else _("đơn vị")


def _part_rows(
    one: Indicator, parts: Sequence[Below], here: Standing, links: Links, is_all: bool
) -> list[dict[str, Any]]:
    """The units below, the worst first where there is a direction, else the largest."""
    worse = -1 if one.direction == "up" else 1
    ordered = sorted(
        parts, key=lambda part: (part.figure.value is None, -worse * (part.figure.value or 0), part.name)
    )
    most = max((part.figure.value or 0 for part in parts), default=0) or 1
    if one.unit == "%":
        most = max(most, 100)
    codes = tuple(unit.code for unit in here.path)
    return [
        {
            "name": part.name, "url": links.at(one.name, (*codes, part.code)), "told": wording.in_column(part.figure),
            "top": wording.count(part.figure.top), "bottom": wording.count(part.figure.bottom),
            "state": part.figure.state, "word": wording.state_word(part.figure.state),
            "bar": round(1000 * max(0.0, part.figure.value or 0) / most), "is_hidden": part.figure.is_hidden,
            "kind": str(wording.KINDS.get(part.kind, "")),
        }
        for part in (ordered if is_all else ordered[:BIG])
    ]  # fmt: skip


def _behind(
    one: Indicator, spread: quality.Spread | None, here: Standing, links: Links
) -> list[tuple[str, str, str, str]]:
    """The schools that fall behind: name, where, figure, address."""
    if spread is None or not one.direction:
        return []
    found = []
    for school in spread.behind:
        state = queries.state_of(one, school.value)
        if state == "ok":
            break
        found.append(
            (school.name, school.parent, wording.shown(one, school.value), links.at(one.name, (school.code,)))
        )
    return found


# --- asked live ------------------------------------------------------------------------------------------------------


def _live_page(
    request: ActorRequest,
    one: Indicator,
    here: Standing,
    moment: Moment,
    links: Links,
    context: dict[str, Any],
) -> HttpResponse:
    """A campus or a class: nothing is kept of it by day, so its figure is asked of the copy."""
    actor = request.actor
    school = queries.figures(actor, [one.name], here.unit, moment.day)[one.name]
    problem = ""
    figure: Value | None = None
    try:
        figure = living.whole(actor, one, here, moment.year)
    except DomainError as found:
        problem = found.message
    ways = living.ways(one, here)
    by = request.GET.get(PART, "")
    reached = [step for step in here.path[:-1] if step.pk in here.place.reached and step.pk != here.unit.pk]
    above = {step.pk: queries.figures(actor, [one.name], step, moment.day)[one.name] for step in reached}
    marks = _marks(request, one, here, moment)
    steps = _live_steps(one, here, school, figure, above, marks, links)
    context |= {
        "steps": steps, "problem": problem, "figure": figure, "is_live": True,
        "value": wording.number(one, figure.value) if figure else wording.NONE,
        "unit": unit_of(one, figure.value if figure else None),
        "told": wording.told(figure) if figure else wording.NONE,
        "state": figure.state if figure else "", "state_word": wording.state_word(figure.state) if figure else "",
        "top": wording.count(figure.top if figure else None),
        "bottom": wording.count(figure.bottom if figure else None),
        "target_line": wording.target_line(one, figure.value) if figure else "",
        "rows_url": rows_url(request, one, here), "ways": _ways(ways, by, here), "by": by,
    }  # fmt: skip
    if by:
        context |= _parted(request, one, here, moment, by, links)
    return render(request, _template(request), context)


def _live_steps(
    one: Indicator, here: Standing, school: Value, figure: Value | None, above: dict[int, Value],
    marks: Sequence[Benchmark], links: Links,
) -> list[Step]:  # fmt: skip
    told = wording.told(figure) if figure else wording.NONE
    state = figure.state if figure else ""
    found = []
    for step in _steps(one, _without_end(here), school, above, marks, links):
        found.append(Step(step.kind, step.name, step.figure, step.state, step.url, False, step.note))
    codes = tuple(unit.code for unit in here.path)
    if here.campus is not None:
        is_here = here.classroom is None
        found.append(
            Step(str(wording.KINDS["campus"]), here.campus.name, told if is_here else "", state if is_here else "",
                 links.at(one.name, codes), is_here)
        )  # fmt: skip
    if here.classroom is not None:
        url = links.at(one.name, codes, here.classroom.pk)
        found.append(Step(str(wording.KINDS["class"]), here.classroom.name, told, state, url, True))
    return found


def _without_end(here: Standing) -> Standing:
    """The place of the school itself."""
    if here.campus is None:
        return Standing(here.place, here.unit)
    from dataclasses import replace

    return Standing(replace(here.place, unit=here.unit, path=here.place.path[:-1]), here.unit)


def _lazy(ways: Sequence[living.Way], by: str, here: Standing) -> str:
    """What a school's page asks for by itself once it is shown: its campuses or classes."""
    return ways[0].word if ways and not by and here.unit.is_school else ""


def _ways(ways: Sequence[living.Way], by: str, here: Standing) -> list[tuple[str, str, bool]]:
    """Chips: word, label, whether it is shown; above the school the units below come first."""
    first = [] if here.unit.is_school else [("", _("Đơn vị"), not by)]
    return [*first, *((way.word, way.label, way.word == by) for way in ways)] if ways else []


def _parted(
    request: ActorRequest, one: Indicator, here: Standing, moment: Moment, by: str, links: Links
) -> dict[str, Any]:
    """The figure parted by a word, asked live."""
    try:
        rows = living.parted(request.actor, one, here, moment.year, by)
    except DomainError as problem:
        return {"parted_problem": problem.message}
    label = next((way.label for way in living.ways(one, here) if way.word == by), "")
    most = max((row.figure.value or 0 for row in rows), default=0) or 1
    if one.unit == "%":
        most = max(most, 100)
    codes = tuple(unit.code for unit in here.path)
    shown = [
        {
            "name": row.label, "told": wording.in_column(row.figure), "top": wording.count(row.figure.top),
            "bottom": wording.count(row.figure.bottom), "state": row.figure.state,
            "word": wording.state_word(row.figure.state), "is_hidden": row.figure.is_hidden,
            "bar": round(1000 * max(0.0, row.figure.value or 0) / most),
            "url": links.at(one.name, (*codes, row.step)) if row.step
            else links.at(one.name, codes, row.classroom_id) if row.classroom_id else "",
        }
        for row in rows
    ]  # fmt: skip
    return {"rows": rows, "parted": shown, "parted_label": label}


def rows_url(request: ActorRequest, one: Indicator, here: Standing) -> str:
    """Where the rows behind the figure are; empty when they are not the actor's."""
    path = catalogue.facts()[one.top.fact].rows
    if not path:
        return ""
    spot = Spot(
        here.unit, here.campus.pk if here.campus else None, here.classroom.pk if here.classroom else None
    )
    return str(registry.load(path)(request.actor, spot) or "")


def _file(kind: str, one: Indicator, here: Standing, moment: Moment, context: dict[str, Any]) -> HttpResponse:
    """What the page shows as a file: the parts by what they were asked by, and how the figure went."""
    when: Moment | None = moment
    if context["by"]:
        if context["day"] is not None and context["day"] < context["today"]:
            when = None  # parts are counted now, whatever day the page was asked for
        first = context.get("parted_label", "")
        rows = [tables.row_of(row.label, row.step, row.figure) for row in context.get("rows", [])]
    else:
        first = _("Đơn vị")
        rows = [tables.row_of(part.name, part.code, part.figure) for part in context["parts"]]
        rows.append(tables.row_of(here.unit.name, here.unit.code, context["figure"]))
    return tables.respond(
        kind, f"{say(one.label)} {here.name}", tables.part_columns(one, first), rows, moment=when, where=here.name,
        sheets=[tables.trend_sheet(one, context["kept"])],
    )  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def _crumbs(one: Indicator, here: Standing, links: Links) -> list[tuple[str, str]]:
    codes: list[str] = []
    found = [(_("Chỉ tiêu"), links.catalogue(here.unit.code))]
    for unit in here.path:
        codes.append(unit.code)
        is_theirs = unit.pk in here.place.reached
        found.append((unit.name, links.at(one.name, tuple(codes)) if is_theirs else ""))
    if here.classroom is not None:
        found.append((_("Lớp %(name)s") % {"name": here.classroom.name}, ""))
    return [*found, (say(one.label), "")]


def _words(one: Indicator) -> dict[str, Any]:
    top, bottom = wording.part_names(one)
    return {
        "label": say(one.label), "unit": say(one.unit), "formula": say(one.formula),
        "source": say(one.source), "code": one.code, "bounds": wording.bounds_line(one),
        "target": wording.bare(one, one.target) if one.target is not None else "", "top": top, "bottom": bottom,
        "group": say(one.group), "has_bottom": one.bottom is not None,
        "better": {"up": _("càng cao càng tốt"), "down": _("càng thấp càng tốt")}.get(one.direction, ""),
        "levels": ", ".join(one.levels), "is_ranked": one.bottom is not None and bool(one.direction),
        "has_bounds": bool(one.direction) and (one.amber is not None or one.red is not None),
    }  # fmt: skip
