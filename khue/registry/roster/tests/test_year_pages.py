"""The pages of rollover and doubles, as a head, an officer and strangers see them."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from khue.kernel.people.models import Person
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import duplicate_candidates
from khue.registry.roster.models import Classroom, DuplicatePair, Enrolment, Rollover
from tests.cast import Cast, make_enrolment, make_person


@pytest.fixture
def head(cast: Cast) -> Client:
    SchoolYear.objects.create(pk=2027, starts_on=date(2027, 8, 1), ends_on=date(2028, 7, 31))
    return cast.client("hung")


@pytest.fixture
def pair(cast: Cast) -> DuplicatePair:
    make_enrolment(make_person("Lê Hoài Ân", birth_date=date(2013, 3, 14), sex=2), cast.second_classroom)
    duplicate_candidates.refresh(None)
    return DuplicatePair.objects.get()


def test_the_whole_way_from_draft_to_confirmation(cast: Cast, head: Client) -> None:
    assert "2027 – 2028" in head.get("/ket-chuyen/").content.decode()
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get()
    page = head.get("/ket-chuyen/").content.decode()
    assert f'name="ten-{cast.classroom.pk}" value="9A3"' in page
    path = f"/ket-chuyen/{rollover.pk}"
    head.post(f"{path}/lop/", {"version": rollover.version, f"ten-{cast.classroom.pk}": "9B"})
    rollover.refresh_from_db()
    choice = {"version": rollover.version, f"em-{cast.enrolments['an'].pk}": "retain"}
    assert "Lê Hoài An" in head.get(f"{path}/lop/{cast.classroom.pk}/").content.decode()
    assert head.post(f"{path}/lop/{cast.classroom.pk}/", choice).status_code == 302
    rollover.refresh_from_db()
    assert head.post(f"{path}/chay/", {"version": rollover.version}).status_code == 302
    assert Enrolment.objects.get(person=cast.people["an"], is_current=True).is_repeat
    rollover.refresh_from_db()
    assert "Hoàn tác" in head.get("/ket-chuyen/").content.decode()
    head.post(f"{path}/hoan-tac/", {"version": rollover.version})
    assert Enrolment.objects.get(person=cast.people["an"], is_current=True).year_id == 2026
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get(state="draft")
    head.post(f"/ket-chuyen/{rollover.pk}/chay/", {"version": rollover.version})
    rollover.refresh_from_db()
    head.post(f"/ket-chuyen/{rollover.pk}/xac-nhan/", {"version": rollover.version})
    assert "đã xác nhận" in head.get("/ket-chuyen/").content.decode()
    assert Classroom.objects.filter(year_id=2027).count() == 2


def test_an_old_page_does_not_run_over_a_newer_draft(cast: Cast, head: Client) -> None:
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get()
    answer = head.post(f"/ket-chuyen/{rollover.pk}/chay/", {"version": rollover.version + 7})
    assert answer.status_code == 409
    assert not Enrolment.objects.filter(year_id=2027).exists()


def test_the_sweep_sends_a_head_without_fresh_proof_to_prove(cast: Cast, head: Client) -> None:
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get()
    answer = cast.client("hung", proved=False).post(
        f"/ket-chuyen/{rollover.pk}/chay/", {"version": rollover.version}
    )
    assert answer.status_code == 302
    assert not Enrolment.objects.filter(year_id=2027).exists()


def test_before_the_year_is_open_the_page_says_who_opens_it(cast: Cast) -> None:
    page = cast.client("hung").get("/ket-chuyen/").content.decode()
    assert "chưa mở" in page
    assert cast.client("hung").post("/ket-chuyen/chuan-bi/").status_code == 422


@pytest.mark.parametrize("path", ["lop/", "lop/0/", "chay/", "hoan-tac/", "xac-nhan/", "bo/"])
def test_another_schools_rollover_does_not_exist(cast: Cast, head: Client, path: str) -> None:
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get()
    stranger = cast.client("ha")
    answer = stranger.post(f"/ket-chuyen/{rollover.pk}/{path}", {"version": rollover.version})
    assert answer.status_code == 404


def test_merging_and_parting_on_the_page(cast: Cast, pair: DuplicatePair) -> None:
    browser = cast.client("hung")
    path = f"/ho-so-trung/{pair.pk}/"
    page = browser.get(path).content.decode()
    assert "Lê Hoài Ân" in page
    assert "8A5" in page
    answer = browser.post(f"{path}gop/", {"kept": pair.first_id, "f-full_name": pair.second_id})
    assert answer.status_code == 302
    assert Person.objects.get(pk=pair.first_id).full_name == "Lê Hoài Ân"
    assert "đã được gộp" in browser.get(path).content.decode()
    assert "Lê Hoài Ân" in browser.get("/ho-so-trung/?quyet-dinh=merged").content.decode()
    browser.post(f"{path}hoan-tac/")
    assert Person.objects.get(pk=pair.second_id).merged_into_id is None
    assert Person.objects.get(pk=pair.first_id).full_name == "Lê Hoài An"


def test_two_people_are_kept_apart_until_looked_at_again(cast: Cast, pair: DuplicatePair) -> None:
    browser = cast.client("hung")
    browser.post(f"/ho-so-trung/{pair.pk}/khac-nhau/")
    assert "Lê Hoài" not in browser.get("/ho-so-trung/").content.decode()
    browser.post(f"/ho-so-trung/{pair.pk}/xem-lai/")
    assert "Lê Hoài" in browser.get("/ho-so-trung/").content.decode()


@pytest.mark.parametrize("path", ["", "gop/", "khac-nhau/", "xem-lai/", "hoan-tac/"])
def test_another_schools_pair_does_not_exist(cast: Cast, pair: DuplicatePair, path: str) -> None:
    stranger = cast.client("ha")
    address = f"/ho-so-trung/{pair.pk}/{path}"
    answer = stranger.post(address, {"kept": pair.first_id}) if path else stranger.get(address)
    assert answer.status_code == 404


def test_the_department_is_asked_about_a_double_at_another_school(cast: Cast) -> None:
    make_enrolment(make_person("Lê Hoài An", birth_date=date(2013, 3, 14), sex=2), cast.other_classroom)
    browser = cast.client("tam")
    browser.post("/ho-so-trung/tim/")
    pair = DuplicatePair.objects.get()
    assert browser.get(f"/ho-so-trung/{pair.pk}/").status_code == 404
    assert browser.post("/ho-so-trung/hoi-so/", {"row": [pair.pk]}).status_code == 302
    from khue.kernel.workflow.models import Task

    assert Task.objects.get(kind="roster.merge_across").unit_id == cast.department.pk
    assert cast.client("son").get(f"/ho-so-trung/{pair.pk}/").status_code == 200


def test_pages_cost_at_most_twelve_statements(cast: Cast, head: Client, pair: DuplicatePair) -> None:
    head.post("/ket-chuyen/chuan-bi/")
    rollover = Rollover.objects.get()
    for path in (
        "/ket-chuyen/",
        f"/ket-chuyen/{rollover.pk}/lop/{cast.classroom.pk}/",
        f"/ho-so-trung/{pair.pk}/",
    ):
        head.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert head.get(path).status_code == 200
        assert len(captured) <= 12, (path, len(captured), [query["sql"][:100] for query in captured])
