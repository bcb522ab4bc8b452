"""Absences come from roll call: the 45-session rule works without typing (rules/15 T1), differing figures are shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from khue.kernel.actions import NotVisible
from khue.registry.calendar.models import Term
from khue.registry.roster.models import Enrolment
from khue.school.attendance.models import Sheet as Roll
from khue.school.attendance.tests.rolls import before, lessons, today, write_rolls
from khue.school.gradebook import absence_jobs
from khue.school.gradebook.actions.absences import fill_absences
from khue.school.gradebook.actions.marks import Cell, enter_class_marks, open_the_wall
from khue.school.gradebook.judging import YEAR, judge
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.queries import results
from khue.school.gradebook.tests.places import add_course, open_sheets
from tests.cast import Cast


def _kept(cast: Cast, absent: int, present: int = 4) -> tuple[Sheet, int]:
    """A term that began lately and whose every day has lessons; An was away so many mornings of it."""
    days = before(absent + present)
    Term.objects.filter(year=cast.year, number=1).update(
        starts_on=days[-1], ends_on=today() + timedelta(days=30)
    )
    Term.objects.filter(year=cast.year, number=2).update(
        starts_on=today() + timedelta(days=31), ends_on=today() + timedelta(days=150)
    )
    open_sheets(cast)
    Enrolment.objects.update(joined_on=days[-1])
    lessons(cast, *days)
    pk = cast.enrolments["an"].pk
    write_rolls(cast, days[:absent], [pk], code="K")
    write_rolls(cast, days[absent:])
    return Sheet.objects.get(classroom=cast.classroom, kind="conduct", term=1), pk


def test_t1_the_rule_of_forty_five_sessions_works_by_itself(cast: Cast) -> None:
    """44 sessions and two more: 46, not promoted; one fewer and the pupil goes up (rules/01 A8)."""
    for code in ("NGU_VAN", "KHTN", "LS_DL", "GDCD", "TIN_HOC", "CONG_NGHE"):
        add_course(cast, code, code, "lan")
    _sheet, pk = _kept(cast, 46)
    for term in (1, 2):
        pages = Sheet.objects.filter(classroom=cast.classroom, kind="subject", term=term)
        person = cast.people["an"]
        open_the_wall()
        MarkRow.objects.bulk_create(
            [MarkRow(sheet=one, enrolment_id=pk, person=person, marks=[80] * 7, average=80) for one in pages]
        )
        behaved = Sheet.objects.get(classroom=cast.classroom, kind="conduct", term=term)
        absences = [None, None] if term == 1 else [0, 0]
        open_the_wall()
        MarkRow.objects.bulk_create(
            [
                MarkRow(
                    sheet=behaved,
                    enrolment_id=pk,
                    person=cast.people["an"],
                    marks=[3, *absences],
                    sources="k--",
                )
            ]
        )
    assert _outcome(cast, pk) == (46, "O_LAI")
    day = Roll.objects.filter(classroom=cast.classroom, unexcused=1).latest("day").day
    answer = cast.client("hung").post(
        reverse("attendance:roll", args=[cast.classroom.pk]),
        {
            "ngay": f"{day:%Y-%m-%d}",
            "buoi": "S",
            "version": "1",
            f"m{pk}": "",
            "reason": "Em có mặt",
            "_key": "1",
        },
    )
    assert answer.status_code == 302
    assert _outcome(cast, pk) == (45, "LEN_LOP")


def _outcome(cast: Cast, pk: int) -> tuple[int | None, str]:
    (room,) = results.all_rooms([cast.classroom.pk], results.all_choices())
    pupil = next(one for one in results.all_pupils([room.id])[room.id] if one.enrolment_id == pk)
    verdict = judge(room, pupil)[YEAR]
    return verdict.absences, verdict.outcome


def test_the_sheet_is_filled_with_its_source_and_what_was_typed_stays_beside(cast: Cast) -> None:
    sheet, pk = _kept(cast, 3)
    lan = cast.client("lan")
    page = lan.get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    assert "Số buổi vắng lấy từ sổ điểm danh" in page
    assert lan.post(reverse("gradebook:fill_absences", args=[sheet.pk]), {"_key": "1"}).status_code == 302
    row = MarkRow.objects.get(sheet=sheet)
    assert row.marks[1:3] == [0, 3]
    assert row.sources[1:3] == "dd"
    enter_class_marks(cast.lan, sheet, cells=[Cell(pk, 2, 3, 7)])
    page = lan.get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    assert "đã gõ P 0, K 7" in page
    assert "sổ điểm danh P 0, K 3" in page
    fill_absences(cast.lan, sheet)
    assert MarkRow.objects.get(sheet=sheet).marks[2] == 7
    fill_absences(cast.lan, sheet, also_typed=True)
    assert MarkRow.objects.get(sheet=sheet).marks[2] == 3


def test_the_sheets_are_filled_once_a_week(cast: Cast) -> None:
    sheet, _pk = _kept(cast, 2)
    assert absence_jobs.fill() == 1
    assert MarkRow.objects.get(sheet=sheet).marks[1:3] == [0, 2]
    assert absence_jobs.fill() == 0


def test_a_class_that_keeps_no_roll_here_types_its_figures(cast: Cast) -> None:
    sheet, pk = _kept(cast, 2)
    Roll.objects.filter(classroom=cast.classroom).update(taken_at=None)
    with pytest.raises(NotVisible):
        fill_absences(cast.lan, sheet)
    assert results.all_pupils([cast.classroom.pk])[cast.classroom.pk][0].rolled == {}
    enter_class_marks(cast.lan, sheet, cells=[Cell(pk, 1, None, 4), Cell(pk, 2, None, 5)])
    (room,) = results.all_rooms([cast.classroom.pk], results.all_choices())
    pupil = results.all_pupils([cast.classroom.pk])[cast.classroom.pk][0]
    assert judge(room, pupil)[1].absences == 9
