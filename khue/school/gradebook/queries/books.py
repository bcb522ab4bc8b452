"""Reads for the printed book of a class: its sheets in order, who teaches what, the averages of the other term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khue.kernel.access.actor import Actor
from khue.kernel.statements import TODAY, fetch
from khue.registry.roster.models import Classroom
from khue.school.gradebook.judging import Room
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.queries.files import FilePupil, all_counted, all_frames_of, all_pupils
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.queries.result_pages import ResultRow, result_row

_AROUND = f"""
select (select json_object_agg(c.id, (select p.full_name from curriculum_teaching_assignment a
            join people_person p on p.id = a.teacher_id where a.course_id = c.id and a.starts_on <= {TODAY}
            order by a.ends_on > {TODAY} desc, a.role = 'main' desc, a.starts_on desc limit 1))
          from curriculum_course c where c.classroom_id = %s),
       (select p.full_name from roster_homeroom h join people_person p on p.id = h.teacher_id
          where h.classroom_id = %s and h.starts_on <= {TODAY}
          order by h.ends_on is null desc, h.ends_on desc limit 1),
       (select json_agg(json_build_array(s.course_id, r.enrolment_id, r.average)) from gradebook_sheet s
          join gradebook_mark_row r on r.sheet_id = s.id
          where s.classroom_id = %s and s.term < %s and s.course_id is not null)
"""  # noqa: S608


@dataclass(frozen=True)
class Summary:
    """The results of a class in a term or the year."""

    period: int
    room: Room
    state: str
    rows: list[ResultRow]


@dataclass(frozen=True)
class ClassBook:
    """What the book of a class is made of, as far as its reader may see."""

    classroom: Classroom
    frames: list[Frame]
    pupils: dict[int, list[FilePupil]]
    teachers: dict[int, str]  # course -> teacher; 0: the homeroom teacher
    before: dict[tuple[int, int], int | None]  # (course, enrolment) -> average of the first term
    is_whole: bool  # every sheet of the class, not only the reader's own


def class_book(actor: Actor, pk: int, term: int) -> ClassBook | None:
    """The sheets of a class in a term that the actor may read; None when there are none. Four statements."""
    visible = Sheet.objects.visible_to(actor, "gradebook.view").filter(classroom_id=pk, term=term)
    order = ("course__subject__order", "course__subject_id", "kind", "pk")
    rows = list(visible.select_related("classroom__school").order_by(*order))
    if not rows:
        return None
    classroom = rows[0].classroom
    found = all_frames_of([row.pk for row in rows])
    frames = [found[row.pk] for row in rows]
    pupils = {one: all_counted(those) for one, those in all_pupils(frames).items()}
    ((courses, homeroom, averages),) = fetch(_AROUND, [pk, pk, pk, term])
    teachers = {int(course): name or "" for course, name in (courses or {}).items()} | {0: homeroom or ""}
    before = {(course, enrolment): average for course, enrolment, average in averages or ()}
    is_whole = any(frame.is_homeroom for frame in frames) or classroom.level == "MN"
    return ClassBook(classroom, frames, pupils, teachers, before, is_whole)


def summaries(actor: Actor, classroom: Classroom, periods: Sequence[int]) -> list[Summary]:
    """The results of a class in some terms (1, 2) and the year (0), for who may see them. Three statements."""
    if not periods or not _sees_results(actor, classroom):
        return []
    rooms = facts.all_rooms([classroom.pk])
    if not rooms:
        return []
    pupils = facts.all_pupils([classroom.pk]).get(classroom.pk, [])
    room = rooms[0]
    return [
        Summary(
            period, room, room.reviews.get(period, "open"), [result_row(room, one, period) for one in pupils]
        )
        for period in periods
    ]


def _sees_results(actor: Actor, classroom: Classroom) -> bool:
    """Whether the actor sees the results of a class: the same rule as reading, without asking the database."""
    reach = actor.reach("gradebook.view_results")
    return (
        reach.everything
        or bool({classroom.school_id, classroom.campus_id} & set(reach.unit_ids))
        or classroom.pk in reach.class_ids
        or any(classroom.school.path.startswith(path) for path in reach.unit_paths)
    )
