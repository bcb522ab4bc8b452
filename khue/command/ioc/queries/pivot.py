"""A figure parted two ways at once (rows and columns, narrowed by filters), asked live within the actor's reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.command.ioc.queries.living import CAMPUS, CLASS, OF_SCHOOL, can_part
from khue.command.ioc.queries.places import Standing, campus_names, class_names, unit_names
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import asking, catalogue, privacy
from khue.kernel.indicators.declare import SHARE, Cell, Indicator, Question
from khue.kernel.indicators.queries import Value, is_hidden, sees_rows
from khue.kernel.indicators.words import say
from khue.kernel.org.models import UnitKind

OFFICE: Final = "office"
UNIT: Final = "unit"
ALL: Final = "*"  # the total of a row or a column
Where = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Head:
    """A row or a column: the value it stands for, its words, and the code of the unit it is."""

    key: Any
    label: str
    code: str = ""


@dataclass(frozen=True)
class Table:
    """What was asked: heads in their order, and a figure for each indicator, row and column, totals under ALL.

    `is_withheld` when it would show so few children that they could be guessed: it then holds no figure at all.
    """

    rows: tuple[Head, ...] = ()
    columns: tuple[Head, ...] = ()
    figures: Mapping[tuple[str, Any, Any], Value] | None = None
    is_withheld: bool = False

    def at(self, name: str, row: Any, column: Any) -> Value | None:
        """The figure of a cell; None where nothing is counted."""
        return (self.figures or {}).get((name, row, column))


def all_words(indicators: Sequence[Indicator], standing: Standing) -> dict[str, str]:
    """By what some indicators can all be parted at a place, with its label: levels of units first."""
    unit = standing.unit
    found: dict[str, str] = {}
    if unit.kind == UnitKind.DEPARTMENT:
        found[OFFICE] = _("Phòng, xã, phường")
    if not unit.is_school:
        found[UNIT] = _("Trường")
    else:
        has_campuses = sum(one.kind == UnitKind.CAMPUS for one in standing.place.below) > 1
        if has_campuses and _can_all(indicators, CAMPUS):
            found[CAMPUS] = _("Điểm trường")
        if _can_all(indicators, CLASS):
            found[CLASS] = _("Lớp")
    alike = OF_SCHOOL if unit.is_school else frozenset()
    for name in indicators[0].dimensions:
        if (
            name not in alike
            and all(name in one.dimensions for one in indicators)
            and _can_all(indicators, name)
        ):
            found[name] = say(catalogue.dimensions()[name].label)
    return found


def all_values(word: str) -> dict[Any, str]:
    """The values of a dimension in words; none for what is no dimension, or whose values speak for themselves."""
    dimension = catalogue.dimensions().get(word)
    if dimension is None or not dimension.words:
        return {}
    return {key: str(label) for key, label in registry.load(dimension.words)().items()}


def table(
    actor: Actor,
    indicators: Sequence[Indicator],
    standing: Standing,
    year: int,
    row: str,
    column: str = "",
    where: Where | None = None,
) -> Table:
    """The table of some indicators of a place by `row` and `column`, of the rows that `where` keeps.

    Every word is one of `words`. Raises DomainError with words for a person: no copy yet, the process away.
    """
    kept = dict(where or {})
    by = tuple(dict.fromkeys(word for word in (row, column) if word))
    guarded = [one for one in indicators if not sees_rows(actor, one, standing.unit)]
    if guarded and (_may_be_subtracted(standing, (*by, *kept)) or _any_hidden(actor, guarded, standing)):
        return Table(is_withheld=True)
    # Who may not see the rows is asked for the whole table parted by the filters too: what a filter leaves out could
    # else be had by subtraction.
    asked_by = (*by, *(word for word in kept if word not in by)) if guarded else by
    question = Question(tuple(one.name for one in indicators), year, asked_by, {} if guarded else {**kept})
    narrowed = asking.within(actor, question, standing.unit)
    cells = asking.ask(narrowed) if narrowed is not None else []
    known = {one.name: one for one in guarded}
    if any(_is_secret(known[cell.indicator], cell) for cell in cells if cell.indicator in known):
        return Table(is_withheld=True)
    if guarded:
        cells = [cell for cell in cells if _is_kept(cell, asked_by, kept)]
    return _summed(actor, indicators, standing, year, row, column, cells)


def _can_all(indicators: Sequence[Indicator], word: str) -> bool:
    return all(can_part(one, word) for one in indicators)


def _any_hidden(actor: Actor, guarded: Sequence[Indicator], standing: Standing) -> bool:
    return any(is_hidden(actor, one, standing.unit) for one in guarded)


def _may_be_subtracted(standing: Standing, asked: Sequence[str]) -> bool:
    """Below the highest place of somebody's reach parts could be taken away from those asked above; of classes and
    campuses, two ways to part one school, only classes are asked (as on the page of an indicator)."""
    return CAMPUS in asked or any(unit.pk in standing.place.reached for unit in standing.path[:-1])


def _is_secret(indicator: Indicator, cell: Cell) -> bool:
    return privacy.is_secret(cell.top, cell.bottom, is_share=indicator.scale == SHARE)


def _is_kept(cell: Cell, by: Sequence[str], kept: Where) -> bool:
    return all(cell.at[by.index(word)] in among for word, among in kept.items())


def _summed(
    actor: Actor, indicators: Sequence[Indicator], standing: Standing, year: int, row: str, column: str,
    cells: Sequence[Cell],
) -> Table:  # fmt: skip
    """Cells with the totals of rows, of columns and of all: parts add up, so no other question is asked."""
    sums: dict[tuple[str, Any, Any], list[float | None]] = {}
    rows: dict[Any, None] = {}
    columns: dict[Any, None] = {}
    for cell in cells:
        at, over = cell.at[0], cell.at[1] if column and column != row else ALL
        rows.setdefault(at)
        if over != ALL:
            columns.setdefault(over)
        for key in {(at, over), (ALL, over), (at, ALL), (ALL, ALL)}:
            held = sums.setdefault((cell.indicator, *key), [None, None])
            for n, number in enumerate((cell.top, cell.bottom)):
                if number is not None:
                    held[n] = (held[n] or 0.0) + number
    known = {one.name: one for one in indicators}
    return Table(
        _heads(actor, standing, year, row, list(rows)),
        _heads(actor, standing, year, column, list(columns)) if columns else (),
        {key: Value(known[key[0]], standing.unit.pk, top, bottom) for key, (top, bottom) in sums.items()},
    )


# --- words of heads ---------------------------------------------------------------------------------------------------


def _heads(actor: Actor, standing: Standing, year: int, word: str, keys: list[Any]) -> tuple[Head, ...]:
    known = _NAMED.get(word, _of_dimension)(actor, standing, year, word, keys)
    order = {key: at for at, key in enumerate(known)}
    ordered = sorted(keys, key=lambda key: order.get(key, len(order))) if known else keys
    return tuple(known.get(key) or Head(key, _other(word, key)) for key in ordered)


def _other(word: str, key: Any) -> str:
    if word == CLASS:
        return _("Chưa xếp lớp")
    if word == CAMPUS:
        return _("Chưa ghi điểm trường")
    return str(key) if key not in (None, "") else _("Chưa ghi")


def _of_units(actor: Actor, standing: Standing, year: int, word: str, keys: list[Any]) -> dict[Any, Head]:
    found = unit_names(actor, [key for key in keys if key])
    return {pk: Head(pk, _own_name(standing, pk, name), code) for pk, (code, name) in found.items()}


def _own_name(standing: Standing, pk: int, name: str) -> str:
    """Schools that have no office above them stand under the department itself."""
    return (
        _("Trực thuộc %(name)s") % {"name": name}
        if pk == standing.unit.pk and not standing.unit.is_school
        else name
    )


def _of_classes(actor: Actor, standing: Standing, year: int, word: str, keys: list[Any]) -> dict[Any, Head]:
    return {pk: Head(pk, name) for pk, name in class_names(actor, standing.unit, year).items()}


def _of_campuses(actor: Actor, standing: Standing, year: int, word: str, keys: list[Any]) -> dict[Any, Head]:
    return {pk: Head(pk, name, code) for pk, (code, name) in campus_names(actor, standing.unit).items()}


def _of_dimension(actor: Actor, standing: Standing, year: int, word: str, keys: list[Any]) -> dict[Any, Head]:
    return {key: Head(key, label) for key, label in all_values(word).items()}


_NAMED: Final[dict[str, Callable[[Actor, Standing, int, str, list[Any]], dict[Any, Head]]]] = {
    OFFICE: _of_units,
    UNIT: _of_units,
    CLASS: _of_classes,
    CAMPUS: _of_campuses,
}
