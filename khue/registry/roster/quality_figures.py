"""Keeping `QualityFigure` and the candidates for doubles: derived from the records, school by school, by a job.

Nightly everything is counted anew (ages and homerooms change with the calendar). Every few minutes those schools are
counted whose audit chain has moved since their figure: an import, a class placed, a record mended. Both are statements
over a batch of schools; a batch commits by itself, so a job killed in the middle has lost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from django.db import connection, transaction
from django.utils import timezone

from khue.registry.roster import duplicate_candidates
from khue.registry.roster.queries.places import all_year_of
from khue.registry.roster.queries.quality import CHECKS, all_classes, all_pupil_faults

BATCH: Final = 100
MOST_AT_ONCE: Final = 400

_KEEP = """
insert into roster_quality_figure as q (school_id, year_id, pupils, classes, faults, as_of)
select s, %(year)s, p, c, f::jsonb, %(now)s
from unnest(%(schools)s::bigint[], %(pupils)s::int[], %(classes)s::int[], %(faults)s::text[]) as t(s, p, c, f)
on conflict (year_id, school_id) do update
set pupils = excluded.pupils, classes = excluded.classes, faults = excluded.faults, as_of = excluded.as_of
"""
_STALE = """
select u.id from org_unit u left join roster_quality_figure f on f.school_id = u.id and f.year_id = %(year)s
where u.kind = 'school' and u.closed_on is null and (f.id is null or exists (
    select 1 from audit_entry a where a.chain = u.id and a.at > f.as_of))
order by u.id limit %(most)s
"""


def refresh(schools: Sequence[int], year_id: int) -> None:
    """Count the faults of some schools and keep them; five statements, however many schools."""
    now = timezone.now()
    faults: dict[int, dict[str, int]] = {school: dict.fromkeys(CHECKS, 0) for school in schools}
    pupils, classes = dict.fromkeys(schools, 0), dict.fromkeys(schools, 0)
    for _room, school, number, found in all_pupil_faults(schools, year_id):
        pupils[school] = number
        faults[school].update(found)
    for room in all_classes(schools, year_id, timezone.localdate()):
        classes[room["school_id"]] += 1
        for name in room["faults"]:
            faults[room["school_id"]][name] += 1
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {
                "year": year_id, "now": now, "schools": list(schools), "pupils": list(pupils.values()),
                "classes": list(classes.values()), "faults": [orjson.dumps(faults[s]).decode() for s in schools],
            },
        )  # fmt: skip


def _in_batches(schools: Sequence[int], year_id: int, *, with_doubles: bool) -> None:
    for start in range(0, len(schools), BATCH):
        batch = schools[start : start + BATCH]
        with transaction.atomic():
            if with_doubles:
                duplicate_candidates.refresh(batch)
            refresh(batch, year_id)


def refresh_all() -> None:
    """Every open school, every night."""
    year = all_year_of()
    if year is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("select id from org_unit where kind = 'school' and closed_on is null order by id")
        schools = [row[0] for row in cursor.fetchall()]
    with transaction.atomic():
        duplicate_candidates.refresh(None)
    _in_batches(schools, year.pk, with_doubles=False)


def refresh_changed() -> None:
    """The schools whose records have been touched since they were counted, and those never counted."""
    year = all_year_of()
    if year is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STALE, {"year": year.pk, "most": MOST_AT_ONCE})
        schools = [row[0] for row in cursor.fetchall()]
    _in_batches(schools, year.pk, with_doubles=True)
