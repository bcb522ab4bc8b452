"""The rows of one sheet: 45 pupils by 8 marks in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from khue.kernel.statements import fetch
from khue.registry.roster.models import COUNTED
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
        """Whether marks are owed: the pupil is of the class today."""
        return self.status in COUNTED

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
