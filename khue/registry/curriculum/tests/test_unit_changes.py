"""Schools merge, split and close: pupils, classes, staff, courses and counts follow; the past stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Sum

from khue.kernel.actions import DomainError
from khue.kernel.org import actions
from khue.kernel.org.models import Unit
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent, HeadCount
from khue.registry.staff.models import Position, StaffMember
from tests.cast import START, Cast, make_class, make_enrolment, make_person, make_staff, make_unit

ON = date(2026, 11, 2)


@pytest.fixture
def neighbour(cast: Cast) -> Unit:
    """A second school of the commune with a class of the same name, a pupil, a teacher and a principal."""
    school = make_unit("THCS-DK", "THCS Đông Kinh", "school", cast.commune, levels=["THCS"])
    room = make_class("8A3", school, cast.year, 8)
    minh = make_person("Vũ Đức Minh", birth_date=date(2013, 5, 5), sex=1, ethnicity="01")
    cast.people["minh"] = minh
    cast.enrolments["minh"] = make_enrolment(minh, room)
    HeadCount.objects.create(
        school=school, classroom=room, year=cast.year, level="THCS", grade=8, valid_from=START, pupils=1, girls=0,
        minority=0,
    )  # fmt: skip
    Course.objects.create(
        year=cast.year, school=school, classroom=room, subject=cast.course.subject, periods_a_year=140,
        assessed_by="marks",
    )  # fmt: skip
    for key, name, post in (("oanh", "Bùi Thị Oanh", "teacher"), ("phuc", "Đặng Văn Phúc", "principal")):
        cast.people[key] = make_person(name)
        make_staff(cast.people[key], school, post)
    return school


def merge(cast: Cast, neighbour: Unit, **more: Any) -> Unit:
    return actions.merge(cast.son, [cast.school, neighbour], into=cast.school, on=ON, decision="4/QĐ", **more)


def count(unit: Unit, day: date) -> int:
    rows = HeadCount.objects.filter(school=unit, valid_from__lte=day).exclude(valid_to__lte=day)
    return rows.aggregate(n=Sum("pupils"))["n"] or 0


def test_pupils_and_classes_follow_and_keep_their_ids(cast: Cast, neighbour: Unit) -> None:
    before = cast.enrolments["minh"]
    merge(cast, neighbour)
    after = Enrolment.objects.select_related("classroom", "campus").get(pk=before.pk)
    assert (after.school_id, after.classroom_id, after.is_current) == (
        cast.school.pk,
        before.classroom_id,
        True,
    )
    assert after.classroom.name == "8A3 (2)", "two sites may have equal class names until they are renamed"
    assert after.campus.name == "THCS Đông Kinh"
    assert Classroom.objects.get(pk=cast.classroom.pk).name == "8A3"


def test_rights_follow_at_once(cast: Cast, neighbour: Unit) -> None:
    minh = cast.enrolments["minh"]
    assert not cast.hung.can("roster.view_profile", minh)
    merge(cast, neighbour)
    assert cast.hung.can("roster.view_profile", Enrolment.objects.get(pk=minh.pk))
    assert not cast.ha.can("roster.view_profile", Enrolment.objects.get(pk=minh.pk))


def test_the_head_count_moves_on_that_day_and_stays_before(cast: Cast, neighbour: Unit) -> None:
    eve = date(2026, 11, 1)
    merge(cast, neighbour)
    assert (count(cast.school, eve), count(neighbour, eve)) == (2, 1)
    assert (count(cast.school, ON), count(neighbour, ON)) == (3, 0)


def test_the_move_stands_in_each_pupils_history(cast: Cast, neighbour: Unit) -> None:
    merge(cast, neighbour)
    event = EnrolmentEvent.objects.filter(enrolment=cast.enrolments["minh"]).latest("pk")
    assert (event.kind, event.on, event.reason) == ("class_changed", ON, "Sáp nhập trường")


def test_staff_follow_and_the_second_principal_waits_for_a_new_appointment(
    cast: Cast, neighbour: Unit
) -> None:
    merge(cast, neighbour)
    for key in ("oanh", "phuc"):
        assert StaffMember.objects.get(person=cast.people[key]).unit_id == cast.school.pk
    posts = Position.objects.filter(unit=cast.school, ends_on__isnull=True, person=cast.people["phuc"])
    assert [post.post for post in posts] == ["teacher"]
    old = Position.objects.get(unit=neighbour, person=cast.people["phuc"])
    assert (old.post, old.ends_on) == ("principal", ON)


def test_courses_follow_their_class(cast: Cast, neighbour: Unit) -> None:
    merge(cast, neighbour)
    assert Course.objects.filter(school=neighbour).count() == 0
    assert Course.objects.get(classroom=cast.enrolments["minh"].classroom).school_id == cast.school.pk


def test_who_was_in_the_staying_school_earlier_this_year_goes_on_in_that_row(
    cast: Cast, neighbour: Unit
) -> None:
    minh = cast.enrolments["minh"]
    earlier = Enrolment.objects.create(
        person=minh.person, year=cast.year, school=cast.school, classroom=cast.classroom, level="THCS", grade=8,
        status="transferred_out", status_on=START, joined_on=START, is_current=False, sort_key=minh.sort_key,
    )  # fmt: skip
    merge(cast, neighbour)
    current = Enrolment.objects.get(person=minh.person, is_current=True)
    assert (current.pk, current.status, current.classroom_id) == (earlier.pk, "studying", minh.classroom_id)
    assert count(cast.school, ON) == 3


def test_a_merge_into_a_new_school_takes_both(cast: Cast, neighbour: Unit) -> None:
    new = actions.merge(
        cast.son,
        [cast.school, neighbour],
        code="THCS-MOI",
        name="THCS Mới",
        on=ON,
        decision="5/QĐ",
        keep_campuses=False,
    )
    assert count(new, ON) == 3
    assert set(Classroom.objects.filter(school=new).values_list("name", flat=True)) == {
        "8A3",
        "8A3 (2)",
        "8A5",
    }
    assert Position.objects.filter(unit=new, post="principal", ends_on__isnull=True).count() == 1


def test_a_split_takes_what_is_taught_at_the_campus(cast: Cast) -> None:
    Classroom.objects.filter(pk=cast.classroom.pk).update(campus=cast.campus)
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(campus=cast.campus)
    new = actions.split(
        cast.son,
        cast.school,
        code="THCS-BM",
        name="THCS Bản Mới",
        campuses=[cast.campus],
        on=ON,
        decision="6/QĐ",
    )
    assert Enrolment.objects.get(pk=cast.enrolments["an"].pk).school_id == new.pk
    assert Enrolment.objects.get(pk=cast.enrolments["khoi"].pk).school_id == cast.school.pk
    assert Course.objects.get(pk=cast.course.pk).school_id == new.pk
    assert (count(cast.school, ON), count(new, ON)) == (1, 1)


def test_a_school_with_pupils_or_staff_stays_open(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.campus.pk).update(closed_on=START)
    with pytest.raises(DomainError, match="3 cán bộ"):
        actions.close(cast.son, cast.school, on=ON, decision="7/QĐ")
    StaffMember.objects.filter(unit=cast.school).update(status="retired")
    with pytest.raises(DomainError, match="2 em đang học"):
        actions.close(cast.son, cast.school, on=ON, decision="7/QĐ")
    Enrolment.objects.filter(school=cast.school).update(status="dropped")
    with pytest.raises(DomainError, match="2 lớp"):
        actions.close(cast.son, cast.school, on=ON, decision="7/QĐ")
    assert Unit.objects.get(pk=cast.school.pk).is_open
    Classroom.objects.filter(school=cast.school).update(closed_on=ON)
    actions.close(cast.son, cast.school, on=ON, decision="7/QĐ")
    assert not Unit.objects.get(pk=cast.school.pk).is_open


def test_forty_pupils_cost_as_many_statements_as_one(
    cast: Cast, neighbour: Unit, django_assert_max_num_queries: Any
) -> None:
    room = cast.enrolments["minh"].classroom
    people = [make_person(f"Em Số {n}") for n in range(40)]
    for person in people:
        make_enrolment(person, room)
    with django_assert_max_num_queries(90):
        merge(cast, neighbour)
    assert count(cast.school, ON) == 43
