"""The first page of a family, put together from what the modules say of its children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from khue.citizen.family.queries import Child
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.manifest import FamilyLine

NEWS = 6


@dataclass(frozen=True, slots=True)
class ChildDay:
    """One child with the lines of the day."""

    child: Child
    lines: Sequence[FamilyLine]


@dataclass(frozen=True, slots=True)
class Day:
    """The first page of a family."""

    alerts: Sequence[FamilyLine]
    children: Sequence[ChildDay]
    wanted: Sequence[FamilyLine]
    news: Sequence[FamilyLine]


def of(actor: Actor, children: Sequence[Child]) -> Day:
    """The day of these children; what each module has to say of it is asked once for all of them."""
    return arranged(children, lines_of(actor, children))


def lines_of(actor: Actor, children: Sequence[Child]) -> list[FamilyLine]:
    """Every line of every module, in the modules' own order."""
    places = [one.place for one in children]
    found: list[FamilyLine] = []
    if places:
        for dotted in registry.each("family_lines"):
            found.extend(registry.load(dotted)(actor, places))
    return found


def arranged(children: Sequence[Child], lines: Iterable[FamilyLine]) -> Day:
    """Lines in their places; one about somebody who is not of this family is dropped."""
    own = {one.place.person_id for one in children}
    known = sorted((one for one in lines if one.person_id is None or one.person_id in own), key=_order)
    days = [
        ChildDay(
            child,
            [one for one in known if one.place == "day" and one.person_id == child.place.person_id],
        )
        for child in children
    ]
    general = [one for one in known if one.place == "day" and one.person_id is None]
    return Day(
        alerts=[one for one in known if one.place == "alert"],
        children=days,
        wanted=[one for one in known if one.place == "wanted"],
        news=[*general, *(one for one in known if one.place == "news")][:NEWS],
    )


def _order(line: FamilyLine) -> int:
    return line.order
