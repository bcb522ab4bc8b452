"""Every page of the roster, as each of the cast meets it: theirs, and nothing of others."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from khue.kernel.people.models import Person
from khue.registry.roster import actions
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Classroom, Enrolment, ExportRequest, Guardianship, Transfer
from khue.registry.roster.tests.place import last_entry
from tests.cast import START, Cast, make_enrolment, make_person

BUDGET = 12
TODAY = timezone.localdate()


def page(cast: Cast, who: str, name: str, *args: Any, query: str = "", proved: bool = True) -> Any:
    return cast.client(who, proved=proved).get(f"{reverse(name, args=args)}{query}")


@pytest.mark.parametrize("who", ["tam", "hung", "lan", "son", "thanh"])
def test_lists_show_ones_own_within_the_query_budget(cast: Cast, who: str) -> None:
    client = cast.client(who)
    for name in ("roster:pupils", "roster:classes"):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(reverse(name))
        assert response.status_code == 200
        assert len(asked) <= BUDGET, [len(asked)] + [query["sql"][:90] for query in asked]
        text = response.content.decode()
        assert "8A3" in text
        assert "Lường Thảo Vy" not in text or who == "son"


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("roster:pupil", "tam"),
        ("roster:pupil", "lan"),
        ("roster:pupil", "binh"),
        ("roster:pupil", "an"),
        ("roster:pupil", "son"),
        ("roster:edit_pupil", "lan"),
        ("roster:who", "binh"),
        ("roster:who", "hung"),
        ("roster:add_guardian", "tam"),
        ("roster:correct", "tam"),
    ],
)
def test_the_record_opens_to_those_whose_pupil_it_is_within_the_budget(
    cast: Cast, name: str, who: str
) -> None:
    client = cast.client(who)
    with CaptureQueriesContext(connection) as asked:
        response = client.get(reverse(name, args=[cast.people["an"].pk]))
    assert response.status_code == 200
    assert len(asked) <= BUDGET, [len(asked)] + [query["sql"][:90] for query in asked]
    assert "Lê Hoài An" in response.content.decode()


def addresses(cast: Cast) -> list[str]:
    """Every page about An, the school's classes and its transfers."""
    an, tie = cast.people["an"].pk, Guardianship.objects.get()
    transfer = actions.submit_transfer(
        cast.tam, cast.school, enrolment=cast.enrolments["an"], to_outside="Hà Nội", reason_code="other"
    )
    named = [(name, [an]) for name in ("pupil", "edit_pupil", "who", "add_guardian", "correct")]
    named += [
        ("guardian", [an, tie.pk]),
        ("classroom", [cast.classroom.pk]),
        ("change_class", [cast.classroom.pk]),
    ]
    named += [("class_export", [cast.classroom.pk]), ("transfer", [transfer.pk])]
    return [reverse(f"roster:{name}", args=args) for name, args in named]


def test_mai_meets_404_on_every_page_of_the_other_school(cast: Cast) -> None:
    client, head = cast.client("mai"), cast.client("ha")
    for address in addresses(cast):
        assert client.get(address).status_code == 404, address
        assert head.get(address).status_code == 404, address


def test_mai_cannot_post_anywhere_of_the_other_school(cast: Cast) -> None:
    an = cast.people["an"].pk
    room = cast.classroom.pk
    for client in (cast.client("mai"), cast.client("ha")):
        for name, args, data in (
            ("reveal", [an], {}),
            ("close_class", [room], {}),
            ("homeroom", [room], {"step": "end"}),
            ("place", [], {"row": [cast.enrolments["an"].pk], "classroom": room, "on": "22/11/2026"}),
            ("movement", [], {"row": [cast.enrolments["an"].pk], "kind": "dropped", "on": "22/11/2026"}),
            ("export_chosen", [], {"row": [cast.enrolments["an"].pk]}),
        ):
            assert client.post(reverse(f"roster:{name}", args=args), data).status_code in (404, 422), name
    assert Enrolment.objects.get(pk=cast.enrolments["an"].pk).status == "studying"


def test_anonymous_visitors_meet_the_log_in_page(cast: Cast, client: Any) -> None:
    for address in addresses(cast):
        assert client.get(address).status_code == 302, address


def test_a_subject_teacher_reads_names_and_opens_nothing(cast: Cast) -> None:
    text = page(cast, "lan", "roster:pupils").content.decode()
    assert "Phạm Minh Khôi" in text
    assert page(cast, "lan", "roster:pupil", cast.people["khoi"].pk).status_code == 404


def test_search_finds_by_name_code_and_birth_date(cast: Cast) -> None:
    an = cast.people["an"]
    for wanted in ("le hoai an", "Hoài An", "hoai a", an.code, "14/03/2013"):
        text = page(cast, "tam", "roster:pupils", query=f"?q={wanted}").content.decode()
        assert "Lê Hoài An" in text, wanted
        assert "Phạm Minh Khôi" not in text, wanted
    assert "Không có" in page(cast, "tam", "roster:pupils", query="?q=nguyen").content.decode()


def test_filters_narrow_and_unknown_ones_are_ignored(cast: Cast) -> None:
    actions.record_movement(cast.tam, [cast.enrolments["an"]], kind="dropped", on=TODAY, reason_code="work")
    assert "Lê Hoài An" not in page(cast, "tam", "roster:pupils").content.decode()
    assert "Lê Hoài An" in page(cast, "tam", "roster:pupils", query="?tinh-trang=dropped").content.decode()
    assert (
        "Phạm Minh Khôi"
        in page(cast, "tam", "roster:pupils", query="?thieu=so-dinh-danh&gioi=1&khoi=8").content.decode()
    )
    assert "Phạm Minh Khôi" in page(cast, "tam", "roster:pupils", query="?khoi=99&la=1").content.decode()


def test_an_officer_steps_down_to_a_school_and_nobody_steps_sideways(cast: Cast) -> None:
    text = page(cast, "son", "roster:pupils", query="?don-vi=THCS-MK").content.decode()
    assert "Lường Thảo Vy" in text
    assert "Lê Hoài An" not in text
    assert page(cast, "thanh", "roster:pupils", query="?don-vi=THCS-MK").status_code == 404
    assert page(cast, "tam", "roster:pupils", query="?don-vi=THCS-MK").status_code == 404
    assert page(cast, "tam", "roster:pupils", query="?don-vi=SO").status_code == 404


def test_a_pupil_who_moved_on_stays_in_the_register_by_name_only(cast: Cast) -> None:
    row = cast.enrolments["an"]
    Enrolment.objects.filter(pk=row.pk).update(is_current=False, status="transferred_out")
    text = page(cast, "tam", "roster:pupils", query="?tinh-trang=transferred_out").content.decode()
    assert "Lê Hoài An" in text
    assert reverse("roster:pupil", args=[row.person_id]) not in text
    assert cast.people["an"].code not in text


def test_the_list_prints_and_exports_and_the_export_is_written_down(cast: Cast) -> None:
    assert "Lê Hoài An" in page(cast, "tam", "roster:pupils", query="?format=print").content.decode()
    response = page(cast, "tam", "roster:pupils", query="?format=xlsx&khoi=8")
    assert response["Content-Type"].endswith("sheet")
    from openpyxl import load_workbook

    cells = [
        cell.value for row in load_workbook(io.BytesIO(response.content)).active.iter_rows() for cell in row
    ]
    assert "Lê Hoài An" in cells
    assert "Lường Thảo Vy" not in cells
    entry = last_entry()
    assert entry.action == "roster.export"
    assert '"pupils":2' in entry.payload.body
    assert '"khoi":"8"' in entry.payload.body


def test_a_large_export_needs_a_second_person(cast: Cast) -> None:
    for n in range(4):
        make_enrolment(make_person(f"Học Sinh {n}", sex=1), cast.classroom)
    from khue.kernel.settings_store.models import Value

    Value.objects.create(name="roster.export_limit", unit=cast.department, valid_from=START, value=3)
    tam, hung = cast.client("tam"), cast.client("hung")
    refused = tam.get(reverse("roster:pupils") + "?format=xlsx&khoi=8")
    assert refused.status_code == 422
    assert "Trần Quốc Hùng" in refused.content.decode()
    sent = tam.post(
        reverse("roster:ask_export") + "?don-vi=THCS-LQD",
        {
            "state": reverse("roster:pupils") + "?khoi=8",
            "reason": "Gửi danh sách cho công an phường làm căn cước",
        },
    )
    asked = ExportRequest.objects.get()
    assert sent["Location"] == reverse("roster:export_request", args=[asked.pk])
    download = f"{reverse('roster:pupils')}?{asked.query}&format=xlsx&phep={asked.pk}"
    assert tam.get(download).status_code == 422
    tam.post(sent["Location"], {"answer": "approve"})
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert hung.get(sent["Location"]).status_code == 200
    hung.post(sent["Location"], {"answer": "approve"})
    assert tam.get(download)["Content-Type"].endswith("sheet")
    assert tam.get(download).status_code == 422
    assert cast.client("ha").get(sent["Location"]).status_code == 404


def test_admitting_by_the_page_offers_the_record_that_is_there(cast: Cast) -> None:
    actions.record_movement(cast.ha, [cast.enrolments["vy"]], kind="dropped", on=TODAY, reason_code="work")
    tam, address = cast.client("tam"), reverse("roster:admit")
    data = {
        "full_name": "lường thảo vy",
        "sex": "2",
        "birth_date": "2/2/2013",
        "ethnicity": "03",
        "grade": "8",
        "classroom": str(cast.classroom.pk),
        "joined_on": f"{TODAY:%d/%m/%Y}",
    }
    offered = tam.post(address, data)
    assert "lấy hồ sơ có sẵn" in offered.content.decode()
    taken = tam.post(address, {**data, "person_id": cast.people["vy"].pk})
    assert taken["Location"] == reverse("roster:pupil", args=[cast.people["vy"].pk])
    assert Enrolment.objects.get(person=cast.people["vy"], is_current=True).school == cast.school


def test_the_admission_form_says_what_is_wrong_beside_the_field(cast: Cast) -> None:
    data = {
        "full_name": "Hoàng Thị 9",
        "sex": "2",
        "birth_date": "31/06/2013",
        "personal_id": "0383130004",
        "grade": "8",
        "joined_on": "22/11/2026",
    }
    text = cast.client("tam").post(reverse("roster:admit"), data).content.decode()
    assert "Tháng 6 không có ngày 31." in text
    assert "chữ số" in text
    assert 'value="31/06/2013"' in text


def test_two_people_on_one_record_are_told_and_keep_what_they_typed(cast: Cast) -> None:
    an = cast.people["an"]
    data = {
        "full_name": an.full_name,
        "sex": "2",
        "birth_date": "14/03/2013",
        "ethnicity": "01",
        "address": "Tổ 6",
        "version": "1",
    }
    actions.change_pupil(cast.tam, cast.enrolments["an"], version=1, values={"address": "Tổ 5"})
    answer = cast.client("lan").post(reverse("roster:edit_pupil", args=[an.pk]), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Đỗ Thị Tâm" in text
    assert "Tổ 5" in text
    assert 'value="Tổ 6"' in text
    again = cast.client("lan").post(reverse("roster:edit_pupil", args=[an.pk]), {**data, "version": "2"})
    assert again.status_code == 302
    assert Person.objects.get(pk=an.pk).address == "Tổ 6"


def test_a_number_that_disagrees_is_written_only_when_confirmed(cast: Cast) -> None:
    an = cast.people["an"]
    data = {
        "full_name": an.full_name,
        "sex": "2",
        "birth_date": "14/03/2013",
        "ethnicity": "01",
        "personal_id": "038212000001",
        "version": "1",
    }
    client, address = cast.client("tam"), reverse("roster:edit_pupil", args=[an.pk])
    asked = client.post(address, data).content.decode()
    assert 'type="checkbox" name="confirmed"' in asked
    assert Person.objects.get(pk=an.pk).personal_id is None
    client.post(address, {**data, "confirmed": "on"})
    assert Person.objects.get(pk=an.pk).personal_id == "038212000001"


def test_the_personal_number_is_masked_until_it_is_asked_for(cast: Cast) -> None:
    an = cast.people["an"]
    Person.objects.filter(pk=an.pk).update(personal_id="038313004417")
    assert "038313004417" not in page(cast, "tam", "roster:pupil", an.pk).content.decode()
    shown = cast.client("tam").post(reverse("roster:reveal", args=[an.pk]), headers={"HX-Request": "true"})
    assert "038313004417" in shown.content.decode()
    assert last_entry().action == "roster.read_number"


def test_sensitive_parts_are_for_homeroom_and_office_only(cast: Cast) -> None:
    an = cast.people["an"]
    actions.change_pupil(cast.tam, cast.enrolments["an"], version=1, values={"health_note": "Dị ứng lạc"})
    for who, sees in (
        ("tam", True),
        ("lan", True),
        ("hung", True),
        ("son", False),
        ("binh", False),
        ("an", False),
    ):
        assert ("Dị ứng lạc" in page(cast, who, "roster:pupil", an.pk).content.decode()) is sees, who
    assert "Lê Văn Bình" not in page(cast, "son", "roster:pupil", an.pk).content.decode()


def test_a_parent_of_children_in_two_schools_sees_both_on_one_screen(cast: Cast) -> None:
    Guardianship.objects.create(
        pupil=cast.people["vy"], guardian=cast.people["binh"], relation="guardian", starts_on=START
    )
    text = page(cast, "binh", "roster:my_children").content.decode()
    assert "Lê Hoài An" in text
    assert "Lường Thảo Vy" in text
    assert "Mường Khoa" in text
    assert "Nguyễn Thị Lan" in text
    assert page(cast, "an", "roster:my_record")["Location"] == reverse(
        "roster:pupil", args=[cast.people["an"].pk]
    )


def test_who_sees_a_pupil_names_the_reason(cast: Cast) -> None:
    text = page(cast, "hung", "roster:who", cast.people["an"].pk).content.decode()
    assert "Nguyễn Thị Lan" in text
    assert "8A3" in text
    assert "Lê Văn Bình" in text
    assert "Hoàng Thị Mai" not in text
    assert page(cast, "lan", "roster:who", cast.people["an"].pk).status_code == 404


def test_moving_pupils_by_the_list_and_taking_it_back(cast: Cast) -> None:
    client, row = cast.client("tam"), cast.enrolments["an"].pk
    asked = client.post(reverse("roster:place"), {"row": [row], "state": reverse("roster:pupils")})
    assert "8A5" in asked.content.decode()
    done = client.post(
        reverse("roster:place"),
        {"row": [row], "classroom": cast.second_classroom.pk, "on": f"{TODAY:%d/%m/%Y}"},
    )
    assert done.status_code == 302
    assert Enrolment.objects.get(pk=row).classroom == cast.second_classroom
    client.post(f"{reverse('roster:undo_place')}?row={row}")
    assert Enrolment.objects.get(pk=row).classroom == cast.classroom


def test_everything_that_matches_can_be_chosen(cast: Cast) -> None:
    client = cast.client("tam")
    answer = client.post(
        reverse("roster:movement"), {"everything": "1", "state": f"{reverse('roster:pupils')}?khoi=8"}
    )
    assert "2 em" in answer.content.decode()


def test_a_class_is_made_changed_given_and_closed_by_pages(cast: Cast) -> None:
    client = cast.client("tam")
    made = client.post(reverse("roster:open_class"), {"name": "6A1", "grade": "6", "sessions_a_week": "6"})
    room = Classroom.objects.get(name="6A1")
    assert made["Location"] == reverse("roster:classroom", args=[room.pk])
    assert "Lập lớp" not in client.get(made["Location"]).content.decode()
    client.post(
        reverse("roster:change_class", args=[room.pk]),
        {"name": "6A2", "sessions_a_week": "9", "campus": cast.campus.pk},
    )
    room.refresh_from_db()
    assert (room.name, room.campus) == ("6A2", cast.campus)
    client.post(
        reverse("roster:homeroom", args=[room.pk]),
        {"teacher": cast.people["lan"].pk, "on": f"{TODAY:%d/%m/%Y}"},
    )
    assert "Nguyễn Thị Lan" in client.get(made["Location"]).content.decode()
    client.post(reverse("roster:close_class", args=[room.pk]))
    room.refresh_from_db()
    assert room.closed_on == TODAY


def test_a_transfer_goes_its_whole_way_by_pages(cast: Cast) -> None:
    tam, ha, an = cast.client("tam"), cast.client("ha"), cast.enrolments["an"]
    form = tam.get(f"{reverse('roster:new_transfer')}?em={an.pk}")
    assert "Lê Hoài An" in form.content.decode()
    data = {
        "em": an.pk,
        "enrolment": an.pk,
        "to_school": "muong khoa",
        "reason_code": "nearer",
        "submitted_on": f"{TODAY:%d/%m/%Y}",
    }
    found = tam.post(reverse("roster:new_transfer"), {**data, "step": "find"})
    assert "THCS Mường Khoa" in found.content.decode()
    assert not Transfer.objects.exists()
    sent = tam.post(
        reverse("roster:new_transfer"), {**data, "to_school_id": cast.other_school.pk, "step": "send"}
    )
    transfer = Transfer.objects.get()
    assert sent["Location"] == reverse("roster:transfer", args=[transfer.pk])
    step = reverse("roster:transfer_step", args=[transfer.pk])
    assert "Nhận em này" in ha.get(sent["Location"]).content.decode()
    assert reverse("roster:pupil", args=[an.person_id]) not in ha.get(sent["Location"]).content.decode()
    ha.post(step, {"step": "accept", "version": "1"})
    tam.post(step, {"step": "release", "version": "2"})
    placed = ha.post(
        step,
        {"step": "place", "version": "3", "classroom": cast.other_classroom.pk, "on": f"{TODAY:%d/%m/%Y}"},
    )
    assert placed.status_code == 302
    assert ha.get(reverse("roster:pupil", args=[an.person_id])).status_code == 200
    assert tam.get(reverse("roster:pupil", args=[an.person_id])).status_code == 404
    assert tam.get(sent["Location"]).status_code == 200


def test_a_receiving_clerk_finds_a_pupil_only_by_code_and_birth_together(cast: Cast) -> None:
    ha, an = cast.client("ha"), cast.people["an"]
    missed = ha.get(f"{reverse('roster:new_transfer')}?code={an.code}&born=15/03/2013").content.decode()
    assert "Lê Hoài An" not in missed
    found = ha.get(f"{reverse('roster:new_transfer')}?code={an.code}&born=14/03/2013").content.decode()
    assert "Lê Hoài An" in found
    assert "THCS Lê Quý Đôn" in found
    assert "Lê Văn Bình" not in found
    sent = ha.post(
        reverse("roster:new_transfer"),
        {
            "enrolment": cast.enrolments["an"].pk,
            "code": an.code,
            "born": "14/03/2013",
            "reason_code": "nearer",
            "submitted_on": f"{TODAY:%d/%m/%Y}",
        },
    )
    assert sent.status_code == 302
    assert Transfer.objects.get().to_school == cast.other_school


def test_refusals_stand_beside_their_field(cast: Cast) -> None:
    transfer = actions.submit_transfer(
        cast.tam,
        cast.school,
        enrolment=cast.enrolments["an"],
        to_school_id=cast.other_school.pk,
        reason_code="other",
    )
    answer = cast.client("ha").post(
        reverse("roster:transfer_step", args=[transfer.pk]),
        {"step": "refuse", "refusal": "no", "version": "1"},
    )
    assert "Ghi lý do từ chối" in answer.content.decode()


def test_several_transfers_are_answered_from_the_list(cast: Cast) -> None:
    for name in ("an", "khoi"):
        actions.submit_transfer(
            cast.tam,
            cast.school,
            enrolment=cast.enrolments[name],
            to_school_id=cast.other_school.pk,
            reason_code="other",
        )
    ha = cast.client("ha")
    assert "Lê Hoài An" in ha.get(reverse("roster:transfers")).content.decode()
    ha.post(
        reverse("roster:accept_several"),
        {"row": [str(pk) for pk in Transfer.objects.values_list("pk", flat=True)]},
    )
    assert set(Transfer.objects.values_list("state", flat=True)) == {"accepted"}


def test_head_counts_show_every_level_and_lead_to_their_rows(cast: Cast) -> None:
    recount(None, [cast.school, cast.other_school], cast.year, on=START)
    actions.record_movement(cast.tam, [cast.enrolments["an"]], kind="dropped", on=TODAY, reason_code="far")
    client = cast.client("son")
    with CaptureQueriesContext(connection) as asked:
        text = client.get(reverse("roster:counts")).content.decode()
    assert len(asked) <= BUDGET, [len(asked)] + [query["sql"][:90] for query in asked]
    assert "Phường Đông Kinh" in text
    assert "Xã Mường Khoa" in text
    assert "Nhà xa" in text
    school = page(cast, "son", "roster:counts", query="?don-vi=THCS-LQD").content.decode()
    assert "8A5" in school
    assert reverse("roster:classroom", args=[cast.second_classroom.pk]) in school
    before = page(
        cast,
        "tam",
        "roster:counts",
        query=f"?ngay={TODAY - timedelta(days=1):%d/%m/%Y}&so-voi={TODAY:%d/%m/%Y}",
    ).content.decode()
    assert "Tăng 1 em" in before
    assert page(cast, "lan", "roster:counts").status_code == 404
    assert page(cast, "tam", "roster:counts", query="?format=xlsx").status_code == 200
    assert (
        page(cast, "tam", "roster:counts", query="?format=csv").content.decode("utf-8-sig").count("8A") == 2
    )
    moved = page(cast, "son", "roster:movements", query="?loai=dropped").content.decode()
    assert "Lê Hoài An" in moved
    assert "Phạm Minh Khôi" not in moved


def test_pages_of_another_year_say_so_and_show_nothing_of_this_one(cast: Cast) -> None:
    from khue.registry.calendar.models import SchoolYear

    SchoolYear.objects.create(
        pk=2025, starts_on=START.replace(year=2025, day=1), ends_on=START.replace(month=7, day=31)
    )
    client = cast.client("tam")
    session = client.session
    session["year"] = 2025
    session.save()
    assert "Lê Hoài An" not in client.get(reverse("roster:pupils")).content.decode()
