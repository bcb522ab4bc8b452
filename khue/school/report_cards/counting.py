"""Counts of pupils by the state of their card, kept a school and year: the province is read in one small statement."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from khue.kernel.statements import TODAY

# The card that stands for a pupil's year: the issued one that is still valid, else the one in the making.
STANDS: Final = """
c.state not in ('superseded', 'revoked') and (c.issued_at is not null or not exists (
  select from report_cards_card o where o.enrolment_id = c.enrolment_id and o.issued_at is not null
    and o.state not in ('superseded', 'revoked')))
"""
PUPILS: Final = "e.status in ('studying', 'suspended', 'completed') and e.grade >= 1"
# The same of one year under one unit, now: what is shown before anything has been counted.
NOW: Final = f"""
select u.id, u.code, u.name, u.path, s.pupils, s.counts, now() from org_unit u join (
  select g.school_id, sum(g.n) as pupils, json_object_agg(g.state, g.n)::text as counts from (
    select e.school_id, coalesce(c.state, 'none') as state, count(*) as n
    from roster_enrolment e join org_unit o on o.id = e.school_id
    left join report_cards_card c on c.enrolment_id = e.id and {STANDS}
    where {PUPILS} and e.year_id = %s and o.path like %s group by 1, 2
  ) g group by 1
) s on s.school_id = u.id order by u.sort_key
"""  # noqa: S608 (our own SQL)
_COUNT: Final = f"""
insert into report_cards_tally as t (school_id, year_id, pupils, counts, counted_at)
select s.school_id, s.year_id, sum(s.n), json_object_agg(s.state, s.n), now() from (
  select e.school_id, e.year_id, coalesce(c.state, 'none') as state, count(*) as n
  from roster_enrolment e
  left join report_cards_card c on c.enrolment_id = e.id and {STANDS}
  where {PUPILS} and e.year_id in (
    select id from calendar_school_year where starts_on <= {TODAY} and starts_on > {TODAY} - 800)
  group by 1, 2, 3
) s group by 1, 2
on conflict (year_id, school_id) do update
set pupils = excluded.pupils, counts = excluded.counts, counted_at = excluded.counted_at
"""  # noqa: S608 (our own SQL)


def count() -> int:
    """Count every school of the last two years anew; gives how many lines there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return int(cursor.rowcount)
