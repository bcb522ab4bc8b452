"""The days of a unit's columns: which are in force, where each comes from, which the unit set itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.lib.numbers import whole
from khue.school.gradebook import plan
from khue.school.gradebook.queries.terms import TermShown

_ROWS = """
select d.unit_id, d."column", d.due_on, d.locks_on, d.version from gradebook_deadline d
where d.year_id = %s and d.term = %s
  and (d.unit_id = %s or d.unit_id = (select id from org_unit where parent_id is null limit 1))
"""


@dataclass(frozen=True)
class DayLine:
    """One column with its days; `own` is what the unit itself set."""

    code: str
    label: str
    days: plan.Days
    own: tuple[date, date] | None
    version: int
    is_locked: bool
    is_due: bool


def days(
    actor: Actor, unit: Unit, term: TermShown, permission: str = "gradebook.set_deadlines"
) -> list[DayLine]:
    """Every column for which days can be set at a school or at the department; one query."""
    if not actor.holds(permission):
        return []
    own, common, versions = _rows(unit, term)
    is_root = unit.parent_id is None
    found = plan.days_of(
        plan.SETTABLE, starts_on=term.starts_on, ends_on=term.ends_on, of_department=own if is_root else common,
        of_school={} if is_root else own,
    )  # fmt: skip
    today = timezone.localdate()
    return [
        DayLine(
            code, str(plan.SETTABLE[code]), found[code], own.get(code), versions.get(code, 0),
            today >= found[code].locks_on, today > found[code].due_on,
        )
        for code in plan.settable(unit.levels)
    ]  # fmt: skip


def _rows(
    unit: Unit, term: TermShown
) -> tuple[dict[str, tuple[date, date]], dict[str, tuple[date, date]], dict[str, int]]:
    own, common, versions = {}, {}, {}
    for unit_id, code, due, locks, version in fetch(_ROWS, [term.year_id, term.number, unit.pk]):
        if unit_id == unit.pk:
            own[code], versions[code] = (due, locks), version
        else:
            common[code] = (due, locks)
    return own, common, versions


def all_seen_text(lines: Sequence[DayLine]) -> str:
    """The versions of a unit's rows as a form carries them: "gk.2 tx1.1"."""
    return " ".join(f"{line.code}.{line.version}" for line in lines if line.own)


def all_seen_of(text: str) -> dict[str, int]:
    """The same read back."""
    pairs = (part.rpartition(".") for part in text.split())
    return {code: seen for code, _dot, version in pairs if (seen := whole(version)) is not None}
