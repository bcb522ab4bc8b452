"""Faults in the records: counted, kept for the levels above, and opened to their rows; only for who may see them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khue.kernel.people.models import Person
from khue.registry.roster import duplicate_candidates, quality_figures
from khue.registry.roster.models import Classroom, Enrolment, Guardianship, Homeroom, QualityFigure
from khue.registry.roster.queries import quality as queries
from khue.registry.roster.queries.places import Place, place
from tests.cast import Cast, make_enrolment, make_person

CLEAN: dict[str, Any] = {
    "personal_id": "014313000001", "ministry_code": "1400000001", "sex": 2, "ethnicity": "01",
    "birth_date": date(2013, 3, 14),
}  # fmt: skip


@pytest.fixture
def clean(cast: Cast) -> Cast:
    """An's record without any fault."""
    Person.objects.filter(pk=cast.people["an"].pk).update(**CLEAN)
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone="+84912345678")
    return cast


def at(cast: Cast, actor: Any, code: str = "") -> Place:
    found = place(actor, "roster.view_quality", code)
    assert found is not None
    return found


def faults_of(cast: Cast, name: str = "an") -> set[str]:
    """The checks that a pupil fails, read from the rows behind the figures."""
    here = at(cast, cast.tam)
    found = set()
    for check in queries.PUPIL_CHECKS:
        rows = queries.faulty_pupils(cast.tam, place=here, year_id=2026, check=check).rows
        if any(row["person_id"] == cast.people[name].pk for row in rows):
            found.add(check)
    return found


def test_a_clean_record_has_no_fault(clean: Cast) -> None:
    assert faults_of(clean) == set()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"personal_id": None}, {"no_personal_id"}),
        ({"personal_id": "0143130000"}, {"bad_personal_id"}),
        ({"personal_id": "003313000001"}, {"bad_personal_id"}),
        ({"personal_id": "014213000001"}, {"sex_mismatch"}),
        ({"personal_id": "014312000001"}, {"birth_mismatch"}),
        ({"personal_id": "014113000001"}, {"birth_mismatch"}),
        ({"ministry_code": None}, {"no_ministry_code"}),
        ({"sex": None}, {"no_sex"}),
        ({"ethnicity": ""}, {"no_ethnicity"}),
        ({"birth_date": None}, {"no_birth"}),
        ({"birth_date": date(2019, 1, 1), "personal_id": "014319000001"}, {"age"}),
        ({"birth_date": date(2009, 1, 1), "personal_id": "014309000001"}, {"age"}),
        ({"birth_date": date(2010, 1, 1), "personal_id": "014310000001"}, set()),
    ],
)
def test_each_fault_is_seen_alone(clean: Cast, change: dict[str, Any], fault: set[str]) -> None:
    Person.objects.filter(pk=clean.people["an"].pk).update(**change)
    assert faults_of(clean) == fault


def test_no_class_no_contact_and_a_double_are_faults(clean: Cast) -> None:
    Enrolment.objects.filter(person=clean.people["an"]).update(classroom=None)
    Guardianship.objects.filter(pupil=clean.people["an"]).update(ends_on=date(2026, 10, 1))
    make_enrolment(make_person("Lê Hoài An", birth_date=date(2013, 3, 14), sex=2), clean.second_classroom)
    duplicate_candidates.refresh(None)
    assert faults_of(clean) == {"no_class", "no_contact", "double"}


def test_classes_over_their_limit_nearly_full_or_without_homeroom(clean: Cast) -> None:
    for number in range(45):
        make_enrolment(make_person(f"Em Số {number}"), clean.classroom)
    here = at(clean, clean.tam)
    Homeroom.objects.all().delete()
    names = {
        check: [
            row["name"] for row in queries.faulty_classes(clean.tam, place=here, year_id=2026, check=check)
        ]
        for check in queries.CLASS_CHECKS
    }
    assert names == {"over_full": ["8A3"], "near_full": [], "no_homeroom": ["8A3", "8A5"]}
    Enrolment.objects.filter(person__full_name__in=["Em Số 1", "Em Số 2"]).update(status="dropped")
    assert queries.faulty_classes(clean.tam, place=here, year_id=2026, check="near_full")[0]["pupils"] == 44


def test_the_figures_of_every_level_are_the_rows_behind_them(clean: Cast) -> None:
    quality_figures.refresh_all()
    school = queries.table(clean.tam, place=at(clean, clean.tam), year_id=2026)
    other = queries.table(clean.ha, place=at(clean, clean.ha), year_id=2026)
    commune = queries.table(clean.thanh, place=at(clean, clean.thanh), year_id=2026)
    province = queries.table(clean.son, place=at(clean, clean.son), year_id=2026)
    assert commune.total.faults == school.total.faults
    assert province.total.faults == {
        name: number + other.total.faults[name] for name, number in school.total.faults.items()
    }
    here = at(clean, clean.tam)
    for check in queries.PUPIL_CHECKS:
        rows = queries.faulty_pupils(clean.tam, place=here, year_id=2026, check=check, limit=None).rows
        assert len(rows) == school.total.faults[check], check
    for check in queries.CLASS_CHECKS:
        assert (
            len(queries.faulty_classes(clean.tam, place=here, year_id=2026, check=check))
            == school.total.faults[check]
        )
    assert (school.is_live, province.is_live, province.uncounted) == (True, False, 0)
    assert province.as_of is not None


def test_a_school_never_counted_is_said_so(clean: Cast) -> None:
    assert queries.table(clean.son, place=at(clean, clean.son), year_id=2026).uncounted == 2


def test_only_schools_that_moved_are_counted_again(clean: Cast) -> None:
    from khue.registry.roster.actions.duplicates import find_duplicates

    quality_figures.refresh_changed()
    before = dict(QualityFigure.objects.values_list("school_id", "as_of"))
    assert len(before) == 2
    find_duplicates(clean.tam, clean.school)
    quality_figures.refresh_changed()
    after = dict(QualityFigure.objects.values_list("school_id", "as_of"))
    assert after[clean.school.pk] > before[clean.school.pk]
    assert after[clean.other_school.pk] == before[clean.other_school.pk]


def test_nobody_reads_the_faults_of_another_school(clean: Cast) -> None:
    other = at(clean, clean.son, "THCS-LQD")
    for actor in (clean.ha, clean.mai, clean.lan, clean.binh, clean.an):
        assert (
            place(actor, "roster.view_quality", "THCS-LQD") is None
            or not at(clean, actor, "THCS-LQD").is_reached
        )
    for actor in (clean.mai, clean.lan, clean.binh):
        assert queries.table(actor, place=other, year_id=2026).lines == []
        assert queries.faulty_pupils(actor, place=other, year_id=2026, check="no_contact").rows == []
        assert queries.faulty_classes(actor, place=other, year_id=2026, check="no_homeroom") == []


def test_a_bigger_province_costs_no_more_statements(clean: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        quality_figures.refresh([clean.school.pk, clean.other_school.pk], 2026)
    assert len(captured) <= 5


# --- pages ---------------------------------------------------------------------------------------------------
PAGES = (
    "/chat-luong-du-lieu/",
    "/chat-luong-du-lieu/no-contact/",
    "/chat-luong-du-lieu/no-homeroom/",
    "/ho-so-trung/",
)


@pytest.mark.parametrize("who", ["tam", "hung", "son"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_cost_at_most_twelve_statements(clean: Cast, who: str, path: str) -> None:
    quality_figures.refresh_all()
    client = clean.client(who)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    assert len(captured) <= 12, [query["sql"][:90] for query in captured]


def test_an_officer_steps_down_to_a_school(clean: Cast) -> None:
    client = clean.client("son")
    assert "8A3" in client.get("/chat-luong-du-lieu/?don-vi=THCS-LQD").content.decode()
    page = client.get("/chat-luong-du-lieu/no-ministry-code/?don-vi=THCS-LQD").content.decode()
    assert "Phạm Minh Khôi" in page
    assert clean.client("ha").get("/chat-luong-du-lieu/?don-vi=THCS-LQD").status_code == 404


@pytest.mark.parametrize("who", ["mai", "lan", "binh", "an"])
@pytest.mark.parametrize("path", [*PAGES, "/ket-chuyen/", "/ho-so-trung/1/"])
def test_mai_and_others_without_the_right_get_404(clean: Cast, who: str, path: str) -> None:
    assert clean.client(who).get(path).status_code == 404


def test_rows_go_to_excel_and_the_export_is_written_down(clean: Cast) -> None:
    from khue.kernel.audit.models import Entry

    response = clean.client("tam").get("/chat-luong-du-lieu/no-ministry-code/?format=xlsx")
    assert (response.status_code, response.content[:2]) == (200, b"PK")
    assert Entry.objects.order_by("-pk")[0].action == "roster.export"


def test_the_rows_of_one_class_only(clean: Cast) -> None:
    room: Classroom = clean.second_classroom
    page = clean.client("tam").get(f"/chat-luong-du-lieu/no-personal-id/?lop={room.pk}").content.decode()
    assert "Phạm Minh Khôi" in page
    assert "Lê Hoài An" not in page
