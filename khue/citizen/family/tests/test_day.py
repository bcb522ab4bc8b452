"""A family's first page: every own child, no other, and what the modules say of them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from khue.citizen.family import day, queries
from khue.kernel.manifest import FamilyLine
from khue.registry.roster.models import Guardianship
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def give(cast: Cast, child: str) -> None:
    Guardianship.objects.create(
        pupil=cast.people[child],
        guardian=cast.people["binh"],
        relation="father",
        starts_on=cast.year.starts_on,
    )


def test_children_of_different_schools_stand_on_one_screen_the_eldest_first(cast: Cast) -> None:
    give(cast, "vy")
    found = queries.children(cast.binh)
    assert [(one.place.given_name, one.place.school_name) for one in found] == [
        ("Vy", "THCS Mường Khoa"), ("An", "THCS Lê Quý Đôn"),
    ]  # fmt: skip
    assert found[1].teacher == "Nguyễn Thị Lan"
    page = cast.client("binh").get("/gia-dinh/").content.decode()
    assert "Lê Hoài An" in page
    assert "Lường Thảo Vy" in page
    assert "Phạm Minh Khôi" not in page


def test_a_pupil_sees_the_own_day_and_staff_have_no_such_page(cast: Cast) -> None:
    assert [one.place.name for one in queries.children(cast.an)] == ["Lê Hoài An"]
    assert cast.client("an").get("/gia-dinh/").status_code == 200
    for who in ("lan", "hung", "tam", "son", "mai"):
        assert queries.children(cast.actor(who)) == []
        assert cast.client(who).get("/gia-dinh/").status_code == 404


def test_custody_withdrawn_is_gone_at_the_next_request(cast: Cast) -> None:
    give(cast, "vy")
    client = cast.client("binh")
    address = f"/gia-dinh/em/{cast.people['an'].pk}/"
    before = client.get(address)
    assert before.status_code == 200
    Guardianship.objects.filter(pupil=cast.people["an"]).update(may_view=False)
    after = client.get(address)
    assert after.status_code == 404
    assert after.headers["X-Khue-Person"] != before.headers["X-Khue-Person"]
    assert "Lê Hoài An" not in client.get("/gia-dinh/").content.decode()


def test_lines_stand_in_their_places_and_of_strangers_none(cast: Cast) -> None:
    children = queries.children(cast.binh)
    an = cast.people["an"].pk
    lines = [
        FamilyLine("sau", person_id=an, order=50),
        FamilyLine("trước", person_id=an, order=10),
        FamilyLine("người khác", person_id=cast.people["vy"].pk),
        FamilyLine("báo động", person_id=an, place="alert"),
        FamilyLine("phiếu", person_id=an, place="wanted"),
        FamilyLine("tin trường", place="news"),
    ]
    found = day.arranged(children, lines)
    assert [line.label for line in found.children[0].lines] == ["trước", "sau"]
    assert [line.label for line in found.alerts] == ["báo động"]
    assert [line.label for line in found.wanted] == ["phiếu"]
    assert [line.label for line in found.news] == ["tin trường"]


def test_a_child_s_page_is_the_family_s_alone(cast: Cast) -> None:
    address = f"/gia-dinh/em/{cast.people['an'].pk}/"
    for who in ("binh", "an"):
        answer = cast.client(who).get(address)
        assert answer.status_code == 200
        assert answer.headers["X-Khue-Keep"] == "1"
    for who in ("lan", "hung", "mai", "son"):
        assert cast.client(who).get(address).status_code == 404
    assert cast.client("binh").get(f"/gia-dinh/em/{cast.people['khoi'].pk}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/gia-dinh/", "/gia-dinh/them/", "/gia-dinh/em/{an}/", "/gia-dinh/lien-he/"]
)
def test_pages_of_a_family_keep_their_query_budget(
    cast: Cast, path: str, django_assert_max_num_queries
) -> None:
    give(cast, "vy")
    client = cast.client("binh")
    address = path.format(an=cast.people["an"].pk)
    client.get(address)
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200


def test_the_day_on_the_page_is_that_of_the_province(cast: Cast) -> None:
    page = cast.client("binh").get("/gia-dinh/").content.decode()
    assert f"{timezone.localdate():%d/%m/%Y}" in page
