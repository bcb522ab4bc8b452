"""A mark whose results are approved is put right by the head for who asked: one pupil, and the results follow."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster.models import Enrolment
from khue.school.gradebook import cells
from khue.school.gradebook.actions import results
from khue.school.gradebook.actions.correcting import Put, PutComment, correct_results
from khue.school.gradebook.models import MarkRow, Result, Review, Sheet, Unlock
from khue.school.gradebook.tests import judged
from tests.cast import Cast


@pytest.fixture
def pair(cast: Cast) -> tuple[Enrolment, Enrolment]:
    """Two pupils of 8A3 whose year is approved, both weak in Tin học."""
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    ids = judged.pupils(cast.classroom, 2)
    judged.complete(cast.classroom, {pk: [80] * 7 + [34] for pk in ids})
    results.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    Result.objects.filter(classroom=cast.classroom).update(is_approved=True)
    now = timezone.now()
    for term in (0, 1, 2):
        Review.objects.create(
            classroom=cast.classroom, school=cast.school, year=cast.year, term=term, state="approved",
            approved_by=cast.people["hung"], approved_at=now,
        )  # fmt: skip
    one, two = (Enrolment.objects.get(pk=pk) for pk in ids)
    return one, two


def asker(cast: Cast) -> int:
    return int(cast.people["lan"].pk)


def exam_of(cast: Cast, enrolment: Enrolment) -> tuple[Put, MarkRow]:
    row = MarkRow.objects.get(sheet__course__subject_id="TIN_HOC", sheet__term=2, enrolment=enrolment)
    return Put(row.sheet_id, 6, row.marks[6], 90), row


def test_the_pupil_s_results_follow_and_nobody_else_s_move(cast: Cast, pair: Any) -> None:
    one, two = pair
    put, row = exam_of(cast, one)
    untouched = list(Result.objects.filter(enrolment=two).order_by("pk").values())
    before = Result.objects.get(enrolment=one, term=0)
    done = correct_results(
        cast.hung,
        one,
        cells_put=[put],
        asked_by=asker(cast),
        reason="Cộng nhầm bài cuối kì",
        decision="12/QĐ",
    )
    assert done == 2, "the term and the year"
    row.refresh_from_db()
    assert row.marks[6] == 90
    assert row.sources[6] == "K", "changed after the lock"
    year = Result.objects.get(enrolment=one, term=0)
    assert year.subjects["TIN_HOC"] > before.subjects["TIN_HOC"]
    assert year.is_approved
    assert list(Result.objects.filter(enrolment=two).order_by("pk").values()) == untouched
    assert set(Review.objects.filter(classroom=cast.classroom).values_list("state", flat=True)) == {
        "approved"
    }
    entry = Entry.objects.get(action="gradebook.correct_results")
    assert entry.reason == "Cộng nhầm bài cuối kì"
    assert f"people.person:{one.person_id}" in entry.touched


def test_a_closed_year_is_put_right_as_well(cast: Cast, pair: Any) -> None:
    SchoolYear.objects.filter(pk=cast.year.pk).update(is_closed=True)
    put, _row = exam_of(cast, pair[0])
    assert (
        correct_results(
            cast.hung, pair[0], cells_put=[put], asked_by=asker(cast), reason="Cộng nhầm bài cuối kì"
        )
        == 2
    )


def test_a_comment_is_put_right_without_moving_results(cast: Cast, pair: Any) -> None:
    sheet = Sheet.objects.get(classroom=cast.classroom, course__subject_id="TOAN", term=2)
    seen = MarkRow.objects.get(sheet=sheet, enrolment=pair[0]).comment
    assert (
        correct_results(
            cast.hung,
            pair[0],
            comments=[PutComment(sheet.pk, seen, "Tiến bộ rõ.")],
            asked_by=asker(cast),
            reason="Nhầm tên bạn",
        )
        == 0
    )
    assert MarkRow.objects.get(sheet=sheet, enrolment=pair[0]).comment == "Tiến bộ rõ."


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(cast: Cast, pair: Any) -> None:
    put, row = exam_of(cast, pair[0])
    stale = Put(put.sheet_id, put.slot, 12, put.value)
    with pytest.raises(Conflict):
        correct_results(
            cast.hung, pair[0], cells_put=[stale], asked_by=asker(cast), reason="Cộng nhầm bài cuối kì"
        )
    row.refresh_from_db()
    assert row.marks[6] == put.seen


@pytest.mark.parametrize("value", [None, cells.ABSENT])
def test_an_approved_result_is_not_left_without_a_mark(cast: Cast, pair: Any, value: int | None) -> None:
    put, row = exam_of(cast, pair[0])
    before = list(Result.objects.filter(enrolment=pair[0]).order_by("pk").values())
    with pytest.raises(DomainError, match="kết quả đã duyệt của em bị thiếu"):
        correct_results(
            cast.hung, pair[0], cells_put=[Put(put.sheet_id, put.slot, put.seen, value)], asked_by=asker(cast),
            reason="Cộng nhầm bài cuối kì",
        )  # fmt: skip
    row.refresh_from_db()
    assert row.marks[put.slot] == put.seen
    assert list(Result.objects.filter(enrolment=pair[0]).order_by("pk").values()) == before


@pytest.mark.parametrize("value", [101, -7, 1000])
def test_a_value_that_cannot_be_is_refused(cast: Cast, pair: Any, value: int) -> None:
    put, _row = exam_of(cast, pair[0])
    with pytest.raises(DomainError):
        correct_results(
            cast.hung,
            pair[0],
            cells_put=[Put(put.sheet_id, put.slot, put.seen, value)],
            asked_by=asker(cast),
            reason="Cộng nhầm",
        )


def test_nothing_changed_no_reason_or_results_not_approved_are_refused(cast: Cast, pair: Any) -> None:
    put, _row = exam_of(cast, pair[0])
    same = Put(put.sheet_id, put.slot, put.seen, put.seen)
    for wanted, reason in (([same], "Cộng nhầm"), ([put], " ")):
        with pytest.raises(DomainError):
            correct_results(cast.hung, pair[0], cells_put=wanted, asked_by=asker(cast), reason=reason)
    Result.objects.filter(enrolment=pair[0]).update(is_approved=False)
    with pytest.raises(DomainError, match="chưa duyệt"):
        correct_results(cast.hung, pair[0], cells_put=[put], asked_by=asker(cast), reason="Cộng nhầm")


def test_a_sheet_of_another_class_is_refused(cast: Cast, pair: Any) -> None:
    judged.add_courses(cast.second_classroom, ("TOAN",))
    other = Sheet.objects.get(classroom=cast.second_classroom, course__subject_id="TOAN", term=2)
    with pytest.raises(DomainError):
        correct_results(
            cast.hung,
            pair[0],
            cells_put=[Put(other.pk, 6, None, 90)],
            asked_by=asker(cast),
            reason="Cộng nhầm",
        )


def test_only_the_head_who_has_just_proved_who_they_are(cast: Cast, pair: Any) -> None:
    put, _row = exam_of(cast, pair[0])
    for who in ("lan", "tam"):
        with pytest.raises((NotAllowed, NotVisible)):
            correct_results(
                cast.actor(who), pair[0], cells_put=[put], asked_by=asker(cast), reason="Cộng nhầm"
            )
    with pytest.raises(NotVisible):
        correct_results(cast.ha, pair[0], cells_put=[put], asked_by=asker(cast), reason="Cộng nhầm")
    with pytest.raises(ProofNeeded):
        correct_results(
            cast.actor("hung", proved=False),
            pair[0],
            cells_put=[put],
            asked_by=asker(cast),
            reason="Cộng nhầm",
        )


def test_it_takes_two_the_head_alone_changes_nothing(cast: Cast, pair: Any) -> None:
    put, row = exam_of(cast, pair[0])
    with pytest.raises(DomainError, match="hai người"):
        correct_results(
            cast.hung, pair[0], cells_put=[put], asked_by=cast.people["hung"].pk, reason="Cộng nhầm"
        )
    row.refresh_from_db()
    assert row.marks[6] == put.seen


def test_the_books_keep_who_asked_and_who_agreed_and_the_teacher_hears_of_it(cast: Cast, pair: Any) -> None:
    put, _row = exam_of(cast, pair[0])
    course = Sheet.objects.get(pk=put.sheet_id).course
    assert course is not None
    TeachingAssignment.objects.create(
        course=course, teacher=cast.people["lan"], periods_a_year=35, starts_on=cast.year.starts_on,
        ends_on=cast.year.ends_on,
    )  # fmt: skip
    correct_results(
        cast.hung, pair[0], cells_put=[put], asked_by=asker(cast), reason="Cộng nhầm", decision="12/QĐ"
    )
    unlock = Unlock.objects.get(sheet_id=put.sheet_id)
    assert (unlock.asked_by_id, unlock.decided_by_id) == (asker(cast), cast.people["hung"].pk)
    assert (unlock.state, unlock.slots, unlock.enrolment_id) == ("closed", [put.slot], pair[0].pk)
    assert unlock.answer == "12/QĐ"
    told = Message.objects.get(person=cast.people["lan"], kind="gradebook.corrected")
    assert pair[0].person.full_name in told.title
    assert "9,0" in told.title
