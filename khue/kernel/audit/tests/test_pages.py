from __future__ import annotations

from typing import Any

from khue.kernel.actions import Work, action
from khue.kernel.audit import queries
from khue.kernel.audit.models import Entry
from khue.kernel.people import records
from khue.kernel.people.models import Person
from khue.registry.staff.models import StaffMember
from khue.ui.words import mask_id
from tests.cast import Cast


@action("audit.test_change", permission="staff.manage")
def change(work: Work, member: StaffMember, **values: Any) -> None:
    work.reason = "Đính chính"
    records.change_person(work, Person.objects.get(pk=member.person_id), **values)


@action("audit.test_move", permission="staff.manage")
def move(work: Work, members: list[StaffMember], unit_id: int) -> None:
    work.change_many(StaffMember, ["unit_id"], {m.pk: ([m.unit_id], [unit_id]) for m in members})
    work.note(decision="12/QĐ")


def lan(cast: Cast) -> StaffMember:
    return StaffMember.objects.get(person=cast.people["lan"])


def done(cast: Cast) -> Entry:
    change(
        cast.tam,
        lan(cast),
        personal_id="038185001234",
        sex=1,
        full_name="Nguyễn Thị Lân",
        phone="+84912345118",
    )
    return Entry.objects.latest("pk")


def test_an_entry_shows_each_field_from_what_to_what_in_the_users_words(cast: Cast) -> None:
    entry = done(cast)
    text = cast.client("hung").get(f"/nhat-ky/{entry.pk}/").content.decode()
    for piece in ("Họ và tên", "Nguyễn Thị Lan", "Nguyễn Thị Lân", "Giới tính", "Nữ", "Nam", "Đính chính"):
        assert piece in text
    for hidden in ("038185001234", "912345118", "search_key", "sort_key"):
        assert hidden not in text
    assert mask_id("038185001234") in text


def test_many_rows_are_read_out_with_the_names_they_point_at(cast: Cast) -> None:
    move(cast.son, [lan(cast)], cast.other_school.pk)
    entry = Entry.objects.latest("pk")
    text = cast.client("son").get(f"/nhat-ky/{entry.pk}/").content.decode()
    assert "THCS Lê Quý Đôn" in text
    assert "THCS Mường Khoa" in text
    assert "12/QĐ" in text


def test_the_list_holds_ones_own_units_only(cast: Cast) -> None:
    entry = done(cast)
    seen = {name: queries.entries(cast.actor(name)).filter(pk=entry.pk).exists() for name in cast.people}
    assert {name for name, sees in seen.items() if sees} == {"hung", "son", "thanh"}


def test_mai_and_the_other_schools_vice_principal_find_nothing(cast: Cast) -> None:
    entry = done(cast)
    assert cast.client("mai").get("/nhat-ky/").status_code == 404
    assert cast.client("mai").get(f"/nhat-ky/{entry.pk}/").status_code == 404
    assert cast.client("ha").get(f"/nhat-ky/{entry.pk}/").status_code == 404
    assert "Đỗ Thị Tâm" not in cast.client("ha").get("/nhat-ky/").content.decode()


def test_the_list_is_narrowed_on_the_server(cast: Cast) -> None:
    done(cast)
    client = cast.client("son")

    def finds(query: str) -> bool:
        return "Đỗ Thị Tâm" in client.get(f"/nhat-ky/?{query}").content.decode().split('id="list"')[1]

    for query in (
        "q=tam",
        "q=do+thi",
        f"unit={cast.school.pk}",
        f"unit={cast.commune.pk}",
        "part=audit",
        "days=1",
    ):
        assert finds(query), query
    for query in ("q=hung", f"unit={cast.other_school.pk}", "part=roster"):
        assert not finds(query), query


def test_the_trail_of_a_row_shows_what_happened_to_it_alone(cast: Cast) -> None:
    done(cast)
    trail = queries.trail_of(cast.hung, f"people.person:{cast.people['lan'].pk}")
    assert [line.reason for line in trail] == ["Đính chính"]
    labels = {field.label: (field.old, field.new) for field in trail[0].changes[0].fields}
    assert labels["Họ và tên"] == ("Nguyễn Thị Lan", "Nguyễn Thị Lân")
    assert queries.trail_of(cast.hung, [f"people.person:{cast.people['mai'].pk}"]) == []
    for name in ("mai", "ha", "lan", "binh"):
        assert queries.trail_of(cast.actor(name), f"people.person:{cast.people['lan'].pk}") == []


def test_the_trail_is_rendered_by_its_template(cast: Cast) -> None:
    from django.template.loader import render_to_string

    done(cast)
    trail = queries.trail_of(cast.hung, f"people.person:{cast.people['lan'].pk}")
    text = render_to_string("audit/_trail.html", {"trail": trail})
    assert "Nguyễn Thị Lân" in text
    assert "Đỗ Thị Tâm" in text
    assert "Chưa có thay đổi" in render_to_string("audit/_trail.html", {"trail": []})


def test_the_pages_keep_their_budget(cast: Cast, django_assert_max_num_queries: Any) -> None:
    entry = done(cast)
    client = cast.client("son")
    client.get("/nhat-ky/")
    with django_assert_max_num_queries(12):
        client.get("/nhat-ky/")
    with django_assert_max_num_queries(12):
        client.get(f"/nhat-ky/{entry.pk}/")
