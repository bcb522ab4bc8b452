"""Reads for marks in files: the sheets one writes, their pupils with codes, the files one has given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khue.kernel.access.actor import Actor
from khue.kernel.files.models import StoredFile
from khue.kernel.statements import fetch
from khue.school.gradebook.models import OF_CLASS, Sheet
from khue.school.gradebook.queries.frames import Frame, all_frames
from khue.school.gradebook.queries.grid import Row

PURPOSE = "gradebook.marks"

_OWN = """
select s.id, s.kind, s.term, k.id, k.name, coalesce(j.name, ''), coalesce(j.short_name, ''), coalesce(j.words, ''),
       t.starts_on
from gradebook_sheet s
join roster_classroom k on k.id = s.classroom_id
join calendar_school_year y on y.id = s.year_id and not y.is_closed
join calendar_term t on t.year_id = s.year_id and t.number = s.term
left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
where s.year_id = %s and (s.course_id = any(%s) or (s.classroom_id = any(%s) and s.kind in ('conduct', 'traits')))
order by k.sort_key, s.term, coalesce(j."order", 999), s.id
"""
_PUPILS = """
select s.id, e.id, p.full_name, p.given_name, e.status, e.joined_on, r.id, r.marks, r.sources, r.comment, r.average,
       p.id, p.code, coalesce(p.ministry_code, ''), p.birth_date
from gradebook_sheet s
join roster_enrolment e on e.classroom_id = s.classroom_id
join people_person p on p.id = e.person_id
left join gradebook_mark_row r on r.sheet_id = s.id and r.enrolment_id = e.id
where s.id = any(%s)
order by s.id, e.sort_key, e.id
"""
_CLASS_NAMES = """
select k.name from roster_classroom k
where k.school_id = (select school_id from roster_classroom where id = %s) and k.year_id = %s
"""


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A sheet that the actor writes."""

    id: int
    kind: str
    term: int
    classroom_id: int
    class_name: str
    subject_name: str
    subject_short: str
    subject_words: str
    term_starts_on: date

    @property
    def wordings(self) -> tuple[str, ...]:
        """How files may call its subject."""
        if self.kind == "conduct":
            return ("rèn luyện", "hạnh kiểm", "chuyên cần")
        if self.kind == "traits":
            return ("phẩm chất", "năng lực")
        return tuple(
            one.strip()
            for one in (self.subject_name, self.subject_short, *self.subject_words.split("|"))
            if one.strip()
        )


@dataclass(frozen=True, slots=True)
class FilePupil:
    """A pupil of a sheet with what a file may call them."""

    row: Row
    code: str
    ministry_code: str
    birth_date: date | None

    @property
    def shown_code(self) -> str:
        """The code that files carry."""
        return self.ministry_code or self.code


def own_sheets(actor: Actor, year: int) -> list[OwnSheet]:
    """The sheets of a school year that the actor writes: own courses, own class; one statement."""
    courses = actor.reach("gradebook.enter").course_ids
    rooms = actor.reach("gradebook.enter_class").class_ids
    if not courses and not rooms:
        return []
    return [OwnSheet(*row) for row in fetch(_OWN, [year, list(courses), list(rooms)])]


def all_pupils(frames: Iterable[Frame]) -> dict[int, list[FilePupil]]:
    """The pupils of sheets with their rows, in Vietnamese order, by sheet; one statement."""
    found: dict[int, list[FilePupil]] = {frame.id: [] for frame in frames}
    widths = {frame.id: frame.width for frame in frames}
    for sheet_id, *row, code, ministry, born in fetch(_PUPILS, [list(found)]):
        width = widths[sheet_id]
        row[6] = [*(row[6] or ()), *([None] * width)][: max(width, len(row[6] or ()))]
        row[7], row[8] = row[7] or "", row[8] or ""
        found[sheet_id].append(FilePupil(Row(*row), code, ministry, born))
    return found


def all_counted(pupils: Sequence[FilePupil]) -> list[FilePupil]:
    """Those who are of the class today."""
    return [pupil for pupil in pupils if pupil.row.status in OF_CLASS]


def all_frames_of(sheet_ids: Iterable[int]) -> dict[int, Frame]:
    """Frames by sheet, for sheets the caller found by right."""
    return all_frames(sheet_ids)


def readable(actor: Actor, sheet_ids: Sequence[int]) -> list[Sheet]:
    """The rows of sheets the actor may read, in the order given."""
    found = Sheet.objects.visible_to(actor, "gradebook.view").in_bulk(list(sheet_ids))
    return [found[pk] for pk in sheet_ids if pk in found]


def all_class_names(classroom_id: int, year: int) -> list[str]:
    """The names of all classes of a school: no secret among its teachers."""
    return [row[0] for row in fetch(_CLASS_NAMES, [classroom_id, year])]


def given_file(actor: Actor, pk: int) -> StoredFile | None:
    """A file of marks that the actor gave; nobody else's."""
    found: Any = StoredFile.objects.filter(
        pk=pk, owner_id=actor.person_id, purpose=PURPOSE, erased_at__isnull=True
    ).first()
    return found if actor.person_id is not None else None


def given_files(actor: Actor, limit: int = 8) -> list[StoredFile]:
    """The last files of marks that the actor gave."""
    if actor.person_id is None:
        return []
    return list(
        StoredFile.objects.filter(owner_id=actor.person_id, purpose=PURPOSE, erased_at__isnull=True).order_by(
            "-pk"
        )[:limit]
    )
