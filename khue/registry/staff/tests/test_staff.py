"""Staff files, posts and what follows from them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access import actions as access
from khue.kernel.access.grants import grants_of
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.org import actions as org
from khue.kernel.people.models import Account, Person
from khue.registry.staff import actions, queries, rules
from khue.registry.staff.models import Duty, Position, StaffMember
from tests.cast import Cast, make_person, make_staff

DAY = date(2026, 10, 1)
NEW = {"full_name": "Quàng Thị Hiền", "birth_date": date(1992, 4, 5), "sex": 2, "ministry_code": "3812345678"}


def last_entry() -> Entry:
    entry = Entry.objects.order_by("-pk").first()
    assert entry is not None
    return entry


def member(cast: Cast, who: str) -> StaffMember:
    return StaffMember.objects.get(person=cast.people[who])


def add(cast: Cast, who: str = "tam", **more: Any) -> StaffMember:
    return actions.add_member(cast.actor(who), cast.school, post="teacher", starts_on=DAY, **{**NEW, **more})


# --- adding --------------------------------------------------------------------------------------


def test_a_new_teacher_has_a_file_a_post_and_an_account_named_by_the_code(cast: Cast) -> None:
    made = add(cast, subjects_text="Ngữ văn")
    assert (made.unit_id, made.status, made.subjects_text) == (cast.school.pk, "working", "Ngữ văn")
    assert Position.objects.get(person=made.person).post == "teacher"
    assert Account.objects.get(person=made.person).login_name == "3812345678"
    assert (last_entry().action, last_entry().chain) == ("staff.add_member", cast.school.pk)


def test_nobody_is_given_power_by_adding_them(cast: Cast) -> None:
    for post in rules.POWER:
        with pytest.raises(DomainError, match="Giao chức vụ"):
            actions.add_member(cast.tam, cast.school, post=post, starts_on=DAY, **NEW)
    assert not Person.objects.filter(ministry_code="3812345678").exists()


def test_a_number_that_is_taken_makes_no_second_record(cast: Cast) -> None:
    add(cast)
    with pytest.raises(DomainError) as refused:
        add(cast, full_name="Lò Thị Khác")
    assert "ministry_code" in refused.value.fields


def test_of_a_known_person_only_what_is_blank_is_filled_in(cast: Cast) -> None:
    binh = cast.people["binh"]
    Person.objects.filter(pk=binh.pk).update(phone="+84912000118")
    made = actions.add_member(
        cast.tam, cast.school, post="guard", starts_on=DAY, person=binh, full_name="Đổi Tên", phone="+84999999999",
        address="Tổ 5",
    )  # fmt: skip
    binh.refresh_from_db()
    assert (binh.full_name, binh.phone, binh.address) == ("Lê Văn Bình", "+84912000118", "Tổ 5")
    assert made.person_id == binh.pk


def test_somebody_who_works_elsewhere_is_not_taken_over(cast: Cast) -> None:
    with pytest.raises(DomainError, match="đang làm việc ở THCS Mường Khoa"):
        actions.add_member(cast.tam, cast.school, post="teacher", starts_on=DAY, person=cast.people["mai"])


def test_somebody_who_moved_away_comes_with_the_one_file(cast: Cast) -> None:
    actions.leave(cast.ha, member(cast, "mai"), status="moved", on=DAY)
    made = actions.add_member(cast.tam, cast.school, post="teacher", starts_on=DAY, person=cast.people["mai"])
    assert StaffMember.objects.filter(person=cast.people["mai"]).count() == 1
    assert (made.unit_id, made.status) == (cast.school.pk, "working")


def test_mai_and_the_vice_principal_of_another_school_add_nobody_here(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        add(cast, "mai")
    with pytest.raises(NotAllowed):
        add(cast, "lan")
    with pytest.raises(NotVisible):
        add(cast, "ha")


# --- changing ------------------------------------------------------------------------------------


def test_a_change_is_written_once_and_the_slower_of_two_hears_of_it(cast: Cast) -> None:
    lan = member(cast, "lan")
    version = lan.person.version
    actions.change_member(cast.tam, lan, version=version, address="Tổ 9", qualification="Thạc sĩ")
    assert last_entry().action == "staff.change_member"
    with pytest.raises(Conflict):
        actions.change_member(cast.hung, lan, version=version, address="Tổ 10")
    lan.person.refresh_from_db()
    assert (lan.person.address, member(cast, "lan").qualification) == ("Tổ 9", "Thạc sĩ")


def test_two_changes_of_the_work_alone_do_not_pass_each_other_unseen(cast: Cast) -> None:
    lan = member(cast, "lan")
    version = lan.person.version
    actions.change_member(cast.tam, lan, version=version, qualification="Thạc sĩ")
    with pytest.raises(Conflict):
        actions.change_member(cast.hung, lan, version=version, qualification="Đại học")


def test_a_title_has_the_form_of_a_title(cast: Cast) -> None:
    lan = member(cast, "lan")
    with pytest.raises(DomainError, match=r"V\.07\.04\.31"):
        actions.change_member(cast.tam, lan, version=lan.person.version, title_code="GV hạng 2")


def test_mai_changes_no_file_of_another_school(cast: Cast) -> None:
    lan = member(cast, "lan")
    with pytest.raises(NotAllowed):
        actions.change_member(cast.mai, lan, version=1, note="x")
    with pytest.raises(NotVisible):
        actions.change_member(cast.ha, lan, version=1, note="x")


# --- posts ---------------------------------------------------------------------------------------


def test_rights_follow_a_post_from_its_first_day_and_are_gone_with_it(cast: Cast) -> None:
    lan = cast.people["lan"]
    assert "vice_principal" not in {grant.role for grant in grants_of(lan.pk)}
    today = timezone.localdate()
    given = actions.appoint(
        cast.hung, member(cast, "lan"), post="vice_principal", starts_on=today, decision="12/QĐ"
    )
    assert "vice_principal" in {grant.role for grant in grants_of(lan.pk)}
    assert last_entry().action == "staff.appoint"
    actions.end_position(cast.hung, given, on=today)
    assert "vice_principal" not in {grant.role for grant in grants_of(lan.pk)}


def test_a_new_main_post_ends_the_one_before(cast: Cast) -> None:
    before = Position.objects.get(person=cast.people["lan"])
    actions.appoint(cast.hung, member(cast, "lan"), post="librarian", starts_on=DAY)
    before.refresh_from_db()
    assert before.ends_on == DAY
    actions.appoint(cast.hung, member(cast, "lan"), post="treasurer", starts_on=DAY, is_main=False)
    assert Position.objects.filter(person=cast.people["lan"], ends_on__isnull=True).count() == 2


def test_a_school_has_one_principal(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Trần Quốc Hùng"):
        actions.appoint(cast.son, member(cast, "lan"), post="principal", starts_on=DAY)


def test_appointing_asks_for_a_fresh_proof_and_for_the_right(cast: Cast) -> None:
    with pytest.raises(ProofNeeded):
        actions.appoint(cast.actor("hung", proved=False), member(cast, "lan"), post="clerk", starts_on=DAY)
    for who in ("tam", "mai", "lan"):
        with pytest.raises(NotAllowed):
            actions.appoint(cast.actor(who), member(cast, "lan"), post="clerk", starts_on=DAY)
    with pytest.raises(NotAllowed):
        actions.end_position(cast.tam, Position.objects.get(person=cast.people["hung"]), on=DAY)


def test_a_post_ends_after_it_began_and_once(cast: Cast) -> None:
    post = Position.objects.get(person=cast.people["lan"])
    with pytest.raises(DomainError, match="sau ngày nhận"):
        actions.end_position(cast.hung, post, on=date(2019, 1, 1))
    actions.end_position(cast.hung, post, on=DAY)
    with pytest.raises(DomainError, match="đã thôi"):
        actions.end_position(cast.hung, post, on=DAY)


# --- leaving and coming back ------------------------------------------------------------------------


def test_retiring_ends_every_post_here_and_the_rights(cast: Cast) -> None:
    actions.leave(cast.tam, member(cast, "lan"), status="retired", on=timezone.localdate(), reason="Đủ tuổi")
    assert not Position.objects.filter(person=cast.people["lan"], ends_on__isnull=True).exists()
    assert last_entry().reason == "Đủ tuổi"
    assert "staff_member" not in {grant.role for grant in grants_of(cast.people["lan"].pk)}


def test_leave_for_a_time_keeps_the_post_and_ends_by_coming_back(cast: Cast) -> None:
    actions.leave(cast.tam, member(cast, "lan"), status="leave", on=DAY, reason="Thai sản")
    assert Position.objects.filter(person=cast.people["lan"], ends_on__isnull=True).exists()
    with pytest.raises(DomainError, match="sau ngày bắt đầu nghỉ"):
        actions.come_back(cast.tam, member(cast, "lan"), on=DAY - timedelta(days=1))
    actions.come_back(cast.tam, member(cast, "lan"), on=DAY)
    assert member(cast, "lan").status == "working"
    assert last_entry().action == "staff.come_back"


def test_leaving_is_refused_where_it_makes_no_sense(cast: Cast) -> None:
    with pytest.raises(DomainError, match="180 ngày"):
        actions.leave(
            cast.tam, member(cast, "lan"), status="retired", on=timezone.localdate() + timedelta(days=200)
        )
    actions.leave(cast.tam, member(cast, "lan"), status="quit", on=DAY)
    with pytest.raises(DomainError, match="Hồ sơ đang ghi"):
        actions.leave(cast.tam, member(cast, "lan"), status="retired", on=DAY)
    with pytest.raises(DomainError, match="không trong kì nghỉ"):
        actions.come_back(cast.tam, member(cast, "lan"), on=DAY)
    with pytest.raises(NotVisible):
        actions.leave(cast.ha, member(cast, "hung"), status="quit", on=DAY)
    with pytest.raises(NotAllowed):
        actions.come_back(cast.mai, member(cast, "lan"), on=DAY)


# --- duties --------------------------------------------------------------------------------------


def test_two_jobs_lighten_the_teaching_and_care_of_a_child_beside_them(cast: Cast) -> None:
    lan = member(cast, "lan")
    actions.set_duty(cast.tam, lan, year_id=2026, kind="group_head", periods=3)
    actions.set_duty(cast.tam, lan, year_id=2026, kind="union", periods=2)
    with pytest.raises(DomainError, match="hai việc"):
        actions.set_duty(cast.tam, lan, year_id=2026, kind="equipment_room", periods=3)
    actions.set_duty(cast.tam, lan, year_id=2026, kind="young_child", periods=3)
    actions.set_duty(cast.tam, lan, year_id=2026, kind="union", periods=1)
    assert Duty.objects.get(kind="union").periods == 1
    actions.drop_duty(cast.tam, Duty.objects.get(kind="union"))
    assert last_entry().action == "staff.drop_duty"
    assert set(Duty.objects.values_list("kind", flat=True)) == {"group_head", "young_child"}
    with pytest.raises(NotVisible):
        actions.drop_duty(cast.ha, Duty.objects.get(kind="group_head"))
    with pytest.raises(NotAllowed):
        actions.set_duty(cast.mai, lan, year_id=2026, kind="union", periods=1)


# --- words and days -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "post"),
    [
        (("Hiệu trưởng",), "principal"),
        (("Phó Hiệu trưởng",), "vice_principal"),
        (("Giáo viên", "Phó hiệu trưởng"), "vice_principal"),
        (("Giáo viên Tổng phụ trách Đội",), "youth_leader"),
        (("Nhân viên Y tế học đường",), "health"),
        (("Nhân viên CNTT",), "ict"),
        (("Lái đò",), None),
    ],
)
def test_posts_are_told_by_their_words(words: tuple[str, ...], post: str | None) -> None:
    assert rules.post_of(*words) == post


def test_the_forecast_of_retirement_follows_the_decree() -> None:
    assert rules.retires_on(date(1965, 2, 15), 1) == date(2026, 9, 1)
    assert rules.retires_on(None, 1) is None


@pytest.mark.parametrize(
    ("code", "level"), [("V.07.03.28", "TH"), ("V.07.05.15", "THPT"), ("", ""), ("06.032", "")]
)
def test_a_title_tells_the_level(code: str, level: str) -> None:
    assert rules.level_of_title(code) == level


# --- reading -------------------------------------------------------------------------------------


def test_everybody_sees_the_staff_of_their_units_and_nobody_elses(cast: Cast) -> None:
    names = {
        who: {row["name"] for row in queries.staff_rows(cast.actor(who)).rows}
        for who in ("hung", "ha", "thanh", "son")
    }
    assert names["hung"] == {"Nguyễn Thị Lan", "Trần Quốc Hùng", "Đỗ Thị Tâm"} == names["thanh"]
    assert names["ha"] == {"Hoàng Thị Mai", "Lò Văn Hà"}
    assert names["son"] == names["hung"] | names["ha"]
    assert queries.staff_rows(cast.mai).rows == []


@pytest.mark.parametrize(
    "text", ["nguyen lan", "Lan", "LAN nguyễn", "02/03/1985", "3800000009", "0912000118"]
)
def test_the_list_finds_lan_however_she_is_asked_for(cast: Cast, text: str) -> None:
    Person.objects.filter(pk=cast.people["lan"].pk).update(ministry_code="3800000009", phone="+84912000118")
    assert [row["name"] for row in queries.staff_rows(cast.hung, search=text).rows] == ["Nguyễn Thị Lan"]
    assert [hit.label for hit in queries.find_staff(cast.hung, text)] == ["Nguyễn Thị Lan"]


def test_the_list_narrows_by_post_status_and_subject(cast: Cast) -> None:
    StaffMember.objects.filter(person=cast.people["lan"]).update(subjects_text="Toán")

    def narrowed(**filters: str) -> list[str]:
        return [row["name"] for row in queries.staff_rows(cast.hung, filters=filters).rows]

    assert narrowed(post="clerk") == ["Đỗ Thị Tâm"]
    assert narrowed(subject="Toán") == ["Nguyễn Thị Lan"]
    assert narrowed(status="retired") == []


# --- pages ---------------------------------------------------------------------------------------


def test_the_list_page_shows_masked_numbers_and_keeps_its_budget(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    Person.objects.filter(pk=cast.people["lan"].pk).update(phone="+84912000118", personal_id="014185001234")
    client = cast.client("hung")
    client.get(reverse("staff:list"))
    with django_assert_max_num_queries(12):
        shown = client.get(reverse("staff:list")).content.decode()
    assert "Nguyễn Thị Lan" in shown
    assert "912000118" not in shown
    assert "014185001234" not in shown


def test_a_department_officer_steps_down_to_a_school(cast: Cast) -> None:
    shown = cast.client("son").get(reverse("staff:list"), {"don-vi": cast.other_school.code}).content.decode()
    assert "Hoàng Thị Mai" in shown
    assert "Nguyễn Thị Lan" not in shown
    assert (
        cast.client("thanh").get(reverse("staff:list"), {"don-vi": cast.other_school.code}).status_code == 404
    )


def test_what_is_exported_imports_back_unchanged(cast: Cast) -> None:
    from khue.kernel.exchange.actions import dry_run
    from khue.kernel.exchange.table import Outcome
    from khue.registry.staff.exchange import TABLE

    for at, who in enumerate(("lan", "hung", "tam")):
        Person.objects.filter(pk=cast.people[who].pk).update(ministry_code=f"380000000{at}")
    answer = cast.client("hung").get(reverse("staff:list"), {"format": "xlsx"})
    assert last_entry().action == "staff.export_list"
    plan = dry_run(cast.tam, cast.school, table=TABLE, name="cb.xlsx", data=answer.content)
    assert (plan.count(Outcome.UNCHANGED), plan.count(Outcome.ADDED), plan.refusals) == (3, 0, [])


def test_the_file_of_a_teacher_opens_to_the_school_and_not_to_mai(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    address = reverse("staff:profile", args=[cast.people["lan"].pk])
    client = cast.client("tam")
    client.get(address)
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200
    for who in ("mai", "ha", "lan", "binh", "an"):
        assert cast.client(who).get(address).status_code == 404, who


def test_looking_at_the_number_is_written_down(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["lan"].pk).update(personal_id="014185001234")
    client = cast.client("tam")
    assert (
        "014185001234"
        not in client.get(reverse("staff:profile", args=[cast.people["lan"].pk])).content.decode()
    )
    shown = client.post(reverse("staff:reveal", args=[cast.people["lan"].pk])).content.decode()
    assert "014185001234" in shown
    assert last_entry().action == "staff.reveal_number"
    assert cast.client("ha").post(reverse("staff:reveal", args=[cast.people["lan"].pk])).status_code == 404


FORM = {
    "full_name": "quàng thị hiền", "birth_date": "1992-04-05", "sex": "2", "ministry_code": "3812345678",
    "post": "teacher", "starts_on": "2026-10-01", "phone": "0912 000 118", "subjects_text": "Toán",
}  # fmt: skip


def test_the_add_page_searches_before_it_makes_a_second_record(cast: Cast) -> None:
    known = make_person("Quàng Thị Hiền", birth_date=date(1992, 4, 5))
    client = cast.client("tam")
    address = reverse("staff:add")
    first = client.post(address, FORM)
    assert first.status_code == 422
    assert "Có thể người này đã có hồ sơ" in first.content.decode()
    assert not StaffMember.objects.filter(person=known).exists()
    assert client.post(address, {**FORM, "person": str(known.pk)}).status_code == 302
    known.refresh_from_db()
    assert (known.ministry_code, known.phone) == ("3812345678", "+84912000118")


def test_the_add_page_takes_nobody_whom_the_search_did_not_offer(cast: Cast) -> None:
    make_person("Quàng Thị Hiền", birth_date=date(1992, 4, 5))
    answer = cast.client("tam").post(reverse("staff:add"), {**FORM, "person": str(cast.people["binh"].pk)})
    assert answer.status_code == 422
    assert not StaffMember.objects.filter(person=cast.people["binh"]).exists()


def test_a_form_with_a_mistake_keeps_what_was_typed(cast: Cast) -> None:
    answer = cast.client("tam").post(
        reverse("staff:add"), {**FORM, "personal_id": "12345", "address": "Bản Hin"}
    )
    assert answer.status_code == 422
    assert "Bản Hin" in answer.content.decode()


def test_the_edit_page_tells_the_slower_one_and_lets_them_decide(cast: Cast) -> None:
    lan = cast.people["lan"]
    client = cast.client("tam")
    address = reverse("staff:edit", args=[lan.pk])
    assert client.get(address).status_code == 200
    form = {"full_name": "Nguyễn Thị Lan", "birth_date": "1985-03-02", "sex": "2", "ethnicity": "01"}
    assert client.post(address, {**form, "version": "1", "address": "Tổ 1"}).status_code == 302
    late = client.post(address, {**form, "version": "1", "address": "Tổ 2"})
    assert late.status_code == 409
    assert "Tổ 1" in late.content.decode()
    assert 'name="version" value="2"' in late.content.decode()
    assert client.post(address, {**form, "version": "2", "address": "Tổ 2"}).status_code == 302
    assert cast.client("ha").get(address).status_code == 404


def test_the_pages_of_posts_leaves_and_duties_do_what_they_say(cast: Cast) -> None:
    lan = cast.people["lan"]
    hung, tam = cast.client("hung"), cast.client("tam")
    appoint = reverse("staff:appoint", args=[lan.pk])
    assert hung.get(appoint).status_code == 200
    assert tam.get(appoint).status_code == 404
    given = hung.post(appoint, {"post": "vice_principal", "starts_on": "2026-10-01", "is_main": "on"})
    assert given.status_code == 302
    post = Position.objects.get(person=lan, post="vice_principal")
    end = reverse("staff:end_position", args=[post.pk])
    assert hung.get(end).status_code == 200
    assert hung.post(end, {"on": "2026-09-01"}).status_code == 422
    assert hung.post(end, {"on": "2026-11-01"}).status_code == 302
    duty = reverse("staff:set_duty", args=[lan.pk])
    assert tam.post(duty, {"kind": "group_head"}).status_code == 302
    assert Duty.objects.get(person=lan).periods == 3
    leave = reverse("staff:leave", args=[lan.pk])
    assert tam.get(leave).status_code == 200
    assert tam.post(leave, {"status": "leave", "on": "2026-10-01"}).status_code == 302
    assert tam.post(reverse("staff:come_back", args=[lan.pk]), {"on": "2026-10-02"}).status_code == 302
    assert member(cast, "lan").status == "working"
    for address in (duty, leave, reverse("staff:drop_duty", args=[Duty.objects.get(person=lan).pk])):
        assert (
            cast.client("ha")
            .post(address, {"kind": "union", "status": "quit", "on": "2026-10-01"})
            .status_code
            == 404
        )


def test_teachers_of_a_school_are_those_with_an_open_post_there_guests_included(cast: Cast) -> None:
    guest = make_person("Lường Văn Khách")
    make_staff(guest, cast.other_school, "teacher")
    Position.objects.create(person=guest, unit=cast.campus, post="teacher", is_main=False, starts_on=DAY)
    found = {row["name"]: row["is_guest"] for row in queries.teachers_of(cast.hung, cast.school)}
    assert found["Nguyễn Thị Lan"] is False
    assert queries.all_working_at(cast.school, [guest.pk, cast.people["mai"].pk], timezone.localdate()) == {
        guest.pk
    }


def test_a_clerk_ends_no_principal_by_writing_that_he_left(cast: Cast) -> None:
    hung, today = member(cast, "hung"), timezone.localdate()
    with pytest.raises(DomainError, match="đang giữ chức vụ"):
        actions.leave(cast.tam, hung, status="quit", on=today, reason="Nghỉ")
    with pytest.raises(ProofNeeded):
        actions.leave(cast.actor("son", proved=False), hung, status="quit", on=today, reason="Nghỉ")
    assert cast.actor("hung").holds("staff.appoint")


def test_whoever_leaves_leaves_every_post_and_role(cast: Cast) -> None:
    today = timezone.localdate()
    position = Position.objects.get(person=cast.people["hung"])
    actions.end_position(cast.son, position, on=today + timedelta(days=60))
    access.give_role(
        cast.hung, cast.school, person=cast.people["lan"], role="vice_principal", starts_on=today, ends_on=None,
        reason="QĐ 1",
    )  # fmt: skip
    for name, status in (("hung", "deceased"), ("lan", "quit")):
        actions.leave(cast.son, member(cast, name), status=status, on=today, reason="Thôi")
    position.refresh_from_db()
    assert position.ends_on == today
    assert not cast.actor("lan").grants


def test_merging_schools_keeps_the_day_a_post_ends(cast: Cast) -> None:
    today = timezone.localdate()
    ends = today + timedelta(days=60)
    actions.end_position(cast.son, Position.objects.get(person=cast.people["ha"]), on=ends)
    actions.appoint(cast.son, member(cast, "mai"), post="librarian", starts_on=today + timedelta(days=10))
    org.merge(cast.son, [cast.school, cast.other_school], into=cast.school, on=today, decision="12/QĐ")
    assert Position.objects.get(person=cast.people["ha"], unit=cast.school).ends_on == ends
    posts = Position.objects.filter(person=cast.people["mai"], unit=cast.school).order_by("starts_on")
    assert [(one.post, one.ends_on) for one in posts] == [
        ("teacher", today + timedelta(days=10)), ("librarian", None),
    ]  # fmt: skip
