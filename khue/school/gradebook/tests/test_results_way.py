"""The way of a class's results: submitted, returned, approved, frozen, reopened; then the rollover reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.queries import open_tasks
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.actions import rollover as rollovers
from khue.registry.roster.models import Classroom, Enrolment
from khue.registry.roster.queries import rollover as rollover_queries
from khue.school.gradebook import actions as marks
from khue.school.gradebook import queries
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.actions.correcting import Put, correct_results
from khue.school.gradebook.models import MarkRow, Result, Review, Sheet, Unlock
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.tests import judged
from tests.cast import Cast, make_class


@pytest.fixture
def room(cast: Cast) -> Classroom:
    """8A3, everything entered for An and two others."""
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    others = judged.pupils(cast.classroom, 2)
    an = cast.enrolments["an"].pk
    judged.complete(cast.classroom, {an: [80] * 8, others[0]: [90] * 8, others[1]: [30] * 8})
    return cast.classroom


def an(cast: Cast) -> int:
    return cast.enrolments["an"].pk


def pass_through(cast: Cast, room: Classroom, *periods: int) -> None:
    for period in periods:
        actions.submit_results(cast.lan, room, period=period)
        actions.approve_results(cast.hung, [room], period=period)


def titles(cast: Cast, who: str) -> list[str]:
    return [task.title for task in open_tasks(cast.actor(who))]


def test_lan_submits_and_the_head_has_a_task(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    review = Review.objects.get(classroom=room, term=1)
    assert (review.state, review.submitted_by) == ("submitted", cast.people["lan"])
    assert Result.objects.get(enrolment=an(cast), term=1).learning == "TOT"
    assert titles(cast, "hung") == ["Duyệt kết quả học kì I, lớp 8A3"]
    assert Entry.objects.filter(action="gradebook.submit_results").count() == 1


def test_submitting_twice_is_a_conflict(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    with pytest.raises(Conflict):
        actions.submit_results(cast.lan, room, period=1)


@pytest.mark.parametrize("who", ["mai", "ha", "tam", "son", "thanh", "binh", "an"])
def test_nobody_else_submits(cast: Cast, room: Classroom, who: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        actions.submit_results(cast.actor(who), room, period=1)
    assert not Review.objects.exists()


@pytest.mark.parametrize("who", ["lan", "mai", "ha", "tam", "son", "binh"])
def test_nobody_but_the_head_returns_approves_or_reopens(cast: Cast, room: Classroom, who: str) -> None:
    actions.submit_results(cast.lan, room, period=1)
    actor = cast.actor(who)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.return_results(actor, room, period=1, words="Sửa")
    with pytest.raises((NotAllowed, NotVisible)):
        actions.approve_results(actor, [room], period=1)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.reopen_results(actor, room, period=1, reason="Sai")
    assert Review.objects.get(classroom=room, term=1).state == "submitted"


def test_a_class_with_gaps_is_not_submitted(cast: Cast, room: Classroom) -> None:
    judged.pupils(room, 1, 5)
    with pytest.raises(DomainError, match="còn 1 em chưa đủ"):
        actions.submit_results(cast.lan, room, period=1)


def test_the_year_waits_for_its_terms(cast: Cast, room: Classroom) -> None:
    with pytest.raises(DomainError, match="học kì I, học kì II chưa trình"):
        actions.submit_results(cast.lan, room, period=0)
    for period in (1, 2, 0):
        actions.submit_results(cast.lan, room, period=period)
    with pytest.raises(DomainError, match="chưa duyệt"):
        actions.approve_results(cast.hung, [room], period=0)
    actions.approve_results(cast.hung, [room], period=1)
    actions.approve_results(cast.hung, [room], period=2)
    assert actions.approve_results(cast.hung, [room], period=0) == ([room.pk], [])


def test_what_is_returned_comes_back_to_lan_with_words(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    with pytest.raises(DomainError):
        actions.return_results(cast.hung, room, period=1, words="  ")
    actions.return_results(cast.hung, room, period=1, words="Xem lại rèn luyện của em An")
    review = Review.objects.get(classroom=room, term=1)
    assert (review.state, review.returned_for) == ("open", "Xem lại rèn luyện của em An")
    assert titles(cast, "hung") == []
    assert "Sửa và trình lại kết quả học kì I, lớp 8A3" in titles(cast, "lan")
    assert Message.objects.filter(person=cast.people["lan"], body="Xem lại rèn luyện của em An").exists()
    assert Entry.objects.get(action="gradebook.return_results").reason == "Xem lại rèn luyện của em An"
    actions.submit_results(cast.lan, room, period=1)
    assert "Sửa và trình lại kết quả học kì I, lớp 8A3" not in titles(cast, "lan")


def test_all_classes_at_once_and_what_is_not_ready_is_listed(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    approved, aside = actions.approve_results(cast.hung, [room, cast.second_classroom], period=1)
    assert approved == [room.pk]
    assert [(one.name, one.why) for one in aside] == [("8A5", "chủ nhiệm chưa trình.")]
    assert Entry.objects.filter(action="gradebook.approve_results").count() == 1
    assert not Task.objects.filter(closed_at__isnull=True, kind="gradebook.approve").exists()
    assert set(Result.objects.filter(term=1).values_list("is_approved", flat=True)) == {True}


def mark(cast: Cast, value: int, seen: int = 80) -> marks.Outcome:
    sheet = Sheet.objects.get(course=cast.course, term=1)
    return marks.enter_marks(cast.lan, sheet, cells=[Cell(an(cast), 0, seen, value)])


def test_after_submitting_no_mark_moves_without_an_unlock(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    assert mark(cast, 100).refusals
    actions.approve_results(cast.hung, [room], period=1)
    assert mark(cast, 100).refusals
    conduct = Sheet.objects.get(classroom=room, kind="conduct", term=1)
    outcome = marks.enter_class_marks(cast.lan, conduct, cells=[Cell(an(cast), 0, 3, 0)])
    assert outcome.refusals
    assert MarkRow.objects.get(sheet__course=cast.course, sheet__term=1, enrolment=an(cast)).average == 80


def test_an_unlock_moves_the_mark_and_never_the_approved_result(cast: Cast, room: Classroom) -> None:
    pass_through(cast, room, 1)
    Unlock.objects.create(
        sheet=Sheet.objects.get(course=cast.course, term=1), slots=[0], reason="Chấm sót",
        asked_by=cast.people["lan"], state="granted", decided_by=cast.people["hung"],
        open_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    assert mark(cast, 20).written
    before = Result.objects.get(enrolment=an(cast), term=1)
    actions.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    after = Result.objects.get(enrolment=an(cast), term=1)
    assert (after.subjects["TOAN"], after.version) == (80, before.version)
    page = cast.client("hung").get(reverse("gradebook:class_results", args=[room.pk]), {"ky": "1"})
    assert "Điểm trong sổ đã đổi sau khi duyệt" in page.content.decode()


def unlock(cast: Cast, term: int = 1) -> Unlock:
    return Unlock.objects.create(
        sheet=Sheet.objects.get(course=cast.course, term=term), slots=[0], reason="Chấm sót",
        asked_by=cast.people["lan"], state="granted", decided_by=cast.people["hung"],
        open_until=timezone.now() + timedelta(hours=48),
    )  # fmt: skip


def test_what_was_opened_before_submitting_is_closed_then(cast: Cast, room: Classroom) -> None:
    now, later = unlock(cast), unlock(cast, term=2)
    actions.submit_results(cast.lan, room, period=1)
    now.refresh_from_db()
    later.refresh_from_db()
    assert (now.state, later.state) == ("closed", "granted")
    assert mark(cast, 30).refusals


def test_what_was_opened_before_approving_is_closed_then(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    unlock(cast)
    actions.approve_results(cast.hung, [room], period=1)
    assert Unlock.objects.get().state == "closed"
    assert mark(cast, 30).refusals


def test_a_correction_of_one_subject_brings_no_other_mark_into_the_approved_result(
    cast: Cast, room: Classroom
) -> None:
    unlock(cast)
    pass_through(cast, room, 1)
    mark(cast, 0)
    row = MarkRow.objects.get(sheet__course__subject_id="TIN_HOC", sheet__term=1, enrolment=an(cast))
    correct_results(
        cast.hung, cast.enrolments["an"], cells_put=[Put(row.sheet_id, 6, 80, 90)], asked_by=cast.people["tam"].pk,
        reason="Cộng nhầm bài Tin học",
    )  # fmt: skip
    subjects = Result.objects.get(enrolment=an(cast), term=1).subjects
    assert subjects["TOAN"] == 80
    assert subjects["TIN_HOC"] > 80


def test_words_with_a_nul_are_kept_without_it(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    actions.return_results(cast.hung, room, period=1, words="Xem lại\x00 điểm")
    assert Review.objects.get(classroom=room, term=1).returned_for == "Xem lại điểm"


def test_reopening_takes_the_year_with_it_and_tells_lan(cast: Cast, room: Classroom) -> None:
    pass_through(cast, room, 1, 2, 0)
    with pytest.raises(DomainError):
        actions.reopen_results(cast.hung, room, period=1, reason="")
    actions.reopen_results(cast.hung, room, period=1, reason="Vào nhầm điểm em An")
    states = dict(Review.objects.filter(classroom=room).values_list("term", "state"))
    assert states == {1: "open", 2: "approved", 0: "open"}
    assert set(Result.objects.filter(term__in=[0, 1]).values_list("is_approved", flat=True)) == {False}
    assert Message.objects.filter(person=cast.people["lan"], kind="gradebook.submit").exists()
    assert Entry.objects.get(action="gradebook.reopen_results").reason == "Vào nhầm điểm em An"
    assert mark(cast, 100).written
    pass_through(cast, room, 1, 0)
    assert Result.objects.get(enrolment=an(cast), term=1).subjects["TOAN"] == 82


def test_a_closed_year_is_not_reopened(cast: Cast, room: Classroom) -> None:
    pass_through(cast, room, 1)
    SchoolYear.objects.filter(pk=cast.year.pk).update(is_closed=True)
    with pytest.raises(DomainError, match="Năm học đã đóng"):
        actions.reopen_results(cast.hung, room, period=1, reason="Sai")


def test_a_pupil_who_changed_class_is_approved_where_they_are(cast: Cast, room: Classroom) -> None:
    actions.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    other = make_class("8A9", cast.school, cast.year, 8)
    judged.add_courses(other, judged.SCORED, judged.COMMENTS)
    Enrolment.objects.filter(pk=an(cast)).update(classroom=other)
    judged.complete(other, {an(cast): [70] * 8})
    actions.submit_results(cast.hung, other, period=1)
    actions.approve_results(cast.hung, [other], period=1)
    row = Result.objects.get(enrolment=an(cast), term=1)
    assert (row.classroom_id, row.is_approved, row.subjects["TOAN"]) == (other.pk, True, 70)


def test_the_rollover_reads_approved_years_only(cast: Cast, room: Classroom) -> None:
    last = judged.pupils(room, 0) or list(
        Enrolment.objects.filter(classroom=room).exclude(pk=an(cast)).order_by("pk").values_list("pk", flat=True)
    )  # fmt: skip
    ids = [an(cast), *last]
    actions.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    assert facts.all_outcomes(ids) == {}
    pass_through(cast, room, 1, 2, 0)
    assert facts.all_outcomes(ids) == {ids[0]: "promote", ids[1]: "promote", ids[2]: "retain"}
    SchoolYear.objects.get_or_create(
        pk=cast.year.pk + 1, defaults={"starts_on": cast.year.ends_on, "ends_on": cast.year.ends_on + timedelta(365)}
    )  # fmt: skip
    draft = rollovers.draft_rollover(cast.hung, cast.school, from_year_id=cast.year.pk)
    plan = rollover_queries.plan(cast.hung, draft)
    assert {one.enrolment_id: one.outcome for one in plan.pupils if one.enrolment_id in ids} == {
        ids[0]: "promote", ids[1]: "promote", ids[2]: "retain",
    }  # fmt: skip


def test_the_last_grade_completes_unless_the_school_goes_on(cast: Cast) -> None:
    room = make_class("9A1", cast.school, cast.year, 9)
    pk = judged.pupils(room, 1)[0]
    Result.objects.create(
        enrolment_id=pk, person_id=Enrolment.objects.get(pk=pk).person_id, school=cast.school, classroom=room, term=0,
        rule_set="TT22_2021", outcome="LEN_LOP", is_approved=True,
    )  # fmt: skip
    assert facts.all_outcomes([pk]) == {pk: "complete"}
    cast.school.levels = ["THCS", "THPT"]
    cast.school.save()
    assert facts.all_outcomes([pk]) == {pk: "promote"}


def test_the_frames_of_a_submitted_class_are_closed(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=2)
    closed = {
        sheet.pk: queries.all_frame(sheet.pk).locks.is_closed
        for sheet in Sheet.objects.filter(classroom=room)
    }
    terms = dict(Sheet.objects.filter(classroom=room).values_list("pk", "term"))
    assert {terms[pk] for pk, is_closed in closed.items() if is_closed} == {2}
    assert {terms[pk] for pk, is_closed in closed.items() if not is_closed} == {1}
