"""Which term a page shows: the one of the address, else the one of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch

_TERMS = """
select t.number, t.starts_on, t.ends_on, y.is_closed from calendar_term t
join calendar_school_year y on y.id = t.year_id where t.year_id = %s order by t.number
"""


@dataclass(frozen=True)
class TermShown:
    """A term of a school year, with the numbers of all its terms."""

    year_id: int
    number: int
    starts_on: date
    ends_on: date
    is_closed: bool
    numbers: tuple[int, ...]


def term(actor: Actor, year_id: int, wanted: str = "") -> TermShown | None:
    """The term wanted ("1", "2"), else the newest that has begun; None before the year has terms. One query."""
    rows = fetch(_TERMS, [year_id]) if actor.is_somebody else []
    if not rows:
        return None
    today = timezone.localdate()
    begun = [row for row in rows if row[1] <= today] or rows[:1]
    chosen = next((row for row in rows if str(row[0]) == wanted), begun[-1])
    number, starts_on, ends_on, is_closed = chosen
    return TermShown(year_id, number, starts_on, ends_on, is_closed, tuple(row[0] for row in rows))
