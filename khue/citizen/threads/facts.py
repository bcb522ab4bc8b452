"""What is counted of messages and announcements, as columnar copies: sums of a school, never a word of a message.

Only the last thirty days are read, by an index on when messages were sent, so a refresh reads them whole.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

from khue.citizen.threads.rules import ANSWER_WITHIN, RECENT_DAYS
from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, copied
from khue.registry.calendar.spans import SPANS

_SINCE: Final = f"now() - interval '{RECENT_DAYS} days'"
_PATIENCE: Final = "interval '3 days'"  # a message nobody answered counts once it has waited this long

# A line for each school with classes in the running year.
SCHOOLS: Final = copied(
    "threads.schools",
    "Trường trao đổi với gia đình",
    """
    year int16, unit_id int32, asked int32, in_time int32, answered int32, minutes int32, told int32,
    confirmed int32, writes bool, ownership text, region int16, school_level text
    """,
    f"""
select y.id as year, u.id as unit_id, coalesce(m.asked, 0) as asked, coalesce(m.in_time, 0) as in_time,
       coalesce(m.answered, 0) as answered, coalesce(m.minutes, 0) as minutes,
       coalesce(a.told, 0) as told, coalesce(a.confirmed, 0) as confirmed,
       coalesce(m.wrote, false) or coalesce(a.wrote, false) as writes,
       {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from {SPANS} y
join org_unit u on u.kind = 'school' and u.closed_on is null
    and exists (select from roster_classroom k where k.school_id = u.id and k.year_id = y.id)
left join (
    select t.school_id,
           (count(*) filter (where m.side = 'family'
                             and (m.answered_at is not null or m.sent_at < now() - {_PATIENCE})))::int as asked,
           (count(*) filter (where m.side = 'family' and m.answer_minutes <= {ANSWER_WITHIN}))::int as in_time,
           (count(*) filter (where m.side = 'family' and m.answered_at is not null))::int as answered,
           (coalesce(sum(m.answer_minutes) filter (where m.side = 'family'), 0))::int as minutes,
           bool_or(m.side = 'teacher') as wrote
    from threads_message m join threads_thread t on t.id = m.thread_id
    where m.sent_at > {_SINCE} and m.withdrawn_at is null group by 1
) m on m.school_id = u.id
left join (
    select a.unit_id, (sum(a.addressed) filter (where a.needs_confirming))::int as told,
           (sum(least(r.n, a.addressed)) filter (where a.needs_confirming))::int as confirmed, true as wrote
    from threads_announcement a
    cross join lateral (
        select count(distinct r.pupil_id) as n from threads_receipt r
        where r.announcement_id = a.id and r.confirmed_at is not null and r.pupil_id <> r.person_id
    ) r
    where a.written_at > {_SINCE} and a.withdrawn_at is null
      and a.audience in ('class', 'course', 'grade', 'campus', 'school') group by 1
) a on a.unit_id = u.id
where not y.is_over and y.begins_on <= (now() at time zone '{settings.TIME_ZONE}')::date
""",  # noqa: S608 (our own SQL)
    rows="khue.citizen.threads.figures.school_rows",
)

FACTS: Final = (SCHOOLS,)
