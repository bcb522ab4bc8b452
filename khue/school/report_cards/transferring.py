"""From the gradebook in mid-year to the sheet of partial results that goes with a pupil (rules/02 section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.utils import translation

from khue.school.gradebook import cells, judging
from khue.school.gradebook.judging import TERMS, Stored
from khue.school.gradebook.judging import Pupil as Judged
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.queries.pupils import PupilSheet
from khue.school.report_cards.composing import (
    CIRCULARS,
    director_title,
    form_of,
    full_school_name,
    lower_first,
    place_of,
    pupil_of,
)
from khue.school.report_cards.printing.shape import (
    PartialLine,
    School,
    Signer,
    TransferData,
)
from khue.school.report_cards.queries.facts import ClassFacts

REGULAR: Final = ("tx", "m", "p", "v", "cd")  # how codes of columns begin, middle and end apart


def sheet_of(
    facts: ClassFacts,
    judged: Judged,
    sheets: Iterable[PupilSheet],
    *,
    province: str,
    to_school: str,
    term: int,
    as_of: date,
    reason: str,
    number: str,
) -> TransferData:
    """What the pupil has until a day in the open semester, in Vietnamese whoever composes it."""
    with translation.override("vi"):
        own = list(sheets)
        room = facts.room
        first = judged.stored.get(1) if term == max(TERMS) else None
        closed = first.verdict if first is not None and first.is_approved else None
        excused, other = _absences(own, term)
        return TransferData(
            form=form_of(room),
            circular=CIRCULARS[str(room.rules.code)],
            pupil=pupil_of(facts.people[judged.person_id]),
            school=School(
                full_school_name(facts.school_name), lower_first(facts.commune), lower_first(province),
                facts.school_code,
            ),
            to_school=to_school,
            year=room.year_id,
            grade=room.grade,
            classroom=room.name,
            term=term,
            as_of=as_of,
            homeroom=Signer(facts.homeroom),
            principal=Signer(facts.principal, director_title(room)),
            lines=tuple(
                _line(facts, one, first)
                for one in own
                if one.term == term and one.kind == SheetKind.SUBJECT
            ),
            learning_first=closed.learning if closed else "",
            conduct_first=closed.conduct if closed else "",
            absences_excused=excused,
            absences_unexcused=other,
            reason=reason,
            comment=facts.comments.get((judged.enrolment_id, ""), ""),
            number=number,
            place=place_of(facts.commune),
            signed_on=as_of,
        )  # fmt: skip


def _line(facts: ClassFacts, sheet: PupilSheet, first: Stored | None) -> PartialLine:
    shown = {column.code: _shown(sheet, column.slot) for column in sheet.columns}
    course = next((one for one in facts.room.courses if one.subject == sheet.subject), None)
    before = first.subjects.get(sheet.subject) if first is not None and first.is_approved else None
    regular = [text for code, text in shown.items() if text and _is_regular(code)]
    return PartialLine(
        code=sheet.subject,
        name=sheet.subject_name,
        by_marks=sheet.assessed_by == "marks",
        regular=tuple(regular),
        middle=shown.get("gk", ""),
        end=shown.get("ck", "") or shown.get("hk", ""),
        average=shown.get("ckb", "") or shown.get("gkb", "") or _result(sheet.average, course),
        first=_result(before, course),
        comment=sheet.comment,
        teacher=facts.teachers.get(sheet.subject, ""),
    )


def _is_regular(code: str) -> bool:
    return code == "cd" or (code.rstrip("0123456789") in REGULAR and code[-1:].isdigit())


def _shown(sheet: PupilSheet, slot: int) -> str:
    column = next(one for one in sheet.columns if one.slot == slot)
    return cells.show(column, sheet.value(slot)).replace(",", ".")


def _result(value: int | None, course: judging.Course | None) -> str:
    if value is None or course is None:
        return ""
    return cells.show_average(value, course.assessed).replace(",", ".")


def _absences(sheets: Iterable[PupilSheet], term: int) -> tuple[int | None, int | None]:
    """Half-day sessions of absence with and without leave until now, of the terms begun; None when nobody wrote any."""
    excused: list[int] = []
    other: list[int] = []
    for sheet in sheets:
        if sheet.kind == SheetKind.CONDUCT and sheet.term <= term:
            for slot, found in ((1, excused), (2, other)):
                value = sheet.value(slot)
                if value is not None and value >= 0:
                    found.append(value)
    return (sum(excused) if excused else None), (sum(other) if other else None)
