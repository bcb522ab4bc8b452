"""The one door to live questions: whatever no kept figure answers is asked of the columnar copy through here.

Pages never import the engines themselves: they carry libraries that no page process should hold. The reach of a
question (`Question.units`) is worked out by `within` from the asker's own grants.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from khue.kernel.indicators import catalogue, line
from khue.kernel.indicators.declare import Cell, Question
from khue.kernel.indicators.queries import VIEW, may_see, reaches
from khue.kernel.statements import fetch

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor
    from khue.kernel.org.models import Unit

_BELOW = "select id from org_unit where path like %s and kind <> 'campus' order by id"


def ask(question: Question) -> list[Cell]:
    """The answer of the current copy. Whoever calls has narrowed `units` to the asker's reach.

    Under `khue run` the analytics process is asked, elsewhere (commands, tests) this process. Raises DomainError with
    words for a person: no copy yet, a figure that cannot be parted so, the process away.
    """
    place = os.environ.get(line.VARIABLE, "")
    if place:
        return line.ask(place, question)
    from khue.kernel.indicators.computing import answer

    return answer(question)


def within(actor: Actor, question: Question, unit: Unit) -> Question | None:
    """The question narrowed to a unit and all below it, to what the actor sees; None when they see nothing of it."""
    known = catalogue.indicators()
    names = tuple(name for name in question.indicators if name in known and may_see(actor, known[name], unit))
    if not names or not reaches(actor, unit, VIEW):
        return None
    units: tuple[int, ...] | None
    if unit.parent_id is None:
        units = None if actor.reach(VIEW).everything else ()
    elif unit.is_school:
        units = (unit.pk,)
    else:
        units = tuple(row[0] for row in fetch(_BELOW, [f"{unit.path}%"]))
    if units is not None and not units:
        return None
    return replace(question, indicators=names, units=units)
