"""Workload against the norm, substitutes taken off, shortage by subject, staff by level."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.workload import Post
from khue.registry.curriculum import queries, rules
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import Homeroom
from khue.registry.staff.models import Duty, StaffMember
from tests.cast import Cast, make_class

MONDAYS = [date(2026, 9, 7) + timedelta(days=7 * n) for n in range(35)]
WHOLE = (date(2026, 9, 5), date(2027, 7, 31))


def span(
    course: int = 1, role: str = "main", periods: int = 140, days: tuple[date, date] = WHOLE
) -> rules.Span:
    return rules.Span(course, role, periods, *days)


def test_a_whole_year_is_the_whole_rate_and_half_the_weeks_half_of_it() -> None:
    assert rules.periods_taught([span()], MONDAYS, {}) == 140
    assert rules.periods_taught([span(days=(WHOLE[0], MONDAYS[7]))], MONDAYS, {}) == 28


def test_the_weeks_of_a_substitute_are_taken_off_the_main_teacher() -> None:
    away = (MONDAYS[0], MONDAYS[5])
    stand_in = span(role="substitute", days=away)
    assert rules.periods_taught([span()], MONDAYS, {1: [stand_in]}) == 120
    assert rules.periods_taught([stand_in], MONDAYS, {1: [stand_in]}) == 20
    assert rules.periods_taught([span(2)], MONDAYS, {1: [stand_in]}) == 140


@given(st.integers(0, 35), st.integers(0, 300))
def test_whoever_follows_whom_the_year_keeps_its_periods(week: int, periods: int) -> None:
    change = MONDAYS[week] if week < 35 else WHOLE[1]
    parts = [span(periods=periods, days=(WHOLE[0], change)), span(periods=periods, days=(change, WHOLE[1]))]
    total = sum(rules.periods_taught([part], MONDAYS, {}) for part in parts)
    assert abs(total - periods) <= Decimal("0.1")


@pytest.mark.parametrize(
    ("homeroom", "duties", "off"),
    [
        (False, [], 0),
        (True, [], 4),
        (True, [("group_head", Decimal(3))], 7),
        (True, [("group_head", Decimal(3)), ("union", Decimal(2))], 7),
        (True, [("young_child", Decimal(3)), ("group_head", Decimal(3))], 10),
    ],
)
def test_the_two_largest_jobs_and_a_young_child_lighten_the_norm(
    homeroom: bool, duties: Any, off: int
) -> None:
    assert rules.weekly_reduction(homeroom, duties) == off


def test_the_examples_of_the_circular() -> None:
    upper = rules.load(Post.UPPER_SECONDARY, Decimal(500), is_homeroom=True, duties=[])
    assert (upper.required, upper.difference, upper.kind) == (455, 45, "over")
    lower = rules.load(
        Post.LOWER_SECONDARY, Decimal(420), is_homeroom=True, duties=[("group_head", Decimal(3))]
    )
    assert (lower.required, lower.kind) == (420, "even")
    assert rules.load(Post.LOWER_SECONDARY, Decimal(300), is_homeroom=False, duties=[]).kind == "under"
    assert rules.load(Post.LOWER_SECONDARY, Decimal(998), is_homeroom=False, duties=[]).kind == "beyond"


@pytest.mark.parametrize(
    ("post", "level", "form", "found"),
    [
        ("teacher", "TH", "", Post.PRIMARY),
        ("teacher", "GDTX", "", Post.UPPER_SECONDARY),
        ("teacher", "THCS", "PTDTBT", Post.SEMI_BOARDING_LOWER_SECONDARY),
        ("teacher", "THPT", "PTDTNT", Post.BOARDING_UPPER_SECONDARY),
        ("teacher", "THPT", "PTDTBT", Post.UPPER_SECONDARY),
        ("principal", "THCS", "", Post.PRINCIPAL),
        ("youth_leader", "TH", "", Post.YOUTH_LEADER_PRIMARY),
        ("accountant", "THCS", "", None),
        ("teacher", "MN", "", None),
    ],
)
def test_the_norm_follows_post_level_and_kind_of_school(
    post: str, level: str, form: str, found: Post | None
) -> None:
    assert rules.norm_post(post, level, form=form) is found


def test_a_boarding_school_says_so_in_its_name() -> None:
    assert rules.school_form("Trường PTDT Nội trú tỉnh") == "PTDTNT"
    assert rules.school_form("PTDTBT THCS Mường Khoa") == "PTDTBT"
    assert rules.school_form("THCS Lê Quý Đôn") == ""


@pytest.mark.parametrize(
    ("level", "classes", "needed"),
    [
        ("TH", rules.Classes(two_sessions=20), 30),
        ("TH", rules.Classes(one_session=10), 12),
        ("THCS", rules.Classes(one_session=17), 32),
        ("THPT", rules.Classes(one_session=30), 68),
        ("MN", rules.Classes(two_sessions=5, nursery=2), 16),
    ],
)
def test_the_norms_of_staff_by_classes(level: str, classes: rules.Classes, needed: int) -> None:
    assert rules.teachers_for(level, classes) == needed


def test_subjects_are_read_out_of_staff_files() -> None:
    words = {"toan": "TOAN", "vat li": "VAT_LI", "lich su va dia li": "LS_DL", "tin hoc": "TIN_HOC"}
    assert rules.subjects_in("Toán, Vật lí", words) == ["TOAN", "VAT_LI"]
    assert rules.subjects_in("Lịch sử và Địa lí", words) == ["LS_DL"]
    assert rules.subjects_in("Toán và Tin học", words) == ["TOAN", "TIN_HOC"]
    assert rules.subjects_in("Cắm hoa", words) == []


def test_lans_year_is_set_against_the_norm(cast: Cast) -> None:
    StaffMember.objects.filter(person=cast.people["lan"]).update(subjects_text="Toán")
    Duty.objects.create(
        person=cast.people["lan"], unit=cast.school, year=cast.year, kind="group_head", periods=3
    )
    shown = queries.workloads(cast.hung, cast.school, cast.year)
    lan = next(one for one in shown.teachers if one.id == cast.people["lan"].pk)
    assert lan.load is not None
    assert (lan.load.norm, lan.load.reduction, lan.load.required, lan.load.taught) == (19, 7, 420, 280)
    assert lan.load.kind == "under"
    assert (lan.courses, lan.homerooms) == (["Toán 8A3", "Toán 8A5"], ["8A3"])
    (maths,) = shown.shortages
    assert (maths.periods, maths.given, maths.teachers, maths.open) == (280, 280, 1, 0)
    assert maths.difference == Decimal("0.2")
    assert [(need.level, need.classes, need.needed, need.present) for need in shown.needs] == [
        ("THCS", 2, 4, 1)
    ]
    hung = next(one for one in shown.teachers if one.post == "principal")
    assert hung.load is not None
    assert hung.load.norm == 2


def test_at_a_school_of_several_levels_the_highest_level_taught_decides(cast: Cast) -> None:
    room = make_class("10A1", cast.school, cast.year, 10, "THPT")
    course = Course.objects.create(
        year=cast.year, school=cast.school, classroom=room, subject=Subject.objects.get(pk="TOAN"), periods_a_year=105,
        assessed_by="marks",
    )  # fmt: skip
    TeachingAssignment.objects.create(
        course=course, teacher=cast.people["lan"], periods_a_year=105, starts_on=WHOLE[0], ends_on=WHOLE[1]
    )
    lan = next(
        one for one in queries.workloads(cast.hung, cast.school, cast.year).teachers if one.post == "teacher"
    )
    assert lan.load is not None
    assert (lan.level, lan.load.norm, lan.load.taught) == ("THPT", 17, 385)


def test_a_teacher_at_two_campuses_is_marked(cast: Cast) -> None:
    type(cast.classroom).objects.filter(pk=cast.second_classroom.pk).update(campus=cast.campus)
    lan = next(
        one for one in queries.workloads(cast.hung, cast.school, cast.year).teachers if one.post == "teacher"
    )
    assert lan.travels
    assert "Điểm trường Bản Mới" in lan.campuses


def test_the_workload_page_is_for_the_school_and_those_above(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = cast.client("hung")
    client.get(reverse("curriculum:workload"))
    with django_assert_max_num_queries(12):
        shown = client.get(reverse("curriculum:workload")).content.decode()
    assert "thiếu" in shown
    assert cast.client("lan").get(reverse("curriculum:workload")).status_code == 404
    assert (
        cast.client("mai").get(reverse("curriculum:workload"), {"don-vi": cast.school.code}).status_code
        == 404
    )
    assert (
        cast.client("ha").get(reverse("curriculum:workload"), {"don-vi": cast.school.code}).status_code == 404
    )


def test_an_officer_sees_who_is_short_school_by_school(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    rows = queries.staffing_rows(cast.son, cast.department, cast.year)
    assert [(row["name"], row["classes"], row["needed"], row["present"]) for row in rows] == [
        ("THCS Lê Quý Đôn", 2, 4, 1), ("THCS Mường Khoa", 1, 2, 1),
    ]  # fmt: skip
    assert rows[0]["difference"] == -3
    client = cast.client("son")
    client.get(reverse("curriculum:workload"))
    with django_assert_max_num_queries(12):
        shown = client.get(reverse("curriculum:workload"), {"sort": "name"}).content.decode()
    assert "thiếu 3" in shown
    assert client.get(reverse("curriculum:workload"), {"format": "xlsx"}).content[:2] == b"PK"
    assert [row["name"] for row in queries.staffing_rows(cast.thanh, cast.commune, cast.year)] == [
        "THCS Lê Quý Đôn"
    ]


def test_a_homeroom_of_last_year_lightens_nothing(cast: Cast) -> None:
    Homeroom.objects.filter(teacher=cast.people["lan"]).update(ends_on=date(2026, 9, 6))
    lan = next(
        one for one in queries.workloads(cast.hung, cast.school, cast.year).teachers if one.post == "teacher"
    )
    assert lan.load is not None
    assert lan.load.reduction == 0
