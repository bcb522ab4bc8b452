"""Pupils who leave a class and come back to it: their marks come back with them, and the counters are right."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import date

import pytest
from django.db import connection, transaction
from django.utils import timezone

from khue.registry.roster import actions as roster
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gradebook import actions, cells
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.tests import judged
from khue.school.gradebook.tests.places import open_sheets
from tests.cast import Cast, make_class
from tests.races import held

DAY = max(timezone.localdate(), date(2026, 9, 6))


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


@pytest.fixture
def second(cast: Cast, sheet: Sheet) -> Sheet:
    """Toán of 8A5."""
    return Sheet.objects.get(classroom=cast.second_classroom, course__subject_id="TOAN", term=1)


def move(cast: Cast, room: Classroom) -> None:
    enrolment = Enrolment.objects.get(pk=cast.enrolments["an"].pk)
    roster.place_pupils(cast.tam, [enrolment], classroom_id=room.pk, on=DAY)


def put(cast: Cast, sheet: Sheet, slot: int, seen: int | None, value: int) -> None:
    wanted = [Cell(cast.enrolments["an"].pk, slot, seen, value)]
    assert not actions.enter_marks(judged.SYSTEM, sheet, cells=wanted).refusals


def row_of(cast: Cast, sheet: Sheet) -> MarkRow:
    return MarkRow.objects.get(sheet=sheet, enrolment=cast.enrolments["an"])


def filled(*found: Sheet) -> list[int]:
    for sheet in found:
        sheet.refresh_from_db()
    return [sheet.filled[0] for sheet in found]


def test_who_comes_back_finds_there_what_the_class_between_wrote(
    cast: Cast, sheet: Sheet, second: Sheet
) -> None:
    an = cast.enrolments["an"].pk
    put(cast, sheet, 0, None, 80)
    actions.enter_marks(cast.lan, sheet, remarks=[Remark(an, "", "Chăm học.")])
    move(cast, cast.second_classroom)
    put(cast, second, 1, None, 90)
    move(cast, cast.classroom)
    row = row_of(cast, sheet)
    assert (row.marks[:2], row.comment) == ([80, 90], "Chăm học.")
    assert row.sources[:2] == cells.TYPED + cells.BROUGHT


def test_a_mark_put_right_in_between_stays_right_and_is_counted_once(
    cast: Cast, sheet: Sheet, second: Sheet
) -> None:
    put(cast, sheet, 0, None, 80)
    move(cast, cast.second_classroom)
    put(cast, second, 0, 80, 85)
    assert filled(sheet, second) == [0, 1]
    move(cast, cast.classroom)
    assert row_of(cast, sheet).marks[0] == 85
    assert filled(sheet, second) == [1, 0]


def test_the_class_just_left_is_believed_before_one_left_earlier(
    cast: Cast, sheet: Sheet, second: Sheet
) -> None:
    put(cast, sheet, 0, None, 80)
    move(cast, cast.second_classroom)
    move(cast, cast.classroom)
    put(cast, sheet, 0, 80, 95)
    third = make_class("8A9", cast.school, cast.year, 8)
    judged.add_courses(third, ("TOAN",))
    move(cast, third)
    assert row_of(cast, Sheet.objects.get(classroom=third, course__subject_id="TOAN", term=1)).marks[0] == 95


def test_who_goes_to_a_class_without_the_subject_is_counted_in_the_old_one_no_more(
    cast: Cast, sheet: Sheet
) -> None:
    put(cast, sheet, 0, None, 80)
    third = make_class("8A9", cast.school, cast.year, 8)
    move(cast, third)
    assert filled(sheet) == [0]


@pytest.mark.django_db(transaction=True)
def test_who_comes_back_waits_for_whoever_is_writing_in_the_class(cast: Cast) -> None:
    with transaction.atomic():
        sheet = open_sheets(cast)
    second = Sheet.objects.get(classroom=cast.second_classroom, course__subject_id="TOAN", term=1)
    put(cast, sheet, 0, None, 80)
    move(cast, cast.second_classroom)
    put(cast, second, 1, None, 90)

    def come_back() -> None:
        with closing(connection):
            move(cast, cast.classroom)

    written = (  # what enter_marks does, held before its commit
        "select set_config('khue.writes_marks', 'yes', true)",
        f"select 1 from gradebook_sheet where id = {sheet.pk} for update",
        f"update gradebook_mark_row set marks[3] = 70 where sheet_id = {sheet.pk}",
    )
    with held(*written) as release:
        thread = threading.Thread(target=come_back)
        thread.start()
        release(thread)
    thread.join(60)
    assert row_of(cast, sheet).marks[:3] == [80, 90, 70]
