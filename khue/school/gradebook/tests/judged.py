"""Classes with all their marks, for tests of results: a mark on every column, conduct and absences, by the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.registry.curriculum.models import Course, Subject
from khue.registry.roster.models import Classroom
from khue.school.gradebook import actions, queries, sheets
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.layout import Kind
from khue.school.gradebook.models import Deadline, Sheet, SheetKind
from tests.cast import Cast, make_enrolment, make_person

SYSTEM = Actor.system("gradebook.test")
SCORED = ("TOAN", "NGU_VAN", "NGOAI_NGU_1", "GDCD", "LS_DL", "KHTN", "CONG_NGHE", "TIN_HOC")
COMMENTS = ("GDTC", "NGHE_THUAT", "HDTN", "GDDP")
PRIMARY = ("TIENG_VIET", "TOAN", "DAO_DUC", "TNXH", "GDTC", "NGHE_THUAT", "HDTN")


def add_courses(
    room: Classroom, scored: Sequence[str], comments: Sequence[str] = (), periods: int = 70
) -> None:
    """Courses of a class, with their sheets and days far off."""
    for code in (*scored, *comments):
        subject, _made = Subject.objects.get_or_create(
            code=code,
            defaults={"name": f"Môn {code}", "name_en": code, "short_name": code[:6], "order": 9},
        )
        Course.objects.get_or_create(
            year=room.year, school=room.school, classroom=room, subject=subject,
            defaults={"periods_a_year": periods, "assessed_by": "marks" if code in scored else "comments"},
        )  # fmt: skip
    sheets.follow(Work(SYSTEM, "gradebook.test", []), [room])


def open_days(cast: Cast) -> None:
    """No column locks by its day while a test runs."""
    codes = {column.code for sheet in Sheet.objects.all() for column in queries.all_frame(sheet.pk).columns}
    Deadline.objects.bulk_create(
        [
            Deadline(
                unit=cast.department, year=cast.year, term=term, column=code, due_on=date(2099, 1, 1),
                locks_on=date(2099, 2, 1),
            )
            for term in (1, 2)
            for code in sorted(codes)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def pupils(room: Classroom, count: int, first: int = 0) -> list[int]:
    """New pupils of a class; their enrolments' ids."""
    people = [
        make_person(f"Nông Văn {chr(65 + n // 26)}{chr(65 + n % 26)}", birth_date=date(2013, 1, 1), sex=1)
        for n in range(first, first + count)
    ]
    return [make_enrolment(person, room).pk for person in people]


def give(room: Classroom, subject: str, term: int, marks: Mapping[int, int]) -> None:
    """Give pupils the same mark in every column of a subject, so that it is their average."""
    sheet = Sheet.objects.get(classroom=room, course__subject_id=subject, term=term)
    found = queries.all_frame(sheet.pk)
    cells = [
        Cell(pk, column.slot, None, mark)
        for pk, mark in marks.items()
        for column in found.columns
        if column.is_required and column.kind != Kind.TEST
    ]
    outcome = actions.enter_marks(SYSTEM, sheet, cells=cells)
    assert not outcome.refusals, outcome.refusals


def behave(room: Classroom, term: int, values: Mapping[int, tuple[int | None, int, int]]) -> None:
    """Conduct (3 Tốt .. 0), absences with and without leave of a term."""
    sheet = Sheet.objects.get(classroom=room, kind=SheetKind.CONDUCT, term=term)
    cells = [
        Cell(pk, slot, None, one)
        for pk, row in values.items()
        for slot, one in enumerate(row)
        if one is not None
    ]
    outcome = actions.enter_class_marks(SYSTEM, sheet, cells=cells)
    assert not outcome.refusals, outcome.refusals


def complete(
    room: Classroom, averages: Mapping[int, Sequence[int]], comments: Mapping[int, Sequence[int]] | None = None, *,
    conduct: int = 3, absences: int = 0, scored: Sequence[str] = SCORED, by_words: Sequence[str] = COMMENTS,
    terms: Sequence[int] = (1, 2),
) -> None:  # fmt: skip
    """Give every pupil averages (tenths, by `scored`) and Đ or CĐ (by `by_words`) in both terms, conduct, absences."""
    for term in terms:
        for place, subject in enumerate(scored):
            give(room, subject, term, {pk: row[place] for pk, row in averages.items()})
        for place, subject in enumerate(by_words):
            give(
                room,
                subject,
                term,
                {pk: (comments or {}).get(pk, (1,) * len(by_words))[place] for pk in averages},
            )
        behave(room, term, dict.fromkeys(averages, (conduct, absences if term == 1 else 0, 0)))


def complete_primary(
    room: Classroom, levels: Mapping[int, Mapping[str, int]], tests: Mapping[int, Mapping[str, int]],
    traits: Mapping[int, int],
) -> None:  # fmt: skip
    """The same of a primary class: levels and tests by subject, one rank for all qualities; both terms."""
    for sheet in Sheet.objects.filter(classroom=room).order_by("pk"):
        found = queries.all_frame(sheet.pk)
        for_class = sheet.kind == SheetKind.TRAITS
        wanted = []
        for pk in levels:
            for column in found.columns:
                if for_class:
                    value = traits[pk] if column.is_required else None
                elif column.kind == Kind.TEST:
                    value = tests[pk].get(found.subject, 100)
                else:
                    value = levels[pk].get(found.subject, 2)
                if value is not None:
                    wanted.append(Cell(pk, column.slot, None, value))
        enter = actions.enter_class_marks if for_class else actions.enter_marks
        outcome = enter(SYSTEM, sheet, cells=wanted)
        assert not outcome.refusals, outcome.refusals
