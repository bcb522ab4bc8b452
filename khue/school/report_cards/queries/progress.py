"""Sums over schools for the first page, and in which other year cards are to be found; both from the kept counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.report_cards.rules import ISSUED, State

VIEW: Final = "report_cards.view_progress"
_REACHED: Final = "(%s or u.id = any(%s) or u.path like any(%s))"
# The newest year of which any card was made; before there is one, the newest that was counted.
_TOTALS: Final = f"""
with known as (
  select t.year_id from report_cards_tally t
  order by (t.counts - 'none') <> '{{}}'::jsonb desc, t.year_id desc limit 1
), lines as (
  select t.year_id, t.pupils, t.counted_at,
         (select coalesce(sum(n.value::int), 0) from jsonb_each_text(t.counts) n where n.key = any(%s)) as issued,
         coalesce((t.counts ->> %s)::int, 0) as submitted, coalesce((t.counts ->> %s)::int, 0) as accepted
  from report_cards_tally t join org_unit u on u.id = t.school_id
  where t.year_id = (select year_id from known) and {_REACHED}
)
select year_id, count(*), count(*) filter (where issued < pupils), sum(pupils), sum(issued), sum(submitted),
       sum(accepted), min(counted_at) from lines group by year_id
"""  # noqa: S608 (our own words)
_OTHER: Final = f"""
select max(year_id) from (
  select t.year_id from report_cards_tally t join org_unit u on u.id = t.school_id
  where t.year_id <> %s and (t.counts - 'none') <> '{{}}'::jsonb and {_REACHED}
  union all
  select k.year_id from roster_classroom k
  where k.id = any(%s) and k.year_id <> %s and exists (select from report_cards_card c where c.classroom_id = k.id)
) found
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class Totals:
    """Cards of the schools somebody looks after, in the newest year of which there are any."""

    year: int
    schools: int
    unfinished: int  # schools some of whose pupils have no issued card
    pupils: int
    issued: int
    submitted: int  # handed in, not looked at
    accepted: int
    at: datetime


def totals(actor: Actor) -> Totals | None:
    """How far the schools have come that the actor reaches, as counted last; one query."""
    reach = actor.reach(VIEW)
    if reach.is_empty:
        return None
    paths = [f"{path}%" for path in reach.unit_paths]
    states = [state.value for state in ISSUED]
    rows = fetch(
        _TOTALS,
        [states, State.SUBMITTED.value, State.ACCEPTED.value, reach.everything, list(reach.unit_ids), paths],
    )
    if not rows:
        return None
    year, schools, unfinished, pupils, issued, submitted, accepted, at = rows[0]
    return Totals(year, schools, unfinished, int(pupils), int(issued), int(submitted), int(accepted), at)


def other_year(actor: Actor, permission: str, but: int) -> int | None:
    """The newest school year but this one of which the actor has cards to see; one query."""
    reach = actor.reach(permission)
    if reach.is_empty:
        return None
    paths = [f"{path}%" for path in reach.unit_paths]
    values = [but, reach.everything, list(reach.unit_ids), paths, list(reach.class_ids), but]
    found = fetch(_OTHER, values)[0][0]
    return int(found) if found is not None else None
