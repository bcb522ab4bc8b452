"""What the gradebook does by itself: figures kept true, reminders up the ladder, what looks odd found."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.school.gradebook import oddities, queries
from khue.school.gradebook.actions import figures, findings, ladder
from khue.school.gradebook.models import Finding, Sheet
from khue.school.gradebook.queries import findings as reads

SCHOOLS_AT_ONCE: Final = 100
SHEETS_AT_ONCE: Final = 50
OVERLAP: Final = timedelta(
    minutes=10
)  # a sheet touched by a transaction that ended after the last look began
FIRST_LOOK: Final = timedelta(days=30)  # how far back the first inspection goes
MARGIN: Final = "2 minutes"  # a sheet touched by a transaction that ended later than it began

# Schools whose figures are older than what they follow from: a touched sheet, a request, an answer, a review; and each
# school once a day, because columns become due and pupils come and go.
_STALE = """
with span as materialized (
    select t.year_id, t.number as term, t.starts_on <= %(today)s as has_begun from calendar_term t
    join calendar_school_year y on y.id = t.year_id and not y.is_closed
), stale as (
    select p.year_id, p.term, p.school_id from gradebook_school_progress p where p.refreshed_at < %(midnight)s
    union
    select t.year_id, t.term, u.id from span t join org_unit u on u.kind = 'school'
    where t.has_begun and not exists (
        select from gradebook_school_progress p
        where p.school_id = u.id and p.year_id = t.year_id and p.term = t.term
    ) and exists (
        select from gradebook_sheet h where h.school_id = u.id and h.year_id = t.year_id and h.term = t.term
    )
    union
    select h.year_id, h.term, h.school_id from gradebook_sheet h
    left join gradebook_school_progress q on q.year_id = h.year_id and q.term = h.term and q.school_id = h.school_id
    where h.touched_at >= %(since)s and (q.id is null or h.touched_at >= q.refreshed_at - %(margin)s::interval)
    union
    select r.year_id, r.term, r.school_id from gradebook_review r
    join gradebook_school_progress q on q.year_id = r.year_id and q.term = r.term and q.school_id = r.school_id
    where greatest(r.submitted_at, r.approved_at) >= q.refreshed_at - %(margin)s::interval
)
select s.year_id, s.term, s.school_id from stale s join span t on t.year_id = s.year_id and t.term = s.term
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


def find_suspicious(now: datetime | None = None) -> int:
    """Inspect the sheets written since the last time and write down what looks odd; gives how many were inspected.

    Fifty sheets are one transaction each for their findings; a run that is broken off begins again from its start.
    """
    moment = now or timezone.now()
    actor = Actor.system("gradebook.find_suspicious")
    last = reads.all_inspected_until(findings.INSPECTED)
    since = last - OVERLAP if last else moment - FIRST_LOOK
    touched = reads.all_touched(since, moment)
    schools: set[tuple[int, int, int]] = set()
    found = 0
    for first in range(0, len(touched), SHEETS_AT_ONCE):
        some = touched[first : first + SHEETS_AT_ONCE]
        with transaction.atomic():
            found += _inspect(actor, some, schools)
    for year_id, term, school_id in sorted(schools):
        figures.refresh([school_id], year_id, term, now=moment)
    if touched:
        root = Unit.objects.filter(parent__isnull=True).order_by("pk")[0]
        findings.note_inspection(actor, root, until=moment, sheets=len(touched), found=found)
    return len(touched)


def _inspect(actor: Actor, sheet_ids: list[int], schools: set[tuple[int, int, int]]) -> int:
    rows = reads.all_marks(sheet_ids)
    written = reads.all_written(sheet_ids)
    known: dict[int, dict[tuple[str, int | None, int | None], object]] = {}
    for sheet_id, kind, enrolment_id, slot, detail in Finding.objects.filter(
        sheet_id__in=sheet_ids
    ).values_list("sheet_id", "kind", "enrolment_id", "slot", "detail"):
        known.setdefault(sheet_id, {})[kind, enrolment_id, slot] = detail
    sheets = Sheet.objects.in_bulk([pk for pk in sheet_ids if pk in rows])
    found = 0
    for pk, sheet in sheets.items():
        frame = queries.all_frame(pk)
        marks = rows[pk]
        changes = [change for row in marks for change in written.get(row.row_id, ())]
        odd = oddities.inspect(frame.columns, frame.locks.days, marks, changes)
        if {one.key: one.detail for one in odd} != known.get(pk, {}):
            found += findings.write_findings(actor, sheet, odd=odd)
            schools.add((sheet.year_id, sheet.term, sheet.school_id))
    return found


def remind_late(now: datetime | None = None) -> int:
    """Climb the ladder for columns that are late: teacher, head of subject, principal, office; gives notices sent."""
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    actor = Actor.system("gradebook.remind_late")
    offices = ladder.Offices()
    told = 0
    for (year_id, term), schools in ladder.all_late_schools(today).items():
        shapes = figures.shapes_of(year_id, term)
        for first in range(0, len(schools), SCHOOLS_AT_ONCE):
            some = schools[first : first + SCHOOLS_AT_ONCE]
            late = ladder.all_late_columns(some, year_id, term, today, shapes)
            for school in Unit.objects.filter(pk__in=list(late)).order_by("pk"):
                told += ladder.climb(actor, school, late=late[school.pk], today=today)
                offices.add(school, late[school.pk], today)
    for office in Unit.objects.filter(pk__in=offices.ids()).order_by("pk"):
        told += ladder.tell_office(actor, office, late=offices.of(office.pk), today=today)
    return told
