from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from khue.kernel.api.tests.test_tokens import key_of
from khue.kernel.audit.models import Entry
from khue.registry.roster.models import Guardianship, Transfer
from tests.cast import START, Cast, make_enrolment, make_person

PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def fresh_rate() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def get(cast: Cast, name: str, path: str, **query: Any) -> Any:
    return cast.client(name).get(f"/api/v1{path}", query)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["name"] for item in answer.json()["items"]]


def test_units_are_those_within_reach(cast: Cast) -> None:
    assert len(names(get(cast, "son", "/units"))) == 6
    assert names(get(cast, "tam", "/units")) == ["THCS Lê Quý Đôn", "Điểm trường Bản Mới"]
    assert names(get(cast, "son", "/units", kind="school", q="le quy")) == ["THCS Lê Quý Đôn"]
    assert names(get(cast, "son", "/units", parent="X-DONGKINH")) == ["THCS Lê Quý Đôn"]
    assert get(cast, "tam", f"/units/{cast.school.pk}").json()["code"] == "THCS-LQD"


def test_what_may_not_be_seen_is_what_does_not_exist(cast: Cast) -> None:
    foreign = get(cast, "tam", f"/units/{cast.other_school.pk}")
    missing = get(cast, "tam", "/units/999999")
    assert foreign.status_code == 404
    assert foreign.content == missing.content
    assert get(cast, "mai", "/units").status_code == 404
    assert get(cast, "ha", f"/pupils/{cast.people['an'].pk}").status_code == 404
    assert get(cast, "tam", "/pupils", unit="THCS-MK").status_code == 404


def test_pupils_and_classes_are_those_of_the_callers_place(cast: Cast) -> None:
    assert set(names(get(cast, "tam", "/pupils", year=2026))) == {"Lê Hoài An", "Phạm Minh Khôi"}
    assert names(get(cast, "lan", "/pupils", year=2026, q="an")) == ["Lê Hoài An"]
    assert names(get(cast, "mai", "/pupils", year=2026)) == ["Lường Thảo Vy"]
    assert names(get(cast, "tam", "/pupils", year=2026, class_id=cast.classroom.pk)) == ["Lê Hoài An"]
    assert names(get(cast, "tam", "/classes", year=2026)) == ["8A3", "8A5"]
    assert get(cast, "tam", f"/pupils/{cast.people['an'].pk}").json()["class_name"] == "8A3"


def test_numbers_of_identity_cards_are_never_given(cast: Cast) -> None:
    person = cast.people["an"]
    type(person).objects.filter(pk=person.pk).update(personal_id="038213004417")
    for path in ("/pupils?year=2026", f"/pupils/{person.pk}"):
        assert "038213004417" not in cast.client("tam").get(f"/api/v1{path}").content.decode()


def test_counts_are_of_the_day_asked(cast: Cast) -> None:
    found = get(cast, "son", "/counts", day="2026-11-20").json()
    assert found["total"]["pupils"] == 3
    assert get(cast, "tam", "/counts", day="2026-11-20").json()["total"]["pupils"] == 2
    assert get(cast, "tam", "/counts", day="1999-01-01").json()["lines"] == []
    assert get(cast, "tam", "/counts").status_code == 422


def test_staff_are_those_within_reach(cast: Cast) -> None:
    assert set(names(get(cast, "tam", "/staff"))) == {"Nguyễn Thị Lan", "Trần Quốc Hùng", "Đỗ Thị Tâm"}
    assert get(cast, "tam", f"/staff/{cast.people['lan'].pk}").json()["name"] == "Nguyễn Thị Lan"
    assert get(cast, "ha", f"/staff/{cast.people['lan'].pk}").status_code == 404


def test_people_are_counted_within_reach(cast: Cast) -> None:
    counts = {line["kind"]: line["people"] for line in get(cast, "tam", "/people/counts").json()}
    assert counts.get("pupil") == 2
    assert get(cast, "an", "/people/counts").status_code == 404


def test_a_provinces_people_are_counted_now_and_then_and_say_when(cast: Cast) -> None:
    first = get(cast, "son", "/people/counts").json()
    make_enrolment(make_person("Vũ Thị Thêm"), cast.classroom)
    later = get(cast, "son", "/people/counts").json()
    assert [line["people"] for line in later] == [line["people"] for line in first]
    assert later[0]["as_of"] == first[0]["as_of"]
    cache.clear()
    fresh = {line["kind"]: line["people"] for line in get(cast, "son", "/people/counts").json()}
    assert fresh["pupil"] == next(line["people"] for line in first if line["kind"] == "pupil") + 1


def test_who_answers_for_two_children_is_one_guardian(cast: Cast) -> None:
    def guardians() -> int:
        return next(
            line["people"] for line in get(cast, "tam", "/people/counts").json() if line["kind"] == "guardian"
        )

    before = guardians()
    child = make_enrolment(make_person("Lê Thị Em"), cast.classroom)
    Guardianship.objects.create(
        pupil_id=child.person_id, guardian=cast.people["binh"], relation="father", starts_on=START
    )
    assert guardians() == before == 1


def test_pages_of_results(cast: Cast) -> None:
    first = get(cast, "son", "/units", size=2).json()
    last = get(cast, "son", "/units", size=2, page=3).json()
    assert (len(first["items"]), first["has_more"], first["total"]) == (2, True, 6)
    assert (len(last["items"]), last["has_more"]) == (2, False)
    assert get(cast, "son", "/units", size=201).status_code == 422
    assert get(cast, "son", "/units", page=0).status_code == 422


@pytest.fixture
def transfer(cast: Cast) -> Transfer:
    """An asks to go from Tâm's school to Hà's."""
    return Transfer.objects.create(
        enrolment=cast.enrolments["an"], from_school=cast.school, to_school=cast.other_school, reason_code="move",
        submitted_on=START, answer_due_on=START, wanted_grade=8,
    )  # fmt: skip


def answer(client: Client, transfer: Transfer, body: Any, key: str = "key-12345678", **headers: str) -> Any:
    return client.post(
        f"/api/v1/transfers/{transfer.pk}/answer", body, content_type="application/json",
        headers={"Idempotency-Key": key, **headers},
    )  # fmt: skip


def test_a_transfer_is_answered_once_however_often_it_is_sent(cast: Cast, transfer: Transfer) -> None:
    client = Client()
    bearer = {"Authorization": f"Bearer {key_of(cast, 'ha')}"}
    first = answer(client, transfer, {"accept": True}, **bearer)
    assert (first.status_code, first.json()["state"]) == (200, "accepted")
    again = answer(client, transfer, {"accept": True}, **bearer)
    assert again.content == first.content
    assert Entry.objects.filter(action="roster.accept_transfer").count() == 1
    other = answer(client, transfer, {"accept": False, "refusal": "Hết chỗ học"}, **bearer)
    assert (other.status_code, other["Content-Type"]) == (422, PROBLEM)
    later = answer(client, transfer, {"accept": True}, key="another-key", **bearer)
    assert later.status_code == 422


def test_without_a_key_of_its_own_an_unsafe_call_is_refused(cast: Cast, transfer: Transfer) -> None:
    bearer = {"Authorization": f"Bearer {key_of(cast, 'ha')}"}
    sent = Client().post(
        f"/api/v1/transfers/{transfer.pk}/answer",
        {"accept": True},
        content_type="application/json",
        headers=bearer,
    )
    assert sent.status_code == 422
    assert Transfer.objects.get().state == "submitted"


def test_only_the_receiving_school_answers(cast: Cast, transfer: Transfer) -> None:
    for name in ("tam", "hung"):
        assert answer(cast.client(name), transfer, {"accept": True}).status_code == 404
    assert answer(cast.client("mai"), transfer, {"accept": True}).status_code == 404
    assert Transfer.objects.get().state == "submitted"


def test_a_session_needs_the_csrf_token_for_unsafe_calls(cast: Cast, transfer: Transfer) -> None:
    browser = cast.client("ha")
    browser.handler.enforce_csrf_checks = True
    refused = answer(browser, transfer, {"accept": True})
    assert (refused.status_code, refused["Content-Type"]) == (403, PROBLEM)
    browser.get("/khoa-api/")
    token = browser.cookies["khue_csrf"].value
    assert answer(browser, transfer, {"accept": True}, **{"X-CSRFToken": token}).status_code == 200


def test_every_refusal_is_problem_json(cast: Cast) -> None:
    client = cast.client("tam")
    cases = [
        (client.get("/api/v1/nonsense"), 404), (client.post("/api/v1/units"), 405), (Client().get("/api/v1/me"), 401),
        (Client().get("/api/v1/openapi.json"), 401), (client.get("/api/v1/units?page=x"), 422),
    ]  # fmt: skip
    for response, status in cases:
        assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
        assert response.json()["detail"]


def test_too_many_calls_are_slowed(cast: Cast, settings: Any) -> None:
    from khue.kernel.api.doors import CallerThrottle

    client = cast.client("tam")
    number, _seconds = CallerThrottle().parse_rate("300/m")
    answers = {client.get("/api/v1/me").status_code for _time in range(number)}
    slowed = client.get("/api/v1/me")
    assert answers == {200}
    assert (slowed.status_code, slowed["Content-Type"]) == (429, PROBLEM)
    assert int(slowed["Retry-After"]) > 0
    assert cast.client("hung").get("/api/v1/me").status_code == 200


def test_the_description_names_every_operation_and_its_refusals(cast: Cast) -> None:
    found = cast.client("tam").get("/api/v1/openapi.json").json()
    assert {"/api/v1/me", "/api/v1/units", "/api/v1/pupils", "/api/v1/staff"} <= set(found["paths"])
    for path in found["paths"].values():
        for operation in path.values():
            assert {"200", "401", "404", "422"} <= set(operation["responses"])
            assert list(operation["responses"]["404"]["content"]) == [PROBLEM]


def test_no_cache_keeps_an_answer(cast: Cast) -> None:
    assert cast.client("tam").get("/api/v1/me")["Cache-Control"] == "no-store"
