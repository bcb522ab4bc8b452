"""The days of school years as SQL, for facts: when a year began, and the day as of which its records are seen.

A running year is seen as of today; one not begun as of its first day; one that is over as of its last day of lessons,
so that last year's classes still have the teacher they had.
"""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.fact_sql import TODAY

SPANS: Final = f"""(
    select y.id, y.ends_on < {TODAY} as is_over, b.lessons_end < {TODAY} as is_taught, b.begins_on,
           greatest(b.begins_on, least({TODAY}, b.lessons_end - 1)) as seen_on
    from calendar_school_year y cross join lateral (
        select coalesce(min(t.starts_on) filter (where t.number = 1), y.starts_on) as begins_on,
               coalesce(max(t.ends_on) filter (where t.number = 2), y.ends_on) as lessons_end
        from calendar_term t where t.year_id = y.id
    ) b
)"""  # noqa: S608 (our own SQL)
