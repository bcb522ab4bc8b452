"""Figures computed over the columnar copy, in this process: for the job of the day and for the analytics process.

`answer` answers a question about some indicators; `all_figures` computes all of them for every unit of the tree. Both
read the current generation. Libraries of analysis are imported at first use; pages never come here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.copying import CopyError, generations, tree
from khue.kernel.indicators.declare import Cell, Fact, Indicator, Question
from khue.kernel.indicators.engines import Engine, open_engine, shaping

Parts = tuple[float | None, float | None]
LINGER_SECONDS: Final = 60.0
MOST_STATEMENTS: Final = 500
STAND_INS: Final = (-987_654_321, -987_654_322)
_STOOD_IN: Final = f"({STAND_INS[0]}, {STAND_INS[1]})"

_lock = threading.Lock()
_open: list[Engine] = []
_retired: list[tuple[float, Engine]] = []  # since when


def engine() -> Engine:
    """The engine on the current generation; CopyError when nothing has been copied yet."""
    with _lock:
        name = generations.current_name()
        if _open and _open[0].generation.path == generations.root() / name:
            return _open[0]
        generation = generations.current()
        if generation is None:
            raise CopyError(_("Chưa có bản chép số liệu."))
        fresh = open_engine(generation)
        now = time.monotonic()
        _retired.extend((now, one) for one in _open)  # somebody may be in the middle of a question
        _open[:] = [fresh]
        for since, one in list(_retired):
            if now - since > LINGER_SECONDS:
                _retired.remove((since, one))
                one.close()
        return fresh


def close() -> None:
    """Let go of the engine and its generation."""
    with _lock:
        for one in (*_open, *(one for _since, one in _retired)):
            one.close()
        _open.clear()
        _retired.clear()


def copied_at() -> datetime | None:
    """As of when the current generation shows the database."""
    generation = generations.current()
    return generation.manifest.copied_at if generation else None


def answer(
    question: Question,
    *,
    indicators: Mapping[str, Indicator] | None = None,
    facts: Mapping[str, Fact] | None = None,
    over: Engine | None = None,
) -> list[Cell]:
    """Answer a question from the current generation, in the order of its indicators and of their values of `by`.

    A group that has rows of one part only has nought of the other; without `by` there is always one cell. Raises
    DomainError for an indicator that is not known or cannot be parted so, CopyError without a copy.
    """
    known = indicators if indicators is not None else catalogue.indicators()
    for name in question.indicators:
        if name not in known:
            raise DomainError(_("Không có chỉ tiêu này."))
    wanted = [known[name] for name in dict.fromkeys(question.indicators)]
    used = over or engine()
    every = facts if facts is not None else catalogue.facts()
    question, reach = _reached(question, used.places)
    if reach is not None and not reach:
        return []
    found: dict[str, dict[tuple[Any, ...], list[float | None]]] = {
        one.name: {} if question.by else {(): _nought(one)} for one in wanted
    }
    by_name = {one.name: one for one in wanted}
    for scan in shaping.scans(wanted, every):
        shaping.check(question, scan)
        width = len(question.by)
        slots = [
            (found[part.indicator], 0 if part.is_top else 1, _nought(by_name[part.indicator])[1])
            for part in scan.parts
        ]
        for row in used.run(_statement(used, scan, question, reach)):
            at = row[:width]
            for (cells, slot, bottom), number in zip(slots, row[width:], strict=True):
                cell = cells.get(at)
                if cell is None:
                    cell = cells[at] = [0.0, bottom]
                cell[slot] = float(number)
    return [
        Cell(one.name, at, top, bottom) for one in wanted for at, (top, bottom) in _sorted(found[one.name])
    ]


def all_figures(
    year: int,
    day: date | None = None,
    *,
    indicators: Mapping[str, Indicator] | None = None,
    facts: Mapping[str, Fact] | None = None,
    over: Engine | None = None,
) -> dict[str, dict[int, Parts]]:
    """Both parts of every indicator for every unit, rolled up by today's tree; one scan a fact.

    Every open school that an indicator concerns has it, with nought where there are no rows, and so has every unit
    above such a school; a closed one only while rows are left. `day` says for which day it is asked: the copy knows
    one day, that of its making.
    """
    known = indicators if indicators is not None else catalogue.indicators()
    every = facts if facts is not None else catalogue.facts()
    used = over or engine()
    places = {place.id: place for place in used.places}
    found = {one.name: _grounds(one, places.values()) for one in known.values()}
    asked = Question(tuple(known), year, by=("unit",))
    for scan in shaping.scans(known.values(), every):
        plain = shaping.Scan(
            scan.fact, tuple(shaping.Part(p.indicator, p.is_top, p.measure, ()) for p in scan.parts)
        )
        for row in used.rows(shaping.shaped(plain, asked, used.fact(scan.fact.name), used.units)):
            place = places.get(row[0])
            if place is None:
                continue
            for part, number in zip(scan.parts, row[1:], strict=True):
                if part.levels and not set(part.levels) & set(place.levels):
                    continue
                _add(found[part.indicator], known[part.indicator], place, float(number), part.is_top)
    return {
        name: {unit: (top, bottom) for unit, (top, bottom) in units.items()} for name, units in found.items()
    }


def _statement(used: Engine, scan: shaping.Scan, question: Question, reach: frozenset[int] | None) -> str:
    """What the engine is to run. Turning an expression into a statement costs more than many an answer, so it is done
    once for a shape of question, whatever units are meant: their ids take the places of two stand-ins."""
    fact = used.fact(scan.fact.name, reach)
    where = tuple((word, tuple(values)) for word, values in question.where.items())
    key = (fact.get_name(), scan.parts, question.year, question.by, where, question.units is None)
    found = used.statements.get(key)
    if found is None:
        shape = question if question.units is None else replace(question, units=STAND_INS)
        found = used.sql(shaping.shaped(scan, shape, fact, used.units))
        if question.units is not None and found.count(_STOOD_IN) != 1:
            return used.sql(shaping.shaped(scan, question, fact, used.units))
        if len(used.statements) >= MOST_STATEMENTS:
            used.statements.pop(next(iter(used.statements)), None)
        used.statements[key] = found
    if question.units is None:
        return found
    return found.replace(_STOOD_IN, f"({', '.join(str(int(unit)) for unit in question.units)})")


def _reached(question: Question, places: Iterable[tree.Place]) -> tuple[Question, frozenset[int] | None]:
    """The question with offices and departments said as their units, and the units whose rows are kept (None: all)."""
    reach = frozenset(question.units) if question.units is not None else None
    left = dict(question.where)
    for word in shaping.ABOVE:
        if word in left:
            wanted = set(left.pop(word))
            below = frozenset(place.id for place in places if getattr(place, word) in wanted)
            reach = below if reach is None else reach & below
    if "unit" in left:
        named = frozenset(left.pop("unit"))
        reach = named if reach is None else reach & named
    units = None if reach is None else tuple(sorted(reach))
    return replace(question, where=left, units=units), reach


def _grounds(one: Indicator, places: Iterable[tree.Place]) -> dict[int, list[float | None]]:
    """Nought for every open school that an indicator concerns and whatever is above it."""
    found: dict[int, list[float | None]] = {}
    for place in places:
        if (
            place.kind == "school"
            and place.is_open
            and (not one.levels or set(one.levels) & set(place.levels))
        ):
            for unit in place.above:
                if unit not in found:
                    found[unit] = _nought(one)
    return found


def _add(
    units: dict[int, list[float | None]], one: Indicator, place: tree.Place, number: float, is_top: bool
) -> None:
    side = 0 if is_top else 1
    for unit in place.above:
        cell = units.get(unit)
        if cell is None:
            if not number:
                continue
            cell = units[unit] = _nought(one)
        cell[side] = (cell[side] or 0.0) + number


def _nought(one: Indicator) -> list[float | None]:
    return [0.0, None if one.bottom is None else 0.0]


def _sorted(cells: dict[tuple[Any, ...], list[float | None]]) -> list[tuple[Any, list[float | None]]]:
    try:
        return sorted(cells.items())
    except TypeError:  # something is unknown, and compares with nothing
        return sorted(cells.items(), key=lambda item: _order(item[0]))


def _order(at: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as they are sorted, what is unknown last."""
    return tuple((value is None, "" if value is None else value) for value in at)
