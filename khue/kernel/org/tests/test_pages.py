from __future__ import annotations

from typing import Any

import pytest

from khue.kernel.org import queries
from khue.kernel.org.models import Unit
from khue.kernel.org.tests.trees import build_old_tree
from khue.kernel.settings_store.models import Value
from tests.cast import START, Cast

FORM = {"on": "2026-09-01", "decision": "12/QĐ"}


def test_each_sees_the_tree_from_where_their_reach_begins(cast: Cast) -> None:
    seen = {
        "son": ("Sở GD&ĐT Lam Giang", "Phường Đông Kinh", "Xã Mường Khoa"),
        "thanh": ("Phường Đông Kinh", "THCS Lê Quý Đôn"),
        "tam": ("THCS Lê Quý Đôn", "Điểm trường Bản Mới"),
    }
    for name, pieces in seen.items():
        text = cast.client(name).get("/don-vi/").content.decode()
        for piece in pieces:
            assert piece.replace("&", "&amp;") in text, (name, piece)
    assert "Mường Khoa" not in cast.client("thanh").get("/don-vi/").content.decode()
    assert "Đông Kinh" not in cast.client("ha").get("/don-vi/").content.decode()


def test_a_branch_opens_in_place(cast: Cast) -> None:
    text = cast.client("son").get(f"/don-vi/{cast.commune.pk}/con/").content.decode()
    assert "THCS Lê Quý Đôn" in text
    assert "<html" not in text


def test_units_are_found_with_and_without_diacritics_and_by_code(cast: Cast) -> None:
    client = cast.client("son")
    for text in ("lê quý", "le quy don", "THCS-LQD", "thcs-l"):
        assert "Lê Quý Đôn" in client.get("/don-vi/", {"q": text}).content.decode(), text
    assert "Không có đơn vị nào khớp" in client.get("/don-vi/", {"q": "zzz"}).content.decode()
    assert "<html" not in client.get("/don-vi/", {"q": "le"}, headers={"HX-Target": "cay"}).content.decode()
    assert "Lê Quý Đôn" not in cast.client("ha").get("/don-vi/", {"q": "le quy"}).content.decode()


def test_the_one_search_finds_units_within_reach(cast: Cast) -> None:
    assert [hit.label for hit in queries.find_units(cast.son, "le quy", 6)] == ["THCS Lê Quý Đôn"]
    assert queries.find_units(cast.ha, "le quy", 6) == []
    assert queries.find_units(cast.mai, "le quy", 6) == []


def test_a_unit_shows_its_way_up_and_its_history(cast: Cast) -> None:
    client = cast.client("son")
    assert (
        client.post(f"/don-vi/{cast.school.pk}/doi-ten/", {**FORM, "name": "THCS Nguyễn Du"}).status_code
        == 302
    )
    text = client.get(f"/don-vi/{cast.school.pk}/").content.decode()
    for piece in ("Phường Đông Kinh", "THCS Nguyễn Du", "THCS Lê Quý Đôn", "12/QĐ", "Điểm trường Bản Mới"):
        assert piece in text


def test_mai_and_the_other_school_find_nothing(cast: Cast) -> None:
    for name in ("mai", "ha", "binh", "an"):
        client = cast.client(name)
        for path in ("", "con/", "lien-he/", "doi-ten/"):
            assert client.get(f"/don-vi/{cast.school.pk}/{path}").status_code == 404, (name, path)
    assert cast.client("tam").get(f"/don-vi/{cast.school.pk}/doi-ten/").status_code == 404
    assert cast.client("tam").get(f"/don-vi/{cast.school.pk}/nonsense/").status_code == 404


VERBS = [
    (
        "commune",
        "lap",
        {"kind": "school", "name": "TH Mới", "code": "TH-MOI", "levels": ["TH"], "region": "2"},
    ),
    ("school", "doi-ten", {"name": "THCS Nguyễn Du"}),
    ("school", "them-diem-truong", {"name": "Điểm Bản Lác", "code": "THCS-LQD-02"}),
    ("school", "lien-he", {"phone": "02033123456", "commune_code": "06862"}),
    ("campus", "thoi-diem-truong", {}),
]


@pytest.mark.parametrize(("place", "verb", "form"), VERBS, ids=[v for _p, v, _f in VERBS])
def test_each_form_shows_and_does_what_it_says(
    cast: Cast, place: str, verb: str, form: dict[str, Any]
) -> None:
    client = cast.client("son")
    unit: Unit = getattr(cast, place)
    address = f"/don-vi/{unit.pk}/{verb}/"
    assert client.get(address).status_code == 200
    answer = client.post(address, {**FORM, **form})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert client.get(answer["Location"]).status_code == 200


def test_a_school_can_be_moved_merged_split_closed_and_reopened_by_form(cast: Cast) -> None:
    client = cast.client("son")

    def send(unit: Unit, verb: str, **form: Any) -> Unit:
        assert client.get(f"/don-vi/{unit.pk}/{verb}/").status_code == 200
        answer = client.post(f"/don-vi/{unit.pk}/{verb}/", {**FORM, **form})
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        return Unit.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))

    new = send(cast.school, "chia-tach", campuses=[cast.campus.pk], name="THCS Bản Mới", code="THCS-BM")
    assert send(new, "chuyen", to=cast.other_commune.pk).parent_id == cast.other_commune.pk
    send(new, "chuyen", to=cast.commune.pk)
    send(cast.campus, "thoi-diem-truong")
    closed = send(new, "giai-the")
    assert not closed.is_open
    assert send(closed, "mo-lai").is_open


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(cast: Cast) -> None:
    client = cast.client("son")
    form = {**FORM, "kind": "school", "name": "TH Mới", "code": "THCS-LQD", "levels": ["TH"], "region": "2"}
    text = client.post(f"/don-vi/{cast.commune.pk}/lap/", form).content.decode()
    assert "Mã này đã có đơn vị dùng." in text
    assert "TH Mới" in text


def test_a_commune_is_found_as_people_write_it(cast: Cast) -> None:
    client = cast.client("tam")
    address = f"/don-vi/{cast.school.pk}/lien-he/"
    assert "Không tìm thấy xã" in client.post(address, {"commune_code": "Xã Không Có"}).content.decode()
    assert "cùng tên" in client.post(address, {"commune_code": "Xã Tân Tiến"}).content.decode()
    assert client.post(address, {"commune_code": "xã Tiên Yên, Quảng Ninh"}).status_code == 302
    assert Unit.objects.get(pk=cast.school.pk).commune_code == "06862"
    assert "Tiên Yên" in client.get(address).content.decode()
    suggested = client.get("/don-vi/xa-phuong/", {"commune_code": "tien yen"}).content.decode()
    assert "xã Tiên Yên, Quảng Ninh" in suggested


def test_converting_shows_first_what_would_happen(cast: Cast) -> None:
    Value.objects.create(
        name="org.tree_preset",
        unit=cast.department,
        valid_from=START.replace(year=2000),
        value="3_tier_legacy",
    )
    build_old_tree(cast)
    client = cast.client("son")
    address = f"/don-vi/{cast.department.pk}/chuyen-mo-hinh/"
    assert "Chuyển 3 trường" in client.get(address).content.decode()
    assert client.post(address, {"on": "2025-07-01", "decision": "99/NQ"}).status_code == 302
    assert "đã theo hai cấp" in client.get(address).content.decode()
    assert cast.client("hung").get(address).status_code == 404


def test_without_fresh_proof_one_is_asked_for_it(cast: Cast) -> None:
    answer = cast.client("son", proved=False).post(
        f"/don-vi/{cast.school.pk}/doi-ten/", {**FORM, "name": "X"}
    )
    assert answer.status_code == 302
    assert "next=" in answer["Location"]
    assert Unit.objects.get(pk=cast.school.pk).name == "THCS Lê Quý Đôn"


def test_the_pages_keep_their_budget(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = cast.client("son")
    for address in (
        "/don-vi/",
        f"/don-vi/{cast.school.pk}/",
        f"/don-vi/{cast.commune.pk}/con/",
        "/don-vi/?q=le",
    ):
        client.get(address)
        with django_assert_max_num_queries(12):
            client.get(address)
