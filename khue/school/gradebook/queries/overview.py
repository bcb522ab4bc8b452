"""The province, an office or a commune at a glance, from `SchoolProgress` alone: one small read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.school.gradebook.models import SchoolProgress
from khue.school.gradebook.progress import percent_of, step_of
from khue.school.gradebook.queries.terms import TermShown

COMMUNES: Final = 20  # shown at first, the latest of them
ON_TIME: Final = 90  # percent from which a school is on time
VERY_LATE: Final = 50

_GROUPS = """
with s as (
    select u.code, u.name, u.parent_id, p.due, p.done, p.late_sheets, p.refreshed_at,
           p.due > 0 and p.done * 100 < p.due * %s as is_late, p.due > 0 and p.done * 100 < p.due * %s as is_very_late
    from gradebook_school_progress p join org_unit u on u.id = p.school_id
    where p.year_id = %s and p.term = %s and u.path like %s and (%s or u.levels && %s::varchar[])
), g as (
    select parent_id, count(*) as schools, sum(due) as due, sum(done) as done, sum(late_sheets) as late_sheets,
           count(*) filter (where is_late) as late, count(*) filter (where is_very_late) as very_late,
           max(refreshed_at) as at,
           array_agg(code || '|' || coalesce((done::bigint * 100 / nullif(due, 0))::text, '') || '|' || name
                     order by done::float / nullif(due, 0), name) as tiles
    from s group by parent_id
)
select u.code, u.name, u.kind, g.schools, g.due, g.done, g.late_sheets, g.late, g.tiles,
       sum(g.schools) over (), sum(g.due) over (), sum(g.done) over (), sum(g.late_sheets) over (), sum(g.late) over (),
       sum(g.very_late) over (), count(*) over (), max(g.at) over ()
from g join org_unit u on u.id = g.parent_id
order by g.done::float / nullif(g.due, 0) nulls last, u.sort_key limit %s
"""

_SCHOOLS = """
select u.id, u.code, u.name, u.levels, p.sheets, p.due, p.done, p.expected, p.entered, p.late_sheets, p.late_teachers,
       p.unlocks, p.findings, p.approved, p.classes, p.touched_at, p.refreshed_at
from org_unit u left join gradebook_school_progress p on p.school_id = u.id and p.year_id = %s and p.term = %s
where u.parent_id = %s and u.kind = 'school' and u.closed_on is null
order by u.sort_key
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """A school as one small square."""

    code: str
    name: str
    percent: int | None

    @property
    def step(self) -> int | None:
        """The step of the shortfall scale."""
        return step_of(self.percent)


@dataclass(frozen=True, slots=True)
class Area:
    """A commune (or the department itself, for the schools right under it) with its schools."""

    code: str
    name: str
    is_direct: bool
    schools: int
    due: int
    done: int
    late_sheets: int
    late: int
    tiles: Sequence[Tile]

    @property
    def percent(self) -> int | None:
        """How many of 100 due cells are filled."""
        return percent_of(self.done, self.due)


@dataclass(frozen=True, slots=True)
class Overview:
    """Many schools: their areas, the latest first, and the sums of all."""

    areas: Sequence[Area]
    schools: int = 0
    due: int = 0
    done: int = 0
    late_sheets: int = 0
    late: int = 0
    very_late: int = 0
    of: int = 0  # areas there are
    at: datetime | None = None


def overview(
    actor: Actor, unit: Unit, term: TermShown, *, level: str = "", limit: int | None = COMMUNES
) -> Overview:
    """The schools under a unit by the units above them; one query. The actor was led here by `place`."""
    if not actor.holds("gradebook.view_progress"):
        return Overview([])
    rows = fetch(
        _GROUPS,
        [ON_TIME, VERY_LATE, term.year_id, term.number, f"{unit.path}%", not level, [level], limit or 10_000],
    )
    if not rows:
        return Overview([])
    areas = [
        Area(
            code, name, kind == "department", schools, int(due), int(done), int(sheets), late,
            [_tile(text) for text in tiles],
        )
        for code, name, kind, schools, due, done, sheets, late, tiles, *_sums in rows
    ]  # fmt: skip
    schools, due, done, sheets, late, very_late, of, at = rows[0][9:]
    return Overview(areas, int(schools), int(due), int(done), int(sheets), int(late), int(very_late), of, at)


def _tile(text: str) -> Tile:
    code, percent, name = text.split("|", 2)
    return Tile(code, name, int(percent) if percent else None)


@dataclass(frozen=True)
class SchoolLine:
    """One school in the list of its commune; figures are None while no sheet has been counted."""

    id: int
    code: str
    name: str
    levels: Sequence[str]
    figures: dict[str, Any] | None

    @property
    def percent(self) -> int | None:
        """How many of 100 due cells are filled."""
        return percent_of(self.figures["done"], self.figures["due"]) if self.figures else None

    @property
    def step(self) -> int | None:
        """The step of the shortfall scale."""
        return step_of(self.percent)


_FIGURES = (
    "due", "done", "expected", "entered", "late_sheets", "late_teachers", "unlocks", "findings", "approved",
    "classes", "touched_at", "refreshed_at",
)  # fmt: skip


def schools(actor: Actor, unit: Unit, term: TermShown, sort: str = "") -> list[SchoolLine]:
    """The schools right under a unit; the latest first, or by name; one query."""
    if not actor.holds("gradebook.view_progress"):
        return []
    found = [
        SchoolLine(
            pk, code, name, levels,
            dict(zip(_FIGURES, row, strict=True)) if sheets is not None else None,
        )
        for pk, code, name, levels, sheets, *row in fetch(_SCHOOLS, [term.year_id, term.number, unit.pk])
    ]  # fmt: skip
    if sort == "ten":
        return found
    return sorted(found, key=lambda one: (one.percent is None, one.percent or 0))


def late_schools(
    actor: Actor,
    unit: Unit,
    term: TermShown,
    codes: Sequence[str] | None,
    permission: str = "gradebook.remind",
) -> tuple[list[Unit], dict[int, int]]:
    """Schools under a unit with late sheets (of these codes, or all) and how many each has; two queries."""
    late = SchoolProgress.objects.visible_to(actor, permission).filter(
        year_id=term.year_id, term=term.number, late_sheets__gt=0, school__path__startswith=unit.path
    )
    if codes is not None:
        late = late.filter(school__code__in=codes)
    figures = dict(late.values_list("school_id", "late_sheets"))
    return list(Unit.objects.visible_to(actor, permission).filter(pk__in=figures)), figures
