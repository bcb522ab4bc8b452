"""The roll from thumb to register: taken on a phone, clashed, answered, set right on request, closed and signed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from khue.kernel.notify.models import Message
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.models import Value
from khue.registry.calendar.models import SchoolYear, SpecialDay
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.attendance import jobs
from khue.school.attendance.models import Mark, Revision, Sheet
from khue.school.attendance.queries import all_marks
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor


def lessons(*days: date) -> Classroom:
    """Whatever days of the week they are, these have lessons, which begin at midnight; gives 8A3."""
    an = Enrolment.objects.select_related("classroom").get(person__full_name="Lê Hoài An", is_current=True)
    room = an.classroom
    assert room is not None
    year = SchoolYear.objects.get(pk=room.year_id)
    top = Unit.objects.get(parent=None)
    for day in days:
        SpecialDay.objects.get_or_create(
            unit=top,
            year=year,
            kind="makeup",
            name=f"Học bù {day}",
            starts_on=day,
            ends_on=day,
            is_school_day=True,
        )
    Value.objects.get_or_create(
        unit=top, name="attendance.morning_bell", valid_from=date(2020, 1, 1), defaults={"value": "00:00"}
    )
    return room


def pupils(room: Classroom) -> list[int]:
    """The pupils of the class today, in the order of its roll."""
    return [row.enrolment_id for row in all_marks(0, room.pk, timezone.localdate())]


def choose(visitor: Visitor, pupil: int, code: str) -> None:
    """One press: a pupil's mark."""
    visitor.page.locator(f'input[name="m{pupil}"][value="{code}"]').click()


@pytest.fixture
def lan(another: NewVisitor) -> Visitor:
    """Lan with a phone of 360 points."""
    phone = another(width=360, has_touch=True, is_mobile=True)
    phone.enter("lan")
    return phone


def test_a_roll_is_taken_in_eight_presses_and_its_absence_told_and_answered(
    visitor: Visitor, another: NewVisitor, lan: Visitor
) -> None:
    room = lessons(timezone.localdate())
    an, second, third, fourth = pupils(room)[:4]
    lan.go("/")
    assert lan.sees("Hôm nay chưa điểm danh: 8A3")
    beside = Visitor(lan.page.context.new_page(), lan.address)  # the same roll, left open in another tab
    beside.go(f"/diem-danh/{room.pk}/")
    assert beside.sees("Chưa điểm danh.")

    lan.press("Hôm nay chưa điểm danh: 8A3")
    choose(lan, an, "K")
    choose(lan, second, "P")
    choose(lan, third, "M")
    more = lan.page.locator("#roll > li").nth(2).locator("details.more")
    more.locator("summary").click()
    more.locator("input[type=number]").fill("15")
    more.get_by_text("Xong").click()
    expect(lan.page.locator('[data-count="K"]')).to_have_text("1")
    lan.page.evaluate("scrollTo(0, 0)")
    assert chromium.axe_faults(lan.page) == []
    lan.press("Nộp điểm danh")
    assert lan.sees("nộp lúc")
    kept = Sheet.objects.get(classroom=room, day=timezone.localdate(), session="S")
    assert (kept.unexcused, kept.excused, kept.late, kept.is_late) == (1, 1, 1, kept.is_late)
    assert Mark.objects.get(sheet=kept, enrolment=third).minutes == 15

    choose(beside, fourth, "M")  # who saw less writes nothing, and sees both
    beside.press("Nộp điểm danh")
    assert beside.sees("vừa có người khác điểm danh")
    assert beside.sees("đã ghi: K")
    assert Mark.objects.filter(sheet=kept).count() == 3
    for pupil, code in ((an, "K"), (second, "P"), (third, "M")):
        choose(beside, pupil, code)
    beside.press("Nộp lại")
    assert beside.sees("Đã sửa 1 lần")
    assert Revision.objects.get(sheet=kept).enrolment_id == fourth

    plain = another(width=360, java_script_enabled=False)  # the same day, without script: the slip is mended
    plain.enter("lan")
    plain.go(f"/diem-danh/{room.pk}/")
    plain.page.locator(f'input[name="m{fourth}"][value=""]').check()
    plain.press("Nộp lại")
    assert plain.sees("Đã sửa 2 lần")
    assert not Mark.objects.filter(sheet=kept, enrolment=fourth).exists()

    later = timezone.now() + timedelta(minutes=1)
    assert jobs.tell_absences(later) > 0
    jobs.tell_absences(later)
    told = Message.objects.filter(person__account__login_name="binh", kind="attendance.absence")
    assert told.filter(sent_at__gte=later - timedelta(minutes=5)).count() == 1
    father = another(width=360, has_touch=True, is_mobile=True)
    father.enter("binh")
    father.go(told.latest("pk").url)
    assert father.sees("An vắng sáng, chưa có phép")
    assert chromium.axe_faults(father.page) == []
    father.page.locator("#loi_nhan").fill("Cháu sốt từ đêm qua")
    father.press("Gửi cho cô Lan")
    assert father.sees("Có, con nghỉ ở nhà")

    lan.go("/diem-danh/don/")
    assert lan.sees("Cháu sốt từ đêm qua")
    lan.press("Cho nghỉ")
    assert lan.sees("Đã trả lời")
    assert Mark.objects.get(sheet=kept, enrolment=an).code == "P"

    visitor.enter("hung")
    visitor.go("/diem-danh/chua-diem-danh/")
    assert visitor.sees("Buổi sáng")
    assert visitor.lacks("8A3")
    visitor.enter("son")
    visitor.go("/diem-danh/chua-diem-danh/")
    assert visitor.sees("rường còn thiếu")


def test_a_past_roll_is_set_right_on_request_and_refuses_once_it_is_closed(
    visitor: Visitor, lan: Visitor
) -> None:
    today = timezone.localdate()
    day = today - timedelta(days=1)
    week = today - timedelta(days=14)
    month = today.replace(day=1) - timedelta(days=1)
    room = lessons(day, week, month)
    an = pupils(room)[0]
    for one in (day, week, month):
        sheet, _made = Sheet.objects.get_or_create(
            classroom=room, day=one, session="S", period=0,
            defaults={"school_id": room.school_id, "is_main": True, "taken_at": timezone.now(), "expected": 42},
        )  # fmt: skip
        Mark.objects.filter(sheet=sheet).delete()
    roll = f"/diem-danh/{room.pk}/?ngay="

    lan.go(f"{roll}{day}")
    lan.press("Đề nghị sửa")
    choose(lan, an, "P")
    lan.page.locator("#ly-do").fill("Có đơn giấy")
    lan.press("Gửi đề nghị")
    assert lan.sees("chờ trả lời")
    visitor.enter("hung")
    visitor.go("/")
    assert visitor.sees("Đề nghị sửa điểm danh lớp 8A3")
    visitor.page.locator(f'a[href*="/diem-danh/{room.pk}/?ngay={day}"]').first.click()
    assert visitor.sees("Có đơn giấy")
    assert chromium.axe_faults(visitor.page) == []
    visitor.press("Đồng ý, sửa sổ")
    assert visitor.sees("đã sửa")
    assert Mark.objects.get(sheet__classroom=room, day=day, enrolment=an).code == "P"

    lan.go(f"/diem-danh/{room.pk}/tuan/?ngay={week}")
    reason = lan.page.locator("#ly-do")
    if reason.count():
        reason.fill("Máy hỏng")
    lan.press("Chốt tuần")
    assert lan.sees("đã chốt tuần này")
    visitor.go(f"{roll}{week}")
    assert visitor.sees("Tuần này đã chốt")
    assert visitor.lacks("Ghi có lý do")
    visitor.go(f"/diem-danh/{room.pk}/tuan/?ngay={week}")
    visitor.page.locator("details.why summary").click()
    visitor.page.locator("#ly-do-mo").fill("Sửa nhầm lẫn")
    visitor.press("Mở lại")
    assert visitor.sees("Đã mở lại sổ") or visitor.lacks("đã chốt tuần này")

    visitor.go(f"/diem-danh/{room.pk}/thang/?ngay={month}")
    reason = visitor.page.locator("#ly-do-ky")
    if reason.count():
        reason.fill("Sổ giấy đủ")
    visitor.press("Ký duyệt tháng")
    visitor.go(f"{roll}{month}")
    assert visitor.sees("đã ký duyệt")
    assert visitor.lacks("Ghi có lý do")
    lan.go(f"{roll}{month}")
    assert lan.sees("đã ký duyệt")
    assert lan.lacks("Đề nghị sửa")
    visitor.go(f"/diem-danh/{room.pk}/thang/?ngay={month}")
    visitor.page.locator("details.why summary").click()
    visitor.page.locator("#ly-do-mo").fill("Nhập sót một buổi")
    visitor.press("Mở lại")
    visitor.go(f"{roll}{month}")
    assert visitor.sees("Ghi có lý do")
