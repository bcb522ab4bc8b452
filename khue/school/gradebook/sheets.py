"""Sheets follow the courses: made when a class or course is, changed with its periods, gone with an empty course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work
from khue.registry.curriculum.programme import PERIODS_OF_TOPIC
from khue.registry.roster.models import Classroom
from khue.school.gradebook.actions.marks import average_of, open_the_wall
from khue.school.gradebook.layout import MAX_REGULAR
from khue.school.gradebook.models import OF_CLASS, MarkRow, Sheet, SheetKind
from khue.school.gradebook.queries.frames import all_frames
from khue.school.gradebook.rules.columns import COMMENT_REGULARS, regular_count
from khue.school.gradebook.rules.rule_sets import NoRuleSet, rule_set

TERMS = (1, 2)
FIELDS = [
    "year_id", "school_id", "classroom_id", "course_id", "kind", "term", "rule_set", "regular", "has_topic",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet as it should be."""

    course_id: int | None
    kind: str
    term: int
    rule_set: str
    regular: int
    has_topic: bool

    @property
    def key(self) -> tuple[int | None, str, int]:
        """What tells it from the class's other sheets."""
        return self.course_id, self.kind, self.term


_COURSES = """
select c.classroom_id, c.id, c.periods_a_year, c.assessed_by, p.periods_a_year
from curriculum_course c join roster_classroom k on k.id = c.classroom_id
left join curriculum_subject_plan p on p.subject_id = c.subject_id and p.level = k.level and p.grade = k.grade
  and p.kind <> 'topic' and p.valid_from <= k.year_id and (p.valid_to is null or p.valid_to > k.year_id)
where c.classroom_id = any(%s)
"""


def pages_of(level: str, grade: int, year: int, courses: Iterable[Sequence[Any]]) -> list[Page]:
    """The sheets a class should have; courses are (id, periods a year, assessed by, periods of the plan or None)."""
    try:
        found = rule_set(level, grade, year)
    except NoRuleSet:
        return []
    code = str(found.code)
    pages = []
    if level == "MN":
        return [Page(pk, SheetKind.OBSERVATION, t, code, 0, False) for pk, *_rest in courses for t in TERMS]
    for pk, periods, assessed_by, planned in courses:
        base = planned if planned and periods - planned == PERIODS_OF_TOPIC else periods
        for term in TERMS:
            regular, topic = 0, False
            if found.has_semester_averages:
                scored = assessed_by == "marks"
                regular = regular_count(max(base, 1)) if scored else COMMENT_REGULARS
                topic = scored and base != periods and term == found.choices.topic_semester
            pages.append(Page(pk, SheetKind.SUBJECT, term, code, min(regular, MAX_REGULAR), topic))
    own = SheetKind.TRAITS if level == "TH" else SheetKind.CONDUCT
    return [*pages, *(Page(None, own, term, code, 0, False) for term in TERMS)]


def follow(work: Work, rooms: Sequence[Classroom]) -> int:
    """Give classes the sheets their courses ask for; gives how many were made.

    Raises DomainError when a course or column that goes has marks already.
    """
    ids = [room.pk for room in rooms]
    courses: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COURSES, [ids])
        for classroom_id, *rest in cursor.fetchall():
            courses.setdefault(classroom_id, []).append(tuple(rest))
    there: dict[int, dict[tuple[int | None, str, int], Sheet]] = {}
    for sheet in Sheet.objects.select_for_update().filter(classroom_id__in=ids):
        there.setdefault(sheet.classroom_id, {})[sheet.course_id, sheet.kind, sheet.term] = sheet
    new: list[list[Any]] = []
    changed: dict[int, tuple[list[Any], list[Any]]] = {}
    gone: list[int] = []
    for room in rooms:
        known = there.get(room.pk, {})
        wanted = pages_of(room.level, room.grade, room.year_id, courses.get(room.pk, ()))
        for page in wanted:
            old = known.get(page.key)
            if old is None:
                new.append(
                    [room.year_id, room.school_id, room.pk, page.course_id, page.kind, page.term, page.rule_set,
                     page.regular, page.has_topic]
                )  # fmt: skip
            elif (old.regular, old.has_topic, old.school_id) != (
                page.regular,
                page.has_topic,
                room.school_id,
            ):
                changed[old.pk] = (
                    [old.regular, old.has_topic, old.school_id],
                    [page.regular, page.has_topic, room.school_id],
                )
        gone += [sheet.pk for key, sheet in known.items() if key not in {page.key for page in wanted}]
    if gone and MarkRow.objects.filter(sheet_id__in=gone).exists():
        raise DomainError(_("Có môn đã vào điểm, không bỏ được. Xóa điểm của môn trước."))
    work.remove_many(Sheet, gone)
    work.change_many(Sheet, ["regular", "has_topic", "school_id"], changed)
    _follow_columns(work, [pk for pk, (before, after) in changed.items() if before[:2] != after[:2]])
    work.create_many(Sheet, FIELDS, new)
    return len(new)


def _follow_columns(work: Work, sheet_ids: Sequence[int]) -> None:
    """Averages follow columns that came or went; a column that holds marks of pupils of the class does not go."""
    frames = all_frames(sheet_ids) if sheet_ids else {}
    changed: dict[int, tuple[list[Any], list[Any]]] = {}
    rows = MarkRow.objects.filter(sheet_id__in=list(frames)).select_related("enrolment").order_by("pk")
    for row in rows:
        found = frames[row.sheet_id]
        slots = {column.slot for column in found.columns}
        if (
            any(value is not None and slot not in slots for slot, value in enumerate(row.marks))
            and row.enrolment.classroom_id == found.classroom_id
            and row.enrolment.status in OF_CLASS  # nobody can take back the marks of who left
        ):
            raise DomainError(_("Có cột đã vào điểm, không bỏ được. Xóa điểm của cột trước."))
        values = [*row.marks, *([None] * (found.width - len(row.marks)))]
        average = average_of(found, values)
        if average != row.average:
            changed[row.pk] = ([row.average], [average])
    if changed:
        open_the_wall()
        work.change_many(MarkRow, ["average"], changed, is_touched=False)
