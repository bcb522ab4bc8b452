"""An intake over the years: where its pupils are, by unit, within the reach."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from khue.command.ioc import cohorts
from khue.command.ioc.queries import cohort
from khue.command.ioc.queries.places import standing
from khue.command.ioc.tests.kept import keep_today
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Classroom, Enrolment
from tests.cast import Cast

BASE = "/dieu-hanh/khoa-hoc/"
THEN, LATER, NOW = 2024, 2025, 2026


def _enrol(
    person: Person, year: int, school: Unit, grade: int, status: str = "studying", **more: Any
) -> None:
    on = date(year, 9, 1)
    Enrolment.objects.create(
        person=person, year_id=year, school=school, level="THCS", grade=grade, status=status, status_on=on,
        joined_on=more.pop("joined_on", on), sort_key=person.full_name, is_current=False, **more,
    )  # fmt: skip


@pytest.fixture
def intake(cast: Cast) -> int:
    """Grade 6 of 2024 at the cast's school: twelve pupils of whom each outcome has its share by 2026."""
    for year in (THEN, LATER):
        SchoolYear.objects.get_or_create(
            pk=year, defaults={"starts_on": date(year, 8, 25), "ends_on": date(year + 1, 7, 31)}
        )
    school, other = cast.school, cast.other_school
    people = [
        Person.objects.create(
            code=f"KHOA{n:02}", full_name=f"Lò Văn {n}", search_key=f"lo van {n}", sort_key=f"{n}"
        )
        for n in range(13)
    ]
    for person in people[:12]:
        _enrol(person, THEN, school, 6)
    for person in people[:5]:  # five stay
        _enrol(person, LATER, school, 7)
        _enrol(person, NOW, school, 8)
    _enrol(people[5], LATER, school, 7)  # moves within the province in the middle of a year
    _enrol(people[5], NOW, school, 8, "transferred_out")
    _enrol(people[5], NOW, other, 8, joined_on=date(NOW, 10, 1))
    _enrol(people[6], LATER, school, 7, "transferred_out")  # leaves it
    _enrol(people[7], LATER, school, 6, is_repeat=True)  # repeats
    _enrol(people[7], NOW, school, 7)
    _enrol(people[8], LATER, school, 7, "dropped")
    _enrol(people[9], LATER, school, 7, "completed")
    _enrol(people[10], LATER, school, 7, "reserved")
    _enrol(people[12], THEN, other, 6)  # another school's intake, who comes here later
    _enrol(people[12], LATER, school, 7)
    cohorts.count_due()
    return 12  # of the twelfth nothing is known after the first year


def text_of(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_each_pupil_of_an_intake_is_counted_once_every_year(cast: Cast, intake: int) -> None:
    here = standing(cast.hung, "")
    assert here is not None
    found = cohort.cohort(cast.hung, here, THEN, 6, [THEN, LATER, NOW])
    assert found.size == intake
    assert found.years[THEN] == {"here": 12}
    assert found.years[LATER] == {
        "here": 6, "repeated": 1, "left": 1, "dropped": 1, "finished": 1, "other": 2,
    }  # fmt: skip
    assert found.years[NOW] == {
        "here": 5, "moved": 1, "repeated": 1, "left": 1, "dropped": 1, "finished": 1, "other": 2,
    }  # fmt: skip
    assert all(sum(counts.values()) == intake for counts in found.years.values())


def test_units_below_add_up_to_the_whole_at_every_level(cast: Cast, intake: int) -> None:
    sizes = {}
    for actor, code in ((cast.son, "SO"), (cast.son, "X-DONGKINH"), (cast.hung, "")):
        here = standing(actor, code)
        assert here is not None
        found = cohort.cohort(actor, here, THEN, 6, [THEN, NOW])
        sizes[code] = found.size
        for outcome in cohort.OUTCOMES:
            assert sum(part.counts.get(outcome, 0) for part in found.parts) == found.years[NOW].get(
                outcome, 0
            )
    assert sizes == {"SO": 13, "X-DONGKINH": 12, "": 12}


def test_a_school_is_parted_by_the_classes_of_the_first_year(cast: Cast, intake: int) -> None:
    room = Classroom.objects.create(
        year_id=THEN, school=cast.school, name="6A1", level="THCS", grade=6, sort_key="06a1"
    )
    Enrolment.objects.filter(person__code__in=["KHOA00", "KHOA08"], year_id=THEN).update(classroom=room)
    here = standing(cast.hung, "")
    assert here is not None
    parts = {part.label: part.counts for part in cohort.cohort(cast.hung, here, THEN, 6, [THEN, NOW]).parts}
    assert parts["6A1"] == {"here": 1, "dropped": 1}
    assert sum(parts["Chưa xếp lớp"].values()) == 10


def test_the_page_shows_the_years_and_says_how_far_back_khue_holds_anything(cast: Cast, intake: int) -> None:
    hung = cast.client("hung")
    page = text_of(hung, f"{BASE}?nam={THEN}&khoi=6")
    assert "Khuê có hồ sơ học sinh từ năm học 2024-2025" in page
    assert '<svg class="chart stacks"' in page
    assert "Chuyển ra ngoài tỉnh" in page
    assert "66,7" in page  # eight of twelve
    sheets = read_workbook(hung.get(f"{BASE}?nam={THEN}&khoi=6&tep=xlsx").content, FileKind.XLSX)
    assert len(sheets) == 2
    assert "2026-2027" in [str(cell) for row in sheets[0].rows for cell in row]


def test_with_one_year_only_the_page_says_that_nothing_can_be_followed(cast: Cast) -> None:
    held = sorted(set(Enrolment.objects.values_list("year_id", flat=True)))
    Enrolment.objects.exclude(year_id=max(held)).delete()
    cohorts.count_due()
    assert "chưa theo được sang năm sau" in text_of(cast.client("son"), BASE)


def test_an_officer_of_one_commune_follows_nobody_of_another(cast: Cast, intake: int) -> None:
    keep_today(cast)
    thanh = cast.client("thanh")
    assert "Mường Khoa" not in text_of(thanh, f"{BASE}?nam={THEN}&khoi=6")
    for there in ("SO", "X-MUONGKHOA", "THCS-MK"):
        text_of(thanh, f"{BASE}?don-vi={there}&nam={THEN}", status=404)
    here = standing(cast.thanh, "")
    assert here is not None
    assert cohort.cohort(cast.thanh, here, THEN, 6, [THEN]).size == 12
    for who in ("lan", "binh", "an", "tam"):
        text_of(cast.client(who), BASE, status=404)


def test_few_pupils_of_one_outcome_are_withheld_from_who_may_not_open_their_records(
    cast: Cast, intake: int
) -> None:
    here = standing(cast.hung, "")
    assert here is not None
    one = cohort.cohort(cast.hung, here, THEN, 6, [THEN, NOW])
    assert not one.is_withheld
    small = cohort._may_be_guessed(here, one.years, {})
    assert small
    assert not cohort._may_be_guessed(here, {THEN: {"here": 12}}, {1: {THEN: {"here": 12}}})
    below = standing(cast.son, "THCS-LQD")
    assert below is not None
    assert cohort._may_be_guessed(below, {THEN: {"here": 12}}, {})  # could be taken away from the commune's


def test_a_cohort_costs_twelve_questions_at_most(
    cast: Cast, intake: int, django_assert_max_num_queries: Any
) -> None:
    for who, address in (("son", f"?nam={THEN}&khoi=6"), ("hung", f"?nam={THEN}&khoi=6"), ("thanh", "")):
        client = cast.client(who)
        client.get(BASE + address)
        with django_assert_max_num_queries(12):
            client.get(BASE + address)
