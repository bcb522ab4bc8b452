"""Hùng announces; Bình reads and confirms on a phone and writes to Lan outside her hours; Lan answers beside it."""

from __future__ import annotations

import re

from django.utils import timezone
from playwright.sync_api import expect

from khue.citizen.threads import actions
from khue.citizen.threads.hours import WEEK, Hours
from khue.citizen.threads.models import Message, Receipt
from khue.kernel.people.models import Person
from tests.browser.conftest import NewVisitor
from tests.browser.pages import acting
from tests.browser.province import Visitor

TITLE = "Nghỉ học chiều thứ Tư"
ASKED = "Thưa cô, mai cháu đến muộn mười phút ạ."


def test_a_school_announces_and_a_father_and_a_teacher_talk(visitor: Visitor, another: NewVisitor) -> None:
    away = WEEK[(timezone.localtime().weekday() + 3) % 7]  # neither today nor tomorrow, whenever this runs
    lan = Person.objects.get(account__login_name="lan")
    actions.set_hours(acting("lan"), lan, hours=Hours(away, 7 * 60, 11 * 60))

    visitor.enter("hung")
    visitor.go("/tin-nhan/thong-bao/gui/")
    page = visitor.page
    page.get_by_label("Gửi đến").select_option("school")
    page.get_by_label("Tiêu đề").fill(TITLE)
    page.get_by_label("Nội dung").fill("Chiều thứ Tư trường nghỉ để sửa đường điện.")
    page.get_by_label("Cần xác nhận đã đọc").check()
    visitor.press("Gửi thông báo")
    assert visitor.sees("Chưa xác nhận")

    father = another(width=360)
    father.enter("binh")
    phone = father.page
    phone.get_by_role("link", name=re.compile(TITLE)).first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    father.press("Xác nhận đã đọc")
    assert father.sees("Đã xác nhận đã đọc")
    assert (
        Receipt.objects.get(announcement__title=TITLE, confirmed_at__isnull=False).person.full_name
        == "Lê Văn Bình"
    )

    father.press("Tin nhắn")
    father.press("Nhắn thầy cô")
    phone.get_by_role("link", name=re.compile("Nguyễn Thị Lan")).first.click()
    assert father.sees("tin gửi bây giờ sẽ đến cô Lan lúc 7 giờ thứ", "lúc 7 giờ Chủ nhật")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_label("Lời nhắn").fill(ASKED)
    with phone.expect_navigation(wait_until="load"):
        phone.get_by_role("button", name="Gửi", exact=True).click()
    expect(phone.get_by_text(ASKED)).to_be_visible()
    assert father.sees("Sẽ đến cô Lan lúc 7 giờ")
    last = Message.objects.get(text=ASKED)
    assert last.due_at is not None
    assert last.seen_at is None

    teacher = another(width=1280)
    teacher.enter("lan")
    teacher.go("/tin-nhan/?q=hoai+an")
    teacher.page.get_by_role("link", name=re.compile("Lê Hoài An")).first.click()
    expect(teacher.page.get_by_text(ASKED)).to_be_visible()
    phone.reload()
    assert father.sees("Đã xem")
    assert father.lacks("Sẽ đến cô Lan")
    teacher.page.get_by_label("Lời nhắn").fill("Cô nhận được rồi ạ.")
    with teacher.page.expect_navigation(wait_until="load"):
        teacher.page.get_by_role("button", name="Gửi", exact=True).click()
    assert teacher.sees("Cô nhận được rồi ạ.")

    father.go("/gia-dinh/")
    assert father.sees("tin nhắn mới của thầy cô")
    father.go("/tin-nhan/")
    phone.get_by_role("link", name=re.compile("Cô Lan")).first.click()
    assert father.sees("Cô nhận được rồi ạ.")
    teacher.page.reload()
    assert teacher.sees("Đã xem")

    page.reload()
    page.get_by_role("link", name="Đã xác nhận").click()
    assert visitor.sees("Lê Hoài An")
