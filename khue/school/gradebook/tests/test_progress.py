"""Hùng sees who is late and reminds; Sơn steps down from the province to the late class; others see nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.registry.staff.models import Duty
from khue.school.gradebook import actions, jobs
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import Deadline, Sheet
from khue.school.gradebook.queries import progress as queries
from khue.school.gradebook.queries.terms import term
from khue.school.gradebook.tests.places import add_course, open_sheets
from tests.cast import Cast

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    """TX1 is late in both of Lan's classes, everything else is far off."""
    found = open_sheets(cast)
    for code in ("tx2", "tx3", "tx4", "gk", "ck", "rl", "cd", "tx1"):
        due = TODAY - 3 * DAY if code == "tx1" else TODAY + 20 * DAY
        Deadline.objects.create(
            unit=cast.department, year=cast.year, term=1, column=code, due_on=due, locks_on=TODAY + 40 * DAY
        )
    return found


def board(cast: Cast, who: str = "hung", school: str = "school", part: str = "") -> queries.Board:
    actor = cast.actor(who)
    shown = term(actor, 2026, "1")
    assert shown is not None
    return queries.board(actor, getattr(cast, school), shown, part)


def test_hung_sees_every_sheet_with_what_is_late(cast: Cast, sheet: Sheet) -> None:
    found = board(cast)
    assert [(line.class_name, line.short, line.counted.late) for line in found.late_lines] == [
        ("8A3", "Toán", 1), ("8A5", "Toán", 1),
    ]  # fmt: skip
    assert (found.counted.due, found.counted.done, found.counted.percent) == (2, 0, 0)
    lan = found.late_teachers[0]
    assert (lan.label, lan.counted.late, lan.late_lines[0].late_text) == ("Nguyễn Thị Lan", 2, "TX1 1 ô")
    assert [group.label for group in found.subjects] == ["Toán", "Rèn luyện, chuyên cần"]


def test_a_part_of_the_term_counts_its_columns_only(cast: Cast, sheet: Sheet) -> None:
    assert board(cast, part="gk").counted.due == 0
    assert board(cast, part="gk").counted.expected == 2
    assert board(cast, part="tx").counted.late == 2
    whole = board(cast).counted.expected
    assert whole == sum(board(cast, part=part).counted.expected for part in ("tx", "gk", "ck"))


def test_entering_what_was_late_takes_the_class_off_the_list(cast: Cast, sheet: Sheet) -> None:
    actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments["an"].pk, 0, None, 80)])
    assert [line.class_name for line in board(cast).late_lines] == ["8A5"]


def test_a_substitute_answers_for_the_sheets_while_she_stands_in(cast: Cast, sheet: Sheet) -> None:
    course = add_course(cast, "NGU_VAN", "Ngữ văn", "lan")
    course.assignments.create(
        teacher=cast.people["mai"],
        role="substitute",
        periods_a_year=10,
        starts_on=TODAY,
        ends_on=TODAY + 9 * DAY,
    )
    open_sheets(cast)
    names = {line.subject: line.teacher for line in board(cast).lines if line.class_name == "8A3"}
    assert names["NGU_VAN"] == "Hoàng Thị Mai"
    assert names["TOAN"] == "Nguyễn Thị Lan"


def make_head_of_mathematics(cast: Cast) -> None:
    Duty.objects.create(
        person=cast.people["lan"], unit=cast.school, year=cast.year, kind="group_head", periods=3
    )


def test_a_head_of_subject_sees_the_courses_of_the_subject_and_no_other(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    assert board(cast, "lan").lines == []
    make_head_of_mathematics(cast)
    assert {line.subject for line in board(cast, "lan").lines} == {"TOAN"}
    assert not board(cast, "lan").is_whole
    page = cast.client("lan").get("/so-diem/tien-do/").content.decode()
    assert "các môn của tổ" in page
    assert "Ngữ văn" not in page


@pytest.mark.parametrize("who", ["mai", "ha", "binh", "an"])
def test_others_see_nothing_of_the_school(cast: Cast, sheet: Sheet, who: str) -> None:
    assert board(cast, who).lines == []


# --- reminding -----------------------------------------------------------------------------------------------------


def late_sheets(cast: Cast) -> list[Sheet]:
    return list(Sheet.objects.filter(course__subject="TOAN", school=cast.school, term=1).order_by("pk"))


def test_a_reminder_names_what_is_missing_once_a_day(cast: Cast, sheet: Sheet) -> None:
    result = actions.remind(cast.hung, late_sheets(cast))
    assert (result.told, result.lately, result.nobody) == (1, 0, 0)
    told = Message.objects.get(person=cast.people["lan"])
    assert told.title == "Còn 2 sổ chậm vào điểm"
    due = f"{TODAY - 3 * DAY:%d/%m/%Y}"
    assert told.body.split("\n")[0] == f"Toán 8A3: TX1 1 ô còn trống, hạn {due}"
    assert Entry.objects.order_by("-pk")[0].action == "gradebook.remind"
    again = actions.remind(cast.hung, late_sheets(cast))
    assert (again.told, again.lately) == (0, 1)
    Message.objects.update(sent_at=timezone.now() - timedelta(hours=25), dedupe_key="yesterday")
    assert actions.remind(cast.hung, late_sheets(cast)).told == 1


def test_who_is_on_time_is_not_reminded(cast: Cast, sheet: Sheet) -> None:
    Deadline.objects.all().update(due_on=TODAY)
    with pytest.raises(DomainError, match="chậm"):
        actions.remind(cast.hung, late_sheets(cast))


def test_a_sheet_without_a_teacher_is_said(cast: Cast, sheet: Sheet) -> None:
    cast.course.assignments.all().delete()
    result = actions.remind(cast.hung, late_sheets(cast))
    assert (result.told, result.nobody) == (1, 1)


@pytest.mark.parametrize("who", ["lan", "tam", "mai", "ha", "binh", "an"])
def test_nobody_else_reminds(cast: Cast, sheet: Sheet, who: str) -> None:
    with pytest.raises((NotVisible, NotAllowed)):
        actions.remind(cast.actor(who), late_sheets(cast))
    with pytest.raises((NotVisible, NotAllowed)):
        actions.remind_heads(cast.actor(who), [cast.school], figures={cast.school.pk: 2})
    assert not Message.objects.exists()


def test_the_department_reminds_heads_of_late_schools(cast: Cast, sheet: Sheet) -> None:
    jobs.refresh_progress()
    son = cast.client("son")
    answer = son.post("/so-diem/tien-do/nhac/?don-vi=X-DONGKINH&ky=1", {"school": ["THCS-LQD"]}, follow=True)
    assert "Đã nhắc 1 người" in answer.content.decode()
    told = Message.objects.get(person=cast.people["hung"])
    assert told.title == "THCS Lê Quý Đôn còn 2 sổ chậm vào điểm"
    answer = son.post("/so-diem/tien-do/nhac/?don-vi=X-DONGKINH&ky=1", {"all": "1"}, follow=True)
    assert "trong vòng một ngày" in answer.content.decode()
    assert Message.objects.filter(person=cast.people["hung"]).count() == 1


# --- pages ---------------------------------------------------------------------------------------------------------


def test_hung_s_page_has_the_heat_map_the_late_and_their_reminders(cast: Cast, sheet: Sheet) -> None:
    hung = cast.client("hung")
    page = hung.get("/so-diem/tien-do/?ky=1").content.decode()
    assert f'href="/so-diem/{sheet.pk}/"' in page
    assert "8A3, Toán: 0 %, chậm 1 ô, Nguyễn Thị Lan" in page
    assert 'class="s5"' in page
    assert "Nhắc 1 giáo viên còn chậm" in page
    for look in ("giao-vien", "mon"):
        assert "Nguyễn Thị Lan" in hung.get(f"/so-diem/tien-do/?ky=1&xem={look}").content.decode()
    answer = hung.post("/so-diem/tien-do/nhac/?ky=1", {"teacher": [cast.people["lan"].pk]}, follow=True)
    assert "Đã nhắc 1 người" in answer.content.decode()
    assert "đã nhắc" in hung.get("/so-diem/tien-do/?ky=1").content.decode()
    assert "Nhắc 1 giáo viên" not in hung.get("/so-diem/tien-do/?ky=1").content.decode()


def test_son_steps_down_from_the_province_to_the_late_class_and_sees_no_marks(
    cast: Cast, sheet: Sheet
) -> None:
    jobs.refresh_progress()
    son = cast.client("son")
    page = son.get("/so-diem/tien-do/?ky=1").content.decode()
    assert re.search(r'href="[^"]*don-vi=X-DONGKINH"', page)
    assert "THCS Lê Quý Đôn: 0 %" in page
    page = son.get("/so-diem/tien-do/?ky=1&don-vi=X-DONGKINH").content.decode()
    assert "2 sổ chậm, 1 giáo viên" in page
    page = son.get("/so-diem/tien-do/?ky=1&don-vi=THCS-LQD").content.decode()
    assert "8A3, Toán: 0 %" in page
    assert f'href="/so-diem/{sheet.pk}/"' not in page
    assert "Lê Hoài An" not in page


def test_the_officer_of_the_commune_sees_its_schools_and_no_others(cast: Cast, sheet: Sheet) -> None:
    jobs.refresh_progress()
    thanh = cast.client("thanh")
    page = thanh.get("/so-diem/tien-do/?ky=1").content.decode()
    assert "THCS Lê Quý Đôn" in page
    assert "THCS Mường Khoa" not in page
    for code in ("SO", "X-MUONGKHOA", "THCS-MK"):
        assert thanh.get(f"/so-diem/tien-do/?ky=1&don-vi={code}").status_code == 404
    for who in ("mai", "lan", "binh", "an"):
        assert cast.client(who).get("/so-diem/tien-do/?don-vi=THCS-LQD").status_code == 404


def test_the_department_s_page_narrows_to_a_level(cast: Cast, sheet: Sheet) -> None:
    jobs.refresh_progress()
    son = cast.client("son")
    assert "THCS Lê Quý Đôn" in son.get("/so-diem/tien-do/?ky=1&cap=THCS").content.decode()
    assert "Chưa có số liệu" in son.get("/so-diem/tien-do/?ky=1&cap=THPT").content.decode()


def test_the_page_of_days_shows_where_each_comes_from_and_keeps_what_was_typed(
    cast: Cast, sheet: Sheet
) -> None:
    hung = cast.client("hung")
    page = hung.get("/so-diem/han/?ky=1").content.decode()
    assert "theo Sở" in page
    assert "mặc định" in page
    bad = {
        "tx1-due": "2026-11-30",
        "tx1-lock": "2026-11-30",
        "tx2-due": "30/02/2026",
        "gk-due": "2026-12-01",
        "seen": "",
    }
    answer = hung.post("/so-diem/han/?ky=1", bad)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Ngày này không có" in text
    assert "Ghi ngày khóa." in text
    assert 'value="2026-12-01"' in text
    answer = hung.post("/so-diem/han/?ky=1", {"tx1-due": "2026-11-30", "tx1-lock": "2026-11-30", "seen": ""})
    assert "Ngày khóa phải sau hạn" in answer.content.decode()
    good = {"tx1-due": "2026-11-30", "tx1-lock": "2026-12-05", "seen": ""}
    assert "Đã ghi hạn của 1 cột" in hung.post("/so-diem/han/?ky=1", good, follow=True).content.decode()
    assert "trường đặt" in hung.get("/so-diem/han/?ky=1").content.decode()
    assert "Người khác vừa đổi" in hung.post("/so-diem/han/?ky=1", good).content.decode()


def test_locking_at_once_says_first_what_will_happen(cast: Cast, sheet: Sheet) -> None:
    hung = cast.client("hung")
    page = hung.get("/so-diem/han/?ky=1&khoa=ck").content.decode()
    assert "Khóa cột Cuối kì từ hôm nay?" in page
    assert "Còn 2 ô trống ở 2 sổ." in page
    answer = hung.post("/so-diem/han/?ky=1", {"lock": "ck"}, follow=True)
    assert "Đã khóa cột Cuối kì từ hôm nay" in answer.content.decode()
    son = cast.client("son").get("/so-diem/han/?ky=1").content.decode()
    assert "Mặc định của cả tỉnh" in son
    for who in ("lan", "tam", "thanh", "binh"):
        assert cast.client(who).get("/so-diem/han/").status_code == 404
    assert cast.client("ha").get("/so-diem/han/?don-vi=THCS-LQD").status_code == 404
