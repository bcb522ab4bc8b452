"""Lan works where there is no line: prepares her phone, enters for days, comes back and joins (E5, E6; S32)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from khue.kernel.access.capacities import actor_for
from khue.kernel.offline.models import Device, Held
from khue.kernel.people.models import Account
from khue.registry.calendar.demo import YEAR
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster.models import Enrolment
from khue.school.attendance.models import Mark
from khue.school.attendance.models import Sheet as Roll
from khue.school.gradebook import actions
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import MarkRow, Sheet
from tests.browser import chromium
from tests.browser.chromium import axe_faults
from tests.browser.province import Visitor

BOOK = "/ngoai-tuyen/so-mang-theo/"
PIN = "482913"
SLOT = 3  # TX4, which nobody has entered yet
PATIENCE_MS = 60_000  # the key of a PIN costs a second of work, more on a busy machine
Phone = Callable[[], BrowserContext]


@pytest.fixture
def phone(browser: Browser, lam_giang: LiveServer, settings: Any, tmp_path: Path) -> Iterator[Phone]:
    """Open the same phone again and again: what it keeps lies in one folder."""
    settings.DEMO = True
    with ExitStack() as stack:

        def opened() -> BrowserContext:
            context = browser.browser_type.launch_persistent_context(
                tmp_path / "phone", executable_path=chromium.executable(), args=chromium.FLAGS, headless=True,
                locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", viewport={"width": 360, "height": 800},
            )  # fmt: skip
            context.set_default_timeout(PATIENCE_MS)
            stack.callback(context.close)
            return context

        yield opened


def prepare(page: Page, address: str, name: str) -> None:
    """Sign Lan in and make the phone ready."""
    Visitor(page, address).enter("lan")
    page.goto(address + BOOK)
    page.get_by_label("Tên máy").fill(name)
    page.get_by_label("Mã PIN 6 số").fill(PIN)
    page.get_by_label("Gõ lại mã PIN").fill(PIN)
    page.get_by_role("button", name="Chuẩn bị máy này").click()
    expect(page.get_by_text("Máy đã sẵn sàng")).to_be_visible()


def unlock(page: Page, pin: str = PIN) -> None:
    page.get_by_label("Mã PIN 6 số").fill(pin)
    page.get_by_role("button", name="Mở sổ").click()


def fine(page: Page) -> None:
    """The screen is whole on a phone and axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe_faults(page) == []


def sign_in_again(page: Page) -> None:
    page.get_by_role("link", name="Đăng nhập").click()
    page.locator('button[name="as"][value="lan"]').click()


def found_on_disk(folder: Path, words: list[str]) -> list[str]:
    """Which of the words lie anywhere in the folder in clear."""
    wanted = {(word, word.encode(code)) for word in words for code in ("utf-8", "utf-16-le")}
    held = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(b"khue-carried" in one for one in held), "the box is not where it is looked for"
    return sorted({word for word, raw in wanted for one in held if raw in one})


def colleague_of(lan: Account, sheet: Sheet) -> Account:
    """Somebody else of the class who teaches along with Lan now."""
    own = TeachingAssignment.objects.filter(course=sheet.course_id, teacher=lan.person_id).order_by(
        "-ends_on"
    )[0]
    other = (
        TeachingAssignment.objects.filter(course__classroom_id=sheet.classroom_id)
        .exclude(teacher=lan.person_id)
        .order_by("pk")
        .first()
    )
    assert other is not None
    TeachingAssignment.objects.create(
        course_id=own.course_id, teacher_id=other.teacher_id, role="co", periods_a_year=1,
        starts_on=own.starts_on, ends_on=own.ends_on,
    )  # fmt: skip
    return Account.objects.select_related("person").get(person_id=other.teacher_id)


def test_lan_takes_the_roll_and_enters_marks_without_a_line_and_joins_days_later(
    phone: Phone, lam_giang: LiveServer, tmp_path: Path
) -> None:
    address = lam_giang.url
    lan = Account.objects.select_related("person").get(login_name="lan")
    an = Enrolment.objects.get(person__full_name="Lê Hoài An", year_id=YEAR)
    sheet = Sheet.objects.get(classroom=an.classroom_id, course__subject_id="TOAN", term=1)
    rows = Enrolment.objects.filter(classroom=sheet.classroom_id, year_id=YEAR, status="studying")
    pupils = list(rows.select_related("person").order_by("sort_key", "pk"))
    Roll.objects.filter(
        classroom=sheet.classroom_id, day__gte=timezone.localdate() - timedelta(days=7)
    ).delete()

    context = phone()
    page = context.pages[0]
    prepare(page, address, "Điện thoại đen")
    fine(page)
    context.set_offline(True)
    expect(page.get_by_text("Đang không có mạng")).to_be_visible()

    page.locator("[data-list=rolls] button", has_text="8A3").click()
    page.get_by_role("group", name=pupils[1].person.full_name, exact=True).locator("[data-m=K]").click()
    page.get_by_role("group", name=pupils[4].person.full_name, exact=True).locator("[data-m=P]").click()
    fine(page)
    page.get_by_role("button", name="Nộp điểm danh").click()
    expect(page.get_by_text("Đã ghi vào máy")).to_be_visible()
    assert page.locator("#roll button[data-m=K]").first.bounding_box() == pytest.approx(
        {**(page.locator("#roll button[data-m=K]").first.bounding_box() or {}), "width": 44, "height": 44}
    )
    page.get_by_role("button", name="Các lớp").click()

    page.locator("[data-list=marks] button", has_text="Toán 8A3").click()
    page.get_by_label("Cột").select_option(str(SLOT))
    cells = page.locator("tbody input")
    cells.nth(0).fill("8,5")
    cells.nth(0).press("Enter")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.type("85")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã gõ “85”. Ghi 8,5 phải không?")).to_be_visible()
    fine(page)
    page.keyboard.press("Enter")
    expect(cells.nth(2)).to_be_focused()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ghi 1,1").click()
    cells.nth(3).fill("12,7")
    cells.nth(3).press("Enter")
    expect(page.get_by_text("Điểm từ 0 đến 10")).to_be_visible()
    expect(page.locator("#waiting")).to_have_text("4")

    page.locator("#bar [data-go=outbox]").click()
    page.get_by_role("button", name="Bỏ:").last.click()
    expect(page.locator("#waiting")).to_have_text("3")
    fine(page)
    context.close()
    assert found_on_disk(tmp_path / "phone", [one.person.full_name for one in pupils]) == []

    other = actor_for(colleague_of(lan, sheet), ip="127.0.0.1", proved_at=timezone.now())[0]
    actions.enter_marks(other, sheet, cells=[Cell(pupils[0].pk, SLOT, None, 70)])

    context = phone()
    context.clock.set_fixed_time(timezone.now() + timedelta(days=1))
    context.set_offline(True)
    page = context.pages[0]
    page.goto(address + BOOK)
    unlock(page, "111111")
    expect(page.get_by_text("Còn 9 lần")).to_be_visible()
    fine(page)
    unlock(page)
    page.locator("#bar [data-go=outbox]").click()
    expect(page.locator("[data-list=waiting] > li")).to_have_count(3)

    context.clock.set_fixed_time(timezone.now() + timedelta(days=15))  # or a clock that goes wrong
    page.reload()
    expect(page.get_by_text("quá số ngày cho phép")).to_be_visible()
    unlock(page)
    expect(page.get_by_text("Chưa tới được Khuê")).to_be_visible()
    context.set_offline(False)
    unlock(page)
    sign_in_again(page)  # the browser was closed: nobody is signed in, nothing is lost
    expect(page.get_by_text("quá số ngày cho phép")).to_be_visible()
    unlock(page)
    expect(page.get_by_text("Đã gửi 3 mục")).to_be_visible()
    expect(page.locator("#waiting")).to_have_text("0")

    page.locator("#bar [data-go=outbox]").click()
    clash = page.locator("[data-list=answers] > li")
    expect(clash).to_have_count(1)
    expect(clash).to_contain_text("Máy này ghi: 8,5")
    expect(clash).to_contain_text("Trong sổ: 7,0")
    fine(page)
    by = MarkRow.objects.get(sheet=sheet, enrolment=pupils[1])
    assert (by.marks[SLOT], by.sources[SLOT]) == (85, "o")
    marks = Mark.objects.filter(sheet__classroom=sheet.classroom_id, source="carried")
    assert {(one.enrolment_id, one.code) for one in marks} == {(pupils[1].pk, "K"), (pupils[4].pk, "P")}
    clash.get_by_role("link", name="Chọn giá trị").click()
    both = page.locator("section", has=page.get_by_role("heading", name="Lê Hoài An · Thường xuyên 4"))
    both.locator('button[value="mine"]').click()
    expect(page.get_by_text("Đã chọn giá trị")).to_be_visible()
    assert MarkRow.objects.get(sheet=sheet, enrolment=pupils[0]).marks[SLOT] == 85
    assert Held.objects.get(key=f"{sheet.pk}.{pupils[0].pk}.{SLOT}").state != "open"

    page.goto(address + "/ngoai-tuyen/may/")
    page.get_by_role("row", name="Điện thoại đen").get_by_role("button", name="Cắt máy").click()
    page.goto(address + BOOK)
    expect(page.get_by_text("Sổ trên máy đã được xóa")).to_be_visible()
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0


# The column of the other journey stays as it is.
FILL = """async () => {
  const own = khueCarried, pack = own.open.pack; let n = 0;
  for (const room of own.book.rooms(pack)) for (const day of room.days.slice(0, 3)) {
    const key = [room.id, day[0], ...day[1][0]].join('.');
    await own.enter(own.book.ROLLS, key, {[room.pupils[n % 20][0]]: ['K', null, '']});
  }
  for (const sheet of own.book.sheets(pack)) for (const column of sheet.columns)
    for (const pupil of own.book.pupilsOf(pack, sheet)) {
      if (column[3] !== 'mark' || column[0] === 3 || n >= 540) continue;
      const key = [sheet.id, pupil[0], column[0]].join('.'), was = own.known(own.book.MARKS, key);
      await own.enter(own.book.MARKS, key, was === n % 100 ? 100 : n % 100); n += 1;
    }
  return [n, own.open.out.length];
}"""
REFUSED = """async () => {
  const own = khueCarried, sheet = own.book.sheets(own.open.pack)[0]; let n = 0;
  for (const column of sheet.columns) for (const pupil of own.book.pupilsOf(own.open.pack, sheet)) {
    const key = [sheet.id, pupil[0], column[0]].join('.'), was = own.known(own.book.MARKS, key);
    if (n < 250) { await own.enter(own.book.MARKS, key, was === 10 ? 20 : 10); n += 1; }
  }
  const sent = await own.number(400);
  await own.answered(sent.map((one) => [one.seq, 'refused', null, '', false]));
  const kept = own.open.state.answers.length;
  await own.seenAnswers();
  return [sent.length, kept];
}"""
ONE_MORE = """async () => {
  const own = khueCarried, sheet = own.book.sheets(own.open.pack)[0];
  const pupil = own.book.pupilsOf(own.open.pack, sheet)[0];
  await own.enter(own.book.MARKS, [sheet.id, pupil[0], sheet.columns[0][0]].join('.'), null);
}"""


@pytest.mark.slow
def test_three_days_of_a_teacher_come_over_a_thin_line_and_ten_wrong_pins_erase_the_book(
    phone: Phone, lam_giang: LiveServer
) -> None:
    context = phone()
    page = context.pages[0]
    prepare(page, lam_giang.url, "Máy tính bảng")
    context.set_offline(True)
    expect(page.get_by_text("Đang không có mạng")).to_be_visible()
    marks, entries = page.evaluate(FILL)
    assert marks == 540
    assert entries >= 540
    carried = 0

    def count(request: Request) -> None:
        nonlocal carried
        sizes = request.sizes()
        carried += sizes["requestBodySize"] + sizes["requestHeadersSize"]
        carried += sizes["responseBodySize"] + sizes["responseHeadersSize"]

    page.on("requestfinished", count)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    thin = {"latency": 400, "downloadThroughput": 8000, "uploadThroughput": 8000}  # 64 kbit/s
    context.set_offline(False)
    line.send("Network.emulateNetworkConditions", {"offline": False, **thin})
    expect(page.get_by_text(f"Đã gửi {entries} mục")).to_be_visible(timeout=180_000)
    expect(page.locator("#waiting")).to_have_text("0")
    assert 1000 < carried <= 300_000
    print(f"{entries} entries joined with {carried} bytes both ways")

    # What could not be written stands until it was seen, however much it is.
    sent, kept = page.evaluate(REFUSED)
    assert sent == kept > 200

    Device.objects.filter(name="Máy tính bảng").update(token_hash="0" * 64)  # as after a copy was put back
    page.evaluate(ONE_MORE)
    page.get_by_role("button", name="Mang theo lại").click()
    expect(page.get_by_text("Khuê không biết máy này nữa")).to_be_visible()
    unlock(page)
    expect(page.get_by_text("Đã gửi 1 mục")).to_be_visible()

    page.get_by_role("button", name="Khóa").click()
    for left in range(9, 0, -1):
        unlock(page, "111111")
        expect(page.get_by_text(f"Còn {left} lần")).to_be_visible()
    unlock(page, "111111")
    expect(page.get_by_text("Sổ trên máy này đã được xóa")).to_be_visible()
    expect(page.get_by_role("button", name="Chuẩn bị máy này")).to_be_visible()
