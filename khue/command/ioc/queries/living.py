"""Figures below the school, and by dimensions: asked live of the columnar copy, within the actor's reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.command.ioc.queries.places import Standing, campus_names, class_names
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import asking, catalogue, privacy
from khue.kernel.indicators.declare import SHARE, Cell, Indicator, Question
from khue.kernel.indicators.queries import Value, is_hidden, sees_rows
from khue.kernel.indicators.words import say
from khue.kernel.org.models import UnitKind

CLASS: Final = "class"
CAMPUS: Final = "campus"
# What every row of one school, or of one class, has alike: parting by it would say nothing.
OF_SCHOOL: Final = frozenset({"ownership", "region", "school_level"})
OF_CLASS: Final = frozenset({"level", "grade"})
_COLUMNS: Final = {CLASS: "class_id", CAMPUS: "campus_id"}


@dataclass(frozen=True)
class Row:
    """One part of a figure asked live: its name, the step further down when there is one, the figure."""

    key: Any
    label: str
    figure: Value
    step: str = ""  # code of a campus
    classroom_id: int | None = None


@dataclass(frozen=True)
class Way:
    """A way to part a figure: by campuses, classes or a dimension."""

    word: str
    label: str


def can_part(indicator: Indicator, word: str) -> bool:
    """Whether both measures of an indicator can be parted or narrowed by a word."""
    column = _COLUMNS.get(word, word)
    facts = catalogue.facts()
    measures = [indicator.top] + ([indicator.bottom] if indicator.bottom else [])
    return all(column in facts[measure.fact].columns for measure in measures)


def ways(indicator: Indicator, standing: Standing) -> list[Way]:
    """The ways to part an indicator at a place."""
    found = []
    at_school = standing.unit.is_school
    has_campuses = sum(unit.kind == UnitKind.CAMPUS for unit in standing.place.below) > 1
    if at_school and not standing.is_live and has_campuses and can_part(indicator, CAMPUS):
        found.append(Way(CAMPUS, _("Điểm trường")))
    if at_school and standing.classroom is None and can_part(indicator, CLASS):
        found.append(Way(CLASS, _("Lớp")))
    known = catalogue.dimensions()
    alike = (OF_SCHOOL if at_school else frozenset()) | (OF_CLASS if standing.classroom else frozenset())
    found += [
        Way(one, say(known[one].label))
        for one in indicator.dimensions
        if one not in alike and can_part(indicator, one)
    ]
    return found


def whole(actor: Actor, indicator: Indicator, standing: Standing, year: int) -> Value | None:
    """The figure of a campus or a class; None when the figure does not part that far."""
    if not _narrows(indicator, standing):
        return None
    cells = _asked(actor, indicator, standing, year, ())
    if cells is None:
        return None
    cell = cells[0] if cells else None
    found = Value(indicator, standing.unit.pk, cell.top if cell else None, cell.bottom if cell else None)
    if sees_rows(actor, indicator, standing.unit):
        return found
    return (
        found.hidden()
    )  # it is a part of the school's, whose other parts are asked on the page of the school


def parted(actor: Actor, indicator: Indicator, standing: Standing, year: int, word: str) -> list[Row]:
    """The figure of a place parted by a word of `ways`; empty when it does not part so."""
    if word not in {one.word for one in ways(indicator, standing)} or not _narrows(indicator, standing):
        return []
    cells = _asked(actor, indicator, standing, year, (word,)) or []
    rows = [Row(cell.at[0], "", Value(indicator, standing.unit.pk, cell.top, cell.bottom)) for cell in cells]
    named = _NAMED.get(word, _by_dimension)(actor, standing, year, word, rows)
    if sees_rows(actor, indicator, standing.unit):
        return named
    return _guarded(indicator, named, is_all=_may_be_subtracted(actor, indicator, standing, word))


def _narrows(indicator: Indicator, standing: Standing) -> bool:
    return all(can_part(indicator, word) for word in _where(standing))


def _where(standing: Standing) -> dict[str, tuple[int, ...]]:
    if standing.classroom is not None:
        return {CLASS: (standing.classroom.pk,)}
    return {CAMPUS: (standing.campus.pk,)} if standing.campus is not None else {}


def _asked(
    actor: Actor, indicator: Indicator, standing: Standing, year: int, by: tuple[str, ...]
) -> list[Cell] | None:
    question = Question((indicator.name,), year, by, _where(standing))
    narrowed = asking.within(actor, question, standing.unit)
    return None if narrowed is None else asking.ask(narrowed)


def _by_class(actor: Actor, standing: Standing, year: int, word: str, rows: list[Row]) -> list[Row]:
    names = class_names(actor, standing.unit, year)
    order = {pk: at for at, pk in enumerate(names)}
    named = [
        replace(
            row,
            label=names.get(row.key, _("Chưa xếp lớp")),
            classroom_id=row.key if row.key in names else None,
        )
        for row in rows
    ]
    return sorted(named, key=lambda row: order.get(row.key, len(order)))


def _by_campus(actor: Actor, standing: Standing, year: int, word: str, rows: list[Row]) -> list[Row]:
    names = campus_names(actor, standing.unit)
    order = {pk: at for at, pk in enumerate(names)}
    named = [
        replace(row, label=names[row.key][1], step=names[row.key][0])
        if row.key in names
        else replace(row, label=_("Chưa ghi điểm trường"))
        for row in rows
    ]
    return sorted(named, key=lambda row: order.get(row.key, len(order)))


def _by_dimension(actor: Actor, standing: Standing, year: int, word: str, rows: list[Row]) -> list[Row]:
    dimension = catalogue.dimensions()[word]
    words: Mapping[Any, Any] = registry.load(dimension.words)() if dimension.words else {}
    order = {key: at for at, key in enumerate(words)}
    named = [
        replace(row, label=str(words.get(row.key, row.key)) if row.key not in (None, "") else _("Chưa ghi"))
        for row in rows
    ]
    return sorted(named, key=lambda row: order.get(row.key, len(order))) if words else named


_NAMED: Final[dict[str, Callable[[Actor, Standing, int, str, list[Row]], list[Row]]]] = {
    CLASS: _by_class,
    CAMPUS: _by_campus,
}


def _may_be_subtracted(actor: Actor, indicator: Indicator, standing: Standing, word: str) -> bool:
    """Whether parts here could be taken away from parts asked elsewhere by somebody who may not see the rows.

    By a dimension only the highest place of their reach is parted, for those below add up to it; classes and campuses
    are two ways to part one school, so only one of them is.
    """
    has_above = any(unit.pk in standing.place.reached for unit in standing.path[:-1])
    if standing.is_live or word == CAMPUS or (word != CLASS and has_above):
        return True
    return is_hidden(actor, indicator, standing.unit)


def _guarded(indicator: Indicator, rows: list[Row], *, is_all: bool) -> list[Row]:
    """Parts of one place by one word add up to its figure: a table that has anything to hide is not parted at all."""
    hidden = privacy.hide(
        [row.figure.top for row in rows],
        [row.figure.bottom for row in rows] if indicator.bottom else None,
        is_share=indicator.scale == SHARE,
    )
    if not is_all and not any(hidden.parts) and not hidden.total:
        return rows
    return [replace(row, figure=row.figure.hidden()) for row in rows]
