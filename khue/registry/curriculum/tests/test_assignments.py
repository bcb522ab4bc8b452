"""Courses of classes, who teaches them, and the rights that follow."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.grants import grants_of
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.people.models import Person
from khue.kernel.workflow.models import Task
from khue.registry.curriculum import actions, queries
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import Homeroom
from khue.registry.staff import actions as staff_actions
from khue.registry.staff.models import StaffMember
from tests.cast import Cast, make_class, make_person, make_staff


@pytest.fixture
def nam(cast: Cast) -> Person:
    """Nam, a second teacher of the school."""
    person = make_person("Cầm Văn Nam", birth_date=date(1991, 2, 2), sex=1)
    make_staff(person, cast.school, "teacher")
    return person


def today(cast: Cast) -> date:
    return queries.day_in(cast.hung, cast.year)


def course_roles(person: Person) -> set[tuple[str, int]]:
    return {
        (grant.scope_kind, grant.scope_id)
        for grant in grants_of(person.pk)
        if grant.role in {"subject_teacher", "class_teacher"}
    }


def last_entry() -> Entry:
    entry = Entry.objects.order_by("-pk").first()
    assert entry is not None
    return entry


# --- courses -------------------------------------------------------------------------------------


def test_a_class_gets_the_compulsory_courses_of_its_grade_and_keeps_those_it_has(cast: Cast) -> None:
    done = actions.set_courses(cast.tam, [cast.classroom])
    assert done["removed"] == 0
    codes = set(Course.objects.filter(classroom=cast.classroom).values_list("subject_id", flat=True))
    assert {"NGU_VAN", "TOAN", "KHTN", "GDDP"} <= codes
    assert "NGOAI_NGU_2" not in codes
    assert (
        sum(Course.objects.filter(classroom=cast.classroom).values_list("periods_a_year", flat=True)) == 1032
    )
    assert Course.objects.filter(pk=cast.course.pk).exists()
    assert (last_entry().action, last_entry().chain) == ("curriculum.set_courses", cast.school.pk)


def test_upper_secondary_takes_four_electives_and_three_topics_of_its_own_subjects(cast: Cast) -> None:
    room = make_class("10A1", cast.school, cast.year, 10, "THPT")
    electives = ["VAT_LI", "HOA_HOC", "SINH_HOC", "TIN_HOC"]
    topics = ["TOAN", "VAT_LI", "HOA_HOC"]
    for wrong, words in (
        ({"electives": electives[:3]}, "đủ 4 môn"),
        ({"electives": electives, "topics": topics[:2]}, "đủ 3 cụm"),
        ({"electives": electives, "topics": ["TOAN", "VAT_LI", "DIA_LI"]}, "lớp đang học"),
        ({"electives": ["VAT_LI", "HOA_HOC", "SINH_HOC", "TOAN"]}, "nhóm môn lựa chọn"),
    ):
        with pytest.raises(DomainError, match=words):
            actions.set_courses(cast.tam, [room], **wrong)
    actions.set_courses(cast.tam, [room], electives=electives, topics=topics)
    periods = dict(Course.objects.filter(classroom=room).values_list("subject_id", "periods_a_year"))
    assert sum(periods.values()) == 997
    assert periods["VAT_LI"] == 105
    changed = actions.set_courses(
        cast.tam,
        [room],
        electives=["VAT_LI", "HOA_HOC", "SINH_HOC", "KTPL"],
        topics=["NGU_VAN", "VAT_LI", "HOA_HOC"],
    )
    assert changed == {"made": 1, "changed": 2, "removed": 1}


def test_a_course_that_somebody_teaches_is_not_dropped(cast: Cast, nam: Person) -> None:
    room = make_class("10A1", cast.school, cast.year, 10, "THPT")
    actions.set_courses(cast.tam, [room], electives=["VAT_LI", "HOA_HOC", "SINH_HOC", "TIN_HOC"])
    physics = Course.objects.get(classroom=room, subject="VAT_LI")
    actions.assign_teachers(cast.tam, [physics], teachers={physics.pk: nam.pk})
    with pytest.raises(DomainError, match="Vật lí"):
        actions.set_courses(cast.tam, [room], electives=["DIA_LI", "HOA_HOC", "SINH_HOC", "TIN_HOC"])


def test_all_classes_without_courses_get_theirs_at_once(cast: Cast) -> None:
    rooms = [make_class(f"6A{n}", cast.school, cast.year, 6) for n in range(1, 4)]
    rooms.append(make_class("7A1", cast.school, cast.year, 7))
    assert [room.name for room in queries.without_courses(cast.tam, cast.school, cast.year)] == [
        "6A1",
        "6A2",
        "6A3",
        "7A1",
    ]
    assert actions.make_courses(cast.tam, rooms) == 48
    assert actions.make_courses(cast.tam, rooms) == 0


def test_courses_are_the_business_of_the_schools_office(cast: Cast) -> None:
    for who in ("lan", "mai", "son"):
        with pytest.raises(NotAllowed):
            actions.set_courses(cast.actor(who), [cast.classroom])
    with pytest.raises(NotVisible):
        actions.set_courses(cast.ha, [cast.classroom])
    with pytest.raises(NotVisible):
        actions.make_courses(cast.ha, [cast.classroom])


# --- main teachers ----------------------------------------------------------------------------------


def test_when_the_course_teacher_changes_the_rights_follow_at_once(cast: Cast, nam: Person) -> None:
    assert ("course", cast.course.pk) in course_roles(cast.people["lan"])
    assert course_roles(nam) == set()
    before = Entry.objects.count()
    actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: nam.pk})
    assert course_roles(nam) == {("course", cast.course.pk), ("class", cast.classroom.pk)}
    assert ("course", cast.course.pk) not in course_roles(cast.people["lan"])
    assert (Entry.objects.count(), last_entry().action) == (before + 1, "curriculum.assign_teachers")
    old = TeachingAssignment.objects.get(course=cast.course, teacher=cast.people["lan"])
    assert old.ends_on == today(cast)


def test_when_the_homeroom_teacher_changes_the_class_changes_hands_at_once(cast: Cast, nam: Person) -> None:
    room = make_class("9A1", cast.school, cast.year, 9)
    row = Homeroom.objects.create(
        classroom=room, teacher=cast.people["lan"], starts_on=cast.year.starts_on, ends_on=cast.year.ends_on
    )

    def homerooms(person: Person) -> set[int]:
        return {g.scope_id for g in grants_of(person.pk) if g.role == "homeroom_teacher"}

    assert room.pk in homerooms(cast.people["lan"])
    day = timezone.localdate()
    Homeroom.objects.filter(pk=row.pk).update(ends_on=day)
    Homeroom.objects.create(classroom=room, teacher=nam, starts_on=day, ends_on=cast.year.ends_on)
    assert room.pk not in homerooms(cast.people["lan"])
    assert homerooms(nam) == {room.pk}


def test_a_future_change_gives_and_takes_nothing_before_its_day(cast: Cast, nam: Person) -> None:
    later = timezone.localdate() + timedelta(days=7)
    actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: nam.pk}, starts_on=later)
    assert course_roles(nam) == set()
    assert ("course", cast.course.pk) in course_roles(cast.people["lan"])
    actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: cast.people["lan"].pk})
    assert not TeachingAssignment.objects.filter(course=cast.course, teacher=nam).exists()


def test_an_empty_cell_takes_the_teacher_off_and_the_same_name_changes_nothing(cast: Cast) -> None:
    lan = cast.people["lan"].pk
    assert actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: lan}) == 0
    assert actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: None}) == 1
    assert not TeachingAssignment.objects.filter(course=cast.course, ends_on__gt=today(cast)).exists()


def test_a_whole_grade_is_given_in_one_go(
    cast: Cast, nam: Person, django_assert_max_num_queries: Any
) -> None:
    rooms = [make_class(f"6A{n}", cast.school, cast.year, 6) for n in range(1, 13)]
    actions.make_courses(cast.tam, rooms)
    courses = list(Course.objects.filter(classroom__in=rooms, subject="TOAN").order_by("pk"))
    with django_assert_max_num_queries(22):
        assert actions.assign_teachers(cast.tam, courses, teachers={c.pk: nam.pk for c in courses}) == 12
    assert TeachingAssignment.objects.filter(teacher=nam, role="main").count() == 12


def test_nobody_from_another_school_teaches_here(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Hoàng Thị Mai"):
        actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: cast.people["mai"].pk})


def test_two_clerks_on_one_cell_the_second_hears_of_it(cast: Cast, nam: Person) -> None:
    lan = cast.people["lan"].pk
    seen = {cast.course.pk: lan}
    actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: nam.pk}, seen=seen)
    with pytest.raises(Conflict, match="8A3"):
        actions.assign_teachers(cast.hung, [cast.course], teachers={cast.course.pk: None}, seen=seen)


def test_assigning_is_refused_to_teachers_and_to_other_schools(cast: Cast, nam: Person) -> None:
    for who in ("lan", "mai", "son", "binh"):
        with pytest.raises(NotAllowed):
            actions.assign_teachers(cast.actor(who), [cast.course], teachers={cast.course.pk: nam.pk})
    with pytest.raises(NotVisible):
        actions.assign_teachers(cast.ha, [cast.course], teachers={cast.course.pk: nam.pk})


def test_a_closed_year_is_only_read(cast: Cast, nam: Person) -> None:
    type(cast.year).objects.update(is_closed=True)
    with pytest.raises(DomainError, match="đã khóa"):
        actions.assign_teachers(cast.tam, [cast.course], teachers={cast.course.pk: nam.pk})


# --- co-teachers and substitutes ---------------------------------------------------------------------


def test_a_substitute_has_the_course_between_two_days_beside_the_main_teacher(
    cast: Cast, nam: Person
) -> None:
    day = timezone.localdate()
    end = day + timedelta(days=14)
    actions.add_teacher(cast.tam, cast.course, teacher=nam, role="substitute", ends_on=end, reason="Tập huấn")
    assert ("course", cast.course.pk) in course_roles(nam) & course_roles(cast.people["lan"])
    assert ("course", cast.course.pk) not in {
        (g.scope_kind, g.scope_id) for g in grants_of(nam.pk, on=end) if g.role == "subject_teacher"
    }
    with pytest.raises(DomainError, match="đã có người dạy thay"):
        actions.add_teacher(
            cast.tam, cast.course, teacher=cast.people["hung"], role="substitute", ends_on=end
        )
    with pytest.raises(DomainError, match="đến ngày nào"):
        actions.add_teacher(cast.tam, cast.course, teacher=cast.people["hung"], role="substitute")


def test_a_co_teacher_takes_periods_over_and_gives_them_back(cast: Cast, nam: Person) -> None:
    made = actions.add_teacher(cast.tam, cast.course, teacher=nam, role="co", periods=60)
    day = today(cast)
    main = TeachingAssignment.objects.get(
        course=cast.course, role="main", starts_on__lte=day, ends_on__gt=day
    )
    assert (main.periods_a_year, made.periods_a_year) == (80, 60)
    with pytest.raises(DomainError, match="từ 1 đến 80"):
        actions.add_teacher(cast.tam, cast.course, teacher=cast.people["hung"], role="co", periods=90)
    actions.end_assignment(cast.tam, made, on=day)
    main = TeachingAssignment.objects.get(
        course=cast.course, role="main", starts_on__lte=day, ends_on__gt=day
    )
    assert main.periods_a_year == 140
    assert last_entry().action == "curriculum.end_assignment"


def test_what_was_ended_is_not_ended_again_and_not_by_others(cast: Cast) -> None:
    row = TeachingAssignment.objects.get(course=cast.course)
    with pytest.raises(NotVisible):
        actions.end_assignment(cast.ha, row, on=today(cast))
    with pytest.raises(NotAllowed):
        actions.add_teacher(cast.mai, cast.course, teacher=cast.people["mai"], role="co", periods=10)
    actions.end_assignment(cast.tam, row, on=today(cast))
    with pytest.raises(DomainError, match="đã dừng"):
        actions.end_assignment(cast.tam, row, on=today(cast))


# --- last year ---------------------------------------------------------------------------------------


@pytest.fixture
def last_year(cast: Cast) -> Any:
    year = type(cast.year).objects.create(
        pk=2025, starts_on=date(2025, 8, 1), ends_on=date(2026, 7, 31), is_closed=True
    )
    for name, grade in (("7A3", 7), ("8A3", 8)):
        room = make_class(name, cast.school, year, grade)
        course = Course.objects.create(
            year=year,
            school=cast.school,
            classroom=room,
            subject=cast.course.subject,
            periods_a_year=140,
            assessed_by="marks",
        )
        TeachingAssignment.objects.create(
            course=course, teacher=cast.people["lan" if grade == 8 else "hung"], periods_a_year=140,
            starts_on=year.starts_on, ends_on=year.ends_on,
        )  # fmt: skip
    return year


@pytest.mark.parametrize(("follow", "who"), [(False, "lan"), (True, "hung")])
def test_last_years_teachers_keep_their_class_or_go_up_with_their_pupils(
    cast: Cast, last_year: Any, follow: bool, who: str
) -> None:
    TeachingAssignment.objects.filter(course=cast.course).delete()
    assert actions.copy_last_year(cast.tam, cast.school, year_id=2026, follow=follow) == 1
    assert TeachingAssignment.objects.get(course=cast.course).teacher_id == cast.people[who].pk
    with pytest.raises(DomainError, match="Không có phân công nào"):
        actions.copy_last_year(cast.tam, cast.school, year_id=2026, follow=follow)
    with pytest.raises(NotVisible):
        actions.copy_last_year(cast.ha, cast.school, year_id=2026, follow=follow)


# --- staff who leave -------------------------------------------------------------------------------


def test_who_leaves_for_good_leaves_every_course_that_day_and_the_school_looks_for_somebody(
    cast: Cast, nam: Person
) -> None:
    lan = cast.people["lan"]
    staff_actions.leave(
        cast.hung, StaffMember.objects.get(person=lan), status="moved", on=timezone.localdate()
    )
    assert grants_of(lan.pk) == []
    assert not TeachingAssignment.objects.filter(teacher=lan, ends_on__gt=timezone.localdate()).exists()
    task = Task.objects.get(kind="curriculum.find_substitute", closed_at__isnull=True)
    assert task.unit_id == cast.school.pk
    assert "Toán 8A3, Toán 8A5, chủ nhiệm 8A3" in task.detail
    courses = list(Course.objects.filter(school=cast.school, subject="TOAN").order_by("pk"))
    actions.assign_teachers(cast.tam, courses[:1], teachers={courses[0].pk: nam.pk})
    task.refresh_from_db()
    assert task.closed_at is None
    actions.assign_teachers(cast.tam, courses[1:], teachers={courses[1].pk: nam.pk})
    task.refresh_from_db()
    assert task.closed_at is not None


def test_who_is_on_leave_keeps_the_courses_while_the_school_looks_and_coming_back_ends_it(cast: Cast) -> None:
    lan = StaffMember.objects.get(person=cast.people["lan"])
    staff_actions.leave(cast.hung, lan, status="leave", on=timezone.localdate())
    assert ("course", cast.course.pk) in course_roles(cast.people["lan"])
    task = Task.objects.get(kind="curriculum.find_substitute", closed_at__isnull=True)
    staff_actions.come_back(cast.hung, lan, on=timezone.localdate())
    task.refresh_from_db()
    assert task.closed_at is not None


def test_losing_the_last_post_at_a_school_is_a_leaving_too(cast: Cast) -> None:
    post = cast.people["lan"].positions.get()
    staff_actions.end_position(cast.hung, post, on=timezone.localdate())
    assert course_roles(cast.people["lan"]) == set()


# --- pages ---------------------------------------------------------------------------------------------


def test_the_grid_shows_classes_by_subjects_within_its_budget(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    actions.set_courses(cast.tam, [cast.classroom, cast.second_classroom])
    client = cast.client("tam")
    client.get(reverse("curriculum:assignments"))
    with django_assert_max_num_queries(12):
        shown = client.get(reverse("curriculum:assignments")).content.decode()
    assert "Nguyễn Thị Lan" in shown
    assert "8A5" in shown
    assert "chưa có" in shown


def test_every_page_of_courses_keeps_its_budget(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = cast.client("tam")
    for address in (
        reverse("curriculum:edit"), reverse("curriculum:programme"), reverse("curriculum:copy"),
        reverse("curriculum:classroom", args=[cast.classroom.pk]), reverse("curriculum:course", args=[cast.course.pk]),
        reverse("curriculum:teaching", args=[cast.people["lan"].pk]),
    ):  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(12):
            client.get(address)


def test_everybody_sees_their_own_classes_in_the_grid(cast: Cast) -> None:
    teacher = cast.client("lan").get(reverse("curriculum:assignments")).content.decode()
    assert "8A3" in teacher
    assert "Lò Văn Hà" not in teacher
    assert cast.client("binh").get(reverse("curriculum:assignments")).status_code == 404
    assert (
        cast.client("ha").get(reverse("curriculum:assignments"), {"don-vi": cast.school.code}).status_code
        == 404
    )
    officer = cast.client("son").get(reverse("curriculum:assignments"), {"don-vi": cast.school.code})
    assert "8A3" in officer.content.decode()
    assert cast.client("son").get(reverse("curriculum:assignments")).status_code == 302


def test_the_typed_grid_is_written_at_once_and_forgives_spelling(cast: Cast, nam: Person) -> None:
    client = cast.client("tam")
    address = f"{reverse('curriculum:edit')}?khoi=8"
    shown = client.get(address)
    assert shown.status_code == 200
    second = Course.objects.get(classroom=cast.second_classroom)
    seen = json.dumps({cast.course.pk: cast.people["lan"].pk, second.pk: cast.people["lan"].pk})
    start = timezone.localdate().isoformat()
    wrong = client.post(address, {"seen": seen, "starts_on": start, f"c{cast.course.pk}": "Ai Đó"})
    assert wrong.status_code == 422
    assert "Trường không có giáo viên" in wrong.content.decode()
    done = client.post(
        address,
        {
            "seen": seen,
            "starts_on": start,
            f"c{cast.course.pk}": "cam van nam",
            f"c{second.pk}": "Nguyễn Thị Lan",
        },
    )
    assert done.status_code == 302
    now = TeachingAssignment.objects.get(course=cast.course, ends_on__gt=timezone.localdate())
    assert now.teacher_id == nam.pk
    assert TeachingAssignment.objects.filter(course=second).count() == 1
    assert cast.client("lan").get(address).status_code == 404
    assert cast.client("ha").post(f"{address}&don-vi={cast.school.code}", {}).status_code == 404


def test_the_pages_of_class_course_and_teacher_do_what_they_say(cast: Cast, nam: Person) -> None:
    client = cast.client("tam")
    room = reverse("curriculum:classroom", args=[cast.classroom.pk])
    assert client.get(room).status_code == 200
    assert client.post(room, {"optional": ["NGOAI_NGU_2"], "whole_grade": "on"}).status_code == 302
    assert Course.objects.filter(classroom=cast.second_classroom, subject="NGOAI_NGU_2").exists()
    course = reverse("curriculum:course", args=[cast.course.pk])
    assert client.get(course).status_code == 200
    start = timezone.localdate()
    given = {"teacher": str(nam.pk), "role": "substitute", "starts_on": start.isoformat()}
    assert client.post(course, given).status_code == 422
    assert (
        client.post(course, {**given, "ends_on": (start + timedelta(days=5)).isoformat()}).status_code == 302
    )
    teaching = reverse("curriculum:teaching", args=[nam.pk])
    assert "Dạy thay" in client.get(teaching).content.decode()
    assert "<html" not in client.get(teaching, headers={"HX-Request": "true"}).content.decode()
    made = TeachingAssignment.objects.get(teacher=nam)
    assert client.post(reverse("curriculum:end_assignment", args=[made.pk])).status_code == 302
    for address in (room, course, teaching):
        for who in ("ha", "mai"):
            assert cast.client(who).get(address).status_code == 404, (who, address)
    assert cast.client("lan").post(course, given).status_code == 404
    assert client.post(reverse("curriculum:make_courses")).status_code == 302
    assert client.get(reverse("curriculum:copy")).status_code == 200
    assert client.post(reverse("curriculum:copy"), {"follow": "same"}).status_code == 422


def test_the_programme_adds_up_on_its_page(cast: Cast) -> None:
    shown = cast.client("lan").get(reverse("curriculum:programme")).content.decode()
    for total in ("1.032", "997", "1.050"):
        assert total in shown
    assert "TT 32/2018" in shown
    assert cast.client("binh").get(reverse("curriculum:programme")).status_code == 404
