"""What the gradebook does when others announce: classes and courses made, pupils placed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from khue.kernel.actions import Work
from khue.kernel.org.events import UnitsMerged, UnitSplit
from khue.registry.curriculum.events import CoursesChanged
from khue.registry.roster.events import (
    ClassOpened,
    PupilLeft,
    PupilPlaced,
    PupilReturned,
)
from khue.registry.roster.models import Classroom
from khue.school.gradebook import cells, sheets
from khue.school.gradebook.actions.marks import FIELDS, average_of, open_the_wall
from khue.school.gradebook.models import OF_CLASS, MarkRow
from khue.school.gradebook.queries.frames import Frame, all_frames


def class_opened(work: Work, event: ClassOpened) -> None:
    """A new class has its sheets."""
    sheets.follow(work, list(Classroom.objects.filter(pk=event.classroom_id, year__is_closed=False)))


def courses_changed(work: Work, event: CoursesChanged) -> None:
    """Sheets follow the courses."""
    rooms = Classroom.objects.filter(pk__in=event.classroom_ids, year__is_closed=False)
    sheets.follow(work, list(rooms))


_BROUGHT = """
select n.id, e.id, e.person_id, r.marks, r.comment, o.id, x.id, x.marks, x.sources, x.comment, x.average
from roster_enrolment e
join gradebook_sheet n on n.classroom_id = %s
join gradebook_mark_row r on r.person_id = e.person_id
join gradebook_sheet o on o.id = r.sheet_id and o.year_id = n.year_id and o.term = n.term and o.kind = n.kind
  and o.classroom_id <> n.classroom_id
left join curriculum_course nc on nc.id = n.course_id left join curriculum_course oc on oc.id = o.course_id
left join gradebook_mark_row x on x.sheet_id = n.id and x.enrolment_id = e.id
cross join lateral (select o.classroom_id is not distinct from (
  select v.classroom_id from roster_enrolment_event v
  where v.enrolment_id = e.id and v.classroom_id <> n.classroom_id order by v.id desc limit 1) as is_left) l
where e.id = any(%s) and nc.subject_id is not distinct from oc.subject_id and (x.id is null or l.is_left)
order by n.id, e.id, l.is_left desc, r.id desc
"""


_HOLD = """
select id from gradebook_sheet where id in (
  select id from gradebook_sheet where classroom_id = %s
  union select sheet_id from gradebook_mark_row where enrolment_id = any(%s)
) order by id for update
"""


def pupils_placed(work: Work, event: PupilPlaced) -> None:
    """Who comes to a class in the year brings their marks of the same subjects; the old sheets keep theirs.

    Who comes back to a class finds there what the class between wrote.
    """
    who = list(event.enrolment_ids)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [event.classroom_id, who])
        cursor.execute(_BROUGHT, [event.classroom_id, who])
        found = cursor.fetchall()
    frames = all_frames({row[0] for row in found}) if found else {}
    new: dict[tuple[int, int], list[Any]] = {}
    changed: dict[int, tuple[list[Any], list[Any]]] = {}
    for sheet_id, enrolment_id, person_id, values, comment, _old, pk, *there in found:
        frame = frames[sheet_id]
        values = [*values[: frame.width], *([None] * (frame.width - len(values)))]
        if pk is None:
            sources = "".join(cells.BROUGHT if value is not None else cells.NOWHERE for value in values)
            row = [sheet_id, enrolment_id, person_id, values, sources, comment, average_of(frame, values)]
            new.setdefault((sheet_id, enrolment_id), row)
        else:
            changed.setdefault(pk, (there, _joined(frame, there, values, comment)))
    changed = {pk: (before, after) for pk, (before, after) in changed.items() if before != after}
    if new or changed:
        open_the_wall()
        work.change_many(MarkRow, FIELDS, changed, is_touched=False)
        work.create_many(
            MarkRow, ["sheet_id", "enrolment_id", "person_id", *FIELDS], list(new.values()), is_touched=False
        )
    own = MarkRow.objects.filter(enrolment_id__in=who).values_list("sheet_id", flat=True)
    recount({*own, *(row[5] for row in found)})


def _joined(frame: Frame, there: Sequence[Any], values: Sequence[int | None], comment: str) -> list[Any]:
    """A row that was left behind, with what was written in the class between laid over it."""
    marks, sources, said, _average = there
    marks = [*marks, *([None] * (frame.width - len(marks)))]
    for slot, value in enumerate(values):
        if value is not None and value != marks[slot]:
            marks[slot] = value
            sources = cells.with_source(sources, slot, cells.BROUGHT, after_lock=False)
    return [marks, sources, comment or said, average_of(frame, marks)]


def pupil_came_or_went(work: Work, event: PupilLeft | PupilReturned) -> None:
    """Who is not of the class owes nothing there and fills nothing."""
    recount(MarkRow.objects.filter(enrolment_id=event.enrolment_id).values_list("sheet_id", flat=True))


_RECOUNT = """
update gradebook_sheet s set filled = coalesce((
    select array_agg(coalesce(c.n, 0) order by g) from generate_series(1, greatest(cardinality(s.filled),
        (select max(cardinality(r.marks)) from gradebook_mark_row r where r.sheet_id = s.id))) as g
    left join (
        select m.slot, (count(*) filter (where m.value is not null and m.value <> all(%s)))::smallint as n
        from gradebook_mark_row r
        join roster_enrolment e on e.id = r.enrolment_id and e.classroom_id = s.classroom_id and e.status = any(%s)
        cross join unnest(r.marks) with ordinality as m(value, slot)
        where r.sheet_id = s.id group by m.slot
    ) c on c.slot = g
), '{}') where s.id = any(%s)
"""


def recount(sheet_ids: Iterable[int]) -> None:
    """Count again what sheets hold of the pupils of their class; one statement for all of them."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, [sorted(cells.OPEN_STATES), list(OF_CLASS), list(sheet_ids)])


_PHRASES = """
update gradebook_phrase p set unit_id = %s where p.id in (
    select min(f.id) from gradebook_phrase f where f.unit_id = any(%s)
    and not exists (select from gradebook_phrase k where k.unit_id = %s and k.text = f.text) group by f.text
)
"""


def units_merged(work: Work, event: UnitsMerged) -> None:
    """Sheets and results belong to the school the classes belong to; its teachers have the sentences of all schools."""
    _move_to_the_classes_school(event.into_id)
    with connection.cursor() as cursor:
        cursor.execute(_PHRASES, [event.into_id, list(event.from_ids), event.into_id])


def unit_split(work: Work, event: UnitSplit) -> None:
    """Sheets and results of the classes that part go with them."""
    _move_to_the_classes_school(event.new_id)


def _move_to_the_classes_school(school_id: int) -> None:
    with connection.cursor() as cursor:
        for table in ("gradebook_sheet", "gradebook_result", "gradebook_review"):
            cursor.execute(
                f"update {table} t set school_id = k.school_id from roster_classroom k "  # noqa: S608 (our tables)
                "where k.id = t.classroom_id and k.school_id = %s and t.school_id <> k.school_id",
                [school_id],
            )
        cursor.execute(
            "update gradebook_finding f set school_id = s.school_id from gradebook_sheet s "
            "where s.id = f.sheet_id and s.school_id = %s and f.school_id <> s.school_id",
            [school_id],
        )
