"""What the first page shows of progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.gradebook.queries.progress import Line, own_lines_of

_TOTALS = """
select p.term, count(*), sum(p.due), sum(p.done), sum(p.late_sheets), count(*) filter (where p.late_sheets > 0),
       sum(p.unlocks), sum(p.findings), max(p.refreshed_at)
from gradebook_school_progress p join org_unit u on u.id = p.school_id
where (p.year_id, p.term) = (select t.year_id, t.number from calendar_term t where t.starts_on <= %s
    and t.ends_on + 30 >= %s order by t.starts_on desc limit 1)
  and (%s or u.id = any(%s) or u.path like any(%s))
group by p.term
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the schools somebody looks after, in the term of today."""

    term: int
    schools: int
    due: int
    done: int
    late_sheets: int
    late_schools: int
    unlocks: int
    findings: int
    at: datetime


def totals(actor: Actor) -> Totals | None:
    """Progress of the schools the actor reaches, in the term of today; one query."""
    reach = actor.reach("gradebook.view_progress")
    if reach.is_empty:
        return None
    today = timezone.localdate()
    paths = [f"{path}%" for path in reach.unit_paths]
    rows = fetch(_TOTALS, [today, today, reach.everything, list(reach.unit_ids), paths])
    if not rows:
        return None
    term, schools, due, done, sheets, late, unlocks, findings, at = rows[0]
    return Totals(term, schools, int(due), int(done), int(sheets), late, int(unlocks), int(findings), at)


def own_lines(actor: Actor, today: date) -> list[Line]:
    """The sheets the actor writes in the term of today, with what is late; two queries."""
    courses = list(actor.reach("gradebook.enter").course_ids)
    classes = list(actor.reach("gradebook.enter_class").class_ids)
    return own_lines_of(actor, courses, classes, today)


def all_due_soon(lines: Sequence[Line], today: date, until: date) -> list[tuple[Line, str, date]]:
    """Columns with empty cells whose day comes within some days: sheet, columns, day; the nearest first."""
    found = []
    for line in lines:
        soon = [(column, due) for column, due in line.coming if today <= due <= until]
        if soon and not line.late:
            found.append(
                (line, ", ".join(str(column.label) for column, _due in soon), min(due for _c, due in soon))
            )
    return sorted(found, key=lambda one: (one[2], one[0].class_name))


def all_sheet_address(sheet_id: int) -> str:
    """Where a sheet is opened."""
    return reverse("gradebook:sheet", args=[sheet_id])
