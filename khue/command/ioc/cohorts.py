"""The counts of intakes kept every night.

Each intake year is counted and kept in a transaction of its own: a count that is killed leaves the figures it had not
yet replaced as they were, with their own moment, and the next one goes on with those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from khue.command.ioc.following import HELD, OUTCOMES, TOLD
from khue.command.ioc.models import CohortYear
from khue.kernel.statements import fetch

NIGHTLY: Final = time(3)  # of the province: what was counted before it is counted anew
MEMORY: Final = "32MB"  # of the database, for one sort; beyond it the sort goes to the disk
LOCK: Final = 7_700_502  # one count at a time
_COLUMNS: Final = ", ".join(f'"{one}"' for one in OUTCOMES)
_SUMS: Final = ", ".join(f"coalesce(sum(t.pupils) filter (where t.outcome = '{one}'), 0)" for one in OUTCOMES)
_NOW: Final = f"""
create temporary table ioc_cohort_now (unit_id, grade, until, {_COLUMNS}) on commit drop as
{TOLD.format(among="", part="0")}
select a.id::bigint, t.grade, t.until, {_SUMS}
from told t join org_unit u on u.id = t.school
cross join unnest(string_to_array(trim(both '/' from u.path), '/')) as a(id)
group by 1, 2, 3
"""  # noqa: S608 - names of our own columns
_GONE: Final = """
delete from ioc_cohort_count c where c.year = %(year)s and not exists (
    select from ioc_cohort_now n where n.unit_id = c.unit_id and n.grade = c.grade and n.until = c.until
)
"""
_KEEP: Final = f"""
insert into ioc_cohort_count as c (year, unit_id, grade, until, {_COLUMNS})
select %(year)s, unit_id, grade, until, {_COLUMNS} from ioc_cohort_now order by unit_id, grade, until
on conflict (unit_id, year, grade, until)
do update set {", ".join(f'"{one}" = excluded."{one}"' for one in OUTCOMES)}
where ({", ".join(f'c."{one}"' for one in OUTCOMES)})
is distinct from ({", ".join(f'excluded."{one}"' for one in OUTCOMES)})
"""  # noqa: S608 - names of our own columns
_KEPT: Final = """
insert into ioc_cohort_year (year, counted_at) values (%(year)s, %(at)s)
on conflict (year) do update set counted_at = excluded.counted_at
"""


def count_due(now: datetime | None = None) -> list[int]:
    """Count the intakes of the years not counted since the last 03:00, the longest waiting first; gives the years."""
    held = [row[0] for row in fetch(HELD)]
    _forget(held)
    counted = dict(CohortYear.objects.values_list("year", "counted_at"))
    since = _last_night(now or timezone.now())
    due = [one for one in held if one not in counted or counted[one] < since]
    due.sort(key=lambda one: (counted[one].timestamp() if one in counted else 0.0, one))
    for one in due:
        count_year(one, [year for year in held if year >= one], now=now)
    return due


def count_year(year: int, years: Sequence[int], *, now: datetime | None = None) -> None:
    """Count the intakes of a year by the end of each of `years`, and put the counts in the place of those kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        given: dict[str, Any] = {"year": year, "years": list(years), "at": now or timezone.now()}
        cursor.execute("select set_config('work_mem', %s, true)", [MEMORY])
        cursor.execute("drop table if exists ioc_cohort_now")  # of a count in the same transaction
        cursor.execute(_NOW, given)
        cursor.execute("analyze ioc_cohort_now")
        cursor.execute(_GONE, given)
        cursor.execute(_KEEP, given)
        cursor.execute(_KEPT, given)


def _last_night(now: datetime) -> datetime:
    local = timezone.localtime(now)
    night = local.replace(hour=NIGHTLY.hour, minute=NIGHTLY.minute, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def _forget(held: Sequence[int]) -> None:
    """Take away what is kept of years of which no enrolment is left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("delete from ioc_cohort_count where year <> all(%s)", [list(held)])
        cursor.execute("delete from ioc_cohort_year where year <> all(%s)", [list(held)])
