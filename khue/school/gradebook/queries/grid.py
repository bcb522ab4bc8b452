"""The rows of one sheet: 45 pupils by 8 marks in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from khue.kernel.statements import fetch
from khue.lib.names import fold
from khue.school.gradebook.models import OF_CLASS
from khue.school.gradebook.queries.frames import Frame

_ROWS = """
select e.id, p.full_name, p.given_name, e.status, e.joined_on, r.id, r.marks, r.sources, r.comment, r.average, p.id
from roster_enrolment e
join people_person p on p.id = e.person_id
left join gradebook_mark_row r on r.sheet_id = %s and r.enrolment_id = e.id
where e.classroom_id = %s
order by e.sort_key, e.id
"""


@dataclass(slots=True)
class Row:
    """A pupil of the class with what the sheet holds of them."""

    enrolment_id: int
    full_name: str
    given_name: str
    status: str
    joined_on: Any
    row_id: int | None
    marks: list[int | None]
    sources: str
    comment: str
    average: int | None
    person_id: int

    @property
    def is_counted(self) -> bool:
        """Whether marks are owed: the pupil is of the class, or finished school in it."""
        return self.status in OF_CLASS

    @property
    def family_name(self) -> str:
        """What stands before the given name."""
        return self.full_name[: -len(self.given_name)] if self.given_name else self.full_name


def all_rows(found: Frame) -> list[Row]:
    """Everybody of the class in Vietnamese order, those who left included."""
    empty: list[int | None] = [None] * found.width
    return [
        Row(
            pk,
            full,
            given or "",
            status,
            joined,
            row_id,
            _padded(marks, found.width) if marks else list(empty),
            sources or "",
            comment or "",
            average,
            person,
        )
        for pk, full, given, status, joined, row_id, marks, sources, comment, average, person in fetch(
            _ROWS, [found.id, found.classroom_id]
        )
    ]


def _padded(marks: list[int | None], width: int) -> list[int | None]:
    return marks if len(marks) >= width else [*marks, *([None] * (width - len(marks)))]


_CODES = """
select e.id, p.code from roster_enrolment e join people_person p on p.id = e.person_id where e.classroom_id = %s
"""
_ELSEWHERE = """
select p.full_name, p.code, k.name from roster_enrolment e
join people_person p on p.id = e.person_id join roster_classroom k on k.id = e.classroom_id
where e.school_id = %s and e.year_id = %s and e.grade = %s and e.classroom_id <> %s
  and e.status in ('studying', 'suspended')
"""


def all_codes(found: Frame) -> dict[int, str]:
    """The codes of the class's pupils by enrolment, to match a pasted block."""
    return dict(fetch(_CODES, [found.classroom_id]))


def all_elsewhere(found: Frame) -> dict[str, str]:
    """Pupils of the school's other classes of the grade: folded name, and code in capitals, to the class's name."""
    known: dict[str, str] = {}
    for name, code, classroom in fetch(
        _ELSEWHERE, [found.school_id, found.year_id, found.grade, found.classroom_id]
    ):
        known[fold(name)] = classroom
        known[code.upper()] = classroom
    return known


_FAMILIES = """
select count(distinct g.guardian_id) from roster_enrolment e
join roster_guardianship g on g.pupil_id = e.person_id and g.ends_on is null and g.may_view
where e.classroom_id = %s and e.status in ('studying', 'suspended', 'completed')
"""


def all_families(found: Frame) -> int:
    """How many parents and guardians the class's pupils have: who may read what is published."""
    return int(fetch(_FAMILIES, [found.classroom_id])[0][0])
