"""Hùng sees who is late, reminds, locks; Lan asks, is refused once and granted once, and writes; Sơn steps down."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from khue.kernel.notify.models import Message
from khue.kernel.org.models import Unit
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook.actions import figures
from khue.school.gradebook.models import Deadline, MarkRow, Sheet, Unlock
from tests.browser.province import Visitor

TX3 = 2
SCHOOL = "THCS Lê Quý Đôn"


def maths() -> Sheet:
    """Lan's sheet of 8A3."""
    return Sheet.objects.get(
        classroom__name="8A3", school__name=SCHOOL, year_id=YEAR, term=1, course__subject_id="TOAN"
    )


def make_late(*, locked: bool = False) -> Sheet:
    """TX3 was due two days ago at the school, every other column is far off."""
    sheet, today = maths(), timezone.localdate()
    for column in ("tx1", "tx2", "tx3", "tx4", "gk", "ck", "cd", "rl", "nx"):
        due = today - timedelta(days=2) if column == "tx3" else today + timedelta(days=20)
        lock = today if locked and column == "tx3" else today + timedelta(days=30)
        Deadline.objects.update_or_create(
            unit_id=sheet.school_id, year_id=YEAR, term=1, column=column,
            defaults={"due_on": due, "locks_on": lock},
        )  # fmt: skip
    Unlock.objects.filter(sheet=sheet).delete()
    Message.objects.filter(kind="gradebook.late").delete()
    figures.refresh([sheet.school_id], YEAR, 1)
    return sheet


def test_hung_sees_who_is_late_reminds_and_locks(visitor: Visitor) -> None:
    sheet = make_late()
    visitor.enter("hung")
    visitor.go("/so-diem/tien-do/?ky=1")
    cell = visitor.page.locator(f'table.heat a[href="/so-diem/{sheet.pk}/"]')
    assert "8A3, Toán" in str(cell.get_attribute("aria-label"))
    assert "chậm" in str(cell.get_attribute("aria-label"))
    visitor.go("/so-diem/tien-do/?ky=1&cham=tat-ca")
    visitor.page.get_by_role("button", name="Nhắc Nguyễn Thị Lan").click()
    assert visitor.sees("đã nhắc")
    told = Message.objects.get(kind="gradebook.late")
    assert "Toán 8A3: TX3" in told.body
    visitor.press("giáo viên còn chậm")
    assert visitor.sees("Gửi lời nhắc đến")
    visitor.press("Thôi")
    assert Message.objects.filter(kind="gradebook.late").count() == 1
    cell.click()
    visitor.page.wait_for_url(re.compile(rf"/so-diem/{sheet.pk}/"))
    visitor.go("/so-diem/han/?ky=1")
    visitor.press("Khóa ngay Thường xuyên 3")
    assert visitor.sees("Khóa cột Thường xuyên 3 từ hôm nay?")
    visitor.press("Khóa cột Thường xuyên 3")
    assert (
        Deadline.objects.get(unit_id=sheet.school_id, term=1, column="tx3").locks_on == timezone.localdate()
    )
    assert visitor.sees("đã khóa")


def ask(visitor: Visitor, sheet: Sheet, reason: str) -> Unlock:
    """Lan asks for TX3 from the page of the sheet."""
    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/mo-khoa/?cot=tx3")
    assert visitor.page.get_by_label("TX3", exact=False).first.is_checked()
    visitor.page.get_by_label("Lý do").fill(reason)
    visitor.press("Gửi yêu cầu mở khóa")
    assert visitor.sees("Đang chờ ban giám hiệu trả lời")
    return Unlock.objects.filter(sheet=sheet).latest("pk")


def answer(visitor: Visitor, unlock: Unlock, button: str, words: str = "") -> None:
    """Hùng answers from his tasks."""
    visitor.enter("hung")
    visitor.go("/")
    visitor.page.locator(f'a[href="/so-diem/mo-khoa/{unlock.pk}/"]').first.click()
    visitor.page.wait_for_load_state()
    assert visitor.sees(unlock.reason)
    visitor.page.get_by_label("Nhắn giáo viên").fill(words)
    visitor.page.locator("main").get_by_role("button", name=button, exact=True).click()
    visitor.page.wait_for_load_state()
    visitor.prove()


def test_lan_is_refused_once_and_granted_once_and_writes(visitor: Visitor) -> None:
    sheet = make_late(locked=True)
    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/")
    assert visitor.page.locator(f'#gb tbody input[name$="-{TX3}"]').count() == 0
    refused = ask(visitor, sheet, "Em An xin nâng điểm vì đã cố gắng")
    answer(visitor, refused, "Không mở")
    assert visitor.sees("Ghi vì sao không mở")
    visitor.page.get_by_label("Nhắn giáo viên").fill("Điểm đã công bố, không nâng.")
    visitor.press("Không mở")
    visitor.prove()
    refused.refresh_from_db()
    assert refused.state == "refused"
    visitor.enter("lan")
    visitor.go(f"/so-diem/mo-khoa/{refused.pk}/")
    assert visitor.sees("Điểm đã công bố, không nâng.")
    granted = ask(visitor, sheet, "Chấm sót câu 3b bài của cả lớp")
    answer(visitor, granted, "Mở khóa", "Sửa trong hai ngày.")
    granted.refresh_from_db()
    assert granted.state == "granted"
    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/")
    field = visitor.page.locator(f'#gb tbody input[name$="-{TX3}"]').first
    field.click()
    field.press("Control+a")
    field.press_sequentially("7,5")
    field.press("Enter")
    expect(visitor.page.locator("#gb-say")).to_contain_text("Đã lưu lúc")
    enrolment = int(str(field.get_attribute("name")).split("-")[0])
    row = MarkRow.objects.get(sheet=sheet, enrolment_id=enrolment)
    assert row.marks[TX3] == 75
    assert row.sources[TX3].isupper()


def test_son_steps_down_from_the_province_to_the_late_class(visitor: Visitor) -> None:
    sheet = make_late()
    commune = Unit.objects.get(pk=Unit.objects.get(pk=sheet.school_id).parent_id)
    visitor.enter("son")
    visitor.go("/so-diem/tien-do/?ky=1")
    visitor.page.locator("main table").get_by_role("link", name=commune.name, exact=True).click()
    visitor.page.wait_for_load_state()
    visitor.page.locator("main table").get_by_role("link", name=SCHOOL, exact=True).click()
    visitor.page.wait_for_load_state()
    cell = visitor.page.locator("table.heat td[title*='8A3, Toán']")
    assert "chậm" in str(cell.get_attribute("title"))
    assert cell.locator("a").count() == 0
    assert visitor.status(f"/so-diem/{sheet.pk}/") == 404


def test_the_map_and_the_heat_map_fit_a_phone(visitor: Visitor) -> None:
    make_late()
    visitor.page.set_viewport_size({"width": 360, "height": 800})
    for who, paths in (("son", ["/so-diem/tien-do/"]), ("hung", ["/so-diem/tien-do/", "/so-diem/han/"])):
        visitor.enter(who)
        for path in paths:
            visitor.go(path)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360, (who, path)
