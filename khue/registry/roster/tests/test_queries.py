"""What is read: always the actor's own, in the order of an index, by any of the words people use."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Identifier, Person
from khue.registry.roster import rules
from khue.registry.roster.models import Enrolment
from khue.registry.roster.queries import find_classes, find_pupils, pupil_rows, within
from khue.registry.roster.queries.opened_list import all_opened
from khue.registry.roster.queries.places import place
from khue.registry.roster.queries.pupils import chosen_rows
from tests.cast import Cast, make_class, make_enrolment, make_person, make_unit

NAMES = (
    "Lê Hoài An",
    "Lê Hoài Ân",
    "Lê Thị Hoài An",
    "Trần An",
    "Nguyễn Văn An",
    "Đặng Thị Ứng",
    "H'Hen Niê",
    "An Thị Bình",
)


@pytest.fixture
def crowd(cast: Cast) -> Cast:
    """A few more pupils in three schools, one of them with a campus."""
    third = make_unit("TH-BA", "TH Thứ Ba", "school", cast.commune, levels=["TH"])
    rooms = [cast.classroom, cast.other_classroom, make_class("1A", third, cast.year, 1, "TH")]
    rooms.append(make_class("8C", cast.school, cast.year, 8, campus=cast.campus))
    for number, name in enumerate(NAMES * 2):
        person = make_person(
            name,
            birth_date=date(2013, 1, 1 + number),
            sex=1 + number % 2,
            ethnicity="01",
            ministry_code=f"38{number:08}",
        )
        make_enrolment(person, rooms[number % 4])
    return cast


def narrowed(actor: Actor, code: str) -> set[int]:
    """What `visible_to` and the unit together allow, asked the slow way."""
    rows = (
        Enrolment.objects.visible_to(actor, "roster.view_list")
        .filter(year_id=2026)
        .select_related("school", "campus")
    )
    return {
        row.pk
        for row in rows
        if code in {row.school.code, row.campus.code if row.campus else "", row.school.parent.code, "SO"}
    }


@pytest.mark.parametrize("who", ["son", "thanh", "tam", "hung", "lan", "mai", "ha"])
@pytest.mark.parametrize(
    "code", ["SO", "X-DONGKINH", "X-MUONGKHOA", "THCS-LQD", "THCS-LQD-01", "THCS-MK", "TH-BA"]
)
def test_a_place_is_never_wider_than_the_right_and_never_narrower(crowd: Cast, who: str, code: str) -> None:
    actor = crowd.actor(who)
    found = place(actor, "roster.view_list", code)
    if found is None:
        return
    assert {row.pk for row in within(actor, "roster.view_list", 2026, found)} == narrowed(actor, code)


def test_everybody_meets_their_own_place_without_asking(crowd: Cast) -> None:
    for who, code in (("son", "SO"), ("thanh", "X-DONGKINH"), ("tam", "THCS-LQD"), ("lan", "THCS-LQD")):
        found = place(crowd.actor(who), "roster.view_list")
        assert found is not None
        assert found.unit is not None
        assert found.unit.code == code
    assert place(crowd.binh, "roster.view_list") is None


@pytest.mark.parametrize(
    ("who", "index"), [("son", "roster_enrolment_by_name"), ("hung", "roster_enrolment_by_school")]
)
def test_the_list_comes_in_the_order_of_an_index(crowd: Cast, who: str, index: str) -> None:
    actor = crowd.actor(who)
    rows = chosen_rows(actor, year_id=2026, place=place(actor, "roster.view_list")).order_by(
        "sort_key", "id"
    )[:50]
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_bitmapscan = off")
        cursor.execute("set local enable_sort = off")
    plan = rows.explain()
    assert index in plan, plan
    assert "Sort" not in plan, plan


def test_more_than_are_counted_is_believed_for_a_while_and_the_rows_are_always_fresh(crowd: Cast) -> None:
    year = crowd.classroom.year_id
    first, counted = all_opened(crowd.school, year, 0, 50, 1)
    assert counted == 2
    pupil = Enrolment.objects.get(pk=first[0]["id"])
    Enrolment.objects.filter(pk=pupil.pk).update(status="dropped")
    again, counted = all_opened(crowd.school, year, 0, 50, 1)
    assert counted == 2
    assert [row["id"] for row in again] == [row["id"] for row in first if row["id"] != pupil.pk]
    assert all_opened(crowd.school, year, 0, 50, 10_000)[1] == len(again)


def test_names_stand_in_the_vietnamese_order(crowd: Cast) -> None:
    found = pupil_rows(crowd.son, year_id=2026, place=place(crowd.son, "roster.view_list"))
    shown = [row["person__full_name"] for row in found.rows]
    assert shown[:4] == ["Lê Hoài An", "Lê Hoài An", "Lê Hoài An", "Lê Thị Hoài An"]
    assert (
        shown.index("Nguyễn Văn An")
        < shown.index("Trần An")
        < shown.index("Lê Hoài Ân")
        < shown.index("An Thị Bình")
    )
    assert found.total == len(shown) == 19


def test_what_was_typed_is_understood() -> None:
    for text, kind in (
        ("le hoai an", "name"),
        ("14/03/2013", "born"),
        ("14.3.2013", "born"),
        ("038313004417", "personal_id"),
        ("0383 1300 4417", "personal_id"),
        ("3826104417", "ministry_code"),
        ("3826", "digits"),
        ("K00000000123", "code"),
        ("tam-thcs-lqd-260001", "temporary"),
        ("31/02/2013", "nothing"),
        ("???", "nothing"),
        ("", "nothing"),
        ("a' & b | !c:*", "name"),
    ):
        assert rules.what_is_sought(text).kind == kind, text
    assert rules.what_is_sought("Lê Hoài Ân").has_tones
    assert not rules.what_is_sought("le hoai an").has_tones


@pytest.mark.parametrize("who", ["son", "tam", "thanh"])
def test_one_search_finds_by_name_code_number_and_birth(crowd: Cast, who: str) -> None:
    actor, an = crowd.actor(who), crowd.people["an"]
    Person.objects.filter(pk=an.pk).update(personal_id="038313004417", ministry_code="3826104417")
    Identifier.objects.create(person=an, system="temporary", value="TAM-THCS-LQD-260001", unit=crowd.school)
    for text in ("3826104417", "038313004417", an.code, "14/03/2013", "TAM-THCS-LQD-260001"):
        assert [hit.label for hit in find_pupils(actor, text)] == ["Lê Hoài An"], text
    assert {hit.label for hit in find_pupils(actor, "le hoai an")} >= {"Lê Hoài An"}
    assert [hit.label for hit in find_pupils(actor, "dang ung", 1)] == ["Đặng Thị Ứng"] or who != "son"
    assert find_pupils(actor, "khong co ai") == []
    assert find_pupils(actor, "' or 1=1 --") == []


def test_names_typed_with_tones_come_first(crowd: Cast) -> None:
    assert find_pupils(crowd.son, "Lê Hoài Ân", 2)[0].label == "Lê Hoài Ân"
    assert find_pupils(crowd.son, "Lê Hoài An", 2)[0].label == "Lê Hoài An"
    assert len(find_pupils(crowd.son, "le hoai an", 20)) >= 4


def test_nobody_finds_pupils_of_others(crowd: Cast) -> None:
    assert find_pupils(crowd.mai, "le hoai an", 20) == [
        hit for hit in find_pupils(crowd.son, "le hoai an", 20) if "Mường Khoa" in hit.detail
    ]
    assert find_pupils(crowd.binh, "le hoai an") == []
    assert find_pupils(crowd.tam, "luong thao vy") == []


def test_a_pupil_who_left_is_not_found_as_if_here(crowd: Cast) -> None:
    Enrolment.objects.filter(pk=crowd.enrolments["an"].pk).update(is_current=False)
    assert all(hit.detail.find("14/03/2013") < 0 for hit in find_pupils(crowd.son, "le hoai an", 20))


def test_classes_are_found_by_name(crowd: Cast) -> None:
    assert [hit.label for hit in find_classes(crowd.tam, "8a3")] == ["Lớp 8A3"]
    assert [hit.label for hit in find_classes(crowd.tam, "lớp 8 a")] == ["Lớp 8A3", "Lớp 8A5"]
    assert find_classes(crowd.mai, "8a3") == []
    assert find_classes(crowd.tam, "an") == []


def test_a_filter_for_what_is_missing_finds_it(crowd: Cast) -> None:
    actor = crowd.tam
    here = place(actor, "roster.view_list")

    def names(**filters: str) -> set[str]:
        given = {key.replace("_", "-"): value for key, value in filters.items()}
        return {
            r["person__full_name"] for r in pupil_rows(actor, year_id=2026, place=here, filters=given).rows
        }

    assert "Lê Hoài An" in names(thieu="ma-bo")
    assert names(diem_truong=str(crowd.campus.pk)) == {"Trần An", "An Thị Bình"}
    assert "Phạm Minh Khôi" in names(thieu="lien-he")
    assert names(dan_toc="minority") == set()
    assert names(tinh_trang="left") == set()
    assert len(names(tinh_trang="counted")) > 4
