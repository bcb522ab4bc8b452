"""The pages of roll call, from the form without script to the paper a month is signed on."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from khue.school.attendance.actions import Entry, ask_leave, take_late
from khue.school.attendance.models import AbsenceNotice, Closing, LeaveRequest, Mark, SessionPlan, Sheet
from khue.school.attendance.queries import day_of
from khue.school.attendance.tests.rolls import before, classmates, lessons, take, today, write_rolls
from tests.cast import Cast


def _roll(cast: Cast) -> str:
    return reverse("attendance:roll", args=[cast.classroom.pk])


def _form(cast: Cast, version: int = 0, **codes: str) -> dict[str, Any]:
    form: dict[str, Any] = {
        "version": version,
        "ngay": f"{today():%Y-%m-%d}",
        "buoi": "S",
        "_key": f"k{version}{codes}",
    }
    for key, value in codes.items():
        form[key] = value
    return form


def test_a_teacher_takes_the_roll_as_a_plain_form(cast: Cast) -> None:
    lessons(cast)
    mate, other = classmates(cast, 2)
    lan = cast.client("lan")
    day = lan.get(reverse("attendance:today")).content.decode()
    assert "chưa điểm danh" in day
    assert "8A3" in day
    page = lan.get(_roll(cast)).content.decode()
    assert "Chưa điểm danh" in page
    assert f'name="m{mate.pk}"' in page
    sent = _form(
        cast,
        **{f"m{mate.pk}": "K", f"m{other.pk}": "M", f"p{other.pk}": "15", f"m{cast.enrolments['an'].pk}": ""},
    )
    answer = lan.post(_roll(cast), sent)
    assert answer.status_code == 302
    sheet = Sheet.objects.get()
    assert (sheet.expected, sheet.unexcused, sheet.late) == (3, 1, 1)
    assert Mark.objects.get(code="M").minutes == 15
    shown = lan.get(answer["Location"]).content.decode()
    assert "Nộp lại" in shown
    day = lan.get(reverse("attendance:today")).content.decode()
    assert "2/3" in day


def test_two_who_save_one_roll_are_shown_both(cast: Cast) -> None:
    lessons(cast)
    mate, other = classmates(cast, 2)
    take(cast, Entry(mate.pk, "K"))
    lan = cast.client("lan")
    answer = lan.post(_roll(cast), _form(cast, 0, **{f"m{other.pk}": "P"}))
    page = answer.content.decode()
    assert "Nguyễn Thị Lan đã ghi: K, Không phép" in page
    assert "Nguyễn Thị Lan đã ghi: có mặt" in page
    assert 'name="version" value="1"' in page
    assert Mark.objects.get().code == "K"
    answer = lan.post(_roll(cast), _form(cast, 1, **{f"m{other.pk}": "P", f"m{mate.pk}": "K"}))
    assert answer.status_code == 302
    assert sorted(Mark.objects.values_list("code", flat=True)) == ["K", "P"]


def test_classes_taught_together_have_a_roll_each_one_press_apart(cast: Cast) -> None:
    lessons(cast)
    type(cast.classroom).objects.filter(pk=cast.second_classroom.pk).update(combined_with=cast.classroom)
    lan, names = cast.client("lan"), (cast.classroom.name, cast.second_classroom.name)
    for room in (cast.classroom, cast.second_classroom):
        page = lan.get(reverse("attendance:roll", args=[room.pk])).content.decode()
        assert 'aria-label="Lớp ghép"' in page
        assert all(name in page for name in names)
    take(cast)
    assert [sheet.classroom_id for sheet in Sheet.objects.all()] == [cast.classroom.pk]


def test_leave_that_was_granted_is_filled_in(cast: Cast) -> None:
    lessons(cast)
    enrolment = cast.enrolments["an"]
    asked = ask_leave(cast.binh, enrolment, from_day=today(), to_day=today(), kind="sick", note="Cháu sốt")
    lan = cast.client("lan")
    assert "Phụ huynh xin nghỉ" in lan.get(_roll(cast)).content.decode()
    assert "Cháu sốt" in lan.get(reverse("attendance:leaves")).content.decode()
    answer = lan.post(
        reverse("attendance:answer_leave", args=[asked.pk]), {"answer": "grant", "version": 1, "_key": "a"}
    )
    assert answer.status_code == 302
    page = lan.get(_roll(cast)).content.decode()
    assert f'name="m{enrolment.pk}" value="P" aria-label="P, Có phép" checked' in page


def test_a_head_sets_right_yesterday_with_a_reason(cast: Cast) -> None:
    day = today() - timedelta(days=1)
    lessons(cast, day)
    pk = cast.enrolments["an"].pk
    take_late(cast.hung, cast.classroom, day=day, session="S", reason="Bù")
    form = {"version": 1, "ngay": f"{day:%Y-%m-%d}", "buoi": "S", f"m{pk}": "K", "reason": "", "_key": "1"}
    hung = cast.client("hung")
    assert "Ghi lý do" in hung.post(_roll(cast), form).content.decode()
    assert hung.post(_roll(cast), form | {"reason": "Cô Lan báo lại", "_key": "2"}).status_code == 302
    assert Mark.objects.get().code == "K"
    pupil = hung.get(reverse("attendance:pupil", args=[pk])).content.decode()
    assert "Cô Lan báo lại" in pupil
    lan = cast.client("lan")
    assert "Đã qua ngày" in lan.get(f"{_roll(cast)}?ngay={day:%Y-%m-%d}").content.decode()


def test_registers_show_what_is_known_and_no_more(cast: Cast) -> None:
    days = before(3)
    lessons(cast, today(), *days)
    (mate,) = classmates(cast, 1)
    write_rolls(cast, days[:1], [mate.pk], code="K")
    lan = cast.client("lan")
    for name in ("week", "month"):
        address = f"{reverse(f'attendance:{name}', args=[cast.classroom.pk])}?ngay={days[0]:%Y-%m-%d}"
        page = lan.get(address).content.decode()
        assert '<td data-m="K">K</td>' in page
    assert cast.client("mai").get(address).status_code == 404


def test_a_month_is_printed_and_kept_as_a_workbook(cast: Cast) -> None:
    from openpyxl import load_workbook

    day = before(1)[0]
    lessons(cast, day)
    (mate,) = classmates(cast, 1)
    write_rolls(cast, [day], [mate.pk])
    lan = cast.client("lan")
    query = f"?ngay={day:%Y-%m-%d}"
    paper = lan.get(reverse("attendance:month_file", args=[cast.classroom.pk, "pdf"]) + query)
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-1.7")
    book = lan.get(reverse("attendance:month_file", args=[cast.classroom.pk, "xlsx"]) + query)
    rows = [list(row) for row in load_workbook(io.BytesIO(book.content)).active.iter_rows(values_only=True)]
    assert any("Trần Văn A0" in [str(cell) for cell in row] and "P" in row for row in rows)
    assert (
        cast.client("mai").get(reverse("attendance:month_file", args=[cast.classroom.pk, "pdf"])).status_code
        == 404
    )


@pytest.mark.parametrize("who", ["hung", "tam", "lan"])
def test_the_day_lists_the_classes_one_answers_for(cast: Cast, who: str) -> None:
    lessons(cast)
    page = cast.client(who).get(reverse("attendance:today")).content.decode()
    assert "8A3" in page
    assert "8A5" in page


def test_a_week_is_closed_and_opened_again(cast: Cast) -> None:
    day = today() - timedelta(days=7)
    lessons(cast, day)
    lan = cast.client("lan")
    address = reverse("attendance:close_week", args=[cast.classroom.pk])
    lan.post(address, {"ngay": f"{day:%Y-%m-%d}", "_key": "1"})
    assert not Closing.objects.exists()
    lan.post(address, {"ngay": f"{day:%Y-%m-%d}", "reason": "Nghỉ mưa, chưa nhập", "_key": "2"})
    closed = Closing.objects.get()
    again = reverse("attendance:reopen", args=[closed.pk])
    assert lan.post(again, {"reason": "x", "_key": "3"}).status_code == 404
    assert cast.client("hung").post(again, {"reason": "Nhập bù", "_key": "4"}).status_code == 302
    assert not Closing.objects.exists()


def test_months_are_signed_for_many_classes_at_once(cast: Cast) -> None:
    day = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    lessons(cast, day)
    hung = cast.client("hung")
    assert "8A5" in hung.get(f"{reverse('attendance:months')}?ngay={day:%Y-%m-%d}").content.decode()
    rooms = [cast.classroom.pk, cast.second_classroom.pk]
    form = {"ngay": f"{day:%Y-%m-%d}", "lop": rooms, "reason": "Đủ sổ giấy", "_key": "1"}
    assert hung.post(reverse("attendance:sign_months"), form).status_code == 302
    assert Closing.objects.filter(span="month").count() == 2
    other = {**form, "lop": [cast.other_classroom.pk], "_key": "2"}
    assert hung.post(reverse("attendance:sign_months"), other).status_code == 404


def test_a_guardian_asks_and_withdraws(cast: Cast) -> None:
    binh = cast.client("binh")
    page = binh.get(reverse("attendance:my_leaves")).content.decode()
    assert "Sáng nay" in page
    form = {
        "em": cast.people["an"].pk,
        "khi": "ngay-mai",
        "ly_do": "sick",
        "loi_nhan": "Cháu sốt",
        "_key": "1",
    }
    assert binh.post(reverse("attendance:my_leaves"), form).status_code == 302
    leave = LeaveRequest.objects.get()
    assert (leave.from_day, leave.to_session) == (today() + timedelta(days=1), "C")
    again = binh.post(reverse("attendance:my_leaves"), form | {"_key": "2"}).content.decode()
    assert "Đã có đơn xin nghỉ" in again
    assert binh.post(reverse("attendance:withdraw_leave", args=[leave.pk]), {"_key": "3"}).status_code == 302
    assert LeaveRequest.objects.get().state == "withdrawn"
    stranger = {**form, "em": cast.people["khoi"].pk, "_key": "4"}
    assert binh.post(reverse("attendance:my_leaves"), stranger).status_code == 404


def test_the_day_of_a_child_is_seen_by_its_family_alone(cast: Cast) -> None:
    lessons(cast)
    an, khoi = cast.people["an"].pk, cast.people["khoi"].pk
    take(cast, Entry(cast.enrolments["an"].pk, "M", 5))
    found = day_of(cast.binh, [an, khoi], today())
    assert list(found) == [an]
    assert found[an].rolls[0][3:5] == ("M", 5)


def test_sessions_are_planned_by_the_office(cast: Cast) -> None:
    tam = cast.client("tam")
    form = {
        "cho": "THCS",
        "tu": f"{today():%Y-%m-%d}",
        "sang": list("23456"),
        "chieu": ["3"],
        "chinh": "S",
        "_key": "1",
    }
    assert tam.post(reverse("attendance:plans"), form).status_code == 302
    plan = SessionPlan.objects.get()
    assert (plan.morning_days, plan.afternoon_days) == ("23456", "3")
    assert "T2, T3" in tam.get(reverse("attendance:plans")).content.decode()
    assert (
        "buổi có học"
        in tam.post(
            reverse("attendance:plans"), {**form, "sang": [], "chinh": "S", "_key": "2"}
        ).content.decode()
    )
    assert tam.post(reverse("attendance:remove_plan", args=[plan.pk]), {"_key": "3"}).status_code == 302
    assert not SessionPlan.objects.exists()
    assert cast.client("lan").get(reverse("attendance:plans")).status_code == 404


def test_news_of_an_absence_is_answered(cast: Cast) -> None:
    from khue.school.attendance.jobs import tell_absences

    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    notice = AbsenceNotice.objects.get()
    binh = cast.client("binh")
    address = reverse("attendance:notice", args=[notice.pk])
    assert binh.get(address).status_code == 404
    tell_absences(notice.due_at)
    assert "chưa có phép" in binh.get(address).content.decode()
    form = {"tra_loi": "home", "ly_do": "sick", "loi_nhan": "Cháu sốt 38,5", "den": "hom-nay", "_key": "1"}
    assert binh.post(address, form).status_code == 302
    assert LeaveRequest.objects.get().note == "Cháu sốt 38,5"
    assert "đã có người trong gia đình trả lời" in binh.post(address, form | {"_key": "2"}).content.decode()
    assert cast.client("mai").get(address).status_code == 404


def test_a_day_of_no_year_that_can_be_meant_is_today(cast: Cast) -> None:
    lessons(cast)
    lan = cast.client("lan")
    for day in ("0001-01-01", "31/12/9999"):
        for url in (
            reverse("attendance:today"), _roll(cast), reverse("attendance:week", args=[cast.classroom.pk]),
        ):  # fmt: skip
            assert lan.get(url, {"ngay": day}).status_code == 200


def test_a_head_s_roll_of_a_session_that_is_no_more_is_not_written_as_another(cast: Cast) -> None:
    lessons(cast)
    (mate,) = classmates(cast, 1)
    form = _form(cast, 0, **{f"m{mate.pk}": "K"}) | {"buoi": "C"}
    said = cast.client("hung").post(_roll(cast), form).content.decode()
    assert "không còn học buổi này" in said
    assert not Sheet.objects.filter(taken_at__isnull=False).exists()
