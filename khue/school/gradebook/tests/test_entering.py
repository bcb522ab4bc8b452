"""Lan writes marks; Hùng, Tâm, Sơn and Mai do not; nothing is overwritten silently and nothing locked moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from khue.kernel.actions import NotAllowed, NotVisible
from khue.kernel.audit.models import Entry, Payload
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.models import Deadline, MarkRow, Review, Sheet, SheetKind, Unlock
from khue.school.gradebook.tests.places import SLOT, add_course, classmates, open_sheets
from tests.cast import Cast


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def an(cast: Cast) -> int:
    return cast.enrolments["an"].pk


def put(
    cast: Cast, sheet: Sheet, who: str = "lan", seen: int | None = None, **marks: int | None
) -> actions.Outcome:
    wanted = [Cell(an(cast), SLOT[code], seen, value) for code, value in marks.items()]
    return actions.enter_marks(cast.actor(who), sheet, cells=wanted)


def marks_of(cast: Cast, sheet: Sheet) -> list[int | None]:
    return MarkRow.objects.get(sheet=sheet, enrolment=an(cast)).marks


def lock(cast: Cast, column: str, days_ago: int = 1) -> Deadline:
    today = timezone.localdate()
    return Deadline.objects.create(
        unit=cast.school, year=cast.year, term=1, column=column,
        due_on=today - timedelta(days=days_ago + 7), locks_on=today - timedelta(days=days_ago),
    )  # fmt: skip


def test_lan_writes_marks_and_the_average_is_that_of_the_circular(cast: Cast, sheet: Sheet) -> None:
    outcome = put(cast, sheet, tx1=80, tx2=90, tx3=70, tx4=80, gk=75, ck=80)
    assert outcome.averages == {an(cast): 79}
    row = MarkRow.objects.get(sheet=sheet)
    assert (row.marks[:7], row.average, row.sources) == ([80, 90, 70, 80, None, 75, 80], 79, "kkkk-kk")
    sheet.refresh_from_db()
    assert sheet.filled[:4] == [1, 1, 1, 1]
    assert sheet.touched_by == cast.people["lan"]


def test_one_entry_of_the_record_says_what_was_and_what_is(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80)
    before = Entry.objects.count()
    put(cast, sheet, seen=80, tx1=85)
    entry = Entry.objects.order_by("-pk")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.target) == ("gradebook.enter_marks", f"gradebook.sheet:{sheet.pk}")
    body = Payload.objects.get(entry=entry).body
    assert "[80," in body
    assert "[85," in body


def test_an_average_waits_for_every_mark(cast: Cast, sheet: Sheet) -> None:
    assert put(cast, sheet, tx1=80, tx2=90, tx3=70, tx4=80, gk=75).averages == {an(cast): None}
    assert put(cast, sheet, ck=cells.ABSENT).averages == {an(cast): None}


def test_what_another_wrote_meanwhile_is_given_back_not_overwritten(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80)
    outcome = put(cast, sheet, seen=None, tx1=75, tx2=60)
    assert [(clash.slot, clash.now) for clash in outcome.clashes] == [(0, 80)]
    assert marks_of(cast, sheet)[:2] == [80, 60]


def test_the_same_marks_sent_again_are_written_once(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80)
    version = MarkRow.objects.get(sheet=sheet).version
    outcome = put(cast, sheet, seen=None, tx1=80)
    assert len(outcome.written) == 1
    assert not outcome.clashes
    assert MarkRow.objects.get(sheet=sheet).version == version


@pytest.mark.parametrize("who", ["hung", "tam", "son", "ha", "binh", "an"])
def test_nobody_but_the_teacher_of_the_course_writes(cast: Cast, sheet: Sheet, who: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        put(cast, sheet, who, tx1=100)
    assert not MarkRow.objects.exists()


def test_mai_neither_sees_nor_writes(cast: Cast, sheet: Sheet) -> None:
    assert queries.frame(cast.mai, sheet.pk) is None
    with pytest.raises((NotAllowed, NotVisible)):
        put(cast, sheet, "mai", tx1=100)


def test_a_teacher_of_the_class_sees_only_her_own_subject(cast: Cast, sheet: Sheet) -> None:
    course = add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    work_sheet = open_sheets(cast)
    literature = Sheet.objects.get(course=course, term=1)
    mai = cast.actor("mai", wanted=f"teacher:{cast.school.pk}")
    assert queries.frame(mai, literature.pk) is not None
    assert queries.frame(mai, work_sheet.pk) is None


def test_a_locked_column_is_not_written_and_the_others_are(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80)
    lock(cast, "tx1")
    outcome = put(cast, sheet, seen=80, tx1=90)
    assert "đã khóa" in outcome.refusals[0].message
    assert marks_of(cast, sheet)[0] == 80
    assert put(cast, sheet, tx2=70).written


def test_the_department_s_day_locks_and_the_school_s_own_comes_first(cast: Cast, sheet: Sheet) -> None:
    today = timezone.localdate()
    day = Deadline.objects.create(
        unit=cast.department,
        year=cast.year,
        term=1,
        column="tx1",
        due_on=today - timedelta(days=9),
        locks_on=today,
    )
    assert put(cast, sheet, tx1=80).refusals
    Deadline.objects.create(
        unit=cast.school,
        year=cast.year,
        term=1,
        column="tx1",
        due_on=day.due_on,
        locks_on=today + timedelta(days=1),
    )
    assert put(cast, sheet, tx1=80).written


def grant(cast: Cast, sheet: Sheet, hours: int, **more: object) -> Unlock:
    return Unlock.objects.create(
        sheet=sheet, slots=[0], reason="Chấm sót câu 3b", asked_by=cast.people["lan"], state="granted",
        decided_by=cast.people["hung"], open_until=timezone.now() + timedelta(hours=hours), **more,
    )  # fmt: skip


def test_an_unlock_opens_its_cells_for_its_time_and_leaves_a_mark(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80, tx2=70)
    lock(cast, "tx1")
    lock(cast, "tx2")
    unlock = grant(cast, sheet, 1)
    assert put(cast, sheet, seen=80, tx1=85).written
    assert put(cast, sheet, seen=70, tx2=75).refusals
    assert MarkRow.objects.get(sheet=sheet).sources[:2] == "Kk"
    body = Payload.objects.order_by("-pk")[1].body
    assert f'"unlocks":[{unlock.pk}]' in body
    Unlock.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    assert put(cast, sheet, seen=85, tx1=90).refusals


def test_an_unlock_for_one_pupil_opens_no_other_s(cast: Cast, sheet: Sheet) -> None:
    other = classmates(cast, 1)[0]
    lock(cast, "tx1")
    grant(cast, sheet, 1, enrolment_id=other)
    assert put(cast, sheet, tx1=85).refusals
    assert actions.enter_marks(cast.lan, sheet, cells=[Cell(other, 0, None, 85)]).written


def test_results_sent_to_the_head_lock_the_sheet(cast: Cast, sheet: Sheet) -> None:
    Review.objects.create(
        classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="submitted"
    )
    assert "trình duyệt" in put(cast, sheet, tx1=80).refusals[0].message


@pytest.mark.parametrize("value", [101, 855, -9, 200, 201])
def test_what_means_nothing_in_the_column_is_refused(cast: Cast, sheet: Sheet, value: int) -> None:
    assert put(cast, sheet, tx1=value).refusals
    assert not MarkRow.objects.exists()


def test_an_exemption_needs_the_number_of_the_decision(cast: Cast, sheet: Sheet) -> None:
    assert "số quyết định" in put(cast, sheet, tx1=cells.EXEMPT).refusals[0].message
    outcome = actions.enter_marks(
        cast.lan, sheet, cells=[Cell(an(cast), 0, None, cells.EXEMPT)], reason="QĐ 12/QĐ-THCS"
    )
    assert outcome.written
    assert Entry.objects.order_by("-pk")[0].reason == "QĐ 12/QĐ-THCS"


def test_a_make_up_test_is_told_from_a_first_one(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, gk=cells.MAKEUP)
    put(cast, sheet, seen=cells.MAKEUP, gk=65)
    assert cells.source_of(MarkRow.objects.get().sources, SLOT["gk"]) == (cells.MADE_UP, False)


def test_comments_are_compared_with_what_was_seen_too(cast: Cast, sheet: Sheet) -> None:
    actions.enter_marks(cast.lan, sheet, remarks=[Remark(an(cast), "", "Chăm,  làm bài  đều.")])
    assert MarkRow.objects.get().comment == "Chăm, làm bài đều."
    outcome = actions.enter_marks(cast.lan, sheet, remarks=[Remark(an(cast), "", "Khác.")])
    assert outcome.clashes[0].text == "Chăm, làm bài đều."


def test_nobody_writes_a_comment_of_who_left(cast: Cast, sheet: Sheet) -> None:
    (gone,) = classmates(cast, 1, status="transferred")
    outcome = actions.enter_marks(cast.lan, sheet, remarks=[Remark(gone, "", "Lười học.")])
    assert [one.message for one in outcome.refusals] == ["Em này không còn học ở lớp."]
    assert not MarkRow.objects.exists()


@pytest.mark.parametrize("text", ["15,²", "15,፩", "²"])
def test_a_digit_of_another_script_is_no_crash(text: str) -> None:
    column = Column(5, "cn", "Cân (kg)", "Cân nặng (kg)", Kind.MEASURE)
    assert cells.read(column, text).question is None


def test_lan_writes_conduct_as_homeroom_teacher_and_not_by_the_door_of_subjects(
    cast: Cast, sheet: Sheet
) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    wanted = [Cell(an(cast), 0, None, 3), Cell(an(cast), 1, None, 4)]
    with pytest.raises((NotVisible, NotAllowed)):
        actions.enter_marks(cast.lan, conduct, cells=wanted)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.enter_class_marks(cast.lan, sheet, cells=wanted)
    assert len(actions.enter_class_marks(cast.lan, conduct, cells=wanted).written) == 2


def test_a_teacher_moved_yesterday_writes_nothing_today(cast: Cast, sheet: Sheet) -> None:
    cast.course.assignments.update(ends_on=timezone.localdate())
    with pytest.raises((NotVisible, NotAllowed)):
        put(cast, sheet, tx1=80)


def test_the_database_refuses_marks_by_any_other_way(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, tx1=80)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select set_config('khue.writes_marks', '', true)")
    with pytest.raises(DatabaseError, match="only by an action"), transaction.atomic():
        MarkRow.objects.update(average=100)
    with pytest.raises(DatabaseError, match="only by an action"), transaction.atomic():
        MarkRow.objects.all()._raw_delete(MarkRow.objects.db)


def test_who_changes_class_brings_the_marks_of_the_same_subjects(cast: Cast, sheet: Sheet) -> None:
    from khue.registry.curriculum.models import Course
    from khue.registry.roster import actions as roster

    Course.objects.get_or_create(
        year=cast.year, school=cast.school, classroom=cast.second_classroom, subject=cast.course.subject,
        defaults={"periods_a_year": 140, "assessed_by": "marks"},
    )  # fmt: skip
    open_sheets(cast)
    put(cast, sheet, tx1=80, tx2=90, tx3=70, tx4=80, gk=75, ck=80)
    roster.place_pupils(
        cast.tam, [cast.enrolments["an"]], classroom_id=cast.second_classroom.pk, on=timezone.localdate()
    )
    row = MarkRow.objects.get(sheet__classroom=cast.second_classroom)
    assert (row.marks[:7], row.average) == ([80, 90, 70, 80, None, 75, 80], 79)
    assert row.sources[0] == cells.BROUGHT
    sheet.refresh_from_db()
    assert sheet.filled[0] == 0
