"""Giving and taking roles, the matrix, and who can see a record, and why."""

from __future__ import annotations

from datetime import date

import pytest

from khue.kernel.access import actions, queries
from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from tests.cast import Cast

DAY = date(2026, 11, 1)


def give(cast: Cast, by: str, to: str, role: str, unit, *, proved: bool = True):
    return actions.give_role(
        cast.actor(by, proved=proved), unit, person=cast.people[to], role=role, starts_on=DAY, ends_on=None,
        reason="QĐ 12/2026",
    )  # fmt: skip


def test_son_makes_mai_clerk_of_her_school_she_is_told_and_it_is_recorded(cast: Cast):
    session = cast.client("mai")
    assert session.get("/").status_code == 200
    give(cast, "son", "mai", "clerk", cast.other_school)
    assert "clerk" in {
        grant.role
        for one in [cast.actor("mai", wanted=f"clerk:{cast.other_school.pk}")]
        for grant in one.grants
    }
    assert Message.objects.filter(person=cast.people["mai"], kind="access.role").count() == 1
    assert Entry.objects.latest("pk").action == "access.give_role"
    assert Entry.objects.latest("pk").chain == cast.other_school.pk
    assert session.get("/").status_code == 302


def test_nobody_gives_a_role_stronger_than_their_own(cast: Cast):
    with pytest.raises(NotAllowed):
        give(cast, "son", "mai", "administrator", cast.department)
    with pytest.raises(NotAllowed):
        give(cast, "son", "mai", "department_leader", cast.department)
    with pytest.raises(NotAllowed):
        give(cast, "ha", "mai", "principal", cast.other_school)


def test_nobody_gives_a_role_outside_their_own_reach(cast: Cast):
    with pytest.raises(NotVisible):
        give(cast, "hung", "lan", "clerk", cast.other_school)
    with pytest.raises(NotVisible):
        give(cast, "hung", "lan", "clerk", cast.department)
    with pytest.raises(NotAllowed):
        give(cast, "mai", "lan", "clerk", cast.other_school)


def test_nobody_gives_or_takes_a_role_of_their_own(cast: Cast):
    with pytest.raises(NotAllowed):
        give(cast, "hung", "hung", "clerk", cast.school)
    with pytest.raises(NotAllowed):
        actions.take_role(cast.son, RoleAssignment.objects.get(person=cast.people["son"]), reason="x")


def test_a_role_belongs_to_its_kind_of_unit_and_needs_a_reason(cast: Cast):
    with pytest.raises(DomainError, match="không có vai"):
        give(cast, "son", "lan", "clerk", cast.department)
    with pytest.raises(DomainError, match="không có vai"):
        give(cast, "son", "lan", "office_officer", cast.school)
    with pytest.raises(DomainError, match="căn cứ"):
        actions.give_role(
            cast.son,
            cast.school,
            person=cast.people["mai"],
            role="clerk",
            starts_on=DAY,
            ends_on=None,
            reason=" ",
        )


def test_giving_asks_for_a_fresh_proof(cast: Cast):
    with pytest.raises(ProofNeeded):
        give(cast, "son", "mai", "clerk", cast.other_school, proved=False)


def test_a_role_taken_is_gone_on_the_next_request(cast: Cast):
    session = cast.client("thanh")
    assert session.get("/tai-khoan/").status_code == 200
    actions.take_role(
        cast.son, RoleAssignment.objects.get(person=cast.people["thanh"]), reason="Chuyển công tác"
    )
    assert session.get("/tai-khoan/").status_code == 302
    assert cast.client("thanh").get("/tai-khoan/").status_code == 404


def test_the_pages_show_the_matrix_to_heads_and_404_to_mai(cast: Cast):
    page = cast.client("hung").get("/quyen/").content.decode()
    assert "Cấp mã kích hoạt" in page
    assert "Vũ Thanh Sơn" not in page
    assert "Vũ Thanh Sơn" in cast.client("son").get("/quyen/").content.decode()
    assert cast.client("mai").get("/quyen/").status_code == 404
    pk = RoleAssignment.objects.get(person=cast.people["thanh"]).pk
    assert cast.client("hung").get(f"/quyen/{pk}/thu/").status_code == 404


def test_the_form_gives_a_role_and_says_what_is_wrong(cast: Cast):
    client = cast.client("son")
    wrong = {
        "person": "nobody",
        "role": "clerk",
        "unit": "KHONG",
        "starts_on": "01/11/2026",
        "reason": "QĐ 1",
    }
    page = client.post("/quyen/giao/", wrong)
    assert page.status_code == 422
    assert "Không có ai mang đúng mã này." in page.content.decode()
    assert client.post("/quyen/giao/", wrong | {"person": "mai", "unit": "THCS-MK"}).status_code == 302
    assert RoleAssignment.objects.filter(person=cast.people["mai"], role="clerk").exists()


def scopes_of_an(cast: Cast) -> dict[str, list[int]]:
    return {
        "unit_ids": cast.school.ancestor_ids,
        "class_ids": [cast.classroom.pk],
        "course_ids": [],
        "person_ids": [cast.people["an"].pk],
    }


def test_who_can_see_an_and_why(cast: Cast):
    viewers = queries.who_can_see(cast.hung, "roster.view_profile", **scopes_of_an(cast))
    found = {(one.name, one.role, one.why) for one in viewers}
    assert found == {
        ("Vũ Thanh Sơn", "Chuyên viên Sở", ""),
        ("Quách Thị Thanh", "Cán bộ phụ trách giáo dục", ""),
        ("Trần Quốc Hùng", "Hiệu trưởng", ""),
        ("Đỗ Thị Tâm", "Văn thư", ""),
        ("Nguyễn Thị Lan", "Giáo viên chủ nhiệm", "8A3"),
        ("Lê Văn Bình", "Phụ huynh", "An"),
        ("Lê Hoài An", "Học sinh", "8A3"),
    }
    assert [one.name for one in viewers if one.is_me] == ["Trần Quốc Hùng"]


def test_why_lan_sees_an_and_until_when(cast: Cast, django_assert_num_queries):
    lan = cast.lan
    with django_assert_num_queries(0):
        found = queries.why_may_i(lan, "roster.view_profile", **scopes_of_an(cast))
    assert [(one.role, one.why, one.until) for one in found] == [
        ("Giáo viên chủ nhiệm", "8A3", date(2027, 7, 31))
    ]


def test_the_verdict_of_who_can_see_is_the_verdict_of_reading(cast: Cast):
    from khue.registry.roster.models import Enrolment

    row = cast.enrolments["an"]
    seen_by = {
        one.person_id for one in queries.who_can_see(cast.hung, "roster.view_profile", **scopes_of_an(cast))
    }
    for name, person in cast.people.items():
        reads = (
            Enrolment.objects.visible_to(cast.actor(name), "roster.view_profile").filter(pk=row.pk).exists()
        )
        assert reads == (person.pk in seen_by), name
