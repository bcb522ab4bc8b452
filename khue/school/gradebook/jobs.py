"""What the gradebook does by itself: figures kept true, reminders up the ladder, what looks odd found."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from khue.school.gradebook.actions import figures

SCHOOLS_AT_ONCE: Final = 100
MARGIN: Final = "2 minutes"  # a sheet touched by a transaction that ended later than it began

# Schools whose figures are older than what they follow from: a touched sheet, a request, an answer, a review; and each
# school once a day, because columns become due and pupils come and go.
_STALE = """
select s.year_id, s.term, s.school_id
from (select distinct year_id, term, school_id from gradebook_sheet) s
join calendar_school_year y on y.id = s.year_id and not y.is_closed
join calendar_term t on t.year_id = s.year_id and t.number = s.term
left join gradebook_school_progress p on p.year_id = s.year_id and p.term = s.term and p.school_id = s.school_id
where (t.starts_on <= %(today)s and (p.id is null or p.refreshed_at < %(midnight)s))
or (s.year_id, s.term, s.school_id) in (
    select h.year_id, h.term, h.school_id from gradebook_sheet h
    left join gradebook_school_progress q on q.year_id = h.year_id and q.term = h.term and q.school_id = h.school_id
    where h.touched_at >= %(since)s and (q.id is null or h.touched_at >= q.refreshed_at - %(margin)s::interval)
)
or (s.year_id, s.term, s.school_id) in (
    select r.year_id, r.term, r.school_id from gradebook_review r
    join gradebook_school_progress q on q.year_id = r.year_id and q.term = r.term and q.school_id = r.school_id
    where greatest(r.submitted_at, r.approved_at) >= q.refreshed_at - %(margin)s::interval
)
order by 1, 2, 3
"""


def refresh_progress(now: datetime | None = None) -> int:
    """Count anew the schools that were touched or whose day turned; gives how many. The whole province at midnight."""
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    midnight = timezone.make_aware(datetime.combine(today, time()))
    with connection.cursor() as cursor:
        cursor.execute(
            _STALE,
            {"today": today, "midnight": midnight, "margin": MARGIN, "since": midnight - timedelta(days=1)},
        )
        stale: dict[tuple[int, int], list[int]] = {}
        for year_id, term, school_id in cursor.fetchall():
            stale.setdefault((year_id, term), []).append(school_id)
    done = 0
    for (year_id, term), schools in stale.items():
        shapes = figures.shapes_of(year_id, term) if len(schools) > SCHOOLS_AT_ONCE else None
        for first in range(0, len(schools), SCHOOLS_AT_ONCE):
            with transaction.atomic():
                done += figures.refresh(
                    schools[first : first + SCHOOLS_AT_ONCE], year_id, term, now=moment, shapes=shapes
                )
    return done
