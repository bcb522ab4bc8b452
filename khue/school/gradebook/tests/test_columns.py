"""Columns that come and go with the periods of a course: averages follow, and no mark is lost from sight."""

from __future__ import annotations

import re

import pytest

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Work
from khue.registry.curriculum import actions as curriculum
from khue.registry.curriculum import queries as plans
from khue.registry.curriculum.models import Course, SubjectPlan, TeachingAssignment
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gradebook import actions, queries, sheets
from khue.school.gradebook.actions import Cell, results
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.tests import judged
from khue.school.gradebook.tests.places import classmates
from tests.cast import Cast, make_class, make_unit

TOPIC = 7


def follow(room: Classroom) -> None:
    sheets.follow(Work(judged.SYSTEM, "gradebook.test", []), [room])


def teach(room: Classroom, subject: str, periods: int) -> None:
    Course.objects.filter(classroom=room, subject_id=subject).update(periods_a_year=periods)
    follow(room)


@pytest.fixture
def topical(cast: Cast) -> Sheet:
    """Lan's Tin học of 8A3 in the second term, with a cluster of topics above the 70 periods of the plan."""
    judged.add_courses(cast.classroom, ("TIN_HOC",))
    course = Course.objects.get(classroom=cast.classroom, subject_id="TIN_HOC")
    TeachingAssignment.objects.create(
        course=course, teacher=cast.people["lan"], periods_a_year=70, starts_on=cast.year.starts_on,
        ends_on=cast.year.ends_on,
    )  # fmt: skip
    SubjectPlan.objects.filter(subject_id="TIN_HOC", level="THCS", grade=8).delete()
    SubjectPlan.objects.create(
        subject_id="TIN_HOC", level="THCS", grade=8, periods_a_year=70, kind="compulsory", valid_from=2000
    )
    teach(cast.classroom, "TIN_HOC", 105)
    judged.open_days(cast)
    return Sheet.objects.get(course=course, term=2)


def fill(sheet: Sheet, pupil: int, mark: int, topic: int) -> None:
    columns = queries.all_frame(sheet.pk).columns
    wanted = [Cell(pupil, one.slot, None, topic if one.slot == TOPIC else mark) for one in columns]
    assert not actions.enter_marks(judged.SYSTEM, sheet, cells=wanted).refusals


def test_more_periods_leave_no_average_without_the_new_mark(cast: Cast) -> None:
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    an = cast.enrolments["an"]
    judged.complete(cast.classroom, {an.pk: [80] * 8})
    row = MarkRow.objects.get(sheet__course__subject_id="NGU_VAN", sheet__term=1, enrolment=an)
    assert row.average == 80
    teach(cast.classroom, "NGU_VAN", 105)
    row.refresh_from_db()
    assert row.average is None
    with pytest.raises(DomainError, match="còn 1 em chưa đủ"):
        results.submit_results(cast.lan, cast.classroom, period=1)


def test_a_column_that_holds_marks_does_not_go(cast: Cast, topical: Sheet) -> None:
    an = cast.enrolments["an"].pk
    fill(topical, an, 50, 100)
    with pytest.raises(DomainError, match="Có cột đã vào điểm, không bỏ được"):
        teach(cast.classroom, "TIN_HOC", 70)


def test_an_empty_column_goes_and_the_average_is_that_of_the_others(cast: Cast, topical: Sheet) -> None:
    an = cast.enrolments["an"].pk
    fill(topical, an, 50, 100)
    actions.enter_marks(judged.SYSTEM, topical, cells=[Cell(an, TOPIC, 100, None)])
    assert MarkRow.objects.get(sheet=topical).average is None
    teach(cast.classroom, "TIN_HOC", 70)
    topical.refresh_from_db()
    assert not topical.has_topic
    assert MarkRow.objects.get(sheet=topical).average == 50


def test_the_marks_of_who_left_hold_no_column_and_hide_in_no_average(cast: Cast, topical: Sheet) -> None:
    (gone,) = classmates(cast, 1)
    fill(topical, gone, 50, 100)
    Enrolment.objects.filter(pk=gone).update(status="transferred")
    teach(cast.classroom, "TIN_HOC", 70)
    assert MarkRow.objects.get(sheet=topical).average == 50


def test_who_comes_back_is_written_by_the_plain_form_although_a_column_went(
    cast: Cast, topical: Sheet
) -> None:
    (gone,) = classmates(cast, 1)
    fill(topical, gone, 50, 100)
    Enrolment.objects.filter(pk=gone).update(status="transferred")
    teach(cast.classroom, "TIN_HOC", 70)
    Enrolment.objects.filter(pk=gone).update(status="studying")
    client = cast.client("lan")
    page = client.get(f"/so-diem/{topical.pk}/").content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    client.post(f"/so-diem/{topical.pk}/", {"seen": seen[1].replace("&quot;", '"'), f"{gone}-0": "8"})
    assert MarkRow.objects.get(sheet=topical).marks[0] == 80


def test_clusters_of_topics_chosen_when_the_second_term_is_full_wait_for_their_marks(cast: Cast) -> None:
    school = make_unit("THPT-LQD", "THPT Lê Quý Đôn", "school", cast.commune, levels=["THPT"])
    room = make_class("10A1", school, cast.year, 10, "THPT")
    system = Actor.system("gradebook.test")
    lines = plans.all_plan(cast.year.pk, "THPT", 10)
    electives = [one.subject for one in lines if one.kind == "elective" and one.assessed_by == "marks"][:4]
    curriculum.set_courses(system, [room], electives=electives)
    judged.open_days(cast)
    (pupil,) = judged.pupils(room, 1)
    codes = dict(Course.objects.filter(classroom=room).values_list("subject_id", "assessed_by"))
    scored = [code for code, by in codes.items() if by == "marks"]
    words = [code for code, by in codes.items() if by == "comments"]
    judged.complete(
        room, {pupil: [80] * len(scored)}, {pupil: [1] * len(words)}, scored=scored, by_words=words
    )
    curriculum.set_courses(system, [room], electives=electives, topics=electives[:3])
    row = MarkRow.objects.get(sheet__term=2, sheet__course__subject_id=electives[0], enrolment=pupil)
    assert row.average is None
    results.submit_results(system, room, period=1)
    with pytest.raises(DomainError, match="còn 1 em chưa đủ"):
        results.submit_results(system, room, period=2)
