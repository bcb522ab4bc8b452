"""What the gate saw of pupils: when they first came in and last went out on a day; it makes nobody absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from khue.kernel.actions import Work
from khue.kernel.statements import run

_NOTE = """
insert into attendance_arrival as a (enrolment_id, day, first_in, last_out)
select e, d, min(i), max(o) from unnest(%s::bigint[], %s::date[], %s::timestamptz[], %s::timestamptz[]) as n(e, d, i, o)
group by e, d order by e, d
on conflict (enrolment_id, day) do update
set first_in = least(a.first_in, excluded.first_in), last_out = greatest(a.last_out, excluded.last_out)
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A pupil (enrolment) who came in or went out at a moment; the day is the province's."""

    enrolment_id: int
    day: date
    came_in: datetime | None = None
    went_out: datetime | None = None


def note_arrivals(work: Work, arrivals: Sequence[Arrived]) -> int:
    """Keep the first coming in and the last going out of each pupil and day; one statement however many taps.

    For the gate, inside its own action, whose record holds the taps. Told twice, it is as told once; the order of
    batches does not matter. Gives how many pupils' days were written.
    """
    if not arrivals:
        return 0
    columns = [
        [one.enrolment_id for one in arrivals], [one.day for one in arrivals],
        [one.came_in for one in arrivals], [one.went_out for one in arrivals],
    ]  # fmt: skip
    written = run(_NOTE, columns)
    work.note(arrivals=written)
    return written
